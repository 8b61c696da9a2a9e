"""Whatever is changed in a release is found: by the sums of its files, or by how its rows fit together."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.release import manifest
from storage.release.files import Listed
from storage.release.verification import first_faults, verified
from tests.storage.databases import memory_folder
from tests.storage.release.server import furnished, released
from tests.storage.release.test_making import at_home


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """One release, which no test changes."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:

        async def made() -> None:
            async with at_home(Path(name) / "data") as storage:
                await furnished(storage, Path(name) / "spool")
                await released(storage, Path(name) / "out")

        asyncio.run(made())
        yield Path(name) / "out"


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "out"))


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_release_is_found_as_it_was_made(whole: Path) -> None:
    assert first_faults(whole) == []


CHANGES = ("flip", "cut", "grow", "remove", "add", "swap", "empty folder", "link")


@settings(deadline=None, max_examples=60)
@given(change=st.sampled_from(CHANGES), chance=st.randoms(use_true_random=False))
def test_any_single_change_is_found(whole: Path, change: str, chance: Any) -> None:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        folder = Path(shutil.copytree(whole, Path(name) / "out"))
        path = chance.choice([file for file in files_in(folder) if file.stat().st_size])
        content = bytearray(path.read_bytes())
        match change:
            case "flip":
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
                path.write_bytes(content)
            case "cut":
                path.write_bytes(content[: chance.randrange(len(content))])
            case "grow":
                path.write_bytes(bytes(content) + b"\n")
            case "remove":
                path.unlink()
            case "add":
                (path.parent / f"{path.name}{chance.choice(['.bak', '-', '0'])}").write_bytes(b"more")
            case "swap":
                path.rename(path.with_name(f"a{path.name}"))
            case "empty folder":
                (path.parent / "nothing").mkdir()
            case _:
                path.rename(Path(name) / "elsewhere")
                path.symlink_to(Path(name) / "elsewhere")

        assert first_faults(folder) != []


def listed_anew(folder: Path) -> None:
    """Write a manifest that fits the files, as somebody would who wants to hide a change."""
    head = {key: value for key, value in manifest.head_of(folder).items() if key != "files"}
    (folder / "manifest.json").unlink()
    listed = [
        Listed(
            path=path.relative_to(folder).as_posix(),
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            size_bytes=path.stat().st_size,
        )
        for path in files_in(folder)
    ]
    manifest.write(folder, head, sorted(listed, key=lambda one: one.path))


def rewritten(folder: Path, part: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    path = next((folder / "data" / part).glob("*.parquet"))
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


@pytest.mark.parametrize("part", ["works", "ratings", "pairs", "text_pairs", "picture_pairs"])
def test_a_row_that_was_dropped_is_found_though_the_manifest_fits(copied: Path, part: str) -> None:
    rewritten(copied, part, lambda rows: rows.pop())
    listed_anew(copied)

    assert any(fault.startswith(f"{part}:") for fault in first_faults(copied))


def alter(name: str, value: object) -> Callable[[list[dict[str, Any]]], object]:
    return lambda rows: rows[0].update({name: value})


DANGLING = [
    ("works", alter("parents", [{"work": 999, "relation": "again", "part": 0, "is_here": True}]), "its parent 999"),
    ("works", alter("images", [{"bytes": b"x", "path": "x"}]), "other pictures"),
    ("works", lambda rows: rows.append(rows[0]), "there twice"),
    ("works", lambda rows: rows[0]["files"][0].update(path="media/gone"), "a file that is not there"),
    ("works", lambda rows: rows[0]["files"].clear(), "has no file"),
    ("ratings", alter("work", 999), "work 999, which is not there"),
    ("ratings", lambda rows: rows.insert(0, rows[0]), "there twice"),
    ("pairs", alter("chosen_work", 999), "work 999, which is not there"),
    ("pairs", alter("rejected_part", 9), "a file of work"),
    ("text_pairs", alter("rejected_work", 999), "work 999, which is not there"),
]


@pytest.mark.parametrize(("part", "change", "fault"), DANGLING)
def test_a_row_that_hangs_in_the_air_is_found_though_the_manifest_fits(
    copied: Path, part: str, change: Callable[[list[dict[str, Any]]], object], fault: str
) -> None:
    rewritten(copied, part, change)
    listed_anew(copied)

    assert any(fault in found for found in first_faults(copied))


def test_what_is_in_two_splits_is_found(copied: Path) -> None:
    train = next((copied / "data/works").glob("train-*.parquet"))
    table = pq.read_table(train)
    pq.write_table(table.slice(0, 1), train)
    pq.write_table(table.slice(1), copied / "data/works/test-00000-of-00001.parquet")
    listed_anew(copied)

    assert any("shares its prompt with the split train" in fault for fault in first_faults(copied))


def test_a_near_duplicate_in_another_split_is_found(copied: Path) -> None:
    def make_alike(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            for file in row["files"]:
                file.update(fingerprint="0123456789abcdef", width=None)

    rewritten(copied, "works", make_alike)
    train = next((copied / "data/works").glob("train-*.parquet"))
    table = pq.read_table(train)
    pq.write_table(table.slice(0, 1), train)
    pq.write_table(table.slice(1), copied / "data/works/test-00000-of-00001.parquet")
    listed_anew(copied)

    assert any("is nearly the same as work" in fault for fault in verified(copied))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("tombstones.jsonl", '{"work": 1, "versions": [1], "reason": "erased"}\n', "has a tombstone"),
        ("tombstones.jsonl", "nonsense\n", "cannot be read"),
        ("jsonl/works.jsonl", '{"work": 999, "split": "train"}\n', "work that is not there"),
        ("media/00/" + "0" * 64 + ".txt", "more", "belongs to no work"),
    ],
)
def test_files_that_do_not_fit_are_found_though_the_manifest_fits(
    copied: Path, name: str, text: str, fault: str
) -> None:
    (copied / name).parent.mkdir(parents=True, exist_ok=True)
    (copied / name).write_text(text)
    listed_anew(copied)

    assert any(fault in found for found in first_faults(copied))


def test_another_s_bytes_in_a_shard_are_found_though_the_manifest_fits(copied: Path) -> None:
    shard = next((copied / "shards/txt").glob("*.tar"))
    shard.write_bytes(shard.read_bytes().replace(b"Another fox.", b"Another cat."))
    listed_anew(copied)

    assert any("other bytes than the work" in found for found in first_faults(copied))


def test_a_folder_that_is_no_release_is_told_so(tmp_path: Path) -> None:
    assert first_faults(tmp_path) == ["manifest.json is missing"]
