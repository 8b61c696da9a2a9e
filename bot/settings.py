"""The host's settings, from the environment and `.env`; `.env.example` explains each."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, HttpUrl, SecretStr, WebsocketUrl
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium

Seconds = Annotated[float, Field(ge=0)]

# Set for the commands that the bot runs: their environment has all that they need, and `.env` holds secrets beyond it.
_WITHOUT_FILE: Final = "_ATELIER_WITHOUT_ENV_FILE"


class Settings(BaseSettings):
    """Every value has a default that works on a laptop without a GPU, a hub or a token."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="ATELIER_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    # Another server than Discord's own, such as a rate-limit proxy, changes the two addresses.
    discord_token: SecretStr | None = Field(default=None, validation_alias="DISCORD_TOKEN")
    discord_api_url: HttpUrl | None = Field(default=None, validation_alias="DISCORD_API_URL")
    discord_gateway_url: WebsocketUrl | None = Field(default=None, validation_alias="DISCORD_GATEWAY_URL")

    data_dir: Path = Path("data")
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        if _WITHOUT_FILE in os.environ:
            return init_settings, env_settings
        return init_settings, env_settings, dotenv_settings

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
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'atelier.db'}"

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
