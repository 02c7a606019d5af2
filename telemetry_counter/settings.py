"""Everything that can be set, from the environment or a `.env` file in the working directory."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from telemetry_counter.counting import names
from telemetry_counter.errors import InvalidInput, SettingsError
from telemetry_counter.pages.addresses import TrustedProxies
from telemetry_counter.store.address import read_address

DOTENV = Path(".env")
WORDS = {
    "KEY_PREFIX": "at most 32 letters, digits, '.', '_', ':' and '-'",
    "RATE_LIMIT": "off or a rate like 120/minute",
    "COUNTRY_HEADER": "the name of a header",
    "ROOT_PATH": "a path like /counter, without a slash at its end",
    "LOG_LEVEL": "debug, info, warning, error or critical",
    "LOG_FORMAT": "auto, json or text",
}
"""What a pattern stands for."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per variable; the variable is the field's name in capitals."""

    enable_telemetry: bool = False
    redis_url: str = ""
    store_replicas: Annotated[int, Meta(ge=0, le=16)] = 0
    data_dir: Annotated[str, Meta(min_length=1)] = "telemetry-data"
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    root_path: Annotated[str, Meta(pattern=r"^(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$", max_length=128)] = ""
    secret_key: str = ""
    retention_days: Annotated[int, Meta(ge=1, le=400)] = 30
    history_days: Annotated[int, Meta(ge=1, le=3660)] = 400
    default_owner: str = ""
    key_prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{0,32}$")] = "tc:"
    commit_budget_ms: Annotated[int, Meta(ge=1, le=10_000)] = 250
    buffer_mb: Annotated[int, Meta(ge=1, le=4096)] = 64
    value_cap: Annotated[int, Meta(ge=1, le=10_000)] = 200
    cell_cap: Annotated[int, Meta(ge=1, le=100_000)] = 2000
    trusted_proxies: str = ""
    rate_limit: Annotated[str, Meta(pattern=r"^(?i:off|[1-9][0-9]{0,6}/(?:second|minute|hour|day))$")] = (
        "120/minute"
    )
    geoip_db: str = ""
    country_header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{0,64}$")] = ""
    max_devices_per_network: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    max_connections: Annotated[int, Meta(ge=16, le=1_000_000)] = 10_000
    keep_alive_seconds: Annotated[int, Meta(ge=1, le=3600)] = 5
    request_seconds: Annotated[int, Meta(ge=1, le=3600)] = 20
    log_level: Annotated[str, Meta(pattern=r"^(?i:debug|info|warning|error|critical)$")] = "info"
    log_format: Annotated[str, Meta(pattern=r"^(?i:auto|json|text)$")] = "auto"
    access_log: bool = False
    metrics_token: str = ""

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).expanduser().absolute()


def variable_names() -> tuple[str, ...]:
    return tuple(field.upper() for field in Settings.__struct_fields__)


def unknown_names(dotenv: Path = DOTENV) -> list[tuple[str, str]]:
    """Each name in the `.env` file that is no setting, and what may have been meant."""
    names = (name for name in sorted(_read_dotenv(dotenv)) if name not in variable_names())
    return [(name[:60], _advice(name)) for name in names]


def _advice(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), variable_names(), n=1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else "see .env.example for what there is."


def load_settings(environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Settings from `environ` (default: the process's) over those of the `.env` file.

    Raises SettingsError with one sentence per bad variable, all at once.
    """
    given = _given(os.environ if environ is None else environ, DOTENV if dotenv is None else dotenv)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(Settings):
        text = given.get(field.name.upper())
        if text is not None:
            try:
                values[field.name] = msgspec.convert(text, field.type, strict=False)
            except msgspec.ValidationError:
                problems.append(_sentence(field.name.upper(), text, field.type))
    if not problems:
        problems = _cross_checks(values)
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(**values)


def _given(environ: Mapping[str, str], dotenv: Path) -> dict[str, str]:
    """Stripped values; an empty one counts as unset."""
    merged = {**_read_dotenv(dotenv), **environ}
    return {
        name: stripped
        for name in variable_names()
        if (value := merged.get(name)) is not None and (stripped := value.strip())
    }


def _read_dotenv(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error


def _sentence(variable: str, text: str, kind: Any) -> str:
    """What the variable must be; secrets are not repeated."""
    match msgspec.inspect.type_info(kind):
        case msgspec.inspect.BoolType():
            wanted = "true or false"
        case msgspec.inspect.IntType(ge=least, le=most):
            wanted = f"a whole number from {least:,} to {most:,}"
        case msgspec.inspect.StrType(pattern=pattern) if pattern:
            wanted = WORDS[variable]
        case _:
            wanted = "a text"
    return f"{variable} must be {wanted}, not {text[:60]!r}."


OWN_PATHS = (
    *("/checkVersion", "/telemetry", "/api/telemetry", "/hit.js", "/badge", "/public", "/dashboard"),
    *("/releases", "/metrics", "/health", "/ready", "/openapi.json"),
)
"""What the service's paths begin with."""


def _cross_checks(values: dict[str, Any]) -> list[str]:
    problems = []
    if url := values.get("redis_url"):
        try:
            read_address(url)
        except ValueError as error:
            problems.append(f"REDIS_URL {error}.")
    secret = values.get("secret_key")
    if secret and len(secret) < 16:
        problems.append("SECRET_KEY must have at least 16 characters.")
    if 0 < len(values.get("metrics_token", "")) < 16:
        problems.append("METRICS_TOKEN must have at least 16 characters.")
    root_path = values.get("root_path", "")
    if root_path and any(_overlap(root_path, own) for own in OWN_PATHS):
        problems.append(f"ROOT_PATH must not be one of the service's own paths, as {root_path} is.")
    try:
        TrustedProxies.parse(values.get("trusted_proxies", ""))
    except ValueError as error:
        problems.append(f"TRUSTED_PROXIES must be networks as in 10.0.0.0/8, divided by commas: {error}.")
    try:
        names.OWNER.check_optional(values.get("default_owner", ""))
    except InvalidInput as error:
        problems.append(f"DEFAULT_OWNER is not a name an admin can have: {error}")
    return problems


def _overlap(one: str, other: str) -> bool:
    """Whether one path is the other, or above it: then nobody could tell what was taken off."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
