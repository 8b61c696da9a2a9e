"""Many works at once in a database file of SQLite: what years of a community leave, in seconds."""

import hashlib
import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from inference.contract.identifiers import MemberId, ModelName, ServerId
from inference.contract.text import Genre, TextRequest
from storage.words import terms_of

SERVER: Final = ServerId(2_000_000_000_000_000_001)
FIRST_MEMBER: Final = 1_000_000_000_000_000_000
FIRST_DAY: Final = datetime(2025, 1, 1, tzinfo=UTC)

# What a work leaves, besides its terms; without the last two it has no file and stands nowhere.
ALL_TABLES: Final = ("jobs", "creations", "artifacts", "posts")

_BATCH: Final = 10_000
_MODEL: Final = ModelName("smollm2-135m")
# Behind the prompt.
_REQUEST: Final = json.dumps(asdict(TextRequest(prompt="…", model=_MODEL, genre=Genre.STORY))).partition(", ")[2]
_PROVENANCE: Final = json.dumps(
    {
        "model": _MODEL,
        "model_sha256": "0" * 64,
        "engine": "text",
        "seed": 7,
        "settings": {"temperature": 0.8, "top_k": 40},
        "versions": {"transformers": "5.23.0"},
        "device": "cpu",
        "dtype": "float32",
    }
)
_GENRES: Final = ("a story about", "a poem on", "lyrics for", "a dialogue with", "notes about", "the song of")
_ADJECTIVES: Final = (
    "quiet",
    "green",
    "distant",
    "forgotten",
    "golden",
    "cold",
    "hungry",
    "electric",
    "velvet",
    "tiny",
)
_NOUNS: Final = ("lighthouse", "river", "heron", "mirror", "winter", "robot", "garden", "train", "ocean", "candle")
_PLACES: Final = ("near the sea", "in the rain", "under two moons", "at the station", "before dawn", "on a roof")
_CHINESE: Final = (
    "冬天的灯塔",
    "雨中的火车站",
    "安静的河流",
    "外婆的花园",
    "会唱歌的机器人",
    "月光下的海",
    "一只小猫",
    "旧镜子",
)
_SYLLABLES: Final = ("ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "va", "ze")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkWork:
    member: MemberId
    prompt: str
    created_at: datetime
    raters: int | None = None  # None: 0 to 6, in turn.


def simulated(count: int, *, members: int, days: float, rng: random.Random) -> Iterator[BulkWork]:
    """A community's works, oldest first: few members make most, a third of the prompts are Chinese, names are rare."""
    for number in range(count):
        yield BulkWork(
            member=MemberId(FIRST_MEMBER + min(int(rng.paretovariate(0.6)), members)),
            prompt=prompt_of(rng),
            created_at=FIRST_DAY + timedelta(days=days * number / count),
        )


def prompt_of(rng: random.Random) -> str:
    name = "".join(rng.choices(_SYLLABLES, k=4))
    if rng.random() < 1 / 3:
        return f"{rng.choice(_CHINESE)}和{rng.choice(_CHINESE)}，{name}"
    noun, place = rng.choice(_NOUNS), rng.choice(_PLACES)
    return f"{rng.choice(_GENRES)} the {rng.choice(_ADJECTIVES)} {noun} {place}, for {name}"


def fill(
    path: Path, works: Iterable[BulkWork], *, server: ServerId = SERVER, tables: Sequence[str] = ALL_TABLES
) -> None:
    """Add works, each in a message of its own, to a database whose tables are made and which nobody has open.

    Their numbers go on from the last one's, in their order.
    """
    terms: defaultdict[str, list[int]] = defaultdict(list)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nobody looks on, and what breaks off is begun anew.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY", "cache_size = -100000"):
            connection.execute(f"PRAGMA {pragma}")
        with _without_indexes(connection):
            number = connection.execute("SELECT coalesce(max(id), 0) FROM jobs").fetchone()[0]
            rest = iter(works)
            while some := list(islice(rest, _BATCH)):
                numbered = list(enumerate(some, start=number + 1))
                number += len(some)
                for table in tables:
                    _insert(connection, table, [_ROWS[table](each, work, server) for each, work in numbered])
                for each, work in numbered:
                    for term in terms_of(work.prompt):
                        terms[term].append(each)
            # In the order of the table, which then only grows at its end.
            connection.executemany(
                "INSERT INTO terms (server, term, creation) VALUES (?, ?, ?)",
                ((server, term, each) for term in sorted(terms) for each in terms[term]),
            )
        connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """In one transaction; the indexes are made anew at its end, which is many times faster."""
    connection.execute("BEGIN IMMEDIATE")
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    made_by = dict(indexes.fetchall())
    for name in made_by:
        connection.execute(f"DROP INDEX {name}")
    yield
    for statement in made_by.values():
        connection.execute(statement)
    connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    columns = _COLUMNS[table]
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _job(number: int, work: BulkWork, server: ServerId) -> Sequence[object]:
    at = _stored(work.created_at)
    request = f'{{"prompt": {json.dumps(work.prompt)}, {_REQUEST}'
    tags = (float(number), number + 1.0)
    asked = (number, work.member, request, 1, server, 2, "", at, number, "en-US", at, 1.0, *tags)
    return *asked, "succeeded", 0, at, at, at, _MODEL, 150, 1.0


def _creation(number: int, work: BulkWork, server: ServerId) -> Sequence[object]:
    return number, number, server, work.member, _PROVENANCE, _stored(work.created_at), "text"


def _artifact(number: int, _: BulkWork, __: ServerId) -> Sequence[object]:
    return number, 0, hashlib.sha256(str(number).encode()).hexdigest(), "text/plain", 900


def _post(number: int, _: BulkWork, __: ServerId) -> Sequence[object]:
    return number, number, 0


def _standing(number: int, work: BulkWork, server: ServerId) -> Sequence[object]:
    """Scores that differ, with more or fewer raters; one work in ten is decided."""
    raters = number % 7 if work.raters is None else work.raters
    score = 1 + 4 * (number * 7_919 % 10_007) / 10_007
    margin = 1.4 / (1 + raters) ** 0.5
    selection = "open" if number % 10 else ("accepted" if number % 20 else "rejected")
    bounds = (round(max(1.0, score - margin), 6), round(min(5.0, score + margin), 6))
    known = (number, server, work.member, "text", _stored(work.created_at), raters, float(raters), round(score, 6))
    return *known, *bounds, number * 2_654_435_761 % 2**32, number, True, selection


_ROWS: Final = {
    "jobs": _job,
    "creations": _creation,
    "artifacts": _artifact,
    "posts": _post,
    "standings": _standing,
}
_COLUMNS: Final = {
    "jobs": (
        *("id", "member", "request", "reply_application", "reply_server", "reply_channel", "reply_token"),
        *("reply_token_expires_at", "reply_message", "locale", "submitted_at", "predicted_seconds", "start_tag"),
        *("finish_tag", "state", "attempts", "started_at", "finished_at", "delivered_at", "made_with", "made_size"),
        "device_seconds",
    ),
    "creations": ("id", "job_id", "server", "member", "provenance", "created_at", "medium"),
    "artifacts": ("creation", "part", "sha256", "media_type", "size_bytes"),
    "posts": ("message", "creation", "part"),
    "standings": (
        *("creation", "server", "member", "medium", "created_at", "raters", "information", "score", "low", "high"),
        *("chance", "alike", "is_lead", "selection"),
    ),
}


def _stored(moment: datetime) -> str:
    """As SQLAlchemy keeps times on SQLite."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds").removesuffix("+00:00")
