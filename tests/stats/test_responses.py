"""Whatever holds responses goes in, and what does not is refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import examgen.stats as es
from tests.stats.pandas_like import Frame

CELLS = [[1, 0, None], [0, 1, 2], [1, None, 0]]
WANTED = np.array([[1, 0, -1], [0, 1, 2], [1, -1, 0]])


COLUMNS = {f"i{j + 1}": [row[j] for row in CELLS] for j in range(3)}


@pytest.mark.parametrize(
    "data",
    [
        CELLS,
        np.array([[np.nan if one is None else one for one in row] for row in CELLS]),
        np.ma.masked_less(WANTED, 0),
        WANTED,
        COLUMNS,
        pl.DataFrame(COLUMNS),
        pl.DataFrame(COLUMNS).lazy(),
        pl.DataFrame(
            {name: ["" if one is None else str(one) for one in column] for name, column in COLUMNS.items()}
        ),
        Frame(COLUMNS, ["a", "b", "c"]),
        {
            "id": [0, 1, 2, 0, 1, 1, 2],
            "item": ["i1", "i1", "i1", "i2", "i2", "i3", "i3"],
            "resp": [1, 0, 1, 0, 1, 2.0, 0],
        },
    ],
    ids=["lists", "floats", "masked", "negative", "mapping", "polars", "lazy", "texts", "pandas", "long"],
)
def test_the_same_responses_in_any_shape(data: object) -> None:
    found = es.responses(data)
    assert np.array_equal(np.maximum(found.cells, -1), WANTED)
    assert found.cells.dtype == np.int8


def test_columns_beside_the_items_are_kept_and_found_by_name() -> None:
    table = pl.DataFrame({"id": ["x", "y"], "sex": ["f", "m"], "i1": [1, 0], "i2": [0, 1]})
    found = es.responses(table, exclude=["sex"])
    assert (found.persons, found.items, found.others["sex"].to_list()) == (
        ("x", "y"),
        ("i1", "i2"),
        ["f", "m"],
    )
    assert es.responses(table, items=["i2"], persons="sex").items == ("i2",)
    assert es.responses(table.drop("sex").to_numpy()[:, 1:].astype(int), items=["p", "q"]).items == ("p", "q")


@pytest.mark.parametrize("missing", [[9], [9, "x"], {9.0}, ["9"], "9.0"])
def test_values_that_stand_for_no_answer(missing: list[object], tmp_path: Path) -> None:
    wanted = [[-1, 1], [0, -1]]
    assert es.responses([[9, 1], [0, 9]], missing=missing).cells.tolist() == wanted
    assert es.responses([["9", "1"], ["0", "9"]], missing=missing).cells.tolist() == wanted
    long = {"id": [1, 1, 2, 2], "item": ["a", "b"] * 2, "resp": [9, 1, 0, 9]}
    assert es.responses(long, missing=missing).cells.tolist() == wanted
    keyed = es.responses([[9, 1], [2, 9]], key=[1, 1], missing=missing, omitted_wrong=False)
    assert keyed.cells.tolist() == wanted
    (tmp_path / "a.csv").write_text("id,i1,i2\nx,9,1\ny,0,9.0\n")
    assert es.read_responses(tmp_path / "a.csv", missing=missing).cells.tolist() == wanted
    assert es.responses({"i1": ["x", "1"]}, missing="x").cells.tolist() == [[-1], [1]]


def test_codes_that_no_cell_has_are_told(tmp_path: Path) -> None:
    long = {"id": [1, 2], "item": ["a", "a"], "resp": [9, 1]}
    (tmp_path / "a.csv").write_text("id,i1\nx,9\ny,1\n")
    for found in (
        es.responses([[9], [1]], missing=[9, "X"]),
        es.responses(long, missing=[9, "X"]),
        es.responses(long, missing=[9, "X"], key={"a": 1}),
        es.read_responses(tmp_path / "a.csv", missing=[9, "X"]),
    ):
        assert found.notes == ("no cell has X, which is named as a code for no answer",)
        assert repr(found).endswith(
            "note: no cell has X, which is named as a code for no answer [codes-not-met]"
        )


def test_kinds_of_no_answer_are_said_by_their_codes(tmp_path: Path) -> None:
    kinds = {9: "not_reached", "x": "omitted", None: "not_administered"}
    wanted = [[-2, 1, -1], [0, -3, -2]]
    rows = [[9, 1, "x"], [0, None, "9"]]
    assert es.responses(rows, missing=kinds).cells.tolist() == wanted
    frame = pl.DataFrame(
        {name: [str(row[j]) if row[j] is not None else None for row in rows] for j, name in enumerate("abc")}
    )
    assert es.responses(frame, missing=kinds).cells.tolist() == wanted
    keyed = es.responses(frame, key={"a": "0", "b": "1", "c": "0"}, missing=kinds, omitted_wrong=False)
    assert keyed.cells.tolist() == [[-2, 1, -1], [1, -3, -2]]
    frame.with_columns(id=pl.Series(["p", "q"])).write_csv(tmp_path / "x.csv")
    assert es.read_responses(tmp_path / "x.csv", missing=kinds).cells.tolist() == wanted
    numbers = es.responses(
        np.array([[9.0, 1], [0, np.nan], [-1, -2]]), missing={9: "not_reached", np.nan: "not_administered"}
    )
    assert numbers.cells.tolist() == [[-2, 1], [0, -3], [-1, -2]]
    long = {"id": [1, 1, 2, 2], "item": ["a", "b", "a", "b"], "resp": [9.0, 1, 0, np.nan]}
    assert es.responses(long, missing={9: "not_reached"}).cells.tolist() == [[-2, 1], [0, -3]]
    assert es.responses(long, missing={-1: "not_reached", 9: "omitted"}).cells.tolist() == [[-1, 1], [0, -3]]
    counted = es.items(es.responses(rows, missing=kinds)).items
    assert counted.select("omitted", "not_reached", "not_administered").rows() == [
        (0, 1, 0),
        (0, 0, 1),
        (1, 1, 0),
    ]
    with pytest.raises(es.ArgumentError, match="missing has the kind 'late'; kinds are omitted, not_reached"):
        es.responses(rows, missing={9: "late"})
    with pytest.raises(es.ArgumentError, match="missing has the kind"):
        es.read_responses(tmp_path / "x.csv", missing={9: ["late"]})


def test_numbers_below_0_are_missing_in_files_and_under_a_key_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,i1,i2\nx,-1,1\ny,-2,-3.0\nz,-9,2\n")
    assert es.read_responses(tmp_path / "a.csv").cells.tolist() == [[-1, 1], [-2, -3], [-1, 2]]
    found = es.read_responses(tmp_path / "a.csv", missing={-1: "not_reached"})
    assert found.cells[0].tolist() == [-2, 1]
    assert es.responses([[-1, 1], [-3, 2], [2, 1]], key=[2, 1]).cells.tolist() == [[0, 1], [-3, 0], [1, 1]]


LONG = "Id,item,resp,sex\n7,1,1,f\n7,2,0,f\n8,1,2,m\n"


@pytest.mark.parametrize("many", [False, True])
def test_a_long_file_is_read_as_a_long_table(tmp_path: Path, many: bool) -> None:
    (tmp_path / "a.csv").write_text(LONG)
    (tmp_path / "b.csv").write_text("id,1,2,sex\n9,1,1,m\n")
    paths = [tmp_path / "a.csv", *([tmp_path / "b.csv"] if many else [])]
    found = es.read_responses(paths, exclude=["sex"])
    table = es.responses(pl.read_csv(tmp_path / "a.csv"))
    assert found.items == table.items == ("1", "2")
    assert found.persons == (*table.persons, *(["9"] if many else []))
    assert found.cells.tolist() == [*table.cells.tolist(), *([[1, 1]] if many else [])]
    assert found.others["sex"].to_list() == ["f", "m", *(["m"] if many else [])]
    assert found.cells[1].tolist() == [2, -3]


def test_options_of_a_long_table_and_what_nobody_gave(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [1, 1, 2], "Item": ["a", "b", "a"], "Resp": ["A", "C", "."]})
    frame.write_csv(tmp_path / "a.csv")
    for found in (
        es.responses(frame, key={"a": "A", "b": "B"}),
        es.read_responses(tmp_path / "a.csv", key={"a": "A", "b": "B"}),
    ):
        assert found.cells.tolist() == [[1, 0], [0, -3]]


def test_the_column_that_names_the_persons_is_told_where_it_is_not_called_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("who,i1\nx,1\ny,0\n")
    assert "first column, who, identifies" in es.read_responses(tmp_path / "a.csv").notes[0]
    (tmp_path / "a.csv").write_text("i1,person\n1,x\n0,y\n1,z\n")
    found = es.read_responses(tmp_path / "a.csv")
    assert (found.persons, found.items, found.notes) == (("x", "y", "z"), ("i1",), ())


@pytest.mark.parametrize("head", ["Unnamed: 0", "", "rownames"])
def test_row_numbers_of_a_program_are_no_item(head: str, tmp_path: Path) -> None:
    frame = {head: [3, 4, 5], "i1": [1, 0, 1]}
    found = es.responses(pl.DataFrame(frame))
    assert (found.persons, found.items) == (("3", "4", "5"), ("i1",))
    assert "identifies the candidates" in found.notes[0]
    named = es.responses({**frame, "id": ["x", "y", "z"]})
    assert (named.persons, named.items, named.others.columns) == (("x", "y", "z"), ("i1",), [head])
    assert es.responses(frame, items=[head, "i1"]).items == (head, "i1")
    assert es.responses({**frame, head: [1, 1, 0]}).items == (head, "i1")
    (tmp_path / "a.csv").write_text(f'"{head}",id,i1\n3,x,1\n4,y,0\n')
    read = es.read_responses(tmp_path / "a.csv")
    assert (read.persons, read.items, len(read.notes)) == (("x", "y"), ("i1",), 1)
    (tmp_path / "a.csv").write_text(f"{head},i1\n3,1\n4,0\n")
    assert es.read_responses(tmp_path / "a.csv").persons == ("3", "4")


KEY_FRAME = pl.DataFrame({"Item": ["i2", "i1"], "Key": ["C", "a|B"]})


@pytest.mark.parametrize(
    "key",
    [
        KEY_FRAME,
        Frame(KEY_FRAME.to_dict(as_series=False), ["0", "1"]),
        [["A", "B"], "C"],
        ["A|B", "C"],
        {"i2": "C", "i1": {"A", "B"}},
    ],
    ids=["frame", "pandas", "lists", "bars", "mapping"],
)
def test_a_key_in_any_form(key: Any, tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["x", "y", "z"], "i1": ["A", "b", "C"], "i2": ["C", "D", "C"]})
    frame.write_csv(tmp_path / "a.csv")
    for found in (es.responses(frame, key=key), es.read_responses(tmp_path / "a.csv", key=key)):
        assert found.frame().select("i1", "i2").rows() == [(1, 1), (1, 0), (0, 1)]


def test_cells_that_are_no_option_count_as_wrong_and_are_told() -> None:
    frame = {"i1": ["A", "B", "*", "N/A", "AB", "A"], "i2": [1, 5, 9, 1, 1, None]}
    found = es.responses(frame, key={"i1": "A"})
    assert found.cells[:, 0].tolist() == [1, 0, 0, 0, 0, 1]
    words, odd = (one for one in found.notes if one.code in ("words-for-nothing", "unlike-key"))
    assert words.startswith("N/A (1): read as no answer, counted as wrong")
    assert odd == "* (1), AB (1): unlike the options of the key, counted as wrong answers"
    assert es.responses(frame, key={"i2": 1}).notes[2].startswith("9 (1): unlike")
    assert (
        es.responses({"i1": ["A", "D", "*"], "i2": ["5", "2", None]}, key="A2").notes[1].startswith("* (1):")
    )
    assert not es.responses({"i1": ["Bangkok", "Rome", "*"]}, key={"i1": "Rome"}).notes


def test_options_are_scored_by_their_key(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["x", "y", "z"], "i1": ["A", "b", None], "i2": ["C", "C", "D"]})
    found = es.responses(frame, key="AC")
    assert found.cells.tolist() == [[1, 1], [0, 1], [0, 0]]
    assert found.choices is not None
    assert es.responses(frame, key="AC", omitted_wrong=False).cells[2, 0] < 0
    frame.write_csv(tmp_path / "answers.csv")
    (tmp_path / "key.csv").write_text("item,key\ni1,A\ni2,C\n")
    read = es.read_responses(tmp_path / "answers.csv", key=tmp_path / "key.csv")
    assert (read.cells == found.cells).all()
    assert read.persons == found.persons == ("x", "y", "z")


def test_faults_of_files_are_told_in_words_of_python(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,i1,sex\nx,1,f\ny,0,m\n")
    with pytest.raises(es.ArgumentError, match="exclude='sex'"):
        es.read_responses(tmp_path / "a.csv")
    assert es.read_responses(tmp_path / "a.csv", exclude=["sex"]).others["sex"].to_list() == ["f", "m"]
    with pytest.raises(FileNotFoundError):
        es.read_responses(tmp_path / "b.csv")


@given(st.lists(st.lists(st.none() | st.integers(-3, 9), min_size=2, max_size=4), min_size=1, max_size=5))
def test_a_frame_goes_in_as_it_comes_out(rows: list[list[int | None]]) -> None:
    width = min(map(len, rows))
    found = es.responses([row[:width] for row in rows])
    again = es.responses(found.frame())
    assert np.array_equal(np.maximum(again.cells, -1), np.maximum(found.cells, -1))


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("i1,i2,i3\n1,0,1\n0,1,1\n1,1,0\n", ("i1", "i2", "i3")),
        ("q1,q2\n1,4\n5,1\n3,1\n4,5\n", ("q1", "q2")),
        ("pear,plum\n1,0\n0,1\n1,1\n", ("pear", "plum")),
    ],
)
def test_persons_of_a_file_of_items_are_numbered(text: str, items: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    found = es.read_responses(tmp_path / "a.csv")
    assert found.items == items
    assert found.persons == tuple(str(row + 1) for row in range(len(text.splitlines()) - 1))
    assert found.notes == ("no column identifies the candidates, so they are numbered by row, starting at 1",)
    (tmp_path / "b.csv").write_text("class," + text.replace("\n", "\n2,", text.count("\n") - 1))
    found = es.read_responses(tmp_path / "b.csv", exclude=["class"])
    assert (found.items, set(found.others["class"])) == (items, {"2"})


def test_a_column_of_persons_of_another_name_is_no_item(tmp_path: Path) -> None:
    table = es.example(n_persons=100).frame().rename({"person": "pupil"})
    numbered = table.with_columns(pl.Series("pupil", range(1, 101)))
    for verb in (es.reliability, es.items, lambda data: es.irt(data, "rasch"), es.responses):
        with pytest.raises(es.ArgumentError, match="pupil has 100 different values of 100 persons"):
            verb(numbered)
    assert es.responses(numbered, persons="pupil").persons[:2] == ("1", "2")
    assert es.responses(numbered, items=numbered.columns).n_items == numbered.width
    named = numbered.rename({"pupil": "ID"})
    assert es.reliability(named)["alpha"] == es.reliability(table.drop("pupil"))["alpha"]
    numbered.select(*table.columns[1:], "pupil").write_csv(tmp_path / "a.csv")
    with pytest.raises(es.ArgumentError, match="pupil has 100 different values of 100 persons"):
        es.read_responses(tmp_path / "a.csv")
    read = es.read_responses(tmp_path / "a.csv", exclude=["pupil"])
    assert read.others["pupil"].to_list()[:2] == ["1", "2"]
    aged = table.drop("pupil").with_columns(age=23.5)
    with pytest.raises(es.ArgumentError, match="exclude='age'"):
        es.irt(aged, "rasch")
