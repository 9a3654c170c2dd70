"""Settings from the environment, `ONRECORD_*`: read once where a program starts, passed down from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.errors import UsageError
from ledger.passphrases import read_file

_MAILTO = re.compile(r"mailto:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_WEB = re.compile(r"https://[\x21-\x7e]{1,500}")


class Settings(BaseSettings):
    """What a server or a command is told from outside. Secrets do not show when this is printed."""

    model_config = SettingsConfigDict(env_prefix="ONRECORD_", frozen=True, extra="ignore", env_ignore_empty=True)

    ledger: str | None = Field(None, description="a file, a database URL, or an address of a ledger")
    keys: Path | None = Field(None, description="folder of the ledger's keys; by default <ledger>.keys beside the file")
    key: str | None = Field(None, description="the key to sign with: a path, or env:NAME")
    passphrase: SecretStr | None = Field(None, description="opens keys that have one")
    passphrase_file: Path | None = Field(None, description="a file whose first line does")
    read_token: SecretStr | None = Field(None, description="where set, reading needs it as a bearer token")
    public_url: str | None = Field(None, description="the address at which this ledger is reached from outside, for links")
    contact: str | None = Field(
        None, description="where readers report an error: mailto:NAME@HOST or an https address; every page shows it"
    )
    answers: int = Field(64, ge=0, description="MiB of answers that each process of a server keeps; 0 for none")
    prepared: Path | None = Field(
        None,
        description="a file for answers about claims, worked out beforehand; by default <ledger>.prepared beside the file",
    )
    prepared_most: int = Field(1_024, ge=0, description="MiB of those at most; 0 for none")
    duty: Path | None = Field(
        None, description="a file that the processes of one server have in common: whoever holds it works behind the log"
    )
    replica_of: str | None = Field(
        None, description="the ledger's database is a standby, only read here; the server at this address takes what is written"
    )
    trust: str = Field("", description="with replica_of: the log's two keys and its issuer's, with blanks between")
    hooks_allow: str = Field("", description="private networks that webhooks may reach, like 10.1.0.0/16, with commas between")
    capture_allow: str = Field(
        "", description="private networks that captures may reach, like 10.1.0.0/16, with commas between"
    )
    browser: str | None = Field(
        None, description="a browser of the Chromium kind that draws captured pages; by default chromium, where it is"
    )
    witnesses: Path | None = Field(None, description="a tlog-policy file: the witnesses that are asked to sign the log")
    fail_closed: bool = Field(False, description="the log shows nothing that not enough of its witnesses have signed")
    witness_interval: float = Field(5.0, ge=0.1, le=3_600, description="seconds between two rounds of asking witnesses")
    republish: int = Field(
        3_600, ge=0, description="seconds after which a log with witnesses that did not grow is signed anew; 0: never"
    )
    witness: Path | None = Field(None, description="folder of a witness: its keys, and what it has seen of each log")
    witness_logs: str = Field("", description="logs that the witness signs for: keys, or files that list them, one a line")
    reads_per_address: float = Field(
        100, ge=0, le=100_000, description="questions a second that each process answers one address; 0: any number"
    )
    writes_per_address: float = Field(50, ge=0, le=100_000, description="the same of requests that write; a list is one")
    records_per_key: float = Field(200, ge=0, le=100_000, description="records a second that each process takes from one key")
    connections_per_address: int = Field(
        100, ge=0, description="connections that one address may hold to each process; 0: any number"
    )
    proxies: str = Field(
        "", description="addresses and networks of proxies in front, with commas between: believed as to who asks through them"
    )
    metrics_token: SecretStr | None = Field(None, description="where set, /metrics answers who sends it as a bearer token")
    backups: Path | None = Field(
        None, description="where backups are kept, so that `onrecord doctor` tells how old the newest is"
    )
    backup_max_age: int = Field(93_600, ge=60, description="seconds after which the newest backup is too old; 26 hours")
    log_requests: bool = Field(False, description="a line in the log for each request, by its route, without what was asked")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def passphrase_text(self) -> str | None:
        """As `ledger.passphrases.at_hand`, of these settings."""
        if self.passphrase:
            return self.passphrase.get_secret_value()
        return read_file(self.passphrase_file) if self.passphrase_file else None

    def trusted(self) -> list[str]:
        return self.trust.split()

    def metrics_token_text(self) -> str | None:
        return self.metrics_token.get_secret_value() if self.metrics_token else None

    def read_token_text(self) -> str | None:
        return self.read_token.get_secret_value() if self.read_token else None


def read_settings() -> Settings:
    return Settings()


def check_contact(text: str) -> str:
    """The contact as a link may have it, and UsageError for what is none: readers' programs open whatever it says."""
    if _MAILTO.fullmatch(text):
        return text
    if _WEB.fullmatch(text):
        try:
            parts = urlsplit(text)
            if parts.hostname and "@" not in parts.netloc:
                return text
        except ValueError:  # brackets that hold no address
            pass
    hint = "mailto:corrections@example.org, or an https address of a page with a form"
    raise UsageError(f"ONRECORD_CONTACT is {text[:100]!r}, which is no contact", hint=hint)
