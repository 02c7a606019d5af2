"""Whether the store keeps what is counted, and answers in time."""

from collections.abc import Iterator

from telemetry_counter.cli.doctor.finding import Finding, bad, good, note
from telemetry_counter.store.inspection import ServerState, StoreState
from telemetry_counter.store.server_facts import NEEDED_TEXT

SLOW_SECONDS = 0.01
SKEW_SECONDS = 2.0
FULL, NEARLY_FULL = 0.95, 0.8
LEAST_FREE_BYTES = 100_000_000
REWRITE = 2
"""Times the store's memory: what its append-only file takes, and what its rewrite takes beside it."""


def of_store(state: StoreState, budget_seconds: float) -> Iterator[Finding]:
    for server in state.servers:
        yield from of_server(server)
    yield of_latency(state.latency_seconds, budget_seconds)
    skew = state.skew_seconds
    if abs(skew) < SKEW_SECONDS:
        yield good(f"its clock differs from ours by {abs(skew):.1f} s")
    else:
        told = "ahead of" if skew > 0 else "behind"
        yield bad(f"its clock is {abs(skew):.0f} s {told} ours", "let both machines keep time (NTP)")


def of_server(server: ServerState) -> Iterator[Finding]:
    at = f" at {server.where}" if server.where else ""
    what = f"the store{at} is {server.name}, {server.used_bytes / 1e6:.1f} MB"
    yield bad(what, f"{NEEDED_TEXT} or later is needed") if server.is_too_old else good(what)
    if server.role not in ("master", ""):
        yield bad(f"it{at} is a replica and takes no writes", "let REDIS_URL name the primary")
    yield of_persistence(server, at)
    for status in server.write_failures:
        yield bad(
            f"it{at} could not write its file the last time ({status})",
            "look for a full disk, and at its log",
        )
    yield of_policy(server, at)
    yield from of_memory(server, at)


def of_persistence(server: ServerState, at: str) -> Finding:
    if server.is_append_only:
        return good(f"it{at} is append-only: a restart loses nothing that was counted")
    advice = "CONFIG SET appendonly yes, and the same in its configuration"
    if server.is_append_only is None:
        return note(
            f"it{at} does not tell whether it keeps an append-only file", "see that appendonly is yes"
        )
    if server.snapshots is None:
        return note(f"it{at} is not append-only; whether it takes snapshots, it does not tell", advice)
    if server.snapshots:
        return note(f"it{at} takes snapshots only: a restart loses what was counted since the last", advice)
    return bad(f"it{at} keeps nothing on disk: a restart loses everything", advice)


def of_policy(server: ServerState, at: str) -> Finding:
    if not server.policy:
        return note(f"it{at} does not tell what it does when memory is short", "see that it drops no key")
    if server.policy == "noeviction":
        return good(f"it{at} drops no key when memory is short (noeviction)")
    what = f"its{at} memory policy is {server.policy}: it drops keys of ours when memory is short"
    advice = "CONFIG SET maxmemory-policy noeviction, and the same in its configuration"
    return bad(what, advice) if server.max_bytes else note(f"{what}, if maxmemory is ever set", advice)


def of_memory(server: ServerState, at: str) -> Iterator[Finding]:
    if not server.max_bytes:
        return
    share = server.used_bytes / server.max_bytes
    what = f"it{at} uses {share:.0%} of its maxmemory"
    if share < NEARLY_FULL:
        yield good(what)
    else:
        yield (bad if share >= FULL else note)(what, "raise maxmemory, or lower RETENTION_DAYS")


def of_disk(directory: str, free_bytes: int, used_bytes: int) -> Finding:
    what = f"{free_bytes / 1e6:,.0f} MB are free where {directory} is"
    if free_bytes < max(LEAST_FREE_BYTES, REWRITE * used_bytes):
        return bad(f"{what}: too few for the store's file and its rewrite", "make room, or move DATA_DIR")
    return good(what)


def of_latency(seconds: float, budget_seconds: float) -> Finding:
    what = f"it answers in {seconds * 1000:.1f} ms"
    if seconds < SLOW_SECONDS:
        return good(what)
    if seconds < budget_seconds / 2:
        return note(what, "every counted answer waits for it at least once: move it nearer")
    return bad(
        f"{what}, and COMMIT_BUDGET_MS is {budget_seconds * 1000:.0f}: answers will say pending",
        "move it nearer",
    )
