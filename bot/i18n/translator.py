"""Command names, descriptions and choices in the languages that we have."""

from typing import Final

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation

from bot.i18n import texts_for

_NAMES: Final = frozenset(
    {
        TranslationContextLocation.command_name,
        TranslationContextLocation.group_name,
        TranslationContextLocation.parameter_name,
    }
)


class GettextTranslator(app_commands.Translator):
    """Looks the names up in the same catalogues as every other sentence."""

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """None leaves the English original."""
        t = texts_for(locale.value)
        # What stands in a message's menu is a title like that of a button, not a word to be typed.
        is_name = context.location in _NAMES and not isinstance(context.data, app_commands.ContextMenu)
        translated = t.name(string.message) if is_name else t(string.message)
        return translated if translated != string.message else None
