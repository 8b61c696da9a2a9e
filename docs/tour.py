"""`python -m docs.tour`: photographs the studio for the README, with the real bot and the starter models in it.

Writes three pictures and one recording into `docs/images`. Needs Chromium.
"""

import asyncio
import io
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Self

import typer
from PIL import Image
from playwright.async_api import Browser, Locator, Page, ViewportSize
from rich.console import Console

from benchmarks.browser import opened_browser
from benchmarks.processes import spawned
from benchmarks.workplace import Workplace

IMAGES: Final = Path(__file__).parent / "images"
LARGEST_BYTES: Final = 5_000_000
_WIDE: Final[ViewportSize] = {"width": 1100, "height": 820}
_PHONE: Final[ViewportSize] = {"width": 390, "height": 780}
_PATIENCE_MS: Final = 180_000
_FRAME_SECONDS: Final = 0.15
_LAST_FRAME_MS: Final = 2500
_TYPING_MS: Final = 45
_STORY: Final = "a lighthouse keeper who paints storms"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def tour(out: Annotated[Path, typer.Option(help="The folder to write into.")] = IMAGES) -> None:
    """Photograph the studio for the README."""
    out.mkdir(parents=True, exist_ok=True)
    asyncio.run(_tour(out))


async def _tour(out: Path) -> None:
    workplace = await Workplace.prepared(Console(stderr=True))
    async with AsyncExitStack() as stack:
        data = stack.enter_context(workplace.data_folder())
        address = await stack.enter_async_context(_served(data))
        browser = await stack.enter_async_context(opened_browser())
        await _record(browser, address, out / "studio.webp")
        await _photograph_works(browser, address, out / "studio.png")
        await _photograph_form(browser, address, out / "commands.png")
        await _photograph_phone(browser, address, out / "phone.png")


@asynccontextmanager
async def _served(data: Path) -> AsyncIterator[str]:
    """The bot with a studio of its own, over a data folder; the address of its page."""
    settings = {"ATELIER_DATA_DIR": str(data), "ATELIER_STUDIO_PORT": "0", "ATELIER_METRICS_PORT": "off"}
    async with spawned("bot", "db", "upgrade", cwd=data, env=settings) as upgrade:
        await upgrade.wait()
    async with spawned("bot", "run", cwd=data, env=settings, is_logging=True) as bot:
        address = await _address_of(bot)
        listening = asyncio.create_task(_listen(bot))
        try:
            yield address
        finally:
            listening.cancel()


async def _address_of(bot: Process) -> str:
    """What `atelier run` says where there is no token."""
    assert bot.stderr is not None
    async for line in bot.stderr:
        address = next((word for word in line.decode().split() if word.startswith("http://")), None)
        if address is not None:
            return address
    raise RuntimeError("the bot ended before it said where its page is")


async def _listen(bot: Process) -> None:
    """Lets the bot log on: a full pipe would hold it up."""
    assert bot.stderr is not None
    while await bot.stderr.readline():
        continue


# What a person does


@asynccontextmanager
async def _visit(
    browser: Browser, address: str, *, person: str, colours: str, size: ViewportSize
) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=size, color_scheme="dark" if colours == "dark" else "light")
    await context.add_init_script("localStorage.setItem('hint', '\"closed\"')")
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    await page.goto(f"{address}#{person}/")
    # The bot has put its commands up once they can be picked.
    await page.locator("#composer-input").fill("/")
    await page.locator(".suggestion").first.wait_for()
    await page.locator("#composer-input").fill("")
    yield page
    await context.close()


async def _call(page: Page, command: str, prompt: str, *options: tuple[str, str], is_sent: bool = True) -> None:
    """Types a command, its first option, and optional ones by name, as a person does."""
    await page.locator("#composer-input").click()
    for text, key in ((f"/{command}", "Enter"), (prompt, "Tab")):
        await page.keyboard.type(text, delay=_TYPING_MS)
        await page.keyboard.press(key)
    for name, value in options:
        await page.keyboard.type(name, delay=_TYPING_MS)
        await page.keyboard.press("Enter")
        await page.keyboard.type(value, delay=_TYPING_MS)
        await page.keyboard.press("Tab")
    if is_sent:
        await page.keyboard.press("Enter")


def _finished(page: Page, words: str) -> Locator:
    """The last work that came of these words, once it can be rated."""
    return page.locator(".message").filter(has_text=words).filter(has=page.locator(".reaction")).last


async def _rate(work: Locator, stars: str) -> None:
    await work.locator(".reaction").filter(has_text=stars).click()


# What is kept of it


class _Film:
    """Frames of a page, each with the time for which it stands."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[bytes, float]] = []
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._running is not None
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            began = time.monotonic()
            frame = await self._page.screenshot(type="png", animations="allow", caret="initial")
            if not self._frames or self._frames[-1][0] != frame:
                self._frames.append((frame, began))
            await asyncio.sleep(max(0.0, _FRAME_SECONDS - (time.monotonic() - began)))

    def save(self, path: Path) -> None:
        """As an animated WebP; RuntimeError where it is larger than a README should load."""
        pictures = [Image.open(io.BytesIO(frame)).convert("RGB") for frame, _ in self._frames]
        path.write_bytes(_woven(pictures, [began for _, began in self._frames]))
        if path.stat().st_size > LARGEST_BYTES:
            raise RuntimeError(f"{path} has {path.stat().st_size} bytes")


def _woven(pictures: Sequence[Image.Image], began: Sequence[float]) -> bytes:
    durations = [round(1000 * (after - before)) for before, after in pairwise(began)]
    file = io.BytesIO()
    pictures[0].save(
        file,
        "WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=[*durations, _LAST_FRAME_MS],
        loop=0,
        quality=70,
        method=4,
    )
    return file.getvalue()


async def _record(browser: Browser, address: str, path: Path) -> None:
    """A newcomer has something drawn, watches it come, and says how good it is."""
    async with _visit(browser, address, person="ada", colours="dark", size=_WIDE) as page:
        async with _Film(page) as film:
            await _call(page, "imagine", "an ambulance", ("count", "2"))
            work = _finished(page, "an ambulance")
            await work.wait_for()
            await work.get_by_text("5️⃣").wait_for()
            await _rate(work, "5️⃣")
            await _dismiss_all(page)
            await page.wait_for_timeout(_LAST_FRAME_MS)
        film.save(path)


async def _photograph_works(browser: Browser, address: str, path: Path) -> None:
    """A story and pictures, with ratings by several people."""
    async with _visit(browser, address, person="lin", colours="dark", size=_WIDE) as page:
        await _rate(_finished(page, "an ambulance"), "4️⃣")
    async with _visit(browser, address, person="mira", colours="dark", size=_WIDE) as page:
        await _call(page, "write", _STORY, ("genre", "Story"), ("length", "60"))
        await _finished(page, _STORY).wait_for()
        await _call(page, "imagine", "a hamburger", ("count", "4"))
        work = _finished(page, "a hamburger")
        await work.wait_for()
        await work.get_by_text("5️⃣").wait_for()
        await _dismiss_all(page)
        await work.scroll_into_view_if_needed()
        await _photograph(page, path)


async def _photograph_form(browser: Browser, address: str, path: Path) -> None:
    """A command half filled in, with what may be added."""
    async with _visit(browser, address, person="ada", colours="light", size=_WIDE) as page:
        await _dismiss_all(page)
        await _call(page, "imagine", "a school", ("count", "4"), is_sent=False)
        await _photograph(page, path)


async def _photograph_phone(browser: Browser, address: str, path: Path) -> None:
    """The same on a phone, for somebody who reads Chinese."""
    async with _visit(browser, address, person="lin", colours="light", size=_PHONE) as page:
        await _rate(_finished(page, "a hamburger"), "5️⃣")
        await page.wait_for_timeout(_LAST_FRAME_MS)
        await _photograph(page, path)


async def _dismiss_all(page: Page) -> None:
    """Takes away what only this person sees."""
    dismiss = page.get_by_role("button", name="Dismiss message")
    while await dismiss.count():
        await dismiss.first.click()


async def _photograph(page: Page, path: Path) -> None:
    await page.mouse.move(0, 0)
    await page.screenshot(path=path)


if __name__ == "__main__":
    app(prog_name="python -m docs.tour")
