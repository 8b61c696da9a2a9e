"""Who can be named by what everybody sees: the names, the days and the figures of a release."""

import json
from datetime import date
from pathlib import Path

from inference.contract.identifiers import MessageId
from storage import Storage
from storage.domain import Axis, Preference, Side, Via
from storage.release.identification import identification, told
from storage.release.manifest import head_of
from storage.release.verification import first_faults
from tests.storage.release.server import accept, agree, decide, released
from tests.storage.release.test_making import rows
from tests.storage.works import ANNA, BEN, CLEO, after, created


async def reacted(storage: Storage, spool: Path, out: Path) -> list[int]:
    """Four works: to the first three members react, of the fourth and the third they speak in private."""
    await agree(storage, ANNA, BEN, CLEO)
    works = [
        await created(storage, spool, number, content=f"Fox {number}.", prompt=f"fox {number}")
        for number in range(1, 5)
    ]
    await accept(storage, *works)
    for message, member, stars in ((1, BEN, 5), (1, CLEO, 5), (2, BEN, 3), (2, CLEO, 2), (3, BEN, 4)):
        await storage.ratings.react(MessageId(message), member, stars, at=after(70))
    for work in works[2:]:
        await storage.ratings.say(work.id, BEN, {Axis.BEAUTY: 2}, via=Via.FORM, at=after(80), remark="dull")
    left, right = (Side(creation=work.id, part=0) for work in works[:2])
    await decide(storage, BEN, left, right, Preference.LEFT)
    await released(storage, out)
    return [work.id for work in works]


async def test_what_is_public_and_what_is_private_share_no_name(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await reacted(storage, spool, tmp_path / "out")

    ratings, pairs = rows(tmp_path / "out", "ratings"), rows(tmp_path / "out", "pairs")

    public = {row["rater"] for row in ratings if row["via"] == "reaction"}
    private = {row["rater"] for row in ratings if row["via"] != "reaction"}
    assert (len(public), len(private)) == (2, 1)
    assert public.isdisjoint(private)
    assert {row["rater"] for row in pairs if row["source"] == "duel"} == private


async def test_a_work_under_which_a_reaction_stands_has_nothing_private_of_that_member(
    storage: Storage, spool: Path, tmp_path: Path
) -> None:
    works = await reacted(storage, spool, tmp_path / "out")

    told = [(row["work"], row["remark"]) for row in rows(tmp_path / "out", "ratings") if row["via"] != "reaction"]

    assert told == [(works[3], "dull")]
    assert head_of(tmp_path / "out")["ratings_withheld"] == 1


async def test_no_row_has_a_time_or_an_exact_figure_of_its_rater(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await reacted(storage, spool, tmp_path / "out")

    ratings = rows(tmp_path / "out", "ratings")

    names = {"work", "rater", "axis", "stars", "rated_on", "via", "repeat", "remark"}
    assert {name for row in ratings for name in row} == names
    days = {row["via"]: row["rated_on"] for row in ratings}
    assert days == {"reaction": after(70).date(), "form": after(80).date().replace(day=1)}
    assert {type(day) for day in days.values()} == {date}


async def test_the_manifest_says_how_many_are_identified(storage: Storage, spool: Path, tmp_path: Path) -> None:
    await reacted(storage, spool, tmp_path / "out")

    figures = json.loads(json.dumps(head_of(tmp_path / "out")["identification"]))

    shares = figures["public_names_identified"]
    assert (figures["public_names"], figures["private_names"]) == (2, 1)
    # Of one's three reactions, one is as another's; of the other's two, one is. Any two tell them apart.
    assert 0.4 < shares["1"] < 0.8
    assert (shares["2"], shares["3"]) == (1.0, 1.0)
    assert set(figures["private_names_identified"].values()) == {0.0}
    assert figures == identification(tmp_path / "out")
    assert first_faults(tmp_path / "out") == []
    assert "2 names of reactions, 1 of private ratings" in told(figures)[0]
