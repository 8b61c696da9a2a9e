"""What Discord's own client does before a command is sent: it checks the values, and resolves people and files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.studio.checks.attachments import arrival, taken_in
from bot.studio.checks.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    LARGEST_INTEGER,
    MENTIONABLE,
    NUMBER,
    PERSON,
    ROLE,
    STRING,
)
from bot.studio.commands import leaves
from bot.studio.entities import Json, Upload
from bot.studio.errors import ClientRefusedError
from bot.studio.payloads import Payloads
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

_LONGEST_STRING = 6000


def leaf_of(command: Json, full_name: str) -> Json:
    """The form of one command or subcommand, by its full name."""
    for name, leaf in leaves(command):
        if name == full_name:
            return leaf
    raise ClientRefusedError(f"/{full_name} is not among {[name for name, _ in leaves(command)]}")


def nested(full_name: str, options: list[Json]) -> list[Json]:
    """Wraps options in the subcommand, and that in its group, as the name has them."""
    words = full_name.split(" ")[1:]
    for depth, word in enumerate(reversed(words)):
        options = [{"name": word, "type": 1 if depth == 0 else 2, "options": options}]
    return options


@dataclass(slots=True)
class OptionWriter:
    """Writes option values as Discord sends them; `resolved` gathers what they point at."""

    world: World
    payloads: Payloads
    guild_id: Snowflake | None
    channel_id: Snowflake
    user_id: Snowflake  # Who asks.
    resolved: Json = field(default_factory=dict)

    def written(self, leaf: Json, values: Mapping[str, Any], *, is_checked: bool) -> list[Json]:
        """The options as sent; ClientRefusedError where the client would not send them.

        Args:
            leaf: The form of the command.
            values: What was filled in, by option name.
            is_checked: False lets choices and ranges pass unlooked at, as a hostile client does.
        """
        forms = {form["name"]: form for form in leaf.get("options") or []}
        if unknown := values.keys() - forms.keys():
            raise ClientRefusedError(f"no such options: {sorted(unknown)}")
        missing = [name for name, form in forms.items() if form.get("required") and values.get(name) is None]
        if missing:
            raise ClientRefusedError(f"required options are missing: {missing}")
        given = [(forms[name], value) for name, value in values.items() if value is not None]
        return [self._option(form, value, is_checked=is_checked) for form, value in given]

    def half_written(self, leaf: Json, values: Mapping[str, Any], *, focused: str, partial: str) -> list[Json]:
        """The options while one of them is typed: Discord checks nothing of them, and resolves nothing."""
        forms = {form["name"]: form for form in leaf.get("options") or []}
        filled = [(forms[name], value) for name, value in values.items() if value is not None and name != focused]
        options = [
            {"name": form["name"], "type": form["type"], "value": self._half_sent(form, value)}
            for form, value in filled
        ]
        return [*options, {"name": focused, "type": forms[focused]["type"], "value": partial, "focused": True}]

    def _half_sent(self, form: Json, value: Any) -> Any:
        if form["type"] == ATTACHMENT:
            return str(self.world.mint.next())
        return value if form["type"] in (STRING, INTEGER, NUMBER, BOOLEAN) else str(int(getattr(value, "id", value)))

    def _option(self, form: Json, value: Any, *, is_checked: bool) -> Json:
        sent = self._sent(form, value)
        if is_checked:
            _check_choice(form, sent)
            _check_range(form, sent)
        return {"name": form["name"], "type": form["type"], "value": sent}

    def _sent(self, form: Json, value: Any) -> Any:
        match form["type"]:
            case kind if kind == STRING:
                return _text(form, value)
            case kind if kind in (INTEGER, NUMBER):
                return _number(form, value)
            case kind if kind == BOOLEAN:
                if not isinstance(value, bool):
                    raise ClientRefusedError(f"{form['name']} takes true or false")
                return value
            case kind if kind == ATTACHMENT:
                return self._file(form, value)
            case kind:
                return self.pointed_at(kind, form["name"], Snowflake(int(getattr(value, "id", value))))

    def _file(self, form: Json, value: Any) -> str:
        if not isinstance(value, Upload):
            raise ClientRefusedError(f"{form['name']} takes a file")
        return self.uploaded(value)

    def uploaded(self, file: Upload) -> str:
        """The id of a file that the client has put up, and in `resolved` all that Discord tells of it."""
        if len(file.content) > self.world.attachment_limit_bytes:
            raise ClientRefusedError(f"{file.filename} is larger than {self.world.attachment_limit_bytes} bytes")
        (attachment,) = taken_in(self.world, [arrival(self.world, file, {})])
        self._add(
            "attachments", attachment.id, self.payloads.attachment(attachment, self.channel_id, is_ephemeral=True)
        )
        return str(attachment.id)

    def pointed_at(self, kind: int, name: str, target: Snowflake) -> str:
        """The id as sent, and in `resolved` what it stands for; ClientRefusedError where there is no such thing."""
        guild = self.world.guilds.get(self.guild_id) if self.guild_id is not None else None
        if kind in (PERSON, MENTIONABLE) and target in self.world.users:
            self._add("users", target, self.payloads.user(self.world.users[target]))
            if guild is not None and target in guild.members:
                member = self.payloads.member(guild.members[target])
                place = self.world.channel(self.channel_id)
                member["permissions"] = str(int(self.world.permissions(target, place)))
                del member["user"]
                self._add("members", target, member)
        elif kind in (ROLE, MENTIONABLE) and guild is not None and target in guild.roles:
            self._add("roles", target, self.payloads.role(guild.roles[target]))
        elif kind == CHANNEL and target in self.world.channels:
            channel = self.world.channels[target]
            held = str(int(self.world.permissions(self.user_id, channel)))
            self._add("channels", target, {**self.payloads.channel(channel), "permissions": held})
        else:
            raise ClientRefusedError(f"{name} points at nothing")
        return str(target)

    def _add(self, kind: str, target: Snowflake, payload: Json) -> None:
        self.resolved.setdefault(kind, {})[str(target)] = payload


def _text(form: Json, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ClientRefusedError(f"{form['name']} takes text")
    if len(value) > _LONGEST_STRING:
        raise ClientRefusedError(f"{form['name']} takes {_LONGEST_STRING} characters at most")
    return value


def _number(form: Json, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ClientRefusedError(f"{form['name']} takes a number")
    if form["type"] == INTEGER and not isinstance(value, int):
        raise ClientRefusedError(f"{form['name']} takes a whole number")
    if abs(value) > LARGEST_INTEGER:
        raise ClientRefusedError(f"{form['name']} lies beyond 2**53")
    return value


def _check_choice(form: Json, value: Any) -> None:
    choices = [choice["value"] for choice in form.get("choices") or []]
    if choices and value not in choices:
        raise ClientRefusedError(f"{form['name']} must be one of {choices}")


def _check_range(form: Json, value: Any) -> None:
    size = len(value) if form["type"] == STRING else value
    names = ("min_length", "max_length") if form["type"] == STRING else ("min_value", "max_value")
    least, most = (form.get(name) for name in names)
    if (least is not None and size < least) or (most is not None and size > most):
        raise ClientRefusedError(f"{form['name']} must lie between {least} and {most}")
