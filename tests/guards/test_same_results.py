"""The same answers give the same results, however the rows are ordered and cut into files, whatever language speaks.

Bytes are compared, not values: whoever hashes a result file may rely on it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.digests import with_plain_digests
from tests.guards.commands import Examgen, read_csv, write_csv
from tests.guards.small_exams import blueprint, build, drawn_answers, item, wide, write_unit

RESULTS = ("candidates.csv", "pc_results.csv", "pc_coverage.csv", "quarantine.csv", "audit.json")
"""What the contract names; all other files of a run are compared as well where nothing may differ."""
TWO = ("--processes", "2")
SIGNALS = ("--signals",)
LANG = ("--lang",)
"""Options of this guard."""
TIME = re.compile(r'"seconds": [0-9.]+')
"""What differs from build to build: how long the search took."""


@pytest.fixture(scope="module")
def workspace(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a small unit of its own beside the starter bank."""
    folder = tmp_path_factory.mktemp("same") / "workspace"
    shutil.copytree(starter, folder)
    write_unit(folder, "S-1", [item(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 9)])
    return folder


@pytest.fixture(scope="module")
def package(examgen: Examgen, workspace: Path) -> Path:
    rule = {"wrong": "1/3", "floor": "none"}
    return build(examgen, workspace, "exam", blueprint(["S-1"], forms=2, items=20, overlap=20, scoring=rule))


@pytest.fixture(scope="module")
def rows(package: Path) -> list[list[str]]:
    """Candidates, their rooms in a column that means nothing, repeats, rows that differ, and rows to set aside."""
    good = [[*row, f"ห้อง {n % 7}"] for n, row in enumerate(drawn_answers(package, 400, seed=5))]
    differ = [[*row[:2], "A" if row[2] != "A" else "B", *row[3:]] for row in good[10:14]]
    nobody, unknown = ["", *good[0][1:]], ["9999", "Z", *good[1][2:]]
    return [*good, *differ, *good[30:35], nobody, unknown]


def score(examgen: Examgen, package: Path, folder: Path, *words: object, status: int = 3) -> Path:
    """Score into a results folder of its own; the newest run there."""
    examgen("score", package, *words, "--out", folder, cwd=folder.parent, status=status)
    return max((folder / "runs").iterdir())


def files(run: Path) -> dict[str, bytes]:
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def in_order(path: Path, *without: str) -> list[list[str]]:
    """The rows of a result as texts in an order of their own."""
    return sorted([cell for name, cell in row.items() if name not in without] for row in read_csv(path))


# ── rows, files, processes ───────────────────────────────────────────────────────────────────


def test_the_order_of_rows_changes_no_result(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    one = score(examgen, package, tmp_path / "one", wide(tmp_path / "a.csv", rows, "room"))
    for seed in (1, 2):
        mixed = random.Random(seed).sample(rows, len(rows))
        other = score(examgen, package, tmp_path / f"mixed-{seed}", wide(tmp_path / "a.csv", mixed, "room"))
        for name in ("candidates.csv", "pc_results.csv"):
            assert in_order(one / name) == in_order(other / name)
        where = ("line", "raw")
        assert in_order(one / "quarantine.csv", *where) == in_order(other / "quarantine.csv", *where)
        assert (one / "pc_coverage.csv").read_bytes() == (other / "pc_coverage.csv").read_bytes()
        audits = [json.loads((run / "audit.json").read_text("utf-8")) for run in (one, other)]
        for name in ("rows", "quarantine", "decisions", "key", "options"):
            assert audits[0][name] == audits[1][name]
    assert len(read_csv(one / "candidates.csv")) == 396
    assert len(read_csv(one / "quarantine.csv")) == 10


def test_a_second_scoring_gives_the_same_bytes(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    answers = wide(tmp_path / "a.csv", rows, "room")
    first = files(score(examgen, package, tmp_path / "first", answers, *SIGNALS))
    assert set(RESULTS) <= set(first)
    copy = Path(shutil.copytree(package, tmp_path / "copy"))
    again = score(examgen, copy, tmp_path / "again", answers, *SIGNALS)
    assert files(again) == first
    assert files(score(examgen, copy, tmp_path / "again", answers, *SIGNALS)) == first
    assert len(list(again.parent.iterdir())) == 1, "a scoring that says nothing new makes no run"


def test_one_file_and_several_give_the_same_results(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    whole = score(
        examgen, package, tmp_path / "whole", wide(tmp_path / "a.csv", rows[:400], "room"), status=0
    )
    cut = (0, 1, 150, 399, 400)
    parts = [
        wide(tmp_path / f"part-{n}.csv", rows[first:last], "room")
        for n, (first, last) in enumerate(itertools.pairwise(cut))
    ]
    several = score(examgen, package, tmp_path / "several", *parts, status=0)
    for name in ("candidates.csv", "pc_results.csv", "pc_coverage.csv"):
        assert (whole / name).read_bytes() == (several / name).read_bytes()
    audits = [json.loads((run / "audit.json").read_text("utf-8")) for run in (whole, several)]
    assert [audit["rows"] for audit in audits] == [audits[0]["rows"]] * 2
    assert [len(audit["inputs"]) for audit in audits] == [1, 4]


def test_several_processes_give_the_same_bytes(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    many = [[f"{n}-{row[0]}" if row[0] else "", *row[1:]] for n in range(12) for row in rows]
    parts = [wide(tmp_path / "a.csv", many[:3000], "room"), wide(tmp_path / "b.csv", many[3000:], "room")]
    alone = score(examgen, package, tmp_path / "alone", *parts, "--processes", "1")
    two = score(examgen, package, tmp_path / "two", *parts, *TWO)
    assert files(alone) == files(two)


# ── languages ────────────────────────────────────────────────────────────────────────────────


def spoken(examgen: Examgen, cwd: Path, *words: object, status: int = 0) -> tuple[str, str]:
    """What a command prints on standard output under English and under Thai."""
    return tuple(examgen(*LANG, lang, *words, cwd=cwd, status=status).out for lang in ("en", "th"))  # type: ignore[return-value]


def test_results_and_audit_are_the_same_in_thai_and_in_english(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    answers = wide(tmp_path / "a.csv", rows, "room")
    runs = {}
    for lang in ("en", "th"):
        copy = Path(shutil.copytree(package, tmp_path / lang / "exam"))
        examgen(*LANG, lang, "score", copy, answers, *SIGNALS, cwd=tmp_path, status=3)
        runs[lang] = files(copy / "results")
    assert runs["en"] == runs["th"]
    assert set(RESULTS) <= set(runs["en"])


DOCUMENTS: dict[str, Callable[[Path], tuple[object, ...]]] = {
    "bank check": lambda _: ("bank", "check", "DG-TWRT-007", "--json"),
    "bank coverage": lambda _: ("bank", "coverage", "S-1", "--json"),
    "unit show": lambda _: ("unit", "show", "S-1", "--json"),
    "verify": lambda package: ("verify", package, "--json"),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_documents_are_the_same_in_thai_and_in_english(
    examgen: Examgen, workspace: Path, package: Path, what: str
) -> None:
    english, thai = spoken(examgen, workspace, *DOCUMENTS[what](package))
    assert json.loads(english)
    assert english == thai


def test_a_build_is_the_same_in_thai_and_in_english(examgen: Examgen, workspace: Path, package: Path) -> None:
    built, documents = [], []
    for lang in ("en", "th"):
        ran = examgen(
            *LANG, lang, "build", f"{package.name}.yaml", "--out", "spoken", "--json", cwd=workspace
        )
        assert set(ran.json) >= {"exam_dir", "problems"}
        # both fingerprints rest on the key of the digests, which is new in each package
        exam, paper = ran.json["fingerprints"]["exam"], ran.json["fingerprints"]["package"]
        assert paper == hashlib.sha256((workspace / "spoken/exam.yaml").read_bytes()).hexdigest()
        documents.append(TIME.sub("", ran.out).replace(exam, "exam").replace(paper, "package"))
        made = with_plain_digests(files(workspace / "spoken"))
        built.append({name: made[name] for name in ("exam.yaml", "secure/key.csv", "secure/forms.csv")})
        shutil.rmtree(workspace / "spoken")
    assert documents[0] == documents[1]
    assert (
        built[0]["secure/key.csv"] == built[1]["secure/key.csv"] == (package / "secure/key.csv").read_bytes()
    )
    assert built[0] == built[1]


def test_a_refusal_has_the_same_codes_in_thai_and_in_english(examgen: Examgen, workspace: Path) -> None:
    (workspace / "bad.yaml").write_text(
        "exam: T\nunits: [S-1]\nlevel: 3\nitems: 400\nstatuses: [draft]\n", "utf-8"
    )
    said = [
        examgen(*LANG, lang, "build", "bad.yaml", "--out", "bad", "--json", cwd=workspace, status=None)
        for lang in ("en", "th")
    ]
    assert said[0].status == said[1].status != 0
    codes = [[problem["code"] for problem in ran.json["problems"]] for ran in said]
    assert codes[0] == codes[1] != []


def test_analyses_and_tables_of_reports_are_the_same_in_thai_and_in_english(
    examgen: Examgen, package: Path, rows: list[list[str]], tmp_path: Path
) -> None:
    answers = wide(tmp_path / "a.csv", rows[:200], "room")
    key: list[list[object]] = [[f"Q{n}", "ABCD"[n % 4]] for n in range(1, 21)]
    items = write_csv(tmp_path / "key.csv", [["item", "key"], *key])
    words = ("analyse", "items", answers, "--key", items, "--exclude", "form,room", "--json")
    english, thai = spoken(examgen, tmp_path, *words)
    assert json.loads(english)
    assert english == thai
    exam = Path(shutil.copytree(package, tmp_path / "exam"))
    examgen("score", exam, answers, cwd=tmp_path)
    tables = []
    for lang in ("en", "th"):
        examgen(*LANG, lang, "report", exam, "--kind", "cohort", "--no-pdf", "--lang", lang, cwd=tmp_path)
        folder = exam / "reports"
        tables.append({name: text for name, text in files(folder).items() if name.endswith(".csv")})
        shutil.rmtree(folder)
    assert len(tables[0]) > 5
    assert tables[0] == tables[1]
