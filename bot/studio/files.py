"""Serves attachments: shown in place where they are pictures, sound, film or plain text, downloaded otherwise."""

from urllib.parse import quote

from aiohttp import web

from bot.studio.snowflakes import Snowflake
from bot.studio.world import World

_SHOWN = frozenset(
    {
        "image/png", "image/gif", "image/jpeg", "image/webp", "image/avif",
        "video/mp4", "video/quicktime", "video/webm",
        "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/ogg", "audio/flac", "audio/x-flac",
        "text/plain",
    }
)  # fmt: skip


def add_file_routes(app: web.Application, world: World) -> None:
    async def get_file(request: web.Request) -> web.Response:
        number = request.match_info["attachment"]
        attachment = world.files.get(Snowflake(int(number))) if number.isdecimal() else None
        if attachment is None or attachment.filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        place = "inline" if attachment.media_type in _SHOWN else "attachment"
        return web.Response(
            body=attachment.content,
            content_type=attachment.media_type if place == "inline" else "application/octet-stream",
            charset="utf-8" if attachment.media_type == "text/plain" else None,
            headers={
                "Content-Disposition": f"{place}; filename*=UTF-8''{quote(attachment.filename)}",
                "Content-Security-Policy": "sandbox",
            },
        )

    app.router.add_get("/attachments/{channel}/{attachment}/{filename}", get_file)
