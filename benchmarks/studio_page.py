"""The studio's page in Chromium: its first paint, scrolling through many messages, and how soon an edit is seen."""

import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from PIL import Image
from playwright.async_api import Browser, Page

from benchmarks.browser import CHROMIUM, opened_browser
from benchmarks.spread import Spread, percentile
from benchmarks.table import Table
from benchmarks.workplace import Workplace
from bot.studio import RELAXED, Studio, StudioSettings

MOST_NODES: Final = 300
LONGEST_FRAME_MS: Final = 50.0
PAINTED_WITHIN_MS: Final = 1000.0
EDITED_WITHIN_MS: Final = 50.0
_PIXELS_A_FRAME: Final = 150
_TITLE: Final = "The studio's page"
_TALK: Final = "the keeper of the lighthouse paints one storm after another and hangs them up to dry "

# Scrolls up from the newest message to the oldest, so many pixels a frame, and notes each frame and what stands there.
_SCROLL: Final = """async (pixels) => {
    const scroller = document.getElementById("scroller");
    const frames = [];
    let nodes = 0;
    let last = await new Promise(requestAnimationFrame);
    let resting = 0;
    while (resting < 30) {
        scroller.scrollTop -= pixels;
        resting = scroller.scrollTop === 0 ? resting + 1 : 0;
        const now = await new Promise(requestAnimationFrame);
        frames.push(now - last);
        last = now;
        nodes = Math.max(nodes, document.querySelectorAll(".message").length);
    }
    const first = document.querySelector(".message .text").textContent;
    return { frames, nodes, first };
}"""

# The time at which a text stands in the page and the frame after it has begun, by the clock of the machine (ms).
_SEEN: Final = """(text) => new Promise((resolve) => {
    const look = () => {
        if (!document.getElementById("log").textContent.includes(text)) return;
        watching.disconnect();
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
            port2.postMessage(null);
        });
    };
    const watching = new MutationObserver(look);
    watching.observe(document.getElementById("log"), { childList: true, subtree: true, characterData: true });
})"""

_PAINTED: Final = """() => new Promise((resolve) => {
    const told = (entries) => entries.find((each) => each.name === "first-contentful-paint")?.startTime;
    new PerformanceObserver((list) => told(list.getEntries()) && resolve(told(list.getEntries())))
        .observe({ type: "paint", buffered: true });
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """All in milliseconds but `nodes`, the most messages that stood in the page at once; of each scroll, its frames."""

    paints: Sequence[float]
    scrolls: Sequence[Sequence[float]]
    nodes: int
    edits: Sequence[float]


async def run(workplace: Workplace, *, is_quick: bool) -> Table:
    if not CHROMIUM.exists():
        return Table(title=_TITLE, ran=f"Not measured: {CHROMIUM} is missing.", columns=("",), rows=())
    messages, edits, repetitions = (200, 10, 1) if is_quick else (1000, 100, 5)
    workplace.say(f"the studio's page: {messages} messages, {edits} edits")
    async with opened_browser() as browser:
        figures = await measured(browser, messages=messages, edits=edits, repetitions=repetitions)
    return table(figures, messages=messages)


async def measured(browser: Browser, *, messages: int, edits: int, repetitions: int) -> PageFigures:
    """What a browser sees of a studio with so many messages. Raises what Playwright raises."""
    async with (
        Studio.open(port=0, settings=StudioSettings(rate_limits=RELAXED)) as studio,
        aiohttp.ClientSession(headers={"Authorization": "Bot any"}) as bot,
    ):
        await _furnish(studio, bot, messages)
        paints = [await _first_paint(browser, studio) for _ in range(repetitions)]
        page = await browser.new_page()
        await page.goto(studio.page_url)
        await page.locator(".message").first.wait_for()
        edited = [await _edit(studio, bot, page, number) for number in range(edits)]
        scrolls = [await _scroll(page) for _ in range(repetitions)]
        await page.close()
        return PageFigures(
            paints=paints,
            scrolls=[frames for frames, _ in scrolls],
            nodes=max(nodes for _, nodes in scrolls),
            edits=edited,
        )


async def _scroll(page: Page) -> tuple[Sequence[float], int]:
    """From a fresh page to the oldest message: its frames (ms), and the most messages that stood in the page."""
    await page.reload()
    await page.locator(".message").first.wait_for()
    scrolled = await page.evaluate(_SCROLL, _PIXELS_A_FRAME)
    if "number 0 " not in scrolled["first"]:
        raise RuntimeError(f"the scroll ended before the oldest message, at {scrolled['first']!r}")
    return scrolled["frames"], scrolled["nodes"]


async def _furnish(studio: Studio, bot: aiohttp.ClientSession, count: int) -> None:
    """Members who talk, and a bot that answers with pictures, buttons and reactions."""
    address = f"{studio.api_url}/channels/{studio.channel().id}/messages"
    people = [studio.person(slug) for slug in ("ada", "mira", "lin")]
    for number in range(count):
        text = f"number {number} {_TALK[: 20 + number % 60] * (1 + number % 3)}"
        if number % 3:
            said = await people[number % 3].say(text)
        else:
            async with bot.post(address, data=_work(text, number)) as response:
                response.raise_for_status()
                said = studio.messages()[-1]
        if number % 5 == 0:
            await people[number % 3].react(said, "5️⃣")


def _work(text: str, number: int) -> aiohttp.FormData:
    file = io.BytesIO()
    Image.new("RGB", (256, 256), (number % 256, 128, 90)).save(file, "PNG")
    buttons = [
        {"type": 2, "style": 2, "label": label, "custom_id": f"{label}:{number}"} for label in ("Again", "Remix")
    ]
    form = aiohttp.FormData()
    payload = {"content": f"**Picture** · {text}", "components": [{"type": 1, "components": buttons}]}
    form.add_field("payload_json", json.dumps(payload))
    form.add_field("files[0]", file.getvalue(), filename="picture.png", content_type="image/png")
    return form


async def _first_paint(browser: Browser, studio: Studio) -> float:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(studio.page_url, wait_until="commit")
    painted: float = await page.evaluate(_PAINTED)
    await context.close()
    return painted


async def _edit(studio: Studio, bot: aiohttp.ClientSession, page: Page, number: int) -> float:
    """From just before the bot sends the request to the first frame that shows it."""
    message = [each for each in studio.messages() if each.author_id == studio.world.bot.id][-1]
    text = f"edit {number} of them"
    seen = await page.evaluate_handle(f"(text) => {{ window.seen = ({_SEEN})(text); }}", text)
    address = f"{studio.api_url}/channels/{message.channel_id}/messages/{message.id}"
    began = time.time()
    async with bot.patch(address, json={"content": text}) as response:
        response.raise_for_status()
    ended: float = await page.evaluate("window.seen")
    await seen.dispose()
    return ended - 1000 * began


def table(figures: PageFigures, *, messages: int) -> Table:
    edit, paint = Spread.of(figures.edits), Spread.of(figures.paints)
    longest = Spread.of([max(frames) for frames in figures.scrolls])
    frames = [frame for scroll in figures.scrolls for frame in scroll]
    rows = [
        ("first paint, ms", paint.shown(0), f"within {PAINTED_WITHIN_MS:.0f}", _met(paint.median < PAINTED_WITHIN_MS)),
        ("edit on screen, ms", edit.shown(), f"within {EDITED_WITHIN_MS:.0f}", _met(edit.median < EDITED_WITHIN_MS)),
        (
            "longest frame of a scroll, ms",
            longest.shown(0),
            f"below {LONGEST_FRAME_MS:.0f}",
            _met(longest.median < LONGEST_FRAME_MS),
        ),
        ("99th percentile of all frames, ms", f"{percentile(frames, 99):.1f}", "", ""),
        (
            "messages that stand in the page",
            str(figures.nodes),
            f"below {MOST_NODES}",
            _met(figures.nodes < MOST_NODES),
        ),
    ]
    return Table(
        title=_TITLE,
        ran=(
            f"A studio with {messages} messages, a third of them with a picture and buttons, in Chromium without "
            f"a window. The first paint over {len(figures.paints)} visits without a cache. {len(figures.edits)} edits "
            "of the newest message, each from just before the bot's request to the first frame that shows it. "
            f"{len(figures.scrolls)} scrolls of {_PIXELS_A_FRAME} pixels a frame from the newest message to the "
            "oldest, while older ones are fetched and drawn. Medians, with the extremes in brackets."
        ),
        columns=("", "measured", "aim", ""),
        rows=rows,
    )


def _met(is_met: bool) -> str:
    return "reached" if is_met else "missed"
