"""A small community whose members differ in taste, for what needs many rows."""

import random
from collections.abc import Sequence
from dataclasses import replace

from storage.domain import Axis, Flag
from storage.release.values import ReleasedRating, ReleasedWork
from storage.scoring import Opinion, estimate
from tests.storage.release.rows import rating, work


def community(works: int, raters: int, seed: int = 1) -> tuple[Sequence[ReleasedWork], Sequence[ReleasedRating]]:
    chance = random.Random(seed)
    severities = [chance.gauss(0, 0.5) for _ in range(raters)]
    made, given = [], []
    for number in range(works):
        quality = chance.gauss(3.2, 0.8)
        seen = chance.sample(range(raters), min(raters, int(chance.expovariate(0.25))))
        rows = []
        for rater in seen:
            for axis in chance.sample(list(Axis), chance.choice((1, 1, 3))):
                stars = round(min(5, max(1, quality - severities[rater] + chance.gauss(0, 0.7))))
                one = rating(number, f"rater-{rater}", stars, axis=axis)
                rows.append(replace(one, flags=(Flag.BURST,), weight=0.4) if rater == 0 else one)
                if chance.random() < 0.1:
                    again = round(min(5, max(1, stars + chance.gauss(0, 0.5))))
                    rows.append(replace(rows[-1], stars=again, repeat=1))
        score = estimate([Opinion(stars=row.stars) for row in rows if not row.repeat])
        author = f"author-{int(chance.expovariate(0.2))}"
        one_work = replace(work(number, author=author), raters=len(seen), score=score.score)
        made.append(replace(one_work, low=score.low, high=score.high))
        given.extend(rows)
    return made, given
