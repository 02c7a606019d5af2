"""Reading a request's body, up to a bound."""

from starlette.requests import ClientDisconnect, Request

from telemetry_counter.errors import InvalidInput


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Raises InvalidInput as soon as more than `max_bytes` have come, whatever Content-Length said."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise InvalidInput(f"The body is longer than {max_bytes} bytes.")
    except ClientDisconnect:
        raise InvalidInput("The body ended before it was whole.") from None
    return bytes(body)
