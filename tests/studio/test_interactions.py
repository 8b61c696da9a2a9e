"""Commands, buttons, modals and their answers, with the real discord.py."""

from dataclasses import replace

import pytest

from bot.studio import (
    MODERATOR,
    ChannelType,
    ClientRefusedError,
    Interaction,
    Message,
    MovableClock,
    Permission,
    Person,
    Studio,
    Upload,
)
from bot.studio.cast import BOT_ID, GUILD_ID
from tests.studio.sample_bot import SampleBot


def shown(interaction: Interaction) -> Message:
    assert interaction.response is not None
    return interaction.response


async def test_a_deferred_command_first_thinks_and_then_says(studio: Studio, bot: SampleBot) -> None:
    held = studio.faults.hold("PATCH", "/messages/@original")

    asked = await studio.person("ada").command("write", {"prompt": "the sea", "genre": "story"})

    await studio.until(lambda: held.held == 1)
    assert shown(asked).is_thinking
    held.release()
    await studio.until(lambda: shown(asked).content == "story 100 the sea")
    assert not shown(asked).is_thinking
    assert shown(asked).edited_at is None
    assert asked.sent_ns is not None


async def test_a_private_answer_and_its_follow_up_are_seen_by_one_person_alone(studio: Studio, bot: SampleBot) -> None:
    ada, mira = studio.person("ada"), studio.person("mira")

    asked = await ada.command("whisper")
    await studio.until(lambda: asked.followups)

    assert [message.content for message in ada.messages()] == ["first", "second"]
    assert mira.messages() == []
    assert ("message", "first") not in bot.heard


async def test_a_refusal_takes_the_placeholder_away(studio: Studio, bot: SampleBot) -> None:
    asked = await studio.person("ada").command("refuse")
    await studio.until(lambda: asked.followups)

    assert shown(asked).is_deleted
    assert [message.content for message in studio.messages()] == ["not today"]
    assert asked.followups[0].is_ephemeral


async def test_a_dynamic_button_works_and_gives_way_to_the_next(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("write", {"prompt": "x"})
    await studio.until(lambda: shown(asked).buttons if asked.response else None)

    pressed = await ada.press(shown(asked), "creation:again:1")
    await studio.until(lambda: shown(asked).content == "again 1")

    assert pressed.response is asked.response
    assert shown(asked).button("Again").custom_id == "creation:again:2"
    with pytest.raises(ClientRefusedError):
        await ada.press(shown(asked), "creation:again:1")


async def test_a_modal_comes_back_filled_in(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("name")
    modal = await studio.until(lambda: asked.modal)
    assert modal["title"] == "A title"

    submitted = await ada.submit(asked, {"title": "Dusk"})
    await studio.until(lambda: submitted.response)

    assert shown(submitted).content == "called Dusk"
    with pytest.raises(ClientRefusedError):
        await ada.submit(asked, {"title": "x" * 41})


async def test_people_chosen_in_a_modal_are_known_to_the_bot(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("together")
    await studio.until(lambda: asked.modal)

    chosen = [str(studio.person(slug).id) for slug in ("teo", "lin")]
    submitted = await ada.submit(asked, {"friend": chosen})
    await studio.until(lambda: submitted.response)

    assert shown(submitted).content == "with ['Teo', 'Lin']"


async def test_autocompletion_offers_what_the_bot_knows(studio: Studio, bot: SampleBot) -> None:
    choices = await studio.person("ada").autocomplete("model", "name", "sm")

    assert [choice["value"] for choice in choices] == ["small", "smart"]


async def test_a_file_goes_in_and_comes_out_unchanged(studio: Studio, bot: SampleBot) -> None:
    file = Upload(filename="a b.png", content=b"\x89PNG" + bytes(range(256)))

    asked = await studio.person("ada").command("echo", {"file": file})
    await studio.until(lambda: shown(asked).attachments if asked.response else None)

    (attachment,) = shown(asked).attachments
    assert (attachment.content, attachment.media_type) == (file.content, "image/png")


async def test_a_select_menu_updates_its_message(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("pick")
    await studio.until(lambda: asked.response)

    await ada.select(shown(asked), "menu", ["Blue"])

    await studio.until(lambda: shown(asked).content == "picked Blue")
    assert shown(asked).components == ()


async def test_a_select_of_channels_names_those_that_were_chosen(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("places")
    await studio.until(lambda: asked.response)

    await ada.select(shown(asked), "places", [str(studio.channel("gallery").id)])

    await studio.until(lambda: shown(asked).content == "picked gallery")


async def test_a_select_of_channels_offers_no_others(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    asked = await ada.command("places")
    await studio.until(lambda: asked.response)
    aside = studio.world.start_thread(
        studio.channel(), name="aside", owner_id=ada.id, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )

    for wrong in (aside.id, ada.id):
        with pytest.raises(ClientRefusedError):
            await ada.select(shown(asked), "places", [str(wrong)])


async def test_a_message_command_sees_the_message(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")
    said = await ada.say("a poem")

    asked = await ada.message_command("Recipe", said)
    await studio.until(lambda: asked.response)

    assert shown(asked).content == "recipe of a poem"


async def test_a_command_tells_who_asks_and_what_both_may(studio: Studio, bot: SampleBot) -> None:
    lin, mira = studio.person("lin"), studio.person("mira")

    asked = await lin.command("whoami", {"other": mira})
    await studio.until(lambda: asked.response)
    assert shown(asked).content == "Lin zh-CN en-US False Mira True 10485760 True"

    studio.world.set_overwrite(studio.channel().id, BOT_ID, deny=Permission.SEND_MESSAGES)
    asked = await mira.command("whoami")
    await studio.until(lambda: asked.response)
    assert shown(asked).content == "Mira en-US en-US True nobody False 10485760 True"


async def test_permissions_in_a_channel_hold_its_overwrites_and_those_of_roles_do_not(
    studio: Studio, bot: SampleBot
) -> None:
    async def rights_of(person: Person) -> str:
        asked = await person.command("rights")
        await studio.until(lambda: asked.response)
        return shown(asked).content

    teo, rex = studio.person("teo"), studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)
    studio.world.set_overwrite(studio.channel().id, teo.id, allow=Permission.MANAGE_MESSAGES)
    assert (await rights_of(teo), await rights_of(rex)) == ("True False", "True True")

    (role_id,) = studio.world.member(GUILD_ID, rex.id).role_ids
    role = studio.world.guild(GUILD_ID).roles[role_id]
    studio.world.change_role(GUILD_ID, replace(role, permissions=Permission(0)))
    assert await rights_of(rex) == "False False"


async def test_whom_an_option_points_at_comes_with_what_they_may_here(studio: Studio, bot: SampleBot) -> None:
    mira, teo = studio.person("mira"), studio.person("teo")
    asked = await teo.command("whoami", {"other": mira})
    told = asked.payload["resolved"]["members"][str(mira.id)]
    assert int(told["permissions"]) & Permission.ADMINISTRATOR


async def test_the_picker_hides_what_a_member_may_not_use(studio: Studio, bot: SampleBot) -> None:
    keeper = studio.add_person("keeper", permissions=MODERATOR | Permission.MANAGE_GUILD)

    asked = await keeper.command("release preview", {"version": 3})
    await studio.until(lambda: asked.response)

    assert shown(asked).content == "release 3"
    with pytest.raises(ClientRefusedError):
        await studio.person("ada").command("release preview", {"version": 3})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prompt": ""},
        {"prompt": "x" * 101},
        {"prompt": "x", "length": 501},
        {"prompt": "x", "length": True},
        {"prompt": "x", "length": "10"},
        {"prompt": "x", "genre": "opera"},
        {"prompt": "x", "wrong": 1},
    ],
)
async def test_the_client_refuses_options_that_do_not_fit(
    studio: Studio, bot: SampleBot, options: dict[str, object]
) -> None:
    with pytest.raises(ClientRefusedError):
        await studio.person("ada").command("write", options)


async def test_a_hostile_client_may_send_a_value_out_of_range(studio: Studio, bot: SampleBot) -> None:
    asked = await studio.person("ada").command("write", {"prompt": "x", "length": 100_000}, unchecked=True)

    await studio.until(lambda: studio.world.interactions.get(asked.id).payload["options"][1]["value"] == 100_000)


async def test_silence_leaves_an_interaction_unacknowledged(
    studio: Studio, bot: SampleBot, clock: MovableClock
) -> None:
    asked = await studio.person("ada").command("nothing")
    await studio.until(lambda: asked.sent_ns)

    assert not asked.is_acknowledged
    with pytest.raises(TimeoutError, match="not within"):
        await studio.until(lambda: asked.is_acknowledged, within_seconds=0.05)
