"""Whoever does the work – this process, two of its own, two workers of a Dask cluster –, what comes out is the
same to the byte, and so is what is refused.
"""

from __future__ import annotations

import pickle
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import yaml
from PIL import Image

from examgen import __version__
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.bank.checking import check
from examgen.capture.answer_layout import LIMITS
from examgen.core import processes
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.problems import BlueprintNotMet, MissingDependency, Problem, Refused, WrongUsage
from examgen.core.processes import (
    ALONE,
    Workers,
    at_work,
    dask_cluster,
    in_order,
    left,
    pool,
    results,
    spread,
)
from examgen.core.signing.keys import make_keys, read_private
from examgen.core.signing.signers import SignWith, file_signer
from examgen.papers import printing as papers
from examgen.reports import candidates
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.verifying import verify_report
from examgen.reports.writing import ReportOptions
from examgen.scanning.scan import scan
from examgen.scoring import answer_rows
from examgen.scoring import score as sittings
from examgen.stats.equating_methods import MethodOptions, bootstrap
from examgen.stats.score_distributions import Scales
from tests.clusters import Cluster, Killer
from tests.conftest import ROOT
from tests.effort import some
from tests.reports.scored_samples import first, sat
from tests.samples import blueprint, item_data, shelf, unit_data
from tests.scanning import drawn_sheets
from tests.scanning.test_hostile import _content_bomb, bomb

EPOCH = "1781827200"

ABOVE = {"a": "น้ำ", "b": "น้ำมัน", "c": "ทราย", "d": "ถูกทุกข้อ"}


def write_unit(bank: Path, code: str, *items: dict[str, Any]) -> None:
    folder = bank / code / "items"
    folder.mkdir(parents=True)
    (bank / code / "unit.yaml").write_text(yaml.safe_dump(unit_data(code=code), allow_unicode=True), "utf-8")
    text = yaml.safe_dump(list(items), allow_unicode=True, sort_keys=False)
    (folder / "E1.01.yaml").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers on this machine, started as docs/serving.md says."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.begin_workers(2)
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def address(cluster: Cluster) -> str:
    return cluster.address


@pytest.fixture(scope="module")
def two_processes() -> Iterator[Executor]:
    with pool(2) as executor:
        assert executor is not None
        yield executor


@pytest.fixture(params=some(["two processes", "a cluster"], 1))
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Both live on from test to test: each worker takes seconds to import what it needs."""
    if request.param == "a cluster":
        return Workers(dask=request.getfixturevalue("address"))
    executor = request.getfixturevalue("two_processes")
    monkeypatch.setattr(processes, "pool", lambda n: nullcontext(executor if n == 2 else None))
    return Workers(2)


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
    wanted = sittings.ScoringOptions()
    with dask_cluster(address) as executor:
        done = sittings.score(
            tmp_path / "p", [tmp_path / "p-answers.csv"], tmp_path / "out", options=wanted, executor=executor
        )
    assert done.fingerprint == run.fingerprint


def test_bootstrap_samples_are_equated_alike_by_a_cluster(address: str) -> None:
    x, y = np.array([2.0, 5, 9, 7, 4]), np.array([1.0, 6, 8, 9, 3])
    scales, method = Scales(np.arange(5.0), np.arange(5.0), np.empty(0)), MethodOptions("equipercentile")
    with dask_cluster(address) as executor:
        found = bootstrap(x, y, scales, method, 120, 7, spread(executor))
    assert np.array_equal(found, bootstrap(x, y, scales, method, 120, 7))


@pytest.fixture(scope="module")
def signed_by(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "body.pem"
    make_keys(path, "A body")
    return path


def reported(package: Path, place: Path, key: Path, workers: Workers) -> dict[str, bytes]:
    """The files of candidates' reports with codes and signatures, and what was found wrong with them."""
    own = read_private(key)
    with file_signer(SignWith(str(key)), own=own) as signer:
        which = CandidateReportOptions((), "room", True, own.codes, signer, workers)
        done = candidate_reports(package, Path(), ReportOptions(out=place), which)
    assert sorted(done.names) == sorted(path.name for path in place.iterdir() if path.suffix)
    files = {path.name: path.read_bytes() for path in place.iterdir()}
    return files | {"problems": repr(done.problems).encode()}


@pytest.fixture(scope="module")
def told_alone(tmp_path_factory: pytest.TempPathFactory, signed_by: Path) -> tuple[Path, dict[str, bytes]]:
    """A scored package, and its candidates' reports by one process."""
    place = tmp_path_factory.mktemp("told")
    names = [f"ก{n}" for n in range(4)] + ["漢 字"]
    extra = {f"{n}": {"name": name, "room": f"R{n % 3}" if n else ""} for n, name in enumerate(names)}
    sat(place / "p", {name: first(2) for name in extra}, extra=extra, n_items=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        return place / "p", reported(place / "p", place / "alone", signed_by, ALONE)


@pytest.mark.long("reports by two processes; answers are scored alike by workers each time")
def test_candidates_are_told_alike(
    told_alone: tuple[Path, dict[str, bytes]],
    tmp_path: Path,
    many: Workers,
    signed_by: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys stay in this process, whoever writes the files, and the time is that of the command."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.setattr(candidates, "_PAGES_OF_TASK", 2)
    package, alone = told_alone
    assert {"R1.pdf", "R2.pdf", "without-room.pdf", "0.html", "4.html"} < alone.keys()
    assert b"not-in-fonts" in alone["problems"]
    assert reported(package, tmp_path / "many", signed_by, many) == alone
    found = verify_report(str(tmp_path / "many" / "R1.pdf"), [signed_by.with_suffix(".public.json")])
    assert [one.signer for one in found.signatures] == ["A body"]
    assert [one.statement.candidate_id for one in found.codes] == ["1", "4"]


def printed(package: Path, asked: papers.PrintingOptions) -> dict[str, bytes]:
    """What a printing wrote, by its path in the package."""
    written = papers.render(package, Path(), asked)
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in written}


@pytest.fixture(scope="module")
def printed_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, papers.PrintingOptions, dict[str, bytes]]:
    """A package, a list of candidates in two rooms, and their papers by one process."""
    place = tmp_path_factory.mktemp("printed")
    bank = shelf()
    built = assemble([bank], *blueprint(items=2, forms=1))
    write_package(place / "p", exam_files(built, bank_sha256([bank]), {}))
    rows = [f"{n:03},ก{n},R{n % 2},{n},{'x' * (n == 3)}" for n in range(4)]
    head = "candidate_id,name,room,seat,accessible"
    (place / "list.csv").write_text("\n".join([head, *rows]), "utf-8")
    asked = papers.PrintingOptions(place / "list.csv", accessible=True)
    return place / "p", asked, printed(place / "p", asked)


@pytest.mark.long("printed by two processes; answers are scored alike by workers each time")
def test_papers_are_printed_alike(
    printed_alone: tuple[Path, papers.PrintingOptions, dict[str, bytes]],
    tmp_path: Path,
    many: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The password of secret papers stays in this process."""
    package, asked, alone = printed_alone
    assert {path.rpartition("/")[2] for path in alone} >= {"booklets.pdf", "sheets.pdf", "key-A.pdf"}
    assert any(path.endswith("-accessible.html") for path in alone)
    shutil.copytree(package, tmp_path / "p")
    sent: list[bytes] = []
    leave = processes.leave
    monkeypatch.setattr(processes, "leave", lambda at, one: (sent.append(pickle.dumps(one)), leave(at, one)))
    asked = asked._replace(workers=many, password="sesame-open", replace=True)
    made = printed(tmp_path / "p", asked)
    secret = {path for path in alone if path.startswith("secure/") and path.endswith(".pdf")}
    assert {path for path in alone if made.get(path) != alone[path]} == secret
    assert secret
    for path in secret:
        with pikepdf.open(tmp_path / "p" / path, password="sesame-open") as pdf:
            assert pdf.is_encrypted
    assert sent
    assert not any(b"sesame-open" in one for one in sent)


# ── workers that are lost ────────────────────────────────────────────────────────────────────


def test_answers_are_scored_alike_though_workers_are_killed(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_rows, "LIMITS", LIMITS._replace(block=200))
    run = sat(tmp_path / "p", {f"{n:03}": first(n % 5) for n in range(100)})
    with Killer(cluster, seed=3, held=True) as killer, dask_cluster(cluster.address) as executor:
        done = sittings.score(
            tmp_path / "p", [tmp_path / "p-answers.csv"], tmp_path / "out", executor=executor
        )
    assert killer.killed
    assert done.fingerprint == run.fingerprint


def scanned(scans: Path, exam: Path, out: Path, executor: Executor | None) -> dict[str, bytes]:
    """The tables of a scan."""
    done = scan([scans], [exam], out, processes=1, executor=executor)
    assert {page.reason for page in done.ledger.pages if page.reason} == {"stopped-the-reader"}
    return {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".csv", ".json")}


@pytest.mark.long("three workers and their scans; answers are scored alike though workers are killed")
def test_scans_are_read_alike_though_workers_are_killed(tmp_path: Path, cluster: Cluster) -> None:
    """A file that breaks its reader down stops no worker: it is read beside it, within bounds."""
    exam = drawn_sheets.exam_with_sheets(tmp_path / "exam", [f"{n:05}" for n in range(8)])
    scans = tmp_path / "scans"
    scans.mkdir()
    for serial, row in drawn_sheets.dealt(exam).items():
        if row["candidate_id"]:
            page = drawn_sheets.personal(exam, serial, "ABCD")
            Image.fromarray(page).save(scans / f"{serial}.png")
    (scans / "bomb.pdf").write_bytes(_content_bomb(bomb()))
    alone = scanned(scans, exam, tmp_path / "alone", None)
    with Killer(cluster, seed=4) as killer, dask_cluster(cluster.address) as executor:
        assert scanned(scans, exam, tmp_path / "many", executor) == alone
    assert killer.killed


def test_a_cluster_that_is_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.core.processes._SECONDS_WITHOUT_WORKERS", 0.1)
    monkeypatch.setattr("examgen.core.processes._LOOK_EVERY", 0.1)
    cluster = Cluster(tmp_path)
    calls = [(0.01,) for _ in range(100)]
    try:
        cluster.begin_workers(1)
        with dask_cluster(cluster.address) as executor:
            found = results(executor, time.sleep, calls)
            next(found)
            cluster.end_hosts()
            with pytest.raises(MissingDependency, match="lost all its workers"):
                list(found)
            found = results(executor, time.sleep, calls)
            cluster.scheduler.kill()
            with pytest.raises(MissingDependency, match="scheduler stopped responding"):
                list(found)
    finally:
        cluster.end()


# ── who is heard ─────────────────────────────────────────────────────────────────────────────


def _cluster_environment(keys: Path) -> dict[str, str]:
    """The settings of docs/serving.md, the key made by its command."""
    page = (ROOT / "docs/serving.md").read_text("utf-8").replace("/etc/examgen-cluster", str(keys))
    [command] = re.findall(r"^    (openssl .+)$", page, re.MULTILINE)
    keys.mkdir(mode=0o700)
    subprocess.run(command.split(), check=True, capture_output=True)
    return dict(re.findall(r"^    export (\w+)=(.+)$", page, re.MULTILINE))


def test_a_cluster_hears_nobody_without_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask
    import distributed  # its own settings are there only now  # noqa: F401

    def speaking(by: dict[str, str]) -> dask.config.set:
        return dask.config.set(dask.config.merge(dask.config.config, dask.config.collect_env(by)))

    ours, other = (_cluster_environment(tmp_path / name) for name in ("ours", "other"))
    monkeypatch.setattr("examgen.core.processes._SECONDS", 5)
    cluster = Cluster(tmp_path, ours)

    def said() -> str:
        with pytest.raises((WrongUsage, MissingDependency)) as raised, dask_cluster(cluster.address):
            pass
        return str(raised.value)

    try:
        assert cluster.address.startswith("tls://")
        assert "TLS expects" in said()
        with speaking(other):
            assert "no scheduler responds" in said()
        with speaking(ours):
            assert "has no workers" in said()
            cluster.address = cluster.address.replace("tls:", "tcp:")
            assert "encryption required" in said()
    finally:
        cluster.end()


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
    monkeypatch.setattr("examgen.core.processes._SECONDS", 0.5)
    with pytest.raises(kind, match=said), at_work(Workers(dask=at), 1):
        pass


def test_a_worker_of_another_version_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("examgen.core.processes.__version__", "0.0.1")
    said = rf"worker tcp://.* has examgen {re.escape(__version__)}.*, but this machine has 0\.0\.1"
    with dask_cluster(address) as executor, pytest.raises(MissingDependency, match=said):
        list(results(executor, abs, [(-1,)]))
