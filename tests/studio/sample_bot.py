"""A discord.py bot for the tests: a command of every kind, buttons that outlive it, and a diary of what it heard."""

import re
from typing import Any, Self

import discord
from discord import app_commands
from discord.ext import commands


class AgainButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"creation:again:(?P<number>\d+)",
):
    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(discord.ui.Button(label="Again", custom_id=f"creation:again:{number}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> Any:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"again {self.number}", view=again_view(self.number + 1))


class ColourMenu(discord.ui.Select[discord.ui.View]):
    def __init__(self) -> None:
        options = [discord.SelectOption(label="Red"), discord.SelectOption(label="Blue")]
        super().__init__(custom_id="menu", options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"picked {self.values[0]}", view=None)


class PlacesMenu(discord.ui.ChannelSelect[discord.ui.View]):
    def __init__(self) -> None:
        super().__init__(custom_id="places", channel_types=[discord.ChannelType.text])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"picked {self.values[0].name}", view=None)


def again_view(number: int) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(AgainButton(number))


class TitleModal(discord.ui.Modal, title="A title"):
    name: discord.ui.TextInput[Self] = discord.ui.TextInput(label="Title", custom_id="title", max_length=40)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"called {self.name.value}")


class ReferenceModal(discord.ui.Modal, title="A reference"):
    reference: discord.ui.Label[Self] = discord.ui.Label(
        text="Picture", component=discord.ui.FileUpload(custom_id="reference", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.reference.component, discord.ui.FileUpload)
        chosen = self.reference.component.values
        sizes = [len(await each.read()) for each in chosen]
        await interaction.response.send_message(f"{[each.filename for each in chosen]} {sizes}")


class FriendModal(discord.ui.Modal, title="A friend"):
    friend: discord.ui.Label[Self] = discord.ui.Label(
        text="Who", component=discord.ui.UserSelect(custom_id="friend", max_values=2)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.friend.component, discord.ui.UserSelect)
        await interaction.response.send_message(f"with {[each.display_name for each in self.friend.component.values]}")


class Works(commands.Cog):
    release = app_commands.Group(
        name="release", description="Releases.", default_permissions=discord.Permissions(manage_guild=True)
    )

    @app_commands.command(description="Writes.")
    @app_commands.choices(genre=[app_commands.Choice(name="A story", value="story")])
    async def write(
        self,
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, 100],
        genre: app_commands.Choice[str] | None = None,
        length: app_commands.Range[int, 10, 500] = 100,
    ) -> None:
        await interaction.response.defer(thinking=True)
        chosen = genre.value if genre is not None else "free"
        await interaction.edit_original_response(
            content=f"{chosen} {length} {prompt}", view=again_view(1), allowed_mentions=discord.AllowedMentions.none()
        )

    @app_commands.command(description="Answers privately, then once more.")
    async def whisper(self, interaction: discord.Interaction, file: discord.Attachment | None = None) -> None:
        await interaction.response.send_message("first", ephemeral=True)
        files = [await file.to_file()] if file is not None else []
        await interaction.followup.send("second", ephemeral=True, files=files)

    @app_commands.command(description="Refuses: the placeholder goes, a private word comes.")
    async def refuse(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.delete_original_response()
        await interaction.followup.send("not today", ephemeral=True)

    @app_commands.command(description="Opens a modal.")
    async def name(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(TitleModal())

    @app_commands.command(description="Gives the file back.")
    async def echo(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=file.filename, attachments=[await file.to_file()])

    @app_commands.command(description="Shows a reference, several times where it is asked to.")
    async def imagine(
        self,
        interaction: discord.Interaction,
        prompt: str,
        style: str | None = None,
        reference: discord.Attachment | None = None,
        count: app_commands.Range[int, 1, 10] = 1,
        is_spoiler: bool = False,
    ) -> None:
        assert isinstance(interaction.client, SampleBot)
        interaction.client.references.append(reference)
        await interaction.response.defer(thinking=True)
        if reference is None:
            await interaction.edit_original_response(content=prompt)
            return
        files = [
            await reference.to_file(filename=f"{number}.png", description=f"{prompt} {number}", spoiler=is_spoiler)
            for number in range(1, count + 1)
        ]
        await interaction.edit_original_response(content=prompt, attachments=files, view=again_view(1))

    @imagine.autocomplete("style")
    async def complete_style(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        told = interaction.namespace.reference
        return [app_commands.Choice(name=f"{current} {type(told).__name__}", value=str(getattr(told, "id", None)))]

    @app_commands.command(description="Asks for a file in a modal.")
    async def remix(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(ReferenceModal())

    @app_commands.command(description="Asks for people in a modal.")
    async def together(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(FriendModal())

    @app_commands.command(description="Completes.")
    async def model(self, interaction: discord.Interaction, name: str) -> None:
        await interaction.response.send_message(f"model {name}")

    @model.autocomplete("name")
    async def complete(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        known = ["small", "smart", "tall"]
        return [app_commands.Choice(name=each, value=each) for each in known if each.startswith(current)]

    @app_commands.command(description="Asks with a select menu.")
    async def pick(self, interaction: discord.Interaction) -> None:
        view = discord.ui.View()
        await interaction.response.send_message("which?", view=view.add_item(ColourMenu()))

    @app_commands.command(description="Asks for text channels.")
    async def places(self, interaction: discord.Interaction) -> None:
        view = discord.ui.View()
        await interaction.response.send_message("where?", view=view.add_item(PlacesMenu()))

    @app_commands.command(description="Says whether the place is for adults.")
    async def place(self, interaction: discord.Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel | discord.Thread)
        await interaction.response.send_message(f"for adults: {interaction.channel.is_nsfw()}")

    @app_commands.command(description="Stays silent.")
    async def nothing(self, interaction: discord.Interaction) -> None:
        return

    @app_commands.command(description="Says who asks.")
    async def whoami(self, interaction: discord.Interaction, other: discord.Member | None = None) -> None:
        of = other.display_name if other is not None else "nobody"
        may = interaction.permissions.administrator
        await interaction.response.send_message(
            f"{interaction.user.display_name} {interaction.locale} {interaction.guild_locale} {may} {of} "
            f"{interaction.app_permissions.send_messages} {interaction.filesize_limit} {interaction.context.guild}"
        )

    @app_commands.command(description="Says whether who asks is a moderator: here, and in the whole server.")
    async def rights(self, interaction: discord.Interaction) -> None:
        assert isinstance(interaction.user, discord.Member)
        here, everywhere = interaction.permissions, interaction.user.guild_permissions
        await interaction.response.send_message(f"{here.manage_messages} {everywhere.manage_messages}")

    @release.command(description="Shows a release.")
    async def preview(self, interaction: discord.Interaction, version: int) -> None:
        await interaction.response.send_message(f"release {version}")


@app_commands.context_menu(name="Recipe")
async def recipe(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"recipe of {message.content}", ephemeral=True)


class SampleBot(commands.Bot):
    """`heard` lists what its raw listeners heard, as (event, what it was about)."""

    def __init__(self, *, intents: discord.Intents) -> None:
        super().__init__(
            command_prefix=(),
            intents=intents,
            max_messages=None,
            guild_ready_timeout=0.05,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self.heard: list[tuple[str, Any]] = []
        self.references: list[discord.Attachment | None] = []
        self.resumes = 0
        self.guilds_told = 0
        self.on_note = _nothing

    async def setup_hook(self) -> None:
        self.add_dynamic_items(AgainButton)
        await self.add_cog(Works())
        self.tree.add_command(recipe)
        await self.tree.sync()

    def _note(self, heard: tuple[str, Any]) -> None:
        self.heard.append(heard)
        self.on_note()

    def studio_channel(self, studio_channel_id: int) -> discord.TextChannel:
        channel = self.get_channel(studio_channel_id)
        assert isinstance(channel, discord.TextChannel)
        return channel

    async def on_resumed(self) -> None:
        self.resumes += 1
        self.on_note()

    async def on_message(self, message: discord.Message) -> None:
        self._note(("message", message.content))

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self._note(("edit", event.message_id))

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self._note(("delete", event.message_id))

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        self._note(("bulk delete", frozenset(event.message_ids)))

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        name = event.member.display_name if event.member is not None else None
        self._note(("add", (str(event.emoji), event.user_id, name)))

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        self._note(("remove", (str(event.emoji), event.user_id)))

    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        self._note(("clear", event.message_id))

    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        self._note(("clear emoji", str(event.emoji)))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._note(("joined", guild.name))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._note(("left", guild.name))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.guilds_told += 1
        self.on_note()

    async def on_thread_join(self, thread: discord.Thread) -> None:
        self._note(("in thread", thread.name))

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self._note(("thread", thread.name))


def _nothing() -> None:
    return None
