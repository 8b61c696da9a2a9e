"""People and places in Discord's JSON. Ids are strings, permissions too."""

from bot.studio.entities import THREADS, Channel, ChannelType, Guild, Json, Member, Role, Thread, User
from bot.studio.permissions import Permission
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World


class PlacePayloads:
    """Writes users, members, roles, channels and servers as JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    # People

    def user(self, user: User) -> Json:
        return {
            "id": str(user.id),
            "username": user.username,
            "discriminator": "0",
            "global_name": user.global_name,
            "avatar": None,
            "bot": user.is_bot,
            "public_flags": 0,
        }

    def member(self, member: Member, permissions: Permission | None = None) -> Json:
        answer: Json = {
            "user": self.user(member.user),
            "nick": None,
            "avatar": None,
            "roles": [str(role_id) for role_id in member.role_ids],
            "joined_at": member.joined_at.isoformat(),
            "premium_since": None,
            "communication_disabled_until": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }
        if permissions is not None:
            answer["permissions"] = str(int(permissions))
        return answer

    def role(self, role: Role) -> Json:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(int(role.permissions)),
            "position": role.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": role.is_managed,
            "mentionable": False,
            "flags": 0,
        }

    def application(self) -> Json:
        bot = self._world.bot
        return {
            "id": str(bot.id),
            "name": bot.global_name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self.user(bot),
            "team": None,
            "verify_key": "0" * 64,
            "flags": (1 << 18) if self._world.has_message_content_intent else 0,
            "bot": self.user(bot),
        }

    # Places

    def channel(self, channel: Channel) -> Json:
        answer: Json = {
            "id": str(channel.id),
            "type": int(channel.type),
            "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
            "flags": 0,
        }
        if channel.type is ChannelType.DIRECT:
            others = [user_id for user_id in channel.recipient_ids if user_id != self._world.bot.id]
            return {**answer, "recipients": [self.user(self._world.user(user_id)) for user_id in others]}
        answer |= {
            "guild_id": str(channel.guild_id),
            "name": channel.name,
            "rate_limit_per_user": 0,
            "parent_id": str(channel.parent_id) if channel.parent_id else None,
        }
        return answer | (self._channel(channel) if channel.thread is None else self._thread(channel, channel.thread))

    def _channel(self, channel: Channel) -> Json:
        """What a thread does not have of its own: it takes these from its channel."""
        return {
            "position": channel.position,
            "topic": channel.topic,
            "nsfw": channel.is_age_restricted,
            "permission_overwrites": [
                {
                    "id": str(overwrite.target),
                    "type": 0 if overwrite.is_role else 1,
                    "allow": str(int(overwrite.allow)),
                    "deny": str(int(overwrite.deny)),
                }
                for overwrite in channel.overwrites
            ],
        }

    def _thread(self, channel: Channel, thread: Thread) -> Json:
        written = len(self._world.messages.everything(channel.id))
        return {
            "owner_id": str(thread.owner_id),
            "message_count": written,
            "total_message_sent": written,
            "member_count": len(thread.member_ids),
            "thread_metadata": {
                "archived": thread.is_archived,
                "auto_archive_duration": thread.auto_archive_minutes,
                "archive_timestamp": thread.archive_moved_at.isoformat(),
                "locked": thread.is_locked,
            },
        }

    def _entered(self, channel: Channel) -> Json:
        """A thread, with the bot's place in it where it is in it."""
        bot_id, thread = self._world.bot.id, channel.thread
        is_in = thread is not None and bot_id in thread.member_ids
        return self.channel(channel) | ({"member": self.thread_member(channel, bot_id)} if is_in else {})

    def thread_member(self, channel: Channel, user_id: Snowflake) -> Json:
        joined = self._world.now().isoformat()
        return {"id": str(channel.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}

    def guild(self, guild: Guild) -> Json:
        return {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "owner_id": str(guild.owner_id),
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "features": [],
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": guild.locale,
            "system_channel_id": str(guild.system_channel_id) if guild.system_channel_id else None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "vanity_url_code": None,
            "roles": [self.role(role) for role in guild.roles.values()],
            "emojis": [],
            "stickers": [],
        }

    def guild_create(self, guild: Guild, *, with_members: bool) -> Json:
        """GUILD_CREATE; without the members intent it names the bot alone, as Discord does."""
        bot_id = self._world.bot.id
        members = guild.members.values() if with_members else [guild.members[bot_id]]
        channels = [channel for channel in self._world.channels_of(guild.id) if self._world.sees(bot_id, channel)]
        return {
            **self.guild(guild),
            "joined_at": guild.members[bot_id].joined_at.isoformat(),
            "large": False,
            "member_count": len(guild.members),
            "members": [self.member(member) for member in members],
            "channels": [self.channel(channel) for channel in channels if channel.type not in THREADS],
            "threads": [self._entered(channel) for channel in channels if is_active_thread(channel)],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


def is_active_thread(channel: Channel) -> bool:
    """Whether it is a thread that was not archived: of the others Discord tells nobody unasked."""
    return channel.thread is not None and not channel.thread.is_archived
