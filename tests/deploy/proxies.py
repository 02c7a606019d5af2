"""nginx and Caddy with the sample configurations as they are written; only ports and hosts are others."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import free_port

DEPLOY = Path(__file__).parent.parent.parent / "deploy"

# One that keeps every answer, whatever the answer says: it is the sample's part to keep none.
AROUND_SITE = """
daemon off;
pid {here}/nginx.pid;
error_log {here}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    access_log {here}/access.log;
    proxy_cache_path {here}/cache keys_zone=all:1m;
    proxy_cache all;
    proxy_cache_valid any 10m;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
    include {here}/site.conf;
}}
"""


def program(name: str) -> str:
    found = os.environ.get(name.upper()) or shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing")
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def nginx(
    site: str, directory: Path, service_port: int, *, strips: bool = False, beside: int = 0
) -> Iterator[str]:
    """Its address. `strips`: takes the path off, as the comment in the sample says. `beside`: the port of a
    second service."""
    port = free_port()
    written = (DEPLOY / "nginx" / site).read_text()
    changes = {"listen 80;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": f"127.0.0.1:{service_port}"}
    if beside:
        changes[f"server 127.0.0.1:{service_port};"] = (
            f"server 127.0.0.1:{service_port};\n    server 127.0.0.1:{beside};"
        )
    if strips:
        changes["location /counter/ {\n        proxy_pass http://telemetry_counter;"] = (
            "location /counter/ {\n        proxy_pass http://telemetry_counter/;"
        )
    (directory / "site.conf").write_text(replaced(written, changes))
    shutil.copy(DEPLOY / "nginx" / "telemetry-counter-proxy.conf", directory)
    user = "user root;" if os.getuid() == 0 else ""
    (directory / "nginx.conf").write_text(AROUND_SITE.format(here=directory, user=user))
    command = (program("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf"))
    with listening(command, port, directory) as address:
        yield address


@contextmanager
def caddy(site: str, directory: Path, service_port: int) -> Iterator[str]:
    port = free_port()
    written = (DEPLOY / "caddy" / site).read_text()
    host = "example.org {" if site.startswith("base") else "counter.example.org {"
    changes = {f"\n{host}": f"\nhttp://127.0.0.1:{port} {{", "127.0.0.1:8000": f"127.0.0.1:{service_port}"}
    plain = "{\n\tadmin off\n\tauto_https off\n}\n"
    (directory / "Caddyfile").write_text(plain + replaced(written, changes))
    command = (program("caddy"), "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile")
    with listening(command, port, directory) as address:
        yield address


def replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def listening(command: tuple[str, ...], port: int, directory: Path) -> Iterator[str]:
    environ = os.environ | {"HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=directory, env=environ, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 10
        while not is_open(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((directory / "output").read_text())
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
