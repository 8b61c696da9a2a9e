"""What can go wrong, as facts; `bot.errors` makes the sentences that members read."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AtelierError(Exception):
    """The root of every error that Atelier raises on purpose."""


class InvalidRequestError(AtelierError):
    """A request that can never run, whoever asks and whenever."""


class PromptEmptyError(InvalidRequestError):
    """Nothing is left of the prompt once blanks and control characters are gone."""


class PromptTooLongError(InvalidRequestError):
    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"prompt of {length} characters, at most {limit}")
        self.length = length
        self.limit = limit


class SeedOutOfRangeError(InvalidRequestError):
    def __init__(self, *, seed: int, maximum: int) -> None:
        super().__init__(f"seed {seed}, at most {maximum}")
        self.seed = seed
        self.maximum = maximum


class WordsOutOfRangeError(InvalidRequestError):
    def __init__(self, *, words: int, minimum: int, maximum: int) -> None:
        super().__init__(f"{words} words, {minimum} to {maximum}")
        self.words = words
        self.minimum = minimum
        self.maximum = maximum


class TemperatureOutOfRangeError(InvalidRequestError):
    def __init__(self, *, temperature: float, maximum: float) -> None:
        super().__init__(f"temperature {temperature}, 0 to {maximum}")
        self.temperature = temperature
        self.maximum = maximum


class VariantsOutOfRangeError(InvalidRequestError):
    def __init__(self, *, variants: int, maximum: int) -> None:
        super().__init__(f"{variants} variants, 1 to {maximum}")
        self.variants = variants
        self.maximum = maximum


class ChangeMissingError(InvalidRequestError):
    """A revision without what to change, or what to change without a revision."""


class ChangeTooLongError(InvalidRequestError):
    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"change of {length} characters, at most {limit}")
        self.length = length
        self.limit = limit


class CountOutOfRangeError(InvalidRequestError):
    def __init__(self, *, count: int, maximum: int) -> None:
        super().__init__(f"{count} pictures, 1 to {maximum}")
        self.count = count
        self.maximum = maximum


class AvoidTooLongError(InvalidRequestError):
    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(f"{length} characters to avoid, at most {limit}")
        self.length = length
        self.limit = limit


class OptionOutOfRangeError(InvalidRequestError):
    """A figure of an `inference.contract.image.Option` that no model takes."""

    def __init__(self, *, option: str, figure: float, minimum: float, maximum: float) -> None:
        super().__init__(f"{option} {figure}, {minimum} to {maximum}")
        self.option = option
        self.figure = figure
        self.minimum = minimum
        self.maximum = maximum


class StrengthWithoutReferenceError(InvalidRequestError):
    """How far from a reference, without a reference."""


class FrameBrokenError(InvalidRequestError):
    """The words of a style do not hold the place of the prompt exactly once, or are too long."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"a frame without one place for the prompt, or of more than {limit} characters")
        self.limit = limit


class BasisNotTakenError(InvalidRequestError):
    """The model cannot begin from what it was given; `basis` is an `inference.contract.mediums.Basis`."""

    def __init__(self, *, basis: str, model: str) -> None:
        super().__init__(f"{model} cannot begin from: {basis}")
        self.basis = basis
        self.model = model


class LanguageNotSpokenError(InvalidRequestError):
    """The prompt is in a language (BCP 47, primary subtag) that the model was not trained to write."""

    def __init__(self, *, language: str, model: str, spoken: tuple[str, ...]) -> None:
        super().__init__(f"{model} does not speak {language}")
        self.language = language
        self.model = model
        self.spoken = spoken


class ModelUnknownError(AtelierError):
    """The catalog has no such model."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no model named {name!r} in the catalog")
        self.name = name


class ModelMissingError(AtelierError):
    """The catalog has the model, but its files are not here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"model {name!r} is not downloaded")
        self.name = name


class Quota(StrEnum):
    """What a limit counts."""

    A_DAY = "a_day"
    WAITING = "waiting"


class QuotaReachedError(AtelierError):
    """A member has as many requests as the server's admins allow."""

    def __init__(self, *, quota: Quota, limit: int, used: int, resets_at: datetime | None) -> None:
        super().__init__(f"{used} of {limit} requests ({quota})")
        self.quota = quota
        self.limit = limit
        self.used = used
        self.resets_at = resets_at  # None: no time frees it. One of those that wait has to end, or the limit is 0.


class WordBlockedError(AtelierError):
    """The server's admins do not want this word in requests."""

    def __init__(self, word: str) -> None:
        super().__init__("a blocked word")  # The word is the member's, and errors reach the log.
        self.word = word


class JobNotFoundError(AtelierError):
    """No such job."""


class CreationNotFoundError(AtelierError):
    """No such creation, or it was deleted."""


class CreationElsewhereError(CreationNotFoundError):
    """It is another server's, or stands in a channel that is closed to whoever asks: to them there is none."""


class WorkDecidedError(AtelierError):
    """Somebody has already decided whether a work is for releases."""

    def __init__(self, *, is_accepted: bool) -> None:
        super().__init__("accepted already" if is_accepted else "rejected already")
        self.is_accepted = is_accepted


class TagsOutOfRangeError(InvalidRequestError):
    """More tags than a work may have, or too long a one."""

    def __init__(self, *, most: int, most_characters: int) -> None:
        super().__init__(f"at most {most} tags of {most_characters} characters")
        self.most = most
        self.most_characters = most_characters


class ReportDecidedError(AtelierError):
    """Somebody has decided about the report already, or it is gone: taken back, or with its work."""


class ReportGoneError(ReportDecidedError):
    """It was taken back, or went with its work."""


class NotAllowedError(AtelierError):
    """The member may not do this to somebody else's work."""


class IllegalMoveError(AtelierError):
    """A job cannot go from the state that it has to the one asked for."""


class StorageUnavailableError(AtelierError):
    """The database or the disk did not take a write; nothing was changed."""


class DiskFullError(StorageUnavailableError):
    """No space is left where the data folder stands."""


class ArtifactLostError(AtelierError):
    """The file that an engine made is not there any longer, or is not the one that it named."""


class SourceGoneError(AtelierError):
    """A work that another was to be made from was deleted before that began."""


class FailureCode(StrEnum):
    """Why a job failed, told apart only where a member or the host would do something else about it."""

    MODEL_MISSING = "model_missing"
    MODEL_BROKEN = "model_broken"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    ENGINE_BROKE = "engine_broke"
    ACTOR_LOST = "actor_lost"
    NOTHING_MADE = "nothing_made"
    OUT_OF_RANGE = "out_of_range"  # The model's numbers: what it made would be black, or noise.
    SOURCE_GONE = "source_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job ended without an artifact."""

    code: FailureCode
    detail: str = ""  # For the host's log, never for a member; holds no prompt.
