"""The release history of an admin's apps: read, publish, withdraw."""

import datetime as dt
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from telemetry_counter.errors import InvalidInput, NotFound
from telemetry_counter.releases.publishing import kept
from telemetry_counter.releases.release import Release, release_from_input
from telemetry_counter.releases.versions import version_key
from telemetry_counter.routes.access import authenticate, authenticate_admin, service_of
from telemetry_counter.routes.bodies import read_body

MAX_BODY_BYTES = 128 * 1024


class ReleaseBody(msgspec.Struct, forbid_unknown_fields=True):
    """What `POST /releases` takes; the names are those of the command line."""

    app_name: str
    version: str
    channel: str = ""
    platform: str = ""
    arch: str = ""
    url: str = ""
    packages: dict[str, str] = {}
    changelog: str = ""
    critical: bool = False
    required: bool = False
    rollout_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    rollout_seed: str = ""
    signature: str = ""
    published: dt.datetime | None = None


async def list_releases(request: Request) -> Response:
    token = authenticate(request)
    wanted = request.query_params.get("app_name")
    admin = service_of(request).snapshot.admins[token.admin]
    if wanted is not None and wanted not in admin.apps:
        raise NotFound("There is no such app.")
    apps = [admin.apps[wanted]] if wanted else admin.apps.values()
    releases = [release for app in apps for release in app.releases]
    releases.sort(key=lambda release: (release.app, version_key(release.version), release.id))
    return json_response({"releases": [shown(release) for release in releases]})


async def publish(request: Request) -> Response:
    token = authenticate_admin(request)
    body = read_release(await read_body(request, MAX_BODY_BYTES))
    service = service_of(request)
    given, registry = to_release(body, service.now()), service.registry
    created = await registry.create_app(token.admin, given.app, by=token.bearer)
    stored = await registry.publish(token.admin, given, by=token.bearer, is_timed=body.published is not None)
    await service.refresh()
    said = {"app_created": created, "kept": kept(given, stored)}
    return json_response({**shown(stored), **said}, status=201)


async def withdraw(request: Request) -> Response:
    token = authenticate_admin(request)
    release_id = request.path_params["release_id"]
    service = service_of(request)
    release = await service.registry.withdraw(token.admin, release_id, by=token.bearer)
    await service.refresh()
    return json_response(shown(release))


def read_release(body: bytes) -> ReleaseBody:
    try:
        return msgspec.json.decode(body, type=ReleaseBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not a release: {error}.") from error


def to_release(body: ReleaseBody, now: dt.datetime) -> Release:
    values = msgspec.structs.asdict(body)
    published = values.pop("published") or now
    url, packages = values.pop("url"), values.pop("packages")
    return release_from_input(
        app=values.pop("app_name"),
        packages={"": url, **packages} if url else packages,
        published=published if published.tzinfo else published.replace(tzinfo=dt.UTC),
        **values,
    )


def shown(release: Release) -> dict[str, Any]:
    """A release as JSON shows it: the stored fields, with `app` under its name on the wire."""
    fields: dict[str, Any] = msgspec.to_builtins(release)
    return {"id": fields.pop("id"), "app_name": fields.pop("app"), **fields}


def json_response(content: object, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
