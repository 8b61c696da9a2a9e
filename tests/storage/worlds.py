"""Small worlds of members, works and opinions, drawn by Hypothesis, with one member who is going to leave."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from sqlalchemy import select

from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import CreationId, MemberId, MessageId, ServerId
from inference.contract.jobs import JobState, Parent, Relation
from storage import Storage
from storage.domain import (
    AuditEntry,
    Axis,
    Consent,
    Deed,
    Flag,
    Ground,
    Preference,
    Selection,
    Verdict,
    Via,
)
from storage.ratings import REPEATED_AFTER
from storage.tables import DuelRow, PraiseRow, RaterRow, ReleaseRow, ReportRow, Row, StandingRow
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, making, spooled, submission

ELSEWHERE: Final = ServerId(2_000_000_000_000_000_002)
SERVERS: Final = (SERVER, ELSEWHERE)
MEMBERS: Final = (ANNA, BEN, CLEO)  # Anna is the one who leaves.
WORDS: Final = "anna's lighthouse 灯台"
TEXT: Final = "a beam that anna alone saw"
SHARED: Final = "the sea, as everybody tells it"
STATES: Final = (JobState.SUCCEEDED, JobState.QUEUED, JobState.RUNNING, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Work:
    author: int
    server: int
    begins_from: int | None  # Counted back from the one before; None: from nothing.
    relation: Relation
    state: JobState
    is_shared: bool  # Whether its text is one that several works have.


@dataclass(frozen=True, slots=True)
class Opinion:
    member: int
    work: int
    kind: str


@dataclass(frozen=True, slots=True)
class Word:
    member: int
    other: int
    server: int
    kind: str


_INDEX: Final = st.integers(0, 9)
_WHO: Final = st.integers(0, 2)
_WHERE: Final = st.integers(0, 1)
WORKS: Final = st.lists(
    st.builds(
        Work,
        author=_WHO,
        server=_WHERE,
        begins_from=st.none() | st.integers(0, 3),
        relation=st.sampled_from((Relation.AGAIN, Relation.REMIX)),
        state=st.sampled_from((JobState.SUCCEEDED, *STATES)),
        is_shared=st.booleans(),
    ),
    max_size=7,
)
JUDGEMENTS: Final = ("rating", "favourite", "report", "remark", "repeat", "duel", "selection")
OPINIONS: Final = st.lists(st.builds(Opinion, member=_WHO, work=_INDEX, kind=st.sampled_from(JUDGEMENTS)), max_size=10)
KINDS_OF_WORDS: Final = ("consent", "block", "audit", "setting", "rater", "praise", "release")
SAYINGS: Final = st.lists(
    st.builds(
        Word,
        member=_WHO,
        other=_WHO,
        server=_WHERE,
        kind=st.sampled_from(KINDS_OF_WORDS),
    ),
    max_size=8,
)


async def settle(storage: Storage, spool: Path, works: Sequence[Work], opinions: Sequence[Opinion]) -> None:
    """Let the works be made and judged."""
    made: list[tuple[CreationId | None, str, int]] = []
    for number, work in enumerate(works):
        parent, inherited = _parent_of(work, made)
        own = WORDS if work.author == 0 else f"the words of {work.author}"
        is_again = parent is not None and work.relation is Relation.AGAIN
        prompt = inherited if is_again else f"{own} {number}"
        creation = await _make(storage, spool, work, number, prompt, parent)
        made.append((creation, prompt, 100 + number))
    for opinion in opinions:
        standing = [(creation, message) for creation, _, message in made if creation is not None]
        if standing:
            creation, message = standing[opinion.work % len(standing)]
            rival, _ = standing[(opinion.work + 1) % len(standing)]
            await _judge(storage, opinion, creation, MessageId(message), rival)


def _parent_of(work: Work, made: list[tuple[CreationId | None, str, int]]) -> tuple[CreationId | None, str]:
    if work.begins_from is None or work.begins_from >= len(made):
        return None, ""
    creation, prompt, _ = made[-1 - work.begins_from]
    return creation, prompt


async def _make(
    storage: Storage, spool: Path, work: Work, number: int, prompt: str, parent: CreationId | None
) -> CreationId | None:
    parents = () if parent is None else (Parent(creation=parent, relation=work.relation),)
    job = await storage.jobs.add(
        submission(member=MEMBERS[work.author], server=SERVERS[work.server], prompt=prompt, parents=parents)
    )
    if work.state is JobState.QUEUED:
        return None
    await storage.jobs.move(job.id, JobState.RUNNING, at=after(1))
    if work.state is JobState.FAILED:
        failure = Failure(code=FailureCode.ENGINE_BROKE, detail=f"at {TEXT if work.author == 0 else 'work'}")
        await storage.jobs.move(job.id, JobState.FAILED, at=after(2), failure=failure)
        await storage.jobs.delivered(job.id, [], at=after(3))
        return None
    if work.state is JobState.RUNNING:
        return None
    text = SHARED if work.is_shared else f"{TEXT if work.author == 0 else 'a text'} {number}"
    job = await storage.jobs.succeed(job.id, making(spooled(spool, text)), at=after(2))
    await storage.jobs.delivered(job.id, [MessageId(100 + number)], at=after(3))
    return job.creation


async def _judge(
    storage: Storage, opinion: Opinion, creation: CreationId, message: MessageId, rival: CreationId
) -> None:
    member, stars = MEMBERS[opinion.member], 1 + opinion.work % 5
    match opinion.kind:
        case "rating":
            await storage.ratings.react(message, member, stars, at=after(10))
        case "favourite":
            await storage.favourites.keep(message, member, at=after(10))
        case "remark":
            words, given = _words_of(member), {Axis.BEAUTY: stars}
            await storage.ratings.say(creation, member, given, via=Via.FORM, at=after(11), remark=words)
        case "repeat":
            for at in (after(12), after(12) + REPEATED_AFTER):
                await storage.ratings.say(creation, member, {Axis.OVERALL: stars}, via=Via.SERVED, at=at)
        case "duel":
            await _duel(storage, creation, rival, member)
        case "selection":
            await _select(storage, creation, member)
        case _:
            await _report(storage, creation, member)


async def _duel(storage: Storage, creation: CreationId, rival: CreationId, member: MemberId) -> None:
    server = (await storage.creations.get(creation)).server
    row = DuelRow(server=server, member=member, ground=Ground.THEME, asked_at=after(13))
    row.left_work, row.left_part, row.right_work, row.right_part = creation, 0, rival, 0
    async with storage._database.writing() as session:
        session.add(row)
    await storage.duels.decide(row.id, member, Preference.LEFT, server=server, at=after(14))


async def _select(storage: Storage, creation: CreationId, member: MemberId) -> None:
    async with storage._database.writing() as session:
        row = await session.get(StandingRow, creation)
        assert row is not None
        row.selection, row.selected_by, row.selected_at = Selection.ACCEPTED, member, after(15)


async def _report(storage: Storage, creation: CreationId, member: MemberId) -> None:
    server = (await storage.creations.get(creation)).server
    which = (ReportRow.creation == creation) & (ReportRow.reporter == member)
    async with storage._database.writing() as session:
        if await session.scalar(select(ReportRow.id).where(which)) is None:
            row = ReportRow(server=server, creation=creation, reporter=member, reason=_words_of(member))
            row.reported_at, row.verdict, row.decided_by = after(11), Verdict.OPEN, None
            session.add(row)


async def say(storage: Storage, sayings: Sequence[Word]) -> None:
    """Let them agree, block and be blocked, and let it be known how they rate and what they released."""
    for number, word in enumerate(sayings):
        member, other, server = MEMBERS[word.member], MEMBERS[word.other], SERVERS[word.server]
        match word.kind:
            case "consent":
                await storage.consents.give(server, member, Consent.WORKS, at=after(20), wording=1, locale="en-US")
            case "block":
                await storage.blocks.block(server, member, by=other, at=after(20), detail=_words_of(other))
            case "rater" | "praise" | "release":
                async with storage._database.writing() as session:
                    await session.merge(_figure(word, number))
            case _:
                is_setting = word.kind == "setting"
                await storage.audit.add(
                    AuditEntry(
                        server=server,
                        moderator=member,
                        member=None if is_setting else other,
                        deed=Deed.SET if is_setting else Deed.DELETED,
                        at=after(20 + number),
                        detail="limits" if is_setting else _words_of(member),
                    )
                )


def _figure(word: Word, number: int) -> Row:
    member, other, server = MEMBERS[word.member], MEMBERS[word.other], SERVERS[word.server]
    match word.kind:
        case "rater":
            row = RaterRow(server=server, member=member, severity=0.5, severity_deviation=0.2, weight=0.5)
            row.ratings, row.flags = number, Flag.BURST
            return row
        case "praise":
            return PraiseRow(server=server, rater=member, author=other, weight=0.5)
        case _:
            made = ReleaseRow(server=server, version=number, made_by=member, made_at=after(20))
            made.works = made.ratings = made.pairs = made.size_bytes = 0
            made.manifest_sha256, made.folder = "0" * 64, f"/releases/{number}"
            return made


def _words_of(member: MemberId) -> str:
    return f"{TEXT}, she says" if member == ANNA else "that is not well done"


async def dump(storage: Storage) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the database has it."""
    async with storage._database.snapshot() as session:
        return {
            name: sorted(
                ({**row} for row in (await session.execute(table.select())).mappings()),
                key=lambda row: [str(value) for value in row.values()],
            )
            for name, table in Row.metadata.tables.items()
        }


def traces(folder: Path) -> Iterator[str]:
    """Where in the files of a folder, their names included, Anna's id or words stand."""
    # As a number in SQLite's records: https://www.sqlite.org/fileformat.html#record_format
    needles = [str(ANNA).encode(), struct.pack(">q", ANNA), WORDS.encode(), TEXT.encode()]
    needles += [json.dumps(WORDS).strip('"').encode()]
    for path in folder.rglob("*"):
        if path.is_file() and any(needle in path.read_bytes() for needle in needles):
            yield f"{path} {[needle for needle in needles if needle in path.read_bytes()]}"
        if str(ANNA) in path.name:
            yield str(path)
