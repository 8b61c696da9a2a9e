"""`python -m bot.studio`: a studio without a bot in it, for a bot to connect to."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from bot.studio import Studio, StudioSettings
from bot.studio.archive import ArchiveError
from bot.studio.guard import is_open


async def _serve(host: str, port: int, settings: StudioSettings, archive: Path | None) -> None:
    async with Studio.open(host=host, port=port, settings=settings, archive=archive) as studio:
        addresses = f"page     {studio.page_url}\napi      {studio.api_url}\ngateway  {studio.gateway_url}"
        # Whoever started it through a pipe waits for these lines.
        print(addresses, flush=True)
        if is_open(host):
            print("Warning: whoever reaches this machine may be anybody in this studio.", file=sys.stderr, flush=True)
        ended = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
        await ended.wait()


def main() -> None:
    """Reads the arguments and serves until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m bot.studio", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--token", help="the only bot token to accept (any, when left out)")
    parser.add_argument("--archive", type=Path, help="the file that keeps what stands there (nothing, when left out)")
    asked = parser.parse_args()
    settings = StudioSettings(token=asked.token)
    try:
        asyncio.run(_serve(asked.host, asked.port, settings, asked.archive))
    except ArchiveError as error:
        parser.exit(1, f"{error}.\n")
    except OSError as error:
        parser.exit(1, f"Port {asked.port} on {asked.host} cannot be opened: {error.strerror}.\n")


if __name__ == "__main__":
    main()
