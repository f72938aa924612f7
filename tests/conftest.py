"""Settings that every test shares."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests import effort
from tests.browser import PROGRAM
from tests.effort import examples

settings.register_profile(
    "examgen",
    derandomize=True,
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("examgen")
if not effort.ALL:
    # else every module that was imported is parsed for numbers and texts to draw, ten seconds in each worker,
    # and what is drawn depends on which tests run beside
    providers._get_local_constants = lambda: providers._local_constants

# what tests read is read by libyaml, seven times as fast; examgen itself never calls safe_load
yaml.safe_load = partial(yaml.load, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

# nothing that a test writes has to outlast the machine: twenty thousand times the disk would be waited for
os.fsync = lambda _: None

# read when the first test imports polars: of small tables a second thread costs a quarter more, and the other
# worker its processor; test_same_bytes holds one thread against two
os.environ.setdefault("POLARS_MAX_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Of two workers the second imports the tests from the end: each compiles half of them, which takes longer
    than all else that is collected, and finds the other half compiled."""
    gc.disable()  # what is imported and collected stays: a quarter of the time went into looking through it
    # as the site does: banks of tests are copies of the starter bank, of which files are read hundreds of times
    loading = import_module("examgen.bank.loading")
    loading._item_file = lru_cache(200)(loading._item_file)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    if sys.dont_write_bytecode or not int(worker.removeprefix("gw")) % 2:
        return
    folders = [path for path in map(Path, session.config.args) if path.is_dir()]
    files = [path.resolve() for folder in folders for path in sorted(folder.rglob("test_*.py"))]
    for path in reversed(files):
        with suppress(Exception):  # told where it is collected
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long(reason): left out by `make test`, and why that may be")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests are left out, or begin the run: were one the last, the other workers would wait for it."""
    for item in items:
        for mark in item.iter_markers("long"):
            if not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: why may it be left out? @pytest.mark.long(reason)")
    if effort.ALL:
        items.sort(key=lambda item: item.get_closest_marker("long") is None)
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not effort.ALL:
        terminalreporter.write_line(
            "the long tests and most drawn cases were left out: `make test-all` has them"
        )
    if not PROGRAM:
        terminalreporter.write_line("tests in a browser were skipped: there is no Chromium")


def pytest_collection_finish() -> None:
    # five thousand tests are a million objects that every full collection would look through again
    gc.collect()
    gc.freeze()
    gc.enable()
    # five times what the command line has: pages laid out are gone before they are looked through (a twentieth
    # of the CPU of printing), and a worker keeps a few hundred megabytes more
    gc.set_threshold(1_000_000)
    # the first command that is run within a worker would set that of the command line for all that comes after
    gc.set_threshold = lambda *_: None
    # this guard looks for one digest after the other in the same files: each is taken apart once
    if digests := sys.modules.get("tests.guards.test_key_digests"):
        digests.beginnings = lru_cache(None)(digests.beginnings)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT
