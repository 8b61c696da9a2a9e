"""What tests of pictures do again and again."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from bot.studio import Interaction, Message
from bot.studio.entities import Upload
from inference.contract.identifiers import MessageId
from storage import Creation
from tests.support.host import Host, custom_id

SMALL: Final = {"size": "64x64"}


def labels(message: Message) -> list[str]:
    return [str(button.label) for button in message.buttons]


def picture_in(message: Message, number: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(message.attachments[number].content))


def png(colour: str = "teal", size: tuple[int, int] = (96, 64), *, filename: str = "cat.png") -> Upload:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return Upload(filename=filename, content=content.getvalue())


def limited_painter(folder: Path, *, options: Sequence[str] = (), bases: Sequence[str] = ("nothing",)) -> str:
    """A catalog in which the fake painter honours less, and reads English alone; what `ATELIER_CATALOG` names."""
    path = folder / "catalog.toml"
    path.write_text(
        f"""
[models.fake-pictures]
title = "Plain painter"
medium = "image"
engine = "fake-pictures"
licence = "Apache-2.0"
memory_gib = 0.0
languages = ["en"]
bases = {list(bases)}
options = {list(options)}
source = {{ kind = "builtin" }}

[models.fake-pictures.picture]
canvas = {{ width = 64, height = 64 }}
multiple_of = 8
least_pixels = 4_096
most_pixels = 4_096
steps = 4
guidance = 4.0
prompt_tokens = 512
"""
    )
    return str(path)


async def pressed(host: Host, slug: str, work: Message, label: str) -> Interaction:
    return await host.studio.person(slug).press(work, custom_id(work, label))


async def with_modal(host: Host, asked: Interaction) -> Interaction:
    return await host.until(lambda: asked if asked.modal else None)


async def creation_in(host: Host, message: Message) -> Creation:
    async with host.storage() as storage:
        return await storage.creations.by_message(MessageId(message.id))


async def private_answer(host: Host, asked: Interaction) -> Message:
    """What the member alone is shown, a card or words."""
    return await host.until(
        lambda: asked.response if asked.response and (asked.response.content or asked.response.embeds) else None
    )
