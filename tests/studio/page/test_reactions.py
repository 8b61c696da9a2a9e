"""Reactions on the page: counted, named, given and taken back, and picked."""

from playwright.async_api import Page, expect

from bot.studio import Permission, Studio
from tests.studio.page.browser import menu_of, messages, of_page, tools_of

pytestmark = of_page


async def test_a_reaction_is_given_with_a_click_and_taken_back_with_another(studio: Studio, page: Page) -> None:
    said = await studio.person("mira").say("a work")
    await studio.person("mira").react(said, "4️⃣")

    await messages(page).get_by_role("button", name="4️⃣ 1: Mira").click()
    mine = messages(page).get_by_role("button", name="4️⃣ 2, yours too: Mira and Ada")
    await expect(mine).to_have_attribute("aria-pressed", "true")

    await mine.click()
    await expect(messages(page).get_by_role("button", name="4️⃣ 1: Mira")).to_be_visible()


async def test_an_emoji_is_found_by_name_and_picked_with_the_keyboard(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("a work")
    await (await tools_of(messages(page).first)).get_by_role("button", name="Add a reaction").click()

    picker = page.get_by_role("dialog", name="Add a reaction")
    await picker.get_by_role("textbox", name="Find an emoji").press_sequentially("lant")
    await page.keyboard.press("Enter")

    await expect(messages(page).get_by_role("button", name="🏮 1, yours too: Ada")).to_be_visible()
    await expect(picker).to_have_count(0)


async def test_who_reacted_is_told_in_full(studio: Studio, page: Page) -> None:
    said = await studio.person("mira").say("a work")
    for slug, emoji in (("ada", "5️⃣"), ("lin", "5️⃣"), ("lin", "❤️")):
        await studio.person(slug).react(said, emoji)

    await (await menu_of(page, messages(page).first)).get_by_role("menuitem", name="Who reacted").click()

    told = page.get_by_role("dialog", name="Reactions")
    await expect(told.locator("dt")).to_have_text(["5️⃣ 2", "❤️ 1"])
    await expect(told.locator("dd")).to_have_text(["Ada", "Lin", "Lin"])


async def test_where_one_may_not_react_nothing_invites_to(studio: Studio, page: Page) -> None:
    gallery = studio.channel("gallery")
    await studio.person("mira").say("a work", gallery)
    studio.world.set_overwrite(gallery.id, studio.person("ada").id, deny=Permission.ADD_REACTIONS)
    await page.get_by_role("button", name="gallery").click()

    tools = await tools_of(messages(page).first)

    await expect(tools.get_by_role("button")).to_have_count(1)
    studio.world.set_overwrite(gallery.id, studio.person("ada").id)
