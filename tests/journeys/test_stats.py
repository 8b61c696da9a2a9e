"""`/stats`: what an admin reads and sees of a server whose jobs are known."""

import io
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.i18n import texts_for
from bot.studio import ClientRefusedError, Interaction, Message, Permission, Studio
from bot.studio.cast import GUILD_ID
from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import MessageId, ServerId
from inference.contract.jobs import JobState
from tests.storage.works import ANNA, BEN, CLEO, making, spooled, submission
from tests.support.host import ROOT, Host

SERVER = ServerId(GUILD_ID)
EN, ZH = texts_for("en-US"), texts_for("zh-CN")
# An hour that no test runs into, whatever the time is.
NOON = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), time(12), UTC)
LAST_WEEK = NOON - timedelta(days=10)


async def live(host: Host, spool: Path) -> None:
    """Yesterday three works by two members rated twice, a failure and a cancelled request; one work before."""
    await host.make_database()
    async with host.storage() as storage:
        for number, (member, wait, asked_at) in enumerate(
            ((ANNA, 2, NOON), (ANNA, 4, NOON), (BEN, 300, NOON), (CLEO, 60, LAST_WEEK))
        ):
            started_at = asked_at + timedelta(seconds=wait)
            job = await storage.jobs.add(submission(member=member, server=SERVER, submitted_at=asked_at))
            await storage.jobs.move(job.id, JobState.RUNNING, at=started_at)
            await storage.jobs.succeed(job.id, making(spooled(spool)), at=started_at)
            await storage.jobs.delivered(job.id, [MessageId(100 + number)], at=started_at)
        for rater in (BEN, CLEO):
            await storage.ratings.react(MessageId(100), rater, 5, at=NOON)
        for state, failure in (
            (JobState.FAILED, Failure(code=FailureCode.OUT_OF_MEMORY)),
            (JobState.CANCELLED, None),
        ):
            job = await storage.jobs.add(submission(member=CLEO, server=SERVER, submitted_at=NOON))
            await storage.jobs.move(job.id, state, at=NOON, failure=failure)
            await storage.jobs.delivered(job.id, [], at=NOON)


async def drawn(host: Host, asked: Interaction) -> Message:
    """The answer, once the picture stands in it."""
    note = await host.until(lambda: asked.response if asked.response and asked.response.attachments else None)
    assert note.is_ephemeral
    return note


def rows_of(note: Message) -> list[str]:
    """The table's, with one blank between two cells."""
    return [" ".join(line.split()) for line in note.content.split("```")[1].strip().splitlines()]


def assert_is_seen(note: Message) -> None:
    (attachment,) = note.attachments
    image = Image.open(io.BytesIO(attachment.content))
    assert (attachment.media_type, image.format, image.size) == ("image/png", "PNG", (1200, 930))
    assert len(image.convert("RGB").getcolors(1 << 20) or ()) > 100


async def test_an_admin_reads_and_sees_how_the_server_lived(host: Host, studio: Studio, tmp_path: Path) -> None:
    await live(host, tmp_path / "known")
    await host.start()
    assert "stats" not in {command["name"] for command in studio.person("ada").commands()}
    with pytest.raises(ClientRefusedError):
        await studio.person("ada").command("stats")

    note = await drawn(host, await studio.person("mira").command("stats"))

    assert "The last 30 days" in note.content
    assert "4 works by 3 members." in note.content
    assert "2 ratings." in note.content
    assert "Half of the requests began within 4 s, nine in ten within 5 min." in note.content
    assert "1 request failed (1 × out of memory), 1 cancelled." in note.content
    assert f"{EN.month_day(NOON.date())} 2 3 2 4 s 1 1" in rows_of(note)
    assert_is_seen(note)
    assert "4 works by 3 members." in (note.attachments[0].description or "")

    week = await drawn(host, await studio.person("mira").command("stats", {"days": 7}))
    assert "3 works by 2 members." in week.content
    assert len(rows_of(week)) == 8


async def test_a_chinese_admin_reads_chinese(host: Host, studio: Studio, tmp_path: Path) -> None:
    await live(host, tmp_path / "known")
    wei = studio.add_person("wei", locale="zh-CN", permissions=Permission.MANAGE_GUILD)
    await host.start()

    note = await drawn(host, await wei.command("stats", {"days": 90}))

    works = ZH.plural("{count} work", "{count} works", 4)
    assert ZH.plural("{works} by {count} member.", "{works} by {count} members.", 3, works=works) in note.content
    assert rows_of(note)[0] == "日期 创作者 作品 评分 等待 失败 取消"
    assert f"{ZH.month_day(NOON.date())} 2 3 2 4 秒 1 1" in rows_of(note)
    assert "四幅" in (note.attachments[0].description or "")
    assert_is_seen(note)


async def test_a_server_with_nothing_yet_gets_a_kind_word_and_no_picture(host: Host, studio: Studio) -> None:
    await host.start()
    note = await host.answer_to(await studio.person("mira").command("stats"))
    assert "Nothing was made here in the last 30 days. `/write` is a good beginning" in note.content
    assert not note.attachments


async def test_without_a_picture_the_table_stands(host: Host, studio: Studio, tmp_path: Path) -> None:
    await live(host, tmp_path / "known")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "matplotlib.py").write_text("raise ImportError")
    await host.start(PYTHONPATH=f"{broken}:{ROOT}")
    asked = await studio.person("mira").command("stats")
    await host.said("a picture was not drawn")
    assert asked.response is not None
    assert f"{EN.month_day(NOON.date())} 2 3 2 4 s 1 1" in rows_of(asked.response)
