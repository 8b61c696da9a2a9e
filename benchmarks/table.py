"""Tables of figures, for the terminal and for the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from rich.table import Table as RichTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One figure as measured: what ran, and what came of it. Cells are ready to be read."""

    title: str
    ran: str  # What was measured and how, for somebody who wants to judge it.
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: a row does not fit the columns")

    def with_note(self, note: str) -> Self:
        return replace(self, notes=(*self.notes, note))

    def for_terminal(self) -> RichTable:
        table = RichTable(title=self.title, caption="\n".join(self.notes), caption_justify="left")
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        ruler = [":--", *["--:"] * (len(self.columns) - 1)]
        lines = [f"## {self.title}", "", self.ran, ""]
        lines += [_line(self.columns), _line(ruler), *map(_line, self.rows)]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
