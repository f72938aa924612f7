"""A file from the command line, by `read_responses`, and as a frame: the same numbers, notes and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import same_both_ways

__all__ = ["run"]

RNG = np.random.default_rng(11)
N = 60
RIGHT = (RNG.random((N, 5)) < np.linspace(0.3, 0.8, 5)).astype(int)
ITEMS = [f"q{j}" for j in range(5)]
VERBS: dict[str, tuple[list[Any], Callable[[Any], Any]]] = {
    "items": ([], es.items),
    "irt": (["--model", "grm"], lambda data: es.irt(data, "grm")),
    "decisions": (["--cut", 3], lambda data: es.decisions(data, 3)),
}


def written(path: Path, **columns: Sequence[object]) -> Path:
    pl.DataFrame({name: list(map(str, values)) for name, values in columns.items()}).write_csv(
        path, quote_style="never"
    )
    return path


def scores(cells: Any = RIGHT, **more: Sequence[object]) -> dict[str, Sequence[object]]:
    return {
        "id": [f"P{n}" for n in range(len(cells))],
        **more,
        **dict(zip(ITEMS, np.asarray(cells).T.tolist(), strict=True)),
    }


def told_alike(run: Run, path: Path, verb: str = "items", **columns: Any) -> dict[str, Any]:
    """The notes of the three ways by their codes."""
    words, function = VERBS[verb]
    document = run.json("analyse", verb, path, *words)
    for data in (es.read_responses(path), pl.read_csv(path, infer_schema_length=None)):
        same_both_ways(document, function(data))
    return {note["code"]: note["values"] for note in document["notes"]}


def refused_alike(run: Run, path: Path, verb: str = "items") -> str:
    """What the library says: the first reasons of the command, with arguments in place of options."""
    words, function = VERBS[verb]
    document = run.json("analyse", verb, path, *words)
    assert document["error"]["exit"] == 1
    with pytest.raises(es.ArgumentError) as refusal:
        function(es.read_responses(path))
    for problem in document["problems"][:2]:
        options = r"\\-\\-(exclude\\ \w+|[a-z]+)"  # `--exclude q2` is `exclude='q2'`
        reason = re.sub(options, r"\\S+", re.escape(problem["message"]))
        assert re.search(reason, str(refusal.value)), (problem, refusal.value)
    return str(refusal.value)


# ── a blank ──────────────────────────────────────────────────────────────────────────────────

GROUPS = [("EU", "NA", "none", "")[n % 4] for n in range(N)]


def test_a_group_called_na_is_a_group(run: Run, tmp_path: Path) -> None:
    """Only an empty cell is no group: NA is North America, and `none` an education."""
    path = written(tmp_path / "a.csv", **scores(g=GROUPS))
    ways = (es.read_responses(path, exclude=["g"]), pl.read_csv(path))
    document = run.json("analyse", "dif", path, "--group", "g", "--reference", "EU")
    for data in ways:
        same_both_ways(document, es.dif(data, "g", reference="EU"))
    assert [row["group"] for row in document["groups"]] == ["EU", "NA", "none"]
    notes = {one["code"]: one["values"] for one in document["notes"]}
    assert (notes["no-group"]["n"], notes["word-as-group"]["names"]) == (N // 4, "NA, none")
    document = run.json("analyse", "irt", path, "--model", "rasch", "--group", "g")
    for data in ways:
        same_both_ways(document, es.irt(data, "rasch", groups="g"))
    assert [row["group"] for row in document["population"]] == ["EU", "NA", "none"]
    document = run.json("analyse", "items", path, "--by", "g")
    assert [one["group"] for one in document["groups"]] == ["EU", "NA", "none"]
    assert {one["code"] for one in document["notes"]} == {"no-group", "word-as-group"}
    document = run.json("analyse", "copying", path, "--room", "g")
    for data in ways:
        same_both_ways(document, es.copying(data, rooms="g"))


@pytest.mark.parametrize("blank", ["", "-", ".", "NA", "n/a", "NaN", "null", "None"])
def test_a_cell_of_an_item_is_blank_in_these_words(run: Run, tmp_path: Path, blank: str) -> None:
    cells = RIGHT.astype(object)
    cells[::7, 2] = blank
    path = written(tmp_path / "a.csv", **scores(cells))
    notes = told_alike(run, path)
    assert notes["missing-scores"]["missing"] == len(RIGHT[::7])


# ── what is no item, no person, no score ─────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", VERBS)
def test_a_column_of_numbers_of_persons_is_refused(run: Run, tmp_path: Path, verb: str) -> None:
    columns = scores()
    columns = {**dict(list(columns.items())[:3]), "number": (RNG.permutation(N) + 1).tolist(), **columns}
    path = written(tmp_path / "a.csv", **columns)
    sentence = refused_alike(run, path, verb)
    assert "number has 60 different values of 60 persons, unlike scores" in sentence
    assert "leave it out with exclude='number'" in sentence
    with pytest.raises(es.ArgumentError, match="number has 60 different values"):
        VERBS[verb][1](pl.read_csv(path))
    points = {**scores(), "q5": (RNG.permutation(100)[:N]).tolist()}  # an essay of 100 points, by its name
    assert "unlike" in told_alike(run, written(tmp_path / "b.csv", **points), verb)


@pytest.mark.parametrize("verb", VERBS)
def test_a_header_alone_is_refused(run: Run, tmp_path: Path, verb: str) -> None:
    (tmp_path / "a.csv").write_text("id,q1,q2\n")
    assert "a.csv has a header but no candidates below it" in refused_alike(run, tmp_path / "a.csv", verb)


@pytest.mark.parametrize("verb", VERBS)
def test_numbers_below_0_are_told(run: Run, tmp_path: Path, verb: str) -> None:
    cells = RIGHT.copy()
    cells[:7, 2], cells[8:10, 1], cells[11, 3] = -1, -2, -3
    assert told_alike(run, written(tmp_path / "a.csv", **scores(cells)), verb)["below-zero"] == {"n": 10}


def test_numbers_below_0_of_a_long_table_are_told(run: Run, tmp_path: Path) -> None:
    rows = [(f"P{n}", item, RIGHT[n, j]) for n in range(N) for j, item in enumerate(ITEMS)]
    rows[3] = (*rows[3][:2], -1)
    columns = dict(zip(("id", "item", "resp"), zip(*rows, strict=True), strict=True))
    assert told_alike(run, written(tmp_path / "a.csv", **columns))["below-zero"] == {"n": 1}


@pytest.mark.parametrize(("again", "word"), [(1, "this"), (0, "a different")])
def test_two_rows_of_a_response_are_told_for_what_they_are(
    run: Run, tmp_path: Path, again: int, word: str
) -> None:
    path = written(tmp_path / "a.csv", id=["x", "y", "x"], item=["a", "a", "a"], resp=[1, 0, again])
    assert f"a.csv:4: x already has {word} response to a" in refused_alike(run, path)
    with pytest.raises(es.ArgumentError, match="2 responses of person x to item a"):
        es.items(pl.read_csv(path))


@pytest.mark.parametrize("verb", VERBS)
def test_codes_and_columns_that_are_no_items_are_told(run: Run, tmp_path: Path, verb: str) -> None:
    age = RNG.integers(18, 60, N).tolist()
    assert "unlike" in told_alike(run, written(tmp_path / "a.csv", **scores(), age=age), verb)
    cells = RIGHT.copy()
    cells[::9, 2] = 99
    assert told_alike(run, written(tmp_path / "b.csv", **scores(cells)), verb)["gap"]["codes"] == "99"


def test_equating_tells_them_of_its_form(run: Run, tmp_path: Path) -> None:
    cells = RIGHT.copy()
    cells[::9, 2] = 99
    x, y = (written(tmp_path / name, **scores(own)) for name, own in (("x.csv", cells), ("y.csv", RIGHT)))
    document = run.json("analyse", "equate", x, y, "--design", "eg", "--method", "mean")
    result = es.equate(es.read_responses(x), es.read_responses(y), "mean", design="eg")
    for notes in (document["notes"], result.to_dict()["notes"]):
        [told] = [one for one in notes if "stands for no answer" in one["message"]]
        assert told["values"]["form"] == "x"


# ── as they come ─────────────────────────────────────────────────────────────────────────────


def changed(value: object, rows: slice = slice(0, 7), item: int = 2) -> Any:
    cells = RIGHT.astype(object)
    cells[rows, item] = value
    return cells


def long(value: object = None) -> dict[str, Sequence[object]]:
    rows = [(f"P{n}", item, RIGHT[n, j]) for n in range(N) for j, item in enumerate(ITEMS)]
    rows[5] = (*rows[5][:2], rows[5][2] if value is None else value)
    return dict(zip(("id", "item", "resp"), zip(*rows, strict=True), strict=True))


AWKWARD: dict[str, dict[str, Sequence[object]]] = {
    "a code of its own": scores(changed("-9")),
    "an error of a spreadsheet": scores(changed("#N/A")),
    "a question mark": scores(changed("?")),
    "below zero, no whole number": scores(changed("-0.5")),
    "beyond the scale": scores(changed("128")),
    "truth values": scores(np.where(RIGHT == 1, "TRUE", "FALSE")),
    "yes and no": scores(np.where(RIGHT == 1, "yes", "no")),
    "decimals": scores(np.where(RIGHT == 1, "1.0", "0.0")),
    "from 1": scores(RIGHT + 1),
    "ids at the end": dict(reversed(scores().items())),
    "ids in capitals": {("Candidate ID" if name == "id" else name): own for name, own in scores().items()},
    "two columns of ids": {"person": scores()["id"], **scores()},
    "ids that repeat": {**scores(), "id": [n % 30 for n in range(N)]},
    "ids with a fraction": {**scores(), "id": [f"{n}.0" for n in range(N)]},
    "a column without a cell": scores() | {"z": [""] * N},
    "a constant": scores() | {"z": [5] * N},
    "years": scores() | {"year": RNG.integers(1990, 2005, N).tolist()},
    "days": scores() | {"day": [f"2026-01-{n % 28 + 1:02d}" for n in range(N)]},
    "seconds": scores() | {"seconds": RNG.integers(20, 600, N).tolist()},
    "percents": scores() | {"percent": RNG.integers(0, 101, N).tolist()},
    "long": long(),
    "long with a blank": long("NA"),
    "long with a letter": long("B"),
    "long with a great score": long(7),
    "nothing": scores(np.full(RIGHT.shape, "")),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_tables_are_told_alike(run: Run, tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.csv", **AWKWARD[name])
    if "error" not in run.json("analyse", "items", path):
        told_alike(run, path)
        return
    refused_alike(run, path)
    with pytest.raises(es.ArgumentError):
        es.items(pl.read_csv(path, infer_schema_length=None))


def test_an_id_column_with_some_ids_is_refused_and_one_without_any_is_none(run: Run, tmp_path: Path) -> None:
    ids = ["" if n == 3 else f"P{n}" for n in range(N)]
    sentence = refused_alike(run, written(tmp_path / "a.csv", **{**scores(), "id": ids}))
    assert sentence.startswith("a.csv:5: a.csv has no name of the person in row 3")
    path = written(tmp_path / "b.csv", **{**scores(), "id": [""] * N})
    document = run.json("analyse", "items", path)
    same_both_ways(document, es.items(es.read_responses(path)))
    assert "rows-numbered" in {note["code"] for note in document["notes"]}


def test_an_item_that_is_set_aside_needs_no_column_under_a_key(run: Run, tmp_path: Path) -> None:
    options = np.where(RIGHT == 1, "A", "B")
    path, key = written(tmp_path / "a.csv", **scores(options)), tmp_path / "key.csv"
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS))
    document = run.json("analyse", "items", path, "--key", key, "--exclude", "q4")
    same_both_ways(document, es.items(es.read_responses(path, key=key, exclude=["q4"])))
    assert [row["item"] for row in document["items"]] == ITEMS[:4]


def test_the_room_opens_files_by_nothing_else_of_examgen(root: Path) -> None:
    """`stats` is for whoever has numpy, scipy and polars: of the rest it has the opening of files."""
    allowed = {"core.files", "core.problems", "core.resources", "core.tables.coded"}
    for module in (root / "examgen" / "stats").glob("*.py"):
        found = set(re.findall(r"^ *from examgen\.(\S+) import", module.read_text("utf-8"), re.MULTILINE))
        assert {name for name in found if not name.startswith("stats")} <= allowed, module.name
