"""`/help`, and a greeting where the bot may speak when it joins a server."""

from typing import TYPE_CHECKING

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.i18n import Texts, texts_for
from bot.rights import is_staff

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)


class Guide(commands.Cog):
    def __init__(self, client: "AtelierClient") -> None:
        self._client = client

    @app_commands.command(name=locale_str("help"), description=locale_str("What Atelier can do"))
    async def help(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        t = texts_for(str(interaction.locale))
        parts = (guide(t), guide_to_the_house(t)) if is_staff(interaction) else (guide(t),)
        await interaction.response.send_message("\n\n".join(parts), ephemeral=True)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        channel = greeting_channel(guild)
        if channel is None:
            log.info("no channel to greet in", server=guild.id)
            return
        try:
            await channel.send(greeting(texts_for(str(guild.preferred_locale))))
        except discord.HTTPException as error:
            log.warning("the greeting was not sent", server=guild.id, error=str(error))


def greeting_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """The server's channel for such messages, or else the uppermost one in which the bot may speak."""
    candidates = [*filter(None, [guild.system_channel]), *guild.text_channels]
    return next((channel for channel in candidates if _may_speak(channel)), None)


def _may_speak(channel: discord.TextChannel) -> bool:
    permissions = channel.permissions_for(channel.guild.me)
    return permissions.view_channel and permissions.send_messages


def guide(t: Texts) -> str:
    """What the commands do, in the member's language."""
    return "\n".join(
        (
            t("**Atelier makes things with you.**"),
            t("`/write` – a story, a poem, lyrics, a script, a dialogue, an advertisement, study notes, free writing"),
            t("`/imagine` – pictures, from your words or from a picture of yours"),
            t("`/jobs` – what waits or is being made, and how to stop it"),
            t("`/history` – what you or others made here: by day, by words, or a work's family"),
            t("`/styles` – what a picture can look like"),
            t("`/favourites` – what you keep with a ❤️"),
            t("`/rate` – works that need your stars, one by one"),
            t("`/duel` – which of two is better?"),
            t("`/gallery` – the best works, and the leaderboard"),
            t("`/privacy` – what is stored about you, and what you may do about it"),
            "",
            t("**Under a work**"),
            t("**Continue** goes on with it, **Revise** changes what you say, **Remix** begins from its recipe."),
            t("**Again** makes another one, **Recipe** tells how it was made, **Delete** takes it away."),
            t(
                "Under pictures, **Vary** draws over one, **Upscale** makes it larger, "
                "**Reference** begins a new one from it."
            ),
            t("🚩 tells the moderators. ❤️ keeps it."),
            t("React with 1️⃣ to 5️⃣ to rate somebody else's work. Your latest reaction counts; take it back at any time."),
            t("**Rate** asks about its beauty, whether it fits the prompt, and its flaws."),
            t("-# Everything here was made by a machine, from members' words."),
        )
    )


def guide_to_the_house(t: Texts) -> str:
    """What there is besides for those who look after the server."""
    return "\n".join(
        (
            t("**For moderators and admins**"),
            t("`/moderate` – what members reported, pictures that I keep back, who may make nothing more"),
            t("`/settings` – where I work, how much each member may ask for, what I refuse or keep back"),
            t("`/styles` – how pictures may look: add your own, hide mine"),
            t("`/stats` – makers, works, ratings and waits, day by day"),
        )
    )


def greeting(t: Texts) -> str:
    return "\n".join(
        (
            t("👋 **Hello, I am Atelier.** I write and draw with you, and you tell me what is good."),
            t("Begin with `/write` or `/imagine`, or see `/help`."),
        )
    )
