"""Telemetry that users trust: update checks and daily counts, from a program to its own counter.

Standard library only. Everything starts with `Telemetry`; `buckets` has ranges to count instead of figures.
"""

from telemetry_counter.client import buckets
from telemetry_counter.client.checks import UpdateCheck
from telemetry_counter.client.consent import Status
from telemetry_counter.client.payload import Payload
from telemetry_counter.client.telemetry import Telemetry

__all__ = ["Payload", "Status", "Telemetry", "UpdateCheck", "buckets"]
