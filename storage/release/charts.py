"""The pictures of a release's card. matplotlib takes 70 MB: only the process that makes a release imports this."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from storage.domain import Axis
from storage.release.quality import STARS, Quality, Spread

AXIS_NAMES: Final = {
    Axis.OVERALL: "overall",
    Axis.BEAUTY: "beauty",
    Axis.FIT: "fits the prompt",
    Axis.FLAWLESSNESS: "free of flaws",
}
_INCHES: Final = (8.0, 3.0)
_DOTS_AN_INCH: Final = 125
_INK, _MUTED, _GRID = "#1f2328", "#59636e", "#d8dee4"
_HUES: Final = ("#3b6fb6", "#c8553d", "#4d8f5b", "#8a63b3")  # Told apart by those who see red and green alike, too.
_STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _MUTED,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],  # matplotlib brings it along: the same picture everywhere.
    "font.size": 9,
    "grid.color": _GRID,
    "text.color": _INK,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
}
# Nothing in the file but the picture: a version of matplotlib or a time would make equal releases differ.
_NO_METADATA: Final = {"Software": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    name: str  # Of the file.
    png: bytes
    alt: str  # What it shows, in words and figures, for those who do not see it.


def charts(quality: Quality) -> Iterator[Chart]:
    """Those for which there are figures. Equal figures give equal bytes."""
    if quality.ratings:
        yield Chart(name="raters.png", png=_drawn(quality, _raters, _stars), alt=_alt_of_raters(quality))
    if quality.scores.median is not None:
        yield Chart(name="scores.png", png=_drawn(quality, _scores, _widths), alt=_alt_of_scores(quality))
    if any(one.ordinal is not None for one in quality.agreements):
        yield Chart(name="agreement.png", png=_drawn(quality, _agreement), alt=_alt_of_agreement(quality))


def _drawn(quality: Quality, *panels: Callable[[Axes, Quality], None]) -> bytes:
    with rc_context(_STYLE):
        figure = Figure(figsize=_INCHES, dpi=_DOTS_AN_INCH, layout="constrained")
        FigureCanvasAgg(figure)
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False).flat, panels, strict=True):
            panel(axes, quality)
            axes.tick_params(length=0)
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata=_NO_METADATA)
    return png.getvalue()


def _raters(axes: Axes, quality: Quality) -> None:
    counts = quality.coverage.works_by_raters
    names = [str(raters) for raters in range(len(counts) - 1)] + [f"{len(counts) - 1}+"]
    axes.bar(names, counts, 0.76, color=_HUES[0])
    _name(axes, "Raters a work", across="raters", up="works")


def _stars(axes: Axes, quality: Quality) -> None:
    """A group of bars for each number of stars, a bar an axis, in shares of the axis' ratings."""
    width = 0.8 / max(len(quality.stars), 1)
    for place, (axis, counts) in enumerate(quality.stars.items()):
        offset = (place - (len(quality.stars) - 1) / 2) * width
        shares = [count / sum(counts) for count in counts]
        where = [stars + offset for stars in STARS]
        axes.bar(where, shares, width * 0.92, color=_HUES[place], label=AXIS_NAMES[axis])
    _name(axes, "Stars given", across="stars", up="share of the ratings")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_xticks(STARS)
    if len(quality.stars) > 1:
        axes.legend(frameon=False, fontsize=8, labelcolor=_MUTED, handlelength=0.9)


def _scores(axes: Axes, quality: Quality) -> None:
    _histogram(axes, quality.scores)
    _name(axes, "Scores", across="stars", up="works")


def _widths(axes: Axes, quality: Quality) -> None:
    _histogram(axes, quality.widths)
    _name(axes, "How wide their 95% intervals are", across="stars", up="works")


def _histogram(axes: Axes, spread: Spread) -> None:
    axes.stairs(spread.counts, spread.edges, fill=True, color=_HUES[0])
    if spread.median is not None:
        axes.axvline(spread.median, color=_HUES[1], linewidth=1.6, label=f"median {spread.median:.2f}")
        axes.legend(frameon=False, fontsize=8, labelcolor=_MUTED, handlelength=0.9)


def _agreement(axes: Axes, quality: Quality) -> None:
    told = [one for one in quality.agreements if one.ordinal is not None]
    names = [f"{AXIS_NAMES[one.axis]}\n({one.works:,} works)" for one in told]
    values = [one.ordinal or 0.0 for one in told]
    bars = axes.barh(names, values, 0.6, color=_HUES[0])
    axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=4, color=_INK)
    axes.set_xlim(min(0.0, *values) - (0.05 if min(values) < 0 else 0), 1)
    axes.invert_yaxis()
    axes.grid(visible=True, axis="x", linewidth=0.8)
    axes.set_title("Agreement of raters beyond chance", loc="left", fontweight="bold")
    axes.set_xlabel("Krippendorff's alpha, ordinal (0: as by chance, 1: always the same)")


def _name(axes: Axes, title: str, *, across: str, up: str) -> None:
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, axis="y", linewidth=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))


def _alt_of_raters(quality: Quality) -> str:
    counts = quality.coverage.works_by_raters
    bars = _listed([f"{count:,} with {raters}" for raters, count in enumerate(counts[:-1])])
    stars = "; ".join(
        f"{AXIS_NAMES[axis]}: " + _listed([f"{count:,} of {stars}" for stars, count in zip(STARS, given, strict=True)])
        for axis, given in quality.stars.items()
    )
    told = f"Histogram of works by how many members rated them: {bars}, {counts[-1]:,} with {len(counts) - 1} or more."
    return f"{told} Bars of how many stars were given: {stars}."


def _alt_of_scores(quality: Quality) -> str:
    return (
        f"Histograms of scores, from 1 to 5 stars, with a median of {quality.scores.median:.2f}, and of how wide their"
        f" intervals are, with a median of {quality.widths.median:.2f} stars."
    )


def _alt_of_agreement(quality: Quality) -> str:
    told = [f"{AXIS_NAMES[one.axis]} {one.ordinal:.2f}" for one in quality.agreements if one.ordinal is not None]
    return f"Bars of Krippendorff's alpha by axis: {_listed(told)}."


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
