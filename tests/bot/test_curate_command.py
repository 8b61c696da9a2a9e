"""Decisions about many works from the command line."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import Settings
from storage import Storage
from storage.domain import Ranked, Selection
from tests.storage import works
from tests.storage.works import SERVER, created


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(works, "NOON", datetime(2020, 1, 1, 12, tzinfo=UTC))  # Commands go by the clock.
    (tmp_path / "data").mkdir()
    (tmp_path / "spool").mkdir()
    settings = Settings()
    asyncio.run(furnish(settings, tmp_path / "spool"))
    return settings


async def furnish(settings: Settings, spool: Path) -> None:
    await Storage.upgrade(settings.storage_url)
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        for text in ("one", "two"):
            await created(storage, spool, content=text, prompt=text)


def accepted(settings: Settings) -> int:
    async def count() -> int:
        async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
            return await storage.decisions.count(SERVER, Ranked(selection=Selection.ACCEPTED))

    return asyncio.run(count())


def curate(*words: str) -> Result:
    return CliRunner().invoke(app, ["curate", *words], catch_exceptions=False)


def test_a_dry_run_counts_and_changes_nothing(settings: Settings) -> None:
    assert "2 works would be accepted" in curate("accept", "--dry-run").output
    assert accepted(settings) == 0


def test_only_what_is_like_that_is_accepted(settings: Settings) -> None:
    assert "0 works accepted" in curate("accept", "--min-raters", "1", "--medium", "text").output
    assert accepted(settings) == 0


def test_the_last_day_of_the_calendar_is_a_day_like_any_other(settings: Settings) -> None:
    assert "2 works would be accepted" in curate("accept", "--until", "9999-12-31", "--dry-run").output
    assert "2 works would be accepted" in curate("accept", "--since", "0001-01-01", "--dry-run").output


def test_what_was_accepted_is_taken_back_by_its_moment(settings: Settings) -> None:
    told = curate("accept").output
    assert "2 works accepted" in told
    assert accepted(settings) == 2
    moment = re.search(r"reopen (\S+)", told)
    assert moment is not None

    assert "2 works wait again" in curate("reopen", moment[1]).output
    assert accepted(settings) == 0
