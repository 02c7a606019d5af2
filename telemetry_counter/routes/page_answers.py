"""What a page's request gets back: always the image or nothing, and the outcome in a header."""

from base64 import b64decode

from starlette.types import Message

GIF = b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""One transparent pixel in 43 bytes: no other format does it in fewer."""

NOT_KEPT = (
    (b"cache-control", b"no-store, no-cache, max-age=0, s-maxage=0, proxy-revalidate"),
    (b"pragma", b"no-cache"),
)
CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"X-Telemetry, X-Telemetry-Error"),
)


class Answers:
    """Answers of one shape. Outcomes are few, so each is written once."""

    def __init__(self, status: int, media_type: bytes = b"", body: bytes = b"") -> None:
        self._status = status
        self.body: Message = {"type": "http.response.body", "body": body}
        length = (b"content-length", str(len(body)).encode())
        self._fixed = ((b"content-type", media_type), length, *NOT_KEPT) if media_type else NOT_KEPT
        self._starts: dict[tuple[bytes, bool], Message] = {}

    def start(self, outcome: bytes, cross_origin: bool, sentence: str = "") -> Message:
        """`sentence`: what was wrong with the request, if anything."""
        start = None if sentence else self._starts.get((outcome, cross_origin))
        return start or self._start(outcome, cross_origin, sentence)

    def _start(self, outcome: bytes, cross_origin: bool, sentence: str) -> Message:
        headers = [*self._fixed, (b"x-telemetry", outcome)]
        if sentence:
            headers.append((b"x-telemetry-error", sentence.encode("ascii", "replace")))
        if cross_origin:
            headers.extend(CORS)
        start = {"type": "http.response.start", "status": self._status, "headers": headers}
        if not sentence:
            self._starts[outcome, cross_origin] = start
        return start


PIXEL = Answers(200, b"image/gif", GIF)
NOTHING = Answers(204)
