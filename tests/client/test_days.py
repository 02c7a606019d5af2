"""Days, batches and lost replies: everything is counted, and nothing twice."""

import subprocess

from .hosts import DAY, Host
from .service import Service, refused_port

HOUR = 3600


def bodies(recorder: Service) -> list[bytes]:
    return [request.body for request in recorder.posts()]


def test_today_is_not_sent(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY / 2 - 1
    host.run("open")
    assert recorder.requests == []


def test_a_day_is_sent_once_after_it_ended(host: Host, recorder: Service) -> None:
    host.run("--seen", "open", "--times", "3")
    host.run("open")
    host.now += DAY
    for _ in range(3):
        host.run("open")
    [post] = recorder.posts()
    assert post.path == "/telemetry/events"
    assert post.headers["content-type"] == "application/json"
    assert post.json | {"batch_id": "", "platform": "", "arch": ""} == {
        "owner": "acme",
        "app_name": "editor",
        "version": "1.2.3",
        "channel": "stable",
        "platform": "",
        "arch": "",
        "day": "2025-06-16",
        "batch_id": "",
        "events": [
            {"name": "opened", "count": 4, "properties": {"kind": {"pdf": 4}, "user.os": {"linux": 4}}}
        ],
    }


def test_three_days_offline_then_three_summaries_counted_once_though_the_reply_is_lost(
    host: Host, recorder: Service
) -> None:
    online, host.address = host.address, refused_port()
    for times in (1, 2, 3):
        host.run("--seen", "open", "--times", str(times))
        host.now += DAY
    host.address = online
    recorder.silent = True
    host.run("version")
    assert len(recorder.posts()) == 1
    recorder.silent, recorder.status = False, 503
    host.now += DAY
    host.run("version")
    recorder.status = 204
    host.now += DAY
    host.run("version")
    assert [body["day"] for body in recorder.counted.values()] == ["2025-06-16", "2025-06-17", "2025-06-18"]
    assert recorder.total("opened") == 6
    assert len(bodies(recorder)) == 7
    assert len(set(bodies(recorder))) == 3
    host.now += DAY
    host.run("version")
    assert len(bodies(recorder)) == 7


def test_pauses_grow_from_an_hour(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY
    recorder.status = 503
    attempts = []
    for _ in range(8):
        host.run("version")
        attempts.append(len(recorder.posts()))
        host.now += HOUR + 1
    assert attempts == [1, 2, 2, 3, 3, 3, 3, 4]


def test_what_the_service_refuses_is_dropped(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY
    recorder.status = 400
    host.run("version")
    host.now += DAY
    host.run("version")
    assert len(recorder.posts()) == 1
    assert "nothing waits" in host.run("telemetry", "show").out


def test_after_seven_days_a_summary_is_dropped(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += 8 * DAY
    host.run("version")
    assert recorder.posts() == []
    assert "nothing waits" in host.run("telemetry", "show").out


def test_on_the_seventh_day_it_is_still_sent(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += 7 * DAY
    host.run("version")
    assert recorder.total("opened") == 1


def test_a_day_that_is_being_sent_takes_no_more(host: Host, recorder: Service) -> None:
    """A process that counted before midnight writes it down while the day is on its way."""
    host.run("--seen", "open")
    late = host.script('telemetry.send("opened")\nprint("counted", flush=True)\nsys.stdin.readline()\n')
    with host.start(script=late, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        host.now += DAY
        recorder.silent = True
        host.run("version")
        process.communicate()
    recorder.silent = False
    host.now += DAY
    host.run("version")
    assert recorder.total("opened") == 2
    first, *_ = bodies(recorder)
    assert bodies(recorder).count(first) == 2
    assert len(recorder.counted) == 2


def test_two_versions_in_a_day_have_a_summary_each(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    newer = host.script(
        "telemetry = Telemetry(os.environ['EDITOR_ADDRESS'], owner='acme', app='editor',"
        " version='1.3.0', clock=lambda: float(os.environ['EDITOR_NOW']))\n"
        "telemetry.send('opened')\n"
    )
    host.run(script=newer)
    host.now += DAY
    host.run("version")
    assert sorted(body["version"] for body in recorder.counted.values()) == ["1.2.3", "1.3.0"]
    assert recorder.total("opened") == 2


def test_a_redirect_does_not_carry_the_id_elsewhere(host: Host, recorder: Service) -> None:
    host.run("--seen", "open")
    host.now += DAY
    recorder.status, recorder.location = 307, f"{recorder.address}/elsewhere"
    host.run("version")
    assert [request.path for request in recorder.requests] == ["/telemetry/events"]
