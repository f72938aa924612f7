"""Settings that every test shares."""

from __future__ import annotations

import gc
import os
from functools import partial
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings

settings.register_profile(
    "examgen", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("examgen")

# what tests read is read by libyaml, seven times as fast; examgen itself never calls safe_load
yaml.safe_load = partial(yaml.load, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

# nothing that a test writes has to outlast the machine: twenty thousand times the disk would be waited for
os.fsync = lambda _: None

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


def pytest_collection_finish() -> None:
    # five thousand tests are a million objects that every full collection would look through again
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
