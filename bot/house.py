"""The house rules of each server: what its admins have chosen, and what holds where they have not.

All of it is in memory, since every command asks for it and most before they may wait for anything.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import discord

from bot.errors import ChannelNotOpenError
from inference.contract.errors import WordBlockedError
from inference.contract.identifiers import ChannelId, MemberId, ModelName, RoleId, ServerId
from inference.contract.image import Guard
from inference.contract.jobs import Limits
from inference.contract.requests import Request
from inference.safety.words import WordRules
from storage.domain import Preset, ServerSettings
from storage.servers import Servers

Change = Callable[[ServerSettings], ServerSettings]

_DEFAULTS = ServerSettings()


class House:
    """The settings of all servers. One process changes them, so what it holds is what is stored."""

    def __init__(
        self,
        servers: Servers,
        *,
        text_model: ModelName,
        image_model: ModelName,
        seeds_reactions: bool,
        is_here: Callable[[ModelName], bool],
        clock: Callable[[], datetime],
    ) -> None:
        """The models and `seeds_reactions` are the host's; `is_here` says whether a model can be used."""
        self.text_model = text_model
        self.image_model = image_model
        self.seeds_reactions = seeds_reactions
        self._servers = servers
        self._is_here = is_here
        self._clock = clock
        self._settings: dict[ServerId, ServerSettings] = {}
        self._rules: dict[ServerId, WordRules] = {}
        self._changing: defaultdict[ServerId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self) -> None:
        """Read what is stored, before the first question. Raises `StorageUnavailableError`."""
        self._settings = dict(await self._servers.all())
        self._rules = await asyncio.to_thread(_all_rules, self._settings)

    def settings_of(self, server: ServerId) -> ServerSettings:
        return self._settings.get(server, _DEFAULTS)

    def moderators_channels(self) -> Mapping[ServerId, ChannelId]:
        """Where moderators are told of reports, in the servers that have chosen such a channel."""
        chosen = {server: settings.moderators_channel for server, settings in self._settings.items()}
        return {server: channel for server, channel in chosen.items() if channel is not None}

    async def change(self, server: ServerId, change: Change, *, by: MemberId) -> tuple[ServerSettings, ServerSettings]:
        """Returns what was and what is. Of two changes at once, each begins from what the other left.

        Raises `StorageUnavailableError`; then nothing was changed.
        """
        async with self._changing[server]:
            was = self.settings_of(server)
            now = change(was)
            rules = await asyncio.to_thread(_rules_of, now)  # Long lists take a while, and nobody is to wait for them.
            await self._servers.put(server, now, by=by, at=self._clock())
            self._settings[server], self._rules[server] = now, rules
        return was, now

    def text_model_of(self, server: ServerId) -> ModelName:
        """What writes when a member names no model: the server's choice, while the host has it."""
        chosen = self.settings_of(server).text_model
        return chosen if chosen is not None and self._is_here(chosen) else self.text_model

    def image_model_of(self, server: ServerId, preset: Preset | None = None) -> ModelName:
        """What draws when a member names no model: the style's, the server's or the host's, the first that is here."""
        chosen = (preset.model if preset else None, self.settings_of(server).image_model)
        return next((model for model in chosen if model is not None and self._is_here(model)), self.image_model)

    def guard_in(self, server: ServerId, channel: ChannelId, *, is_age_restricted: bool) -> Guard:
        """What is to become of a picture in a channel that the classifier takes for unsafe; a thread is as its parent.

        Where nothing is set, it is blurred in age-restricted channels and held elsewhere. It passes in age-restricted
        ones alone: Discord allows it nowhere else.
        """
        settings = self.settings_of(server)
        chosen = settings.guards.get(channel, settings.guard)
        if chosen is None:
            return Guard.BLUR if is_age_restricted else Guard.HOLD
        return Guard.BLUR if chosen is Guard.PASS and not is_age_restricted else chosen

    def locale_of(self, server: ServerId, usual: discord.Locale) -> str:
        """The locale of what everybody in a server reads: the admins' choice, or else the usual one."""
        return self.settings_of(server).language or str(usual)

    def seeds_reactions_in(self, server: ServerId) -> bool:
        chosen = self.settings_of(server).seeds_reactions
        return self.seeds_reactions if chosen is None else chosen

    def require_open(self, server: ServerId, channel: ChannelId) -> None:
        """Raises `ChannelNotOpenError` where the bot is not to work. A thread is as open as its parent."""
        channels = self.settings_of(server).channels
        if channels and channel not in channels:
            raise ChannelNotOpenError(channels)

    def require_fit(self, server: ServerId, request: Request) -> None:
        """Raises `WordBlockedError` for words that the server does not want."""
        rules = self._rules.get(server)
        word = rules.first_blocked("\n".join(request.typed)) if rules is not None else None
        if word is not None:
            raise WordBlockedError(word)


def _all_rules(settings: Mapping[ServerId, ServerSettings]) -> dict[ServerId, WordRules]:
    return {server: _rules_of(of_server) for server, of_server in settings.items()}


def _rules_of(settings: ServerSettings) -> WordRules:
    return WordRules(settings.blocked_words, settings.allowed_words)


def limits_of(settings: ServerSettings, roles: Collection[RoleId]) -> Limits:
    """What holds for a member: the most generous of the entries of their roles, or else what holds for everybody."""
    own = [settings.role_limits[role] for role in roles if role in settings.role_limits]
    if not own:
        return settings.limits
    return Limits(
        a_day=_most_generous([one.a_day for one in own]), waiting=_most_generous([one.waiting for one in own])
    )


def _most_generous(limits: Collection[int | None]) -> int | None:
    bounds = [limit for limit in limits if limit is not None]
    return max(bounds) if len(bounds) == len(limits) else None
