"""What is kept: the database, the media, and whether the two agree."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.doctor.findings import Finding, age, ill, size, some
from bot.settings import Settings
from bot.terminal import WHAT_BELONGS_TOGETHER
from inference.contract.errors import StorageUnavailableError
from inference.contract.identifiers import CreationId
from storage import SchemaNewerError, SchemaOutdatedError
from storage.survey import Backlog, MediaFacts, Pile, Survey

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
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        return [ill("media", str(folder), "not writable: change its owner")]
    try:
        async with _survey(settings) as survey:
            if refusal := await survey.mismatch():
                return [ill("media", str(refusal), WHAT_BELONGS_TOGETHER)]
            return media_findings(await survey.media(at=datetime.now(UTC)))
    except (SchemaOutdatedError, SchemaNewerError):
        if not folder.exists():
            return [Finding(subject="media", found="none yet")]
        return [Finding(subject="media", found=f"{folder}, not counted without a database of this version")]


def media_findings(facts: MediaFacts) -> Sequence[Finding]:
    """What lies there, what is missing, and what no row names."""
    found = f"{facts.files} files, {size(facts.size_bytes)}"
    if facts.trashed:
        found += f"; {facts.trashed} more in the trash"
    findings = [Finding(subject="media", found=found)]
    if facts.lacking:
        findings.append(_missing(facts.lacking))
    if facts.strays:
        findings.append(_strays(facts))
    return findings


def _missing(works: Sequence[CreationId]) -> Finding:
    named = some([f"#{number}" for number in works])
    return ill(
        "missing files",
        f"{len(works)} works lack a file: {named}",
        "a start fetches back what lies in the trash; restore the rest from the backup that fits the database",
    )


def _strays(facts: MediaFacts) -> Finding:
    found = f"{facts.strays} that no row names"
    if facts.may_sweep:
        return Finding(subject="unnamed files", found=found, advice="a start moves them to the trash")
    advice = "is the database older than the files? Restore the newer one, or run: atelier run --sweep"
    return Finding(subject="unnamed files", found=found, advice=advice)


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
        if refusal := await survey.mismatch():
            return [ill("files", str(refusal), WHAT_BELONGS_TOGETHER)]
        facts = await survey.media(at=datetime.now(UTC))
    return [
        _missing(facts.lacking) if facts.lacking else Finding(subject="missing files", found="none"),
        _strays(facts) if facts.strays else Finding(subject="unnamed files", found="none"),
    ]


@asynccontextmanager
async def _survey(settings: Settings) -> AsyncIterator[Survey]:
    async with Survey.open(settings.storage_url, media_folder=settings.media_folder) as survey:
        yield survey
