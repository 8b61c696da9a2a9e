"""Writes the pairs of a release: all of them as numbers, and those that trainers take with their texts and pictures."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from inference.contract.mediums import Medium
from storage.release.choices import Choices
from storage.release.contenders import Contenders
from storage.release.files import Lines, Spool, Tables, as_json
from storage.release.pair_rows import PAIRS, PICTURE_PAIRS, TEXT_PAIRS, may_train, picture_row, row_of, text_row
from storage.release.pairs import Choice, Dropped, counted, pairs_of_duels, pairs_of_ratings
from storage.release.values import PairSource, ReleasedPair, Split

PARTS: Final = ("pairs", "text_pairs", "picture_pairs")


class Pairing:
    """Every call is for a thread. Raises `OSError`."""

    def __init__(self, root: Path, spool: Spool, contenders: Contenders) -> None:
        self._root = root
        self._contenders = contenders
        self._tables = {
            part: Tables(root, part, schema, spool)
            for part, schema in zip(PARTS, (PAIRS, TEXT_PAIRS, PICTURE_PAIRS), strict=True)
        }
        self._lines = Lines(root, "jsonl/pairs.jsonl", spool)
        self._choices = Choices(spool)
        self.counts: Counter[PairSource] = Counter()
        self.dropped: dict[Dropped, int] = {}
        self.raters: set[str] = set()  # Of duels.

    @property
    def rows(self) -> dict[str, dict[Split, int]]:
        """How many each part has, by split."""
        return {part: table.rows for part, table in self._tables.items()}

    def add_duels(self, choices: Iterable[Choice]) -> None:
        self._choices.add(choices)

    def write(self) -> None:
        """All pairs of these duels, and those of the ratings."""
        self._add(counted(pairs_of_duels(self._choices.in_order(), self._contenders.entrant), self.dropped))
        self._add(counted(pairs_of_ratings(self._contenders.by_prompt()), self.dropped))

    def close(self) -> None:
        for table in self._tables.values():
            table.close()
        self._lines.close()

    def _add(self, pairs: Iterator[ReleasedPair]) -> None:
        for pair in pairs:
            row = row_of(pair)
            self.counts[pair.source] += 1
            if pair.rater:
                self.raters.add(pair.rater)
            self._tables["pairs"].add(pair.split, dict(row))
            self._lines.add(as_json({"split": pair.split.value, **row}))
            if may_train(pair):
                self._add_for_trainers(pair)

    def _add_for_trainers(self, pair: ReleasedPair) -> None:
        chosen, rejected = (
            (self._root / self._contenders.path(work, part)).read_bytes()
            for work, part in ((pair.chosen_work, pair.chosen_part), (pair.rejected_work, pair.rejected_part))
        )
        if pair.medium is Medium.TEXT:
            row = text_row(pair, chosen=chosen.decode(), rejected=rejected.decode())
            self._tables["text_pairs"].add(pair.split, dict(row))
        else:
            row = picture_row(pair, chosen=chosen, rejected=rejected)
            self._tables["picture_pairs"].add(pair.split, dict(row), len(chosen) + len(rejected))
