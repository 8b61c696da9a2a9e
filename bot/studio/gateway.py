"""The gateway: sessions with numbered events, and the conversation over one socket (hello, identify, resume, beat)."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import WSMsgType, web

from bot.studio.dispatch import Dispatch, Dispatcher
from bot.studio.entities import Json
from bot.studio.events import Event
from bot.studio.faults import Faults
from bot.studio.intents import KNOWN_BITS, NO_INTENT, PRIVILEGED, Intent
from bot.studio.jsontext import BrokenJsonError, parsed
from bot.studio.payloads import Payloads
from bot.studio.sessions import CloseCode, Numbered, Opcode, Session, frame
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

HEARTBEAT_SECONDS = 41.25
_FRAMES_A_MINUTE = 120
# discord.py notes when it beat after it did; an answer quicker than that seems to be one to the beat before.
_ACK_SECONDS = 0.05
_WITH_FIELDS = frozenset({Opcode.IDENTIFY, Opcode.RESUME, Opcode.REQUEST_MEMBERS})


class _Closing(Exception):  # noqa: N818  it ends a conversation, and is no error of the program
    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Gateway:
    """Every session and every open socket."""

    def __init__(
        self, world: World, payloads: Payloads, faults: Faults, *, token: str | None, privileged: Intent,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:  # fmt: skip
        self.world = world
        self.payloads = payloads
        self.faults = faults
        self.token = token
        self.privileged = privileged
        self.heartbeat_seconds = heartbeat_seconds
        self.address = ""
        self.identifies = 0
        self.resumes = 0
        self._sessions: dict[str, Session] = {}
        self._connections: set[_Connection] = set()
        self._dispatcher = Dispatcher(world, payloads)
        world.subscribe(self._hear)
        faults.on_gateway_drop = self.drop
        faults.on_reconnect = self.ask_reconnect

    @property
    def is_connected(self) -> bool:
        """Whether a bot is there: identified, on an open socket."""
        return any(connection.session is not None for connection in self._connections)

    def _hear(self, event: Event) -> None:
        for dispatch in self._dispatcher.dispatches(event):
            for session in self._sessions.values():
                session.add(dispatch)

    def drop(self) -> None:
        for connection in list(self._connections):
            connection.cut()

    def ask_reconnect(self) -> None:
        for connection in self._connections:
            connection.post(frame(Opcode.RECONNECT, None))

    async def close(self, *, code: int = 1001) -> None:
        for connection in list(self._connections):
            await connection.close(code=code)

    def open_session(self, intents: Intent) -> Session:
        session = Session(id=secrets.token_hex(16), intents=intents)
        self._sessions[session.id] = session
        self.identifies += 1
        guilds = list(self.world.guilds.values())
        ready: Json = {
            "v": 10,
            "user": self.payloads.user(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.address,
            "application": {"id": str(self.world.bot.id), "flags": 0},
        }
        session.add(Dispatch(name="READY", payload=ready))
        for guild in guilds:
            if not guild.is_available:
                continue
            payload = self.payloads.guild_create(guild, with_members=Intent.GUILD_MEMBERS in intents)
            # By this key alone a client tells a server that came back from one that was joined.
            payload["unavailable"] = False
            session.add(Dispatch(name="GUILD_CREATE", payload=payload, intents=Intent.GUILDS))
        return session

    def resumable(self, session_id: str, sequence: int) -> Session | None:
        session = self._sessions.get(session_id)
        if session is None or not session.may_resume(sequence) or self.faults.takes_refused_resume():
            return None
        return session

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One socket, from hello to its end."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        connection = _Connection(self, socket, request)
        self._connections.add(connection)
        try:
            await connection.converse()
        finally:
            self._connections.discard(connection)
            self.world.stir()
        return socket


class _Connection:
    """One socket: reads the client's frames, and writes the session's events in order."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._gateway = gateway
        self._socket = socket
        self._request = request
        self.session: Session | None = None
        self._sent = 0
        self._posted: deque[str] = deque()
        self._stirred = asyncio.Event()
        self._frames: deque[float] = deque(maxlen=_FRAMES_A_MINUTE)

    def cut(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def post(self, written: str) -> None:
        """Queues a frame that no session numbers."""
        self._posted.append(written)
        self._stirred.set()

    async def close(self, *, code: int) -> None:
        with suppress(ConnectionError):
            await self._socket.close(code=code)

    async def converse(self) -> None:
        beat = self._gateway.heartbeat_seconds
        self.post(frame(Opcode.HELLO, {"heartbeat_interval": int(beat * 1000)}))
        async with self._writing():
            try:
                await self._read(timeout_seconds=beat * 1.5)
            except _Closing as closing:
                await self._socket.close(code=closing.code)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        writer = asyncio.create_task(self._write())
        try:
            yield
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await writer

    async def _write(self) -> None:
        while True:
            self._stirred.clear()
            while self._posted:
                await self._socket.send_str(self._posted.popleft())
            if self.session is not None:
                for event in self.session.after(self._sent):
                    await self._send(event)
            await self._stirred.wait()

    async def _send(self, event: Numbered) -> None:
        self._sent = event.sequence
        if event.interaction is not None and event.interaction.sent_ns is None:
            event.interaction.sent_ns = time.monotonic_ns()
            self._gateway.world.stir()
        await self._socket.send_str(event.frame)

    async def _read(self, *, timeout_seconds: float) -> None:
        while True:
            try:
                message = await self._socket.receive(timeout=timeout_seconds)
            except TimeoutError:
                raise _Closing(CloseCode.SESSION_TIMED_OUT) from None
            if message.type is not WSMsgType.TEXT:
                return
            self._check_pace()
            try:
                heard = parsed(message.data)
                opcode, payload = Opcode(heard["op"]), heard.get("d")
            except (BrokenJsonError, KeyError, TypeError) as error:
                raise _Closing(CloseCode.DECODE_ERROR) from error
            except ValueError as error:
                raise _Closing(CloseCode.UNKNOWN_OPCODE) from error
            if opcode in _WITH_FIELDS and not isinstance(payload, dict):
                raise _Closing(CloseCode.DECODE_ERROR)
            self._hear(opcode, payload)

    def _check_pace(self) -> None:
        now = time.monotonic()
        if len(self._frames) == _FRAMES_A_MINUTE and now - self._frames[0] < 60:
            raise _Closing(CloseCode.RATE_LIMITED)
        self._frames.append(now)

    def _hear(self, opcode: Opcode, payload: Any) -> None:
        match opcode:
            case Opcode.HEARTBEAT:
                asyncio.get_running_loop().call_later(_ACK_SECONDS, self.post, frame(Opcode.HEARTBEAT_ACK, None))
            case Opcode.IDENTIFY:
                self._identify(payload)
            case Opcode.RESUME:
                self._resume(payload)
            case Opcode.REQUEST_MEMBERS:
                self._send_members(payload)
            case Opcode.PRESENCE | Opcode.VOICE:
                if self.session is None:
                    raise _Closing(CloseCode.NOT_AUTHENTICATED)
            case _:
                raise _Closing(CloseCode.UNKNOWN_OPCODE)

    def _check_token(self, payload: Json) -> None:
        if self.session is not None:
            raise _Closing(CloseCode.ALREADY_AUTHENTICATED)
        token = payload.get("token")
        if not token or (self._gateway.token is not None and token != self._gateway.token):
            raise _Closing(CloseCode.AUTHENTICATION_FAILED)

    def _identify(self, payload: Json) -> None:
        self._check_token(payload)
        asked = payload.get("intents")
        if not isinstance(asked, int) or not 0 <= asked <= KNOWN_BITS:
            raise _Closing(CloseCode.INVALID_INTENTS)
        if Intent(asked) & PRIVILEGED & ~self._gateway.privileged != NO_INTENT:
            raise _Closing(CloseCode.DISALLOWED_INTENTS)
        self._attach(self._gateway.open_session(Intent(asked)), sent=0)

    def _resume(self, payload: Json) -> None:
        self._check_token(payload)
        sequence = payload.get("seq")
        if not isinstance(sequence, int):
            raise _Closing(CloseCode.INVALID_SEQUENCE)
        session = self._gateway.resumable(str(payload.get("session_id")), sequence)
        if session is None:
            self.post(frame(Opcode.INVALID_SESSION, payload=False))
            return
        self._gateway.resumes += 1
        session.add(Dispatch(name="RESUMED", payload={}))
        self._attach(session, sent=sequence)

    def _attach(self, session: Session, *, sent: int) -> None:
        session.is_stirred = self._stirred
        self.session = session
        self._sent = sent
        self._stirred.set()
        self._gateway.world.stir()

    def _send_members(self, payload: Json) -> None:
        if self.session is None:
            raise _Closing(CloseCode.NOT_AUTHENTICATED)
        try:
            guild = self._gateway.world.guilds.get(Snowflake(int(payload["guild_id"])))
        except (KeyError, TypeError, ValueError) as error:
            raise _Closing(CloseCode.DECODE_ERROR) from error
        if guild is None:
            return
        wanted = payload.get("user_ids")
        start = str(payload.get("query") or "").casefold()
        members = [
            member
            for member in guild.members.values()
            if (str(member.user.id) in map(str, wanted) if wanted else member.user.username.startswith(start))
        ]
        limit = payload.get("limit") or len(members)
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [self._gateway.payloads.member(member) for member in members[:limit]],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if payload.get("nonce") is not None:
            chunk["nonce"] = payload["nonce"]
        self.session.add(Dispatch(name="GUILD_MEMBERS_CHUNK", payload=chunk))
