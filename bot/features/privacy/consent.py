"""Whether a member's works and ratings may be released: asked once each, in private.

About works below the first that is finished, about ratings after the first that is given by a button or in a form;
who only reacts is asked below the next page that they look at.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import discord
import structlog
from discord.ext import commands
from discord.utils import MISSING

from bot.desk import server_of
from bot.endings import ended_within
from bot.i18n import Texts, texts_for
from bot.postbox import TRANSIENT, view_of
from bot.ui.buttons import RowButton
from bot.ui.notes import Button, Note
from inference.contract.errors import JobNotFoundError, StorageUnavailableError
from inference.contract.identifiers import MemberId, MessageId
from storage.domain import Consent, Creation

if TYPE_CHECKING:
    from bot.client import AtelierClient

log = structlog.get_logger(__name__)

# To be raised with every change of what a question means, so that an old answer is not taken for one to the new: a yes
# counts from the wording here on.
WORDINGS: Final[Mapping[Consent, int]] = MappingProxyType({Consent.WORKS: 2, Consent.RATINGS: 3})
LOCALES_REMEMBERED: Final = 10_000
LAST_QUESTIONS_SECONDS: Final = 3.0


class Asking(commands.Cog):
    """Asks each maker once in each server. Nothing is released of those who do not answer."""

    def __init__(self, client: "AtelierClient") -> None:
        self._client = client
        # A job knows the language of its server; this question is private, and speaks the member's.
        self._locales: OrderedDict[MemberId, str] = OrderedDict()
        self._questions: set[asyncio.Task[None]] = set()

    async def cog_load(self) -> None:
        self._client.services.courier.when_delivered(self._ask_soon)

    async def cog_unload(self) -> None:
        await ended_within(self._questions, LAST_QUESTIONS_SECONDS)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        member = MemberId(interaction.user.id)
        self._locales[member] = str(interaction.locale)
        self._locales.move_to_end(member)
        if len(self._locales) > LOCALES_REMEMBERED:
            self._locales.popitem(last=False)

    def _ask_soon(self, creation: Creation, _: Sequence[MessageId]) -> None:
        question = asyncio.create_task(self._ask(creation), name=f"ask about work {creation.id}")
        self._questions.add(question)
        question.add_done_callback(self._questions.discard)

    async def _ask(self, creation: Creation) -> None:
        services = self._client.services
        consents, server, member = services.storage.consents, creation.server, creation.member
        try:
            job = await services.storage.jobs.get(creation.job)
            locale = self._locales.get(member, job.locale)
            if not services.postbox.may_use_token(job.reply):
                return  # It took too long to be told in private: below the next work, then.
            # Written down first: it is better not asked than asked twice.
            wording = WORDINGS[Consent.WORKS]
            if not await consents.ask_once(server, member, Consent.WORKS, at=_now(), wording=wording, locale=locale):
                return
            try:
                await services.storage.jobs.get(creation.job)  # Erased meanwhile, the member leaves no mark either.
                await services.postbox.whisper(job.reply, question_note(Consent.WORKS, texts_for(locale)))
            except (*TRANSIENT, JobNotFoundError) as error:
                log.warning("a question of consent was not asked", work=creation.id, error=str(error))
                await consents.unask(server, member, Consent.WORKS, wording=wording)
        except (JobNotFoundError, StorageUnavailableError) as error:
            log.info("a question of consent was left out", work=creation.id, error=str(error))


async def ask_rater(interaction: discord.Interaction["AtelierClient"]) -> None:
    """Ask the member who has just rated, unless they were asked before. What was rated stands in any case."""
    consents, about = interaction.client.services.storage.consents, Consent.RATINGS
    server, member, locale = server_of(interaction), MemberId(interaction.user.id), str(interaction.locale)
    try:
        wording = WORDINGS[about]
        if not await consents.ask_once(server, member, about, at=_now(), wording=wording, locale=locale):
            return
        note = question_note(about, texts_for(locale))
        try:
            await interaction.followup.send(note.content, view=view_of(note) or MISSING, ephemeral=True)
        except TRANSIENT as error:
            log.warning("a question of consent was not asked", error=str(error))
            await consents.unask(server, member, about, wording=wording)
    except StorageUnavailableError as error:
        log.info("a question of consent was left out", error=str(error))


async def ask_reactor(interaction: discord.Interaction["AtelierClient"]) -> None:
    """Ask, below something private, a member who rates by reactions alone: to those nobody can answer in private."""
    storage, server, member = interaction.client.services.storage, server_of(interaction), MemberId(interaction.user.id)
    try:
        about = Consent.RATINGS
        if not await storage.consents.is_open(server, member, about, wording=WORDINGS[about]):
            return
        if await storage.ratings.has_any(server, member):
            await ask_rater(interaction)
    except StorageUnavailableError as error:
        log.info("a question of consent was left out", error=str(error))


class ConsentButton(RowButton, template=r"consent:(?P<about>works|ratings):(?P<answer>yes|no):(?P<id>\d+)"):
    """An answer to the question of the wording whose number it carries."""

    @property
    def about(self) -> Consent:
        return Consent(self.match["about"])

    @property
    def is_given(self) -> bool:
        return self.match["answer"] == "yes"

    async def press(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        await interaction.response.defer()
        await self.write_down(interaction)
        t = texts_for(str(interaction.locale))
        await interaction.edit_original_response(content=_thanks(self.about, t, is_given=self.is_given), view=None)

    async def write_down(self, interaction: discord.Interaction["AtelierClient"]) -> None:
        consents = interaction.client.services.storage.consents
        say = consents.give if self.is_given else consents.withdraw
        await say(
            server_of(interaction),
            MemberId(interaction.user.id),
            self.about,
            at=_now(),
            wording=self.row_id,
            locale=str(interaction.locale),
        )


def question_note(about: Consent, t: Texts) -> Note:
    """Whether a member's works, or ratings, may be released. Another meaning is another wording."""
    return Note(
        content="\n".join(_of_works(t) if about is Consent.WORKS else _of_ratings(t)),
        buttons=(
            Button(
                custom_id=f"consent:{about}:yes:{WORDINGS[about]}",
                label=t("Yes, they may"),
                emoji="✅",
                style=discord.ButtonStyle.success,
            ),
            Button(custom_id=f"consent:{about}:no:{WORDINGS[about]}", label=t("No"), emoji="✖️"),
        ),
    )


def _of_works(t: Texts) -> Sequence[str]:
    return (
        t("**May the works that you make here become part of a release?**"),
        t(
            "A release is a collection of this server's works, with their prompts, how they were made and what came of"
            " what, and with their scores. Its admins choose it and may publish it under the licence CC BY 4.0:"
            " everybody may then copy, change and learn from it, also to train models. Your name is not in it, and a"
            " pseudonym stands for you, another one in each release."
        ),
        t(
            "Left out are works that come from others' works whose authors have not said yes, works that begin with a"
            " member's own file, and those of models whose licence forbids it."
        ),
        *_in_any_case(t),
    )


def _of_ratings(t: Texts) -> Sequence[str]:
    return (
        t("**May your ratings become part of a release?**"),
        t(
            "A release is a collection of this server's works that its admins choose and may publish under the licence"
            " CC BY 4.0: everybody may then copy, change and learn from it, also to train models. Of your ratings it"
            " would hold the stars, the sentence if you write one, the choices in duels, and roughly when each was"
            " given. Your name is not in it: pseudonyms stand for you, others in each release."
        ),
        t(
            "Your reactions can be seen by everybody in a channel. Whoever remembers a few of them can find out which"
            " pseudonym is yours for your reactions. What you say in private (forms, `/rate`, duels, sentences) stands"
            " under another pseudonym, and not at works that you react to."
        ),
        *_in_any_case(t),
    )


def _in_any_case(t: Texts) -> Sequence[str]:
    return (
        t("What has been published cannot be called back; whatever you decide later holds for all releases after it."),
        t("No answer means no. You can change your mind at any time: `/privacy`."),
    )


def _thanks(about: Consent, t: Texts, *, is_given: bool) -> str:
    match about, is_given:
        case Consent.WORKS, True:
            return t("Thank you. Your works here may become part of releases. `/privacy` takes it back.")
        case Consent.WORKS, False:
            return t("Your works here stay out of releases. `/privacy` is where you can change that.")
        case Consent.RATINGS, True:
            return t("Thank you. Your ratings here may become part of releases. `/privacy` takes it back.")
        case _:
            return t("Your ratings here stay out of releases. `/privacy` is where you can change that.")


def _now() -> datetime:
    return datetime.now(UTC)
