"""Reports and what moderators make of them, with the fake engine."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.i18n import texts_for
from bot.studio import ClientRefusedError, Interaction, Message, Studio
from bot.studio.cast import GALLERY_CHANNEL_ID, GUILD_ID
from inference.contract.identifiers import MemberId, MessageId, ServerId
from storage.domain import Deed
from tests.support.host import Host, custom_id, has_button


async def pressed(host: Host, slug: str, message: Message, label: str) -> Interaction:
    return await host.studio.person(slug).press(message, custom_id(message, label))


async def reported(host: Host, slug: str, work: Message, reason: str) -> Interaction:
    """Files a report by the button; returns once the member is thanked."""
    asked = await pressed(host, slug, work, "Report")
    await host.until(lambda: asked.modal)
    sent = await host.studio.person(slug).submit(asked, {"reason": reason})
    await host.answer_to(sent)
    return sent


async def panel(host: Host, name: str) -> Message:
    """What a moderator's command answers."""
    asked = await host.studio.person("mira").command(name)
    return await host.answer_to(asked)


async def report_card(host: Host, button: str = "Dismiss") -> Message:
    """What the moderators' channel is told."""
    gallery = host.studio.channel("gallery")
    return await host.until(
        lambda: next((one for one in host.studio.messages(gallery) if has_button(one, button)), None)
    )


async def deeds(host: Host) -> list[Deed]:
    async with host.storage() as storage:
        page = await storage.audit.page(ServerId(GUILD_ID), limit=20)
    return [entry.deed for entry in page.rows if entry.deed is not Deed.SET]


async def test_a_report_reaches_the_moderators_channel_with_its_reason_and_hides_the_work(
    host: Host, studio: Studio
) -> None:
    await host.start()
    mira = studio.person("mira")
    await host.answer_to(await mira.command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada", prompt="a lighthouse"))
    await reported(host, "mira", work, "this is my neighbour's story")
    card = await report_card(host)
    assert card.channel_id == GALLERY_CHANNEL_ID
    assert "this is my neighbour's story" in str(card.embeds)
    await pressed(host, "mira", card, "Hide")
    await host.until(lambda: "have hidden" in work.content)
    assert "a lighthouse" not in work.content
    assert [button.label for button in work.buttons] == ["Delete"]
    await host.until(lambda: not card.buttons)
    assert await deeds(host) == [Deed.HID]


async def test_a_flag_is_a_report_and_taken_back_with_the_reaction(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    work = await host.work_of(await host.write("mira"))
    await host.history_of("mira", until="lighthouse")  # From then on the message is known as the work's.
    await ada.react(work, "🚩")
    async with host.storage() as storage:
        server = ServerId(GUILD_ID)
        while await storage.reports.count_open(server) == 0:
            await panel(host, "moderate reports")
        await ada.unreact(work, "🚩")
        while await storage.reports.count_open(server) == 1:
            await panel(host, "moderate reports")
    assert "No report waits" in (await panel(host, "moderate reports")).content


async def test_a_flag_under_a_text_that_is_still_written_is_a_report(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    asked = await host.write("ada", length=80)
    await studio.person("mira").react(await host.under_way(asked), "🚩")
    await host.work_of(asked)
    async with asyncio.timeout(60):
        while "1 report" not in (await panel(host, "moderate reports")).content:
            pass


async def test_the_queue_is_walked_and_each_decision_is_logged(host: Host, studio: Studio) -> None:
    await host.start()
    works = [await host.work_of(await host.write("ada", prompt=prompt)) for prompt in ("an owl", "a fox", "a bear")]
    for work in works:
        await reported(host, "mira", work, "look at this")
    shown = await panel(host, "moderate reports")
    assert "3 reports" in shown.content
    await pressed(host, "mira", shown, "Next")
    await host.until(lambda: "a fox" in str(shown.embeds))
    await pressed(host, "mira", shown, "Delete")
    await host.until(lambda: works[1].is_deleted and "Deleted" in shown.content)
    assert "a fox" not in str(shown.embeds)
    await pressed(host, "mira", shown, "Next")
    await host.until(lambda: "a bear" in str(shown.embeds))
    await pressed(host, "mira", shown, "Dismiss")
    await host.until(lambda: "Dismissed" in shown.content)
    assert not works[2].is_deleted
    log = await panel(host, "moderate log")
    assert "deleted a work" in log.content
    assert "dismissed a report" in log.content
    assert await deeds(host) == [Deed.DISMISSED, Deed.DELETED]


async def test_a_blocked_member_makes_nothing_until_unblocked_also_after_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    mira, ada = studio.person("mira"), studio.person("ada")
    work = await host.work_of(await host.write("ada"))
    await reported(host, "mira", work, "again and again")
    shown = await panel(host, "moderate reports")
    blocked = await pressed(host, "mira", shown, "Block the author")
    await host.until(lambda: any("may not make" in one.content for one in blocked.messages) or None)
    await host.stop()
    await host.start()
    refusal = await host.answer_to(await host.write("ada"))
    assert "moderators" in refusal.content
    again = await host.answer_to(await ada.press(work, custom_id(work, "Again")))
    assert "moderators" in again.content
    await host.answer_to(await mira.command("moderate unblock", {"member": MemberId(ada.id)}))
    await host.work_of(await host.write("ada"))


async def test_a_hidden_work_is_shown_again(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", prompt="a lighthouse", length=600))
    await reported(host, "mira", work, "too long")
    await pressed(host, "mira", await panel(host, "moderate reports"), "Hide")
    async with host.storage() as storage:
        first = await host.until(lambda: next((one for one in studio.messages() if "have hidden" in one.content), None))
        creation = await storage.creations.by_message(MessageId(first.id))
    later = await host.work_of(await host.write("ada"))
    await host.until(lambda: len(later.reactions) == 5)
    assert not first.reactions
    await host.answer_to(await studio.person("mira").command("moderate show", {"work": creation.id}))
    await host.until(lambda: "a lighthouse" in first.content)
    assert has_button(first, "Recipe")
    assert first.attachments[0].content == creation.chosen.path.read_bytes()


async def test_what_one_moderator_decided_another_does_not_undo(host: Host, studio: Studio) -> None:
    await host.start()
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada"))
    await reported(host, "lin", work, "hm")
    card = await report_card(host)
    shown = await panel(host, "moderate reports")
    await pressed(host, "mira", shown, "Dismiss")
    await host.until(lambda: "Dismissed" in shown.content)
    late = await host.answer_to(await pressed(host, "mira", card, "Delete"))
    assert "already decided" in late.content
    await host.until(lambda: not card.buttons)
    assert not work.is_deleted
    assert await deeds(host) == [Deed.DISMISSED]


async def test_a_card_about_a_work_that_is_gone_quotes_it_no_longer(host: Host, studio: Studio) -> None:
    await host.start()
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada", prompt="a lighthouse"))
    await reported(host, "lin", work, "hm")
    card = await report_card(host)
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        await storage.creations.delete(creation.id)
    await pressed(host, "mira", card, "Hide")
    await host.until(lambda: card.content and not card.embeds)
    assert not card.buttons


async def test_moderators_hear_of_a_flag_once_and_of_its_reason_later(host: Host, studio: Studio) -> None:
    await host.start()
    lin, gallery = studio.person("lin"), studio.channel("gallery")
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada"))
    await host.history_of("ada", until="lighthouse")  # From then on the message is known as the work's.
    async with host.storage() as storage:
        for _ in range(2):
            await lin.react(work, "🚩")
            while await storage.reports.count_open(ServerId(GUILD_ID)) == 0:
                await panel(host, "moderate reports")
            await lin.unreact(work, "🚩")
            while await storage.reports.count_open(ServerId(GUILD_ID)) == 1:
                await panel(host, "moderate reports")
    assert len(studio.messages(gallery)) == 1
    await lin.react(work, "🚩")
    await reported(host, "lin", work, "it is about my neighbour")
    assert "my neighbour" in str(studio.messages(gallery)[-1].embeds)


async def test_members_are_not_offered_what_moderators_do(host: Host, studio: Studio) -> None:
    await host.start()
    for name in ("moderate reports", "moderate log", "moderate block"):
        with pytest.raises(ClientRefusedError):
            await studio.person("ada").command(name, {})
    assert "/moderate" not in (await host.answer_to(await studio.person("ada").command("help"))).content
    assert "/moderate" in (await host.answer_to(await studio.person("mira").command("help"))).content


async def test_a_press_by_one_who_may_not_moderate_any_more_is_refused(host: Host, studio: Studio) -> None:
    await host.start()
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada"))
    await reported(host, "ada", work, "I regret it")
    card = await report_card(host)
    refused = await host.answer_to(await pressed(host, "ada", card, "Dismiss"))
    assert "moderate the channel" in refused.content
    assert has_button(card, "Dismiss")


async def test_what_was_hidden_just_before_a_crash_is_hidden_after_the_next_start(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", prompt="a lighthouse"))
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        mira, now = MemberId(studio.person("mira").id), datetime.now(UTC)
        report, _ = await storage.reports.file(creation.id, mira, reason="", at=now)
        await storage.reports.hide(report.id, by=mira, at=now)
    await host.start()
    await host.until(lambda: "have hidden" in work.content)
    assert "a lighthouse" not in work.content


async def test_the_moderators_card_goes_when_the_author_deletes_the_work(host: Host, studio: Studio) -> None:
    await host.start()
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada", prompt="a lighthouse"))
    await reported(host, "mira", work, "look at this")
    card = await report_card(host)
    asked = await pressed(host, "ada", work, "Delete")
    sure = await host.until(lambda: asked.response if asked.response and asked.response.buttons else None)
    await pressed(host, "ada", sure, "Delete for good")
    await host.until(lambda: work.is_deleted and card.is_deleted)


async def test_in_a_chinese_server_the_card_is_chinese_and_each_reader_has_their_own_language(
    host_over_chinese: Host, chinese_studio: Studio
) -> None:
    zh, host, studio = texts_for("zh-CN"), host_over_chinese, chinese_studio
    await host.start()
    await host.answer_to(await studio.person("mira").command("settings moderators", {"channel": GALLERY_CHANNEL_ID}))
    work = await host.work_of(await host.write("ada", prompt="a lighthouse"))
    asked = await studio.person("lin").press(work, custom_id(work, zh("Report")))
    await host.until(lambda: asked.modal)
    thanks = await host.answer_to(await studio.person("lin").submit(asked, {"reason": "这不合适"}))
    assert thanks.content == zh("Thank you. The moderators will look at it.")
    card = await report_card(host, zh("Dismiss"))
    assert zh("Reason") in str(card.embeds)
    assert "这不合适" in str(card.embeds)
    assert has_button(await panel(host, "moderate reports"), "Dismiss")
