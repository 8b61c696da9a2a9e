"""What is kept: the database, the media, and whether the two agree."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.doctor.findings import Finding, age, ill, size, some
from bot.settings import Settings
from inference.contract.errors import StorageUnavailableError
from storage import SchemaNewerError, SchemaOutdatedError
from storage.store import ORPHAN_AGE
from storage.survey import Backlog, Pile, Survey

DAMAGE_SECONDS: Final = 30.0
SLOW_SECONDS: Final = 0.25  # A round trip; a command makes several, and Discord waits for three seconds.
LONG_WAIT: Final = timedelta(minutes=30)
LATE_DELIVERY: Final = timedelta(minutes=5)


async def database(settings: Settings) -> Sequence[Finding]:
    try:
        async with _survey(settings) as survey:
            return await _database(survey)
    except SchemaOutdatedError as error:
        found = f"revision {error.found}, {error.expected} is needed" if error.found else "none yet"
        return [ill("database", found, "run: atelier db upgrade")]
    except SchemaNewerError as error:
        found = f"revision {error.found}, this version knows {error.expected}"
        return [ill("database", found, "install the newer version again, or restore a backup")]
    except StorageUnavailableError as error:
        return [
            ill("database", str(error), "is it running, and may the bot open it? If it is damaged, restore a backup")
        ]


async def _database(survey: Survey) -> Sequence[Finding]:
    facts = await survey.database()
    milliseconds = 1000 * facts.round_trip_seconds
    found = f"{facts.server}, revision {facts.revision}, {size(facts.size_bytes)}, answers in {milliseconds:.1f} ms"
    try:
        damage = await survey.damage(within_seconds=DAMAGE_SECONDS)
    except TimeoutError:
        return [Finding(subject="database", found=f"{found}; too large to be checked in {DAMAGE_SECONDS:g} s")]
    if damage is not None:
        return [ill("database", f"{found}; damaged: {damage}", "stop the bot and restore a backup")]
    if differences := await survey.drift():
        missing = f"{found}; its tables are not those of this version: {some(differences)}"
        return [ill("database", missing, "run: atelier db upgrade; if that is not enough, restore a backup")]
    if facts.round_trip_seconds > SLOW_SECONDS:
        return [Finding(subject="database", found=found, advice="slow: move it nearer, or to a faster disk")]
    return [Finding(subject="database", found=found)]


async def media(settings: Settings) -> Sequence[Finding]:
    folder = settings.media_folder.absolute()
    if not folder.exists():
        return [Finding(subject="media", found="none yet")]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [ill("media", str(folder), "not writable: change its owner")]
    try:
        async with _survey(settings) as survey:
            facts = await survey.media()
    except (SchemaOutdatedError, SchemaNewerError):
        return [Finding(subject="media", found=f"{folder}, not counted without a database of this version")]
    return [Finding(subject="media", found=f"{facts.files} files, {size(facts.size_bytes)}")]


async def ledger(settings: Settings) -> Sequence[Finding]:
    async with _survey(settings) as survey:
        return waiting(await survey.backlog(), now=datetime.now(UTC))


def waiting(backlog: Backlog, *, now: datetime) -> Sequence[Finding]:
    """What is still to be done, and what has waited for too long."""
    start = "if the bot is not running: atelier run; its start takes them up again"
    reach = "see the bot's log: does it reach Discord? A start delivers them again"
    return [
        _pile("queued jobs", backlog.queued, now, patience=LONG_WAIT, advice=start),
        _pile("running jobs", backlog.running, now, patience=LONG_WAIT, advice=start),
        _pile("undelivered ends", backlog.undelivered, now, patience=LATE_DELIVERY, advice=reach),
    ]


def _pile(subject: str, pile: Pile, now: datetime, *, patience: timedelta, advice: str) -> Finding:
    if pile.oldest_at is None:
        return Finding(subject=subject, found="none")
    oldest = now - pile.oldest_at
    found = f"{pile.count}, the oldest for {age(oldest)}"
    return Finding(subject=subject, found=found, advice=advice if oldest > patience else "")


async def files(settings: Settings) -> Sequence[Finding]:
    async with _survey(settings) as survey:
        incomplete = await survey.incomplete()
        unnamed = await survey.unnamed(before=datetime.now(UTC) - ORPHAN_AGE)
    return [
        ill(
            "missing files",
            f"{len(incomplete)} works lack a file: {some([f'#{number}' for number in incomplete])}",
            "restore the media folder from the backup that fits the database",
        )
        if incomplete
        else Finding(subject="missing files", found="none"),
        Finding(
            subject="unnamed files",
            found=f"{len(unnamed)} that no row names" if unnamed else "none",
            advice="nothing to do by hand: the next start of the bot sweeps them" if unnamed else "",
        ),
    ]


@asynccontextmanager
async def _survey(settings: Settings) -> AsyncIterator[Survey]:
    async with Survey.open(settings.storage_url, media_folder=settings.media_folder) as survey:
        yield survey
