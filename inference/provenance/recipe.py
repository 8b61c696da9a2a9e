"""Everything that it takes to make a picture again, and nothing of who asked for it."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from inference.contract.artifacts import Provenance
from inference.contract.errors import AtelierError, InvalidRequestError
from inference.contract.image import ImageRequest
from inference.contract.mediums import MAX_SEED

KEY: Final = "atelier"  # Of the text in the file.
_VERSION: Final = 1  # Raised by every change that an older reader would misunderstand.


class RecipeUnreadableError(AtelierError):
    """No recipe of ours, or one of a later version."""


class DigitalSource(StrEnum):
    """Where a picture's pixels come from, in IPTC's words (http://cv.iptc.org/newscodes/digitalsourcetype/)."""

    MODEL = "trainedAlgorithmicMedia"
    MODEL_AND_UPLOAD = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Of one picture of a job."""

    request: ImageRequest
    provenance: Provenance
    part: int  # Which of the job's pictures, from 0.
    digital_source: DigitalSource = DigitalSource.MODEL

    @property
    def seed(self) -> int:
        """Of this picture."""
        return (self.provenance.seed + self.part) % (MAX_SEED + 1)


_RECIPE: Final = TypeAdapter(Recipe)


def encoded(recipe: Recipe) -> str:
    """As JSON, the same for equal recipes."""
    return json.dumps({"version": _VERSION, **_RECIPE.dump_python(recipe, mode="json")}, ensure_ascii=False)


def decoded(text: str) -> Recipe:
    """Raises `RecipeUnreadableError` for whatever else a stranger's file may hold."""
    try:
        fields = json.loads(text)
        if not isinstance(fields, dict) or fields.get("version") != _VERSION:
            raise RecipeUnreadableError("of another version")
        return _RECIPE.validate_python(fields)
    except (ValueError, RecursionError, InvalidRequestError) as error:  # What pydantic finds is a ValueError.
        raise RecipeUnreadableError(type(error).__name__) from error
