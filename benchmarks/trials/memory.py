"""Whether processes keep to the memory they have: sampled from /proc, judged at the end."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

from processes import rss_bytes

from .service import is_running
from .world import World

EVERY_SECONDS = 1.0
LEAST_SAMPLES = 9
"""Of a process that began later there is too little to say."""


@dataclass(slots=True)
class Memory:
    """Resident bytes by process, each with when it was seen."""

    world: World
    warm_up_seconds: float
    samples: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    async def run(self, end: asyncio.Event) -> None:
        while not end.is_set():
            for pid in self.world.service.workers():
                if is_running(pid):
                    self.samples[f"worker {pid}"].append((monotonic(), rss_bytes(pid)))
            self.samples["supervisor"].append((monotonic(), rss_bytes(self.world.service.pid)))
            await asyncio.sleep(EVERY_SECONDS)

    def growth(self) -> dict[str, tuple[float, float, float]]:
        """Megabytes by process: after its warm-up, at its end, and the most it ever had."""
        found = {}
        for name, seen in self.samples.items():
            warm = [size for when, size in seen if when >= seen[0][0] + self.warm_up_seconds]
            if len(warm) >= LEAST_SAMPLES:
                third = len(warm) // 3
                ends = median(warm[:third]), median(warm[-third:])
                found[name] = (ends[0] / 1e6, ends[1] / 1e6, max(warm) / 1e6)
        return found

    def violations(self, most_megabytes: float) -> list[str]:
        return [
            f"{name} grew from {before:.1f} to {after:.1f} MB"
            for name, (before, after, _) in self.growth().items()
            if after - before > most_megabytes
        ]
