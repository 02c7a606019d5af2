"""The key of the device hash: there, and one for all."""

from telemetry_counter.cli.doctor.finding import Finding, good, note


def of_secret(source: str, in_store: bool, is_embedded: bool) -> Finding:
    """`source` of SECRET_KEY; '' where it is not set."""
    if source and in_store:
        return note(
            f"the key of the device hash is SECRET_KEY from {source}, and the store holds another, unused",
            "if it was set later, devices known before count as new ones; keep it everywhere from now on",
        )
    if source:
        return good(
            f"the key of the device hash is SECRET_KEY from {source}: "
            "every worker of this host has it; other hosts need the same"
        )
    if not in_store:
        return good(
            "there is no key of the device hash yet: the first start makes one and keeps it in the store"
        )
    shared = "all workers share it" if is_embedded else "all workers and hosts on it share it"
    return good(f"the key of the device hash is in the store: {shared}")
