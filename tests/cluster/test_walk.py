"""All that the program does, on each kind of store, as a user that may do what the documentation lists."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from trials.servers import Group, Watched

from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.connect import open_client, store_errors

from .conftest import PREFIX, as_user, denied, restrict
from .walk import Walk, walk

pytestmark = pytest.mark.anyio

OPTIONAL = {"config|get", "client|setinfo"}
"""What doctor asks for and does without; what the client library says of itself where it may."""


async def test_on_a_cluster(group: Group, plain_figures: dict[str, Any], tmp_path: Path) -> None:
    restrict(group)
    given = Walk(as_user(group.url), PREFIX, tmp_path)
    assert await walk(given) == plain_figures
    assert denied(group.nodes) <= OPTIONAL


async def test_on_a_cluster_over_tls(
    secret_group: Group, plain_figures: dict[str, Any], tmp_path: Path
) -> None:
    restrict(secret_group)
    given = Walk(as_user(secret_group.url), PREFIX, tmp_path)
    assert given.url.startswith("rediss+cluster://")
    assert await walk(given) == plain_figures
    assert denied(secret_group.nodes) <= OPTIONAL


async def test_over_tls_and_sentinels(
    sentinels: Watched, plain_figures: dict[str, Any], tmp_path: Path
) -> None:
    restrict(sentinels)
    primary = sentinels.primary().client
    primary.set("theirs", "as it was")
    before = primary.dump("theirs")
    given = Walk(as_user(sentinels.url), PREFIX, tmp_path, {"STORE_REPLICAS": "1"})
    assert await walk(given) == plain_figures
    assert denied(sentinels.nodes) <= OPTIONAL
    assert primary.dump("theirs") == before
    keys: set[bytes] = set(primary.scan_iter())
    assert {key for key in keys if not key.startswith(PREFIX.encode())} == {b"theirs"}


async def test_sentinels_that_ask_for_a_password(sentinels: Watched) -> None:
    for one in sentinels.sentinels:
        one.ask("ACL", "SETUSER", "asker", "on", ">as secret", "+@all")
        one.ask("ACL", "SETUSER", "default", "resetpass", ">another")
    try:
        for user, is_let_in in (("", False), ("&sentinel_username=asker&sentinel_password=as+secret", True)):
            client = open_client(sentinels.url + user)
            with nullcontext() if is_let_in else pytest.raises(StoreUnavailable), store_errors():
                assert await client.ping()
            await client.aclose()
    finally:
        for one in sentinels.sentinels:
            one.ask("ACL", "SETUSER", "default", "nopass")
