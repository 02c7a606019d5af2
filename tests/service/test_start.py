"""What `serve` says as it starts, or as it cannot."""

import pytest

from telemetry_counter.cli.serve import listen
from telemetry_counter.errors import SettingsError
from telemetry_counter.settings import Settings


def test_a_free_port_is_offered_only_for_one_in_use() -> None:
    with listen(Settings(port=0)) as taken:
        taken.listen()
        with pytest.raises(SettingsError, match=r"in use; --port 0 takes a free one\.$"):
            listen(Settings(port=taken.getsockname()[1]))
    with pytest.raises(SettingsError, match=r"cannot listen on 192\.0\.2\.1:0: Cannot assign .* address\.$"):
        listen(Settings(host="192.0.2.1", port=0))
