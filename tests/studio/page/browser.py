"""The studio's page in Debian's Chromium, and what a person does there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from benchmarks.browser import CHROMIUM
from bot.studio import Studio

# Every test here runs in the loop of the one browser.
of_page: Final = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"Debian's Chromium is not installed at {CHROMIUM}"),
    pytest.mark.asyncio(loop_scope="session"),
]


@asynccontextmanager
async def opened_page(
    browser: Browser, studio: Studio, *, person: str = "ada", is_first_visit: bool = False, **options: Any
) -> AsyncIterator[Page]:
    """A person's page that stays within the studio and logs no error; `options` are those of a browser's context."""
    context = await browser.new_context(**options)
    if not is_first_visit:
        await context.add_init_script("localStorage.setItem('hint', '\"closed\"')")
    opened = await context.new_page()
    strayed: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda request: strayed.append(request.url) if studio.page_url not in request.url else None)
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    await opened.goto(f"{studio.page_url}#{person}/")
    await expect(opened.locator("#connection")).not_to_be_empty()
    yield opened
    await context.close()
    strayed = [url for url in strayed if not url.startswith("ws://127.0.0.1")]
    assert not strayed, strayed
    assert not errors, errors


def message_field(page: Page, channel: str = "studio") -> Locator:
    return page.get_by_role("textbox", name=f"Message #{channel}")


def messages(page: Page) -> Locator:
    return page.locator(".message")


async def form_of(page: Page, command: str) -> Locator:
    """Chooses a command with the keyboard alone; its form, open."""
    await message_field(page).fill(f"/{command}")
    await expect(page.get_by_role("option").first).to_be_visible()
    await page.keyboard.press("Enter")
    return page.get_by_role("form", name=f"/{command}", exact=True)


async def fill_in(form: Locator, **options: str) -> None:
    """Fills in options by name, bringing in those that are not in use yet."""
    for name, value in options.items():
        field = form.get_by_label(name, exact=True)
        if not await field.count():
            await bring_in(form, name)
        await field.fill(value)


async def bring_in(form: Locator, name: str) -> Locator:
    """Brings in an optional option by its name."""
    await form.get_by_role("combobox", name="optional").fill(name)
    await form.page.get_by_role("option", name=name).first.click()
    return form.get_by_label(name, exact=True)


async def call(page: Page, command: str, **options: str) -> None:
    """Calls a command with its options filled in."""
    form = await form_of(page, command)
    await fill_in(form, **options)
    await form.get_by_role("button", name="Send").click()


async def choose(page: Page, menu: Locator, *names: str) -> None:
    """Opens a menu and chooses entries by name; one of several is taken by leaving the menu."""
    await menu.click()
    for name in names:
        await page.get_by_role("option", name=name).click()
    if len(names) > 1:
        await page.keyboard.press("Escape")


async def tools_of(message: Locator) -> Locator:
    """The bar of actions that comes with the pointer."""
    await message.hover()
    return message.get_by_role("group", name="Actions")


async def menu_of(page: Page, message: Locator) -> Locator:
    """A message's own menu, open."""
    await (await tools_of(message)).get_by_role("button", name="More").click()
    return page.get_by_role("menu", name="More")
