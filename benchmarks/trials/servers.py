"""Real clusters and sentinels of servers that are at hand."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis, RedisError

NODE_TIMEOUT_MS = 1000
SLOTS = 16_384
PRIMARIES, SENTINELS = 3, 3
SERVICE = "counter"
READY_SECONDS = 20.0
QUICK = ("--save", "", "--loglevel", "warning", "--repl-diskless-sync-delay", "0", "--bind", "127.0.0.1")


@dataclass(slots=True)
class Node:
    """One server process, which the tests may kill and start again."""

    command: Sequence[str]
    directory: Path
    port: int
    client: Redis
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.directory / f"{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.directory, stdout=log, stderr=log)
        until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def ask(self, *command: object) -> Any:
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]

    def name(self) -> str:
        """By which the other nodes of a cluster know it."""
        name: bytes = self.ask("CLUSTER", "MYID")
        return name.decode()

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        assert self.process is not None, "the server does not run"
        self.process.send_signal(number)

    def close(self) -> None:
        self.kill()
        self.client.close()


@dataclass(slots=True)
class Group:
    """Servers that belong together, and the REDIS_URL that leads to them."""

    url: str
    nodes: list[Node] = field(default_factory=list)

    def primary_of(self, key: str) -> Node:
        """Of a cluster."""
        slot = self.alive()[0].ask("CLUSTER", "KEYSLOT", key)
        for first, last, primary, *_ in self.alive()[0].ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == primary[1])
        raise AssertionError(f"no node has slot {slot}")

    def alive(self) -> list[Node]:
        return [node for node in self.nodes if node.process is not None]

    def clear(self) -> None:
        """Forgets all keys."""
        for node in self.primaries():
            node.client.flushall()

    def until_replicated(self) -> None:
        """A failover before every primary has a replica, with all that it has, may lose any of it."""
        until(lambda: all(map(_is_replicated, self.primaries())))

    def primaries(self) -> list[Node]:
        return [node for node in self.alive() if node.client.info("replication")["role"] == "master"]


def until(is_so: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{is_so} did not come true in {seconds} s")
        time.sleep(0.02)


def free_ports(number: int) -> list[int]:
    """Below those that connections get, and with room for the cluster's bus, which is 10,000 above."""
    ports: list[int] = []
    with ExitStack() as stack:
        for port in range(21_000 + int(time.monotonic() * 1000) % 1000 * 8, 32_000):
            try:
                for one in (port, port + 10_000):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", one))
            except OSError:
                continue
            ports.append(port)
            if len(ports) == number:
                return ports
    raise RuntimeError("there are not enough free ports")


@contextmanager
def opened(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    try:
        for node in nodes:
            node.start()
        yield list(nodes)
    finally:
        for node in nodes:
            node.close()


def certificate(directory: Path) -> Path:
    """Of 127.0.0.1, signed by itself; its key lies beside it."""
    to = directory / "tls.crt"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(to.with_suffix(".key"))]
    subprocess.run([*command, "-out", str(to)], check=True, capture_output=True)
    return to


def listening(port: int, tls: Path | None) -> dict[str, str]:
    """The settings by which a server listens, with a certificate on nothing but TLS."""
    if tls is None:
        return {"port": str(port)}
    return {
        "port": "0",
        "tls-port": str(port),
        "tls-replication": "yes",
        "tls-auth-clients": "no",
        "tls-cert-file": str(tls),
        "tls-key-file": str(tls.with_suffix(".key")),
        "tls-ca-cert-file": str(tls),
    }


def client_of(port: int, tls: Path | None) -> Redis:
    if tls is None:
        return Redis(port=port, socket_timeout=5)
    return Redis(host="127.0.0.1", port=port, socket_timeout=5, ssl=True, ssl_ca_certs=str(tls))


def node_of(binary: str, directory: Path, port: int, *flags: str, tls: Path | None = None) -> Node:
    listens = [part for name, value in listening(port, tls).items() for part in (f"--{name}", value)]
    command = [binary, *listens, "--dir", str(directory), *QUICK, *flags]
    return Node(command, directory, port, client_of(port, tls))


@contextmanager
def cluster(binary: str, directory: Path, replicas: int = 1, tls: Path | None = None) -> Iterator[Group]:
    """Three primaries, each with its replicas; ready when every node and every replica is."""
    ports = free_ports(PRIMARIES * (1 + replicas))
    flags = ["--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
    flags += ["--cluster-replica-validity-factor", "0", "--cluster-config-file"]
    flags = ["--tls-cluster", "yes", *flags] if tls else flags
    nodes = [node_of(binary, directory, port, *flags, f"{port}.conf", tls=tls) for port in ports]
    with opened(nodes):
        _meet(nodes, replicas)
        yield Group(url_of("cluster", ports[:PRIMARIES], tls), nodes)


def url_of(kind: str, ports: Sequence[int], tls: Path | None, path: str = "") -> str:
    scheme, options = ("rediss", f"?ssl_ca_certs={tls}") if tls else ("redis", "")
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"{scheme}+{kind}://{hosts}{path}{options}"


def _meet(nodes: list[Node], replicas: int) -> None:
    primaries = nodes[:PRIMARIES]
    share = SLOTS // PRIMARIES + 1
    for number, node in enumerate(primaries):
        last = min(SLOTS, (number + 1) * share) - 1
        node.ask("CLUSTER", "ADDSLOTSRANGE", number * share, last)
        node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    for node in nodes[1:]:
        node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
    until(lambda: all(len(_known(node)) == len(nodes) for node in nodes))
    for number, node in enumerate(nodes[PRIMARIES:]):
        primary = primaries[number % PRIMARIES].name()
        until(lambda node=node, primary=primary: primary in "".join(_known(node)))  # type: ignore[misc]
        node.ask("CLUSTER", "REPLICATE", primary)
    until(lambda: all(_is_ok(node) for node in nodes))
    until(lambda: all(_replicas_of(node) == replicas for node in primaries))


def _known(node: Node) -> list[str]:
    lines: bytes = node.ask("CLUSTER", "NODES")
    return [line for line in lines.decode().splitlines() if "handshake" not in line]


def _is_ok(node: Node) -> bool:
    return b"cluster_state:ok" in node.ask("CLUSTER", "INFO")


def _replicas_of(node: Node) -> int:
    return len(_replica_offsets(node.client.info("replication")))


def _is_replicated(primary: Node) -> bool:
    found = primary.client.info("replication")
    return found["master_repl_offset"] in _replica_offsets(found)


def _replica_offsets(found: Any) -> list[int]:
    """How far each replica that is online has come."""
    replicas = [found[f"slave{number}"] for number in range(found["connected_slaves"])]
    return [replica["offset"] for replica in replicas if replica["state"] == "online"]


@contextmanager
def temporary() -> Iterator[Path]:
    directory = tempfile.mkdtemp()
    try:
        yield Path(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@dataclass(slots=True)
class Watched(Group):
    """A primary and its replicas, and the sentinels that watch them."""

    sentinels: list[Node] = field(default_factory=list)

    def primary(self) -> Node:
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(node for node in self.nodes if node.port == int(port))


@contextmanager
def watched(binary: str, directory: Path, tls: Path | None = None) -> Iterator[Watched]:
    """One primary, one replica, three sentinels; ready when they all know each other."""
    ports = free_ports(2 + SENTINELS)
    nodes = [node_of(binary, directory, port, tls=tls) for port in ports[:2]]
    with opened(nodes):
        nodes[1].ask("REPLICAOF", "127.0.0.1", ports[0])
        until(lambda: _replicas_of(nodes[0]) == 1)
        sentinels = [_sentinel(binary, directory, port, ports[0], tls) for port in ports[2:]]
        with opened(sentinels):
            until(lambda: all(_knows_all(sentinel) for sentinel in sentinels))
            yield Watched(url_of("sentinel", ports[2:], tls, f"/{SERVICE}"), nodes, sentinels)


def _sentinel(binary: str, directory: Path, port: int, primary: int, tls: Path | None) -> Node:
    settings = directory / f"sentinel-{port}.conf"
    listens = "".join(f"{name} {value}\n" for name, value in listening(port, tls).items())
    settings.write_text(
        f"{listens}bind 127.0.0.1\ndir {directory}\n"
        f"sentinel monitor {SERVICE} 127.0.0.1 {primary} {SENTINELS // 2 + 1}\n"
        f"sentinel down-after-milliseconds {SERVICE} {NODE_TIMEOUT_MS}\n"
        f"sentinel failover-timeout {SERVICE} 3000\n"
    )
    command = [binary, str(settings), "--sentinel"]
    return Node(command, directory, port, client_of(port, tls))


def _knows_all(sentinel: Node) -> bool:
    found: Any = sentinel.client.sentinel_master(SERVICE)
    return (found["num-slaves"], found["num-other-sentinels"], found["flags"]) == (1, SENTINELS - 1, "master")
