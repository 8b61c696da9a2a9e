"""Servers, their channels, roles and members."""

from bot.studio.entities import THREADS, Guild, Json
from bot.studio.errors import DiscordError
from bot.studio.rest.call import Call, Route


def _guild(call: Call) -> Guild:
    guild = call.world.guild(call.id("guild"))
    if call.world.bot.id not in guild.members:
        raise DiscordError(50001)
    return guild


async def get_guild(call: Call) -> Json:
    guild = _guild(call)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": len(guild.members)}
    return call.payloads.guild(guild) | (counts if call.query.get("with_counts") else {})


async def list_channels(call: Call) -> list[Json]:
    channels = call.world.channels_of(_guild(call).id)
    return [call.payloads.channel(channel) for channel in channels if channel.type not in THREADS]


async def list_roles(call: Call) -> list[Json]:
    return [call.payloads.role(role) for role in _guild(call).roles.values()]


async def get_member(call: Call) -> Json:
    return call.payloads.member(call.world.member(_guild(call).id, call.id("user")))


async def leave(call: Call) -> None:
    call.world.remove_guild(_guild(call).id)


ROUTES = (
    Route(method="GET", path="/guilds/{guild}", handler=get_guild),
    Route(method="GET", path="/guilds/{guild}/channels", handler=list_channels),
    Route(method="GET", path="/guilds/{guild}/roles", handler=list_roles),
    Route(method="GET", path="/guilds/{guild}/members/{user}", handler=get_member),
    Route(method="DELETE", path="/users/@me/guilds/{guild}", handler=leave),
)
