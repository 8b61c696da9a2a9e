"""Command names, descriptions and choices in the languages that we have."""

from discord import Locale, app_commands

from bot.i18n import texts_for


class GettextTranslator(app_commands.Translator):
    """Looks the names up in the same catalogues as every other sentence."""

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """None leaves the English original."""
        texts = texts_for(locale.value)
        return texts(string.message) if texts.has(string.message) else None
