"""Registering commands, for every server or for one."""

from bot.studio.checks.commands import checked_commands
from bot.studio.entities import Json
from bot.studio.errors import DiscordError
from bot.studio.rest.call import Call, Route
from bot.studio.snowflakes import Snowflake


def _scope(call: Call) -> Snowflake | None:
    if call.id("application") != call.world.bot.id:
        raise DiscordError(50001)
    return call.world.guild(call.id("guild")).id if "guild" in call.path else None


async def get_commands(call: Call) -> list[Json]:
    return call.world.commands.registered(_scope(call))


async def replace_commands(call: Call) -> list[Json]:
    return call.world.commands.replace(_scope(call), checked_commands(call.body))


async def add_command(call: Call) -> Json:
    """Adds one command, or puts it in place of the one with its name."""
    scope = _scope(call)
    added = {"type": 1, **call.fields()}
    others = [
        each
        for each in call.world.commands.registered(scope)
        if (each["type"], each["name"]) != (added["type"], added.get("name"))
    ]
    return call.world.commands.replace(scope, checked_commands([*others, added]))[-1]


async def get_command(call: Call) -> Json:
    return _registered(call)


async def delete_command(call: Call) -> None:
    gone = _registered(call)
    scope = _scope(call)
    rest = [each for each in call.world.commands.registered(scope) if each["id"] != gone["id"]]
    call.world.commands.replace(scope, rest)


def _registered(call: Call) -> Json:
    for each in call.world.commands.registered(_scope(call)):
        if each["id"] == call.path["command"]:
            return each
    raise DiscordError(10063)


_EVERYWHERE = "/applications/{application}/commands"
_IN_GUILD = "/applications/{application}/guilds/{guild}/commands"

ROUTES = tuple(
    route
    for path in (_EVERYWHERE, _IN_GUILD)
    for route in (
        Route(method="GET", path=path, handler=get_commands),
        Route(method="PUT", path=path, handler=replace_commands),
        Route(method="POST", path=path, handler=add_command),
        Route(method="GET", path=path + "/{command}", handler=get_command),
        Route(method="DELETE", path=path + "/{command}", handler=delete_command),
    )
)
