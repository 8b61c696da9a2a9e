"""The host's settings, from the environment and `.env`; `.env.example` explains each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, SecretStr, WebsocketUrl
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from storage import address_of

Seconds = Annotated[float, Field(ge=0)]


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
    def models_folder(self) -> Path:
        return self.data_dir / "models"

    @property
    def spool_folder(self) -> Path:
        return self.data_dir / "spool"
