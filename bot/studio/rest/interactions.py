"""The first answer to an interaction."""

from bot.studio.checks.commands import check_choices
from bot.studio.checks.form import Form
from bot.studio.checks.messages import checked_draft
from bot.studio.checks.modals import checked_modal
from bot.studio.entities import Draft, Json, Message, MessageFlag
from bot.studio.errors import DiscordError
from bot.studio.interactions import Callback, Interaction, InteractionKind
from bot.studio.ratelimits import Bucket
from bot.studio.rest.call import Call, Route

_NEEDS_SOURCE = frozenset({Callback.DEFERRED_UPDATE, Callback.UPDATE})


async def answer(call: Call) -> Json | None:
    """Types 4 to 9; with `with_response`, tells what became of it."""
    interaction = call.world.interactions.awaiting_answer(call.id("interaction"), call.path["token"])
    body = call.fields()
    callback = _callback(interaction, body)
    message = _act(call, interaction, callback, body.get("data") or {})
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    return _told(call, interaction, callback, message)


def _callback(interaction: Interaction, body: Json) -> Callback:
    form = Form()
    if not form.choice(("type",), body.get("type"), frozenset(map(int, Callback))):
        form.close()
    callback = Callback(body["type"])
    is_completion = interaction.kind is InteractionKind.AUTOCOMPLETE
    is_misplaced = is_completion is not (callback is Callback.CHOICES)
    is_misplaced |= callback in _NEEDS_SOURCE and interaction.source is None
    is_misplaced |= callback is Callback.MODAL and interaction.kind is InteractionKind.MODAL
    if is_misplaced:
        form.problem(("type",), "INTERACTION_APPLICATION_COMMAND_CALLBACK_TYPE", "Not a response to this interaction")
    form.close()
    return callback


def _act(call: Call, interaction: Interaction, callback: Callback, body: Json) -> Message | None:
    world = call.world
    match callback:
        case Callback.MESSAGE:
            draft = checked_draft(world, body, call.uploads, may_be_private=True)
            return world.interactions.answer_message(interaction, draft, callback)
        case Callback.DEFERRED_MESSAGE:
            private = MessageFlag(int(body.get("flags") or 0)) & MessageFlag.EPHEMERAL
            return world.interactions.answer_message(
                interaction, Draft(flags=MessageFlag.LOADING | private), callback
            )  # fmt: skip
        case Callback.DEFERRED_UPDATE:
            world.interactions.acknowledge(interaction, callback)
        case Callback.UPDATE:
            source = _standing(interaction.source)
            draft = checked_draft(world, body, call.uploads, before=source.draft)
            world.interactions.acknowledge(interaction, callback)
            world.messages.edit(source, draft)
            return source
        case Callback.CHOICES:
            world.interactions.answer_choices(interaction, _checked_choices(interaction, body))
        case Callback.MODAL:
            world.interactions.answer_modal(interaction, checked_modal(body))
    return None


def _standing(source: Message | None) -> Message:
    if source is None or source.is_deleted:
        raise DiscordError(10008)
    return source


def _checked_choices(interaction: Interaction, body: Json) -> list[Json]:
    form = Form()
    choices = form.listing(("data", "choices"), body.get("choices"), most=25)
    check_choices(form, ("data", "choices"), choices, _focused_kind(interaction.payload))
    form.close()
    return choices


def _focused_kind(payload: Json) -> int:
    """The kind of the option that is being typed."""
    for option in payload.get("options") or []:
        if option.get("focused"):
            return int(option["type"])
        if found := _focused_kind(option):
            return found
    return 0


def _told(call: Call, interaction: Interaction, callback: Callback, message: Message | None) -> Json:
    told: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
    answer: Json = {"interaction": told, "resource": {"type": int(callback)}}
    if message is not None:
        told["response_message_id"] = str(message.id)
        told["response_message_loading"] = message.is_thinking
        told["response_message_ephemeral"] = message.is_ephemeral
        answer["resource"]["message"] = call.payloads.message(message, call.world.bot.id)
    return answer


ROUTES = (
    Route(
        method="POST", path="/interactions/{interaction}/{token}/callback", handler=answer, bucket=Bucket.CALLBACK,
        is_open=True,
    ),
)  # fmt: skip
