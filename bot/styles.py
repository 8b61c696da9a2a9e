"""The styles that members of each server choose from: ours, and what its admins have put beside or in place of them.

All of it is in memory, since it is asked for while a member types.
"""

import asyncio
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from discord.app_commands import Choice
from pydantic import TypeAdapter

from bot.errors import StyleEmptyError, StylesFullError, StyleTakenError, StyleUnknownError
from bot.i18n import Texts, catalogues, texts_for
from bot.ui.completion import matching
from bot.ui.names import STYLE_NAMES, style_name
from inference.contract.identifiers import MemberId, ModelName, ServerId
from inference.contract.image import PLACE_OF_PROMPT, ImageRequest, Option, Style
from inference.safety.words import folded
from storage.domain import Preset
from storage.styles import Presets
from storage.styles import Styles as StoredStyles

MOST_STYLES: Final = 100  # Of a server's own.
_SHIPPED: Final = Path(__file__).with_suffix(".toml")


def shipped() -> Presets:
    """The styles that come with Atelier, by their keys."""
    entries = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["styles"]
    presets = TypeAdapter(tuple[Preset, ...]).validate_python(entries)
    return MappingProxyType({folded(preset.name): preset for preset in presets})


def frame_of(words: str) -> str:
    """Words around a prompt with a place for it: where they leave none, they follow it."""
    plain = words.strip()
    if PLACE_OF_PROMPT in plain:
        return plain
    return f"{PLACE_OF_PROMPT}, {plain.lstrip(', ')}" if plain else PLACE_OF_PROMPT


class Styles:
    """One process changes them, so what it holds is what is stored."""

    def __init__(self, stored: StoredStyles, *, clock: Callable[[], datetime]) -> None:
        self._stored = stored
        self._clock = clock
        self._shipped = shipped()
        self._own: dict[ServerId, Presets] = {}
        self._changing: defaultdict[ServerId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._keys = _keys_by_translation()

    async def load(self) -> None:
        """Read what is stored, before the first question. Raises `StorageUnavailableError`."""
        self._own = dict(await self._stored.all())

    def offered(self, server: ServerId) -> Mapping[str, Preset]:
        """What members can choose, by key: the server's own in the order of their names, then ours."""
        own = self._own.get(server, {})
        offered = {key: own[key] for key in sorted(own) if not own[key].is_hidden}
        return offered | {key: preset for key, preset in self._shipped.items() if key not in own}

    def hidden(self, server: ServerId) -> tuple[Preset, ...]:
        """Those of ours that the server does not want."""
        own = self._own.get(server, {})
        return tuple(preset for key, preset in self._shipped.items() if key in own and own[key].is_hidden)

    def is_own(self, server: ServerId, preset: Preset) -> bool:
        """Whether the server's admins made it."""
        return folded(preset.name) in self._own.get(server, {})

    def completed(self, server: ServerId, current: str, t: Texts) -> list[Choice[str]]:
        """What a member may mean who has typed so much of a style's name."""
        return matching({preset.name: _label(preset, t) for preset in self.offered(server).values()}, current)

    def preset(self, server: ServerId, name: str) -> Preset:
        """A style by its name, one of ours in any of our languages. Raises `StyleUnknownError`."""
        offered = self.offered(server)
        key = folded(name)
        found = offered.get(key) or offered.get(self._keys.get(key, key))
        if found is None:
            raise StyleUnknownError(name)
        return found

    @staticmethod
    def applied(request: ImageRequest, preset: Preset) -> ImageRequest:
        """The request in this style: its words, and its figures where the member set none.

        The model stays; which one a style wants is for `House.image_model_of`, before the request is made. Raises an
        `InvalidRequestError` for a style that no request can have.
        """
        style = Style(name=preset.name, frame=preset.frame, avoid=preset.avoid)
        figures = {
            option: getattr(preset, option)
            for option in (Option.CANVAS, Option.STEPS, Option.GUIDANCE)
            if getattr(request, option) is None and option not in request.unused
        }
        return replace(request, style=style, **{str(option): figure for option, figure in figures.items()})

    async def add(self, server: ServerId, preset: Preset, *, by: MemberId) -> Preset:
        """A new style. One of ours that was hidden comes back when nothing but its name is given.

        Raises `StyleTakenError`, `StylesFullError`, `StyleEmptyError`, an `InvalidRequestError`,
        `StorageUnavailableError`.
        """
        key = folded(preset.name)
        async with self._changing[server]:
            own = self._own.get(server, {})
            if key in self.offered(server):
                raise StyleTakenError(preset.name)
            if key in own and is_empty(preset):
                await self._put(server, {key: None}, by=by)
                return self._shipped[key]
            self._require_room(server)
            _require_fit(preset)
            await self._put(server, {key: preset}, by=by)
        return preset

    async def change(
        self, server: ServerId, name: str, change: Callable[[Preset], Preset], *, by: MemberId
    ) -> tuple[Preset, Preset]:
        """Returns what was and what is; one of ours, changed, is the server's own from then on.

        Raises `StyleUnknownError` and all that `add` does.
        """
        async with self._changing[server]:
            was = self.preset(server, name)
            now = change(was)
            old, new = folded(was.name), folded(now.name)
            if new != old and new in self.offered(server):
                raise StyleTakenError(now.name)
            if old not in self._own.get(server, {}):
                self._require_room(server)
            _require_fit(now)
            moved_away = {old: self._hidden(old)} if new != old else {}
            await self._put(server, {**moved_away, new: now}, by=by)
        return was, now

    async def remove(self, server: ServerId, name: str, *, by: MemberId) -> tuple[Preset, Preset | None]:
        """Returns what was removed, and what has its name then: one of ours that it stood in the place of, or nothing.

        Raises `StyleUnknownError`, `StorageUnavailableError`.
        """
        async with self._changing[server]:
            preset = self.preset(server, name)
            key = folded(preset.name)
            is_own = key in self._own.get(server, {})
            await self._put(server, {key: None if is_own else self._hidden(key)}, by=by)
        return preset, self._shipped.get(key) if is_own else None

    def _hidden(self, key: str) -> Preset | None:
        """What keeps one of ours from members; None: the name is none of ours."""
        ours = self._shipped.get(key)
        return ours and replace(ours, is_hidden=True)

    def _require_room(self, server: ServerId) -> None:
        if sum(not preset.is_hidden for preset in self._own.get(server, {}).values()) >= MOST_STYLES:
            raise StylesFullError(limit=MOST_STYLES)

    async def _put(self, server: ServerId, changes: Mapping[str, Preset | None], *, by: MemberId) -> None:
        await self._stored.put(server, changes, by=by, at=self._clock())
        now = {**self._own.get(server, {}), **changes}
        self._own[server] = {key: preset for key, preset in now.items() if preset is not None}


def is_empty(preset: Preset) -> bool:
    """Whether a request in this style would be the same without it."""
    return preset == Preset(name=preset.name, frame=PLACE_OF_PROMPT)


def _require_fit(preset: Preset) -> None:
    """Raises `StyleEmptyError`, and what a request in this style would raise."""
    if is_empty(preset):
        raise StyleEmptyError
    probe = ImageRequest(prompt=PLACE_OF_PROMPT, model=preset.model or ModelName(""), avoid=preset.avoid)
    Styles.applied(probe, preset)


def _label(preset: Preset, t: Texts) -> str:
    here = style_name(preset.name, t)
    return here if here == preset.name else f"{here} · {preset.name}"


def _keys_by_translation() -> Mapping[str, str]:
    """The keys of our styles by what their names are in each language, folded."""
    return {
        folded(texts_for(language.replace("_", "-"))(name.message)): key
        for language in catalogues.languages()
        for key, name in STYLE_NAMES.items()
    }
