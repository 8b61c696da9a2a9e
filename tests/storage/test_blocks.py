import asyncio

from inference.contract.identifiers import ServerId
from storage import Storage
from storage.domain import AuditEntry, Deed
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after

ELSEWHERE = ServerId(2_000_000_000_000_000_002)


async def test_a_member_is_blocked_in_one_server_until_the_block_is_lifted(storage: Storage) -> None:
    assert await storage.blocks.block(SERVER, ANNA, by=BEN, at=NOON)
    assert await storage.blocks.is_blocked(SERVER, ANNA)
    assert not await storage.blocks.is_blocked(SERVER, BEN)
    assert not await storage.blocks.is_blocked(ELSEWHERE, ANNA)
    assert await storage.blocks.unblock(SERVER, ANNA, by=CLEO, at=after(1))
    assert not await storage.blocks.is_blocked(SERVER, ANNA)


async def test_the_audit_log_knows_who_blocked_whom_and_why(storage: Storage) -> None:
    await storage.blocks.block(SERVER, ANNA, by=BEN, at=NOON, detail="report 7")
    await storage.blocks.unblock(SERVER, ANNA, by=CLEO, at=after(1))
    assert (await storage.audit.page(SERVER, limit=5)).rows == (
        AuditEntry(server=SERVER, moderator=CLEO, deed=Deed.UNBLOCKED, at=after(1), member=ANNA),
        AuditEntry(server=SERVER, moderator=BEN, deed=Deed.BLOCKED, at=NOON, member=ANNA, detail="report 7"),
    )


async def test_what_two_moderators_do_at_once_is_done_and_told_once(storage: Storage) -> None:
    blocked = await asyncio.gather(*(storage.blocks.block(SERVER, ANNA, by=by, at=NOON) for by in (BEN, CLEO)))
    unblocked = await asyncio.gather(*(storage.blocks.unblock(SERVER, ANNA, by=by, at=NOON) for by in (BEN, CLEO)))
    assert sorted(blocked) == sorted(unblocked) == [False, True]
    assert len((await storage.audit.page(SERVER, limit=5)).rows) == 2
