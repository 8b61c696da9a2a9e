"""The card, as the hub, `datasets` and a browser read it."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import get_dataset_config_names, load_dataset
from huggingface_hub import DatasetCard
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from inference.contract.mediums import Medium
from storage.domain import Axis
from storage.release.card import REASONS, CardFacts, card, citation, escaped
from storage.release.charts import charts
from storage.release.pair_rows import PAIRS, PICTURE_PAIRS
from storage.release.pairs import Dropped
from storage.release.values import PairSource, Reason, Split
from tests.storage.release.rows import quality, work
from tests.storage.release.simulated import community

HOSTILE = "](https://evil.example) <img src=x> @everyone `x` **b** www.evil.example\n# One\n---\nlicense: mit"
FIGURES = quality(*community(works=120, raters=12))
CHARTS = tuple(charts(FIGURES))
FACTS = CardFacts(
    title="Foxes & friends",
    version=3,
    as_of=datetime(2030, 1, 2, 3, tzinfo=UTC),
    works=1_234,
    by_medium={Medium.TEXT: 1_000, Medium.IMAGE: 234},
    by_split={Split.TRAIN: 1_000, Split.VALIDATION: 100, Split.TEST: 134},
    ratings=5_678,
    ratings_left_out=77,
    ratings_withheld=66,
    raters_in_several_splits=8,
    identification={
        "public_names": 20,
        "private_names": 10,
        "public_names_identified": {"1": 0.59, "2": 0.97, "3": None},
        "private_names_identified": {"1": 0.01, "2": 0.0, "3": None},
        "private_names_linked": 0.05,
    },
    shards={"txt": [Split.TRAIN], "png": [Split.TRAIN]},
    pairs={PairSource.DUEL: 12, PairSource.RATINGS: 34},
    pairs_dropped={Dropped.NOT_APART: 56, Dropped.NO_CONSENT: 2},
    excluded={Reason.NO_CONSENT: 91, Reason.CROSSES_SPLITS: 17},
    included=frozenset(),
    licences={"Apache-2.0": 1_000, "OpenRAIL++": 234},
    is_split_by_author=False,
    tombstones=4,
    languages=("zh", "en"),
    parts={"works": list(Split), "pairs": [Split.TRAIN, Split.TEST], "picture_pairs": [Split.TRAIN]},
    contact="",
    quality=FIGURES,
)


def drawn(facts: CardFacts) -> str:
    return card(facts, CHARTS if facts.quality is FIGURES else tuple(charts(facts.quality)))


def head_of(text: str) -> Mapping[str, Any]:
    """As the hub reads it, and without what is not said."""
    return cast("Mapping[str, Any]", DatasetCard(text).data.to_dict())  # type: ignore[no-untyped-call]


def test_the_hub_finds_licence_languages_and_kinds_in_the_head() -> None:
    head = head_of(drawn(FACTS))

    assert (head["license"], head["language"], head["size_categories"]) == ("cc-by-4.0", ["en", "zh"], ["1K<n<10K"])
    assert head["task_categories"] == ["text-generation", "text-to-image"]
    assert head["pretty_name"] == "Foxes & friends"


def test_datasets_opens_each_part_by_its_name_and_finds_its_splits(tmp_path: Path) -> None:
    release = tmp_path / "release"
    for name, splits in FACTS.parts.items():
        schema = {"works": pa.schema([("work", pa.int64())]), "pairs": PAIRS, "picture_pairs": PICTURE_PAIRS}[name]
        for split in splits:
            (release / "data" / name).mkdir(parents=True, exist_ok=True)
            path = release / "data" / name / f"{split.value}-00000-of-00001.parquet"
            pq.write_table(pa.Table.from_pylist([dict.fromkeys(schema.names)], schema=schema), path)
    (release / "README.md").write_text(drawn(FACTS), encoding="utf-8")
    cache = str(tmp_path / "cache")

    assert get_dataset_config_names(str(release)) == ["works", "pairs", "picture_pairs"]
    assert set(load_dataset(str(release), cache_dir=cache)) == {"train", "validation", "test"}
    assert set(load_dataset(str(release), "pairs", cache_dir=cache)) == {"train", "test"}
    alone = load_dataset(str(release / "data" / "picture_pairs"), split="train", cache_dir=cache)  # As the card says.
    assert alone.column_names[:5] == ["caption", "jpg_0", "jpg_1", "label_0", "label_1"]


def test_the_card_tells_every_count() -> None:
    text = drawn(FACTS)

    for told in ("1,234", "5,678", "77 ratings", "12 from duels", "34 from ratings", "| 56 |", "| 91 |", "OpenRAIL++"):
        assert told in text
    assert REASONS[Reason.NO_CONSENT] in text
    for one in FIGURES.agreements:
        assert f"| {one.ordinal:.2f} | {one.interval:.2f} | {one.works:,} | {one.ratings:,} |" in text
    assert f"{100 * (FIGURES.steadiness.exact or 0):.0f}%" in text


def test_it_says_that_reactions_can_name_a_rater_and_how_often() -> None:
    text = drawn(FACTS)

    assert "can name a rater" in text
    assert "| 1 | 59% | 1% |" in text
    assert "| 2 | 97% | 0% |" in text
    assert "| 3 |" not in text
    assert "Of 5% of the names of reactions" in text
    assert "8 of 12 names stand in several splits" in text


def test_the_fallback_of_the_splits_is_said_only_where_it_was_used() -> None:
    assert "by author" not in drawn(FACTS)
    fallback = drawn(replace(FACTS, is_split_by_author=True))
    assert "**by author**" in fallback
    assert "left out (17)" in fallback


def test_what_the_host_let_in_all_the_same_is_said() -> None:
    assert "The host let in" not in drawn(FACTS)
    assert REASONS[Reason.FROM_UPLOAD] in drawn(replace(FACTS, included=frozenset({Reason.FROM_UPLOAD})))


def test_a_release_without_ratings_or_works_has_a_card_too() -> None:
    bare = replace(
        FACTS, works=0, by_medium={}, by_split={}, ratings=0, pairs={}, pairs_dropped={}, excluded={}, licences={},
        parts={"works": []}, shards={}, quality=quality([], []),
    )  # fmt: skip
    few = replace(FACTS, quality=quality([work(0), work(1)], []))

    assert "There are no ratings in this release" in drawn(bare)
    assert "configs" not in head_of(drawn(bare))
    assert "There are no ratings in this release" in drawn(few)


def test_words_of_others_are_shown_letter_by_letter() -> None:
    text = drawn(replace(FACTS, title=HOSTILE, contact=HOSTILE, licences={HOSTILE: 1}))
    usual = MarkdownIt("gfm-like", {"linkify": False}).render(drawn(FACTS).split("---\n", 2)[2])

    shown = MarkdownIt("gfm-like", {"linkify": False}).render(text.split("---\n", 2)[2])

    for mark in ("<a ", "<img ", "<h1", "<h2", "<hr", "<strong", "<code"):
        assert shown.count(mark) == usual.count(mark), mark
    assert "@everyone" in shown
    assert "@everyone" not in text.split("---\n", 2)[2]
    assert head_of(text)["license"] == "cc-by-4.0"


@given(st.text(max_size=60))
def test_escaped_words_are_one_paragraph_of_plain_text(typed: str) -> None:
    (opened, inline, closed) = MarkdownIt("gfm-like", {"linkify": False}).parse(f"It is {escaped(typed)} indeed")

    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}


def test_a_citation_cannot_be_broken_out_of() -> None:
    entry = citation(replace(FACTS, title="}, author = {me}} ``` \\input{x} 狐狸"))

    assert entry.count("{") == entry.count("}") == 5
    assert "`" not in entry
    assert "\\" not in entry
    assert "狐狸" in entry


def test_charts_are_the_same_bytes_for_the_same_figures_and_say_nothing_else() -> None:
    first, second = CHARTS, tuple(charts(quality(*community(works=120, raters=12))))

    assert [chart.name for chart in first] == ["raters.png", "scores.png", "agreement.png"]
    assert [chart.png for chart in first] == [chart.png for chart in second]
    for chart in first:
        assert Image.open(io.BytesIO(chart.png)).info.keys() <= {"dpi"}


def test_the_words_for_a_chart_tell_its_figures() -> None:
    raters, scores, agreement = (chart.alt for chart in CHARTS)

    assert f"{FIGURES.coverage.works_by_raters[0]} with 0" in raters
    assert f"{FIGURES.scores.median:.2f}" in scores
    assert f"overall {next(one.ordinal for one in FIGURES.agreements if one.axis is Axis.OVERALL):.2f}" in agreement


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_words(reason: Reason) -> None:
    assert REASONS[reason] in drawn(replace(FACTS, excluded={reason: 1}))
