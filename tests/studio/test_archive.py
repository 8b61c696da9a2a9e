"""Who opens the studio again finds what stood there."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest

from bot.studio import RELAXED, Message, MovableClock, Permission, Studio, StudioSettings, Upload
from bot.studio.archive import ArchiveError
from bot.studio.entities import ChannelType
from bot.studio.errors import DiscordError
from tests.studio.rest_client import rest_client
from tests.support.host import ROOT

SETTINGS = StudioSettings(rate_limits=RELAXED)
HELLO = {
    "content": "**hello**",
    "embeds": [{"title": "A card", "color": 1}],
    "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go:1"}]}],
}


def opened(tmp_path: Path) -> AbstractAsyncContextManager[Studio]:
    return Studio.open(port=0, clock=MovableClock(), settings=SETTINGS, archive=tmp_path / "studio.db")


def seen(message: Message) -> tuple[object, ...]:
    contents = [(each.filename, each.content, each.description) for each in message.attachments]
    return (
        *(message.id, message.content, message.embeds, message.components, contents),
        *(message.reactions, message.bursts),
        *(message.author_id, message.type, message.reply_to, message.is_pinned, message.created_at, message.edited_at),
    )


async def test_messages_come_back_as_they_were(tmp_path: Path) -> None:
    async with opened(tmp_path) as studio, rest_client(studio) as rest:
        await rest.send(**HELLO)
        await rest.upload({"content": "a file"}, b"first", b"second")
        said = await studio.person("ada").say("a cat", files=[Upload("cat.png", b"no real cat")])
        for slug, emoji in (("lin", "5️⃣"), ("ada", "5️⃣"), ("lin", "❤️")):
            await studio.person(slug).react(said, emoji)
        await studio.person("teo").react(said, "5️⃣", is_burst=True)
        studio.world.messages.pin(said, is_pinned=True)
        left = [seen(message) for message in studio.messages()]

    async with opened(tmp_path) as studio:
        found = [seen(message) for message in studio.messages()]

    assert len(left) == 3
    assert found == left


async def test_a_file_of_yesterday_is_served_today(tmp_path: Path) -> None:
    async with opened(tmp_path) as studio:
        await studio.person("ada").say("a text", files=[Upload("sea.txt", b"the sea")])

    async with opened(tmp_path) as studio, aiohttp.ClientSession() as session:
        address = studio.payloads.message(studio.messages()[0], studio.person("lin").id)["attachments"][0]["url"]
        async with session.get(address) as response:
            assert (response.status, await response.read()) == (200, b"the sea")


async def test_a_thread_and_what_a_channel_allows_come_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as studio:
        ada, world = studio.person("ada"), studio.world
        thread = world.start_thread(
            studio.channel(), name="a talk", owner_id=ada.id, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
        )
        await ada.say("in here", thread)
        world.set_overwrite(studio.channel("gallery").id, ada.id, deny=Permission.SEND_MESSAGES)

    async with opened(tmp_path) as studio:
        assert [message.content for message in studio.messages("a talk")] == ["in here"]
        with pytest.raises(DiscordError):
            await studio.person("ada").say("hello", studio.channel("gallery"))


async def test_what_was_changed_and_taken_back_stays_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as studio, rest_client(studio) as rest:
        sent = await rest.upload({"content": "before"}, b"first")
        await rest("PATCH", f"{rest.messages}/{sent.body['id']}", {"content": "after", "attachments": []})
        note = studio.messages()[0]
        await studio.person("ada").react(note, "1️⃣")
        await studio.person("ada").unreact(note, "1️⃣")

    async with opened(tmp_path) as studio:
        note = studio.messages()[0]
        assert (note.content, note.attachments, note.reactions) == ("after", (), {})


async def test_of_a_deleted_message_no_byte_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as studio:
        ada = studio.person("ada")
        said = await ada.say("words that were too loud", files=[Upload("a.txt", b"and a file too loud")])
        await ada.delete(said)

    async with opened(tmp_path) as studio:
        assert studio.messages() == []
    assert b"too loud" not in (tmp_path / "studio.db").read_bytes()


async def test_an_id_is_never_given_twice(tmp_path: Path) -> None:
    tomorrow = MovableClock()
    tomorrow.advance(seconds=86_400)
    async with Studio.open(port=0, clock=tomorrow, settings=SETTINGS, archive=tmp_path / "studio.db") as studio:
        before = await studio.person("ada").say("tomorrow")

    async with opened(tmp_path) as studio:
        after = await studio.person("ada").say("today")

    assert after.id > before.id


@pytest.mark.parametrize("content", [b"certainly no database, but long enough to be one\n" * 30, None])
async def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "studio.db"
    if content is None:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()

    with pytest.raises(ArchiveError):
        async with opened(tmp_path):
            raise AssertionError("it opened")

    assert path.read_bytes() == before


async def test_a_killed_studio_has_lost_nothing_that_was_said(tmp_path: Path) -> None:
    path = tmp_path / "studio.db"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.studio", "--port", "0", "--archive", str(path)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    page = (await process.stdout.readline()).decode().split()[1]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{page}studio/api/world?person=ada") as response:
            channel = (await response.json())["channels"][0]["id"]
        said = {"person": "ada", "channel": channel, "text": "just before"}
        async with session.post(f"{page}studio/api/say", json=said) as response:
            assert response.status == 200

    process.send_signal(signal.SIGKILL)
    await process.wait()

    async with opened(tmp_path) as studio:
        assert [message.content for message in studio.messages()] == ["just before"]
