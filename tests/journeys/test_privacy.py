"""What is stored about a member: asked about, shown, taken away, erased."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from bot.features.privacy.consent import WORDINGS
from bot.i18n import texts_for
from bot.studio import RELAXED, Message, MovableClock, Studio, StudioSettings
from inference.contract.identifiers import MemberId, ServerId
from storage.domain import Consent
from tests.storage.worlds import dump
from tests.support.host import PATIENCE_SECONDS, Host, atelier, custom_id
from tests.support.privacy import button_of, form_of, nothing_to_delete, panel_of
from tests.support.specification import Witness

NARROW_BYTES = 5_000
YES = f"consent:works:yes:{WORDINGS[Consent.WORKS]}"
ZH = texts_for("zh-CN")


def questions(studio: Studio, slug: str) -> list[Message]:
    """The questions of consent that a member sees, answered or not."""
    words = ("May the works that you make here", ZH("**May the works that you make here become part of a release?**"))
    return [
        one for one in studio.person(slug).messages() if one.is_ephemeral and one.content.startswith(("**May", *words))
    ]


async def question_to(host: Host, slug: str) -> Message:
    return await host.until(lambda: next(iter(questions(host.studio, slug)), None))


async def test_a_maker_is_asked_once_in_private_and_never_again(host: Host, studio: Studio) -> None:
    await host.start()
    asked = await host.write("ada")
    await host.work_of(asked)
    question = await question_to(host, "ada")
    assert question.is_ephemeral
    assert question.ephemeral_for == studio.person("ada").id
    assert "CC BY 4.0" in question.content
    assert "No answer means no" in question.content
    assert asked.response is not None
    assert asked.response.id != question.id

    await host.stop()  # Unanswered; a restart does not ask again.
    await host.start()
    await host.work_of(await host.write("ada", "a second lighthouse"))
    await host.work_of(await host.write("lin"))
    await question_to(host, "lin")
    await host.stop()  # Waits for what is being asked.
    assert len(questions(studio, "ada")) == 1
    assert len(questions(studio, "lin")) == 1


async def test_a_chinese_member_of_an_english_server_is_asked_in_chinese_and_says_yes(
    host: Host, studio: Studio
) -> None:
    await host.start()
    await host.work_of(await host.write("lin"))
    question = await question_to(host, "lin")
    assert question.content.startswith(ZH("**May the works that you make here become part of a release?**"))
    await studio.person("lin").press(question, YES)
    await host.until(lambda: not question.buttons or None)
    panel = await panel_of(host, "lin")
    await studio.person("lin").press(panel, button_of(panel, "privacy:works:no:"))
    await host.until(
        lambda: any((one.custom_id or "").startswith("privacy:works:yes:") for one in panel.buttons) or None
    )
    await host.stop()
    async with host.storage() as storage:
        said = await storage.consents.history(MemberId(int(studio.person("lin").id)))
    assert [one.is_given for one in said] == [None, True, False]
    assert {one.locale for one in said} == {"zh-CN"}
    assert {one.consent for one in said} == {Consent.WORKS}


async def test_an_export_holds_ones_works_and_nobody_elses_name(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", "a lighthouse of glass"))
    await studio.person("lin").react(work, "4️⃣")
    archive = None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while archive is None or '"stars": 4' not in archive.read("works.json").decode():
            archive = await export_of(host, "ada")
    names = archive.namelist()
    assert {"README.txt", "requests.json", "works.json", "ratings.json", "consents.json"} <= set(names)
    (told,) = json.loads(archive.read("works.json"))
    assert told["asked_for"]["prompt"] == "a lighthouse of glass"
    assert told["made_by"]["engine"]
    assert archive.read(told["files"][0]["file"]).decode() in work.content
    everything = b"".join(archive.read(name) for name in names).decode()
    assert str(studio.person("lin").id) not in everything
    await host.stop()
    async with host.storage() as storage:
        tokens = [row["reply_token"] for row in (await dump(storage))["jobs"]]
    assert tokens
    assert not [token for token in tokens if token in everything]
    assert not list(host.media.glob("incoming/*"))


async def export_of(host: Host, slug: str) -> zipfile.ZipFile:
    panel = await panel_of(host, slug)
    pressed = await host.studio.person(slug).press(panel, button_of(panel, "privacy:export:"))
    await host.until(lambda: (pressed.followups and pressed.followups[-1].content) or None)
    sent = [file for message in pressed.messages for file in message.attachments]
    assert all(message.is_ephemeral for message in pressed.messages)
    assert [file.filename for file in sent] == ["atelier-1.zip"]
    return zipfile.ZipFile(BytesIO(sent[0].content))


@pytest.fixture
async def narrow_host(clock: MovableClock, witness: Witness, tmp_path: Path) -> AsyncIterator[Host]:
    """Over a Discord that takes small files alone."""
    narrow = StudioSettings(rate_limits=RELAXED, attachment_limit_bytes=NARROW_BYTES, witness=witness)
    async with Studio.open(port=0, clock=clock, settings=narrow) as studio:
        host = Host(studio, tmp_path)
        try:
            yield host
        finally:
            await host.kill()


async def test_an_export_too_large_for_one_file_comes_in_several(narrow_host: Host) -> None:
    host, ada = narrow_host, narrow_host.studio.person("ada")
    await host.start()
    for number in range(3):
        await host.work_of(await host.write("ada", f"a lighthouse {number}"))
    panel = await panel_of(host, "ada")
    pressed = await ada.press(panel, button_of(panel, "privacy:export:"))
    end = await host.until(lambda: next((one for one in pressed.messages if "That is everything" in one.content), None))
    assert end.is_ephemeral
    sent = [file for message in pressed.messages for file in message.attachments]
    assert len(sent) > 1
    assert all(len(file.content) <= NARROW_BYTES for file in sent)
    names = [name for file in sent for name in zipfile.ZipFile(BytesIO(file.content)).namelist()]
    assert len(names) == len(set(names))
    assert len([name for name in names if name.startswith("media/")]) == 3


async def test_erasing_takes_rows_files_and_messages_once_the_word_is_typed(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    work = await host.work_of(await host.write("ada", "a lighthouse of glass"))
    await question_to(host, "ada")
    again = await studio.person("lin").press(work, custom_id(work, "Again"))
    inherited = await host.work_of(again)
    await ada.react(inherited, "5️⃣")

    refused = await ada.submit(await form_of(host, "ada"), {"word": "no", "scope": "everywhere"})
    assert "erase" in (await host.answer_to(refused)).content
    assert not work.is_deleted

    erased = await ada.submit(await form_of(host, "ada"), {"word": "Erase", "scope": "everywhere", "messages": "taken"})
    assert "Erased" in (await host.answer_to(erased)).content
    await host.until(lambda: work.is_deleted or None)
    await nothing_to_delete(host)
    await host.stop()
    assert not inherited.is_deleted
    async with host.storage() as storage:
        rows = await dump(storage)
    assert str(ada.id) not in str(rows)
    assert "a lighthouse of glass" not in str(rows)
    assert [row["member"] for row in rows["creations"]] == [int(studio.person("lin").id)]
    assert rows["erasures"] == []
    assert len(list(host.media.glob("??/*/*"))) == 1


async def test_a_chinese_member_erases_what_was_made_in_this_server_and_keeps_the_messages(
    host: Host, studio: Studio
) -> None:
    await host.start()
    lin = studio.person("lin")
    work = await host.work_of(await host.write("lin", "the lighthouse"))
    await question_to(host, "lin")
    erased = await lin.submit(await form_of(host, "lin"), {"word": ZH("erase"), "messages": "left"})
    said = await host.answer_to(erased)
    assert said.content == ZH(
        "Erased. The messages with your works stay in Discord, where you may ask moderators to delete them."
    )
    await host.stop()
    assert not work.is_deleted
    async with host.storage() as storage:
        assert str(lin.id) not in str(await dump(storage))


async def test_a_job_under_way_leaves_nothing_when_its_author_is_erased(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    note = await host.under_way(await host.write("ada", "a very long story", length=2000))
    ada = studio.person("ada")
    await ada.submit(await form_of(host, "ada"), {"word": "erase"})
    await host.until(lambda: note.is_deleted or None)
    next_work = await host.work_of(await host.write("lin", length=10))
    assert not next_work.is_deleted
    await host.stop()
    async with host.storage() as storage:
        assert str(ada.id) not in str(await dump(storage))
        assert len(list(host.media.glob("??/*/*"))) == 1
        server = ServerId((await dump(storage))["creations"][0]["server"])
        assert (await storage.exports.holdings(server, MemberId(int(ada.id)))).requests == 0
    log = "".join(host.log)
    assert "Traceback" not in log, log


async def test_the_host_takes_out_and_erases_a_member_while_the_bot_is_stopped(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", "a lighthouse of glass"))
    await question_to(host, "ada")
    ada = str(studio.person("ada").id)

    async def members(*arguments: str) -> tuple[int, str]:
        return await atelier("members", *arguments, folder=host.data, ATELIER_DATA_DIR=str(host.data))

    code, said = await members("erase", ada, "--yes")
    assert (code, "another Atelier is running" in said) == (1, True)
    await host.stop()

    code, said = await members("export", ada, "--out", "ada.zip")
    assert code == 0, said
    with zipfile.ZipFile(host.data / "ada.zip") as archive:
        assert json.loads(archive.read("works.json"))[0]["asked_for"]["prompt"] == "a lighthouse of glass"
    assert (await members("erase", ada))[0] == 1
    code, said = await members("erase", ada, "--yes")
    assert (code, "1 works" in said) == (0, True)
    async with host.storage() as storage:
        assert ada not in str(await dump(storage))
    await host.start()
    await host.until(lambda: work.is_deleted or None)
