"""`atelier release push`: a release on its way to the hub, as a bar on the host's terminal."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bot.settings import Settings

if TYPE_CHECKING:
    from storage.release.push import Sent


def shown_push(
    settings: Settings,
    release: Path,
    repository: str,
    *,
    is_public: bool,
    verify: Callable[[Path], Sequence[str]],
    console: Console,
) -> None:
    """Bring a release to a repository of the hub, with the host's token. Raises what `push` raises."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    from storage.release.push import Destination, push

    disable_progress_bars()  # Ours is one bar for all.
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    destination = Destination(repository=repository, token=token, endpoint=settings.hf_endpoint, is_public=is_public)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(f"sending to {repository}", total=None)

        def show(sent: "Sent") -> None:
            bars.update(bar, completed=sent.bytes, total=sent.of_bytes)

        done = push(release, destination, verify=verify, progress=show)
    where = "for all to see" if done.is_public else "in private"
    what = f"sent {done.files:,} files, {done.bytes:,} bytes" if done.files else "was there already"
    console.print(f"{repository} v{done.version}: {what}; it stands there {where}", highlight=False, soft_wrap=True)
