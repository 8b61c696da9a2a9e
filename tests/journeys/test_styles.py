"""`/styles`: made by an admin, looked at by everybody, and chosen for pictures."""

from bot.i18n import texts_for
from bot.studio import Interaction, Message, Studio
from bot.ui.names import style_name
from tests.support.host import Host, custom_id

ZH = texts_for("zh-CN")


async def told(host: Host, asked: Interaction) -> Message:
    """What a member alone is answered."""
    return await host.until(
        lambda: next((one for one in asked.messages if one.is_ephemeral and (one.content or one.embeds)), None)
    )


async def styles(host: Host, deed: str, by: str = "mira", **options: object) -> str:
    """What is said and shown."""
    answer = await told(host, await host.studio.person(by).command(f"styles {deed}", options))
    return f"{answer.content}\n{answer.embeds}"


async def offered(host: Host, typed: str, by: str = "ada") -> list[str]:
    choices = await host.studio.person(by).autocomplete("imagine", "style", typed)
    return [str(choice["value"]) for choice in choices]


async def test_a_style_of_the_admins_is_chosen_by_a_member_and_stands_in_the_recipe(host: Host, studio: Studio) -> None:
    await host.start()
    assert "Members can choose" in await styles(
        host, "add", name="House style", frame="a linocut of {prompt}", avoid="colour", steps=3, size="128x64"
    )
    assert (await offered(host, ""))[0] == "House style"
    assert await offered(host, "HOUSE") == ["House style"]
    asked = await host.imagine(style="House style", count=1)
    work = await host.work_of(asked)
    recipe = await told(host, await studio.person("ada").press(work, custom_id(work, "Recipe")))
    for fact in ("House style", "a linocut of {prompt}", "colour", "128×64"):
        assert fact in str(recipe.embeds)
    await styles(host, "change", style="house style", frame="a woodcut")
    assert "{prompt}, a woodcut" in await styles(host, "list", by="ada", style="House style")
    again = await told(host, await studio.person("ada").press(work, custom_id(work, "Recipe")))
    assert "a linocut" in str(again.embeds)  # What was made stays as it was made.


async def test_everybody_may_look_and_admins_alone_may_change(host: Host) -> None:
    await host.start()
    listed = await styles(host, "list", by="ada")
    assert "Watercolour" in listed
    assert "no styles of its own" in listed
    assert "watercolour painting of {prompt}" in await styles(host, "list", by="ada", style="Watercolour")
    for deed, options in (
        ("add", {"name": "Mine", "frame": "mine"}),
        ("change", {"style": "Watercolour", "frame": "mine"}),
        ("remove", {"style": "Watercolour"}),
    ):
        assert "Only members who may manage this server" in await styles(host, deed, by="ada", **options)
    assert await styles(host, "list", by="ada") == listed


async def test_one_of_ours_is_hidden_put_in_place_and_brought_back_also_after_a_restart(host: Host) -> None:
    await host.start()
    assert "is hidden" in await styles(host, "remove", style="Watercolour")
    assert await offered(host, "watercolour") == []
    await host.stop()
    await host.start()
    assert await offered(host, "watercolour") == []
    refused = await host.imagine(style="Watercolour")
    assert "no style “Watercolour”" in (await host.answer_to(refused)).content
    assert "Members can choose" in await styles(host, "add", name="watercolour")
    assert await offered(host, "watercolour") == ["Watercolour"]
    await styles(host, "change", style="Watercolour", steps=7)
    assert "as it came with me" in await styles(host, "remove", style="Watercolour")
    log = await told(host, await host.studio.person("mira").command("moderate log"))
    assert log.content.count("Styles") == 4


async def test_what_no_style_can_be_is_said_to_the_admin(host: Host) -> None:
    await host.start()
    assert "{prompt}` once" in await styles(host, "add", name="Twice", frame="{prompt} and {prompt}")
    assert "would change nothing" in await styles(host, "add", name="Nothing")
    assert "“anime” already" in await styles(host, "add", name="anime", frame="mine")
    assert "needs a name" in await styles(host, "add", name="\N{ZERO WIDTH SPACE}", frame="mine")
    assert "not here" in await styles(host, "add", name="Far", model="no-such-model")
    assert "no style “Nothing”" in await styles(host, "remove", style="Nothing")
    assert "no styles of its own" in await styles(host, "list")


async def test_a_member_who_speaks_chinese_finds_our_styles_by_their_chinese_names(host: Host) -> None:
    await host.start()
    name = style_name("Ink wash", ZH)
    assert await offered(host, name, by="lin") == ["Ink wash"]
    work = await host.work_of(await host.imagine("lin", style=name, count=1))
    recipe = await told(host, await host.studio.person("lin").press(work, custom_id(work, "Recipe")))
    assert "shuimo" in str(recipe.embeds)
