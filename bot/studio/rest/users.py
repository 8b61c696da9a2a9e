"""Who the bot is, who others are, and the direct conversations between them."""

from bot.studio.entities import Json
from bot.studio.errors import DiscordError
from bot.studio.rest.call import Call, Route
from bot.studio.snowflakes import Snowflake


async def get_own_user(call: Call) -> Json:
    return call.payloads.user(call.world.bot)


async def get_application(call: Call) -> Json:
    return call.payloads.application()


async def get_gateway(call: Call) -> Json:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.gateway_url, "shards": 1, "session_start_limit": limit}


async def get_user(call: Call) -> Json:
    return call.payloads.user(call.world.user(call.id("user")))


async def list_own_guilds(call: Call) -> list[Json]:
    """At most 200 after a given one, by id: enough for a client that turns the pages."""
    after, limit = call.optional_id("after") or 0, call.number("limit", 200, least=1, most=200)
    own = sorted(
        (guild for guild in call.world.guilds.values() if call.world.bot.id in guild.members), key=lambda g: g.id
    )
    kept = [guild for guild in own if guild.id > after][:limit]
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "owner": guild.owner_id == call.world.bot.id,
            "features": [],
        }
        for guild in kept
    ]


async def open_direct_channel(call: Call) -> Json:
    recipient = str(call.fields().get("recipient_id", ""))
    if not recipient.isdecimal():
        raise DiscordError(10013)
    return call.payloads.channel(call.world.direct_channel(Snowflake(int(recipient))))


ROUTES = (
    Route(method="GET", path="/users/@me", handler=get_own_user),
    Route(method="GET", path="/oauth2/applications/@me", handler=get_application),
    Route(method="GET", path="/applications/@me", handler=get_application),
    Route(method="GET", path="/users/@me/guilds", handler=list_own_guilds),
    Route(method="GET", path="/gateway", handler=get_gateway),
    Route(method="GET", path="/gateway/bot", handler=get_gateway),
    Route(method="POST", path="/users/@me/channels", handler=open_direct_channel),
    Route(method="GET", path="/users/{user}", handler=get_user),
)
