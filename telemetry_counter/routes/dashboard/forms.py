"""Forms that were sent, and whether it was this service's page that sent them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from telemetry_counter.errors import Forbidden, InvalidInput
from telemetry_counter.routes.bodies import read_body

MAX_BYTES = 65_536
MAX_FIELDS = 200
FORM_TOKEN = "form_token"  # noqa: S105  the field's name
FROM_ELSEWHERE = "This form was not sent from this dashboard. Open the page again and send it from there."


@dataclass(frozen=True, slots=True)
class Form:
    fields: Mapping[str, list[str]]

    def get(self, name: str) -> str:
        """The field's text without space around it; '' where it was not sent."""
        return self.fields.get(name, [""])[-1].strip()

    def every(self, name: str) -> list[str]:
        """All that was chosen, as of check boxes of one name."""
        return [value.strip() for value in self.fields.get(name, []) if value.strip()]


async def read_form(request: Request) -> Form:
    """Raises InvalidInput, and Forbidden for a form that another site sent."""
    if is_from_elsewhere(request):
        raise Forbidden(FROM_ELSEWHERE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InvalidInput("A form is sent as application/x-www-form-urlencoded.")
    body = await read_body(request, MAX_BYTES)
    try:
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidInput(f"The form is not valid UTF-8, or has more than {MAX_FIELDS} fields.") from None


def is_from_elsewhere(request: Request) -> bool:
    """By what the browser says of the sending page; a program says nothing, and has no cookie to abuse."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site != "same-origin"
    origin = request.headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    except ValueError:  # as for 'http://['
        return True
