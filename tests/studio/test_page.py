"""The page in a real browser, with the real discord.py behind the studio."""

import pytest
from playwright.async_api import Page, expect

from bot.studio import Studio
from tests.studio.browser import call, needs_chromium
from tests.studio.sample_bot import SampleBot

pytestmark = needs_chromium


async def test_a_member_writes_sees_the_edit_presses_and_rates(studio: Studio, bot: SampleBot, page: Page) -> None:
    held = studio.faults.hold("PATCH", "/messages/@original")
    await call(page, "write", prompt="a quiet harbour")
    await expect(page.get_by_text("Atelier is thinking")).to_be_visible()

    held.release()
    message = page.get_by_role("listitem").filter(has_text="free 100 a quiet harbour")
    await expect(message).to_be_visible()
    await expect(message.get_by_text("Ada used /write")).to_be_visible()

    await message.get_by_role("button", name="Again").click()
    message = page.get_by_role("listitem").filter(has_text="again 1")
    await expect(message).to_be_visible()

    await message.hover()
    await message.get_by_role("button", name="Rate 5 of 5").click()
    await expect(message.get_by_role("button", name="5️⃣ 1, yours too")).to_be_visible()
    (stored,) = studio.messages()
    assert stored.reactions == {"5️⃣": [studio.person("ada").id]}
    await studio.until(lambda: ("add", ("5️⃣", studio.person("ada").id, "Ada")) in bot.heard)


async def test_the_form_refuses_what_the_command_does_not_take(studio: Studio, bot: SampleBot, page: Page) -> None:
    await call(page, "write", length="5", prompt="x")

    form = page.get_by_role("form", name="/write")
    assert await form.get_by_label("length").evaluate("field => field.validity.rangeUnderflow")
    assert studio.messages() == []


async def test_others_do_not_see_a_private_answer(studio: Studio, bot: SampleBot, page: Page) -> None:
    await call(page, "whisper")
    await expect(page.get_by_text("Only you can see this")).to_have_count(2)

    await page.get_by_label("Lin").check()

    await expect(page.get_by_text("Nothing here yet")).to_be_visible()


async def test_a_modal_is_filled_in_and_sent(studio: Studio, bot: SampleBot, page: Page) -> None:
    await call(page, "name")
    dialog = page.get_by_role("dialog")

    await dialog.get_by_label("Title").fill("Dusk")
    await dialog.get_by_role("button", name="Submit").click()

    await expect(page.get_by_text("called Dusk")).to_be_visible()


async def test_autocompletion_offers_the_bots_choices(studio: Studio, bot: SampleBot, page: Page) -> None:
    composer = page.get_by_role("combobox", name="Message, or / for commands")
    await composer.fill("/model")
    await expect(page.get_by_role("option").first).to_be_visible()
    await composer.press("Enter")
    await page.get_by_label("name").fill("sm")

    offered = page.locator("datalist option")
    await expect(offered).to_have_count(2)
    assert [await each.get_attribute("value") for each in await offered.all()] == ["small", "smart"]


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "**<b>x</b>** `<script>alert(1)</script>` ||<i>y</i>||",
        "[x](javascript:alert(1)) <@1><svg/onload=alert(1)>",
        "```\n<iframe>\n```> <b>quoted</b>",
    ],
)
async def test_what_members_write_is_never_html(studio: Studio, bot: SampleBot, page: Page, text: str) -> None:
    await studio.person("mira").say(text)

    message = page.locator(".message").first
    await expect(message).to_be_visible()
    assert await message.locator("img, script, svg, iframe, b, i, a").count() == 0


async def test_markdown_is_shown_as_discord_shows_it(studio: Studio, bot: SampleBot, page: Page) -> None:
    ada = studio.person("ada")
    await studio.person("mira").say(f"# Title\n**bold** *it* `code` {ada.mention}\n> quoted\n-# small\nsnake_case_name")

    text = page.locator(".message .text")
    for selector, shown in {
        ".heading": "Title", "strong": "bold", "em": "it", "code": "code", ".mention": "@Ada", "blockquote": "quoted",
        "small": "small",
    }.items():  # fmt: skip
        await expect(text.locator(selector)).to_have_text(shown)
    await expect(text).to_contain_text("snake_case_name")


async def test_deleted_messages_go_and_new_ones_come_last(studio: Studio, bot: SampleBot, page: Page) -> None:
    mira = studio.person("mira")
    first, _, last = [await mira.say(each) for each in ("one", "two", "three")]

    await mira.delete(first)
    await mira.react(last, "4️⃣")

    await expect(page.locator(".message .text")).to_have_text(["two", "three"])
    await expect(page.get_by_role("button", name="4️⃣ 1")).to_be_visible()


async def test_nothing_is_wider_than_a_narrow_screen(studio: Studio, bot: SampleBot, page: Page) -> None:
    await page.set_viewport_size({"width": 340, "height": 640})
    await studio.person("mira").say("x" * 500)
    await expect(page.locator(".message").first).to_be_visible()

    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await expect(page.get_by_role("combobox", name="Message, or / for commands")).to_be_in_viewport()


async def test_channels_are_chosen_from_a_menu_of_them(studio: Studio, bot: SampleBot, page: Page) -> None:
    await call(page, "places")
    menu = page.get_by_role("combobox", name="Make a selection")
    await expect(menu.get_by_role("option", name="#studio")).to_be_attached()

    await menu.select_option(label="#gallery")

    await expect(page.get_by_text("picked gallery")).to_be_visible()
