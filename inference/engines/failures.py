"""From an exception to what a host and a member are told of it: facts, and never a prompt."""

import errno
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from inference.contract.artifacts import Making
from inference.contract.errors import Failure, FailureCode, ModelMissingError, ModelUnknownError, SourceGoneError
from inference.contract.events import Failed, Succeeded
from inference.contract.identifiers import JobId
from inference.contract.outage import Cause, Outage
from inference.engines.accelerator import DeviceUnusableError
from inference.engines.engine import ModelBrokenError, NotFiniteError, NothingMadeError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def end_of(job_id: JobId, make: Callable[[], Making]) -> Succeeded | Failed:
    """How a run ends whose work is done but for its artifacts: to write them may fail, for this run alone."""
    try:
        return Succeeded(job_id=job_id, making=make())
    except Exception as error:
        return Failed(job_id=job_id, failure=failure_of(error))


def failure_of(error: Exception) -> Failure:
    """The failure that an engine's exception amounts to."""
    return Failure(code=_code_of(error), detail=f"{type(error).__name__} at {places_of(error)[-1]}")


def outage_of(error: Exception) -> Outage:
    """Why the process cannot work, from what broke while it started; no prompt has reached it yet."""
    match error:
        case DeviceUnusableError(outage=outage):
            return outage
        case MemoryError():
            return Outage(cause=Cause.OUT_OF_MEMORY, reason="there was too little memory to start")
        case ImportError() | OSError():
            return Outage(cause=Cause.LIBRARY_BROKEN, reason=f"a library cannot be loaded: {error}")
        case _:
            reason = f"{type(error).__name__} at {places_of(error)[-1]}: {error}"
            return Outage(cause=Cause.CRASHED, reason=reason)


def places_of(error: BaseException) -> list[str]:
    """Where the exception passed, outermost first. Its message and the values of its frames may quote a prompt."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames] or ["nowhere"]


def _code_of(error: Exception) -> FailureCode:
    match error:
        case MemoryError():
            return FailureCode.OUT_OF_MEMORY
        case ModelMissingError() | ModelUnknownError():
            return FailureCode.MODEL_MISSING
        case ModelBrokenError() | DeviceUnusableError():
            return FailureCode.MODEL_BROKEN
        case NothingMadeError():
            return FailureCode.NOTHING_MADE
        case NotFiniteError():
            return FailureCode.OUT_OF_RANGE
        case SourceGoneError():
            return FailureCode.SOURCE_GONE
        case OSError(errno=number) if number in _NO_ROOM:
            return FailureCode.DISK_FULL
        case _:
            return FailureCode.ENGINE_BROKE
