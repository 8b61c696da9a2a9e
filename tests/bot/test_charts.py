"""The picture and the table of `/stats`: all figures are in them, and the words in letters that are here."""

import io
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.features.stats import drawn
from bot.i18n import Texts, texts_for
from bot.ui import statistics
from bot.ui.charts.drawing import FAMILIES, png_of
from bot.ui.charts.picture import Hue, packed, unpacked
from inference.contract.errors import FailureCode
from storage.statistics import Activity, Day, Period, Waits

EN, ZH = texts_for("en-US"), texts_for("zh-CN")
LAST = date(2030, 1, 7)
BUSY = Activity(
    makers=3,
    works=12,
    ratings=1_234,
    waits=Waits(median_seconds=4.25, p90_seconds=31),
    failures={FailureCode.DISK_FULL: 2, FailureCode.OUT_OF_MEMORY: 3, FailureCode.ACTOR_LOST: 1},
    cancelled=4,
)


def period(*activities: Activity, whole: Activity = BUSY, length: int = 7) -> Period:
    """The last days are given, those before them were empty."""
    all_days = (*(Activity() for _ in range(length - len(activities))), *activities)
    days = (Day(day=LAST - timedelta(days=length - 1 - place), activity=each) for place, each in enumerate(all_days))
    return Period(days=tuple(days), whole=whole)


def colours_of(png: bytes) -> set[str]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.size == (1200, 930)
    found = image.getcolors(image.width * image.height) or []
    return {f"#{bytes(colour).hex()}" for count, colour in found if count > 50 and isinstance(colour, tuple)}


def test_the_table_has_a_row_a_day_and_lines_up_in_both_languages() -> None:
    english, chinese = (statistics.table(period(Activity(cancelled=1), BUSY).days, t).splitlines() for t in (EN, ZH))
    assert " ".join(english[0].split()) == "Day Makers Works Ratings Wait Failed Cancelled"
    assert " ".join(english[-2].split()) == "Jan 6 0 0 0 – 0 1"
    assert " ".join(english[-1].split()) == "Jan 7 3 12 1,234 4.2 s 6 4"
    assert chinese[-1].startswith("1月7日 ")
    assert len({len(line) for line in english}) == 1
    assert len({statistics.places(line) for line in chinese}) == 1


def test_the_report_fits_a_message_and_names_each_figure() -> None:
    report = statistics.report(period(*[BUSY] * 90, length=90), EN)
    assert len(report) < 2_000
    for fact in (
        "The last 90 days",
        "12 works by 3 members.",
        "1234 ratings.",
        "Half of the requests began within 4.2 s, nine in ten within 31 s.",
        "6 requests failed (3 × out of memory, 2 × disk full, 1 × machine stopped), 4 cancelled.",
    ):
        assert fact in report
    assert report.count("\nJan ") == 7


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (4.26, "4.3 s"), (9.99, "10 s"), (119, "119 s"), (121, "2 min"), (7_300, "2 h"), (90_000, "25 h")],
)
def test_a_wait_is_told_in_few_letters(seconds: float, said: str) -> None:
    assert statistics.duration(seconds, EN) == said


def test_what_failed_most_often_has_its_own_colour_and_nothing_is_lost() -> None:
    *_, ends = statistics.picture(period(BUSY), EN).panels
    assert [(each.name, each.values[-1]) for each in ends.series] == [
        ("out of memory", 3),
        ("disk full", 2),
        ("other", 1),
        ("cancelled", 4),
    ]
    assert ends.figure == "10"


def test_every_failure_has_a_name() -> None:
    every = Activity(failures=dict.fromkeys(FailureCode, 1))
    assert EN("model broken") in statistics.report(period(every, whole=every), EN)


def test_the_alt_text_says_the_main_figures_and_fits_discord() -> None:
    alt = statistics.alt_text(period(BUSY), EN)
    assert all(fact in alt for fact in ("12 works", "3 members", "1234 ratings", "31 s", "6 requests failed"))
    assert len(alt) <= 1024


def test_a_picture_shows_every_series_in_its_colour() -> None:
    colours = colours_of(png_of([statistics.picture(period(*[BUSY] * 7), EN)]))
    assert {Hue.BLUE, Hue.ORANGE, Hue.GREEN, Hue.PURPLE, Hue.VERMILION, Hue.YELLOW, Hue.GREY} <= colours


def test_a_picture_of_one_work_on_one_day_leaves_the_other_panels_empty() -> None:
    single = Activity(makers=1, works=1)
    colours = colours_of(png_of([statistics.picture(period(single, whole=single), EN)]))
    assert {Hue.BLUE, Hue.ORANGE} <= colours
    assert not {Hue.GREEN, Hue.PURPLE, Hue.VERMILION} & colours


def test_words_without_a_font_are_replaced_by_english_ones() -> None:
    chinese, english = (statistics.picture(period(BUSY), t) for t in (ZH, EN))
    latin = FAMILIES[:1]
    assert png_of([chinese, english], families=latin) == png_of([english], families=latin)
    assert png_of([chinese, english], families=("No such family", *latin)) == png_of([english], families=latin)


_COUNT = st.integers(0, 10**6)
_SECONDS = st.floats(0, 10**6)
_ACTIVITY = st.builds(
    Activity,
    makers=_COUNT,
    works=_COUNT,
    ratings=_COUNT,
    waits=st.none()
    | st.builds(lambda median, more: Waits(median_seconds=median, p90_seconds=median + more), _SECONDS, _SECONDS),
    failures=st.dictionaries(st.sampled_from(FailureCode), st.integers(1, 10**6)),
    cancelled=_COUNT,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_ACTIVITY, min_size=1, max_size=90), _ACTIVITY, st.sampled_from((EN, ZH)))
def test_whatever_happened_can_be_told_and_drawn(activities: list[Activity], whole: Activity, t: Texts) -> None:
    told = period(*activities, whole=whole, length=len(activities))
    picture = statistics.picture(told, t)
    assert list(unpacked(packed([picture]))) == [picture]
    assert len(statistics.report(told, t)) < 2_000
    colours_of(png_of([picture, statistics.picture(told, EN)]))


async def test_the_process_that_draws_gives_back_a_picture(tmp_path: Path) -> None:
    png = await drawn([statistics.picture(period(BUSY), EN)], cache=tmp_path)
    assert png is not None
    assert Hue.GREEN in colours_of(png)
    assert (tmp_path / "matplotlib").is_dir()


async def test_a_picture_that_cannot_be_drawn_is_none(tmp_path: Path) -> None:
    assert await drawn([], cache=tmp_path) is None


def test_the_bot_itself_loads_no_matplotlib() -> None:
    program = "import sys, bot.app, bot.features; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
