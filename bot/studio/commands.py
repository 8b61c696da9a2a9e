"""The registered commands, for every server or for one, as the bot put them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.studio.entities import Json
from bot.studio.errors import DiscordError
from bot.studio.events import CommandsRegistered
from bot.studio.permissions import Permission
from bot.studio.snowflakes import Snowflake

if TYPE_CHECKING:
    from bot.studio.world import World

_SUBCOMMAND, _GROUP = 1, 2
_DEFAULTS: Json = {
    "description": "",
    "options": [],
    "nsfw": False,
    "contexts": None,
    "integration_types": [0],
    "name_localizations": None,
    "description_localizations": None,
}


class Commands:
    """Commands in their registered JSON shape; a name keeps its id when it is registered again."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._scopes: dict[Snowflake | None, list[Json]] = {}
        self._exceptions: set[tuple[str, Snowflake]] = set()

    def registered(self, guild_id: Snowflake | None) -> list[Json]:
        return list(self._scopes.get(guild_id, []))

    def replace(self, guild_id: Snowflake | None, commands: list[Json]) -> list[Json]:
        """Puts these in place of all that the scope held."""
        known = {(each["type"], each["name"]): each["id"] for each in self.registered(guild_id)}
        self._scopes[guild_id] = [self._with_identity(each, guild_id, known) for each in commands]
        self._world.emit(CommandsRegistered(guild_id=guild_id))
        return self.registered(guild_id)

    def _with_identity(self, command: Json, guild_id: Snowflake | None, known: dict[tuple[int, str], str]) -> Json:
        permissions = command.get("default_member_permissions")
        identity: Json = {
            "id": known.get((command["type"], command["name"]), str(self._world.mint.next())),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.mint.next()),
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        if guild_id is not None:
            identity["guild_id"] = str(guild_id)
        return {**_DEFAULTS, **command, **identity}

    def offered(self, guild_id: Snowflake | None) -> list[Json]:
        """What is on offer in a place: its own commands, and those for every server that it does not shadow."""
        own = self.registered(guild_id) if guild_id is not None else []
        named = {(each["type"], each["name"]) for each in own}
        general = [each for each in self.registered(None) if (each["type"], each["name"]) not in named]
        context = 0 if guild_id is not None else 1
        return [*own, *(each for each in general if context in (each.get("contexts") or [0, 1, 2]))]

    def find(self, guild_id: Snowflake | None, name: str, type_: int) -> Json:
        for each in self.offered(guild_id):
            if each["name"] == name and each["type"] == type_:
                return each
        raise DiscordError(10063)

    def allow(self, name: str, user_id: Snowflake) -> None:
        """Shows somebody a command whatever their permissions, as a server's own settings of its integrations may."""
        self._exceptions.add((name, user_id))

    def is_allowed(self, command: Json, user_id: Snowflake, held: Permission) -> bool:
        """Whether someone with these permissions is shown the command; "0" means administrators alone."""
        if (command["name"], user_id) in self._exceptions:
            return True
        needed = command.get("default_member_permissions")
        if needed is None or Permission.ADMINISTRATOR in held:
            return True
        return int(needed) != 0 and int(needed) & held == int(needed)


def leaves(command: Json) -> Iterator[tuple[str, Json]]:
    """Each thing that can be called within a slash command: its full name (words parted by spaces) and its form."""
    inner = [each for each in command.get("options") or [] if each["type"] in (_SUBCOMMAND, _GROUP)]
    if not inner:
        yield command["name"], command
    for each in inner:
        for name, leaf in leaves(each):
            yield f"{command['name']} {name}", leaf
