"""The shapes of answers, as types that msgspec can describe. The tests hold real answers against them."""

import datetime as dt
from typing import Any

from msgspec import Struct


class Strict(Struct, forbid_unknown_fields=True):
    """Nothing but the fields that are named."""


class Healthy(Strict):
    status: str


class Ready(Strict):
    """`buffered_bytes`: memory of hits that wait for the store."""

    status: str
    buffered_bytes: int


class PublishedRelease(Strict):
    """`packages`: URLs by package name, '' the plain one."""

    id: str
    app_name: str
    version: str
    published: dt.datetime
    channel: str
    platform: str
    arch: str
    packages: dict[str, str]
    changelog: str
    critical: bool
    required: bool
    rollout_percent: int | None
    rollout_seed: str
    signature: str
    withdrawn: dt.datetime | None


class PublishedNow(PublishedRelease):
    """`app_created`: there was no such app, maybe by a slip. `kept`: the fields that stand as they were."""

    app_created: bool
    kept: list[str]


class Releases(Strict):
    releases: list[PublishedRelease]


class RequestSeen(Strict):
    """What the service makes of a request, for whoever sets up a proxy."""

    peer: str
    peer_is_trusted: bool
    x_forwarded_for: str
    forwarded: str
    address: str
    visitor_network: str
    country: str
    browser: str
    system: str
    device: str
    language: str
    opted_out: bool
    page_view: str


class Document(Struct):
    """This document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
