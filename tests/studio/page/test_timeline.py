"""Long channels on the page: few messages stand in it, and one finds the way in them."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from benchmarks.studio_page import MOST_NODES, measured
from bot.studio import Studio
from bot.studio.entities import Message
from tests.studio.page.browser import messages, of_page, opened_page
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

MANY = 420
ABOVE_ALL = (700, 200)  # a place over the messages, away from what stands before them
TOP = "(each) => each.getBoundingClientRect().top"
COUNT = "document.querySelectorAll('.message').length"


@pytest_asyncio.fixture(loop_scope="session")
async def said(studio: Studio) -> list[Message]:
    people = [studio.person(slug) for slug in ("mira", "lin")]
    return [await people[number // 3 % 2].say(f"number {number}") for number in range(MANY)]


async def test_one_scrolls_from_the_newest_message_to_the_oldest(
    browser: Browser, studio: Studio, bot: SampleBot, said: list[Message]
) -> None:
    async with opened_page(browser, studio) as page:
        await expect(messages(page).last).to_contain_text(f"number {MANY - 1}")
        most = 0
        await page.mouse.move(*ABOVE_ALL)
        while not await page.get_by_text("number 0", exact=True).is_visible():
            await page.mouse.wheel(0, -2500)
            most = max(most, await page.evaluate(COUNT))
        await page.get_by_role("button", name="Jump to the newest").click()

        await expect(page.get_by_text(f"number {MANY - 1}", exact=True)).to_be_in_viewport()
        assert most < MOST_NODES


async def test_what_one_reads_keeps_its_place_while_others_write_and_edit(
    browser: Browser, studio: Studio, bot: SampleBot, said: list[Message]
) -> None:
    async with opened_page(browser, studio) as page:
        await page.mouse.move(*ABOVE_ALL)
        await page.mouse.wheel(0, -1500)
        newest = page.get_by_role("button", name="Jump to the newest")
        await expect(newest).to_be_visible()
        seen = page.get_by_text(f"number {MANY - 40}", exact=True)
        await seen.scroll_into_view_if_needed()
        before = await seen.evaluate(TOP)

        await studio.person("mira").react(said[MANY - 60], "👍")
        await studio.person("mira").say("later\nand\nlonger")

        await expect(newest).to_have_class("newest has-news")
        assert await seen.evaluate(TOP) == pytest.approx(before, abs=1)


async def test_a_quoted_message_that_lies_far_back_is_brought_into_view(
    browser: Browser, studio: Studio, bot: SampleBot, said: list[Message]
) -> None:
    await bot.studio_channel(studio.channel().id).get_partial_message(said[5].id).reply("back then")
    async with opened_page(browser, studio) as page:
        await page.get_by_role("button", name="@Lin number 5").click()

        await expect(page.locator(f"#message-{said[5].id}")).to_be_in_viewport()
        await expect(page.locator(f"#message-{said[5].id}")).to_be_focused()
        assert await page.evaluate(COUNT) < MOST_NODES


async def test_the_newest_stays_in_view_while_it_grows(studio: Studio, page: Page) -> None:
    mira = studio.person("mira")
    for number in range(40):
        await mira.say(f"line {number}\n" * 3)

    await expect(page.get_by_text("line 39").first).to_be_in_viewport()
    await expect(page.get_by_role("button", name="Jump to the newest")).not_to_be_visible()


async def test_the_page_is_measured(browser: Browser) -> None:
    figures = await measured(browser, messages=30, edits=2, repetitions=1)

    assert figures.nodes == 30
    assert len(figures.edits) == 2
    assert min(*figures.edits, *figures.paints, *figures.scrolls[0]) > 0
