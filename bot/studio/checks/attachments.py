"""The limits of attachments, and what Discord makes of a file: its name, its type, its size in pixels."""

import mimetypes
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.studio.checks.form import Form
from bot.studio.checks.pictures import picture_size
from bot.studio.entities import Attachment, Draft, Json, Upload
from bot.studio.errors import DiscordError
from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

ATTACHMENTS = 10
DESCRIPTION_CHARACTERS = 1024
_BARRED = re.compile(r"[^A-Za-z0-9_.-]")
# Python asks the machine's own tables too; what a picture is called must not depend on them.
_PICTURES = {".avif": "image/avif", ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
             ".png": "image/png", ".webp": "image/webp"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file that came with a request which may yet be refused: nothing of it is kept so far."""

    id: Snowflake
    upload: Upload
    filename: str
    description: str | None = None


def checked_arrivals(
    world: World, form: Form, body: Json, uploads: Mapping[int, Upload], before: Draft
) -> tuple[tuple[Attachment, ...], tuple[Arrival, ...]]:
    """What stays of a message's attachments, and what is new.

    Without `attachments` in the body all that was there stays; with it, what it names.

    Raises:
        DiscordError: 40005 where a file is larger than one may be. Other problems go to the form.
    """
    kept, described = before.attachments, {}
    if "attachments" in body:
        described = _described(form, body["attachments"] or [], before, uploads)
        kept = tuple(each for each in before.attachments if str(each.id) in described)
    added = tuple(arrival(world, upload, described.get(str(index), {})) for index, upload in uploads.items())
    if len(kept) + len(added) > ATTACHMENTS:
        form.problem(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS} or fewer in length.")
    return kept, added


def _described(form: Form, value: object, before: Draft, uploads: Mapping[int, Upload]) -> dict[str, Json]:
    known = {str(each.id) for each in before.attachments} | {str(index) for index in uploads}
    described: dict[str, Json] = {}
    for index, each in enumerate(form.listing(("attachments",), value, most=ATTACHMENTS)):
        path = ("attachments", index)
        part = form.mapping(path, each)
        if str(part.get("id")) not in known:
            form.problem(path, "ATTACHMENT_NOT_FOUND", f"Uploaded attachment {part.get('id')} not found.")
        if part.get("description") is not None:
            form.text((*path, "description"), part["description"], most=DESCRIPTION_CHARACTERS)
        if part.get("filename") is not None:
            form.text((*path, "filename"), part["filename"], least=1, most=1024)
        described[str(part.get("id"))] = part
    return described


def arrival(world: World, upload: Upload, described: Json) -> Arrival:
    """A file as Discord will call it; 40005 where it is larger than one file may be."""
    if len(upload.content) > world.attachment_limit_bytes:
        raise DiscordError(40005)
    attachment_id = world.mint.next()
    given = str(described.get("filename") or upload.filename)
    return Arrival(
        id=attachment_id,
        upload=Upload(given, upload.content, upload.media_type),
        filename=cleansed(given) or f"{attachment_id}{_ending(given)}",
        description=described.get("description") or None,
    )


def taken_in(world: World, arrivals: Iterable[Arrival]) -> tuple[Attachment, ...]:
    """The files, kept from now on."""
    return tuple(_taken_in(world, each) for each in arrivals)


def _taken_in(world: World, new: Arrival) -> Attachment:
    content, given = new.upload.content, new.upload.filename
    media_type = new.upload.media_type or media_type_of(new.filename)
    width, height = picture_size(content) if media_type.startswith("image/") else (None, None)
    attachment = Attachment(
        id=new.id,
        filename=new.filename,
        path=world.files.path_of(new.id),
        size_bytes=len(content),
        media_type=media_type,
        title=PurePosixPath(given).stem if given != new.filename else None,
        description=new.description,
        width=width,
        height=height,
    )
    world.files.take(attachment, content)
    return attachment


def media_type_of(filename: str) -> str:
    """What the ending says, for Discord takes a file's word for what it is."""
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return _PICTURES.get(PurePosixPath(filename).suffix.lower(), guessed)


def cleansed(filename: str) -> str:
    """The name as Discord keeps it, after `werkzeug.utils.secure_filename`; empty where no stem is left of it.

    What is left is ASCII letters and digits, `_`, `.` and `-`, with an underscore for each run of spaces.
    """
    ascii_only = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    words = ascii_only.replace("/", " ").replace("\\", " ").split()
    stem, dot, ending = _BARRED.sub("", "_".join(words)).rpartition(".")
    if dot and not stem.strip("._"):
        return ""
    return f"{stem}{dot}{ending}".strip("._")


def _ending(filename: str) -> str:
    return _BARRED.sub("", PurePosixPath(filename).suffix)
