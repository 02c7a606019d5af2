"""The faults of a store that is several servers, in short form; benchmarks/faults.py has the long one."""

import pytest
from trials.failovers import CLUSTER, FAILOVERS, SENTINEL, kill_ahead, kill_primary, move_slot
from trials.faults import Fault, put_to_trial
from trials.servers import Group
from trials.world import group_world

pytestmark = pytest.mark.anyio

SHORT = [fault for fault in FAILOVERS if fault.strike in (kill_ahead, kill_primary, move_slot)]


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: f"{fault.store}: {fault.name}")
async def test_truth_outlives(fault: Fault, request: pytest.FixtureRequest) -> None:
    group: Group = request.getfixturevalue({CLUSTER: "group", SENTINEL: "sentinels"}[fault.store])
    async with group_world(group, workers=fault.workers, **fault.environ) as world:
        verdict = await put_to_trial(fault, world, fault.short, before=0.5, after=0.5)

        assert verdict.violations == (), world.service.log.read_text()
        assert verdict.reckoning.counted > 0
        assert verdict.checks > 0
