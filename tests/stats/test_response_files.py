"""Response files of any making → matrices; what cannot be read is told by line."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import openpyxl
import polars as pl
import pytest

from examgen.analysis.shown import refusal
from examgen.core.problems import Refused, WrongUsage
from examgen.stats.arguments import ArgumentError
from examgen.stats.columns import codes_of
from examgen.stats.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Chosen, Scored
from examgen.stats.option_keys import Key, alternatives, choices, in_order, key_of_file
from examgen.stats.response_data import responses_of
from examgen.stats.response_tables import ResponseTable, pooled, scores, table_of_files


@contextmanager
def as_commands():
    """What a command raises in place of what the library does."""
    try:
        yield
    except ArgumentError as error:
        raise refusal(error, {}, "r.csv") from None


def read_responses(name: str, data: bytes, exclude=()) -> ResponseTable:
    with as_commands():
        return table_of_files([(name, data)], exclude)


def as_scores(table: ResponseTable, *, missing=()) -> Scored:
    with as_commands():
        cells = scores(table, codes_of(missing))
    return Scored(table.persons, tuple(column.name for column in table.items), cells)


def as_choices(table: ResponseTable, key: Key) -> tuple[Chosen, tuple[str, ...]]:
    with as_commands():
        return choices(table, key, {}), tuple(own.name for own in table.items if own.name not in key)


def read_key(name: str, data: bytes) -> Key:
    with as_commands():
        return key_of_file(name, data)


SCORES = "candidate_id,I1,I2,sex\nก1,1,0,f\nก2,,1,m\n007,0,2.0,\n"


def scored(text: str | bytes, **how):
    data = text.encode() if isinstance(text, str) else text
    return as_scores(read_responses("r.csv", data, how.pop("exclude", ())), **how)


def test_scores_ids_and_what_is_missing():
    found = scored(SCORES, exclude=["sex"])
    assert found.candidates == ("ก1", "ก2", "007")
    assert found.items == ("I1", "I2")
    assert found.cells.tolist() == [[1, 0], [NOT_ADMINISTERED, 1], [0, 2]]


@pytest.mark.parametrize(
    "made",
    [
        SCORES.encode("utf-8-sig"),
        SCORES.encode("cp874"),
        SCORES.encode("utf-16"),
        SCORES.replace(",", ";").encode(),
        SCORES.replace(",", "\t").replace("\n", "\r\n").encode(),
        SCORES.replace("I1", '"I1"').encode(),
        gzip.compress(SCORES.encode()),
    ],
    ids=["BOM", "CP874", "UTF-16", "semicolon", "tab", "quotes", "gzip"],
)
def test_the_same_table_however_it_is_written(made):
    found = scored(made, exclude=["sex"])
    assert found.cells.tolist() == [[1, 0], [NOT_ADMINISTERED, 1], [0, 2]]
    assert found.candidates == ("ก1", "ก2", "007")


def test_workbook_and_parquet():
    book = openpyxl.Workbook()
    book.active.append(["id", "I1", "I2"])
    book.active.append(["007", 1, 0])
    book.active.append(["008", None, 1])
    stream = BytesIO()
    book.save(stream)
    frame = pl.DataFrame({"id": ["007", "008"], "I1": [1, None], "I2": [0.0, 1.0]})
    parquet = BytesIO()
    frame.write_parquet(parquet)
    for data in (stream.getvalue(), parquet.getvalue()):
        found = scored(data)
        assert found.candidates == ("007", "008")
        assert found.cells.tolist() == [[1, 0], [NOT_ADMINISTERED, 1]]


def test_a_text_of_many_rows():
    rng = np.random.default_rng(7)
    cells = rng.integers(-1, 2, (300, 5))
    lines = ["who,a,b,c,d,e"] + [
        f"P{n}," + ",".join("" if cell < 0 else str(cell) for cell in row) for n, row in enumerate(cells)
    ]
    text = "\n".join(lines)
    found = scored(text)
    assert (found.cells == np.where(cells < 0, NOT_ADMINISTERED, cells)).all()
    assert found.candidates == tuple(f"P{n}" for n in range(300))


@pytest.mark.parametrize("row", ["P9,1", "P9,1,0,1,1", 'P9,"1,0'])
def test_rows_that_do_not_fit_are_named(row):
    with pytest.raises(Refused) as refused:
        scored(f"id,I1,I2\nP1,1,0\n{row}\nP2,0,1\n")
    assert [problem.source for problem in refused.value.problems] == ["r.csv:3"]


def test_a_letter_among_scores_names_line_column_and_way_out():
    with pytest.raises(Refused) as refused:
        scored("id,I1,I2\nP1,1,0\nP2,B,0\n")
    (problem,) = refused.value.problems
    assert (problem.source, problem.field) == ("r.csv:3", "I1")
    assert "--key" in problem.message
    assert "--exclude I1" in problem.message


def test_codes_that_the_user_gives_a_meaning():
    found = scored("id,I1,I2,I3\nP1,1,8,9\n", missing={"8": "omitted", "9": "not_reached"})
    assert found.cells.tolist() == [[1, OMITTED, NOT_REACHED]]


def test_columns_that_are_not_there():
    with pytest.raises(WrongUsage, match=r"no column sex\. Its columns: id, I1"):
        read_responses("r.csv", b"id,I1\nP1,1\n", ["sex"])
    with pytest.raises(Refused, match="no columns of answers"):
        read_responses("r.csv", b"id,sex\nP1,1\n", ["sex"])


def test_a_name_twice_is_refused():
    with pytest.raises(Refused) as refused:
        read_responses("r.csv", b"id,I1,I1\nP1,1,0\n")
    assert refused.value.problems[0].code == "column-twice"


def test_groups_in_the_order_of_the_file():
    table = read_responses("r.csv", SCORES.encode(), ["sex"])
    assert responses_of(table, None, {}).others["sex"].to_list() == ["f", "m", None]


KEYED = "id,I1,I2,room\n1,a,๒,x\n2,B,1,x\n3,,2,x\n4,A,3,y\n"


def test_options_and_key():
    key = read_key("key.csv", b"item,key\nI1,A\nI2,1|2\n")
    chosen, left = as_choices(read_responses("r.csv", KEYED.encode()), key)
    assert left == ("room",)
    assert chosen.options == (("A", "B"), ("1", "2", "3"))
    assert chosen.keys == (frozenset((0,)), frozenset((0, 1)))
    assert chosen.cells.tolist() == [[0, 1], [1, 0], [OMITTED, 1], [0, 2]]
    assert chosen.scored().cells.tolist() == [[1, 1], [0, 1], [0, 1], [1, 0]]
    assert chosen.scored(omitted_wrong=False).cells[2].tolist() == [OMITTED, 1]


def test_an_option_of_the_key_that_nobody_chose_is_there():
    chosen, _ = as_choices(read_responses("r.csv", b"id,I1\n1,A\n"), {"I1": frozenset("D")})
    assert chosen.options == (("A", "D"),)
    assert chosen.scored().cells.tolist() == [[0]]


@pytest.mark.parametrize(("cells", "right"), [("กขคง", "AB"), ("ABCD", "กข")], ids=["Thai", "Latin"])
def test_thai_letters_meet_latin_ones(cells, right):
    """Item I2, which nobody had right, is read in the same alphabet as I1."""
    text = "id,I1,I2\n" + "".join(f"{n},{cells[n]},{cells[2 + n % 2]}\n" for n in range(4))
    key = {f"I{n}": frozenset(one) for n, one in enumerate(right, start=1)}
    chosen, _ = as_choices(read_responses("r.csv", text.encode()), key)
    assert chosen.options == (("A", "B", "C", "D"), ("B", "C", "D"))
    assert chosen.scored().cells.tolist() == [[1, 0], [0, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("cells", "right"),
    [("ก", "D"), ("A", "ง"), ("1", "A"), ("A" * 10, "D")],
    ids=["Thai", "Latin", "1", "ten"],
)
def test_a_key_of_other_options_than_the_cells_is_refused(cells, right):
    text = "id,I1\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))
    with pytest.raises(Refused, match="no cell contains a correct option in 1 of 1 items") as refused:
        as_choices(read_responses("r.csv", text.encode()), {"I1": frozenset(right)})
    assert refused.value.problems[-1].message == f"the key is `{right}`, but the cells contain `{cells[0]}`"


def test_some_items_that_nobody_had_right_are_no_fault():
    text = "id,I1,I2,I3,I4\n" + "1,A,A,A,\n" * 12
    key = {f"I{n}": frozenset(right) for n, right in enumerate("ABAB", start=1)}
    chosen, _ = as_choices(read_responses("r.csv", text.encode()), key)
    assert chosen.scored().cells[0].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("cells", "n", "options"),
    [
        ("AB", 4, "ABCD"), ("กข", 4, "กขคง"), ("13", 4, "1234"), ("AE", 4, "ABCDE"), ("01", 2, "01"),
        ("NY", 2, "NY"), ("A*", 4, "*ABCD"), ("AB", 0, "AB"), ("AB", 99, "AB"),
    ],
)  # fmt: skip
def test_options_that_nobody_chose_are_there_where_their_names_are_known(cells, n, options):
    names = frozenset(cells)
    assert "".join(in_order(names | alternatives(names, n))) == options


def test_faults_of_a_key_all_at_once():
    with pytest.raises(Refused) as refused:
        read_key("key.csv", b"item,key\nI1,\nI2,A\nI2,B\n")
    assert [(p.source, p.code) for p in refused.value.problems] == [
        ("key.csv:2", "key-empty"),
        ("key.csv:4", "key-twice"),
    ]


@pytest.mark.parametrize("heading", ["key2", "Key 2", "correct_2", "เฉลย 2"])
def test_a_second_column_of_keys_is_refused(heading):
    with pytest.raises(Refused, match="another column of keys"):
        read_key("key.csv", f"item,key,{heading}\nI1,A,B\n".encode())
    assert read_key("key.csv", b"item,key,form\nI1,A,X\n") == {"I1": frozenset("A")}


def test_items_of_the_key_that_the_file_has_not():
    with pytest.raises(Refused, match="no column for 1 item"):
        as_choices(read_responses("r.csv", b"id,I1\n1,A\n"), {"I1": frozenset("A"), "I9": frozenset("A")})


def test_files_are_pooled_through_items_of_the_same_name():
    first = read_responses("a.csv", b"id,I1,I2,sex\nP1,1,0,f\nP2,,1,m\n", ["sex"])
    second = read_responses("b.csv", b"id,I2,I3,sex\nQ1,1,1,m\n", ["sex"])
    both = pooled([first, second])
    found = as_scores(both)
    assert found.items == ("I1", "I2", "I3")
    assert found.candidates == ("P1", "P2", "Q1")
    assert found.cells.tolist() == [
        [1, 0, NOT_ADMINISTERED],
        [NOT_ADMINISTERED, 1, NOT_ADMINISTERED],
        [NOT_ADMINISTERED, 1, 1],
    ]
    assert responses_of(both, None, {}).others["sex"].to_list() == ["f", "m", "m"]
    chosen, _ = as_choices(both, {name: frozenset("1") for name in ("I1", "I2", "I3")})
    assert chosen.cells[1].tolist() == [OMITTED, 1, NOT_ADMINISTERED]


def test_a_fault_in_a_pooled_file_names_that_file():
    tables = [read_responses("a.csv", b"id,I1\nP1,1\n"), read_responses("b.csv", b"id,I1\nQ1,1\nQ2,x\n")]
    with pytest.raises(Refused) as refused:
        as_scores(pooled(tables))
    assert refused.value.problems[0].source == "b.csv:3"


def test_a_header_wider_than_any_table_is_refused_and_of_many_places_some_are_named():
    wide = "a," * 100_001 + "a\n1\n"
    with pytest.raises(Refused) as refusal:
        read_responses("r.csv", wide.encode(), ())
    assert [str(one.message) for one in refusal.value.problems] == [
        "has 100,002 columns. At most 100,000 are allowed"
    ]
    with pytest.raises(Refused) as refusal:
        read_responses("r.csv", ("a," * 99 + "a\n1\n").encode(), ())
    [problem] = refusal.value.problems
    assert (
        str(problem.message)
        == f"columns {', '.join(map(str, range(1, 21)))}, … have the same name. Rename one of them"
    )
