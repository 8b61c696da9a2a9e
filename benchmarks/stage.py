"""A studio and a bot, each a process of its own, and a member who acts through the studio's page interface."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self

import aiohttp

from benchmarks.processes import ROOT, spawned
from benchmarks.workplace import FAKE_PICTURES, Workplace
from bot.studio.cast import STUDIO_CHANNEL_ID
from inference.contract.identifiers import CreationId, ModelName
from storage import Storage, address_of

PATIENCE_SECONDS: Final = 300.0
_MEMBER: Final = "ada"
_HERE: Final = {"person": _MEMBER, "channel": str(STUDIO_CHANNEL_ID)}
_LOG_LINES_TOLD: Final = 15


class StageError(Exception):
    """The bot did not do what a benchmark waited for; `log` is the end of its log."""

    def __init__(self, reason: str, log: list[str]) -> None:
        super().__init__(f"{reason}\n{''.join(log[-_LOG_LINES_TOLD:])}")


class Stage:
    """What a benchmark sees of a bot: only what a member sees, its log and its output. Only `open` makes one."""

    def __init__(self, *, data: Path, page_url: str, bot: Process, session: aiohttp.ClientSession) -> None:
        self.data = data
        self.bot_pid = bot.pid
        self.output: list[str] = []  # What the bot wrote to stdout, line by line.
        self.works: dict[CreationId, int] = {}  # CLOCK_MONOTONIC (ns) when a finished work stood in the channel.
        self._page_url = page_url
        self._session = session
        self._log: list[str] = []
        self._failures = 0
        self._news = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, workplace: Workplace, *, model: ModelName, program: str = "bot", **settings: str
    ) -> AsyncIterator[Self]:
        """Returns once the bot listens, its commands are offered and its actor has shaken hands.

        `model` writes, and a fake draws unless the settings say otherwise. `program` takes the arguments of
        `python -m bot`; `settings` are environment variables.
        """
        async with AsyncExitStack() as stack:
            data = stack.enter_context(workplace.data_folder())
            await Storage.upgrade(address_of(data / "atelier.db"))
            studio = await stack.enter_async_context(spawned("bot.studio", "--port", "0", cwd=ROOT, env={}))
            addresses = await _addresses_of(studio)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            feed = await stack.enter_async_context(
                session.ws_connect(f"{addresses['page']}studio/ws?person={_MEMBER}", max_msg_size=0)
            )
            environment = {
                "DISCORD_TOKEN": "a-token",
                "DISCORD_API_URL": addresses["api"],
                "DISCORD_GATEWAY_URL": addresses["gateway"],
                "ATELIER_DATA_DIR": str(data),
                "ATELIER_TEXT_MODEL": model,
                "ATELIER_IMAGE_MODEL": FAKE_PICTURES,
                **settings,
            }
            bot = await stack.enter_async_context(spawned(program, "run", cwd=data, env=environment, is_logging=True))
            stage = cls(data=data, page_url=addresses["page"], bot=bot, session=session)
            for listening in (stage._read_log(bot), stage._read_output(bot), stage._follow(feed)):
                _in_background(listening, stack)
            await stage._said("the gateway is ready")
            await stage._said("the actor is ready")
            yield stage

    async def write(self, prompt: str, **options: object) -> str:
        """`/write`; returns the interaction's id as soon as the studio has sent it."""
        return await self._command("write", {"prompt": prompt, **options})

    async def imagine(self, prompt: str, **options: object) -> str:
        """`/imagine`, likewise."""
        return await self._command("imagine", {"prompt": prompt, **options})

    async def _command(self, name: str, options: Mapping[str, object]) -> str:
        asked = {**_HERE, "name": name, "options": options}
        async with self._session.post(f"{self._page_url}studio/api/command", json=asked) as response:
            answer = await response.json()
            if response.status != 200:
                raise StageError(f"the studio refused: {answer}", self._log)
        return str(answer["id"])

    async def interaction(self, interaction: str) -> dict[str, Any]:
        """`sent_ns`, `response_id` and what else the page knows of an interaction."""
        query = {**_HERE, "interaction": interaction}
        async with self._session.get(f"{self._page_url}studio/api/interaction", params=query) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def until_works(self, count: int) -> None:
        """Wait until so many works were delivered, counted from the beginning. Raises `StageError`."""
        await self.until(lambda: len(self.works) >= count or self._failures > 0)
        if self._failures:
            raise StageError("a job failed", self._log)

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait for what the feed, the log or the output brings. Raises `StageError`."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._news:
                await self._news.wait_for(predicate)
        except TimeoutError:
            raise StageError("the bot kept still for too long", self._log) from None

    async def _said(self, words: str) -> None:
        await self.until(lambda: any(words in line for line in self._log))

    async def _read_log(self, bot: Process) -> None:
        assert bot.stderr is not None
        async for line in bot.stderr:
            self._log.append(line.decode())
            await self._tell()

    async def _read_output(self, bot: Process) -> None:
        assert bot.stdout is not None
        async for line in bot.stdout:
            self.output.append(line.decode())
            await self._tell()

    async def _follow(self, feed: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in feed:
            event = frame.json()
            if event["event"] == "message":
                self._look_at(event["message"])
                await self._tell()

    def _look_at(self, message: dict[str, Any]) -> None:
        for row in message["components"]:
            for button in row["components"]:
                match str(button.get("custom_id", "")).split(":"):
                    case ["creation", "recipe", number]:
                        self.works.setdefault(CreationId(int(number)), time.monotonic_ns())
                    case ["job", "again", _]:
                        self._failures += 1
                    case _:
                        pass

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


async def _addresses_of(studio: Process) -> dict[str, str]:
    """Of its page, its interface and its gateway: what `python -m bot.studio` prints."""
    assert studio.stdout is not None
    lines = [(await studio.stdout.readline()).decode() for _ in range(3)]
    return dict(line.split() for line in lines)


def _in_background(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    running = asyncio.create_task(work)

    async def stop() -> None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    stack.push_async_callback(stop)
