"""What Discord says: the token, the intents, and what the bot may do in each of its servers."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.app import invitation
from bot.client import point_discord_at
from bot.doctor.findings import Finding, ill, some
from bot.rights import INVITED_PERMISSIONS, NEEDED_PERMISSIONS
from bot.settings import Settings

MOST_SERVERS: Final = 50  # Three requests each.
_SETTING: Final = "in Server Settings, Roles,"


async def discord_side(settings: Settings) -> Sequence[Finding]:
    """By REST alone: the gateway connection of a running bot is not disturbed."""
    if settings.discord_token is None:
        return [Finding(subject="discord", found="no token: the studio will be used")]
    point_discord_at(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            return [ill("discord", "wrong token", "copy DISCORD_TOKEN again")]
        token = Finding(subject="discord", found=f"the token is that of {client.user}")
        return [token, intents(client.application_flags), *await _servers(client)]


def intents(flags: discord.ApplicationFlags) -> Finding:
    """Those that an application may be given beyond the usual; the bot needs none of them."""
    names = {
        "Presence": flags.gateway_presence or flags.gateway_presence_limited,
        "Server Members": flags.gateway_guild_members or flags.gateway_guild_members_limited,
        "Message Content": flags.gateway_message_content or flags.gateway_message_content_limited,
    }
    held = [name for name, is_held in names.items() if is_held]
    if held:
        advice = "not needed: switch off in the developer portal, Bot"
        return Finding(subject="intents", found=f"privileged: {', '.join(held)}", advice=advice)
    return Finding(subject="intents", found="no privileged one, and none is needed")


async def _servers(client: discord.Client) -> list[Finding]:
    ids = [guild.id async for guild in client.fetch_guilds(limit=None, with_counts=False)]
    if not ids:
        return [Finding(subject="servers", found="none yet", advice=f"invite the bot: {invitation(client)}")]
    findings = [await _server(client, each) for each in ids[:MOST_SERVERS]]
    if len(ids) > MOST_SERVERS:
        findings.append(Finding(subject="servers", found=f"{len(ids) - MOST_SERVERS} more were not looked at"))
    return findings


async def _server(client: discord.Client, server: int) -> Finding:
    guild = await client.fetch_guild(server, with_counts=False)
    assert client.user is not None  # Known since the login.
    own = await guild.fetch_member(client.user.id)
    return permissions(guild.name, own, await guild.fetch_channels())


def permissions(name: str, own: discord.Member, channels: Sequence[discord.abc.GuildChannel]) -> Finding:
    """What its roles do not allow the bot, or else the text channels in which it may not work all the same."""
    subject, role = f"server {name}"[:30], _role_of(own)
    missing = _missing(own.guild_permissions, INVITED_PERMISSIONS)
    if missing:
        is_well = not _missing(own.guild_permissions, NEEDED_PERMISSIONS)
        advice = f"{_SETTING} allow the role {role}: {', '.join(missing)}"
        return Finding(subject=subject, found=f"lacks {', '.join(missing)}", is_well=is_well, advice=advice)
    closed = [
        f"#{channel.name}"
        for channel in channels
        if isinstance(channel, discord.TextChannel) and _is_closed(channel, own)
    ]
    if closed:
        advice = f"if members should work there, allow the role {role} in the channel's permissions"
        return Finding(subject=subject, found=f"may not work in {some(closed)}", advice=advice)
    return Finding(subject=subject, found="may do all that it needs, in every text channel")


def _is_closed(channel: discord.TextChannel, own: discord.Member) -> bool:
    return bool(_missing(channel.permissions_for(own), NEEDED_PERMISSIONS))


def _missing(held: discord.Permissions, wanted: discord.Permissions) -> list[str]:
    """By the names that Discord's settings show."""
    if held.administrator:
        return []
    return [
        name.replace("_", " ").title()
        for name, is_lacking in discord.Permissions(wanted.value & ~held.value)
        if is_lacking
    ]


def _role_of(own: discord.Member) -> str:
    """The one that Discord made for the bot, else its highest."""
    managed = next((role for role in own.roles if role.is_bot_managed()), own.top_role)
    return f"“{managed.name}”"
