"""What the web server costs by itself: the service's uvicorn with a Starlette route that only answers 204."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def empty(request: Request) -> Response:
    return Response(status_code=204)


app = Starlette(routes=[Route("/telemetry/beacon", empty)])

if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )
