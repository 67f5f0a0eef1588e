"""What the service is told: from the environment (CASEMATE_…), or from the TOML file that CASEMATE_SETTINGS names."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from data.formats.limits import MIB, MOST_BYTES


class Settings(BaseSettings):
    """Settings of one service; each is documented in docs/service/settings.md."""

    model_config = SettingsConfigDict(env_prefix="CASEMATE_", extra="forbid", frozen=True)

    database: str = "sqlite:///casemate.db"
    token: SecretStr | None = None  # embedded mode: one planner with every role, known by this token
    jwks: Path | None = None  # keys that sign tokens; a file, as nothing is fetched
    algorithms: tuple[str, ...] = ("Ed25519", "ES256", "RS256")
    issuer: str = ""
    audience: str = "casemate"
    signing_key: Path | None = None  # private key that signs verdicts; casemate audit key makes one
    most_json: int = Field(MIB, gt=0)  # bytes of a body that is no upload
    most_upload: int = Field(MOST_BYTES, gt=0)
    wait: float = Field(10.0, ge=0, le=300)  # seconds a request waits for its plan before it becomes a job
    workers: int = Field(1, ge=0, le=64)  # processes that do jobs
    sessions: int = Field(2, ge=1, le=64)  # processes that keep theatres warm
    queue: int = Field(8, ge=0)  # requests that may wait for one of them
    warm_memory: int = Field(2048, gt=0)  # MiB of one of them, above which its oldest theatres go
    warm_seconds: float = Field(1800.0, gt=0)  # a session that nobody asks for so long is over

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the first that names one wins: the caller, the environment, the file."""
        file = os.environ.get("CASEMATE_SETTINGS")
        named = (TomlConfigSettingsSource(settings_cls, Path(file)),) if file else ()
        return (init_settings, env_settings, *named)
