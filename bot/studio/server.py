"""The studio: the world, its REST interface, its gateway and its page, served together from one port."""

import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from aiohttp import web

from bot.studio import cast
from bot.studio.addresses import Addresses
from bot.studio.api import Api, Request
from bot.studio.archive import Archive
from bot.studio.entities import Channel, Guild, Message, User
from bot.studio.faults import Faults
from bot.studio.files import add_file_routes
from bot.studio.forms import REQUEST_LIMIT_BYTES
from bot.studio.gateway import HEARTBEAT_SECONDS, Gateway
from bot.studio.guard import guard
from bot.studio.intents import NO_INTENT, Intent
from bot.studio.page_api import PageApi
from bot.studio.payloads import Payloads
from bot.studio.people import Person
from bot.studio.permissions import BOT, NONE, Permission
from bot.studio.ratelimits import RateLimiter, RateLimits
from bot.studio.sessions import CloseCode
from bot.studio.snowflakes import Clock, Snowflake
from bot.studio.spool import Spool
from bot.studio.witness import Witness, nobody

Answer = TypeVar("Answer")

DEFAULT_PORT = 8420
DEFAULT_RATE_LIMITS = RateLimits()
_SHUTDOWN_SECONDS = 2.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """How strict, how large and in which language the studio is.

    Attributes:
        bot_name: What the bot is called.
        guild_locale: The server's language.
        token: The only bot token to accept; None accepts any.
        privileged_intents: Those that the bot may ask for, as switched on in Discord's developer portal.
        attachment_limit_bytes: What one file may weigh.
        spool_limit_bytes: What all files together may weigh; beyond it the oldest go.
        rate_limits: The figures, and whether they are enforced.
        heartbeat_seconds: How often the gateway wants to hear from the client.
        witness: Hears each request that the bot makes, before it takes effect.
    """

    bot_name: str = "Atelier"
    guild_locale: str = "en-US"
    token: str | None = None
    privileged_intents: Intent = NO_INTENT
    attachment_limit_bytes: int = 10 * 1024 * 1024
    spool_limit_bytes: int = 1024 * 1024 * 1024
    rate_limits: RateLimits = DEFAULT_RATE_LIMITS
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    witness: Witness = nobody


class Studio:
    """A running studio. `world` is the state, `faults` and `limiter` make trouble, `requests` tells what was asked."""

    def __init__(self, *, clock: Clock, settings: StudioSettings) -> None:
        self._spool = Spool(limit_bytes=settings.spool_limit_bytes)
        self._addresses = Addresses(clock)
        self.world = cast.opening_world(
            clock=clock,
            files=self._spool,
            bot_name=settings.bot_name,
            guild_locale=settings.guild_locale,
            attachment_limit_bytes=settings.attachment_limit_bytes,
        )
        self.world.has_message_content_intent = Intent.MESSAGE_CONTENT in settings.privileged_intents
        self.payloads = Payloads(self.world, self._addresses)
        self.faults = Faults()
        self.faults.on_change = self.world.stir
        self.gateway = Gateway(
            self.world,
            self.payloads,
            self.faults,
            token=settings.token,
            privileged=settings.privileged_intents,
            heartbeat_seconds=settings.heartbeat_seconds,
        )
        self.limiter = RateLimiter(settings.rate_limits, monotonic=time.monotonic, wall=time.time)
        self._api = Api(
            self.world, self.payloads, self.faults, self.limiter, token=settings.token, witness=settings.witness
        )
        self._people: dict[str, Person] = {}
        self._page = PageApi(self.world, self.payloads, self._people)
        self._archive: Archive | None = None
        self._host, self.port = "", 0
        for each in cast.CAST:
            self._welcome(each.slug, self.world.user(each.user_id))

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT, clock: Clock = _utc_now,
        settings: StudioSettings | None = None, archive: Path | None = None,
    ) -> AsyncIterator[Self]:  # fmt: skip
        """Serves until the block ends. Port 0 takes a free one; a busy one is an OSError.

        What stands in the studio is kept in the file `archive`, and found there by the next one; without it, it is
        of one evening. Raises `ArchiveError` for a file that is none of the studio's.
        """
        listening = _bound(host, port)
        studio = cls(clock=clock, settings=settings or StudioSettings())
        try:
            studio._take_up(archive)
        except BaseException:
            listening.close()
            studio._spool.close()
            raise
        studio._take_address(host, listening.getsockname()[1])
        runner = web.AppRunner(studio._application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            yield studio
        finally:
            studio.faults.clear()
            await studio.gateway.close()
            await studio._page.close()
            await runner.cleanup()
            listening.close()
            studio._spool.close()
            if studio._archive is not None:
                studio._archive.close()

    def _take_up(self, path: Path | None) -> None:
        """Go on where an earlier studio ended."""
        if path is not None:
            self._archive = Archive(path)
            self._archive.bring_back(self.world, self._spool)
            self.world.subscribe(self._archive.hear)

    def _take_address(self, host: str, port: int) -> None:
        self._host, self.port = host, port
        self._addresses.base = self.page_url.rstrip("/")
        self.gateway.address = self._api.gateway_url = self.gateway_url

    def _application(self) -> web.Application:
        app = web.Application(
            client_max_size=REQUEST_LIMIT_BYTES, middlewares=[guard(allowed_host=self._host)]
        )  # fmt: skip
        self._api.add_routes(app)
        app.router.add_get("/gateway/ws", self.gateway.serve)
        add_file_routes(app, self._spool, self._addresses)
        self._page.add_routes(app)
        return app

    # Addresses

    @property
    def page_url(self) -> str:
        return f"http://{self._authority}/"

    @property
    def api_url(self) -> str:
        return f"http://{self._authority}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://{self._authority}/gateway/ws"

    @property
    def _authority(self) -> str:
        """What reaches it from this machine: who listens everywhere listens on loopback as well."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    # People and places

    def person(self, slug: str) -> Person:
        """Someone by short name: "mira" (admin), "ada", "lin" (zh-CN), or who was added."""
        return self._people[slug]

    def add_person(
        self, slug: str, *, name: str | None = None, locale: str = "en-US", permissions: Permission = NONE
    ) -> Person:
        """Another member; `permissions` come on top of what everyone may do (see `permissions.MODERATOR`)."""
        user = User(id=self.world.mint.next(), username=slug, global_name=name or slug.title(), locale=locale)
        self.world.add_member(cast.GUILD_ID, user, permissions=permissions)
        return self._welcome(slug, user)

    def _welcome(self, slug: str, user: User) -> Person:
        self._people[slug] = Person(self.world, self.payloads, user, home=cast.STUDIO_CHANNEL_ID)
        return self._people[slug]

    def channel(self, name: str = "studio") -> Channel:
        """A channel or thread of the first server by its name; LookupError where there is none."""
        for channel in self.world.channels_of(cast.GUILD_ID):
            if channel.name == name:
                return channel
        raise LookupError(name)

    def join_guild(self, name: str, *, bot_permissions: Permission = BOT) -> Guild:
        """Somebody invites the bot to another server, which has one channel named general."""
        return cast.second_guild(self.world, name=name, bot_permissions=bot_permissions)

    def leave_guild(self, guild_id: Snowflake) -> None:
        self.world.remove_guild(guild_id)

    async def reset_token(self, token: str) -> None:
        """As in the developer portal: the old token is worth nothing from now on, and its connections are closed."""
        self._api.token = self.gateway.token = token
        await self.gateway.close(code=CloseCode.AUTHENTICATION_FAILED)

    # Reading

    def messages(self, channel: Channel | str = "studio") -> list[Message]:
        """All that stands in a channel, private messages included, oldest first."""
        place = self.channel(channel) if isinstance(channel, str) else channel
        return self.world.messages.everything(place.id)

    @property
    def requests(self) -> Sequence[Request]:
        """What the bot asked by REST, oldest first."""
        return self._api.requests

    @property
    def is_bot_connected(self) -> bool:
        return self.gateway.is_connected

    async def until(self, predicate: Callable[[], Answer | None], *, within_seconds: float = 10.0) -> Answer:
        """Waits until the predicate is true, looking again whenever anything happens here, and gives its answer.

        What happens elsewhere (in the bot, in a database) is not noticed unless `stir` is called.

        Raises:
            TimeoutError: It was not; the message shows the last messages and requests.
        """
        try:
            return await self.world.until(predicate, within_seconds=within_seconds)
        except TimeoutError:
            raise TimeoutError(f"not within {within_seconds} s\n{self.described()}") from None

    def stir(self) -> None:
        """Makes `until` look again: to be called when something beyond the studio has changed."""
        self.world.stir()

    def described(self) -> str:
        """The last messages and requests, for people to read."""
        lines = ["messages:"]
        for channel in self.world.channels.values():
            for message in self.world.messages.everything(channel.id)[-5:]:
                author = self.world.users[message.author_id].username
                private = " (private)" if message.is_ephemeral else ""
                thinking = " (thinking)" if message.is_thinking else ""
                lines.append(f"  #{channel.name} {author}{private}{thinking}: {message.content[:200]!r}")
        lines.append("requests:")
        lines += [f"  {each.method} {each.path} -> {each.status}" for each in list(self.requests)[-20:]]
        return "\n".join(lines)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening
