"""The page `docs/benchmarks.md`, made from the tables of one run."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.table import Table

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_HEAD: Final = """\
# Benchmarks

`make bench` measured these figures on {date} and wrote this page. They compare with figures of the same run alone; what
carries over to other machines are the ratios, both sides of which were measured in turn, side by side. An aim that was
missed stays in its table. No test asserts a time.
"""


def page(tables: Sequence[Table], *, on: date) -> str:
    return "\n\n".join([_HEAD.format(date=on.isoformat()).rstrip(), *(table.as_markdown() for table in tables)]) + "\n"
