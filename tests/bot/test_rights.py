"""Rights, of interactions as discord.py makes them of what Discord sends."""

from typing import TYPE_CHECKING, cast

import discord
import pytest

from bot.client import AtelierClient
from bot.errors import NotBlockableError
from bot.rights import is_admin, is_moderator, may_moderate, require_below
from bot.studio import Channel, ChannelType, InteractionKind, Permission, Person, Studio
from bot.studio.cast import BOT_ID, GALLERY_CHANNEL_ID, GUILD_ID, MIRA_ID, STUDIO_CHANNEL_ID
from inference.contract.identifiers import ChannelId

if TYPE_CHECKING:
    from bot.studio.snowflakes import Snowflake

STUDIO = ChannelId(STUDIO_CHANNEL_ID)
GALLERY = ChannelId(GALLERY_CHANNEL_ID)


class Heard:
    """A client that is told of the server when a test says so, and of what members do there."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._client = AtelierClient()
        own = cast("discord.types.user.User", studio.payloads.user(studio.world.bot))
        self._client._connection.user = discord.ClientUser(state=self._client._connection, data=own)

    def server(self) -> None:
        """GUILD_CREATE."""
        guild = self._studio.world.guild(GUILD_ID)
        payload = self._studio.payloads.guild_create(guild, with_members=False)
        self._client._connection.parsers["GUILD_CREATE"](payload)

    def outage(self) -> None:
        self._client._connection.parsers["GUILD_DELETE"]({"id": str(GUILD_ID), "unavailable": True})

    def press(self, person: Person, channel: "Snowflake" = GALLERY_CHANNEL_ID) -> discord.Interaction[AtelierClient]:
        asked = self._studio.world.interactions.begin(
            kind=InteractionKind.COMPONENT,
            user_id=person.id,
            channel_id=channel,
            payload={"custom_id": "", "component_type": 2},
        )
        payload = self._studio.payloads.interaction(asked)
        return discord.Interaction(
            data=cast("discord.types.interactions.Interaction", payload), state=self._client._connection
        )


@pytest.fixture
def heard(studio: Studio) -> Heard:
    return Heard(studio)


def moderator(studio: Studio) -> Person:
    return studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)


def thread_in(studio: Studio, kind: ChannelType) -> Channel:
    """The bot is in it, since it is told of a private thread only then."""
    thread = studio.world.start_thread(studio.channel(), name="aside", owner_id=MIRA_ID, type_=kind, archive_minutes=60)
    studio.world.add_to_thread(thread, BOT_ID)
    return thread


async def test_before_the_gateway_tells_of_a_server_nobody_has_a_right_in_it(studio: Studio, heard: Heard) -> None:
    mira = studio.person("mira")
    early = heard.press(mira)
    assert (is_admin(early), is_moderator(early), may_moderate(early, STUDIO)) == (False, False, False)
    heard.server()
    late = heard.press(mira)
    assert (is_admin(late), is_moderator(late), may_moderate(late, STUDIO)) == (True, True, True)
    heard.outage()
    assert not is_admin(heard.press(mira))


async def test_in_the_channel_of_a_press_what_discord_sends_with_it_counts(studio: Studio, heard: Heard) -> None:
    ada = studio.person("ada")
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, ada.id, allow=Permission.MANAGE_MESSAGES)
    assert may_moderate(heard.press(ada), GALLERY)
    heard.server()
    pressed = heard.press(ada)
    assert (may_moderate(pressed, GALLERY), may_moderate(pressed, STUDIO), is_moderator(pressed)) == (
        True,
        False,
        False,
    )
    assert may_moderate(heard.press(ada, STUDIO_CHANNEL_ID), GALLERY)


async def test_a_right_to_manage_the_server_is_of_roles_alone(studio: Studio, heard: Heard) -> None:
    ada = studio.person("ada")
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, ada.id, allow=Permission.MANAGE_GUILD)
    heard.server()
    assert not is_admin(heard.press(ada))


async def test_a_public_thread_is_as_its_channel(studio: Studio, heard: Heard) -> None:
    rex, thread = moderator(studio), thread_in(studio, ChannelType.PUBLIC_THREAD)
    heard.server()
    assert may_moderate(heard.press(rex), ChannelId(thread.id))


async def test_an_archived_thread_is_as_the_channel_that_its_work_remembers(studio: Studio, heard: Heard) -> None:
    rex, thread = moderator(studio), thread_in(studio, ChannelType.PUBLIC_THREAD)
    studio.world.set_thread(thread, is_archived=True)
    heard.server()
    pressed = heard.press(rex)
    assert not may_moderate(pressed, ChannelId(thread.id))
    assert may_moderate(pressed, ChannelId(thread.id), STUDIO)
    studio.world.set_overwrite(STUDIO_CHANNEL_ID, rex.id, deny=Permission.VIEW_CHANNEL)
    heard.server()
    assert not may_moderate(heard.press(rex), ChannelId(thread.id), STUDIO)


async def test_a_private_thread_takes_the_right_to_see_all_of_them(studio: Studio, heard: Heard) -> None:
    rex, thread = moderator(studio), thread_in(studio, ChannelType.PRIVATE_THREAD)
    heard.server()
    assert not may_moderate(heard.press(rex), ChannelId(thread.id))
    role = studio.world.guild(GUILD_ID).roles[studio.world.member(GUILD_ID, rex.id).role_ids[0]]
    role.permissions |= Permission.MANAGE_THREADS
    heard.server()
    assert may_moderate(heard.press(rex), ChannelId(thread.id))


async def test_in_a_channel_that_is_not_told_of_administrators_alone_have_a_right(studio: Studio, heard: Heard) -> None:
    rex = moderator(studio)
    heard.server()
    gone = ChannelId(7)
    assert not may_moderate(heard.press(rex), gone)
    assert may_moderate(heard.press(studio.person("mira")), gone)


async def test_a_moderator_whose_role_is_above_an_admins_does_not_block_the_admin(studio: Studio, heard: Heard) -> None:
    kim = studio.add_person("kim", permissions=Permission.MANAGE_GUILD)
    rex = moderator(studio)  # The later role is the higher one.
    heard.server()
    admin = heard.press(kim).user
    with pytest.raises(NotBlockableError):
        require_below(heard.press(rex), admin)
    require_below(heard.press(studio.person("mira")), studio_member(heard, studio, "ada"))


def studio_member(heard: Heard, studio: Studio, slug: str) -> discord.User | discord.Member:
    return heard.press(studio.person(slug)).user
