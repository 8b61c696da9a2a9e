"""What was erased after a backup was taken, erased again from what came back."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped

from inference.contract.identifiers import CreationId, MemberId
from storage import identity
from storage.backup.errors import KeyLostError
from storage.creations import Creations
from storage.database import Database
from storage.domain import Erasure
from storage.erased import Disguise, Gone, MemberGone, WorkGone
from storage.erasure import Erasures
from storage.media import MediaStore
from storage.pseudonyms import PSEUDONYMS, Pseudonyms
from storage.tables import CreationRow, ForgottenRow, Row

_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    members: int
    works: int  # Those that were deleted one by one.


async def replay(
    address: str, media_folder: Path, gone: Sequence[Gone], keys: Collection[Path], *, at: datetime
) -> Replayed:
    """`keys`: the files with the keys under which members may stand in the list, besides that of the folder itself.

    What stands in the database as done is not done again. Raises `KeyLostError`, `StorageUnavailableError`.
    """
    pseudonyms = Pseudonyms(media_folder.with_name(PSEUDONYMS))
    disguises = [await Disguise.of(pseudonyms)]
    disguises += [await Disguise.of(Pseudonyms(key)) for key in keys if key.is_file()]
    _require_known(gone, disguises)
    async with Database.open(address) as database:
        media = MediaStore(media_folder)
        await media.prepare()
        await identity.adopt(database, media)  # They are of one backup.
        erasures = Erasures(database, media, pseudonyms, erased=None)
        for pending in await erasures.pending():
            await _carry_out(erasures, pending, at=at)
        works = await _delete_works(database, media, gone)
        members = 0
        for member, one in await _members(database, gone, disguises):
            if not await _is_done(database, pseudonyms, member, one):
                erasure = await erasures.ask(member, one.server, takes_messages=one.takes_messages, at=one.asked_at)
                await _carry_out(erasures, erasure, at=one.asked_at)
                members += 1
        await database.overwrite_erased()
    return Replayed(members=members, works=works)


def _require_known(gone: Sequence[Gone], disguises: Sequence[Disguise]) -> None:
    names = {disguise.name for disguise in disguises}
    strange = [one for one in gone if isinstance(one, MemberGone) and one.key not in names]
    if strange:
        raise KeyLostError(len(strange))


async def _carry_out(erasures: Erasures, erasure: Erasure, *, at: datetime) -> None:
    while not (await erasures.carry_on(erasure, at=at)).is_done:
        pass


async def _delete_works(database: Database, media: MediaStore, gone: Sequence[Gone]) -> int:
    wanted = sorted({one.work for one in gone if isinstance(one, WorkGone)})
    found: list[CreationId] = []
    for start in range(0, len(wanted), _AT_A_TIME):
        some = select(CreationRow.id).where(CreationRow.id.in_(wanted[start : start + _AT_A_TIME]))
        async with database.reading() as session:
            found += await session.scalars(some)
    creations = Creations(database, media, erased=None)
    for work in found:
        await creations.delete(work)
    return len(found)


async def _members(
    database: Database, gone: Sequence[Gone], disguises: Sequence[Disguise]
) -> list[tuple[MemberId, MemberGone]]:
    """Who of those that the database knows stands in the list."""
    by_token: dict[str, list[MemberGone]] = {}
    for one in gone:
        if isinstance(one, MemberGone):
            by_token.setdefault(one.token, []).append(one)
    members: set[MemberId] = set()
    for column in member_columns():
        async with database.reading() as session:
            members.update(await session.scalars(select(column).where(column > 0).distinct()))
    return [
        (member, one)
        for member in sorted(members)
        for disguise in disguises
        for one in by_token.get(disguise.of_member(member), ())
    ]


async def _is_done(database: Database, pseudonyms: Pseudonyms, member: MemberId, one: MemberGone) -> bool:
    """Whether this erasure, or a later one that reached as far, stands in the database as done."""
    query = select(func.count()).where(
        ForgottenRow.pseudonym == await pseudonyms.of(member),
        ForgottenRow.server.is_(None) | (ForgottenRow.server == one.server),
        ForgottenRow.at >= one.asked_at,
    )
    async with database.reading() as session:
        return bool(await session.scalar(query))


def member_columns() -> Iterator[InstrumentedAttribute[Any]]:
    """Every column that may name a member, of every table: none can be forgotten here."""
    for mapper in sorted(Row.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        for name, hint in get_type_hints(mapper.class_).items():
            if getattr(hint, "__origin__", None) is Mapped:
                (kind,) = get_args(hint)
                if kind is MemberId or MemberId in get_args(kind):
                    yield getattr(mapper.class_, name)
