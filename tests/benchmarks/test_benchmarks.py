from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import history, latency, memory, pictures, pictures_memory, pictures_wait, recovery, throughput
from benchmarks.bare_pictures_order import Timing as DrawingTiming
from benchmarks.latency import Passage
from benchmarks.memory import Reading
from benchmarks.recovery import Recovery
from benchmarks.report import page
from benchmarks.simulation import Community
from benchmarks.spread import Slope, Spread, percentile, ratios
from benchmarks.static_batch_order import Timing
from benchmarks.table import Table
from benchmarks.throughput import Plan, Round, Rounds
from inference.contract.identifiers import CreationId

measurements = st.lists(st.floats(0.001, 1e6), min_size=2, max_size=50)


def passages_of(milliseconds: float, *, runs: int = 10) -> list[Passage]:
    """Each part takes as long as the others."""
    part_ns = round(milliseconds * 1e6 / 3)
    return [Passage(sent_ns=7, submitted_ns=7 + part_ns, given_ns=7 + 2 * part_ns, started_ns=7 + 3 * part_ns)] * runs


def test_a_spread_names_the_middle_and_both_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0]).shown() == "2.0 (1.0 to 3.0)"


def test_one_repetition_is_shown_without_ends_that_it_does_not_have() -> None:
    assert Spread.of([0.456]).shown(2) == "0.46"


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])


def test_ratios_compare_what_was_measured_side_by_side() -> None:
    # The machine became twice as slow between the two repetitions, and the ratio knows nothing of it.
    assert ratios([40.0, 20.0], [20.0, 10.0]) == Spread(median=2.0, least=2.0, most=2.0)


@given(measurements)
def test_percentiles_rise_and_stay_among_what_was_measured(values: list[float]) -> None:
    found = [percentile(values, percent) for percent in (50, 90, 99)]
    # Interpolation rounds.
    assert found == pytest.approx(sorted(found))
    assert min(values) * 0.999999 <= found[0]
    assert found[-1] <= max(values) * 1.000001


def test_a_row_that_does_not_fit_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Table(title="Speed", ran="", columns=("a", "b"), rows=[("1",)])


def test_a_table_becomes_markdown_whose_cells_cannot_end_early() -> None:
    table = Table(title="Speed", ran="A run.", columns=("what", "ms"), rows=[("a|b", "1.0")], notes=("slow",))
    assert table.as_markdown() == "## Speed\n\nA run.\n\n| what | ms |\n| :-- | --: |\n| a\\|b | 1.0 |\n\n- slow"


def test_a_note_is_added_to_those_that_a_table_has() -> None:
    table = Table(title="Speed", ran="", columns=("a",), rows=[("1",)], notes=("slow",))
    assert table.with_note("loaded").notes == ("slow", "loaded")


def test_the_page_dates_its_tables_and_keeps_their_order() -> None:
    tables = [Table(title=title, ran="", columns=("a",), rows=[("1",)]) for title in ("First", "Second")]
    written = page(tables, on=date(2026, 2, 3))
    assert written.startswith("# Benchmarks\n")
    assert written.index("## First") < written.index("## Second")
    assert written.count("Measured on 2026-02-03.") == 2


def test_a_table_that_is_not_measured_anew_stays_as_it_was() -> None:
    first, second, third = (
        Table(title=title, ran="", columns=("a",), rows=[(cell,)])
        for title, cell in (("A", "1"), ("B", "2"), ("C", "3"))
    )
    earlier = page([first, second], on=date(2026, 2, 3))
    renewed = Table(title="B", ran="", columns=("a",), rows=[("9",)])

    written = page([renewed, third], on=date(2026, 3, 4), earlier=earlier)

    parts = written.split("\n## ")[1:]
    assert [part.partition("\n")[0] for part in parts] == ["A", "B", "C"]
    assert ["2026-02-03" in part for part in parts] == [True, False, False]
    assert "| 9 |" in parts[1]
    assert "| 2 |" not in written


def test_throughput_counts_the_tokens_of_all_works_of_a_round() -> None:
    first, second = CreationId(1), CreationId(2)
    rounds = Rounds(
        together=[Round(seconds=2.0, works=(first, second))],
        one_at_a_time=[Round(seconds=4.0, works=(first, second))],
        bare=[Timing(prompt_seconds=1.0, decode_seconds=1.0)],
    )
    tokens = {first: 30, second: 50}
    table = throughput.table(Plan(words=20, repetitions=1), {2: rounds}, tokens, tokens)
    # 2 rows of 27 tokens in the static batch.
    assert table.rows == [("2", "40.0", "20.0", "2.00", "54.0", "0.74", "27.0", "1.48")]


def test_a_latency_is_the_sum_of_its_parts() -> None:
    table = latency.table(passages_of(12.0), [0.5, 0.5])
    assert [row[1] for row in table.rows] == ["12.0", "4.0", "4.0", "4.0", "0.5"]


@pytest.mark.parametrize(
    ("milliseconds", "verdict"),
    [(14.0, "p50 reached, p99 reached"), (16.0, "p50 missed, p99 reached"), (61.0, "p50 missed, p99 missed")],
)
def test_a_missed_latency_stays_in_the_table(milliseconds: float, verdict: str) -> None:
    (note,) = latency.table(passages_of(milliseconds), [0.5, 0.5]).notes
    assert verdict in note


@pytest.mark.parametrize(("megabytes", "verdict"), [(160, "Reached."), (161, "Missed.")])
def test_the_aim_for_memory_is_the_bots_alone(megabytes: int, verdict: str) -> None:
    readings = [
        Reading(process="bot, fake", moment="after 100 commands", resident=megabytes * 1_000_000, unique=1),
        Reading(process="actor, smollm2-135m", moment="after 100 commands", resident=900_000_000, unique=1),
    ]
    (note,) = memory.table(readings).notes
    assert note.endswith(verdict)


def test_the_growth_of_a_page_is_named_and_the_greatest_of_all_too() -> None:
    few, many = {"mine": [2.0, 2.0], "search": [2.0, 2.0]}, {"mine": [3.0, 3.0], "search": [8.0, 8.0]}
    table = history.table({1_000: few, 1_000_000: many}, runs=2)
    assert table.rows == [("mine", "2.0 / 2.0", "3.0 / 3.0", "1.5"), ("search", "2.0 / 2.0", "8.0 / 8.0", "4.0")]
    (note,) = table.notes
    assert note.startswith("1,000 times the works")
    assert note.endswith("4.0 times: search.")


def test_a_slope_is_known_as_surely_as_the_values_lie_on_a_line() -> None:
    straight, rough = Slope.of([1.0, 3.0, 5.0, 7.0]), Slope.of([1.0, 4.0, 4.0, 7.0])

    assert (straight.least, straight.each, straight.most) == pytest.approx((2.0, 2.0, 2.0))
    assert rough.least < rough.each < rough.most


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=50), st.floats(-10, 10))
def test_a_slope_is_found_whatever_the_values_begin_with(values: list[float], steeper: float) -> None:
    slope = Slope.of(values)
    raised = Slope.of([5.0 + value + steeper * number for number, value in enumerate(values)])

    assert raised.each == pytest.approx(slope.each + steeper, abs=1e-6)
    assert raised.most - raised.least == pytest.approx(slope.most - slope.least, abs=1e-6)


def test_a_slope_needs_more_than_two_points() -> None:
    with pytest.raises(ValueError, match="any line"):
        Slope.of([1.0, 2.0])


@pytest.mark.parametrize(("seconds", "verdict"), [(4.2, "Reached."), (4.3, "Missed.")])
def test_pictures_are_compared_with_a_loop_that_finishes_them_too(seconds: float, verdict: str) -> None:
    rounds = pictures.Rounds(
        together=[seconds],
        one_at_a_time=[2 * seconds],
        bare=[DrawingTiming(drawing_seconds=3.0, finishing_seconds=1.0)],
    )

    table = pictures.table(pictures.Plan(repetitions=1), {4: rounds})

    assert table.rows[0][0] == "4"
    assert table.rows[0][3] == "2.00"
    assert table.notes[-1].endswith(verdict)


@pytest.mark.parametrize(("kilobytes", "verdict"), [(19, "Reached."), (21, "Missed.")])
def test_memory_over_many_pictures_is_judged_by_what_each_adds(kilobytes: int, verdict: str) -> None:
    resident = [1_000_000_000, *(600_000_000 + kilobytes * 1_000 * job for job in range(299))]

    table = pictures_memory.table(pictures_memory.Plan(), resident)

    assert table.rows[0][3] == f"{kilobytes}.0"
    assert table.notes[-1].endswith(verdict)


def test_the_first_pictures_after_a_start_have_a_row_of_their_own() -> None:
    table = pictures_wait.table([20.0], {1: [2.0, 3.0], 4: [5.0, 6.0]})

    assert [row[0] for row in table.rows] == ["4, the first after a start", "1", "4"]


@pytest.mark.parametrize(("score_error", "verdict"), [(0.4, "yes"), (0.7, "no")])
def test_a_score_that_is_no_nearer_than_the_mean_stays_in_the_table(score_error: float, verdict: str) -> None:
    found = Recovery(
        mean_error=0.6,
        score_error=score_error,
        coverage=0.948,
        severity_error=0.2,
        severity_spread=0.5,
        missed=1,
        flagged_wrongly=2,
    )

    table = recovery.table([(3, found), (3, found)], Community())

    assert table.rows == [
        ("3", f"0.60 / {score_error:.2f}", f"0.60 / {score_error:.2f}", "94.8%", "94.8%", "0.20 of 0.50", "1 / 2")
    ]
    assert table.notes[0].endswith(f"{verdict}.")
