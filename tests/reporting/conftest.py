import pytest

from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .ledger import Ledger


@pytest.fixture
def ledger(client: Client, keys: Keys) -> Ledger:
    return Ledger(client, keys)
