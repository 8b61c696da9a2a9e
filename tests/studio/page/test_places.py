"""Around the messages: people, channels, languages, colours, narrow screens, and a first visit."""

from playwright.async_api import Browser, Page, expect

from bot.studio import Permission, Studio
from tests.studio.page.browser import messages, of_page, opened_page
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

BACKGROUND = "getComputedStyle(document.body).backgroundColor"


async def test_the_age_gate_stands_before_what_is_for_adults(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("behind the gate", studio.channel("after-dark"))

    await page.get_by_role("button", name="after-dark").click()
    await expect(page.get_by_role("heading", name="Age-restricted channel")).to_be_visible()
    await expect(page.get_by_text("behind the gate")).to_have_count(0)
    await page.get_by_role("button", name="Yes, show it").click()

    await expect(page.get_by_text("behind the gate")).to_be_visible()


async def test_who_turns_back_at_the_gate_is_where_they_began(page: Page) -> None:
    await page.get_by_role("button", name="after-dark").click()
    await page.get_by_role("button", name="No, take me back").click()

    await expect(page.get_by_role("textbox", name="Message #studio")).to_be_visible()


async def test_a_chinese_member_reads_chinese(browser: Browser, studio: Studio, bot: SampleBot) -> None:
    await studio.person("mira").say("hello")
    async with opened_page(browser, studio, is_first_visit=True) as page:
        await page.get_by_label("Lin").check()

        await expect(page.get_by_text("发言身份")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page.get_by_role("region", name="第一次来？试试这三件事")).to_contain_text("写一个故事")
        await messages(page).first.hover()
        await messages(page).get_by_role("button", name="更多").click()
        await page.get_by_role("menu").get_by_role("menuitem", name="添加回应").click()
        await page.get_by_role("textbox", name="搜索表情").fill("灯笼")
        await page.keyboard.press("Enter")
        await expect(messages(page).get_by_role("button", name="🏮 1，包括你：Lin")).to_be_visible()


async def test_a_channel_is_hidden_from_those_who_may_not_see_it(studio: Studio, page: Page) -> None:
    gallery, ada = studio.channel("gallery"), studio.person("ada")
    studio.world.set_overwrite(gallery.id, ada.id, deny=Permission.VIEW_CHANNEL)
    await expect(page.get_by_role("button", name="gallery")).to_have_count(0)

    await page.get_by_label("Lin").check()

    await expect(page.get_by_role("button", name="gallery")).to_be_visible()
    studio.world.set_overwrite(gallery.id, ada.id)


async def test_who_may_not_write_is_told_so(studio: Studio, page: Page) -> None:
    gallery, ada = studio.channel("gallery"), studio.person("ada")
    studio.world.set_overwrite(gallery.id, ada.id, deny=Permission.SEND_MESSAGES)
    await page.get_by_role("button", name="gallery").click()

    await expect(page.get_by_role("textbox", name="You may not write here.")).to_be_disabled()
    studio.world.set_overwrite(gallery.id, ada.id)


async def test_colours_follow_the_system_or_the_readers_choice(
    browser: Browser, studio: Studio, bot: SampleBot
) -> None:
    async with opened_page(browser, studio, color_scheme="dark") as page:
        dark = await page.evaluate(BACKGROUND)
        await page.get_by_role("combobox", name="Appearance").click()
        await page.get_by_role("option", name="Light").click()
        light = await page.evaluate(BACKGROUND)
        await page.reload()

        await expect(page.get_by_role("combobox", name="Appearance")).to_contain_text("Light")
        assert (dark, light, await page.evaluate(BACKGROUND)) == ("rgb(49, 51, 56)", "rgb(255, 255, 255)", light)


async def test_on_a_narrow_screen_nothing_is_cut_off_and_channels_are_in_a_drawer(
    browser: Browser, studio: Studio, bot: SampleBot
) -> None:
    await studio.person("mira").say("x" * 500)
    async with opened_page(browser, studio, viewport={"width": 390, "height": 844}) as page:
        await expect(messages(page)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await expect(page.get_by_role("button", name="gallery")).not_to_be_visible()

        await page.get_by_role("button", name="Channels and people").click()
        await page.get_by_role("button", name="gallery").click()

        await expect(page.get_by_role("textbox", name="Message #gallery")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="gallery")).not_to_be_visible()


async def test_who_wants_little_motion_gets_none(browser: Browser, studio: Studio, bot: SampleBot) -> None:
    studio.faults.hold("PATCH", "/messages/@original")
    async with opened_page(browser, studio, reduced_motion="reduce") as page:
        await studio.person("ada").command("write", {"prompt": "x"})
        await expect(page.get_by_text("Atelier is thinking")).to_be_visible()

        running = "document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime > 1).length"
        assert await page.evaluate(running) == 0


async def test_a_first_visit_is_offered_things_to_try_with_one_click(
    browser: Browser, studio: Studio, bot: SampleBot
) -> None:
    async with opened_page(browser, studio, is_first_visit=True) as page:
        hint = page.get_by_role("region", name="New here? Three things to try")

        await hint.get_by_role("button", name="Write a story").click()

        await expect(messages(page).get_by_text("a lighthouse keeper who paints storms")).to_be_visible()
        await expect(hint.get_by_role("button", name="Write a story")).to_contain_text("done")
        await hint.get_by_role("button", name="Close").click()
        await expect(hint).to_have_count(0)
