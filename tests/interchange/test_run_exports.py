"""What `examgen export` writes of a scored run, read again without examgen and held against the run."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from examgen.commands import main
from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED
from examgen.interchange.place import ExportOptions, ExportSource
from examgen.interchange.responses import coded, iteman, jmetrik, one_hot, r_packages, winsteps
from examgen.interchange.responses.sheet import ResponseSheet, SheetItem, by_form
from examgen.reports.exports.formats import export as written_out
from examgen.reports.exports.responses import read
from examgen.scoring import score as sittings
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


def sheet_of(folder: Path) -> ResponseSheet:
    """The responses of the run, as functions of Python take them."""
    return read(ExportSource(folder, None, None), ExportOptions()).sheet


def rows_of(columns: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_one_hot_says_what_each_candidate_marked(run: Run) -> None:
    folder, _ = run
    marks = marks_of(folder)
    rows = rows_of(dict(one_hot.columns(sheet_of(folder))))
    assert [row["candidate_id"] for row in rows] == list(marks)
    for row in rows:
        seen: dict[str, set[str]] = {}
        for name, cell in list(row.items())[2:]:
            item, _, option = name.partition("_")
            if cell == "1":
                seen.setdefault(item.partition(" ")[0], set()).add(option)
        told = marks[row["candidate_id"]]
        assert set(seen) == set(told)
        for item, mark in told.items():
            if mark is None or len(mark) > 1:
                assert seen[item] == {"invalid"}
            elif mark:
                assert seen[item] == set(mark)
            else:
                assert seen[item] <= {"omitted", "not_reached"}


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
    status, out = export(capsys, monkeypatch, folder, "--format", "winsteps")
    assert (status, "winsteps is reached from Python: see docs/python.md" in out) == (2, True)


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


def test_iteman_adds_up_to_the_totals_of_the_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, told = exported(run[0], tmp_path, "iteman", capsys, monkeypatch)
    totals, old_totals, several, inclusions = {}, {}, 0, set()
    for form in "AB":
        control = [line.split("\t") for line in lines_of(place / f"control-{form}.txt")]
        assert {len(cells) for cells in control} == {6}
        inclusions |= {cells[4] for cells in control}
        several += sum(len(cells[1]) == 2 for cells in control if cells[4] == "Y")
        width = len(control)
        for line in lines_of(place / f"responses-{form}.txt"):
            row = line[-width:]
            assert line[-width - 1] == " "
            totals[line[: -width - 1].strip()] = sum(
                mark in cells[1] for mark, cells in zip(row, control, strict=True) if cells[4] == "Y"
            )
            assert set(row) <= {*"ABCDO"}
        head, keys, alternatives, inclusion, *rows = lines_of(place / f"iteman3-{form}.txt")
        n_items, width_of_id = int(head[:3]), int(head[8:10])
        assert (head[4], head[6], len(keys), len(alternatives)) == ("O", "N", n_items, n_items)
        assert all(
            (mark == "Y") == (cells[4] == "Y" and len(cells[1]) == 1)
            for mark, cells in zip(inclusion, control, strict=True)
        )
        for line in rows:
            assert len(line) == width_of_id + n_items
            marks = zip(line[width_of_id:], control, inclusion, strict=True)
            old_totals[line[:width_of_id].strip()] = sum(
                mark == cells[1] for mark, cells, use in marks if use == "Y"
            )
    assert totals == counted_of(run)
    assert inclusions == {"Y", "N", "P"}
    assert all(0 <= totals[who] - old <= several for who, old in old_totals.items())
    assert any(f"Iteman 3 knows one key for an item: {several} item" in one for one in told)


def lines_of(path: Path) -> list[str]:
    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    return data.decode("ascii").split("\r\n")[:-1]


def control_of(path: Path) -> tuple[dict[str, str], dict[str, list[str]], list[str]]:
    """A control file of Winsteps by its rules: values by name, lists, labels of items. A `+` at the end of a
    line and one at the beginning of the next join them; `;` begins a comment; lists stand between `*`."""
    rows = iter(lines_of(path))
    found: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for row in rows:
        if row == "&END":
            break
        if row.startswith((";", "&INST")):
            continue
        whole = row
        while whole.endswith("+"):
            whole = whole[:-1] + next(rows).lstrip().removeprefix("+")
        name, _, value = (part.strip() for part in whole.partition("="))
        if value == "*" and name in ("IDFILE", "IWEIGHT"):
            lists[name] = []
            while (entry := next(rows)) != "*":
                lists[name].append(entry)
        else:
            found[name] = value.strip('"')
    labels = list(rows)
    assert labels[-1] == "END NAMES"
    return found, lists, labels[:-1]


def put(place: Path, files: Mapping[str, bytes]) -> Path:
    """Files of a format, in a folder."""
    for name, data in files.items():
        (place / name).write_bytes(data)
    return place


def test_winsteps_adds_up_to_the_totals_of_the_run(run: Run, tmp_path: Path) -> None:
    sheet = sheet_of(run[0])
    place = put(tmp_path, winsteps.write(sheet, coded.coded(sheet)).files)
    control, lists, labels = control_of(place / "winsteps.txt")
    n_items, first = int(control["NI"]), int(control["ITEM1"])
    assert len(labels) == len(set(labels)) == n_items
    keys = [control[name] for name in sorted(control) if name.startswith("KEY") and name != "KEYSCR"]
    assert control["KEYSCR"] == "1" * len(keys)
    assert {len(key) for key in keys} == {n_items}
    unscored = {int(one) for one in lists["IDFILE"]}
    weights = {int(n): float(weight) for n, weight in map(str.split, lists["IWEIGHT"])}
    assert unscored
    assert set(weights.values()) == {0}
    totals = {}
    for line in lines_of(place / control["DATA"]):
        row = line[first - 1 :]
        assert len(row) == n_items
        assert {*row} - {"N"} <= {*control["CODES"]}
        totals[line[: int(control["NAMLEN"])].strip()] = sum(
            any(key[n] == mark for key in keys)
            for n, mark in enumerate(row)
            if n + 1 not in unscored and n + 1 not in weights
        )
    assert totals == counted_of(run)


def commands_of(path: Path) -> list[dict[str, str]]:
    """Commands of jMetrik, taken apart as its source does (TextToCommand, AbstractCommand, PairedOptionList):
    the options of each by name, without their brackets."""
    found = []
    for name, body in re.findall(r"(.+)(\{[^\}]*\})", path.read_text("ascii")):
        assert name == "scoring"
        options = {}
        for option in re.sub(r"\n\s+", "", body[1:-1]).split(";"):
            if option.strip():
                begin, end = option.index("("), option.rindex(")")
                options[option[:begin].strip()] = option.strip()[begin + 1 : end]
        found.append(options)
    return found


def test_jmetrik_adds_up_to_the_totals_of_the_run(run: Run, tmp_path: Path) -> None:
    sheets = by_form(sheet_of(run[0]))
    book = {form: coded.coded(sheet) for form, sheet in sheets.items()}
    place = put(tmp_path, jmetrik.write(sheets, book).files)
    pilots = {
        one.label.replace(".", "_").replace("-", "_")
        for of in book.values()
        for one in of.items
        if one.item.standing == "pilot"
    }
    assert pilots
    totals = {}
    for form in "AB":
        (command,) = commands_of(place / f"scoring-{form}.jmk")
        assert command["data"] == f"db = examgen, table = responses_{form}"
        scores: dict[str, dict[str, str]] = {}
        for n in range(int(command["keys"])):
            pairs = re.split(r",(?![^()]*\))", command[f"key{n + 1}"])
            key = {name.strip(): value.strip() for name, _, value in (pair.partition("=") for pair in pairs)}
            assert (key["omit"], key["nr"]) == ("O", "R")
            for variable in key["variables"][1:-1].split(","):
                scores[variable] = dict(
                    zip(key["options"][1:-1].split(","), key["scores"][1:-1].split(","), strict=True)
                )
        assert (place / f"responses-{form}.csv").read_bytes().isascii()
        for row in table(place / f"responses-{form}.csv"):
            assert all(row[name] in {*own, "O", "R"} for name, own in scores.items())
            totals[row["candidate_id"].removeprefix("c")] = sum(
                int(own.get(row[name], 0)) for name, own in scores.items() if name not in pilots
            )
    assert totals == counted_of(run)


def test_tables_for_r_add_up_to_the_totals_of_the_run_in_r_itself(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, told = exported(run[0], tmp_path, "mirt", capsys, monkeypatch)
    other, _ = exported(run[0], tmp_path, "tam", capsys, monkeypatch)
    for name in ("scored.csv", "items.csv", "candidates.csv"):
        assert (place / name).read_bytes() == (other / name).read_bytes()
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
        # the scripts hold their own totals against those of the run; the packages are stood in for
        stub = tmp_path / "stub.R"
        stub.write_text(STUB, "utf-8")
        for script in (place / "mirt.R", other / "tam.R"):
            done = subprocess.run(
                ["Rscript", script.name],
                cwd=script.parent,
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
mirt <- tam.mml <- function(data, ...) { cat("fitted", nrow(data), "\\n"); list(items = 1, xsi = 1) }
coef <- function(fit, ...) fit
fscores <- function(...) 1
tam.wle <- function(...) list(theta = 1, error = 1)
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
    assert of.persons == (("0001", "0002", "0003", "0004"), True)
    assert of.rows == ("DAB", "ANO", "EBA", "XXR")
    assert [one.right for one in of.items] == ["D", "B", "A"]
    assert len({one.label.casefold() for one in of.items}) == 3
    made = winsteps.write(sheet, of)
    assert all(data.isascii() for data in made.files.values())
    told = " ".join(made.told)
    for words in ("persons.csv", "costs points", "earns parts of its points"):
        assert words in told
    forms = by_form(sheet)
    assert [*forms] == ["ก", "ข"]
    assert [len(one.items) for one in forms.values()] == [3, 3]
    old = iteman.write(forms, {form: iteman.code(one) for form, one in forms.items()})
    assert len(old.files) == 6  # two names that are alike without Thai are two files all the same
    assert all(data.isascii() for data in old.files.values())
    assert any("stand as omitted" in one for one in old.told)
    tables = r_packages.mirt(sheet, of)
    assert tables.tables["scored.csv"]["i-2"] == ["0", "", "1", "0"]
    assert tables.tables["scored.csv"][of.items[0].label] == ["2", "1", "0", "0"]
    assert tables.tables["candidates.csv"]["given"] == ["2", "2", "2", "2"]
    assert "are not compared" in tables.script


def test_sets_without_a_letter_are_counted() -> None:
    sets = tuple(f"{a}|{b}" for a in "abcde" for b in "abcde" if a < b)
    item = SheetItem("i", "E", (*"abcde", *sets), 5, frozenset([14]), "scored", 1, (*(0,) * 14, 1), 0)
    cells = np.arange(15, dtype=np.int8)[:, None]
    sheet = ResponseSheet("t", tuple(map(str, range(15))), ("A",) * 15, ("0",) * 15, (item,), cells, 1)
    of = coded.coded(sheet)
    assert "".join(of.rows) == "ABCDEGHIJKLMXXF"
    assert of.merged == 2
    assert any("2 sets of letters" in one for one in coded.told_of(of))


def test_scores_below_nought_are_numbers_and_formulas_are_none(tmp_path: Path) -> None:
    """A wrong answer costs a quarter, and nothing stops at nought; one candidate is called like a formula."""
    exam = screen_exam(tmp_path / "exam", scoring={"wrong": 0.25, "floor": "none"})
    key = [row["key"][0] for row in table(exam / "secure/key.csv") if row["form"] == "A"]
    wrong = ["ABCD"["ABCD".index(one) - 1] for one in key]
    file = wide(tmp_path / "paper.csv", [("=1+1", "A", key), ("-2", "A", wrong)])
    sittings.score(exam, [file])
    for name in ("results", "mirt", "tam"):
        written_out(exam, name, ExportOptions(out=tmp_path / name))
    told = {row["candidate_id"]: row for row in table(exam / "results/candidates.csv")}
    assert float(told["'-2"]["score"]) < 0
    for place in ("results/results.csv", "mirt/candidates.csv", "tam/candidates.csv"):
        [own] = [row for row in table(tmp_path / place) if row["candidate_id"] == "'-2"]
        assert own["score"] == told["'-2"]["score"]
        assert own.get("percent", "-").startswith("-")
        assert "'=1+1" in {row["candidate_id"] for row in table(tmp_path / place)}
