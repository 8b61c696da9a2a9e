"""How far a release's ratings lead to who gave them: what anybody can do who saw a few reactions in a channel.

An attacker knows of one member k reactions: the works, the stars and the days. Names under which all of them stand are
candidates. Whoever is the only one is identified, and all ratings under that name with them. From there the attacker
looks for the same member's other name, under which duels, forms and remarks stand. Nobody can rate one work twice, so
names that share a work with the first one are ruled out; where one name alone is left, the two are linked.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any, Final, TypeAlias

from storage.domain import Via
from storage.release.reading import rows_of
from storage.release.values import Split

KNOWN: Final = (1, 2, 3)  # Reactions that somebody knows.
_DRAWS: Final = 50  # Of each name and number of reactions.
_DECIMALS: Final = 4
_COLUMNS: Final = ("work", "rater", "stars", "rated_on", "via")

_Fact: TypeAlias = tuple[int, int, date | None]  # Of a reaction: work, stars and day.


def identification(folder: Path) -> Mapping[str, Any]:
    """The figures, in the form in which the manifest has them. Equal ratings give equal figures. Raises `OSError`."""
    names = _Names()
    for split in Split:
        for row in rows_of(folder, "ratings", split, _COLUMNS):
            names.add(row)
    return {
        "public_names": len(names.reactions),
        "private_names": len(names.private),
        "public_names_identified": {str(known): names.identified(known) for known in KNOWN},
        "private_names_identified": {str(known): names.reached(known) for known in KNOWN},
        "private_names_linked": names.linked(),
    }


def told(figures: Mapping[str, Any]) -> Sequence[str]:
    """In words, for the host."""
    public, private = (figures[f"{kind}_names_identified"] for kind in ("public", "private"))
    counts = f"{figures['public_names']:,} names of reactions, {figures['private_names']:,} of private ratings"
    return (
        f"who can be named: {counts}",
        *(
            f"  known reactions: {known}; they lead to {_percent(public[known])} of the names of reactions,"
            f" {_percent(private[known])} of the private ones"
            for known in public
        ),
        f"  names of reactions that only one private name can belong to: {_percent(figures['private_names_linked'])}",
    )


class _Names:
    def __init__(self) -> None:
        self._public: defaultdict[_Fact, set[str]] = defaultdict(set)
        self._private: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self._raters: defaultdict[int, set[str]] = defaultdict(set)  # Private names, by work.
        self.reactions: defaultdict[str, list[_Fact]] = defaultdict(list)
        self.private: set[str] = set()

    def add(self, row: Mapping[str, Any]) -> None:
        name, work, stars = row["rater"], row["work"], row["stars"]
        if row["via"] == Via.REACTION.value:
            fact = (work, stars, row["rated_on"])
            self._public[fact].add(name)
            self.reactions[name].append(fact)
        else:
            self._private[work, stars].add(name)
            self._raters[work].add(name)
            self.private.add(name)

    def identified(self, known: int) -> float | None:
        """The share of names of reactions, 0 to 1, that so many reactions lead to; None: no name has as many."""
        return self._share(known, lambda facts: [self._public[fact] for fact in facts])

    def reached(self, known: int) -> float | None:
        """How often so many known reactions, taken for private ratings, stand under one private name alone."""
        return self._share(known, lambda facts: [self._private.get(fact[:2], set()) for fact in facts])

    def linked(self) -> float | None:
        """The share of names of reactions to which one private name alone can belong."""
        if not self.reactions or not self.private:
            return None
        ruled_out = (
            set[str]().union(*(self._raters.get(work, set()) for work, _, _ in facts))
            for facts in self.reactions.values()
        )
        alone = sum(len(self.private) - len(names) == 1 for names in ruled_out)
        return round(alone / len(self.reactions), _DECIMALS)

    def _share(self, known: int, names_of: Callable[[Sequence[_Fact]], Sequence[set[str]]]) -> float | None:
        """Averaged over names, each with a few draws of its reactions."""
        shares = []
        for facts in self.reactions.values():
            if len(facts) >= known:
                chance = random.Random(0)  # A sample, the same each time.
                draws = [names_of(chance.sample(facts, known)) for _ in range(_DRAWS)]
                shares.append(sum(len(set.intersection(*names)) == 1 for names in draws) / _DRAWS)
        return round(fmean(shares), _DECIMALS) if shares else None


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f}%"
