"""The page for those who hear it, and for those who have a keyboard alone: axe finds nothing serious."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.studio import Studio
from tests.studio.page.browser import call, form_of, menu_of, message_field, messages, of_page, opened_page
from tests.studio.page.shows import EMBED, EMBED_FILES, EVERYTHING, EVERYTHING_FILES, show, show_new, tone
from tests.studio.page.test_components import FIELDS, opened
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}


async def found(page: Page) -> list[Any]:
    """What axe calls serious or worse, with the places."""
    answer = await Axe().run(page)
    return [
        (each["id"], each["impact"], [node["html"][:200] for node in each["nodes"]])
        for each in answer.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_axe_finds_nothing_serious_in_messages_of_every_kind(
    browser: Browser, studio: Studio, bot: SampleBot, colours: str, size: dict[str, int]
) -> None:
    async with opened_page(browser, studio, is_first_visit=True, color_scheme=colours, viewport=size) as page:
        await call(page, "whisper")
        await show(
            studio, {"content": "**hear** `code` <#1> ||hidden|| https://a.example/", "embeds": [EMBED]}, EMBED_FILES
        )
        sent = await show(studio, {}, {"tone.wav": tone(), "notes.zip": b"x"})
        await studio.person("mira").say(f"see {studio.person('ada').mention}\n> quote\n- one\n```x = 1```")
        await studio.person("ada").react(sent, "5️⃣")
        await show_new(studio, EVERYTHING, files=EVERYTHING_FILES)
        await expect(messages(page)).to_have_count(6)
        await messages(page).nth(3).hover()

        assert await found(page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_what_opens(
    browser: Browser, studio: Studio, bot: SampleBot, colours: str
) -> None:
    async with opened_page(browser, studio, color_scheme=colours) as page:
        await message_field(page).fill("/")
        picker = await found(page)
        form = await form_of(page, "write")
        await form.get_by_label("prompt", exact=True).fill("x")
        await form.get_by_role("combobox", name="optional").fill("gen")
        await page.keyboard.press("Enter")
        form_open = await found(page)
        await page.keyboard.press("Escape")
        await studio.person("mira").say("a work")
        menu = await menu_of(page, messages(page).first)
        menu_open = await found(page)
        await menu.get_by_role("menuitem", name="Add a reaction").click()
        emoji = await found(page)
        await page.keyboard.press("Escape")
        opened(studio, *FIELDS)
        await page.get_by_role("dialog").get_by_role("button", name="Submit").click()

        assert [picker, form_open, menu_open, emoji, await found(page)] == [[]] * 5


async def test_axe_finds_nothing_serious_at_the_gate_and_in_chinese(page: Page) -> None:
    await page.get_by_label("Lin").check()
    chinese = await found(page)
    await page.get_by_role("button", name="after-dark").click()
    await expect(page.get_by_role("heading", name="年龄限制频道")).to_be_visible()

    assert [chinese, await found(page)] == [[], []]


async def test_the_keyboard_alone_leads_to_another_channel_and_to_a_message_there(studio: Studio, page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(message_field(page, "gallery")).to_be_visible()

    while not await message_field(page, "gallery").evaluate("(each) => each === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.type("by hand")
    await page.keyboard.press("Enter")

    await expect(messages(page).get_by_text("by hand")).to_be_visible()
    assert [each.content for each in studio.messages("gallery")] == ["by hand"]
