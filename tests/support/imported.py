"""All that a bot imports, for the process that bots are forked from."""

import gc

import aiosqlite  # noqa: F401

import bot.app
import bot.cli
import bot.features  # noqa: F401

gc.freeze()  # What is here stays: no bot's collector need look through it, and copy its pages by doing so.
