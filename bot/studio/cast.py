"""The server as it stands on opening: fixed ids, so that two runs agree, and people of several kinds."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.studio.entities import Channel, ChannelType, Guild, Member, Role, User
from bot.studio.permissions import ALL, ARTIST, BOT, Permission
from bot.studio.snowflakes import Clock, Snowflake
from bot.studio.spool import Spool
from bot.studio.world import World

GUILD_ID = Snowflake(1100000000000000001)
STUDIO_CHANNEL_ID = Snowflake(1100000000000000011)
GALLERY_CHANNEL_ID = Snowflake(1100000000000000012)
AGE_RESTRICTED_CHANNEL_ID = Snowflake(1100000000000000013)
BOT_ROLE_ID = Snowflake(1100000000000000021)
ADMIN_ROLE_ID = Snowflake(1100000000000000022)
BOT_ID = Snowflake(1100000000000000100)
MIRA_ID = Snowflake(1100000000000000101)
ADA_ID = Snowflake(1100000000000000102)
LIN_ID = Snowflake(1100000000000000103)
TEO_ID = Snowflake(1100000000000000104)
OWNER_ID = Snowflake(1100000000000000110)

_FOUNDED = datetime(2023, 4, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CastMember:
    """One of the people that the page lets you be."""

    slug: str
    user_id: Snowflake
    name: str
    locale: str
    is_admin: bool = False


CAST = (
    CastMember(slug="mira", user_id=MIRA_ID, name="Mira", locale="en-US", is_admin=True),
    CastMember(slug="ada", user_id=ADA_ID, name="Ada", locale="en-US"),
    CastMember(slug="teo", user_id=TEO_ID, name="Teo", locale="en-US"),
    CastMember(slug="lin", user_id=LIN_ID, name="Lin", locale="zh-CN"),
)


def opening_world(
    *, clock: Clock, files: Spool, bot_name: str, guild_locale: str, attachment_limit_bytes: int
) -> World:
    """The world of a fresh start."""
    bot = User(id=BOT_ID, username=bot_name, global_name=bot_name, is_bot=True)
    world = World(clock=clock, bot=bot, files=files, attachment_limit_bytes=attachment_limit_bytes)
    world.add_guild(_guild(bot, guild_locale), _channels())
    return world


def _guild(bot: User, locale: str) -> Guild:
    return Guild(
        id=GUILD_ID,
        name="The Studio",
        # Nobody on the page owns the server: an owner's permissions could not be taken away in tests.
        owner_id=OWNER_ID,
        locale=locale,
        roles={
            GUILD_ID: Role(id=GUILD_ID, name="@everyone", permissions=ARTIST),
            BOT_ROLE_ID: Role(id=BOT_ROLE_ID, name=bot.username, permissions=BOT, position=1, is_managed=True),
            ADMIN_ROLE_ID: Role(id=ADMIN_ROLE_ID, name="Admins", permissions=ALL, position=2),
        },
        members={
            bot.id: Member(user=bot, role_ids=[BOT_ROLE_ID], joined_at=_FOUNDED),
            **{each.user_id: _member(each) for each in CAST},
        },
        system_channel_id=STUDIO_CHANNEL_ID,
    )


def _member(each: CastMember) -> Member:
    user = User(id=each.user_id, username=each.slug, global_name=each.name, locale=each.locale)
    return Member(user=user, role_ids=[ADMIN_ROLE_ID] if each.is_admin else [], joined_at=_FOUNDED)


def _channels() -> list[Channel]:
    text = ChannelType.TEXT
    return [
        Channel(id=STUDIO_CHANNEL_ID, type=text, name="studio", guild_id=GUILD_ID, topic="Make things here."),
        Channel(id=GALLERY_CHANNEL_ID, type=text, name="gallery", guild_id=GUILD_ID, position=1, topic="The best."),
        Channel(
            id=AGE_RESTRICTED_CHANNEL_ID, type=text, name="after-dark", guild_id=GUILD_ID, position=2,
            topic="For adults.", is_age_restricted=True,
        ),
    ]  # fmt: skip


def second_guild(world: World, *, name: str, bot_permissions: Permission = BOT) -> Guild:
    """Another server that the bot has just been invited to, with one channel named general."""
    guild_id, channel_id, role_id = world.mint.next(), world.mint.next(), world.mint.next()
    guild = Guild(
        id=guild_id,
        name=name,
        owner_id=MIRA_ID,
        locale="en-US",
        roles={
            guild_id: Role(id=guild_id, name="@everyone", permissions=Permission(0)),
            role_id: Role(
                id=role_id, name=world.bot.username, permissions=bot_permissions, position=1, is_managed=True
            ),
        },
        members={
            world.bot.id: Member(user=world.bot, role_ids=[role_id], joined_at=world.now()),
            MIRA_ID: Member(user=world.user(MIRA_ID), role_ids=[], joined_at=world.now()),
        },
        system_channel_id=channel_id,
    )
    world.add_guild(guild, [Channel(id=channel_id, type=ChannelType.TEXT, name="general", guild_id=guild_id)])
    return guild
