"""The page `docs/benchmarks.md`: a table a figure, each with the day on which it was measured."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.table import Table

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_HEAD: Final = """\
# Benchmarks

`make bench` measures these figures and writes this page; each table says when it was measured, and figures compare with
those of the same day alone. What carries over to other machines are the ratios, both sides of which were measured in
turn, side by side. An aim that was missed stays in its table. No test asserts a time.
"""
_SECTION: Final = re.compile(r"^## ", re.MULTILINE)


def page(tables: Sequence[Table], *, on: date, earlier: str = "") -> str:
    """`earlier`: the page as it was, of which the tables stay that were not measured anew."""
    sections = dict(map(_titled, _SECTION.split(earlier)[1:]))
    for table in tables:
        dated = table.with_note(f"Measured on {on.isoformat()}.")
        sections[table.title] = dated.as_markdown().removeprefix("## ")
    return "\n\n".join([_HEAD.rstrip(), *(f"## {section}" for section in sections.values())]) + "\n"


def _titled(section: str) -> tuple[str, str]:
    return section.partition("\n")[0], section.rstrip()
