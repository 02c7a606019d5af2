"""The faults in short form; benchmarks/faults.py has the long one."""

import pytest
from trials.faults import EMBEDDED, FAULTS, OWN, Fault, put_to_trial
from trials.world import World, world

pytestmark = pytest.mark.anyio

SURVIVED = [fault for fault in FAULTS if fault.store == OWN and not fault.ends and not fault.environ]
OTHERS = [fault for fault in FAULTS if fault not in SURVIVED]


@pytest.mark.parametrize("fault", SURVIVED, ids=lambda fault: fault.name)
async def test_a_service_survives(shared_world: World, fault: Fault) -> None:
    verdict = await put_to_trial(fault, shared_world, fault.short, before=0.5, after=0.5)

    assert verdict.violations == ()
    assert verdict.reckoning.counted > 0
    assert verdict.checks > 0


@pytest.mark.parametrize("fault", OTHERS, ids=lambda fault: fault.name)
async def test_truth_outlives(own_store: str, fault: Fault) -> None:
    store = None if fault.store == EMBEDDED else own_store
    async with world(store, workers=fault.workers, **fault.environ) as own_world:
        verdict = await put_to_trial(fault, own_world, fault.short, before=0.5, after=0.5)

        assert verdict.violations == (), own_world.service.log.read_text()
        assert verdict.reckoning.counted > 0
