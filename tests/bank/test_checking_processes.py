"""The bank read and judged in several processes: what is found, and its order, is that of one process."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.bank import checking
from examgen.bank.checking import CheckedBank, check
from examgen.core.processes import ALONE, Workers
from tests.samples import item_data, unit_data

# told where pytest or a test before has started threads, which a worker does not use
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

TWO = Workers(2)
ABOVE = {"a": "น้ำ", "b": "น้ำมัน", "c": "ทราย", "d": "ถูกทุกข้อ"}
WAIVER = {"all-or-none-of-the-above": "ตามแบบเดิม", "no-such-rule": "ผิด"}


def write_unit(bank: Path, code: str, *items: dict[str, Any]) -> None:
    folder = bank / code / "items"
    folder.mkdir(parents=True)
    (bank / code / "unit.yaml").write_text(yaml.safe_dump(unit_data(code=code), allow_unicode=True), "utf-8")
    text = yaml.safe_dump(list(items), allow_unicode=True, sort_keys=False)
    (folder / "E1.01.yaml").write_text(text, "utf-8")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A workspace of twelve units: sound, with findings, waived, with one id twice, and broken in all ways."""
    bank = tmp_path / "item_bank"
    for n in range(8):
        stem = f"ก่อนเปลี่ยนใบเลื่อยวงเดือนขนาด {n % 3} นิ้ว ช่างต้องตัดไฟและทำสิ่งใดก่อนถอดใบเดิมออกจากแกนหมุน"
        own = item_data("E1.01", n, id=f"E1.01-1{n:02d}", stem=stem)
        above = item_data("E1.01", n, id=f"E1.01-2{n:02d}", options=ABOVE, waivers=WAIVER if n % 2 else {})
        write_unit(bank, f"T-{n}", own, above, *([item_data("E1.01", 900)] if n > 5 else []))
    write_unit(bank, "X-field", item_data("E1.01", 1, colour="red"))
    write_unit(bank, "X-key", item_data("E1.01", 1, key="e"))
    write_unit(bank, "X-yaml", item_data("E1.01", 1))
    (bank / "X-yaml" / "items" / "E1.02.yaml").write_text("- id: [", "utf-8")
    write_unit(bank, "X-unit")
    (bank / "X-unit" / "unit.yaml").write_bytes(b"\xff")
    return tmp_path


@pytest.mark.long("workers of their own; test_workers checks a bank with two")
def test_each_process_reads_the_settings_of_the_workspace(many: Path) -> None:
    (many / "examgen.yaml").write_text("rules: {all-or-none-of-the-above: notice, near-duplicate: off}")
    found = check(many, [], workers=TWO)
    assert found == check(many, [], workers=ALONE)
    assert {p.severity for p in found.problems if p.code == "all-or-none-of-the-above"} == {"notice"}


@pytest.mark.long("workers of their own; test_workers checks a bank with two")
def test_processes_that_start_from_nothing_find_the_same(many: Path) -> None:
    """As on macOS and Windows, where a process shares nothing with the one that starts it."""
    code = (
        "import json, multiprocessing, sys\n"
        "from pathlib import Path\n"
        "from examgen.bank.checking import check\n"
        "from examgen.core.processes import Workers\n"
        "multiprocessing.set_start_method('spawn')\n"
        "print(json.dumps(list(map(str, check(Path(sys.argv[1]), [], workers=Workers(2)).problems))))"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(many)], check=True, capture_output=True, text=True)
    assert json.loads(ran.stdout) == [str(problem) for problem in check(many, [], workers=ALONE).problems]


class Lost(concurrent.futures.Executor):
    """A pool that loses a process after some results."""

    def __init__(self, *_: object, **__: object) -> None:
        self._n = 0

    def submit(self, task: Any, /, *call: Any, **_: Any) -> Future[Any]:
        found: Future[Any] = Future()
        self._n += 1
        if self._n > 3:
            found.set_exception(BrokenProcessPool())
        else:
            found.set_result(task(*call))
        return found


def refuse(*_: object, **__: object) -> None:
    raise PermissionError("no more processes")


@pytest.mark.parametrize("pool", [refuse, Lost])
def test_without_a_pool_one_process_does_what_is_left(
    many: Path, monkeypatch: pytest.MonkeyPatch, pool: object
) -> None:
    alone = check(many, [], workers=ALONE)
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", pool)
    assert check(many, [], workers=TWO) == alone


def test_a_bug_in_a_rule_comes_up_as_in_one_process(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object) -> CheckedBank:
        raise ZeroDivisionError

    monkeypatch.setattr(checking.applying, "judge_unit", raises)  # a copy of this process has it too
    monkeypatch.setattr("examgen.core.processes.context", lambda: multiprocessing.get_context("fork"))
    for processes in (1, 2):
        if processes == 1 or sys.platform == "linux":
            with pytest.raises(ZeroDivisionError):
                check(many, [], workers=Workers(processes))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the list of processes of Linux")
def test_workers_end_with_a_process_that_is_killed() -> None:
    code = (
        "import time\n"
        "from functools import partial\n"
        "from examgen.core.processes import in_order, pool\n"
        "with pool(2) as two: list(in_order(two, divmod, (1.0, 2.0, 3.0, 4.0), partial(time.sleep, 30)))"
    )
    ran = subprocess.Popen([sys.executable, "-c", code])
    children = Path(f"/proc/{ran.pid}/task/{ran.pid}/children")
    workers = _until(lambda: len(found := children.read_text().split()) == 2 and found)
    os.kill(ran.pid, signal.SIGKILL)
    ran.wait()
    assert _until(lambda: not any(_lives(worker) for worker in workers))


def _lives(pid: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _until(true: Any) -> Any:
    for _ in range(300):
        if outcome := true():
            return outcome
        time.sleep(0.1)
    return None
