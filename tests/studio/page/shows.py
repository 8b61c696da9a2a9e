"""What the tests have the bot show: raw payloads by its own REST interface, and files of every kind."""

import io
import json
import math
import struct
import wave
from typing import Any

import aiohttp

from bot.studio import Message, Studio
from bot.studio.entities import MessageFlag
from tests.studio.drawn import picture

Json = dict[str, Any]
Files = dict[str, bytes]


async def show(studio: Studio, payload: Json, files: Files | None = None, *, channel: str = "studio") -> Message:
    """Sends a message as the bot, with files by name; what Discord would refuse is an error."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(payload), content_type="application/json")
    for index, (name, content) in enumerate((files or {}).items()):
        form.add_field(f"files[{index}]", content, filename=name)
    address = f"{studio.api_url}/channels/{studio.channel(channel).id}/messages"
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bot any"}) as session,
        session.post(address, data=form) as response,
    ):
        answer = await response.json()
        assert response.status == 200, answer
    return next(each for each in studio.messages(channel) if each.id == int(answer["id"]))


async def show_new(studio: Studio, *components: Json, files: Files | None = None) -> Message:
    """Sends components of the second generation."""
    return await show(studio, {"flags": int(MessageFlag.COMPONENTS_V2), "components": list(components)}, files)


def tone(seconds: float = 2.0, rate: int = 8000) -> bytes:
    """A WAV file of a plain tone."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        samples = (int(9000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate)))
        writer.writeframes(b"".join(struct.pack("<h", each) for each in samples))
    return file.getvalue()


def attached(name: str) -> Json:
    return {"url": f"attachment://{name}"}


EMBED: Json = {
    "author": {"name": "Ada", "url": "https://a.example/"},
    "title": "A **title**",
    "url": "https://b.example/",
    "description": "Some *words*",
    "color": 0x3366CC,
    "fields": [{"name": "one", "value": "1", "inline": True}, {"name": "two", "value": "`2`", "inline": True}],
    "image": attached("large.png"),
    "thumbnail": attached("small.png"),
    "footer": {"text": "the foot"},
    "timestamp": "2026-01-02T03:04:05+00:00",
}
EMBED_FILES: Files = {"large.png": picture(width=200, height=100), "small.png": picture(width=40, height=40)}


def row(*inner: Json) -> Json:
    return {"type": 1, "components": list(inner)}


def button(label: str, style: int = 2, **more: Any) -> Json:
    return {"type": 2, "style": style, "label": label, **(more or {"custom_id": label})}


def select(kind: int, name: str, **more: Any) -> Json:
    """A menu of this type, whose placeholder is its name too."""
    return {"type": kind, "custom_id": name, "placeholder": name, **more}


def options(*labels: str, **more: Any) -> list[Json]:
    """Options whose values are their labels; `more` are further fields of the first."""
    first, *others = [{"label": each, "value": each} for each in labels]
    return [{**first, **more}, *others]


def section(text: str, accessory: Json) -> Json:
    return {"type": 9, "components": [{"type": 10, "content": text}], "accessory": accessory}


def labelled(label: str, component: Json, **more: Any) -> Json:
    """A field of a modal under its label, which is its custom id too."""
    return {"type": 18, "label": label, "component": {"custom_id": label, **component}, **more}


# A message that uses every component of the second generation.
EVERYTHING: Json = {
    "type": 17,
    "accent_color": 0x22AA66,
    "components": [
        {"type": 10, "content": "## Heading\ntext"},
        section("beside a thumbnail", {"type": 11, "media": attached("small.png"), "description": "small"}),
        section("beside a button", button("Primary", 1)),
        {"type": 14, "divider": True, "spacing": 2},
        {
            "type": 12,
            "items": [
                {"media": attached("large.png"), "description": "large"},
                {"media": attached("small.png"), "spoiler": True},
            ],
        },
        {"type": 13, "file": attached("words.txt")},
        {"type": 14, "divider": False},
        row(*(button(f"style {style}", style) for style in (1, 2, 3, 4)), button("link", 5, url="https://a.example/")),
        row(select(3, "texts", options=options("Red", "Blue", description="like a rose", emoji={"name": "🌹"}))),
        row(select(5, "people")),
        row(select(6, "roles")),
        row(select(7, "either")),
        row(select(8, "channels")),
    ],
}
EVERYTHING_FILES: Files = EMBED_FILES | {"words.txt": b"a few words"}
