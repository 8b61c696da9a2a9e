"""Whether the rows of a release fit together: no row without its work, no work in two splits, no count that is off."""

import hashlib
import json
import tarfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from storage.release.files import media_path
from storage.release.identification import identification
from storage.release.pairs import plain
from storage.release.reading import rows_of
from storage.release.values import Split
from storage.scoring.likeness import BITS, firsts, prints_of
from storage.scoring.verdict import Kind

_WORK_COLUMNS: Final = ("work", "author", "prompt", "medium", "parents", "files", "images", "raters")
_OF_PAIRS: Final = ("pairs", "text_pairs", "picture_pairs")
_PAIR_COLUMNS: Final = ("chosen_work", "chosen_part", "rejected_work", "rejected_part")
_PARTS: Final = ("works", "ratings", *_OF_PAIRS)
_PRINT_BYTES: Final = BITS // 8
_LINES: Final = ("works", "ratings", "pairs")


class Coherence:
    """One look at a folder whose files are those of its manifest."""

    def __init__(self, folder: Path, head: Mapping[str, Any]) -> None:
        self._folder = folder
        self._head = head
        self._split: dict[int, Split] = {}
        self._parts: dict[int, frozenset[int]] = {}  # Of each work, those whose files are released.
        self._media: set[bytes] = set()  # Of which rows tell, by the beginning of their hash.
        self._prints = array("q")  # Work, kind and fingerprint of each file.
        self._counts: dict[str, Counter[str]] = {part: Counter() for part in _PARTS}

    def faults(self) -> Iterator[str]:
        looks: Sequence[Callable[[], Iterator[str]]] = (
            self._works,
            self._parents,
            self._near_duplicates,
            self._ratings,
            *(partial(self._pairs, part) for part in _OF_PAIRS),
            self._told_counts,
            self._stored_media,
            self._json_lines,
            self._shards,
            self._tombstones,
            self._identification,
        )
        for look in looks:
            try:
                yield from look()
            except (ValueError, LookupError, TypeError, tarfile.TarError, pa.ArrowException) as error:
                yield f"what is written cannot be read: {type(error).__name__}: {error}".replace("\n", " ")

    def _works(self) -> Iterator[str]:
        seen: dict[bytes, Split] = {}
        for split, row in self._rows("works", _WORK_COLUMNS):
            work = row["work"]
            if work in self._split:
                yield f"work {work} is there twice"
            self._split[work] = split
            self._parts[work] = frozenset(file["part"] for file in row["files"])
            for kind, told in (("author", row["author"]), ("prompt", plain(row["prompt"]))):
                other = seen.setdefault(_key(f"{kind} {told}"), split)
                if other is not split:
                    yield f"work {work} shares its {kind} with the split {other}"
            yield from self._files(row)

    def _files(self, row: Mapping[str, Any]) -> Iterator[str]:
        work, files = row["work"], row["files"]
        if not files:
            yield f"work {work} has no file"
        for file in files:
            self._media.add(_beginning(file["sha256"]))
            self._prints.extend((work, *_print_of(file)))
            path = self._folder / file["path"]
            if file["path"] != media_path(file["sha256"], file["media_type"]) or not path.is_file():
                yield f"work {work} has a file that is not there: {file['path']}"
            elif path.stat().st_size != file["size_bytes"]:
                yield f"work {work} has a file of another size: {file['path']}"
        pictures = [file["sha256"] for file in files if file["media_type"].startswith("image/")]
        if pictures != [hashlib.sha256(image["bytes"]).hexdigest() for image in row["images"]]:
            yield f"work {work} has other pictures than its files"

    def _parents(self) -> Iterator[str]:
        for split, row in self._rows("works", ("work", "parents"), is_counted=False):
            for parent in row["parents"]:
                of_parent = self._split.get(parent["work"])
                if parent["is_here"] is not (of_parent is not None):
                    where = "is here" if parent["is_here"] else "is not here"
                    yield f"work {row['work']} says wrongly that its parent {parent['work']} {where}"
                elif of_parent not in (None, split):
                    yield f"work {row['work']} comes from the split {of_parent}"

    def _near_duplicates(self) -> Iterator[str]:
        works = np.array(sorted(self._split), dtype=np.int64)
        prints = np.array(self._prints, dtype=np.int64).reshape(-1, 3)
        kept: dict[int, int] = {}
        for work, kind in zip(works.tolist(), firsts(len(works), *prints_of(works, prints)).tolist(), strict=True):
            other = kept.setdefault(kind, work)
            if self._split[work] is not self._split[other]:
                yield f"work {work} is nearly the same as work {other} of the split {self._split[other]}"

    def _ratings(self) -> Iterator[str]:
        given: set[bytes] = set()
        last: int | None = None
        for split, row in self._rows("ratings", ("work", "rater", "axis", "repeat")):
            work = row["work"]
            if self._split.get(work) is not split:
                yield f"a rating in {split} is of work {work}, which is not there"
            if work != last:
                given, last = set(), work
            key = _key(f"{row['rater']} {row['axis']} {row['repeat']}")
            if key in given:
                yield f"a rating of work {work} is there twice"
            given.add(key)

    def _pairs(self, part: str) -> Iterator[str]:
        for split, row in self._rows(part, _PAIR_COLUMNS):
            for side in ("chosen", "rejected"):
                work = row[f"{side}_work"]
                if self._split.get(work) is not split:
                    yield f"a row of {part} in {split} is of work {work}, which is not there"
                elif row[f"{side}_part"] not in self._parts[work]:
                    yield f"a row of {part} is of a file of work {work} that is not there"

    def _told_counts(self) -> Iterator[str]:
        told = self._head.get("counts", {})
        for part in _PARTS:
            if dict(self._counts[part]) != told.get(part, {}):
                yield f"{part}: {dict(self._counts[part])} rows, and the manifest says {told.get(part, {})}"

    def _stored_media(self) -> Iterator[str]:
        for path in self._folder.glob("media/*/*"):
            if _beginning(path.name) not in self._media:
                yield f"{path.relative_to(self._folder).as_posix()} belongs to no work"

    def _json_lines(self) -> Iterator[str]:
        for name in _LINES:
            counts: Counter[str] = Counter()
            for line in _lines(self._folder / f"jsonl/{name}.jsonl"):
                row = json.loads(line)
                counts[row["split"]] += 1
                works = [row[key] for key in ("work", "chosen_work", "rejected_work") if key in row]
                if any(self._split.get(work) != row["split"] for work in works):
                    yield f"jsonl/{name}.jsonl tells of a work that is not there: {works}"
            if counts != self._counts[name]:
                yield f"jsonl/{name}.jsonl has {dict(counts)} lines, and data/{name} {dict(self._counts[name])} rows"

    def _shards(self) -> Iterator[str]:
        entries: Counter[int] = Counter()
        # Before format 2 a sample was a whole work.
        per_file, per_work = (1, 1) if self._head.get("format", 1) == 1 else (2, 0)
        for path in sorted(self._folder.glob("shards/**/*.tar")):
            split = path.name.partition("-")[0]
            with tarfile.open(path) as shard:
                for entry in shard:
                    name, _, suffix = entry.name.partition(".")
                    name = name.partition("-")[0]
                    if not name.isdecimal() or self._split.get(int(name)) != split:
                        yield f"shards/{path.name} tells of a work that is not there: {entry.name}"
                        continue
                    entries[int(name)] += 1
                    content = shard.extractfile(entry)
                    if suffix != "json" and content is not None:
                        with content:
                            digest = hashlib.file_digest(content, "sha256")  # type: ignore[arg-type]  # A reader.
                        if _beginning(digest.hexdigest()) not in self._media:
                            yield f"shards/{path.name} has other bytes than the work: {entry.name}"
        for work, parts in self._parts.items():
            if entries[work] != per_work + per_file * len(parts):
                yield f"the shards have {entries[work]} files of work {work}, and it has {len(parts)} and its facts"

    def _tombstones(self) -> Iterator[str]:
        count = 0
        for line in _lines(self._folder / "tombstones.jsonl"):
            count += 1
            told = json.loads(line)
            work = told["work"] if "rater" not in told else None
            if work in self._split:
                yield f"work {work} is here, and has a tombstone"
        if count != self._head.get("tombstones"):
            yield f"{count} tombstones, and the manifest says {self._head.get('tombstones')}"

    def _identification(self) -> Iterator[str]:
        if self._head.get("format", 1) > 1 and self._head.get("identification") != identification(self._folder):
            yield "how far raters can be identified is not what the manifest says"

    def _rows(
        self, part: str, columns: tuple[str, ...], *, is_counted: bool = True
    ) -> Iterator[tuple[Split, Mapping[str, Any]]]:
        for split in Split:
            for row in rows_of(self._folder, part, split, columns):
                if is_counted:
                    self._counts[part][split.value] += 1
                yield split, row


def _lines(path: Path) -> Iterator[str]:
    """Of a file that is left out where it would be empty."""
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from lines


def _print_of(file: Mapping[str, Any]) -> tuple[int, int]:
    """Kind and fingerprint; that of a file without one is a part of its hash."""
    told = file["fingerprint"]
    kind = Kind.FILE if told is None else Kind.TEXT if file["width"] is None else Kind.PICTURE
    return kind, int.from_bytes(bytes.fromhex(told or file["sha256"])[:_PRINT_BYTES], signed=True)


def _key(told: str) -> bytes:
    return hashlib.blake2b(told.encode(), digest_size=12).digest()


def _beginning(sha256: str) -> bytes:
    """Enough of a hash to tell files apart, from what begins with it."""
    return sha256[:24].encode()
