"""Commands on the page: the picker, the pills of options, what is offered and what is refused."""

import base64

from playwright.async_api import FilePayload, Locator, Page, expect

from bot.studio import Studio
from tests.studio.drawn import picture
from tests.studio.page.browser import bring_in, call, fill_in, form_of, menu_of, message_field, messages, of_page
from tests.studio.sample_bot import SampleBot

pytestmark = of_page

PASTE = """(field, content) => {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def chosen(name: str = "cat.png", content: bytes | None = None) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": picture() if content is None else content}


async def paste_into(field: Locator) -> None:
    await field.evaluate(PASTE, base64.b64encode(picture()).decode())


async def test_a_slash_opens_the_picker_with_groups_descriptions_and_options(page: Page) -> None:
    await message_field(page).fill("/")

    group = page.get_by_role("group", name="Atelier")
    write = group.get_by_role("option", name="/write")
    await expect(write).to_contain_text("Writes.")
    await expect(write.locator(".pill-name.required")).to_have_text("prompt")
    await expect(write.locator(".pill-name:not(.required)")).to_have_text(["genre", "length"])


async def test_what_is_called_often_comes_first(page: Page) -> None:
    await call(page, "pick")
    await message_field(page).fill("/")

    await expect(page.get_by_role("group", name="Frequently used").get_by_role("option")).to_contain_text(["/pick"])


async def test_a_command_is_called_with_the_keyboard_alone(studio: Studio, page: Page) -> None:
    await message_field(page).focus()
    for text, key in (("/wri", "Enter"), ("a harbour", "Tab"), ("gen", "Enter"), ("A st", "Enter"), ("len", "Tab")):
        await page.keyboard.type(text)
        await page.keyboard.press(key)
    await page.keyboard.type("50")
    await page.keyboard.press("Enter")

    await expect(messages(page).get_by_text("story 50 a harbour")).to_be_visible()
    await expect(message_field(page)).to_be_focused()


async def test_a_typed_command_and_a_space_open_its_form(page: Page) -> None:
    await message_field(page).press_sequentially("/write ")

    await expect(page.get_by_role("form", name="/write").get_by_label("prompt")).to_be_focused()


async def test_choices_narrow_as_one_types_and_others_are_refused(studio: Studio, page: Page) -> None:
    form = await form_of(page, "write")
    await fill_in(form, prompt="x", genre="sto")
    await expect(page.get_by_role("option")).to_have_text(["A story"])

    await form.get_by_label("genre").fill("novel")
    await form.get_by_role("button", name="Send").click()

    await expect(page.get_by_text("Choose one of those offered.")).to_be_visible()
    assert studio.messages() == []


async def test_numbers_are_checked_before_they_are_sent(studio: Studio, page: Page) -> None:
    form = await form_of(page, "write")
    for wrong, said in (
        ("5", "From 10 to 500."),
        ("x", "This must be a number."),
        ("10.5", "This must be a whole number."),
    ):
        await fill_in(form, prompt="x", length=wrong)
        await page.keyboard.press("Enter")
        await expect(page.locator("#panel-note")).to_have_text(said)

    assert studio.messages() == []


async def test_a_required_option_is_asked_for(studio: Studio, page: Page) -> None:
    await call(page, "write")

    await expect(page.get_by_text("This option is required.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="prompt")).to_be_focused()
    assert studio.messages() == []


async def test_backspace_takes_an_optional_option_away_and_escape_the_command(page: Page) -> None:
    form = await form_of(page, "write")
    await bring_in(form, "length")
    await page.keyboard.press("Backspace")
    await expect(form.get_by_label("length")).to_have_count(0)

    await page.keyboard.press("Escape")

    await expect(form).to_have_count(0)
    await expect(message_field(page)).to_be_focused()


async def test_autocompletion_offers_the_bots_choices(page: Page) -> None:
    form = await form_of(page, "model")
    await form.get_by_label("name").press_sequentially("sm")
    await expect(page.get_by_role("option")).to_have_text(["small", "smart"])

    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("model smart")).to_be_visible()


async def test_people_are_chosen_by_name(page: Page) -> None:
    form = await form_of(page, "whoami")
    await bring_in(form, "other")
    await page.get_by_role("option", name="Mira").click()
    await form.get_by_role("button", name="Send").click()

    await expect(page.get_by_text("Ada en-US en-US False Mira")).to_be_visible()


async def test_subcommands_stand_in_the_picker_by_their_full_name_for_those_who_may(page: Page) -> None:
    await message_field(page).fill("/release")
    await expect(page.get_by_text("No such command here")).to_be_visible()

    await page.get_by_label("Mira").check()
    await call(page, "release preview", version="3")

    await expect(page.get_by_text("release 3")).to_be_visible()


async def test_who_gets_no_answer_is_told_so(page: Page) -> None:
    await call(page, "nothing")

    await expect(page.get_by_text("The application did not respond")).to_be_visible()


async def test_a_file_is_chosen_taken_back_and_sent(bot: SampleBot, page: Page) -> None:
    form = await form_of(page, "imagine")
    await fill_in(form, prompt="a cat", count="4")
    field = await bring_in(form, "reference")
    await field.set_input_files(chosen("dog.png"))
    await form.get_by_role("button", name="Remove dog.png").click()
    await expect(form.get_by_text("Choose a file")).to_be_visible()
    await field.set_input_files(chosen("cat.png"))
    await expect(form.get_by_text("64 × 48")).to_be_visible()

    await form.get_by_role("button", name="Send").click()

    await expect(page.locator(".mosaic.of-4 img")).to_have_count(4)
    await expect(page.get_by_alt_text("a cat 3", exact=True)).to_be_visible()
    assert bot.references[0] is not None
    assert (bot.references[0].filename, bot.references[0].width) == ("cat.png", 64)


async def test_a_pasted_picture_brings_its_option_in(page: Page) -> None:
    form = await form_of(page, "imagine")
    await fill_in(form, prompt="a cat")

    await paste_into(form.get_by_label("prompt"))
    await expect(form.get_by_role("button", name="Remove pasted.png")).to_be_visible()
    await form.get_by_role("button", name="Send").click()

    await expect(page.get_by_alt_text("a cat 1", exact=True)).to_be_visible()


async def test_too_large_a_file_is_said_before_it_is_sent(studio: Studio, page: Page) -> None:
    form = await form_of(page, "imagine")
    await fill_in(form, prompt="a cat")
    field = await bring_in(form, "reference")
    await field.set_input_files(chosen(content=b"x" * (studio.world.attachment_limit_bytes + 1)))

    await form.get_by_role("button", name="Send").click()

    await expect(form.get_by_text("more than the 10 MiB")).to_be_visible()
    assert studio.messages() == []


async def test_a_message_of_ones_own_carries_what_was_pasted(studio: Studio, page: Page) -> None:
    await message_field(page).fill("look")
    await paste_into(message_field(page))
    await expect(page.get_by_role("button", name="Remove pasted.png")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(messages(page).locator("img")).to_be_visible()
    (said,) = studio.messages()
    assert (said.content, [each.filename for each in said.attachments]) == ("look", ["pasted.png"])


async def test_a_messages_menu_has_the_bots_commands_under_apps(studio: Studio, page: Page) -> None:
    await studio.person("mira").say("a stew")
    menu = await menu_of(page, messages(page).first)
    await expect(menu).to_contain_text("Apps")

    await menu.get_by_role("menuitem", name="Recipe").click()

    await expect(page.get_by_text("recipe of a stew")).to_be_visible()
    await expect(page.get_by_text("Only you can see this")).to_be_visible()
