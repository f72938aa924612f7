"""What `examgen export` writes of a scored run, read again without examgen and held against the run."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from examgen.commands import main
from examgen.interchange.place import ExportOptions
from examgen.interchange.responses import coded, mirt
from examgen.interchange.responses.sheet import ResponseSheet, SheetItem, penalties
from examgen.reports.exports.formats import export as written_out
from examgen.scoring import score as sittings
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from tests.analyses.test_administrations import sat as administration
from tests.screen_exams import screen_exam, wide
from tests.sittings import table

Run = tuple[Path, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of two forms: dirty rows, every kind of correction, pilot items; and its candidates by id."""
    folder, files, wanted = administration(tmp_path_factory.mktemp("run"), personal=False)
    sittings.score(folder, files, options=wanted)
    return folder, {row["candidate_id"]: row for row in table(folder / "results/candidates.csv")}


def export(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str | Path
) -> tuple[int, str]:
    """Status and what was printed."""
    monkeypatch.setattr("sys.argv", ["examgen", "export", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out + said.err


def marks_of(folder: Path) -> dict[str, dict[str, tuple[str, ...] | None]]:
    """By candidate and item, the option ids that were marked, None for what is no option: from the run's
    responses and the printed order alone."""
    printed: dict[str, list[tuple[str, list[str]]]] = {}
    for row in sorted(table(folder / "secure/forms.csv"), key=lambda row: int(row["question"])):
        printed.setdefault(row["form"], []).append((row["item"], row["options"].split()))
    found = {}
    for who, form, marks in (
        pl.read_parquet(folder / "results/responses.parquet").select("candidate_id", "form", "marks").rows()
    ):
        found[who] = {
            item: None if mark >= 128 else tuple(o for k, o in enumerate(order) if mark >> k & 1)
            for (item, order), mark in zip(printed[form], marks, strict=False)
        }
    return found


def test_what_is_not_exported_is_refused(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people = run
    words = ("--format", "MIRT", "--out", tmp_path / "o")
    status, out = export(capsys, monkeypatch, folder / "results", *words, "--json")
    assert status == 0, out
    said = json.loads(out)
    assert "mirt.R" in said["files"]
    assert (said["run"], said["candidates"]) == (2, len(people))
    assert export(capsys, monkeypatch, folder, *words)[0] == 2
    assert export(capsys, monkeypatch, folder, "--format", "nothing")[0] == 2
    assert export(capsys, monkeypatch, tmp_path, "--format", "mirt")[0] == 2


def test_codes_stand_in_place_of_ids(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people = run
    words = [folder, "--format", "mirt", "--out", tmp_path / "o", "--pseudonymous", "--json"]
    status, out = export(capsys, monkeypatch, *words)
    assert status == 0, out
    codes = {row["code"]: row["candidate_id"] for row in table(Path(json.loads(out)["codes"]))}
    with (tmp_path / "o/raw.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = [row["candidate_id"] for row in csv.DictReader(file)]
    assert shown == sorted(shown)
    assert {codes[one] for one in shown} == set(people)


def test_results_under_codes_are_the_same_results_of_nobody(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, people = run
    words = [folder, "--format", "results", "--out", tmp_path / "plain"]
    assert export(capsys, monkeypatch, *words)[0] == 0
    words = [folder, "--format", "results", "--out", tmp_path / "coded", "--pseudonymous", "--json"]
    status, out = export(capsys, monkeypatch, *words)
    assert status == 0, out
    codes = {row["code"]: row["candidate_id"] for row in table(Path(json.loads(out)["codes"]))}
    assert (folder / "codes").stat().st_mode & 0o077 == 0
    plain, coded_rows = (table(tmp_path / one / "results.csv") for one in ("plain", "coded"))
    assert [row["candidate_id"] for row in coded_rows] == sorted(row["candidate_id"] for row in coded_rows)
    wanted = {(row["candidate_id"], row["unit"]): row for row in plain}
    assert len(wanted) == len(plain) == len(coded_rows)
    for row in coded_rows:
        own = wanted[codes[row["candidate_id"]], row["unit"]]
        for name in ("status", "decision", "score", "max_score", "percent", "level", "release"):
            assert row[name] == own[name], name
        assert (row["name"], row["form"]) == ("", own["form"].partition("-")[0])
    text = (tmp_path / "coded" / "results.csv").read_text("utf-8-sig")
    told = {cell for row in csv.reader(text.splitlines()) for cell in row}
    assert not told & {*people, *(row["name"] for row in plain if row["name"])}


# ── programs of item analysis ────────────────────────────────────────────────────────────────


def exported(
    folder: Path, out: Path, format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[str]]:
    """The folder of a format, and what was said of it."""
    status, said = export(capsys, monkeypatch, folder, "--format", format, "--out", out / format, "--json")
    assert status == 0, said
    return out / format, json.loads(said)["told"]


def counted_of(run: Run) -> dict[str, int]:
    """By candidate the points of items that are scored by their key: the total of the run without what its
    corrections gave to everybody, or to everybody who answered."""
    folder, people = run
    made = json.loads((folder / "results/audit.json").read_text("utf-8"))["corrections"]
    kinds = {one["item"]: one["kind"] for one in made if one["kind"].startswith("credit")}
    assert set(kinds.values()) == {"credit_all", "credit_answered"}
    found = {}
    for who, marks in marks_of(folder).items():
        given = [kinds[item] == "credit_all" or mark != () for item, mark in marks.items() if item in kinds]
        found[who] = int(people[who]["score"]) - sum(given)
    return found


def test_tables_for_r_add_up_to_the_totals_of_the_run_in_r_itself(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, told = exported(run[0], tmp_path, "mirt", capsys, monkeypatch)
    other, _ = exported(run[0], tmp_path, "csv", capsys, monkeypatch)
    tables = {path.name: path.read_bytes() for path in other.glob("*.csv")}
    assert {"raw.csv", "key.csv", "scored.csv", "items.csv", "candidates.csv", "codebook.csv"} == {*tables}
    assert tables == {path.name: path.read_bytes() for path in place.glob("*.csv")}
    items = {row["label"]: row for row in table(place / "items.csv")}
    assert {row["standing"] for row in items.values()} == {"scored", "pilot"}
    expected, scored = counted_of(run), table(place / "scored.csv")
    people = {row["candidate_id"]: row for row in table(place / "candidates.csv")}
    raw, keys = table(place / "raw.csv"), {row["label"]: row for row in table(place / "key.csv")}
    for row, letters in zip(scored, raw, strict=True):
        who = row["candidate_id"]
        own = {name: row[name] for name in items if row[name]}
        assert sum(int(own[name]) for name in own if items[name]["standing"] == "scored") == expected[who]
        assert int(people[who]["given"]) == int(run[1][who]["score"]) - expected[who]
        for name, one in own.items():
            assert one == str(int(letters[name] in [key for key in list(keys[name].values())[1:] if key]))
    assert any("dropped" in one for one in told)
    if shutil.which("Rscript"):
        # the script holds its own totals against those of the run; the package is stood in for
        stub = tmp_path / "stub.R"
        stub.write_text(STUB, "utf-8")
        done = subprocess.run(
            ["Rscript", "mirt.R"],
            cwd=place,
            env={**os.environ, "R_PROFILE_USER": str(stub)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert f"fitted {len(scored)}" in done.stdout


STUB = """
library <- function(...) NULL
key2binary <- function(data, key) {
  found <- sapply(seq_along(data), function(n) as.integer(data[[n]] %in% na.omit(key[n, ])))
  found[is.na(as.matrix(data))] <- NA
  colnames(found) <- colnames(data)
  found
}
mirt <- function(data, ...) { cat("fitted", nrow(data), "\\n"); list(items = 1) }
coef <- function(fit, ...) fit
fscores <- function(...) 1
"""


# ── what these programs have no room for ─────────────────────────────────────────────────────


def hostile_sheet() -> ResponseSheet:
    """Candidates with Thai ids on two forms; an item of which two answers were asked and parts count, one
    that costs points, one of two points that was given to all."""
    items = (
        SheetItem("ข้อ 1, \"ก\"", "E1.01", ("a", "b", "c", "a|c", "a|b", "*"), 3, frozenset([3]), "scored",
                  1, (2, 0, 2, 4, 0, 0), 0),
        SheetItem("i-2", "เกณฑ์", ("a", "b", "*"), 2, frozenset([1]), "scored", 1, (-1, 4, -1), 0),
        SheetItem("I 2", "E1.02", ("a", "b"), 2, frozenset([0]), "credited", 2, (8, 8), 8),
    )  # fmt: skip
    cells = np.array([[3, 0, 1], [0, NOT_ADMINISTERED, OMITTED], [4, 1, 0], [5, 2, NOT_REACHED]], np.int8)
    who = ("สมชาย", "=1+1", "00 1", "P,4")
    return ResponseSheet("สอบ", who, ("ก", "ข", "ก", "ข"), ("1", "0", "0", "0"), items, cells, 4)


def test_what_a_program_cannot_hold_is_named_and_stands_otherwise() -> None:
    sheet = hostile_sheet()
    of = coded.coded(sheet)
    assert of.rows == ("DAB", "ANO", "EBA", "XXR")
    assert [one.right for one in of.items] == ["D", "B", "A"]
    assert len({one.label.casefold() for one in of.items}) == 3
    assert all(one.label.isascii() for one in of.items)
    assert len([*penalties(sheet)]) == 1
    tables = mirt.mirt(sheet, of)
    assert tables.tables["scored.csv"]["i-2"] == ["0", "", "1", "0"]
    assert tables.tables["scored.csv"][of.items[0].label] == ["2", "1", "0", "0"]
    assert tables.tables["candidates.csv"]["given"] == ["2", "2", "2", "2"]
    assert "are not compared" in tables.script


def test_sets_without_a_letter_are_wrong() -> None:
    sets = tuple(f"{a}|{b}" for a in "abcde" for b in "abcde" if a < b)
    item = SheetItem("i", "E", (*"abcde", *sets), 5, frozenset([14]), "scored", 1, (*(0,) * 14, 1), 0)
    cells = np.arange(15, dtype=np.int8)[:, None]
    sheet = ResponseSheet("t", tuple(map(str, range(15))), ("A",) * 15, ("0",) * 15, (item,), cells, 1)
    of = coded.coded(sheet)
    assert "".join(of.rows) == "ABCDEGHIJKLMXXF"


def test_scores_below_nought_are_numbers_and_formulas_are_none(tmp_path: Path) -> None:
    """A wrong answer costs a quarter, and nothing stops at nought; one candidate is called like a formula."""
    exam = screen_exam(tmp_path / "exam", scoring={"wrong": 0.25, "floor": "none"})
    key = [row["key"][0] for row in table(exam / "secure/key.csv") if row["form"] == "A"]
    wrong = ["ABCD"["ABCD".index(one) - 1] for one in key]
    file = wide(tmp_path / "paper.csv", [("=1+1", "A", key), ("-2", "A", wrong)])
    sittings.score(exam, [file])
    for name in ("results", "mirt", "csv"):
        written_out(exam, name, ExportOptions(out=tmp_path / name))
    told = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    assert float(told["'-2"]["score"]) < 0
    for place in ("results/results.csv", "mirt/candidates.csv", "csv/candidates.csv"):
        [own] = [row for row in table(tmp_path / place) if row["candidate_id"] == "'-2"]
        assert own["score"] == told["'-2"]["score"]
        assert own.get("percent", "-").startswith("-")
        assert "'=1+1" in {row["candidate_id"] for row in table(tmp_path / place)}
