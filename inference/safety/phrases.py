"""Of some phrases, the longest that begins at each place of a text.

An automaton of Aho and Corasick (1975) over phrases and text read backwards. At each place it is told of one phrase
alone: of phrases within phrases, such as 漢, 漢漢 and 漢漢漢, a text can hold many times as many as it has characters,
and whoever lists them all is held up for seconds. So the time is linear in the text, whatever the phrases are.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

NONE: Final = -1  # The number of no phrase.
_ALPHABET: Final = 0x11_0000  # Code points of Unicode.
_ROOT: Final = 0


class Phrases:
    """Built once, in time linear in their length together. Empty ones are found nowhere."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._lengths = [len(phrase) for phrase in phrases]
        self._steps: dict[int, int] = {}  # From a state by a character.
        self._ends = [NONE]  # Of each state, the phrase that it spells out.
        for number, phrase in enumerate(phrases):
            if phrase:
                self._add(number, phrase)
        self._retreats = [_ROOT] * len(self._ends)  # Of each state, the longest other that its end spells out.
        self._longest = list(self._ends)  # Of each state, the longest phrase that it ends with.
        self._shorter = [_ROOT] * len(self._ends)  # Of each state, the next one down that spells a phrase out.
        self._link()

    def longest_at_each(self, text: str) -> list[int]:
        """For each place the number of the longest phrase that begins there; `NONE` where none does."""
        return [self._longest[state] for state in self._states(text)][::-1]

    def all_at(self, place: int, text: str) -> Iterator[int]:
        """The numbers of all phrases that begin at a place, the longest first; of equal ones the first."""
        *_, state = self._states(text[place:])
        while state != _ROOT:
            if self._ends[state] != NONE:
                yield self._ends[state]
            state = self._shorter[state]

    def length_of(self, number: int) -> int:
        return self._lengths[number]

    def _add(self, number: int, phrase: str) -> None:
        state = _ROOT
        for character in reversed(phrase):
            state = self._steps.setdefault(state * _ALPHABET + ord(character), len(self._ends))
            if state == len(self._ends):
                self._ends.append(NONE)
        if self._ends[state] == NONE:
            self._ends[state] = number

    def _link(self) -> None:
        """By breadth: what a state falls back to is shorter, and so is linked already."""
        following: dict[int, list[tuple[int, int]]] = {}
        for step, to in self._steps.items():
            state, character = divmod(step, _ALPHABET)
            following.setdefault(state, []).append((character, to))
        waiting = deque([_ROOT])
        while waiting:
            state = waiting.popleft()
            for character, to in following.get(state, ()):
                waiting.append(to)
                if state == _ROOT:
                    continue
                retreat = self._step(self._retreats[state], character)
                self._retreats[to] = retreat
                self._shorter[to] = retreat if self._ends[retreat] != NONE else self._shorter[retreat]
                if self._ends[to] == NONE:
                    self._longest[to] = self._longest[retreat]

    def _step(self, state: int, character: int) -> int:
        while (to := self._steps.get(state * _ALPHABET + character)) is None:
            if state == _ROOT:
                return _ROOT
            state = self._retreats[state]
        return to

    def _states(self, text: str) -> Iterator[int]:
        """The state at each place, from the last to the first."""
        state = _ROOT
        for character in reversed(text):
            state = self._step(state, ord(character))
            yield state
