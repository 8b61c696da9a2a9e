"""Makes ready what a run asks for: its picture to begin from, its plan, and its prompt in a language of the model."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Final

from PIL import Image, ImageOps

from inference.contract.errors import AtelierError
from inference.contract.identifiers import ModelName
from inference.engines.checkpoint import Checkpoint, is_out_of_memory
from inference.engines.engine import Run
from inference.engines.painting import source_picture
from inference.engines.pictures.painter import Painter
from inference.engines.pictures.plan import plan_of
from inference.engines.pictures.reading import tokenizers_of, words_unread
from inference.engines.pictures.sheet import Sheet
from inference.engines.pictures.translation import translation_of

Lend = Callable[[ModelName], AbstractContextManager[Checkpoint]]  # A text model, for the length of the block.
Preparation = Generator[None, None, Sheet]

_RESAMPLING: Final = Image.Resampling.LANCZOS


def prepared(run: Run, painter: Painter, *, scale: int, lend: Lend) -> Preparation:
    """One token of a translation a step. Raises `SourceGoneError`, `OSError`."""
    request = run.image
    source = source_picture(run) if request.has_sources else None
    plan = plan_of(
        request,
        painter.entry,
        scale=scale,
        source=source.size if source else None,
        sha256=run.sources[0].sha256 if source else "",
    )
    if source is not None:
        source = ImageOps.fit(source, (plan.width, plan.height), _RESAMPLING)
    sheet = Sheet(run, plan, source=source)
    if request.translator is not None:
        sheet.translation = yield from _translated(request.prompt, request.translator, lend)
    sheet.unread = words_unread(sheet.prompt, tokenizers_of(painter.pipeline), painter.drawn.prompt_tokens)
    return sheet


def _translated(prompt: str, translator: ModelName, lend: Lend) -> Generator[None, None, str | None]:
    """None where the translator is not to be had: the prompt as it is makes a picture too."""
    try:
        with lend(translator) as checkpoint:
            return (yield from translation_of(prompt, checkpoint))
    except (AtelierError, MemoryError):
        return None
    except RuntimeError as error:
        if is_out_of_memory(error):
            return None
        raise
