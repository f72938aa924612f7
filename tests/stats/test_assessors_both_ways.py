"""`examgen analyse assessors` beside `es.assessors` on the same ratings: the same numbers and the same notes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run
from tests.commands.test_assessors_command import Line, document, lines, unique
from tests.stats.both_ways import same_or_refused, typed

HEAD = "candidate_id,assessor,task,points,centre"
LONG = lines(60, 4, 3)


def text(rows: list[Line]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return f"{HEAD}\n{out.getvalue()}"


def both(
    run: Run, folder: Path, content: str, *words: object, texts: bool = False, **arguments: Any
) -> tuple[set[str], Any]:
    """The codes of the notes, or of what is refused, which the command and the library have alike, and its document."""
    path = folder / "ratings.csv"
    path.write_text(content, "utf-8")
    ran = run("analyse", "assessors", path, *typed(folder, arguments), "--json")
    codes = same_or_refused(ran, lambda: es.assessors(pl.read_csv(path, infer_schema=not texts), **arguments))
    return codes, json.loads(ran.out)


def by_task(rows: list[Line]) -> str:
    """A line for each candidate and assessor."""
    points: dict[tuple[str, str], list[object]] = {}
    for who, by, _, x, _ in rows:
        points.setdefault((who, by), []).append(x)
    body = [",".join(map(str, (*one, *cells))) for one, cells in points.items()]
    return "\n".join(["candidate_id,assessor,opening,middle,closing", *body])


FILES: dict[str, tuple[str, dict[str, object]]] = {
    "long": (text(LONG), {"apart": 2.0}),
    "a column for each task": (by_task(LONG), {"weights": "linear"}),
    "two assessors": (text([row for row in LONG if row[1] in ("A0", "A1")]), {}),
    "few": (text(lines(12, 3, 2)), {"facet": "centre"}),
    "half points": (text([(a, b, c, int(str(x)) / 2, z) for a, b, c, x, z in LONG]), {"apart": 1.5}),
    "words and numbers": (text([(a, b, c, ("pass", 1, "ใช่", "fail")[int(str(x))], z) for a, b, c, x, z in LONG]), {}),
    "rows are numbered": (f"no,{HEAD}\n" + "".join(f"{n},{','.join(map(str, row))}\n" for n, row in enumerate(LONG)), {}),
    "names by case and blanks": (text([(a, (b, b.lower() + " ")[n % 2], c, x, z) for n, (a, b, c, x, z) in enumerate(LONG)]), {}),
    "groups": (text([*lines(35, 3, 2), *((f"D{a}", f"B{b}", c, x, z) for a, b, c, x, z in lines(35, 2, 2))]), {}),
    "one assessor": (text(unique([(a, "A", c, x, z) for a, _, c, x, z in LONG])), {"phi": 0.9}),
    "points of one task": (by_task(LONG).replace("opening", "points").replace(",middle,closing", ",unit,level"), {}),
    "one each": (text(unique([(a, f"A{int(a[1:]) % 2}", c, x, z) for a, _, c, x, z in LONG])), {}),
    "tasks of other lengths": (text([(a, b, c, x if c == "T1" else min(int(str(x)), 1), z) for a, b, c, x, z in LONG]), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_command_says_what_the_library_says(run: Run, tmp_path: Path, name: str) -> None:
    content, arguments = FILES[name]
    path = tmp_path / "ratings.csv"
    path.write_text(content, "utf-8")
    words = [word for option, value in arguments.items() for word in (f"--{option}", value)]
    told = document(run, path, *words)
    data = pl.read_csv(path)
    found = es.assessors(data, **arguments)  # type: ignore[arg-type]
    assert (told.pop("files"), len(told.pop("sha256"))) == (["ratings.csv"], 1)
    assert told == found.to_dict()
    alone: dict[str, Any] = {
        "dependability": es.generalizability(data, phi=arguments.get("phi", 0.8)),  # type: ignore[arg-type]
    }
    if found.agreement is not None:
        own = {key: arguments[key] for key in ("weights", "apart") if key in arguments}
        alone["agreement"] = es.agreement(data, **own)  # type: ignore[arg-type]
    if found.severity is not None and "facet" not in arguments:
        alone["severity"] = es.many_facet(data)
    for part, result in alone.items():
        assert result.to_dict() == told[part], part
    assert _codes(alone) <= {one["code"] for one in told["notes"]}


def _codes(results: dict[str, Any]) -> set[str]:
    return {note.code for one in results.values() for note in one.notes}


def test_names_by_case_are_told_and_a_rating_twice_is_refused(run: Run, tmp_path: Path) -> None:
    rows = [(a, b.lower() if n % 2 else f"{b} ", c, x, z) for n, (a, b, c, x, z) in enumerate(LONG)]
    path = tmp_path / "ratings.csv"
    path.write_text(text(rows), "utf-8")
    [note] = [one["message"] for one in document(run, path)["notes"] if one["code"] == "names-alike"]
    assert note.startswith("A0, a0, ")
    rows = [(a.lower() if n % 2 else a, b, c, x, z) for n, (a, b, c, x, z) in enumerate(LONG)]
    path.write_text(text(rows), "utf-8")  # no two assessors rate the same
    told = document(run, path)
    assert [one["message"][:8] for one in told["notes"] if one["code"] == "ids-alike"] == ["C000, c0"]
    assert told == {**told, **es.assessors(pl.read_csv(path)).to_dict()}
    path.write_text(text([*LONG, LONG[0]]), "utf-8")
    ran = run("analyse", "assessors", path)
    assert (ran.status, "[rated-twice]" in ran.err) == (1, True), ran.text
    with pytest.raises(es.ArgumentError, match="two ratings by"):
        es.assessors(pl.read_csv(path))


MATRIX = pl.DataFrame(
    {"candidate_id": [f"C{n}" for n in range(40)]}
    | {f"Rater {k}": [(n * (k + 3) + n // 7) % 5 for n in range(40)] for k in range(4)}
)


def test_a_column_for_each_assessor(run: Run, tmp_path: Path) -> None:
    """A row for each candidate, with or without ids, and a blank where an assessor did not rate."""
    gaps = MATRIX.with_columns(pl.when(pl.int_range(pl.len()) > 5).then("Rater 1"))
    for data in (MATRIX, gaps, MATRIX.drop("candidate_id"), MATRIX.rename({"candidate_id": "no"})):
        path = tmp_path / "matrix.csv"
        data.write_csv(path)
        told = document(run, path, "--apart", 3)
        assert told == {**told, **es.assessors(data, apart=3).to_dict()}
        assert told["agreement"]["n_assessors"] == 4
    gaps.rename({"candidate_id": "เลขประจำตัวสอบ"}).write_csv(path)
    assert document(run, path)["agreement"] == es.agreement(gaps).to_dict()


def marked(value: object, rows: tuple[int, ...] = (24,), column: str = "Rater 1") -> pl.DataFrame:
    """The matrix with another rating in some rows of a column."""
    cells = MATRIX[column].to_list()
    return MATRIX.with_columns(
        pl.Series(column, [value if n in rows else one for n, one in enumerate(cells)], strict=False)
    )


NINES = tuple(range(0, 40, 9))
RIGHT = MATRIX.with_columns(pl.exclude("candidate_id") > 1).cast({pl.Boolean: pl.Int64})
LATER = RIGHT.unpivot(index="candidate_id", variable_name="assessor", value_name="points").with_columns(
    task=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("t1")).otherwise(pl.lit("t2"))
)
NUMBERS: dict[str, tuple[pl.DataFrame, str]] = {
    "99": (marked(99, NINES), "gap"),
    "9": (marked(9, NINES), "gap"),
    "999 of 100": (marked(5, NINES).with_columns(pl.exclude("candidate_id") * 20).with_columns(
        pl.when(pl.col("Rater 1") == 100).then(999).otherwise("Rater 1").alias("Rater 1")
    ), "gap"),
    "98 and 99": (marked(98, NINES).vstack(marked(99, NINES).with_columns(pl.col("candidate_id") + "b")), "gap"),
    "an assessor who counts from 1": (RIGHT.with_columns(pl.col("Rater 2") + 1), "from-1"),
    "a task that counts from 1": (
        LATER.with_columns(points=pl.col("points") + (pl.col("task") == "t2").cast(pl.Int64)), "from-1",
    ),
}  # fmt: skip
NO_POINTS: dict[str, tuple[pl.DataFrame, str]] = {
    "below 0": (marked(-1), "`-1` is below 0 (candidate C24, assessor Rater 1)"),
    "a word": (marked("good").cast(pl.String), "`good` is not a number of points (candidate C24, assessor Rater 1)"),
    "below 0, a row for each rating": (
        LATER.with_columns(points=pl.col("points") - 1), "`-1` is below 0 (candidate C0, assessor Rater 0)",
    ),
    "no points in a row": (
        LATER.with_columns(points=pl.when(pl.int_range(pl.len()) != 20).then("points")), "there are no points (cand",
    ),
    "no candidate": (marked(None, (24,), "candidate_id"), "row 24: the candidate is missing"),
    "words in a column": (MATRIX.with_columns(words=pl.lit("f")), "`f` is not a number of points (candidate C0"),
    "an age": (
        MATRIX.with_columns(weeks=pl.int_range(pl.len()) % 17 + 20), "weeks has ratings from 20 to 36, the others from",
    ),
    "a candidate twice": (
        pl.concat([MATRIX, MATRIX[3:4]]), "candidate C3 has two ratings by Rater 0. Keep one of them, or tell tasks",
    ),
}  # fmt: skip


@pytest.mark.parametrize("blank", ["", "  ", "-", "N/A", "na", "."])
@pytest.mark.parametrize("shape", ["long", "a column for each task", "a column for each assessor"])
def test_a_blank_is_one_in_every_word(run: Run, tmp_path: Path, blank: str, shape: str) -> None:
    """In a row for each rating it is refused, in columns it is no rating."""
    lines = FILES[shape][0].splitlines() if shape in FILES else MATRIX.write_csv(None).splitlines()
    place = {"long": 3, "a column for each task": 2}.get(shape, 1)
    for n in range(1, len(lines), 9):
        cells = lines[n].split(",")
        cells[place] = blank
        lines[n] = ",".join(cells)
    codes, _ = both(run, tmp_path, "\n".join(lines), texts=True)
    assert ("no-points" in codes) == (shape == "long")
    assert ("totals-left-out" in codes) == (shape == "a column for each task")


def test_every_rating_without_a_name_and_each_that_is_there_twice_is_told(run: Run, tmp_path: Path) -> None:
    for rows, code in (
        ([(a, "" if n in (3, 5) else b, c, x, z) for n, (a, b, c, x, z) in enumerate(LONG)], "no-name"),
        ([*LONG, *LONG[:2]], "rated-twice"),
    ):
        codes, told = both(run, tmp_path, text(rows))
        assert (codes, len(told["problems"])) == ({code}, 2)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_that_may_be_no_points_are_noted(run: Run, tmp_path: Path, name: str) -> None:
    data, code = NUMBERS[name]
    assert code in both(run, tmp_path, data.write_csv())[0]
    assert code in {one.code for one in es.agreement(data).notes}


@pytest.mark.parametrize("name", NO_POINTS)
def test_what_is_no_rating_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    data, sentence = NO_POINTS[name]
    with pytest.raises(es.ArgumentError, match=re.escape(sentence)):
        es.assessors(data)
    codes, told = both(run, tmp_path, data.write_csv())
    assert codes
    assert "--" not in " ".join(one["message"] for one in told["problems"])


def test_numbers_below_0_and_99_are_noted_of_vectors() -> None:
    first, second = [1, 2, 3, 4, 2, 1, 99, -1], [1, 2, 3, 3, 2, 1, 4, 2]
    for found in (es.agreement(first, second), es.icc(list(zip(first, second, strict=True)))):
        assert {"gap", "ratings-below-0"} <= {one.code for one in found.notes}


def test_candidates_without_ids_have_the_numbers_of_their_rows(run: Run, tmp_path: Path) -> None:
    """Of all rows, blank ones too."""
    data = marked(None, (10,)).drop("candidate_id")
    data = data.with_columns(pl.when(pl.int_range(pl.len()) != 10).then(pl.all()))
    path = tmp_path / "matrix.csv"
    for blank in (",,,", ""):
        lines = data.write_csv(None).splitlines()
        lines[11] = blank
        path.write_text("\n".join(lines))
        told = document(run, path, "--apart", 1)
        found = es.assessors(data, apart=1)
        assert told == {**told, **found.to_dict()}
        assert found.agreement is not None
        rows = [int(one) for one in found.agreement.moderation["candidate"].unique()]
        assert (11 in rows, max(rows) > 11) == (False, True)


def test_a_column_that_holds_no_ratings_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "matrix.csv"
    MATRIX.with_columns(weeks=pl.int_range(20, 60)).write_csv(path)
    assert "weeks has 40 different values" in run.refused("analyse", "assessors", path)
    path.write_text("candidate_id,A,B\nC1,2,much\nC2,1,2\n")
    assert "matrix.csv:2: B: `much` is not a number of points" in run.refused("analyse", "assessors", path)


@pytest.mark.parametrize(
    "head", ["วันที่", "ห้องสอบ", "ชื่อ-สกุล", "หมายเหตุ", "เลขที่นั่ง", "room", "form", "ชุด", "batch"]
)
@pytest.mark.parametrize("shape", ["a column for each task", "a column for each assessor"])
def test_a_column_of_another_kind_is_left_out_in_words(
    run: Run, tmp_path: Path, shape: str, head: str
) -> None:
    lines = FILES[shape][0].splitlines() if shape in FILES else MATRIX.write_csv(None).splitlines()
    content = "\n".join(f"{line},{n % 3 if n else head}" for n, line in enumerate(lines))
    codes, told = both(run, tmp_path, content)
    assert "columns-left-out" in codes
    assert told["agreement"]["n_assessors"] == 4


def test_ids_that_differ_in_zeros_are_told(run: Run, tmp_path: Path) -> None:
    lines = [(f"{n % 2 * '0'}{a[2:]}", b, c, x, z) for n, (a, b, c, x, z) in enumerate(LONG)]
    assert "ids-alike" in both(run, tmp_path, text(lines), texts=True)[0]
