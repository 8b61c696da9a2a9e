"""The real bot as a child process, against a studio in the test's own process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from bot.studio import Interaction, Message, Studio
from storage import Storage, address_of
from tests.storage.databases import make_sqlite
from tests.support.warm import WarmProcess

ROOT: Final = Path(__file__).parents[2]
PATIENCE_SECONDS: Final = 60.0
ASK_AGAIN_SECONDS: Final = 0.2  # What is waited for needs the bot's time as well.

T = TypeVar("T")


class Host:
    """One data folder, and the bot that is started over it as often as a test likes."""

    def __init__(self, studio: Studio, data: Path) -> None:
        self.studio = studio
        self.data = data
        self.log: list[str] = []
        self._news = asyncio.Condition()
        self._process: WarmProcess | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def database(self) -> str:
        return address_of(self.data / "atelier.db")

    @property
    def media(self) -> Path:
        return self.data / "media"

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ATELIER_", "DISCORD_"))}
        return inherited | {
            "PYTHONPATH": str(ROOT),
            "ATELIER_HOME": str(self.data),
            "DISCORD_TOKEN": "a-token",
            "DISCORD_API_URL": self.studio.api_url,
            "DISCORD_GATEWAY_URL": self.studio.gateway_url,
            "ATELIER_DATA_DIR": str(self.data),
            "ATELIER_TEXT_MODEL": "fake",
            "ATELIER_IMAGE_MODEL": "fake-pictures",
            "ATELIER_METRICS_PORT": "0",
            **settings,
        }

    async def make_database(self) -> None:
        """As the host does before the first start."""
        await asyncio.to_thread(make_sqlite, self.data / "atelier.db")

    async def start(self, *options: str, **settings: str) -> None:
        """Start the bot, and return once it listens and its commands are offered."""
        await self.make_database()
        self._process = await WarmProcess.spawn("run", *options, cwd=self.data, env=self.environment(settings))
        self._listening = asyncio.create_task(self._listen(self._process))
        ada = self.studio.person("ada")
        serving = asyncio.create_task(self.until(lambda: self.studio.is_bot_connected and bool(ada.commands())))
        await asyncio.wait((serving, self._listening), return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            serving.cancel()
            raise RuntimeError(f"the bot ended before it served\nlog:\n{''.join(self.log[-40:])}")
        await serving

    async def kill(self) -> None:
        """As an out-of-memory killer does: no word of farewell."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As a service manager does, politely. Returns the exit code."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for the bot to end by itself. Returns the exit code."""
        process, self._process = self._process, None
        assert process is not None
        code = await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        if self._listening is not None:
            await self._listening
        return code

    async def _end(self, by: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(by)
        code = await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        if self._listening is not None:
            await self._listening
        await self.until(lambda: not self.studio.is_bot_connected)
        return code

    async def _listen(self, process: WarmProcess) -> None:
        async for line in process.output:
            async with self._news:
                self.log.append(line.decode())
                self._news.notify_all()

    async def said(self, words: str) -> str:
        """Wait for a line of the bot's log."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: any(words in line for line in self.log))
        return next(line for line in self.log if words in line)

    async def until(self, predicate: Callable[[], T | None]) -> T:
        """Wait for something to become true in the studio; the bot's log goes with the complaint."""
        try:
            answer = await self.studio.until(predicate, within_seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            log = "".join(self.log[-40:])
            raise TimeoutError(f"{error}\nlog:\n{log}") from None
        assert answer is not None
        return answer

    async def write(self, slug: str = "ada", prompt: str = "a lighthouse", **options: object) -> Interaction:
        return await self.studio.person(slug).command("write", {"prompt": prompt, **options})

    async def imagine(self, slug: str = "ada", prompt: str = "a lighthouse", **options: object) -> Interaction:
        """Ask for pictures. An option that takes a file is given an `Upload("cat.png", content)`."""
        return await self.studio.person(slug).command("imagine", {"prompt": prompt, **options})

    async def accepted(self, asked: Interaction) -> Message:
        """The note, as soon as it says anything: from then on the job is in the ledger."""
        return await self.until(lambda: asked.response if asked.response and asked.response.content else None)

    async def answer_to(self, asked: Interaction) -> Message:
        """What the member alone is told."""
        return await self.until(lambda: next((one for one in asked.messages if one.is_ephemeral and one.content), None))

    async def under_way(self, asked: Interaction) -> Message:
        """The note, as soon as it shows progress."""
        return await self.until(lambda: asked.response if asked.response and "%" in asked.response.content else None)

    async def work_of(self, asked: Interaction) -> Message:
        """The last message of a finished work: the one with the buttons and the reactions."""
        return await self.until(lambda: self._finished(asked))

    def _finished(self, asked: Interaction) -> Message | None:
        note = asked.response
        if note is None:
            return None
        place = self.studio.world.channel(note.channel_id)
        stands_in = (one for one in self.studio.messages(place) if note.id in (one.id, one.reply_to))
        return next((one for one in stands_in if not one.is_deleted and is_finished(one)), None)

    def read_by_members(self) -> str:
        """All that stands in the studio, private messages and the names of files included."""
        places = self.studio.world.channels.values()
        messages = [one for place in places for one in self.studio.messages(place)]
        return "\n".join(str((one.content, one.embeds, one.components, one.attachments)) for one in messages)

    async def history_of(self, slug: str, *, until: str) -> Message:
        """The member's history, asked for again until it says something."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                asked = await self.studio.person(slug).command("history")
                note = await self.until(lambda: asked.response if asked.response and asked.response.content else None)  # noqa: B023
                if until in note.content:
                    return note
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    @asynccontextmanager
    async def storage(self) -> AsyncIterator[Storage]:
        """The database as the bot left it."""
        async with Storage.open(self.database, media_folder=self.media) as storage:
            yield storage


def is_finished(message: Message) -> bool:
    """Whether the message ends a work, whatever the language of its buttons."""
    return any((button.custom_id or "").startswith("creation:recipe:") for button in message.buttons)


def has_button(message: Message, label: str) -> bool:
    return any(button.label == label for button in message.buttons)


def custom_id(message: Message, label: str) -> str:
    found = message.button(label).custom_id
    assert found is not None
    return found


async def atelier(*arguments: str, folder: Path, **environment: str) -> tuple[int, str]:
    """Run a command to its end; its exit code, and what it said."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ATELIER_", "DISCORD_"))}
    process = await WarmProcess.spawn(
        *arguments,
        cwd=folder,
        env=inherited
        | {"PYTHONPATH": str(ROOT), "ATELIER_HOME": str(folder)}
        | {"ATELIER_TEXT_MODEL": "fake", "ATELIER_IMAGE_MODEL": "fake-pictures"}
        | {"COLUMNS": "200", **environment},
    )
    async with asyncio.timeout(120):
        said = await process.output.read()
        return await process.wait(), said.decode()
