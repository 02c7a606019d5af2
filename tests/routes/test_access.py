import httpx
import pytest
from harness import OWNER, Harness

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.accounts.tokens import looks_like_token, new_token, token_digest

pytestmark = pytest.mark.anyio

NEEDED = "A token is needed: send the header 'Authorization: Bearer TOKEN'."
GUARDED = [("GET", "/telemetry"), ("GET", "/releases"), ("POST", "/releases"), ("DELETE", "/releases/x")]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer nonsense", "Basic abc", f"Bearer {new_token()}"]
)
async def test_without_a_valid_token_nothing_is_said(
    http: httpx.AsyncClient, method: str, path: str, header: str | None
) -> None:
    answer = await http.request(method, path, headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    given = header and " " in header
    said = "This token is not valid, or not any more." if given else NEEDED
    assert answer.json() == {"error": said}


async def test_a_token_reads_its_own_admin_only(service: Harness) -> None:
    other = await service.service.registry.create_admin("other")
    await service.publish("editor", "1.0")
    headers = {"Authorization": f"Bearer {other}"}
    assert (await service.http.get("/releases", headers=headers)).json() == {"releases": []}
    report = (await service.http.get("/telemetry", headers=headers)).json()
    assert report["admin"] == "other"
    assert (await service.http.get("/releases?app_name=editor", headers=headers)).status_code == 404
    theirs = (await service.http.get("/releases", headers=service.bearer)).json()["releases"][0]["id"]
    assert (await service.http.delete(f"/releases/{theirs}", headers=headers)).status_code == 404


async def test_a_revoked_token_opens_nothing(service: Harness) -> None:
    await service.service.registry.revoke_token(service.token)
    await service.service.refresh()
    assert (await service.http.get("/telemetry", headers=service.bearer)).status_code == 401


async def test_only_the_digest_of_a_token_is_kept(service: Harness) -> None:
    kept = await service.service.client.hgetall(service.service.keys.admin(OWNER).tokens)
    assert [field.decode() for field in kept] == [token_digest(service.token)]  # type: ignore[union-attr]
    assert service.token.encode() not in b"".join(kept.values())  # type: ignore[arg-type]


async def test_a_team_user_reads_but_changes_nothing(service: Harness) -> None:
    token = await service.service.registry.add_team_user(OWNER, "alice", TeamUser())
    await service.service.refresh()
    headers = {"Authorization": f"Bearer {token}"}
    assert (await service.http.get("/releases", headers=headers)).status_code == 200
    refused = await service.http.post("/releases", content=b"{}", headers=headers)
    assert refused.status_code == 403


def test_a_broken_token_is_noticed_without_a_look_up() -> None:
    token = new_token()
    assert looks_like_token(token)
    assert not looks_like_token(token[:-1] + ("0" if token[-1] != "0" else "1"))
    assert not looks_like_token(token[:-1])
    assert not looks_like_token("x" + token[1:])
    assert len({new_token() for _ in range(100)}) == 100
