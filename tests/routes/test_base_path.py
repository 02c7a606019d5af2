"""ROOT_PATH: the same routes under a path, whether or not a proxy takes it off."""

from collections.abc import AsyncIterator

import pytest
from harness import Harness, harness
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.errors import SettingsError
from telemetry_counter.routes.base_path import under
from telemetry_counter.settings import OWN_PATHS, load_settings
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

CHECK = "owner=acme&app_name=editor&version=1.0"
DEVICE = {"X-Device-ID": "one"}
SEGMENT = st.text("abc._-", min_size=1, max_size=5)


@pytest.fixture
async def below(client: Client, keys: Keys) -> AsyncIterator[Harness]:
    async with harness(client, keys, enable_telemetry=True, root_path="/tools/counter") as running:
        yield running


@pytest.mark.parametrize("before", ["", "/tools/counter"])
async def test_every_kind_of_route_answers_with_the_path_and_without(below: Harness, before: str) -> None:
    http = below.http
    answer = await http.get(f"{before}/checkVersion?{CHECK}", headers=DEVICE)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (200, "counted")
    assert (await http.get(f"{before}/telemetry/beacon?{CHECK}", headers=DEVICE)).status_code == 204
    pixel = await http.get(f"{before}/api/telemetry/pixel?owner=acme&site=editor&path=/")
    assert pixel.headers["content-type"] == "image/gif"
    assert (await http.post(f"{before}/api/telemetry/hit", content=b"{}")).status_code == 204
    assert (await http.head(f"{before}/checkVersion?{CHECK}")).headers["x-telemetry"].endswith("head")
    assert (await http.options(f"{before}/checkVersion")).status_code == 204
    assert (await http.get(f"{before}/telemetry/acme/editor.gif")).status_code == 200
    report = (await http.get(f"{before}/telemetry", headers=below.bearer)).json()
    assert report["summary"]["total_requests"] == 2
    for path in ("/health", "/ready", "/hit.js", "/telemetry/policy"):
        assert (await http.get(before + path)).status_code == 200, path


@pytest.mark.parametrize("path", ["/tools", "/tools/counters/health", "/elsewhere/health", "/tools/health"])
async def test_other_paths_lead_nowhere(below: Harness, path: str) -> None:
    answer = await below.http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing at this path."})


async def test_a_slash_at_the_end_sends_nobody_elsewhere(below: Harness) -> None:
    for path in ("/health/", "/tools/counter/health/", f"/tools/counter/checkVersion/?{CHECK}"):
        assert (await below.http.get(path)).status_code == 200, path


async def test_a_wrong_method_is_told_every_right_one(below: Harness) -> None:
    for path, methods in (
        ("/checkVersion", "GET, HEAD, OPTIONS"),
        ("/tools/counter/api/telemetry/hit", "GET, HEAD, OPTIONS, POST"),
        ("/releases", "GET, HEAD, POST"),
        ("/releases/0011223344556677", "DELETE"),
        ("/tools/counter/dashboard/sign-out", "POST"),
    ):
        answer = await below.http.patch(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
        assert answer.json() == {"error": "This path does not take that method."}


@given(st.lists(SEGMENT), st.lists(SEGMENT))
def test_a_proxy_that_takes_the_path_off_changes_nothing(root: list[str], rest: list[str]) -> None:
    root_path = "".join(f"/{part}" for part in root)
    path = "".join(f"/{part}" for part in rest) or "/"
    whole = under(root_path, {"path": root_path + path})
    assert whole == {"path": root_path + path, "root_path": root_path}
    if not path.startswith(root_path):
        assert under(root_path, {"path": path}) == whole


@pytest.mark.parametrize("path", ["", "/counter", "/a/b-c/d.e", "/api/counter", "/telemetry-counter"])
def test_these_can_be_set(path: str) -> None:
    assert load_settings({"ROOT_PATH": path}).root_path == path


@pytest.mark.parametrize("path", ["counter", "/counter/", "/", "//", "/a//b", "/..", "/a b", "/{x}", "/é"])
def test_what_is_no_path_is_said(path: str) -> None:
    with pytest.raises(SettingsError, match="ROOT_PATH must be a path like /counter"):
        load_settings({"ROOT_PATH": path})


@pytest.mark.parametrize("path", [*OWN_PATHS, "/api", "/telemetry/x"])
def test_a_path_of_the_services_own_cannot_be_the_one_before(path: str) -> None:
    with pytest.raises(SettingsError, match="must not be one of the service's own paths"):
        load_settings({"ROOT_PATH": path})
