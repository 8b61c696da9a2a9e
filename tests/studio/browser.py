"""The studio's page in Debian's Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.studio import Studio

CHROMIUM = Path("/usr/bin/chromium")
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Debian's Chromium is not installed at {CHROMIUM}")


@asynccontextmanager
async def opened_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        await launched.close()


@asynccontextmanager
async def opened_page(browser: Browser, studio: Studio) -> AsyncIterator[Page]:
    """A page of Ada's that stays within the studio and logs no error."""
    opened = await browser.new_page()
    strayed: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda request: strayed.append(request.url) if studio.page_url not in request.url else None)
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    await opened.goto(studio.page_url)
    yield opened
    await opened.close()
    assert [url for url in strayed if not url.startswith("ws://127.0.0.1")] == []
    assert errors == []


async def form_of(page: Page, command: str) -> Locator:
    """Chooses a command with the keyboard alone; its form, open."""
    composer = page.get_by_role("combobox", name="Message, or / for commands")
    await composer.fill(f"/{command}")
    await expect(page.get_by_role("option").first).to_be_visible()
    await composer.press("Enter")
    return page.get_by_role("form", name=f"/{command}")


async def call(page: Page, command: str, **options: str) -> None:
    """Calls a command with its options filled in."""
    form = await form_of(page, command)
    for name, value in options.items():
        await form.get_by_label(name).fill(value)
    await form.get_by_role("button", name="Send").click()
