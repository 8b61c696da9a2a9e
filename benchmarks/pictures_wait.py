"""How long a member waits for the starter's pictures: from the command to the gallery."""

from collections.abc import Mapping, Sequence

from benchmarks.pictures import SETTINGS, drawn
from benchmarks.spread import Spread
from benchmarks.stage import Stage
from benchmarks.table import Table
from benchmarks.workplace import FAKE, Workplace


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    repetitions = 2 if is_quick else 10
    first, waits = [], {count: list[float]() for count in (1, 4)}
    async with Stage.open(workplace, model=FAKE, **SETTINGS) as stage:
        first.append(await drawn(stage, members=1, count=4, seed=0))
        for repetition in range(repetitions):
            workplace.say(f"waiting for pictures: {repetition + 1} of {repetitions}")
            for count, seconds in waits.items():
                seconds.append(await drawn(stage, members=1, count=count, seed=1 + repetition))
    return table(first, waits)


def table(first: Sequence[float], waits: Mapping[int, Sequence[float]]) -> Table:
    """Seconds: of the first gallery, which loads the models, and by the number of pictures."""
    named = {"4, the first after a start": first} | {str(count): seconds for count, seconds in waits.items()}
    return Table(
        title="Seconds from a prompt to its pictures",
        ran=(
            "`/imagine` with the starter model and its own steps, one after the other, of a bot that has nothing else "
            "to do: from the command to the gallery in its channel."
        ),
        columns=("pictures", "seconds"),
        rows=[(name, Spread.of(seconds).shown()) for name, seconds in named.items()],
        notes=(f"Median (least to most) of {len(waits[1])}.",),
    )
