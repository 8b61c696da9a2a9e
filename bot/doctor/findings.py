"""What a look comes to, and how the host reads it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rich.table import Table
from rich.text import Text

from bot.settings import Settings

GIB: Final = 2**30
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found. `advice` is empty when nothing needs doing; with `is_well` it is worth doing, no more."""

    subject: str
    found: str
    is_well: bool = True
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    subject: str
    act: Callable[[Settings], Awaitable[Sequence[Finding]]]
    seconds: float = 20.0  # At most.


def ill(subject: str, found: str, advice: str) -> Finding:
    return Finding(subject=subject, found=found, is_well=False, advice=advice)


def report(findings: Iterable[Finding]) -> Table:
    """A table that reads well in 80 columns: the advice stands under what was found."""
    table = Table("", "what", "found, and what to do")
    table.columns[1].no_wrap = True
    for finding in findings:
        text = Text(printable(finding.found))
        if finding.advice:
            text.append(f"\n→ {printable(finding.advice)}", style="bold")
        table.add_row(_mark(finding), Text(printable(finding.subject)), text)
    return table


def _mark(finding: Finding) -> str:
    if not finding.is_well:
        return "[red]✗[/]"
    return "[yellow]![/]" if finding.advice else "[green]✓[/]"


def printable(text: str) -> str:
    """Names of servers and channels are strangers' words: they must not steer the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def size(count: float) -> str:
    """Bytes as people say them."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / _MIB:.1f} MiB"


def age(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    for length, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {word}"
    return f"{seconds} s"


def some(names: Sequence[str], *, at_most: int = 5) -> str:
    """The first few, and how many more there are."""
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f" and {more} more" if more > 0 else "")
