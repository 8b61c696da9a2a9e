"""Messages on the page: as they come, change and go, and who sees them."""

from playwright.async_api import Page, expect

from bot.studio import Studio
from bot.studio.entities import ChannelType
from tests.studio.page.browser import call, menu_of, message_field, messages, of_page, tools_of
from tests.studio.sample_bot import SampleBot

pytestmark = of_page


async def test_a_member_writes_sees_the_edit_presses_and_rates(studio: Studio, bot: SampleBot, page: Page) -> None:
    held = studio.faults.hold("PATCH", "/messages/@original")
    await call(page, "write", prompt="a quiet harbour")
    await expect(page.get_by_text("Atelier is thinking")).to_be_visible()

    held.release()
    message = messages(page).filter(has_text="free 100 a quiet harbour")
    await expect(message.get_by_text("Ada used /write")).to_be_visible()

    await message.get_by_role("button", name="Again").click()
    message = messages(page).filter(has_text="again 1")
    await (await tools_of(message)).get_by_role("button", name="React with 5️⃣").click()

    await expect(message.get_by_role("button", name="5️⃣ 1, yours too: Ada")).to_be_visible()
    (stored,) = studio.messages()
    assert stored.reactions == {"5️⃣": [studio.person("ada").id]}
    await studio.until(lambda: ("add", ("5️⃣", studio.person("ada").id, "Ada")) in bot.heard)


async def test_what_was_pressed_is_busy_until_the_bot_answers(studio: Studio, page: Page) -> None:
    await call(page, "write", prompt="x")
    button = messages(page).get_by_role("button", name="Again")
    held = studio.faults.hold("POST", "/callback")

    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")

    held.release()
    await expect(messages(page).get_by_text("again 1")).to_be_visible()
    await expect(messages(page).get_by_role("button", name="Again")).not_to_have_attribute("aria-busy", "true")


async def test_a_private_answer_is_ones_own_and_can_be_dismissed(page: Page) -> None:
    await call(page, "whisper")
    await expect(page.get_by_text("Only you can see this")).to_have_count(2)
    await page.get_by_role("button", name="Dismiss message").first.click()
    await expect(page.locator(".message .text")).to_have_text(["second"])

    await page.get_by_label("Lin").check()

    await expect(page.get_by_text("欢迎来到 #studio！")).to_be_visible()
    await expect(messages(page)).to_have_count(0)


async def test_deleted_messages_go_and_new_ones_come_last(studio: Studio, page: Page) -> None:
    mira = studio.person("mira")
    first, _, last = [await mira.say(each) for each in ("one", "two", "three")]

    await mira.delete(first)
    await mira.react(last, "4️⃣")

    await expect(page.locator(".message .text")).to_have_text(["two", "three"])
    await expect(page.get_by_role("button", name="4️⃣ 1: Mira")).to_be_visible()


async def test_ones_own_message_is_deleted_from_its_menu_and_nobody_elses(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("hers")
    await message_field(page).fill("mine")
    await page.keyboard.press("Enter")
    await expect(messages(page)).to_have_count(2)
    menu = await menu_of(page, messages(page).first)
    await expect(menu.get_by_role("menuitem", name="Delete the message")).to_have_count(0)
    await page.keyboard.press("Escape")

    menu = await menu_of(page, messages(page).last)
    await menu.get_by_role("menuitem", name="Delete the message").click()

    await expect(page.locator(".message .text")).to_have_text(["hers"])


async def test_who_goes_on_speaking_is_named_once(studio: Studio, page: Page) -> None:
    for slug, text in (("mira", "one"), ("mira", "two"), ("lin", "three")):
        await studio.person(slug).say(text)

    await expect(messages(page)).to_have_count(3)
    await expect(page.locator(".message .head strong").locator("visible=true")).to_have_text(["Mira", "Lin"])
    await expect(page.locator(".day:not([hidden])")).to_have_count(1)


async def test_a_reply_quotes_what_it_answers_in_plain_words(studio: Studio, bot: SampleBot, page: Page) -> None:
    said = await studio.person("ada").say("**loud** words")
    channel = bot.studio_channel(studio.channel().id)
    await channel.get_partial_message(said.id).reply("heard")

    quote = messages(page).filter(has_text="heard").get_by_role("button", name="@Ada loud words")
    await quote.click()

    await expect(messages(page).first).to_be_focused()


async def test_a_thread_hangs_on_its_message_and_in_the_sidebar(studio: Studio, bot: SampleBot, page: Page) -> None:
    said = await studio.person("ada").say("let us talk")
    channel = bot.studio_channel(studio.channel().id)
    thread = await channel.get_partial_message(said.id).create_thread(name="Storms")
    await thread.send("in here")

    await messages(page).get_by_role("button", name="Storms").click()

    await expect(page.locator(".message .text")).to_have_text(["in here"])
    await expect(page.get_by_role("button", name="Storms", exact=True)).to_have_attribute("aria-current", "page")
    assert studio.channel("Storms").type is ChannelType.PUBLIC_THREAD


async def test_elsewhere_a_channel_shows_that_something_is_new_and_who_is_meant(studio: Studio, page: Page) -> None:
    gallery = page.get_by_role("button", name="gallery")
    await studio.person("mira").say(f"look {studio.person('ada').mention}", studio.channel("gallery"))
    await expect(gallery).to_have_accessible_name("gallery unread 1 mention")

    await gallery.click()

    await expect(messages(page)).to_have_class("message mentions-me")
    await expect(gallery).to_have_accessible_name("gallery")


async def test_a_link_to_a_message_leads_to_it_in_its_channel(studio: Studio, page: Page) -> None:
    there = studio.channel("gallery")
    said = await studio.person("mira").say("the one", there)
    await studio.person("mira").say(f"see https://discord.com/channels/{there.guild_id}/{there.id}/{said.id}")

    await page.get_by_role("button", name="Go to the message").click()

    await expect(messages(page).filter(has_text="the one")).to_be_focused()


async def test_a_broken_line_is_mended_and_nothing_is_missed(studio: Studio, page: Page) -> None:
    ada, mira = studio.person("ada"), studio.person("mira")
    first = await mira.say("before")
    await expect(messages(page)).to_have_count(1)
    await page.evaluate("window.kept = document.querySelector('.message')")

    await studio._page.close()
    await mira.say("meanwhile")
    await mira.delete(first)
    await ada.say("last")

    await expect(page.locator(".message .text")).to_have_text(["meanwhile", "last"])
    await expect(page.locator("#connection")).to_have_text("Connected")


async def test_the_screen_reader_hears_of_a_message_once_it_rests(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("good evening")

    await expect(page.locator("#announcer")).to_have_text("Mira: good evening")


async def test_arrows_walk_through_the_messages_and_escape_leads_back(studio: Studio, page: Page) -> None:
    for text in ("one", "two"):
        await studio.person("mira").say(text)
    await expect(messages(page)).to_have_count(2)
    await message_field(page).focus()

    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(messages(page).first).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="5️⃣ 1, yours too: Ada")).to_be_visible()

    await page.keyboard.press("Escape")
    await expect(message_field(page)).to_be_focused()
