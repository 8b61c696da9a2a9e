"""A release's README.md: what a researcher asks before using a dataset, answered from the release itself.

The questions are those of Gebru et al., *Datasheets for Datasets* (Communications of the ACM 64, 2021). The head is
the hub's, so that `datasets` finds every part by its name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from inference.contract.mediums import Medium
from storage.domain import Axis, Flag
from storage.release.charts import AXIS_NAMES, Chart
from storage.release.pairs import LEAST_MARGIN, LEAST_RATERS, MOST_WORKS_A_PROMPT, Dropped
from storage.release.quality import LEAST_REPEATS, LEAST_WORKS, Lack, Quality
from storage.release.values import LICENCE, PairSource, Reason, Split

_TEMPLATE: Final = Path(__file__).with_name("card.md.jinja")
_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_SIZE_NAMES: Final = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")
_JOBS: Final = {Medium.TEXT: "text-generation", Medium.IMAGE: "text-to-image"}
_TAGS: Final = ("art", "community", "dpo", "human-feedback", "preferences", "ratings", "synthetic")
REASONS: Final = {
    Reason.UNDECIDED: "no curator had decided about it",
    Reason.REJECTED: "curators rejected it",
    Reason.NO_CONSENT: "its author did not agree",
    Reason.WITHDRAWN: "its author withdrew",
    Reason.HIDDEN: "moderators hid it",
    Reason.HELD: "all its pictures are held back as unsafe",
    Reason.REPORTED: "it was reported, and no moderator had decided",
    Reason.CHOICE_OPEN: "its author had not picked one of the variants",
    Reason.WORDS_ERASED: "its prompt was another member's, who is erased",
    Reason.PARENT_WITHOUT_CONSENT: "it comes from a work whose author did not agree",
    Reason.FROM_UPLOAD: "it began with a file that a member gave",
    Reason.LICENCE_FORBIDS: "the licence of a model that made it forbids it",
    Reason.LICENCE_UNKNOWN: "the licence of a model that made it is not known any more",
    Reason.FILE_LOST: "its file was lost",
    Reason.CROSSES_SPLITS: "it would tie two splits together",
}
_DROPPED: Final = {
    Dropped.NOT_RELEASED: "one of the two is not in the release",
    Dropped.NO_CONSENT: "the member who chose did not agree to have it released",
    Dropped.MEDIUMS_DIFFER: "a text against a picture",
    Dropped.SPLITS_DIFFER: "the two are in different splits",
    Dropped.SEVERAL_FILES: "the rating does not tell which of several pictures it is of",
    Dropped.CROWDED_OUT: "enough others of the same prompt have more raters",
    Dropped.NOT_APART: "the ratings do not tell which is better",
}
_FLAGS: Final = {
    Flag.BURST: "rated too fast to have looked",
    Flag.ONE_SCORE: "nearly always gave the same stars",
    Flag.MUTUAL_PRAISE: "praise one another more than others do",
}
_LACKS: Final = {Lack.TOO_FEW: "too few", Lack.ONE_VALUE: "all the same"}
# What Markdown, HTML or the hub would make something of, in words that people typed.
_MEANT: Final = re.compile(r"[\\`*_{}\[\]<>|~#!$^&@]|:(?=//)")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_NOT_IN_BIBTEX: Final = re.compile(r"[^\w .,;:()'-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the card tells. The counts are of the release as it was written."""

    title: str  # As the host typed it.
    version: int
    as_of: datetime  # The newest fact in it.
    works: int
    by_medium: Mapping[Medium, int]
    by_split: Mapping[Split, int]
    ratings: int  # Rows.
    ratings_left_out: int  # Of raters who did not agree.
    ratings_withheld: int  # Said in private of a work to which the same member reacts.
    raters_in_several_splits: int  # Names.
    identification: Mapping[str, Any]  # As `identification` has it.
    shards: Mapping[str, Sequence[Split]]  # By kind, the splits that have any.
    pairs: Mapping[PairSource, int]
    pairs_dropped: Mapping[Dropped, int]
    excluded: Mapping[Reason, int]
    included: frozenset[Reason]  # What the host let in all the same.
    licences: Mapping[str, int]  # Of models, by works.
    is_split_by_author: bool
    tombstones: int
    languages: Sequence[str]  # Of the works, such as "en".
    parts: Mapping[str, Sequence[Split]]  # By config, those that have rows: data/<config>/<split>-*.parquet.
    contact: str  # How to reach the host, as the host typed it; empty: not told.
    quality: Quality


def card(facts: CardFacts, charts: Sequence[Chart], folder: str = "card") -> str:
    """The README.md. `folder`: where in the release the charts stand. Equal facts give an equal card."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 -- It is Markdown and not HTML; `finalize` takes the place of escaping.
        finalize=_shown,
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        facts=facts,
        quality=facts.quality,
        head=Safe(_head(facts)),
        citation=Safe(citation(facts)),
        charts={chart.name: Safe(f"![{escaped(chart.alt)}]({folder}/{chart.name})") for chart in charts},
        licence=LICENCE,
        axis_names=AXIS_NAMES,
        overall=Axis.OVERALL,
        reasons=REASONS,
        dropped=_DROPPED,
        flags=_FLAGS,
        lacks=_LACKS,
        least={
            "works": LEAST_WORKS,
            "repeats": LEAST_REPEATS,
            "margin": LEAST_MARGIN,
            "raters": LEAST_RATERS,
            "prompt": MOST_WORKS_A_PROMPT,
        },
        percent=_percent,
    )


class Safe(str):
    """Text that is ours, and goes into the card as it is."""

    __slots__ = ()


def escaped(text: str) -> str:
    """One line that Markdown shows letter by letter: no link, no picture, no heading, no HTML, no mention."""
    return _MEANT.sub(lambda found: f"&#{ord(found[0])};", _CONTROLS.sub(" ", text)).replace("www.", "www&#46;")


def citation(facts: CardFacts) -> str:
    """A BibTeX entry."""
    title = " ".join(_NOT_IN_BIBTEX.sub(" ", facts.title).split())
    year = facts.as_of.year
    return "\n".join(
        (
            f"@misc{{atelier_release_{year}_v{facts.version},",
            f"  title = {{{title}, version {facts.version}}},",
            f"  author = {{The members of {title}}},",
            f"  year = {{{year}}},",
            f"  note = {{{facts.works} works, {facts.ratings} ratings; {LICENCE}}}",
            "}",
        )
    )


def _head(facts: CardFacts) -> str:
    from huggingface_hub import DatasetCardData

    place = sum(facts.works >= size for size in _SIZES)
    configs = [
        {
            "config_name": name,
            "data_files": [
                {"split": split.value, "path": f"data/{name}/{split.value}-*.parquet"}
                for split in Split
                if split in splits
            ],
            **({"default": True} if name == "works" else {}),
        }
        for name, splits in facts.parts.items()
        if splits
    ]
    head = DatasetCardData(
        license=LICENCE.lower(),
        language=sorted(facts.languages) or None,
        task_categories=[_JOBS[medium] for medium in Medium if facts.by_medium.get(medium)],
        size_categories=[_SIZE_NAMES[place]],
        pretty_name=" ".join(_CONTROLS.sub(" ", facts.title).split()),
        tags=list(_TAGS),
        annotations_creators=["crowdsourced"],
        configs=configs or None,
    )
    return head.to_yaml()


def _shown(value: object) -> object:
    """Each value on its way into the card: whatever is not ours is escaped."""
    match value:
        case Safe():
            return value
        case str():
            return escaped(value)
        case bool() | None:
            raise TypeError(f"{value} is no figure")
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.2f}"
        case _:
            return escaped(str(value))


def _percent(share: float) -> Safe:
    return Safe(f"{100 * share:.0f}%")
