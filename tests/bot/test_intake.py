"""Uploads from where Discord keeps them to the spool, fetched over real HTTP and cleaned by a real process."""

import asyncio
import hashlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
import psutil
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from bot.errand import returned
from bot.errors import UploadsRefusedOftenError, sentence
from bot.i18n import texts_for
from bot.intake import Intake, IntakeLimits
from inference.contract.environment import passed_on
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import MemberId
from inference.safety.uploads.terms import MAX_UPLOAD_BYTES, Refusal, UploadRefusedError
from tests.storage.works import ANNA, BEN, NOON
from tests.support.uploads import BAD, opened, photograph, saved

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/file.png", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/file.png"))


def attachment(url: str, *, size: int = 1_000) -> discord.Attachment:
    fields: Any = {"id": "1", "filename": "file.png", "size": size, "url": url, "proxy_url": url}
    return discord.Attachment(data=fields, state=cast("Any", SimpleNamespace(http=None)))


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def left_in(spool: Path) -> list[Path]:
    return list(spool.iterdir()) if spool.exists() else []


def sending(content: bytes) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=content)

    return answer


async def refusal(spool: Path, answer: Answer, *, size: int = 1_000, limits: IntakeLimits | None = None) -> Refusal:
    """Why what is sent is not taken in."""
    async with served(answer) as url, Intake.open(spool, limits=limits) as intake:
        with pytest.raises(UploadRefusedError) as refused:
            async with intake.received(attachment(url, size=size), by=ANNA):
                pass
    assert not left_in(spool)
    return refused.value.reason


async def test_an_upload_stands_in_the_spool_as_long_as_it_is_needed(spool: Path) -> None:
    async with served(sending(photograph(6))) as url, Intake.open(spool) as intake:
        async with intake.received(attachment(url), by=ANNA) as upload:
            content = upload.path.read_bytes()
            assert left_in(spool) == [upload.path]
        assert not left_in(spool)
    assert (upload.media_type, upload.size_bytes) == ("image/png", len(content))
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert upload.picture is not None
    assert opened(content).size == (upload.picture.width, upload.picture.height) == (96, 64)


async def test_an_upload_goes_when_what_it_was_for_fails(spool: Path) -> None:
    async with served(sending(photograph())) as url, Intake.open(spool) as intake:
        with pytest.raises(LookupError):
            async with intake.received(attachment(url), by=ANNA):
                raise LookupError
    assert not left_in(spool)


async def test_a_text_named_png_is_refused(spool: Path) -> None:
    assert await refusal(spool, sending(BAD["text"]())) is Refusal.NO_PICTURE


async def test_what_discord_calls_too_large_is_not_even_asked_for(spool: Path) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response()

    assert await refusal(spool, answer, size=MAX_UPLOAD_BYTES + 1) is Refusal.TOO_LARGE
    assert not asked


async def test_what_turns_out_too_large_is_not_read_to_its_end(spool: Path) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 10 * MAX_UPLOAD_BYTES:
            await response.write(bytes(2**20))
            sent += 2**20
        return response

    assert await refusal(spool, answer) is Refusal.TOO_LARGE
    assert sent < 2 * MAX_UPLOAD_BYTES


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_what_cannot_be_fetched_is_gone(spool: Path, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert await refusal(spool, answer) is Refusal.GONE


async def test_nobody_is_sent_elsewhere(spool: Path) -> None:
    async with served(sending(photograph())) as elsewhere:

        async def answer(_: web.Request) -> web.Response:
            raise web.HTTPFound(elsewhere)

        assert await refusal(spool, answer) is Refusal.GONE


async def test_a_connection_that_breaks_off_is_gone(spool: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(bytes(100))
        assert request.transport is not None
        request.transport.abort()
        return response

    assert await refusal(spool, answer) is Refusal.GONE


async def test_what_is_packed_on_the_way_is_not_unpacked(spool: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b" + bytes(50), headers={"Content-Encoding": "gzip"})

    assert await refusal(spool, answer) is Refusal.NO_PICTURE


async def test_what_takes_too_long_is_refused_and_its_process_ended(spool: Path) -> None:
    upload = saved(Image.new("RGB", (7_000, 7_000)))
    limits = IntakeLimits(cleaned_within_seconds=0.3)
    assert await refusal(spool, sending(upload), limits=limits) is Refusal.TOO_DEMANDING
    assert not cleaning_processes()


async def test_what_takes_too_much_memory_is_refused(spool: Path) -> None:
    upload = saved(Image.new("RGBA", (5_000, 5_000)))
    limits = IntakeLimits(memory_bytes=2**30 // 5)
    assert await refusal(spool, sending(upload), limits=limits) is Refusal.TOO_DEMANDING


async def test_a_process_that_something_kills_is_a_refusal(spool: Path) -> None:
    upload = saved(Image.effect_noise((256, 256), 80).resize((7_100, 7_100)), "JPEG", progressive=True)
    async with served(sending(upload)) as url, Intake.open(spool) as intake:
        receiving = asyncio.create_task(begun(intake, url))
        process = await first_cleaning_process()
        process.kill()
        with pytest.raises(UploadRefusedError) as refused:
            await receiving
    assert refused.value.reason is Refusal.TOO_DEMANDING
    assert not left_in(spool)


async def test_a_member_who_goes_away_leaves_neither_process_nor_file(spool: Path) -> None:
    upload = saved(Image.effect_noise((256, 256), 80).resize((7_100, 7_100)), "JPEG", progressive=True)
    async with served(sending(upload)) as url, Intake.open(spool) as intake:
        receiving = asyncio.create_task(begun(intake, url))
        await first_cleaning_process()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert not cleaning_processes()
    assert not left_in(spool)


async def begun(intake: Intake, url: str) -> None:
    async with intake.received(attachment(url), by=ANNA):
        pass


def cleaning_processes() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [one for one in children if "inference.safety.uploads" in one.cmdline()]


async def first_cleaning_process() -> psutil.Process:
    async with asyncio.timeout(60):
        while True:
            if found := cleaning_processes():
                return found[0]
            await asyncio.sleep(0.01)


async def test_many_uploads_come_in_at_once_and_one_process_at_a_time_looks_at_them(spool: Path) -> None:
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(cleaning_processes()))
            await asyncio.sleep(0.01)

    async with served(sending(photograph())) as url, Intake.open(spool) as intake, AsyncExitStack() as stack:
        watching = asyncio.create_task(watch())
        uploads = await asyncio.gather(
            *(stack.enter_async_context(intake.received(attachment(url), by=MemberId(member))) for member in range(6))
        )
        watching.cancel()
        assert sorted(left_in(spool)) == sorted(upload.path for upload in uploads)
    assert most == 1
    assert not left_in(spool)


async def test_who_sends_many_at_once_waits_for_themselves_and_others_for_one_of_them(spool: Path) -> None:
    asked, done = asyncio.Queue[str](), list[str]()
    may_go_on = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.put_nowait(request.query["of"])
        await may_go_on.wait()
        return web.Response(body=photograph())

    async def send(intake: Intake, url: str, member: MemberId, name: str) -> None:
        async with intake.received(attachment(f"{url}?of={name}"), by=member):
            done.append(name)

    async with served(answer) as url, Intake.open(spool) as intake:
        annas = [asyncio.create_task(send(intake, url, ANNA, f"anna's {number}")) for number in range(6)]
        ben = asyncio.create_task(send(intake, url, BEN, "ben's"))
        assert {await asked.get(), await asked.get()} == {"anna's 0", "ben's"}
        may_go_on.set()
        await asyncio.gather(ben, *annas)
    assert done.index("ben's") <= 1
    assert [one for one in done if one != "ben's"] == [f"anna's {number}" for number in range(6)]


async def test_who_had_ten_files_refused_is_told_when_the_next_one_is_looked_at(spool: Path) -> None:
    asked, now = [], [NOON]

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(body=b"no picture")

    async with served(answer) as url, Intake.open(spool, clock=lambda: now[0]) as intake:
        for _ in range(10):
            with pytest.raises(UploadRefusedError):
                await begun(intake, url)
        with pytest.raises(UploadsRefusedOftenError) as refused:
            await begun(intake, url)
        assert len(asked) == 10
        assert refused.value.resets_at == NOON + timedelta(hours=1)
        now[0] += timedelta(hours=1)
        with pytest.raises(UploadRefusedError):
            await begun(intake, url)


async def test_what_discord_does_not_give_is_nobodys_fault(spool: Path) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=500)

    async with served(answer) as url, Intake.open(spool) as intake:
        for _ in range(11):
            with pytest.raises(UploadRefusedError):
                await begun(intake, url)


def test_the_process_has_a_limit_of_processor_time() -> None:
    program = "from inference.safety.uploads.__main__ import limit; limit(2**30, 1)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


async def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"a file where the folder should be")
    async with served(sending(photograph())) as url, Intake.open(tmp_path / "spool") as intake:
        with pytest.raises(StorageUnavailableError):
            await begun(intake, url)


async def test_a_module_that_is_not_there_says_so_on_its_error_stream() -> None:
    done = await returned(
        "inference.safety.nothing",
        sent=b"x" * 10**6,
        environment=passed_on(),
        within_seconds=60,
        at_most_bytes=10,
    )
    assert done.exit_code == 1
    assert "No module named" in done.complaint


async def test_a_process_that_answers_without_end_is_ended() -> None:
    done = await returned("this", sent=b"", environment=passed_on(), within_seconds=60, at_most_bytes=100)
    assert done.exit_code < 0
    assert done.answer.startswith(b"The Zen of Python")


@pytest.mark.parametrize("reason", Refusal)
def test_every_refusal_has_a_sentence_of_its_own(reason: Refusal) -> None:
    t = texts_for("en-US")
    said = {each: sentence(UploadRefusedError(each), t) for each in Refusal}
    assert len(set(said.values())) == len(Refusal)
    assert "broke on my side" not in said[reason]


def test_the_bot_itself_loads_no_decoder() -> None:
    program = "import sys, bot.intake; sys.exit('PIL' in sys.modules or 'numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
