"""`es.link` and `analyse link`: the same numbers and the same notes, whichever is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run  # noqa: F401
from tests.stats.both_ways import as_arguments, asked, same_or_refused

B = np.array([-1.8, -1.5, -1.1, -0.8, -0.6, -0.1, 0.0, 0.5, 0.7, 1.2])
A = np.linspace(0.7, 1.6, 10)
NAMES = [f"Q{n:02d}" for n in range(1, 11)]
OLD = {"item": NAMES, "a": A, "b": B}
RASCH = {"item": NAMES, "b": B + 0.3}
ERRORS = {"se_a": np.full(10, 0.1), "se_b": np.full(10, 0.12)}
CASES: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], dict[str, Any], set[str]]] = {
    "the line alone": (OLD, {**OLD, "b": (B - 0.4) / 1.2, "a": A * 1.2}, {}, {"no-standard-errors"}),
    "with errors": ({**OLD, **ERRORS}, {**OLD, **ERRORS, "b": B - 0.4}, {}, {"errors-by-item"}),
    "easiness in place of difficulty": (
        RASCH, {"item": NAMES, "a": np.ones(10), "b": -B}, {},
        {"equal-slopes", "difficulties-disagree", "no-standard-errors"},
    ),
    "easiness of a 2PL": (
        OLD, {**OLD, "b": -B}, {"method": "haebara"},
        {"difficulties-disagree", "no-standard-errors"},
    ),
    "the constant 1.7": (OLD, {**OLD, "a": A / 1.7}, {}, {"methods-disagree", "no-standard-errors"}),
    "a drifted item": (
        OLD, {**OLD, "b": np.where(np.arange(10) == 3, B + 1.0, B)}, {"drift_z": 1.2},
        {"drift", "drift-kept", "no-standard-errors"},
    ),
    "without it": (
        OLD, {**OLD, "b": np.where(np.arange(10) == 3, B + 1.0, B)}, {"purify": True},
        {"drift-dropped", "no-standard-errors"},
    ),
    "few in common": (
        OLD, {**OLD, "item": [*NAMES[:3], *map(str, range(7))]}, {"symmetric": True, "weights": "equal"},
        {"few-anchors", "no-standard-errors"},
    ),
    "a slope below 0": (
        OLD, {**OLD, "a": np.where(np.arange(10) == 2, -A, A)}, {}, {"negative-slope", "no-standard-errors"},
    ),
    "guessing": (
        {**OLD, "c": np.full(10, 0.2)}, {**OLD, "c": np.full(10, 0.25)}, {"free_slope": True},
        {"no-standard-errors"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_numbers_and_notes_are_the_same(run: Run, tmp_path: Path, case: str) -> None:  # noqa: F811
    old, new, options, codes = CASES[case]
    found = es.link(new, old, **options)
    tables = [pl.DataFrame(dict(table)) for table in (old, new)]
    document = json.loads(asked(run, tmp_path, "link", *tables, **options, equate="true").out)
    document = as_arguments(document, found.to_dict())
    assert {note["code"] for note in document["notes"]} == codes
    assert _rounded({**found.to_dict(), "equating": None}) == _rounded(
        {name: value for name, value in document.items() if name not in ("old", "new")} | {"equating": None}
    )
    if case != "a slope below 0":
        assert _rounded(found.equate("true").to_dict()) == _rounded(
            as_arguments(document["equating"], found.equate("true").to_dict())
        )


TABLES: dict[str, tuple[Mapping[str, Any], set[str]]] = {
    "a slope of 0": ({**OLD, "a": [0, *A[1:]]}, {"not-a-parameter"}),
    "an item twice": ({name: [*column, column[0]] for name, column in OLD.items()}, {"item-twice"}),
    "a word": ({**OLD, "b": ["x", *B[1:]]}, {"not-a-parameter"}),
    "decimal commas": ({**OLD, "b": [str(b).replace(".", ",") for b in B]}, {"no-standard-errors"}),
    "NA": ({**OLD, "b": ["NA", *B[1:]]}, {"left-out", "no-standard-errors"}),
    "no lower asymptote below 1": ({**OLD, "c": [1] * 10}, {"not-below-1"}),
    "an error below 0": ({**OLD, "se_b": [0.1] * 9 + [-1]}, {"not-a-parameter"}),
    "an upper asymptote": ({**OLD, "u": [0.9] * 10}, {"upper-asymptote"}),
    "columns of a bank": ({**OLD, "n": [5] * 10, "facility": [0.5] * 10}, {"no-standard-errors"}),
    "another column of numbers": ({**OLD, "rank": range(10)}, {"unused-columns", "no-standard-errors"}),
    "capitals": ({"Item": NAMES, "A": A, "B": B}, {"no-standard-errors"}),
    "intercepts": ({"item": NAMES, "a1": A, "d": -A * B}, {"no-standard-errors"}),
    "steps": ({"item": NAMES, "b1": B, "b2": B + 1}, {"model-of-steps"}),
    "easiness by its name": ({"item": NAMES, "beta": B}, {"unknown-parameter"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_taken_or_refused_alike(run: Run, tmp_path: Path, name: str) -> None:  # noqa: F811
    table, codes = TABLES[name]
    own = pl.DataFrame({head: list(map(str, column)) for head, column in table.items()})
    old = {**OLD, "b": B - 0.2}
    ran = asked(run, tmp_path, "link", pl.DataFrame(old), own)
    for one in (own, table):
        assert codes == same_or_refused(ran, lambda one=one: es.link(one, old))  # type: ignore[misc]


def test_of_the_statistics_of_a_bank_the_last_line_of_an_item_counts(run: Run, tmp_path: Path) -> None:  # noqa: F811
    lines = pl.DataFrame({**OLD, "administration": "first"})
    later = lines.head(2).with_columns(pl.col("b") + 0.5, administration=pl.lit("second"))
    blank = lines.head(3).with_columns(a=None, b=None, administration=pl.lit("third"))
    bank = pl.concat([lines, later, blank], how="vertical_relaxed")
    document = json.loads(asked(run, tmp_path, "link", pl.DataFrame(OLD), bank).out)
    found = es.link({**OLD, "b": np.concatenate([B[:2] + 0.5, B[2:]])}, OLD)
    assert document["slope"] == pytest.approx(found.slope)
    assert [one["code"] for one in document["notes"][:2]] == ["several-lines", "several-scales"]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 9) if isinstance(value, float) else value


def test_easiness_is_named() -> None:
    [told] = [one for one in es.link({**RASCH, "b": -B}, RASCH).notes if one.code == "difficulties-disagree"]
    assert told == (
        "the difficulties of the common items have opposite signs (correlation -1.00). One table may "
        "have easiness, as beta of eRm is, in place of difficulty. Change its sign"
    )


def test_names_of_other_programs_are_refused_alike(run: Run, tmp_path: Path) -> None:  # noqa: F811
    table = {"item": NAMES, "beta": B}
    with pytest.raises(es.ArgumentError, match="no b, but a column beta: name it b"):
        es.link(table, OLD)
    ran = asked(run, tmp_path, "link", pl.DataFrame(OLD), pl.DataFrame(OLD).rename({"b": "difficulty"}))
    assert ran.status == 1
    assert "difficulty" in json.loads(ran.out)["error"]["message"]


def test_fits_and_responses_are_the_same(run: Run, tmp_path: Path) -> None:  # noqa: F811
    data = [es.example(n_persons=400, n_items=12, seed=seed) for seed in (1, 2)]
    frames = [one.frame().rename({"person": "candidate_id"}) for one in data]
    found = es.link(es.irt(data[1], "2pl"), es.irt(data[0], "2pl"), purify=True)
    ran = asked(run, tmp_path, "link", *frames, model="2pl", purify=True)
    document, sources = as_arguments(json.loads(ran.out), found.to_dict()), {"old", "new", "equating"}
    assert _rounded(found.to_dict()) == _rounded(
        {name: value for name, value in document.items() if name not in sources}
    )


def test_calibrations_without_a_maximum_are_told_and_not_written(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """A Guttman pattern: slopes of the 2PL are endless."""
    cells = np.repeat(np.tri(7, 6, -1, dtype=int), 20, axis=0)
    path, out = tmp_path / "g.csv", tmp_path / "linked.csv"
    pl.DataFrame({f"Q{j}": cells[:, j] for j in range(6)}).with_row_index("id").write_csv(path)
    fit = es.irt(cells, "2pl")
    found = es.link(fit, fit)
    assert not found.converged
    assert "NOT CONVERGED" in found.figures
    words = ("analyse", "link", path, path, "--model", "2pl", "--out", out)
    ran = run(*words, "--json")
    assert ran.status == 1
    for codes in (
        [one.code for one in found.notes],
        [one["code"] for one in json.loads(ran.out)["notes"]],
    ):
        assert codes.count("not-converged") == codes.count("slope-to-infinity") == 2
    shown = run(*words)
    assert shown.status == 1
    assert "--unconverged" in shown.out
    assert not out.exists()
    assert run(*words, "--unconverged").status == 0
    assert out.exists()


def test_responses_in_place_of_parameters_are_named_as_typed(run: Run, tmp_path: Path) -> None:  # noqa: F811
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, last in zip(paths, "TU", strict=True):
        path.write_text(f"student,T1,T2,{last}7\n1,0,1,1\n2,1,0,1\n", "utf-8")
    said = run.refused("analyse", "link", *paths)
    assert "student, T1, T2, U7" in said
    assert "--model" in said
