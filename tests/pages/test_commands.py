"""import and report on the command line."""

import datetime as dt
import gzip
from pathlib import Path

import orjson
import pytest
from running import Installation

from .running import OWNER, SITE
from .test_access_log import line


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path, {"REDIS_URL": ""})
    installation.run("admin", "create", OWNER)
    installation.run("app", "create", f"{OWNER}/{SITE}")
    return installation


def log(directory: Path) -> Path:
    file = directory / "access.log.gz"
    asset = line("GET /style.css HTTP/1.1", referrer="http://docs.example.org/")
    views = [
        line(referrer="http://docs.example.org/"),
        line("GET /y HTTP/1.1", referrer="https://www.google.com/"),
    ]
    file.write_bytes(gzip.compress(b"".join([asset, *views, line(agent="curl/8"), b"nothing\n"])))
    return file


def test_a_log_is_imported_once_and_reported(installation: Installation) -> None:
    file = log(installation.directory)
    done = installation.run("import", str(file), "--format", "combined", "--site", f"{OWNER}/{SITE}")
    assert "2 of 5 lines counted" in done.stderr
    assert "Links from docs.example.org are the site's own." in done.stderr
    assert {row.split("\t")[0]: row.split("\t")[1] for row in done.stdout.splitlines()} == {
        "asset": "1",
        "bot": "1",
        "malformed": "1",
    }
    again = installation.run("import", str(file), "--format", "combined", check=False)
    assert (again.returncode, "--again" in again.stderr) == (1, True)
    report = orjson.loads(installation.run("report", "--owner", OWNER, "--web").stdout)
    assert report["date"] == dt.datetime.now(dt.UTC).date().isoformat()
    assert [(row["path"], row["page_views"]) for row in report["pages"]] == [("/x", 1), ("/y", 1)]
    assert [row["referrer"] for row in report["referrers"]] == ["Google"]
    assert report["refusals"] == {"bot": 1}
    only = orjson.loads(installation.run("report", "--owner", OWNER, "--web", "--path", "/y").stdout)
    assert only["summary"]["page_views"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--site", "nosite"), "acme has no app nosite."),
        (("--site", "nobody/docs"), "There is no such admin"),
    ],
)
def test_a_site_that_does_not_exist_is_said(
    installation: Installation, arguments: tuple[str, ...], sentence: str
) -> None:
    file = log(installation.directory)
    done = installation.run("import", str(file), "--format", "combined", *arguments, check=False)
    assert (done.returncode, sentence in done.stderr) == (1, True), done.stderr
