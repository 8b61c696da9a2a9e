"""Messages and interactions in Discord's JSON, as one viewer may see them."""

from typing import Any

from bot.studio.addresses import Addresses
from bot.studio.entities import Attachment, Channel, Json, Message, MessageFlag
from bot.studio.interactions import Interaction
from bot.studio.places import PlacePayloads
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

_SPOILER = 1 << 3


class Payloads(PlacePayloads):
    """Writes all entities as JSON."""

    def __init__(self, world: World, addresses: Addresses) -> None:
        super().__init__(world)
        self._addresses = addresses

    # Messages

    def attachment(self, attachment: Attachment, channel_id: Snowflake, *, is_ephemeral: bool = False) -> Json:
        place = self._world.bot.id if is_ephemeral else channel_id
        address, proxied = self._addresses.of(attachment, place, is_ephemeral=is_ephemeral)
        is_text = attachment.media_type.startswith("text/")
        answer: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size_bytes,
            "url": address,
            "proxy_url": proxied,
            "content_type": attachment.media_type + ("; charset=utf-8" if is_text else ""),
            "flags": _SPOILER if attachment.is_spoiler else 0,
        }
        for name in ("title", "description", "width", "height"):
            if (value := getattr(attachment, name)) is not None:
                answer[name] = value
        return answer | {"ephemeral": True} if is_ephemeral else answer

    def message(self, message: Message, viewer: Snowflake, *, is_reference: bool = False) -> Json:
        """A message as somebody sees it: `me` in reactions, and blank for a bot that may not read content."""
        channel = self._world.channels.get(message.channel_id)
        answer: Json = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "author": self.user(self._world.users[message.author_id]),
            "type": int(message.type),
            "content": message.content,
            "timestamp": message.created_at.isoformat(),
            "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
            "tts": False,
            "mention_everyone": message.draft.mentions.everyone,
            "mentions": [self.user(self._world.users[each]) for each in sorted(message.draft.mentions.users)],
            "mention_roles": [str(each) for each in sorted(message.draft.mentions.roles)],
            "attachments": [self._attached(each, message) for each in _beside_embeds(message)],
            "embeds": [self._filled(each, message) for each in (*message.embeds, *message.previews)],
            "components": [self._filled(each, message) for each in message.components],
            "pinned": message.is_pinned,
            "flags": int(message.flags | (MessageFlag.HAS_THREAD if message.thread_id else MessageFlag(0))),
            "reactions": self._reactions(message, viewer),
        }
        if channel is not None and message.thread_id is not None and message.thread_id in self._world.channels:
            answer["thread"] = self.channel(self._world.channels[message.thread_id])
        if message.nonce is not None:
            answer["nonce"] = message.nonce
        answer |= self._interaction(message)
        if not is_reference:
            answer |= self._reference(message, viewer)
        if self._is_blank_for(message, channel, viewer):
            answer |= {"content": "", "embeds": [], "attachments": [], "components": []}
        return answer

    def _attached(self, attachment: Attachment, message: Message) -> Json:
        return self.attachment(attachment, message.channel_id, is_ephemeral=message.is_ephemeral)

    def dispatched(self, message: Message, viewer: Snowflake) -> Json:
        """A message in a gateway event: with the server and the author's membership."""
        answer = self.message(message, viewer)
        channel = self._world.channel(message.channel_id)
        if channel.guild_id is not None:
            answer["guild_id"] = str(channel.guild_id)
            member = self._world.guild(channel.guild_id).members.get(message.author_id)
            if member is not None:
                answer["member"] = {name: value for name, value in self.member(member).items() if name != "user"}
        return answer

    def _reactions(self, message: Message, viewer: Snowflake) -> list[Json]:
        return [
            {
                "emoji": {"id": None, "name": emoji},
                "count": len(normal) + len(burst),
                "count_details": {"burst": len(burst), "normal": len(normal)},
                "burst_colors": [],
                "me": viewer in normal,
                "me_burst": viewer in burst,
            }
            for emoji in message.emojis
            for normal, burst in [(message.reactions.get(emoji, []), message.bursts.get(emoji, []))]
        ]

    def _interaction(self, message: Message) -> Json:
        if message.interaction_metadata is None:
            return {}
        return {
            "webhook_id": str(self._world.bot.id),
            "application_id": str(self._world.bot.id),
            "interaction_metadata": self._with_users(message.interaction_metadata),
        }

    def _with_users(self, metadata: Json) -> Json:
        answer = {**metadata, "user": self.user(self._world.user(Snowflake(int(metadata["user_id"]))))}
        if "triggering_interaction_metadata" in metadata:
            answer["triggering_interaction_metadata"] = self._with_users(metadata["triggering_interaction_metadata"])
        return answer

    def _reference(self, message: Message, viewer: Snowflake) -> Json:
        if message.reply_to is None:
            return {}
        channel = self._world.channels.get(message.channel_id)
        reference: Json = {"type": 0, "channel_id": str(message.channel_id), "message_id": str(message.reply_to)}
        if channel is not None and channel.guild_id is not None:
            reference["guild_id"] = str(channel.guild_id)
        standing = {each.id: each for each in self._world.messages.everything(message.channel_id)}
        target = standing.get(message.reply_to)
        shown = self.message(target, viewer, is_reference=True) if target is not None else None
        return {"message_reference": reference, "referenced_message": shown}

    def _is_blank_for(self, message: Message, channel: Channel | None, viewer: Snowflake) -> bool:
        if viewer != self._world.bot.id or self._world.has_message_content_intent or message.author_id == viewer:
            return False
        return channel is not None and channel.guild_id is not None and viewer not in message.draft.mentions.users

    def _filled(self, part: Any, message: Message) -> Any:
        """Puts real addresses in the place of `attachment://name`."""
        if isinstance(part, list):
            return [self._filled(each, message) for each in part]
        if not isinstance(part, dict):
            return part
        answer = {name: self._filled(value, message) for name, value in part.items()}
        address = answer.get("url")
        if isinstance(address, str) and address.startswith("attachment://"):
            name = address.removeprefix("attachment://")
            found = next((each for each in message.attachments if each.filename == name), None)
            if found is not None:
                known = self._attached(found, message)
                answer |= {
                    key: known[key] for key in ("url", "proxy_url", "content_type", "width", "height") if key in known
                }
                answer |= {"attachment_id": known["id"], "size": known["size"], "filename": found.filename}
        return answer

    # Interactions

    def interaction(self, interaction: Interaction) -> Json:
        """INTERACTION_CREATE."""
        world = self._world
        channel = world.channel(interaction.channel_id)
        user = world.user(interaction.user_id)
        app_permissions = world.permissions(world.bot.id, channel)
        answer: Json = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "data": interaction.payload,
            "channel_id": str(channel.id),
            "locale": interaction.locale,
            "app_permissions": str(int(app_permissions)),
            "attachment_size_limit": world.attachment_limit_bytes,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(channel.guild_id or 0)},
            "context": 0 if channel.guild_id is not None else 1,
        }
        if channel.guild_id is None:
            answer |= {"channel": self.channel(channel), "user": self.user(user)}
        else:
            guild = world.guild(channel.guild_id)
            held = world.permissions(user.id, channel)
            answer |= {
                "channel": {**self.channel(channel), "permissions": str(int(held))},
                "guild_id": str(guild.id),
                "guild_locale": guild.locale,
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "member": self.member(guild.members[user.id], held),
            }
        if interaction.source is not None:
            answer["message"] = self.message(interaction.source, world.bot.id)
        return answer


def _beside_embeds(message: Message) -> list[Attachment]:
    """What a message's list of attachments names: not those that its embeds show."""
    shown = {(embed.get(part) or {}).get("url") for embed in message.embeds for part in ("image", "thumbnail")}
    return [each for each in message.attachments if f"attachment://{each.filename}" not in shown]
