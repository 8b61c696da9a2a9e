from inference.contract.identifiers import CreationId, ServerId
from storage import Storage
from storage.domain import AuditEntry, Deed
from tests.storage.works import ANNA, BEN, SERVER, after

ELSEWHERE = ServerId(2_000_000_000_000_000_002)


def entry(number: int, server: ServerId = SERVER) -> AuditEntry:
    return AuditEntry(
        server=server, moderator=BEN, deed=Deed.HID, at=after(number), creation=CreationId(number), member=ANNA
    )


async def test_an_empty_log_has_an_empty_page(storage: Storage) -> None:
    page = await storage.audit.page(SERVER, limit=5)
    assert (page.rows, page.older) == ((), None)


async def test_the_log_is_turned_page_by_page_from_the_newest(storage: Storage) -> None:
    for number in range(5):
        await storage.audit.add(entry(number))
        await storage.audit.add(entry(number, ELSEWHERE))
    first = await storage.audit.page(SERVER, limit=3)
    second = await storage.audit.page(SERVER, limit=3, older_than=first.older)
    assert first.rows == (entry(4), entry(3), entry(2))
    assert second.rows == (entry(1), entry(0))
    assert second.older is None


async def test_a_log_that_just_fills_its_page_has_no_other(storage: Storage) -> None:
    for number in range(3):
        await storage.audit.add(entry(number))
    assert (await storage.audit.page(SERVER, limit=3)).older is None
