"""How side work comes to its end when the bot stops."""

import asyncio
from collections.abc import Collection


async def ended_within(works: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Give what is under way some time to end, and stop the rest: nothing is left behind when the bot has stopped."""
    if not works:
        return
    _, late = await asyncio.wait(works, timeout=seconds)
    for work in late:
        work.cancel()
    await asyncio.gather(*late, return_exceptions=True)
