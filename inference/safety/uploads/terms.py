"""What a member may upload, why it may be refused, and how the process that looks at it answers."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from inference.contract.errors import AtelierError
from inference.contract.image import Picture

MAX_UPLOAD_BYTES: Final = 20 * 2**20
MAX_PIXELS: Final = 51_000_000  # A photograph of a telephone; a WebP of as many takes nearly 1 GB to decode.
MIN_SIDE: Final = 32  # Pixels, before and after it is made smaller.
MAX_SIDE: Final = 1_536  # What is larger is made smaller.
MAX_ANSWER_BYTES: Final = 8 * 2**20  # A picture of that size without any pattern takes 7.1 MB as a PNG.


class Refusal(StrEnum):
    """Why an upload is not taken in."""

    TOO_LARGE = "too_large"  # In bytes.
    GONE = "gone"  # It could not be fetched.
    NO_PICTURE = "no_picture"  # Or none of a kind that is read here.
    BROKEN = "broken"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_FEW_PIXELS = "too_few_pixels"
    TOO_NARROW = "too_narrow"  # Made smaller, one side would be nearly nothing.
    TOO_DEMANDING = "too_demanding"  # More memory or time than one upload is given.


class UploadRefusedError(AtelierError):
    """What a member uploaded is not taken in. `detail` is for the host's log and holds nothing of the file."""

    def __init__(self, reason: Refusal, *, detail: str = "") -> None:
        super().__init__(f"upload refused: {reason}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """An upload made plain: the bytes of a PNG in RGB that holds pixels and nothing else."""

    png: bytes
    picture: Picture


def packed(answer: Clean | UploadRefusedError) -> bytes:
    """One line of JSON, and then the PNG."""
    match answer:
        case Clean(png=png, picture=picture):
            return json.dumps({"picture": asdict(picture)}).encode() + b"\n" + png
        case UploadRefusedError(reason=reason, detail=detail):
            return json.dumps({"reason": reason, "detail": detail}).encode() + b"\n"


def unpacked(sent: bytes) -> Clean:
    """Raises `UploadRefusedError`, and `ValueError` for what `packed` did not make."""
    head, _, png = sent.partition(b"\n")
    match json.loads(head):
        case {"picture": {"width": int(width), "height": int(height), "fingerprint": str(fingerprint)}}:
            return Clean(png=png, picture=Picture(width=width, height=height, fingerprint=fingerprint))
        case {"reason": str(reason), "detail": str(detail)}:
            raise UploadRefusedError(Refusal(reason), detail=detail)
        case _:
            raise ValueError("an answer of another kind")
