"""A loopback Discord server: REST and gateway v10 for the real discord.py client, people who act, and a page.

Serve it and point discord.py at it::

    async with Studio.open(port=0, clock=MovableClock(), settings=StudioSettings(rate_limits=RELAXED)) as studio:
        discord.http.Route.BASE = studio.api_url
        discord.asset.Asset.BASE = studio.page_url.rstrip("/")
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(studio.gateway_url)

Then act as people and look at what the bot did::

        ada = studio.person("ada")                                  # also "mira" (admin) and "lin" (zh-CN)
        asked = await ada.command("write", {"prompt": "the sea"})   # Interaction, always as it stands now
        await studio.until(lambda: asked.response and "sea" in asked.response.content)
        await ada.press(asked.response, asked.response.button("Again").custom_id)
        await ada.react(asked.response, "5️⃣")
        await ada.command("imagine", {"prompt": "a cat", "reference": Upload("cat.png", content)})

`asked.is_acknowledged`, `.response`, `.followups`, `.modal`, `.choices`, `.sent_ns`; `message.content`, `.buttons`,
`.embeds`, `.components`, `.attachments` (`.filename`, `.content` bytes while the message shows them, `.media_type`,
`.description`, `.width`, `.height`, `.is_spoiler`), `.reactions`, `.pings`, `.edits_count`,
`.is_thinking`, `.is_ephemeral`, `.is_deleted`; `studio.messages("gallery")`, `studio.channel("after-dark")` (it is
age-restricted), `studio.requests`,
`studio.faults.answer("POST", "/messages$", status=500)`, `studio.faults.drop_gateway()`,
`studio.limiter.change(Bucket.WRITE, Window(limit=2, seconds=5))`, `studio.limiter.share(Bucket.REACT, seconds=1)`,
`studio.stir()` (makes `until` look again after something beyond the studio changed, such as a database row),
`studio.world.refusals.links.add("evil.example")` and `.words` (what Discord and AutoMod refuse),
`studio.world.attachment_limit_bytes = 1024`, `await mira.archive(thread)`,
`studio.world.set_overwrite(channel_id, bot_id, deny=Permission.SEND_MESSAGES)`, `studio.join_guild("Elsewhere")`.
"""

from bot.studio.entities import (
    Attachment,
    Button,
    Channel,
    ChannelType,
    Guild,
    Message,
    MessageFlag,
    Pings,
    Upload,
    User,
)
from bot.studio.errors import ClientRefusedError, DiscordError
from bot.studio.faults import Fault, Faults, Hold, Moment
from bot.studio.intents import Intent
from bot.studio.interactions import Callback, Interaction, InteractionKind
from bot.studio.people import Person
from bot.studio.permissions import MODERATOR, Permission
from bot.studio.ratelimits import RELAXED, Bucket, RateLimits, Window
from bot.studio.server import Studio, StudioSettings
from bot.studio.snowflakes import MovableClock, Snowflake

__all__ = [
    "MODERATOR",
    "RELAXED",
    "Attachment",
    "Bucket",
    "Button",
    "Callback",
    "Channel",
    "ChannelType",
    "ClientRefusedError",
    "DiscordError",
    "Fault",
    "Faults",
    "Guild",
    "Hold",
    "Intent",
    "Interaction",
    "InteractionKind",
    "Message",
    "MessageFlag",
    "Moment",
    "MovableClock",
    "Permission",
    "Person",
    "Pings",
    "RateLimits",
    "Snowflake",
    "Studio",
    "StudioSettings",
    "Upload",
    "User",
    "Window",
]
