"""Reads multipart bodies into memory, up to a limit."""

from aiohttp import BodyPartReader, web

from bot.studio.entities import Upload
from bot.studio.errors import DiscordError

REQUEST_LIMIT_BYTES = 25 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024


async def read_form(request: web.Request) -> tuple[dict[str, str], dict[str, list[Upload]]]:
    """The text fields and the files of a form, by name; DiscordError 40005 when it is larger than a request may be.

    Several files may have one name; of text fields with one name the last counts.
    """
    fields: dict[str, str] = {}
    files: dict[str, list[Upload]] = {}
    room = REQUEST_LIMIT_BYTES
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = await _read(part, room)
        room -= len(content)
        if part.filename is None:
            fields[part.name] = content.decode()
        else:
            files.setdefault(part.name, []).append(Upload(filename=part.filename, content=content))
    return fields, files


async def _read(part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        content += chunk
        if len(content) > room:
            raise DiscordError(40005)
    return bytes(content)
