"""All that a bot imports, and the tables that it reads at each start, for the process that bots are forked from."""

import gc

import aiosqlite  # noqa: F401

import bot.app
import bot.cli
import bot.features  # noqa: F401
from bot.i18n import catalogues, texts_for
from inference.safety import language

language.prepare()
for translated in catalogues.languages():
    texts_for(translated.replace("_", "-"))
gc.freeze()  # What is here stays: no bot's collector need look through it, and copy its pages by doing so.
