"""All that the program does, on each kind of store, as a user that may do what the documentation lists."""

from pathlib import Path
from typing import Any

import pytest
from trials.servers import Group, Watched

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
