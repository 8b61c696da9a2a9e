from pathlib import Path

import pytest

from inference.contract.errors import CreationNotFoundError, ReportDecidedError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId
from storage import Storage
from storage.domain import Deed, Posted, Verdict
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created

MODERATOR = MemberId(9_000_000_000_000_000_001)


async def test_the_oldest_open_report_comes_first_and_is_decided_once(storage: Storage, spool: Path) -> None:
    work, other = await created(storage, spool), await created(storage, spool, content="another")
    first, is_new = await storage.reports.file(work.id, BEN, reason="stolen", at=after(10))
    second, _ = await storage.reports.file(other.id, BEN, reason="rude", at=after(11))
    assert is_new
    assert await storage.reports.next_open(SERVER) == first
    assert await storage.reports.next_open(SERVER, after=first.id) == second
    decided = await storage.reports.dismiss(first.id, by=MODERATOR, at=after(20))
    assert (decided.verdict, decided.decided_by) == (Verdict.DISMISSED, MODERATOR)
    assert await storage.reports.next_open(SERVER) == second
    with pytest.raises(ReportDecidedError):
        await storage.reports.hide(first.id, by=CLEO, at=after(21))
    assert await storage.reports.count_open(SERVER) == 1


async def test_a_member_reports_a_work_once_and_may_add_the_reason_later(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    first, _ = await storage.reports.file(work.id, BEN, reason="", at=after(10))
    again, is_news = await storage.reports.file(work.id, BEN, reason="stolen", at=after(11))
    assert is_news
    assert (again.id, again.reason) == (first.id, "stolen")
    same, is_news = await storage.reports.file(work.id, BEN, reason="stolen, I say", at=after(12))
    assert not is_news
    assert same == again
    assert await storage.reports.count_open(SERVER) == 1


async def test_hiding_settles_all_reports_of_the_work_and_the_log_tells_it(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    first, _ = await storage.reports.file(work.id, BEN, reason="stolen", at=after(10))
    await storage.reports.file(work.id, CLEO, reason="rude", at=after(11))
    await storage.reports.hide(first.id, by=MODERATOR, at=after(20))
    assert await storage.reports.next_open(SERVER) is None
    assert (await storage.creations.get(work.id)).hidden_at == after(20)
    (entry,) = (await storage.audit.page(SERVER, limit=10)).rows
    assert (entry.deed, entry.moderator, entry.creation) == (Deed.HID, MODERATOR, work.id)
    assert await storage.creations.show(work.id, by=MODERATOR, at=after(30))
    assert not await storage.creations.show(work.id, by=MODERATOR, at=after(31))
    assert (await storage.creations.get(work.id)).hidden_at is None
    assert [one.deed for one in (await storage.audit.page(SERVER, limit=10)).rows] == [Deed.SHOWED, Deed.HID]


async def test_a_report_is_taken_back_until_somebody_decides(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    report, _ = await storage.reports.file(work.id, BEN, reason="", at=after(10))
    assert await storage.reports.withdraw(work.id, BEN)
    assert not await storage.reports.withdraw(work.id, BEN)
    with pytest.raises(ReportDecidedError):
        await storage.reports.dismiss(report.id, by=MODERATOR, at=after(20))
    report, _ = await storage.reports.file(work.id, ANNA, reason="", at=after(30))
    await storage.reports.dismiss(report.id, by=MODERATOR, at=after(31))
    assert not await storage.reports.withdraw(work.id, ANNA)


async def test_a_deleted_work_takes_its_reports_along_and_leaves_the_log(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    report, _ = await storage.reports.file(work.id, BEN, reason="stolen", at=after(10))
    await storage.creations.delete(work.id)
    assert await storage.reports.next_open(SERVER) is None
    with pytest.raises(ReportDecidedError):
        await storage.reports.open_in(report.id, SERVER)
    with pytest.raises(CreationNotFoundError):
        await storage.reports.file(CreationId(work.id), CLEO, reason="", at=after(20))


async def test_a_card_goes_with_its_report_or_its_work_save_the_one_that_is_pressed(
    storage: Storage, spool: Path
) -> None:
    work = await created(storage, spool, 71)
    first, _ = await storage.reports.file(work.id, BEN, reason="stolen", at=after(10))
    second, _ = await storage.reports.file(work.id, CLEO, reason="rude", at=after(11))
    third, _ = await storage.reports.file(work.id, ANNA, reason="mine", at=after(12))
    for number, report in enumerate((first, second, third), start=1):
        await storage.reports.carded(report.id, Posted(channel=ChannelId(9), message=MessageId(number)))
    await storage.reports.withdraw(work.id, ANNA)
    assert [one.message for one in await storage.erasures.to_delete(limit=10)] == [3]
    await storage.creations.delete(work.id, keeps_card=MessageId(1))
    assert [one.message for one in await storage.erasures.to_delete(limit=10)] == [2, 3, 71]


async def test_a_card_that_comes_after_its_report_has_gone_goes_too(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    report, _ = await storage.reports.file(work.id, BEN, reason="", at=after(10))
    await storage.reports.withdraw(work.id, BEN)
    await storage.reports.carded(report.id, Posted(channel=ChannelId(9), message=MessageId(1)))
    assert [one.message for one in await storage.erasures.to_delete(limit=10)] == [1]


async def test_what_was_hidden_lately_is_known(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool, content=str(number)) for number in range(3)]
    for number, work in enumerate(works):
        report, _ = await storage.reports.file(work.id, BEN, reason="", at=after(10))
        await storage.reports.hide(report.id, by=MODERATOR, at=after(20 + number))
    await storage.creations.show(works[2].id, by=MODERATOR, at=after(30))
    assert await storage.creations.hidden_since(after(21)) == [works[1].id]
