import httpx
import pytest
from harness import Harness

pytestmark = pytest.mark.anyio


async def test_publish_list_withdraw(service: Harness) -> None:
    body = {
        "app_name": "new-app",
        "version": "1.2.0-beta.4",
        "channel": "beta",
        "platform": "linux",
        "arch": "amd64",
        "packages": {"deb": "https://e.org/a.deb", "rpm": "https://e.org/a.rpm"},
        "changelog": "New.",
        "critical": True,
        "required": True,
        "rollout_percent": 25,
        "rollout_seed": "seed",
        "signature": "c2ln",
        "published": "2025-06-16T12:00:00+02:00",
    }
    published = await service.http.post("/releases", json=body, headers=service.bearer)
    assert published.status_code == 201
    release = published.json()
    assert {name: release[name] for name in body} == body | {"published": "2025-06-16T10:00:00Z"}
    assert (release.pop("app_created"), release.pop("kept")) == (True, [])
    await service.service.refresh()
    listed = (await service.http.get("/releases?app_name=new-app", headers=service.bearer)).json()
    assert listed == {"releases": [release]}
    withdrawn = await service.http.delete(f"/releases/{release['id']}", headers=service.bearer)
    assert withdrawn.json()["withdrawn"] is not None
    await service.service.refresh()
    check = await service.http.get(
        "/checkVersion?owner=acme&app_name=new-app&version=1.0&channel=beta&platform=linux&arch=amd64"
    )
    assert check.json() == {"update_available": False, "error": "Not found"}


async def test_what_was_written_is_shown_at_once(service: Harness) -> None:
    http, headers = service.http, service.bearer
    body = {"app_name": "editor", "version": "3.0", "url": "https://e.org/a.zip"}
    release = (await http.post("/releases", json=body, headers=headers)).json()
    assert (release.pop("app_created"), release.pop("kept")) == (False, [])
    assert (await http.get("/releases", headers=headers)).json() == {"releases": [release]}
    withdrawn = (await http.delete(f"/releases/{release['id']}", headers=headers)).json()
    assert (await http.get("/releases", headers=headers)).json() == {"releases": [withdrawn]}


async def test_publishing_again_names_what_was_kept(service: Harness) -> None:
    http, headers = service.http, service.bearer
    body = {"app_name": "editor", "version": "3.0"}
    due = {"published": "2999-01-01T00:00:00Z", "rollout_percent": 20, "url": "https://e.org/a.zip"}
    first = (await http.post("/releases", json=body | due, headers=headers)).json()
    await http.delete(f"/releases/{first['id']}", headers=headers)
    again = (await http.post("/releases", json=body, headers=headers)).json()
    assert again["kept"] == ["published", "packages", "rollout_percent"]
    assert {**again, "kept": []} == first
    at_once = body | {"published": service.service.now().isoformat()}
    released = (await http.post("/releases", json=at_once, headers=headers)).json()
    assert released["kept"] == ["packages", "rollout_percent"]
    assert (await http.get("/checkVersion?owner=acme&app_name=editor&version=1")).json()["update_available"]


async def test_changes_over_http_are_logged_with_the_token(service: Harness) -> None:
    body = {"app_name": "new-app", "version": "1.0"}
    published = (await service.http.post("/releases", json=body, headers=service.bearer)).json()
    await service.http.delete(f"/releases/{published['id']}", headers=service.bearer)
    registry = service.service.registry
    [token] = (await registry.tokens("acme")).values()
    who = f"acme (token {token.id})"
    log = await registry.log("acme", 3)
    assert [(one.by, one.sentence) for one in log] == [
        (who, "withdrew new-app 1.0"),
        (who, "published new-app 1.0"),
        (who, "created the app new-app"),
    ]


async def test_a_second_package_joins_its_release(service: Harness) -> None:
    for package in ("deb", "rpm"):
        body = {"app_name": "editor", "version": "2.0", "packages": {package: f"https://e.org/a.{package}"}}
        await service.http.post("/releases", json=body, headers=service.bearer)
    await service.service.refresh()
    answer = await service.http.get("/checkVersion?owner=acme&app_name=editor&version=1.0")
    assert answer.json() == {
        "update_available": True,
        "critical": False,
        "update_url_deb": "https://e.org/a.deb",
        "update_url_rpm": "https://e.org/a.rpm",
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not a release"),
        (b"[]", "The body is not a release"),
        (b"{", "The body is not a release"),
        (b"\xff\xfe", "The body is not a release"),
        (b'{"app_name": "editor"}', "The body is not a release: Object missing required field `version`"),
        (b'{"app_name": "editor", "version": "1", "colour": "red"}', "The body is not a release"),
        (b'{"app_name": "editor", "version": "1", "rollout_percent": 101}', "The body is not a release"),
        (b'{"app_name": "", "version": "1"}', "app_name is missing or empty."),
        (b'{"app_name": "editor", "version": "1 2"}', "version may only hold"),
        (b'{"app_name": "editor", "version": "1", "url": "ftp://e.org"}', "The URL must begin with http"),
        (b'{"app_name": "editor", "version": "1", "url": "https://e.org/\\r\\nX: y"}', "The URL is empty or"),
        (b"x" * 200_000, "The body is longer than"),
    ],
)
async def test_a_bad_release_is_a_sentence(service: Harness, body: bytes, sentence: str) -> None:
    answer = await service.http.post("/releases", content=body, headers=service.bearer)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


async def test_an_unknown_release_is_not_found(service: Harness) -> None:
    answer = await service.http.delete("/releases/0123", headers=service.bearer)
    assert answer.status_code == 404
    assert answer.json() == {"error": "acme has no release 0123."}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/releases", 405)])
async def test_what_is_not_there_is_a_sentence(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


async def test_health_and_readiness(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health")).json() == {"status": "healthy"}
    assert (await http.get("/ready")).status_code == 200
