"""What a person with a browser is answered where a program gets JSON."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telemetry_counter.privacy.page import SECURITY, STYLE


def wants_page(accept: str) -> bool:
    """Whether the header asks for HTML before JSON, as browsers do."""
    for choice in accept.lower().split(","):
        media_type = choice.partition(";")[0].strip()
        if media_type in ("text/html", "application/json", "*/*"):
            return media_type == "text/html"
    return False


def error_answer(
    request: Request, status: int, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The sentence: as a page for a browser, else as JSON."""
    given = {"Vary": "Accept", **(headers or {})}
    if wants_page(request.headers.get("accept", "")):
        return Response(error_page(status, sentence), status, SECURITY | given, media_type="text/html")
    return JSONResponse({"error": sentence}, status, given)


def error_page(status: int, sentence: str) -> str:
    title = escape(HTTPStatus(status).phrase)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(sentence)}</p></body></html>"
    )
