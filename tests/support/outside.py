"""What a hostile client sends: presses, choices and forms that name whatever they like."""

from collections.abc import Sequence
from dataclasses import replace

from bot.studio import Channel, Interaction, InteractionKind, Message, Person
from bot.studio.entities import Json
from tests.support.host import Host

_ROW, _BUTTON, _SELECT, _CHANNELS, _LABEL, _FIELD = 1, 2, 3, 8, 18, 4


class Stranger:
    """One member in one channel, with a private message of the bot's to press in."""

    def __init__(self, host: Host, person: Person, channel: Channel) -> None:
        self._host = host
        self._person = person
        self._channel = channel

    async def panel(self) -> Message:
        """A fresh private message, whose words are known."""
        return await self._host.answer_to(await self._person.command("help", channel=self._channel))

    async def press(self, custom_id: str) -> str:
        button = {"type": _BUTTON, "style": 1, "label": "Forged", "custom_id": custom_id}
        return await self._sent(InteractionKind.COMPONENT, {"custom_id": custom_id, "component_type": _BUTTON}, button)

    async def choose(self, custom_id: str, values: Sequence[str]) -> str:
        payload = {"custom_id": custom_id, "component_type": _SELECT, "values": list(values)}
        options = [{"label": value, "value": value} for value in values]
        menu = {"type": _SELECT, "custom_id": custom_id, "options": options}
        return await self._sent(InteractionKind.COMPONENT, payload, menu)

    async def choose_channels(self, custom_id: str, channels: Sequence[Channel]) -> str:
        menu = {"type": _CHANNELS, "custom_id": custom_id}
        shown = {str(one.id): {**self._host.studio.payloads.channel(one), "permissions": "0"} for one in channels}
        payload = {
            "custom_id": custom_id,
            "component_type": _CHANNELS,
            "values": [*shown],
            "resolved": {"channels": shown},
        }
        return await self._sent(InteractionKind.COMPONENT, payload, menu)

    async def submit(self, custom_id: str, fields: Json) -> str:
        """Sends the form of a modal that was never opened."""
        filled = [
            {"type": _LABEL, "component": {"type": _FIELD, "custom_id": name, "value": value}}
            for name, value in fields.items()
        ]
        return await self._sent(InteractionKind.MODAL, {"custom_id": custom_id, "components": filled})

    async def _sent(self, kind: InteractionKind, payload: Json, pressed: Json | None = None) -> str:
        """All that the bot says to it, as if `pressed` had stood in the private message."""
        panel = await self.panel()
        before = panel.content
        if pressed is not None:
            panel.draft = replace(panel.draft, components=({"type": _ROW, "components": [pressed]},))
        asked = self._host.studio.world.interactions.begin(
            kind=kind, user_id=self._person.id, channel_id=self._channel.id, payload=payload, source=panel
        )
        try:
            return await self._host.until(lambda: _said(asked, panel, before))
        except TimeoutError as error:
            raise TimeoutError(f"nothing was said to {payload}: {error}") from None


def _said(asked: Interaction, panel: Message, before: str) -> str:
    if asked.modal is not None:
        return f"a form: {asked.modal}"
    told = [one.content for one in asked.messages if one is not panel and one.content]
    told += [panel.content] if panel.content != before else []
    return "\n".join(sorted(told))
