"""What is set, and where each value came from."""

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from dotenv import dotenv_values

from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.settings import Settings, unknown_names
from telemetry_counter.store.connect import without_password

SECRETS = ("SECRET_KEY", "METRICS_TOKEN")
WIDE = {4: 8, 6: 16}
"""Networks of fewer bits hold far more than one's own proxies."""


def of_settings(
    settings: Settings, environ: Mapping[str, str], dotenv: Path, counts: bool | None = None
) -> Iterator[Finding]:
    """`counts`: whether the running service does; None where none says so."""
    file = dotenv_values(dotenv) if dotenv.exists() else {}
    values = {name.upper(): value for name, value in msgspec.structs.asdict(settings).items()}
    for variable, value in values.items():
        if source := source_of(variable, environ, file):
            shown = "(not shown)" if variable in SECRETS else without_password(str(value))
            yield good(f"{variable} is {shown}, from {source}")
    for name, advice in unknown_names(dotenv):
        yield note(f".env names {name}, which is no setting", advice)
    if not settings.enable_telemetry and counts:
        yield good("telemetry is off in this shell's settings, but on in the service, which counts")
    elif not settings.enable_telemetry:
        yield note(
            "telemetry is off: update checks are answered, nothing is counted", "set ENABLE_TELEMETRY=true"
        )
    elif counts is False:
        yield note(
            "telemetry is on in these settings, but off in the service, which counts nothing",
            "start the service anew, with these settings",
        )
    yield from of_proxies(settings.trusted_proxies)


def source_of(variable: str, environ: Mapping[str, str], file: Mapping[str, str | None]) -> str:
    """'' for a default."""
    if environ.get(variable, "").strip():
        return "the environment"
    return ".env" if (file.get(variable) or "").strip() else ""


def of_proxies(trusted: str) -> Iterator[Finding]:
    networks = [
        ipaddress.ip_network(name.strip(), strict=False) for name in trusted.split(",") if name.strip()
    ]
    for network in networks:
        if network.prefixlen < WIDE[network.version]:
            yield bad(
                f"TRUSTED_PROXIES trusts {network}: who sends from there may say to be anybody",
                "name the proxies' own addresses",
            )
