"""Serves attachments: shown in place where they are pictures, sound, film or plain text, downloaded otherwise."""

from urllib.parse import quote

from aiohttp import web

from bot.studio.addresses import PROXY, Addresses
from bot.studio.entities import Attachment
from bot.studio.snowflakes import Snowflake
from bot.studio.spool import Spool

_MEDIA = frozenset(
    {
        "image/png", "image/gif", "image/jpeg", "image/webp", "image/avif",
        "video/mp4", "video/quicktime", "video/webm",
        "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/ogg", "audio/flac", "audio/x-flac",
    }
)  # fmt: skip
_SHOWN = _MEDIA | {"text/plain"}
_GONE = "This content is no longer available."


def add_file_routes(app: web.Application, spool: Spool, addresses: Addresses) -> None:
    """The addresses of attachments, those of the media proxy, which serves media alone, and the page's own.

    The page's are not signed, and still serve what an edit has just taken away: a page is always a little late.
    """

    async def get_file(request: web.Request) -> web.StreamResponse:
        attachment = spool.get(_asked(request))
        is_good = addresses.is_good(request.rel_url.raw_path.removeprefix(PROXY), request.query)
        if attachment is None or not is_good:
            raise web.HTTPNotFound(text=_GONE)
        if request.path.startswith(PROXY) and attachment.media_type not in _MEDIA:
            raise web.HTTPUnsupportedMediaType
        return _served(attachment)

    async def get_for_page(request: web.Request) -> web.StreamResponse:
        attachment = spool.get_lingering(_asked(request))
        if attachment is None:
            raise web.HTTPNotFound(text=_GONE)
        return _served(attachment)

    for prefix, handler in (("", get_file), (PROXY, get_file), ("/studio", get_for_page)):
        for folder in ("attachments", "ephemeral-attachments"):
            app.router.add_get(f"{prefix}/{folder}/{{place}}/{{attachment}}/{{filename}}", handler)


def _asked(request: web.Request) -> Snowflake:
    number = request.match_info["attachment"]
    return Snowflake(int(number) if number.isdecimal() else 0)


def _served(attachment: Attachment) -> web.FileResponse:
    return web.FileResponse(attachment.path, headers=_headers(attachment))


def _headers(attachment: Attachment) -> dict[str, str]:
    is_shown = attachment.media_type in _SHOWN
    place = "inline" if is_shown else "attachment"
    charset = "; charset=utf-8" if attachment.media_type == "text/plain" else ""
    return {
        "Content-Type": attachment.media_type + charset if is_shown else "application/octet-stream",
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(attachment.filename)}",
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "private, max-age=3600, immutable",
    }
