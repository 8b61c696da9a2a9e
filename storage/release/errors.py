"""Why a release cannot be published. Each is one line for the host."""

from collections.abc import Sequence
from pathlib import Path

from inference.contract.errors import AtelierError


class ReleaseBrokenError(AtelierError):
    """The folder is not the release that its manifest names."""

    def __init__(self, *, folder: Path, faults: Sequence[str]) -> None:
        more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
        super().__init__(f"{folder} is not the release that was made: {faults[0]}{more}".replace("\n", " "))
        self.folder = folder
        self.faults = faults


class PushRefusedError(AtelierError):
    def __init__(self, *, repository: str, has_token: bool) -> None:
        advice = (
            "the token in HF_TOKEN may not write there" if has_token else "put a token that may write into HF_TOKEN"
        )
        super().__init__(f"the hub does not take anything for {repository}: {advice}")
        self.repository = repository
        self.has_token = has_token


class PushFailedError(AtelierError):
    """The way was cut, or the server had a fault: another push goes on where this one was."""

    def __init__(self, *, repository: str, reason: str) -> None:
        super().__init__(f"the push to {repository} broke off ({reason}); the same command goes on with it")
        self.repository = repository
        self.reason = reason


class RepositoryForeignError(AtelierError):
    """The repository holds what no release holds: a push would delete it."""

    def __init__(self, *, repository: str, example: str) -> None:
        super().__init__(f"{repository} holds other files, such as {example}: push into a repository of its own")
        self.repository = repository
        self.example = example


class RepositoryPublicError(AtelierError):
    """What was to stay private would be seen by all."""

    def __init__(self, repository: str) -> None:
        super().__init__(f"{repository} is public: say --public if the release may be seen by all")
        self.repository = repository


class NewerReleasePushedError(AtelierError):
    """An older one on top would bring back what was withdrawn since."""

    def __init__(self, *, repository: str, version: int, newest: int) -> None:
        super().__init__(f"{repository} has version {newest} already, which is newer than {version}")
        self.repository = repository
        self.version = version
        self.newest = newest


class ReleaseDiffersError(AtelierError):
    def __init__(self, *, repository: str, version: int) -> None:
        super().__init__(f"{repository} has another release under v{version}: versions do not change, make a new one")
        self.repository = repository
        self.version = version


class ReleaseUnderWayError(AtelierError):
    """Somebody is making a release into the same place: two at once would build in each other's way."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another release is being made in {folder}: wait until it is done")
        self.folder = folder


class FolderTakenError(AtelierError):
    """What is there is left as it is: a release is never changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is there already: choose another folder")
        self.folder = folder


class VersionTakenError(AtelierError):
    def __init__(self, *, version: int, newest: int) -> None:
        super().__init__(
            f"version {version} is not above the newest, {newest}: leave --version out, or choose a higher one"
        )
        self.version = version
        self.newest = newest


class ReleaseOvertakenError(AtelierError):
    """Members went on withdrawing or erasing while it was made, each time that it was made again."""

    def __init__(self) -> None:
        super().__init__("works were withdrawn while the release was made, again and again: try once more")


class ProcessLostError(AtelierError):
    """A process that makes files ready was ended from outside, as by a machine that has no memory left."""

    def __init__(self) -> None:
        super().__init__("a process of the release was ended from outside, perhaps for want of memory: try once more")


class NothingToReleaseError(AtelierError):
    def __init__(self) -> None:
        super().__init__("no work of this server may be released: `atelier release preview` says why")


class ReleaseOutdatedError(AtelierError):
    """What was taken back after it was made is on the host's disk alone so far: a push would publish it."""

    def __init__(self, *, version: int, works: int, raters: int) -> None:
        super().__init__(
            f"of version {version}, {works:,} works and {raters:,} raters were taken back since: make a new version"
        )
        self.version = version
        self.works = works
        self.raters = raters


class ReleaseUnknownError(AtelierError):
    """Made from another data folder: nobody here knows what was taken back since."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} was not made here, so what was taken back since is not known: --unknown sends it")
        self.folder = folder


class ReleaseUnplacedError(AtelierError):
    """It is made and written down, but its place was taken, or the disk refused, at the last step."""

    def __init__(self, *, version: int, folder: Path) -> None:
        super().__init__(
            f"version {version} is made, but cannot stand in {folder}: free that;"
            " the next `atelier release make` puts it there"
        )
        self.version = version
        self.folder = folder
