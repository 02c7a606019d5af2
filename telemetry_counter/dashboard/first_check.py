"""What to do where nothing was counted yet: the exact line to send a first check."""

import shlex
from urllib.parse import urlencode

from telemetry_counter.dashboard.parts import Notice

DEVICE = "3f0c9a52-6d1e-4c7b-9a38-5b1f0c2d7e64"
PLACE = {"version": "1.0.0", "channel": "stable", "platform": "linux", "arch": "amd64"}


def no_app(owner: str) -> Notice:
    return Notice(
        "There is no app yet. Make one where the service runs (or publish a release of it, which makes it "
        "too), then let your program ask for updates.",
        code=f"telemetry-counter app create {shlex.quote(owner + '/editor')}",
    )


def first_check(base_url: str, owner: str, app: str) -> Notice:
    """`base_url` as the browser reached the service, without a slash at its end."""
    query = urlencode({"owner": owner, "app_name": app, **PLACE})
    address = shlex.quote(f"{base_url}/checkVersion?{query}")
    return Notice(
        f"Nothing of {app} was counted yet. This sends a first check; it is counted within a second.",
        code=f"curl -i -H 'X-Device-ID: {DEVICE}' \\\n  {address}",
    )
