"""The duels of a release, in the order of their works and names: the order of their decisions would tell times."""

from collections.abc import Iterable, Iterator
from typing import Final

from inference.contract.identifiers import CreationId
from storage.domain import Preference, Side
from storage.release.files import Spool
from storage.release.pairs import Choice

_COLUMNS: Final = "left_work, left_part, right_work, right_part, rater, preference"


class Choices:
    """In the spool."""

    def __init__(self, spool: Spool) -> None:
        self._database = spool.database
        self._database.execute(f"CREATE TABLE choices ({_COLUMNS})")

    def add(self, choices: Iterable[Choice]) -> None:
        rows = (
            (
                *(one.left.creation, one.left.part, one.right.creation, one.right.part),
                *(one.rater, one.preference.value),
            )
            for one in choices
        )
        self._database.executemany("INSERT INTO choices VALUES (?, ?, ?, ?, ?, ?)", rows)

    def in_order(self) -> Iterator[Choice]:
        for row in self._database.execute(f"SELECT {_COLUMNS} FROM choices ORDER BY {_COLUMNS}"):  # noqa: S608 -- Ours.
            left_work, left_part, right_work, right_part, rater, preference = row
            yield Choice(
                rater=rater,
                left=Side(creation=CreationId(left_work), part=left_part),
                right=Side(creation=CreationId(right_work), part=right_part),
                preference=Preference(preference),
            )
