"""After the dust has settled: what was answered, against what the store holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .ledger import OWNER, Ledger, device_of
from .service import SECRET

CHUNK = 1_000


class Loss(Enum):
    """What a fault may cost: nothing, answers on their way, or also hits that were only `pending`."""

    NOTHING = "nothing"
    ANSWERS = "answers"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the clients were told of their hits, and what is in the store."""

    counted: int
    pending: int
    dropped: int
    unanswered: int
    total: int
    refused: int
    missing_devices: int

    def may_be_late(self) -> bool:
        """Whether nothing is missing but hits of which was only said that they are pending."""
        return not self.missing_devices and self.counted <= self.total < self.counted + self.pending

    def violations(self, loss: Loss, *, is_unkept: bool = False) -> list[str]:
        """`is_unkept`: before the fault the primary alone had hits, which were answered as pending."""
        most = self.counted + self.pending + self.unanswered
        least = self.counted if is_unkept or loss is Loss.PENDING else self.counted + self.pending
        is_exact = loss is Loss.NOTHING
        rules = {
            f"{least} hits were to be counted, {self.total} were": self.total >= least,
            f"{most} hits may be counted, {self.total} were": self.total <= most,
            f"{self.missing_devices} counted devices are in no sketch": self.missing_devices == 0,
            f"{self.unanswered} hits got no answer": not (is_exact and self.unanswered),
            f"{self.dropped} hits were dropped, {self.refused} are shown": self.refused == self.dropped
            or not is_exact,
        }
        return [sentence for sentence, holds in rules.items() if not holds]


async def counters(client: Client, app: str, suffix: str = "n") -> Counter[str]:
    """One of the app's hashes, over all days on which the trial may have run."""
    keys = Keys().admin(OWNER)
    found: Counter[str] = Counter()
    async for key in client.scan_iter(f"{keys.stem}*:{app}:{suffix}"):
        fields = await cast(Any, client.hgetall(key))
        found.update({name.decode(): int(value) for name, value in fields.items()})
    return found


async def reckon(client: Client, ledger: Ledger) -> Reckoning:
    answers = ledger.tally()
    fields = await counters(client, ledger.app)
    return Reckoning(
        counted=answers["counted"],
        pending=answers["pending"],
        dropped=answers["dropped"],
        unanswered=answers["unanswered"],
        total=fields["all"],
        refused=fields["r:store_unavailable"],
        missing_devices=await missing(client, ledger.app, ledger.counted()),
    )


async def reckon_outcomes(client: Client, app: str, suffix: str, outcomes: Mapping[str, int]) -> Reckoning:
    """Of hits in that hash of the app, whose devices are not looked at."""
    return Reckoning(
        counted=outcomes.get("counted", 0),
        pending=outcomes.get("pending", 0),
        dropped=outcomes.get("dropped", 0),
        unanswered=outcomes.get("unanswered", 0),
        total=(await counters(client, app, suffix))["all"],
        refused=(await counters(client, app))["r:store_unavailable"],
        missing_devices=0,
    )


async def missing(client: Client, app: str, numbers: Sequence[int]) -> int:
    """How many additions of devices change the sketch that should have them all: 0 if it has."""
    hasher = DeviceHasher(SECRET.encode())
    hashes = [hasher.hash(OWNER, device_of(number).encode()) for number in numbers]
    keys = Keys().admin(OWNER)
    copy = keys.stem + "copy"
    days = [key async for key in client.scan_iter(f"{keys.stem}*:{app}:u:all")]
    await client.delete(copy)
    await client.pfmerge(copy, *days)
    changes = 0
    for start in range(0, len(hashes), CHUNK):
        changes += await client.pfadd(copy, *hashes[start : start + CHUNK])
    await client.delete(copy)
    return changes
