"""Why a model cannot be used or brought here. Each is one line for the host."""

from pathlib import Path

from inference.contract.errors import AtelierError
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium


class ModelUnsuitableError(AtelierError):
    """The model that was chosen for a medium makes another one, or nothing from words alone."""

    def __init__(self, name: ModelName, *, medium: Medium) -> None:
        super().__init__(f"the model {name!r} does not make the medium {medium.value!r}")
        self.name = name
        self.medium = medium


class PullError(AtelierError):
    """A model could not be brought here."""


class RefusedError(PullError):
    """What the source gives is not what may be loaded, and will not be so the next time; nothing of it is kept."""


class DownloadFailedError(PullError):
    def __init__(self, *, package: str, is_offline: bool, reason: str) -> None:
        cause = "its source cannot be reached" if is_offline else reason
        super().__init__(f"cannot download {package}: {cause}".replace("\n", " "))
        self.package = package
        self.is_offline = is_offline
        self.reason = reason


class HttpRefusedError(DownloadFailedError):
    """The server understood, and does not give the file."""

    def __init__(self, *, package: str, status: int) -> None:
        super().__init__(package=package, is_offline=False, reason=f"the server answers {status}")
        self.status = status


class AccessDeniedError(PullError):
    def __init__(self, *, repository: str, has_token: bool) -> None:
        advice = (
            "ask for access on its page, with the account of HF_TOKEN"
            if has_token
            else "if it is there, ask for access on its page and put a token of yours into HF_TOKEN"
        )
        super().__init__(f"the hub does not give {repository}: {advice}")
        self.repository = repository
        self.has_token = has_token


class SumMismatchError(RefusedError):
    def __init__(self, *, name: str, expected: str, found: str) -> None:
        super().__init__(f"the file of {name} is not the one that was named: {found}, not {expected}")
        self.name = name
        self.expected = expected
        self.found = found


class PickledWeightsError(RefusedError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has its weights in pickles alone, which can run code of theirs: only safetensors are loaded"
        )
        self.name = name


class RemoteCodeError(RefusedError):
    def __init__(self, name: str) -> None:
        named = "auto_map or custom_pipelines"
        super().__init__(f"{name} needs code of its own ({named}), and code of models is never run")
        self.name = name


class FilesMissingError(RefusedError):
    def __init__(self, *, name: str, files: str) -> None:
        super().__init__(f"{name} has no {files}")
        self.name = name
        self.files = files


class ConfigurationBrokenError(RefusedError):
    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"the configuration of {name} makes no sense: {reason}".replace("\n", " "))
        self.name = name
        self.reason = reason


class AcknowledgementNeededError(PullError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} asks for your agreement first. Run: atelier models pull {name}"
            " (--accept-licence answers for you, in a script)"
        )
        self.name = name


class PullUnderWayError(PullError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process is pulling a model into {folder}: wait for it")
        self.folder = folder


class FolderNotWritableError(PullError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"cannot write to {folder}")
        self.folder = folder


class ConversionFailedError(PullError):
    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"cannot convert {name}: {reason}")
        self.name = name
        self.reason = reason
