"""What set-based counters do, behind the same server: raw ids in sets, one command after the other."""

import datetime as dt
import sys

import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

LIFE_SECONDS = 30 * 86_400
redis = Redis.from_url(sys.argv[2], max_connections=1_000, decode_responses=True)


async def beacon(request: Request) -> Response:
    query = request.query_params
    await count(
        f"stats:{query['owner']}:{query['app_name']}:{dt.datetime.now(dt.UTC).date()}",
        request.headers["x-device-id"],
        {
            "channels": query["channel"],
            "platforms": query["platform"],
            "architectures": query["arch"],
        },
        query["version"],
        "latest" if query["is_latest"] == "true" else "outdated",
    )
    return Response(status_code=204)


async def count(stem: str, device: str, values: dict[str, str], version: str, state: str) -> None:
    async def add(key: str, member: str) -> None:
        await redis.sadd(key, member)
        await redis.expire(key, LIFE_SECONDS)

    await redis.incr(f"{stem}:requests")
    await redis.expire(f"{stem}:requests", LIFE_SECONDS)
    await add(f"{stem}:unique_clients", device)
    for dimension, value in values.items():
        await add(f"{stem}:{dimension}:{value}", device)
    await add(f"{stem}:known_versions", version)
    for known in await redis.smembers(f"{stem}:known_versions"):
        if known != version:
            await redis.srem(f"{stem}:version_usage:{known!s}", device)
    await add(f"{stem}:version_usage:{version}", device)
    await redis.srem(f"{stem}:clients_{'outdated' if state == 'latest' else 'latest'}", device)
    await add(f"{stem}:clients_{state}", device)


app = Starlette(routes=[Route("/telemetry/beacon", beacon)])

if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )
