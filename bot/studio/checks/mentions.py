"""Whom a text would notify, under what `allowed_mentions` allows."""

import re
from typing import Any

from bot.studio.checks.form import Form
from bot.studio.entities import Pings
from bot.studio.snowflakes import Snowflake

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_KINDS = frozenset({"users", "roles", "everyone"})


def pings_of(form: Form, text: str, allowed: object, *, replied_to: Snowflake | None) -> Pings:
    """Whom the text notifies. Without `allowed_mentions` (None), everyone that it names."""
    users = frozenset(Snowflake(int(each)) for each in _USER.findall(text))
    roles = frozenset(Snowflake(int(each)) for each in _ROLE.findall(text))
    everyone = _EVERYONE.search(text) is not None
    replied = frozenset({replied_to} if replied_to is not None else ())
    if allowed is None:
        return Pings(users=users | replied, roles=roles, everyone=everyone)
    rules = _checked(form, allowed)
    parse = rules.get("parse") or []
    return Pings(
        users=(users if "users" in parse else users & _ids(rules.get("users")))
        | (replied if rules.get("replied_user") else frozenset()),
        roles=roles if "roles" in parse else roles & _ids(rules.get("roles")),
        everyone=everyone and "everyone" in parse,
    )


def _checked(form: Form, allowed: object) -> dict[str, Any]:
    path = ("allowed_mentions",)
    rules = form.mapping(path, allowed)
    parse = form.listing((*path, "parse"), rules.get("parse") or [], most=3)
    for index, each in enumerate(parse):
        form.choice((*path, "parse", index), each, _KINDS)
    for name in ("users", "roles"):
        listed = form.listing((*path, name), rules.get(name) or [], most=100)
        if listed and name in parse:
            form.problem(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse:[{name}] and {name} are exclusive.")
    return rules


def _ids(listed: object) -> frozenset[Snowflake]:
    return frozenset(Snowflake(int(each)) for each in listed) if isinstance(listed, list) else frozenset()
