"""Whoever does the work – this process, two of its own, two workers of a Dask cluster –, what comes out is the
same to the byte, and so is what is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examgen.problems import BlueprintNotMet, MissingDependency, Problem, Refused, WrongUsage
from examgen.workflow.bank.checking import check
from examgen.workflow.processes import ALONE, Workers, at_work, dask_cluster, in_order, left
from examgen.workflow.scoring import sittings
from tests.bank.test_checking_processes import ABOVE, write_unit
from tests.reports.scored_samples import first, sat
from tests.samples import item_data

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two workers on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import LocalCluster

        with LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
        ) as cluster:
            yield cluster.scheduler_address


@pytest.fixture(params=["two processes", "a cluster"])
def many(request: pytest.FixtureRequest) -> Workers:
    if request.param == "two processes":
        return Workers(2)
    return Workers(dask=request.getfixturevalue("address"))


def test_a_bank_is_checked_alike(tmp_path: Path, many: Workers) -> None:
    bank = tmp_path / "item_bank"
    for n in range(4):
        write_unit(bank, f"T-{n}", item_data("E1.01", n, id=f"E1.01-2{n:02d}", options=ABOVE))
    write_unit(bank, "X-key", item_data("E1.01", 1, key="e"))
    alone = check(tmp_path, [])
    assert {problem.code for problem in alone.problems} >= {"all-or-none-of-the-above", "key-not-an-option"}
    assert check(tmp_path, [], workers=many) == alone


def test_answers_are_scored_alike_by_a_cluster(tmp_path: Path, address: str) -> None:
    run = sat(tmp_path / "p", {f"{n:02}": first(n % 5) for n in range(20)})
    wanted = sittings.Wanted(careful=True)
    with dask_cluster(address) as executor:
        done = sittings.score(
            tmp_path / "p", [tmp_path / "p-answers.csv"], tmp_path / "out", wanted=wanted, executor=executor
        )
    assert done.fingerprint == run.fingerprint


# ── faults ───────────────────────────────────────────────────────────────────────────────────


def told(means: Any, task: type[Exception]) -> None:
    problem = Problem("a.yaml:1", "code", "message", item="item", severity="warning", heading="head")
    raise task("said", [problem], {"key": 1}, ["advice"]) if issubclass(task, Refused) else task(str(means))


def test_what_a_worker_refuses_is_refused(tmp_path: Path, many: Workers) -> None:
    kinds = (Refused, BlueprintNotMet, WrongUsage, MissingDependency, ZeroDivisionError)
    said = []
    for workers in (ALONE, many):
        with at_work(workers, 1) as executor, left(executor, tmp_path, "means") as means:
            for kind in kinds:
                with pytest.raises(kind) as raised:
                    list(in_order(executor, told, [kind], means))
                said.append((type(raised.value), vars(raised.value), raised.value.args))
    assert said[: len(kinds)] == said[len(kinds) :]
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("at", "kind", "said"),
    [
        ("nonsense://x", WrongUsage, "not the address"),
        ("tcp://127.0.0.1:9", MissingDependency, "no scheduler"),
    ],
)
def test_a_cluster_that_is_not_there_is_told(
    at: str, kind: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("examgen.workflow.processes._SECONDS", 0.5)
    with pytest.raises(kind, match=said), at_work(Workers(dask=at), 1):
        pass


def test_a_worker_of_another_version_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.workflow.processes.__version__", "0.0.1")
    with (
        pytest.raises(MissingDependency, match=r"has examgen 0\.1.*, this machine 0\.0\.1"),
        dask_cluster(address),
    ):
        pass
