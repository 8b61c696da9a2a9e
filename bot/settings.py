"""The host's settings, from the environment and `.env`; `.env.example` explains each."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from dotenv import dotenv_values
from pydantic import Field, HttpUrl, SecretStr, WebsocketUrl, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.contract.errors import AtelierError
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from storage import address_of

STUDIO_ARCHIVE: Final = "studio.db"  # In the data folder: what stands in the studio.

Seconds = Annotated[float, Field(ge=0)]

_PREFIX: Final = "ATELIER_"
_ENCODING: Final = "utf-8-sig"  # Some editors begin a file with a mark, which is no part of the first name.
_CHECKOUT: Final = Path(__file__).parents[1]
_HOME: Final = "ATELIER_HOME"
_NOT_OURS_TO_READ: Final = ("ATELIER_FAKE_", "ATELIER_TEST_")  # The fake engine and the tests read these themselves.
# Set for the commands that the bot runs: their environment has all that they need, and `.env` holds secrets beyond it.
_WITHOUT_FILE: Final = "_ATELIER_WITHOUT_ENV_FILE"


class EnvFileError(AtelierError):
    """`.env` is there and cannot be read."""


def home() -> Path:
    """The folder that holds `.env`, and from which relative paths in the settings start.

    `ATELIER_HOME`, or else the checkout that this code is in, or else the folder that the command runs in.
    """
    if chosen := os.environ.get(_HOME):
        return Path(chosen).absolute()
    return _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else Path.cwd()


class Settings(BaseSettings):
    """Every value has a default that works on a laptop without a GPU, a hub or a token."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file_encoding=_ENCODING, env_ignore_empty=True, extra="ignore", frozen=True
    )

    # Another server than Discord's own, such as a rate-limit proxy, changes the two addresses.
    discord_token: SecretStr | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    discord_api_url: HttpUrl | None = Field(default=None, validation_alias="DISCORD_API_URL")
    discord_gateway_url: WebsocketUrl | None = Field(default=None, validation_alias="DISCORD_GATEWAY_URL")

    data_dir: Path = Field(default=Path("data"), validate_default=True)
    database_url: str | None = None  # None: SQLite in the data folder.

    catalog: Path | None = None  # None: the models that Atelier knows by itself.
    text_model: ModelName | None = None  # None: the catalog's default.
    image_model: ModelName | None = None  # None: the catalog's default.
    hf_token: SecretStr | None = Field(default=None, validation_alias="HF_TOKEN")  # For pulls and pushes.
    hf_endpoint: str | None = Field(default=None, validation_alias="HF_ENDPOINT")  # Of a mirror of the hub.
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    batch_size: int = Field(default=8, ge=1, le=8)
    deadline_seconds: float = Field(default=180, gt=0)
    grace_seconds: Seconds = 10

    ping_after_seconds: Seconds = 300
    seed_reactions: bool = True

    studio_host: str = "127.0.0.1"
    studio_port: int = Field(default=8420, ge=0, le=65535)
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | Literal["off"] = 8422

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"

    @field_validator("data_dir", "catalog")
    @classmethod
    def _from_home(cls, path: Path | None) -> Path | None:
        """A relative path is the same wherever the host's shell stands."""
        return None if path is None else home() / path.expanduser()

    @classmethod
    def read(cls) -> Self:
        """From the environment and `.env`. Raises `EnvFileError`, and pydantic's `ValidationError`."""
        return cls(_env_file=_env_file())

    def for_release(self) -> dict[str, str]:
        """What the command that makes releases needs to know, as environment variables."""
        wanted = {
            "ATELIER_DATA_DIR": str(self.data_dir.absolute()),
            "ATELIER_DATABASE_URL": self.database_url,
            "ATELIER_CATALOG": str(self.catalog.absolute()) if self.catalog else None,
        }
        return {_WITHOUT_FILE: "1"} | {name: value for name, value in wanted.items() if value is not None}

    @property
    def chosen_models(self) -> Mapping[Medium, ModelName | None]:
        """None: the catalog's default."""
        return {Medium.TEXT: self.text_model, Medium.IMAGE: self.image_model}

    @property
    def storage_url(self) -> str:
        return self.database_url or address_of(self.data_dir.absolute() / "atelier.db")

    @property
    def media_folder(self) -> Path:
        return self.data_dir / "media"

    @property
    def cache_folder(self) -> Path:
        """What libraries of the processes that we start keep for their next run."""
        return self.data_dir / "cache"

    @property
    def models_folder(self) -> Path:
        return self.data_dir / "models"

    @property
    def spool_folder(self) -> Path:
        return self.data_dir / "spool"


def variable_of(field: str) -> str:
    """What a field is called in the environment. What is called so already stays as it is."""
    known = Settings.model_fields.get(field)
    if known is None:
        return field
    return known.validation_alias if isinstance(known.validation_alias, str) else f"{_PREFIX}{field.upper()}"


def unknown_variables() -> Iterator[tuple[str, str | None]]:
    """The names of ours in the environment and in `.env` that no setting has, each with the nearest that one has.

    Raises `EnvFileError`.
    """
    path = _env_file()
    given = {*os.environ, *(dotenv_values(path, encoding=_ENCODING) if path else ())}
    # By what makes them differ: all that begins with our prefix is alike.
    known = {name.removeprefix(_PREFIX): name for name in (*map(variable_of, Settings.model_fields), _HOME)}
    for name in sorted(given):
        meant = name.upper().removeprefix(_PREFIX)
        if (
            name.upper().startswith(_PREFIX)
            and name.upper() not in known.values()
            and not name.startswith(_NOT_OURS_TO_READ)
        ):
            yield name, next((known[near] for near in get_close_matches(meant, known, n=1)), None)


def _env_file() -> Path | None:
    """None where there is none, or it is not to be read. Raises `EnvFileError`."""
    path = home() / ".env"
    if _WITHOUT_FILE in os.environ:
        return None
    try:
        path.read_text(encoding=_ENCODING)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise EnvFileError(f"{path} is not in UTF-8. Save it again in that encoding.") from None
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read: {error.strerror}.") from error
    return path
