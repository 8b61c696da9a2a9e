"""What the README says of the commands is what Discord is told of them."""

import re
from pathlib import Path
from typing import Any

from discord import app_commands

from bot.features import COGS, MENU_COMMANDS

README = (Path(__file__).parents[2] / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `/(\w+)([^`]*)` \|", README, re.MULTILINE))


def commands() -> dict[str, app_commands.Command[Any, ..., Any] | app_commands.Group]:
    return {command.name: command for cog in COGS for command in cog.__cog_app_commands__}


def test_the_table_has_every_command_and_no_other() -> None:
    assert ROWS.keys() == commands().keys()


def test_the_table_names_the_options_in_their_order() -> None:
    for name, command in commands().items():
        if isinstance(command, app_commands.Group):
            assert ROWS[name] == " …"
        else:
            assert re.findall(r"\w+", ROWS[name]) == [option.name for option in command.parameters]


def test_the_message_menus_commands_are_named() -> None:
    assert all(command.name in README for command in MENU_COMMANDS)
