"""What members agreed to have released: dated statements, never overwritten. The latest holds; none means no."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import MemberId, ServerId
from storage.database import Database, hold
from storage.domain import Consent, Statement
from storage.tables import ConsentRow

_NEXT_MOMENT: Final = timedelta(microseconds=1)


class Consents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(
        self, server: ServerId, member: MemberId, consent: Consent, *, at: datetime, wording: int, locale: str
    ) -> None:
        """From now on this may be released. `wording` and `locale` say which question was answered."""
        await self._say(server, member, consent, is_given=True, at=at, wording=wording, locale=locale)

    async def withdraw(
        self, server: ServerId, member: MemberId, consent: Consent, *, at: datetime, wording: int, locale: str
    ) -> None:
        """From now on this is released no more; also the answer no to the first question."""
        await self._say(server, member, consent, is_given=False, at=at, wording=wording, locale=locale)

    async def of(self, server: ServerId, member: MemberId) -> Mapping[Consent, Statement]:
        """The answers that hold; what was never answered is missing, and is not agreed to."""
        return {one.consent: one for one in await self.history(member, server) if one.is_given is not None}

    async def history(self, member: MemberId, server: ServerId | None = None) -> Sequence[Statement]:
        """Everything that the member ever said or was asked, oldest first; of one server or of all."""
        query = select(ConsentRow).where(ConsentRow.member == member).order_by(ConsentRow.at)
        if server is not None:
            query = query.where(ConsentRow.server == server)
        async with self._database.reading() as session:
            return [_statement(row) for row in await session.scalars(query)]

    async def is_open(self, server: ServerId, member: MemberId, consent: Consent, *, wording: int) -> bool:
        """Whether the member is still to be asked."""
        async with self._database.reading() as session:
            return _is_open(await _last_said(session, server, member, consent), wording)

    async def ask_once(
        self, server: ServerId, member: MemberId, consent: Consent, *, at: datetime, wording: int, locale: str
    ) -> bool:
        """Write down that the question is asked. False: it was asked or answered before, and is not to be asked.

        A yes to an older wording is asked about once more; who said no to it, or nothing, is not.
        """
        if not await self.is_open(server, member, consent, wording=wording):
            return False  # Without a place in the writers' line: most were asked.
        async with self._database.writing() as session:
            await hold(session, member)
            last = await _last_said(session, server, member, consent)
            if not _is_open(last, wording):
                return False
            at = at if last is None else max(at, last.at + _NEXT_MOMENT)
            session.add(
                ConsentRow(
                    server=server, member=member, consent=consent, at=at, is_given=None, wording=wording, locale=locale
                )
            )
        return True

    async def unask(self, server: ServerId, member: MemberId, consent: Consent, *, wording: int) -> None:
        """The question never arrived: it may be asked again."""
        of_member = (ConsentRow.server == server) & (ConsentRow.member == member) & (ConsentRow.consent == consent)
        mark = of_member & (ConsentRow.wording == wording) & ConsentRow.is_given.is_(None)
        async with self._database.writing() as session:
            await session.execute(delete(ConsentRow).where(mark))

    async def _say(
        self,
        server: ServerId,
        member: MemberId,
        consent: Consent,
        *,
        is_given: bool,
        at: datetime,
        wording: int,
        locale: str,
    ) -> None:
        async with self._database.writing() as session:
            await hold(session, member)
            last = await _last_said(session, server, member, consent)
            if last is not None:  # A clock that was set back must not bring back what was taken back.
                at = max(at, last.at + _NEXT_MOMENT)
            session.add(
                ConsentRow(
                    server=server,
                    member=member,
                    consent=consent,
                    at=at,
                    is_given=is_given,
                    wording=wording,
                    locale=locale,
                )
            )


async def _last_said(session: AsyncSession, server: ServerId, member: MemberId, consent: Consent) -> ConsentRow | None:
    query = select(ConsentRow).where(
        ConsentRow.server == server, ConsentRow.member == member, ConsentRow.consent == consent
    )
    return await session.scalar(query.order_by(ConsentRow.at.desc()).limit(1))


def _is_open(last: ConsentRow | None, wording: int) -> bool:
    """Whether the question of this wording is still to be asked, after what was said last."""
    return last is None or (bool(last.is_given) and last.wording < wording)


def _statement(row: ConsentRow) -> Statement:
    return Statement(
        server=row.server,
        consent=row.consent,
        is_given=row.is_given,
        at=row.at,
        wording=row.wording,
        locale=row.locale,
    )
