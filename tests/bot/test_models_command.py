"""`atelier models`, run as a host runs it, with an index and a hub on this machine."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.inference.catalog.servers import REPOSITORY, Shelf

ROOT = Path(__file__).parents[2]
WEIGHTS = b"weights" * 1000
ENTRY = f"""
[models.tiny]
title = "Tiny"
medium = "text"
engine = "transformers"
licence = "Tiny-Licence-1.0"
memory_gib = 0.1
languages = ["en"]
context_tokens = 512
acknowledgement = "Not for sale."
[models.tiny.source]
kind = "hub"
repository = "{REPOSITORY}"
revision = "main"
size_bytes = 7_000_000
"""


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with Shelf.open() as shelf:
        shelf.files = {"config.json": b"{}", "model.safetensors": WEIGHTS, "tokenizer.json": b"{}"}
        yield shelf


@pytest.fixture
def record(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(ENTRY)
    return tmp_path / "data" / "models" / "tiny.json"


def kept_in(record: Path) -> dict[str, Any]:
    return dict(json.loads(record.read_text())) if record.exists() else {}


async def told(shelf: Shelf, folder: Path, *arguments: str, answer: str = "", token: str = "") -> tuple[int, str]:
    """Run `atelier models`, answering what it asks; its exit code, and what it said, in one line."""
    withheld = ("ATELIER_", "DISCORD_", "PIP_", "HF_", "HUGGING")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(withheld)} | {
        "PYTHONPATH": str(ROOT),
        "ATELIER_HOME": str(folder),
        "HF_TOKEN_PATH": os.devnull,
        "ATELIER_CATALOG": "mine.toml",
        "ATELIER_TEXT_MODEL": "tiny",
        "ATELIER_IMAGE_MODEL": "fake-pictures",
        "COLUMNS": "250",
    }
    (folder / ".env").write_text(f"HF_TOKEN={token}\nHF_ENDPOINT={shelf.url}\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "models", *arguments),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(answer.encode()), 60)
    assert process.returncode is not None
    return process.returncode, " ".join(said.decode().split())


async def test_a_pull_shows_what_there_is_to_know_and_asks(shelf: Shelf, tmp_path: Path, record: Path) -> None:
    code, said = await told(shelf, tmp_path, "pull", answer="y\n")

    assert code == 0
    for fact in ("Tiny-Licence-1.0", REPOSITORY, "7 MB", "0.1 GiB", "Not for sale.", "tiny is here"):
        assert fact in said
    kept = kept_in(record)
    assert kept["acknowledged"]["licence"] == "Tiny-Licence-1.0"
    assert kept["pin"]["sha256"]["model.safetensors"] == hashlib.sha256(WEIGHTS).hexdigest()


@pytest.mark.parametrize("answer", ["n\n", ""])
async def test_who_does_not_agree_fetches_nothing(shelf: Shelf, tmp_path: Path, record: Path, answer: str) -> None:
    code, said = await told(shelf, tmp_path, "pull", answer=answer)

    assert code == 1
    assert "error: tiny asks for your agreement first. Run: atelier models pull tiny" in said
    assert shelf.ranges == []
    assert kept_in(record) == {}


async def test_a_script_agrees_by_an_option(shelf: Shelf, tmp_path: Path, record: Path) -> None:
    code, said = await told(shelf, tmp_path, "pull", "tiny", "--accept-licence")

    assert code == 0
    assert "Do you agree" not in said
    assert "acknowledged" in kept_in(record)


async def test_who_has_the_model_is_asked_nothing(shelf: Shelf, tmp_path: Path, record: Path) -> None:
    await told(shelf, tmp_path, "pull", "--accept-licence")
    fetched = len(shelf.ranges)

    code, said = await told(shelf, tmp_path, "pull")

    assert (code, said) == (0, "tiny is here fake-pictures is here")
    assert len(shelf.ranges) == fetched


@pytest.mark.usefixtures("record")
async def test_a_token_in_the_settings_opens_a_gated_model(shelf: Shelf, tmp_path: Path) -> None:
    shelf.is_gated = True

    refused = await told(shelf, tmp_path, "pull", "--accept-licence")
    given = await told(shelf, tmp_path, "pull", "--accept-licence", token="hf_secret")

    assert refused[0] == 1
    assert "HF_TOKEN" in refused[1]
    assert given[0] == 0
    assert "hf_secret" not in given[1]


@pytest.mark.usefixtures("record")
async def test_the_list_tells_what_is_here_agreed_to_and_in_use(shelf: Shelf, tmp_path: Path) -> None:
    _, before = await told(shelf, tmp_path, "list")
    await told(shelf, tmp_path, "pull", "--accept-licence")
    _, after = await told(shelf, tmp_path, "list")

    row = "│ tiny (in use) │ {} │ text │ en │ 7 MB │ 0.1 GiB │ Tiny-Licence-1.0 │ {} │ hub: " + REPOSITORY
    assert row.format("no", "no") in before
    assert row.format("yes", "yes") in after
