"""A day's update checks of a program."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.devices import DeviceHasher
from telemetry_counter.demo.devices import Cells, Device, awake

MOST_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Checks:
    """`share`: of the day, how much has passed or was counted."""

    owner: str
    app: str
    devices: Sequence[Device]
    hasher: DeviceHasher
    cells: Cells
    seed: int

    def add(self, batch: Batch, day: dt.date, days_ago: int, share: float) -> None:
        chance = random.Random(f"{self.seed}/{self.app}/{day}")  # noqa: S311
        for device in awake(self.devices, day, days_ago, chance):
            if share < 1 and chance.random() > share:
                continue
            cell = self.cells.of(device, days_ago)
            batch.add(cell, self.hasher.hash(self.owner, device.id))
            for _ in range(chance.randrange(MOST_A_DAY)):
                batch.add(cell, b"")  # the device is in the sketch already
