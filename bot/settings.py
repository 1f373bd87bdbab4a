"""Every setting of the app, from the environment (prefix MOTCUA_); docs/operations.md lists them."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from knowledge.settings import PROJECT, KnowledgeSettings


class Settings(KnowledgeSettings):
    models: Path = Field(default=PROJECT / "var" / "models", description="Trained Rasa models.")
    host: str = Field(default="127.0.0.1", description="Address the app listens on.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port of the app.")
    rasa_port: int = Field(default=5005, ge=1, le=65535, description="Port of Rasa, on 127.0.0.1 only.")
    database_url: str = Field(default="", description="SQLAlchemy URL; SQLite under `var` if empty.")
    tracker_url: str = Field(default="", description="Rasa's tracker store; SQLite under `var` if empty.")
    redis_url: str = Field(default="", description="Rasa's lock store; in memory if empty (one Rasa process).")
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="Key of the pseudonyms people are stored under; made once and kept in `var` if empty.",
    )
    rasa_secret: SecretStr = Field(default=SecretStr(""), description="Shared by app and Rasa; made at start if empty.")
    trust_loopback: bool = Field(default=True, description="No rate limit for requests from 127.0.0.1.")
    rate_per_minute: int = Field(default=30, ge=1, description="Messages a minute from one person or address.")
    longest_message: int = Field(default=1000, ge=100, le=5000, description="Characters of a message.")
    turn_timeout: float = Field(
        default=8.0, gt=0, le=10, description="Seconds to wait for Rasa; the answer comes by 10."
    )
    stale_after_days: int = Field(
        default=180, ge=1, description="From this age on an answer says it may be out of date."
    )
    release_poll: float = Field(default=2.0, gt=0, description="Seconds between looks at the release pointer.")
    retention_days: int = Field(default=90, ge=1, description="Days after which a silent person's data is deleted.")
    message_days: int = Field(default=30, ge=1, description="Days that sent answers and old buttons are kept.")
    gather_seconds: float = Field(
        default=1.5,
        ge=0,
        le=10,
        description="Messages of a person this close together form one turn (not on the web).",
    )
    public_url: str = Field(default="", description="Public https address of the app; webhooks need it, polling not.")
    telegram_token: SecretStr = Field(default=SecretStr(""), description="Token of the Telegram bot; off if empty.")
    telegram_secret: SecretStr = Field(default=SecretStr(""), description="Secret of its webhook; derived if empty.")
    telegram_api: str = Field(default="https://api.telegram.org", description="Address of the Telegram Bot API.")
    zalo_app_id: str = Field(default="", description="App of the Zalo Official Account; off if empty.")
    zalo_app_secret: SecretStr = Field(default=SecretStr(""), description="Secret key of that app.")
    zalo_oa_id: str = Field(default="", description="The Official Account's id, for links to it.")
    zalo_oa_secret: SecretStr = Field(default=SecretStr(""), description="The Official Account's webhook secret.")
    zalo_sign_with: Literal["oa", "app"] = Field(default="oa", description="Whose secret signs webhook events.")
    zalo_refresh_token: SecretStr = Field(default=SecretStr(""), description="The first refresh token; renewed since.")
    zalo_takeover_minutes: int = Field(default=30, ge=1, description="Silence after a person answered from the OA.")
    zalo_api: str = Field(default="https://openapi.zalo.me", description="Address of the Zalo OA API.")
    zalo_oauth: str = Field(default="https://oauth.zaloapp.com", description="Address of Zalo's OAuth.")
    zalo_bot_token: SecretStr = Field(default=SecretStr(""), description="Token of the Zalo bot; off if empty.")
    zalo_bot_secret: SecretStr = Field(default=SecretStr(""), description="Secret of its webhook; derived if empty.")
    zalo_bot_api: str = Field(
        default="https://bot-api.zaloplatforms.com", description="Address of the Zalo Bot Platform."
    )

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        return str(ipaddress.ip_address("127.0.0.1" if value == "localhost" else value))

    @model_validator(mode="after")
    def _ports_differ(self) -> Settings:
        if self.port == self.rasa_port:
            raise ValueError("MOTCUA_PORT and MOTCUA_RASA_PORT must differ")
        return self

    def environment(self) -> dict[str, str]:
        """What was set, as another process of ours reads it."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            f"MOTCUA_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
        }

    @property
    def app_database(self) -> str:
        return self.database_url or f"sqlite:///{self.var / 'app.sqlite'}"

    @property
    def tracker_database(self) -> str:
        return self.tracker_url or f"sqlite:///{self.var / 'tracker.sqlite'}"
