"""What the channel shows for a job and for a creation: pure functions from values to notes."""

from bot.quoting import quoted
from bot.ui.notes.ends import End, end_of_work, end_without_work, parts_of_work
from bot.ui.notes.heading import EXCERPT_LIMIT, heading, heading_without_words
from bot.ui.notes.jobs import cancelled, failed, held_up, ready_ping, waiting, working
from bot.ui.notes.note import DESCRIPTION_LIMIT, MESSAGE_LIMIT, Attachment, Button, Note
from bot.ui.notes.pictures import SPOILER, may_be_enlarged, picture_elsewhere
from bot.ui.notes.plainer import WHOLE, Look, Refusal, plainer, refused, unshowable, wordless
from bot.ui.notes.texts import MAX_MESSAGES, variants_to_look_at, whole_text
from bot.ui.notes.works import finished, finished_in_one, hidden

__all__ = (
    "DESCRIPTION_LIMIT",
    "EXCERPT_LIMIT",
    "MAX_MESSAGES",
    "MESSAGE_LIMIT",
    "SPOILER",
    "WHOLE",
    "Attachment",
    "Button",
    "End",
    "Look",
    "Note",
    "Refusal",
    "cancelled",
    "end_of_work",
    "end_without_work",
    "failed",
    "finished",
    "finished_in_one",
    "heading",
    "heading_without_words",
    "held_up",
    "hidden",
    "may_be_enlarged",
    "parts_of_work",
    "picture_elsewhere",
    "plainer",
    "quoted",
    "ready_ping",
    "refused",
    "unshowable",
    "variants_to_look_at",
    "waiting",
    "whole_text",
    "wordless",
    "working",
)
