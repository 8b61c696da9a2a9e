"""The works of a release as pairs need them: looked up by their numbers, and walked through prompt by prompt."""

import json
from collections.abc import Iterator
from typing import Final

from inference.contract.identifiers import CreationId
from inference.contract.mediums import Medium
from storage.release.files import Spool
from storage.release.pairs import Contender, Entrant, order_of
from storage.release.values import ReleasedWork, Split
from storage.scoring import Estimate

_TABLE: Final = """CREATE TABLE contenders (
    work INTEGER PRIMARY KEY, medium TEXT, plain TEXT, split TEXT, prompt TEXT, paths TEXT,
    raters INTEGER, information REAL, score REAL, low REAL, high REAL
)"""


class Contenders:
    """In the spool."""

    def __init__(self, spool: Spool) -> None:
        self._database = spool.database
        self._database.execute(_TABLE)

    def add(self, work: ReleasedWork, standing: Estimate) -> None:
        medium, plain, _ = order_of(Contender(entrant=Entrant.of(work), standing=standing))
        self._database.execute(
            "INSERT INTO contenders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(work.work, medium.value, plain, work.split.value, work.prompt),
                json.dumps({file.part: file.path for file in work.files}),
                *(standing.raters, standing.information, standing.score, standing.low, standing.high),
            ),
        )

    def entrant(self, work: CreationId) -> Entrant | None:
        """None: it is not in the release."""
        found = self._database.execute("SELECT * FROM contenders WHERE work = ?", (work,)).fetchone()
        return None if found is None else _contender(found).entrant

    def path(self, work: CreationId, part: int) -> str:
        """Where the file lies."""
        (paths,) = self._database.execute("SELECT paths FROM contenders WHERE work = ?", (work,)).fetchone()
        return str(json.loads(paths)[str(part)])

    def by_prompt(self) -> Iterator[Contender]:
        """Those that somebody rated, in the order in which `pairs_of_ratings` takes them."""
        ordered = "SELECT * FROM contenders WHERE raters > 0 ORDER BY medium, plain, work"
        return map(_contender, self._database.execute(ordered))


def _contender(row: tuple[int, str, str, str, str, str, int, float, float, float, float]) -> Contender:
    work, medium, _, split, prompt, paths, raters, information, score, low, high = row
    entrant = Entrant(
        work=CreationId(work),
        split=Split(split),
        medium=Medium(medium),
        prompt=prompt,
        parts=tuple(int(part) for part in json.loads(paths)),
    )
    return Contender(
        entrant=entrant,
        standing=Estimate(raters=raters, information=information, score=score, low=low, high=high),
    )
