"""What members of a simulated community think of its works: reactions, forms, repeats, duels; and their consents."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from benchmarks.bulk import FIRST_DAY, FIRST_MEMBER
from benchmarks.community.rows import Fields, Rows, message_of, moments
from benchmarks.community.taste import Taste
from benchmarks.community.works import SimulatedWork
from inference.contract.identifiers import ServerId
from storage.domain import Axis, Consent, Ground, Preference, Via

FIRST_DUEL: Final = 1
_BY_REACTION: Final = 0.7  # Of ratings; the others fill in the form.
_REPEATED: Final = 0.02
_REMARKED: Final = 0.05
_REMARKS: Final = ("lovely colours", "the hands are wrong", "made me laugh", "a bit dark", "灯塔很美", "more of this")
_FORM: Final = (Axis.BEAUTY, Axis.FIT, Axis.FLAWLESSNESS)
_DUELS: Final = 0.5  # Of what can be set against each other.
_TIE_WITHIN: Final = 0.15  # Stars.
# Of members, to their works and to their ratings; the others said no, or nothing.
_SAID_YES: Final = {Consent.WORKS: 0.9, Consent.RATINGS: 0.85}
_SAID_NO: Final = 0.05


def ratings_of(works: Sequence[SimulatedWork], taste: Taste, chance: np.random.Generator) -> Rows:
    """Rows of ratings, the reactions that some come from, repeats and remarks."""
    tables: dict[str, list[Fields]] = {"ratings": [], "reactions": [], "repeats": [], "remarks": []}
    first = works[0].number
    authors = np.array([work.rater for work in works])
    which, raters = taste.raters_of(authors, chance)
    stars = taste.stars(which + first, raters, chance)
    ways = chance.random(len(which))
    moments_of = {work.number: iter(moments(work.created_at, 64, chance)) for work in works}
    for work, rater, given, way in zip((works[one] for one in which), raters, stars, ways, strict=True):
        at = next(moments_of[work.number], work.created_at + timedelta(days=60))
        key = {"creation": work.number + 1, "member": FIRST_MEMBER + int(rater)}
        said = {"said_stars": None, "said_at": None, "said_via": None}
        if way < _BY_REACTION:
            rated = {"axis": Axis.OVERALL, "stars": int(given), "rated_at": at, "via": Via.REACTION}
            tables["ratings"].append({**key, **rated, **said})
            standing = {"message": message_of(work), "stars": int(given), "at": at, "is_standing": True}
            tables["reactions"].append({**key, **standing})
        else:
            tables["ratings"] += [_filled_in(key, axis, int(given), at, chance) for axis in _FORM]
            if chance.random() < _REMARKED:
                tables["remarks"].append({**key, "text": str(chance.choice(_REMARKS)), "said_at": at})
        if way < _REPEATED:
            tables["repeats"].append(_repeat(key, work, int(rater), int(given), at, taste, chance))
    return tables


def _filled_in(key: Fields, axis: Axis, given: int, at: object, chance: np.random.Generator) -> Fields:
    stars = int(np.clip(given + chance.integers(-1, 2), 1, 5))
    return {
        **key,
        "axis": axis,
        "stars": stars,
        "rated_at": at,
        "via": Via.FORM,
        "said_stars": stars,
        "said_at": at,
        "said_via": Via.FORM,
    }


def _repeat(
    key: Fields, work: SimulatedWork, rater: int, given: int, at: object, taste: Taste, chance: np.random.Generator
) -> Fields:
    """The rating that stands is the later one; this is what was said before."""
    earlier = taste.stars(np.array([work.number]), np.array([rater]), chance)[0]
    return {
        **key,
        "axis": Axis.OVERALL,
        "first_stars": int(earlier),
        "first_at": work.created_at,
        "stars": given,
        "at": at,
    }


def duels_of(
    works: Sequence[SimulatedWork], server: ServerId, taste: Taste, chance: np.random.Generator
) -> Sequence[Fields]:
    """Between the pictures of a set, and between neighbours of one medium that have the same prompt."""
    rows = []
    for left, right in [*((work, work) for work in works if len(work.pictures) > 1), *pairwise(works)]:
        is_set = left is right
        if not is_set and (left.prompt != right.prompt or left.medium is not right.medium):
            continue
        if chance.random() > _DUELS:
            continue
        rater = int(chance.choice(len(taste.severity), p=taste.activity))
        if rater in (left.rater, right.rater):
            continue
        difference = chance.normal(0.0 if is_set else taste.quality[left.number] - taste.quality[right.number], 0.6)
        rows.append(
            {
                "server": server,
                "member": FIRST_MEMBER + rater,
                "ground": Ground.PROMPT,
                "left_work": left.number + 1,
                "left_part": 0,
                "right_work": right.number + 1,
                "right_part": 1 if is_set else 0,
                "asked_at": right.created_at + timedelta(hours=1),
                "preference": _preference(float(difference)),
                "decided_at": right.created_at + timedelta(hours=1, seconds=20),
            }
        )
    return rows


def _preference(difference: float) -> Preference:
    if abs(difference) < _TIE_WITHIN:
        return Preference.TIE
    return Preference.LEFT if difference > 0 else Preference.RIGHT


def consents_of(members: int, server: ServerId, chance: np.random.Generator) -> Sequence[Fields]:
    """What each member said to each question, in the wording of today."""
    from bot.features.privacy.consent import WORDINGS

    rows = []
    for consent, share in _SAID_YES.items():
        for member, said in enumerate(chance.random(members)):
            if said < share + _SAID_NO:
                rows.append(
                    {
                        "server": server,
                        "member": FIRST_MEMBER + member,
                        "consent": consent,
                        "at": FIRST_DAY + timedelta(minutes=member),
                        "is_given": bool(said < share),
                        "wording": WORDINGS[consent],
                        "locale": "zh-CN" if member % 3 == 0 else "en-US",
                    }
                )
    return rows
