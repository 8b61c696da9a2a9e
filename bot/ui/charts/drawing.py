"""Draws pictures with matplotlib, which takes 70 MB: only the short-lived process of `bot.ui.charts` imports this."""

import io
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, assert_never

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import MaxNLocator

from bot.ui.charts.picture import Panel, Picture, Series, Shape

_Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

# matplotlib brings the first along; the others have Chinese, Japanese and Korean.
FAMILIES: Final = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Noto Sans CJK JP",
)
# Discord shows it at about half this size, on a dark page or a white one: it brings its own ground.
_INCHES: Final = (8.0, 6.2)
_DOTS_AN_INCH: Final = 150
_GROUND, _GRID, _MUTED, _BRIGHT = "#22242b", "#3a3d47", "#b5bac1", "#f2f3f5"
_HEAD_POINTS: Final = 23  # From a panel's title down to its axes, with room for what the colours mean.
_LEGEND_POINTS: Final = 9.0
_BAR_WIDTH: Final = 0.76
_BAND_OPACITY: Final = 0.28
_MOST_DAYS_NAMED: Final = 5
_MANY_DAYS: Final = 30
_STYLE: Final[dict[Any, Any]] = {
    "axes.edgecolor": _GRID,
    "axes.facecolor": _GROUND,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": _GROUND,
    "grid.color": _GRID,
    "text.color": _BRIGHT,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "font.size": 9.5,
}


def png_of(pictures: Sequence[Picture], *, families: Sequence[str] = FAMILIES) -> bytes:
    """A PNG of the first of the pictures for whose words there is a font, or else of the last."""
    picture, family = _legible(pictures, families)
    with rc_context({**_STYLE, "font.family": [family]}):
        figure = Figure(figsize=_INCHES, dpi=_DOTS_AN_INCH)
        FigureCanvasAgg(figure)
        figure.subplots_adjust(left=0.06, right=0.955, top=0.81, bottom=0.06, hspace=0.62, wspace=0.17)
        figure.text(0.03, 0.945, picture.title, fontsize=16, fontweight="bold")
        figure.text(0.955, 0.945, picture.note, color=_MUTED, horizontalalignment="right")
        for axes, panel in zip(figure.subplots(2, 2).flat, picture.panels, strict=True):
            _draw(axes, panel, picture.days)
        png = io.BytesIO()
        figure.savefig(png, format="png")
    return png.getvalue()


def _legible(pictures: Sequence[Picture], families: Sequence[str]) -> tuple[Picture, str]:
    for picture in pictures:
        needed = {ord(character) for word in picture.words() for character in word if not character.isspace()}
        for family in families:
            if needed <= _characters_of(family):
                return picture, family
    return pictures[-1], families[0]


def _characters_of(family: str) -> frozenset[int]:
    """The code points that a family has signs for; none when it is not installed."""
    try:
        path = findfont(family, fallback_to_default=False)
    except ValueError:
        return frozenset()
    return frozenset(get_font(path).get_charmap())


def _draw(axes: Axes, panel: Panel, days: Sequence[str]) -> None:
    axes.set_title(panel.title, loc="left", fontsize=12, fontweight="bold", pad=_HEAD_POINTS)
    axes.set_xlim(-0.6, len(days) - 0.4)
    if panel.is_empty:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, panel.empty, transform=axes.transAxes, color=_MUTED, ha="center", va="center")
        return
    axes.set_title(
        panel.figure, loc="right", fontsize=13, fontweight="bold", pad=_HEAD_POINTS, color=panel.series[0].hue
    )
    floor: _Numbers = np.zeros(len(days))
    for series in panel.series:
        floor = _draw_series(axes, series, floor)
    axes.set_ylim(0, axes.dataLim.ymax * 1.06)
    axes.grid(visible=True, axis="y", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    step = -(-len(days) // _MOST_DAYS_NAMED)
    named = range((len(days) - 1) % step, len(days), step)
    axes.set_xticks(list(named), [days[index] for index in named])
    if len(panel.series) > 1:
        _name(axes, panel)


def _draw_series(axes: Axes, series: Series, floor: _Numbers) -> _Numbers:
    """Returns on what the next series of the panel stands."""
    values: _Numbers = np.array([np.nan if value is None else value for value in series.values])
    places = np.arange(len(values))
    match series.shape:
        case Shape.BAR:
            axes.bar(places, values, _BAR_WIDTH, bottom=floor, color=series.hue, label=series.name)
            return floor + values
        case Shape.LINE:
            size = 1 if len(values) <= _MANY_DAYS else 0.6
            axes.plot(places, values, "o-", color=series.hue, label=series.name, clip_on=False,
                      markersize=3.6 * size, linewidth=1.8 * size)  # fmt: skip
            return values
        case Shape.BAND:
            look: dict[str, Any] = {"color": series.hue, "alpha": _BAND_OPACITY, "linewidth": 0}
            axes.fill_between(places, floor, values, label=series.name, **look)
            # A day without neighbours is no area.
            apart = np.convolve(~np.isnan(values), [1, 0, 1])[1:-1] == 0
            axes.bar(places[apart], (values - floor)[apart], _BAR_WIDTH, bottom=floor[apart], **look)
            return floor
        case _:
            assert_never(series.shape)


def _name(axes: Axes, panel: Panel) -> None:
    """What the colours mean, in one line above the axes, in smaller letters where the words are long."""
    handles, names = axes.get_legend_handles_labels()
    by_name = dict(zip(names, handles, strict=True))
    legend = axes.legend(
        handles=[by_name[series.name] for series in panel.series],
        loc="lower left",
        bbox_to_anchor=(-0.015, 0.985),
        ncols=len(names),
        frameon=False,
        fontsize=_LEGEND_POINTS,
        labelcolor=_MUTED,
        handlelength=0.9,
        handletextpad=0.5,
        columnspacing=1.2,
        borderpad=0.2,
    )
    excess = legend.get_window_extent().width / axes.get_window_extent().width
    for text in legend.get_texts() if excess > 1 else ():
        text.set_fontsize(_LEGEND_POINTS / excess)
