"""What is to be known of the data: every verb tells it once, from the command line, of a file and of a frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.effort import some
from tests.stats.both_ways import as_arguments, same_both_ways, same_or_refused

__all__ = ["run"]

RNG = np.random.default_rng(7)
N, ITEMS = 240, [f"Q{j}" for j in range(12)]
RIGHT = (RNG.random((N, 12)) < 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 12) - RNG.normal(size=(N, 1))))).astype(
    int
)
PARTS = {item: "odd" if j % 2 else "even" for j, item in enumerate(ITEMS)}


class Verb(NamedTuple):
    """The words of the command after its file, and the call of the library."""

    words: str
    call: Callable[[Any], Any]


VERBS = {
    "items": Verb("", es.items),
    "irt": Verb("--model grm", lambda data: es.irt(data, "grm")),
    "decisions": Verb("--cut 6", lambda data: es.decisions(data, 6)),
    "dif": Verb("--group g --focal b", lambda data: es.dif(data, "g", focal="b")),
    "subscores": Verb("--subscores PARTS", lambda data: es.subscores(data, PARTS)),
    "copying": Verb("", es.copying),
}
DICHOTOMOUS = {
    "irt": Verb("--model 2pl", lambda data: es.irt(data, "2pl")),
    "decisions": Verb("--cut 6 --model rasch", lambda data: es.decisions(data, 6, model="rasch")),
    "copying": Verb("", es.copying),
}


def scores(cells: Any = RIGHT, names: Sequence[str] = ITEMS, first: int = 0, **more: object) -> pl.DataFrame:
    """A row for each person, with ids and two groups; other columns at the end."""
    n = len(cells)
    columns = {"id": [f"P{first + k}" for k in range(n)], "g": [*"ab"] * (n // 2) + ["a"] * (n % 2)}
    columns |= dict(zip(names, np.asarray(cells).T.tolist(), strict=True))
    return pl.DataFrame(columns | more, strict=False)


def but(rows: Any, columns: Any, value: object, cells: Any = RIGHT) -> np.ndarray[Any, Any]:
    """The answers with other cells."""
    own: np.ndarray[Any, Any] = cells.astype(object if isinstance(value, str) else cells.dtype)
    own[rows, columns] = value
    return own


def options(wrong: str = "B") -> np.ndarray[Any, Any]:
    """A where the answer is right."""
    return np.where(RIGHT == 1, "A", RNG.choice(list(wrong), RIGHT.shape)).astype(object)


def words_of(tmp_path: Path, verb: str, words: str) -> list[object]:
    """The words of a command, with files of parts and of the key."""
    parts, key = tmp_path / "parts.csv", tmp_path / "key.csv"
    parts.write_text("item,subscore\n" + "".join(f"{item},{part}\n" for item, part in PARTS.items()))
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS))
    named: dict[str, object] = {"PARTS": parts, "KEY": key}
    exclude = [] if verb == "dif" else ["--exclude", "g"]
    return [*(named.get(word, word) for word in words.split()), *exclude]


def notes_of(
    run: Run, tmp_path: Path, verb: str, tables: Sequence[pl.DataFrame], more: str = "", **how: Any
) -> dict[str, dict[str, Any]]:
    """The notes by their codes with values and message: both ways tell the same, and nothing twice."""
    paths = [tmp_path / f"{'xyz'[n]}.csv" for n in range(len(tables))]
    for path, table in zip(paths, tables, strict=True):
        table.write_csv(path)
    words = words_of(tmp_path, verb, f"{VERBS[verb].words} {more}")
    ours = run.json("analyse", verb, *paths, *words)
    if "KEY" in more:
        how["key"] = tmp_path / "key.csv"
    ways = [es.read_responses(paths, exclude=["g"], **how)]
    if not how and len(paths) == 1:
        ways.append(es.responses(pl.read_csv(paths[0], infer_schema_length=None), exclude=["g"]))
    for data in ways:
        same_both_ways(ours, VERBS[verb].call(data))
    messages = [one["message"] for one in ours["notes"]]
    assert len(messages) == len(set(messages))
    return {one["code"]: {**one["values"], "message": one["message"]} for one in ours["notes"]}


# ── scores that are odd ──────────────────────────────────────────────────────────────────────


def polytomous(n_items: int) -> np.ndarray[Any, Any]:
    """Scores from 0 to 4."""
    levels = RNG.normal(size=(N, 1)) + np.linspace(-1, 1, n_items) / 2
    return np.clip(np.rint(levels + RNG.normal(size=(N, n_items)) + 2), 0, 4).astype(int)


class Odd(NamedTuple):
    """A table, the values of the notes that it must have, and the verbs that cannot tell it."""

    table: pl.DataFrame
    told: Mapping[str, Mapping[str, Any]]
    without: str = ""


AGE = RNG.integers(18, 62, N)
ODD = {
    "an id repeats": Odd(scores().with_columns(id=pl.Series([f"P{n % 200}" for n in range(N)])), {"ids-repeated": {"n": 40}}),
    "a 9": Odd(scores(but(slice(None, None, 9), 2, 9)), {"gap": {"items": "Q2", "codes": "9"}}, "copying"),
    "a 99": Odd(scores(but(slice(None, None, 9), 2, 99)), {"gap": {"items": "Q2", "codes": "99"}}, "copying"),
    "8 and 9": Odd(
        scores(but(slice(1, None, 9), [2], 8, but(slice(None, None, 9), 2, 9))), {"gap": {"items": "Q2", "codes": "8, 9"}},
        "copying",
    ),
    "an age": Odd(scores(age=AGE), {"unlike": {"items": "age", "low": AGE.min()}}, "copying"),
    "an age group": Odd(scores(age_group=RNG.integers(1, 6, N)), {"unlike": {"items": "age_group"}}, "copying"),
    "all from 1": Odd(scores(RIGHT + 1), {"no-zero": {"least": 1}}, "copying dif"),
    "one from 1": Odd(scores(RIGHT + np.eye(12, dtype=int)[2]), {"from-1": {"items": "Q2"}}, "copying"),
    "a block from 1": Odd(scores(np.hstack([polytomous(8), polytomous(4) + 1])), {"no-zero": {}}, "copying dif"),
    "below 0": Odd(scores(but(slice(0, 7), 2, -1)), {"below-zero": {"n": 7}}),
    "three kinds below 0": Odd(
        scores(but([8, 9, 11], [1, 1, 3], [-2, -2, -3], but(slice(0, 7), 2, -1))), {"below-zero": {"n": 10}},
    ),
    "a stray 2": Odd(scores(but(7, 3, 2)), {"stray-score": {}}, "copying"),
    "rows of zeros": Odd(scores(but(slice(0, 24), slice(None), 0)), {"zero-sheets": {}}, "copying dif"),
    "an item twice": Odd(scores(extra=RIGHT[:, 4]), {"same-items": {}}, "copying"),
    "a sum of some": Odd(scores(extra=RIGHT[:, 2:9].sum(axis=1)), {"is-sum": {}}, "copying irt"),
    "an essay": Odd(
        scores(extra=np.clip(np.rint(RIGHT.sum(axis=1) + RNG.normal(size=N) * 3), 0, 20).astype(int)), {}, "copying",
    ),
    "an essay in parts": Odd(scores(extra=4 * (RIGHT[:, 0] + RIGHT[:, 1]) + RIGHT[:, 3]), {}, "copying"),
    "an easy item": Odd(scores(but(slice(None), 0, 1)), {}, "dif"),
}  # fmt: skip
DOUBTS = {code for one in ODD.values() for code in one.told} | {"from-1", "gap"}
TOLD = [(name, verb) for name, one in ODD.items() for verb in VERBS if verb not in one.without.split()]


BY_VALUES = [one for one in TOLD if any(ODD[one[0]].told.values())]


@pytest.mark.parametrize(
    ("name", "verb"), [*BY_VALUES, *some([one for one in TOLD if one not in BY_VALUES], 16)]
)
def test_every_verb_tells_it(run: Run, tmp_path: Path, name: str, verb: str) -> None:
    found, told = notes_of(run, tmp_path, verb, [ODD[name].table]), ODD[name].told
    assert DOUBTS & {*found} == {*told}
    for code, values in told.items():
        assert {key: found[code][key] for key in values} == values


def test_which_cell_column_and_row_is_named() -> None:
    found = {name: " ".join(map(str, es.items(es.responses(one.table, exclude=["g"])).notes)) for name, one in ODD.items()}  # fmt: skip
    assert "Q3: 1 cell is 2 (P7), and all other cells are 0 or 1" in found["a stray 2"]
    assert "Q4, extra: every candidate has the same score" in found["an item twice"]
    assert "extra is the sum of Q2, Q3, Q4, Q5, Q6" in found["a sum of some"]
    assert re.search(r"\d+ candidates have 0 on every item", found["rows of zeros"])
    assert "no candidate has 2 to 7" in found["8 and 9"]
    parts = es.subscores(es.responses(ODD["an age"].table, exclude=["g"]), PARTS)
    assert "age is in no part and counts only in the total" in parts.notes


def test_options_have_their_names_on_the_command_line(run: Run, tmp_path: Path) -> None:
    notes_of(run, tmp_path, "decisions", [ODD["a 9"].table])
    said = run("analyse", "decisions", tmp_path / "x.csv", "--cut", 3, "--exclude", "g").text
    assert "name it in --omitted" in " ".join(said.split())
    notes_of(run, tmp_path, "items", [ODD["an age"].table])
    assert "--exclude" in " ".join(run("analyse", "items", tmp_path / "x.csv", "--exclude", "g").text.split())


REFUSED = {
    "a 99": "Q2: the highest score is 99, and no candidate has 2",
    "one from 1": "Q2: every score is 1 or 2. Subtract 1",
    "an age": f"age has scores from {AGE.min()} to {AGE.max()}. If it is not an item, leave it out",
    "an age group": "age_group",
    "a stray 2": "Q3",
}


@pytest.mark.parametrize("verb", DICHOTOMOUS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_model_of_right_and_wrong_says_what_is_odd_about_a_column(
    run: Run, tmp_path: Path, verb: str, name: str
) -> None:
    """Another model is advised for parts of points alone."""
    table, path = ODD[name].table.drop("g"), tmp_path / "r.csv"
    table.write_csv(path)
    ran = run("analyse", verb, path, *DICHOTOMOUS[verb].words.split(), "--json")
    codes = same_or_refused(ran, lambda: DICHOTOMOUS[verb].call(table))
    assert codes - {"scores-above-one"} == {"not-0-1"}
    assert REFUSED[name] in ran.text
    assert not {"grm", "--model"} & {*ran.text.split()} or name in ("an age group", "a stray 2")


# ── answers and files ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", VERBS)
def test_blank_sheets(run: Run, tmp_path: Path, verb: str) -> None:
    table = scores(but(slice(0, 20), slice(None), "", options("BCD")))
    assert notes_of(run, tmp_path, verb, [table], "--key KEY")["blank-sheets"]["n"] == 20


@pytest.mark.parametrize("verb", VERBS)
def test_words_for_no_answer_and_codes_that_no_cell_has(run: Run, tmp_path: Path, verb: str) -> None:
    table = scores(but(slice(3, 6), 1, "N/A", options("BCD")))
    missing = {"X": "omitted", "Y": "not_reached"}
    found = notes_of(run, tmp_path, verb, [table], "--key KEY --omitted X --not-reached Y", missing=missing)
    assert found["words-for-nothing"]["cells"] == "N/A (3)"
    assert [found["codes-not-met"][name] for name in ("n", "codes")] == [2, "X, Y"]


@pytest.mark.parametrize("verb", VERBS)
def test_files_that_are_pooled(run: Run, tmp_path: Path, verb: str) -> None:
    halves = [scores(RIGHT[:120]), scores(RIGHT[120:], first=120)]
    assert "x.csv (120), y.csv (120)" in notes_of(run, tmp_path, verb, halves)["files-pooled"]["files"]


def test_dif_is_of_the_items_that_every_file_has(run: Run, tmp_path: Path) -> None:
    x, y = scores(RIGHT[:120, :11], ITEMS[:11]), scores(RIGHT[120:, 1:], ITEMS[1:], 120)
    found = notes_of(run, tmp_path, "dif", [x, y])["not-common"]
    assert (found["n"], found["items"]) == (2, "Q0, Q11")
    scores(RIGHT[120:, 10:], ["Q10", "Q19"], 120).write_csv(tmp_path / "y.csv")
    files = [tmp_path / "x.csv", tmp_path / "y.csv"]
    assert "1 item in common" in run.refused("analyse", "dif", *files, "--group", "g", "--focal", "b")
    with pytest.raises(es.ArgumentError, match="1 item in common"):
        es.dif(es.read_responses(files, exclude=["g"]), "g", focal="b")


def test_a_file_that_counts_from_1_among_others(run: Run, tmp_path: Path) -> None:
    """Each of several files is judged by itself."""
    found = notes_of(run, tmp_path, "items", [scores(), scores(RIGHT + 1, first=N)])
    assert "file 2 has no 0 on any item" in found["no-zero"]["message"]


@pytest.mark.parametrize("verb", VERBS)
def test_files_whose_items_contradict_each_other(run: Run, tmp_path: Path, verb: str) -> None:
    """All scored the other way round in one, or one item, or with the names in another order."""
    first, second = scores(RIGHT[:120]), RIGHT[120:]
    assert "files-unlike" not in notes_of(run, tmp_path, verb, [first, scores(second, first=120)])
    for cells in (1 - second, second[:, ::-1]):
        found = notes_of(run, tmp_path, verb, [first, scores(cells, first=120)])
        assert found["files-unlike"]["file"] == 2
    one = np.where(np.arange(12) == 6, 1 - second, second)
    found = notes_of(run, tmp_path, verb, [first, scores(one, first=120)])["reversed"]
    assert (found["items"], found["file"]) == ("Q6", 2)


@pytest.mark.parametrize("verb", VERBS)
def test_a_key_that_is_shifted(run: Run, tmp_path: Path, verb: str) -> None:
    key = [*"ABCDABCDABCD"]
    wrong = [np.roll(key, n) for n in (1, 2, 3)]  # of four letters the three others
    cells = np.where(RIGHT == 1, key, np.choose(np.add.outer(np.arange(N), range(12)) % 3, wrong))
    table, path = (
        scores(np.vstack([key, cells])).with_columns(
            id=pl.Series(["KEY", *range(N)], strict=False, dtype=pl.String)
        ),
        tmp_path / "r.csv",
    )
    table.write_csv(path)
    for own, code in ((key, "key-as-person"), ([*key[1:], key[0]], "key-shifted")):
        named = tmp_path / "k.csv"
        pl.DataFrame({"item": ITEMS, "key": own}).write_csv(named)
        words = [*words_of(tmp_path, verb, VERBS[verb].words), "--key", named]
        found = run.json("analyse", verb, path, *words)
        same_both_ways(found, VERBS[verb].call(es.read_responses(path, exclude=["g"], key=named)))
        assert {"key-as-person", "key-shifted"} & {one["code"] for one in found["notes"]} == {code}


def test_groups_that_each_file_writes_in_another_way(run: Run, tmp_path: Path) -> None:
    other = scores(RIGHT[120:], first=120).with_columns(g=pl.Series([1, 2] * 60))
    assert notes_of(run, tmp_path, "dif", [scores(RIGHT[:120]), other])["groups-by-file"]["names"] == "a, b"


def test_equating_tells_them_of_its_form(run: Run, tmp_path: Path) -> None:
    """And ids that both files have are no repetition."""
    x, y = tmp_path / "x.csv", tmp_path / "y.csv"
    ODD["a 9"].table.drop("g").write_csv(x)
    scores(names=[*ITEMS[:6], *(f"Y{j}" for j in range(6))]).drop("g").write_csv(y)

    def told(part: str) -> list[list[str]]:
        words = ["--design", "neat", "--method", "tucker", "--anchor", "internal"]
        ours = run.json("analyse", "equate", x, y, *words)["notes"]
        theirs = es.equate(es.read_responses(x), es.read_responses(y), "tucker").to_dict()["notes"]
        return [
            [one["values"]["form"] for one in notes if part in one["message"]] for notes in (ours, theirs)
        ]

    assert told("stands for no answer") == [["x"], ["x"]]
    assert told("repeats an id") == [[], []]
    y.write_text(y.read_text() + y.read_text().splitlines()[1] + "\n")
    assert told("repeats an id") == [["y"], ["y"]]


# ── files of any making ──────────────────────────────────────────────────────────────────────


FEW = RIGHT[:60, :5]


def written(path: Path, table: Mapping[str, Sequence[object]]) -> Path:
    pl.DataFrame({name: list(map(str, values)) for name, values in table.items()}).write_csv(
        path, quote_style="never"
    )
    return path


def few(cells: Any = FEW, **more: Sequence[object]) -> dict[str, Sequence[object]]:
    """Sixty persons and five items, by column; others come first."""
    return {"id": [f"P{n}" for n in range(60)], **more, **dict(zip(ITEMS[:5], np.asarray(cells).T.tolist(), strict=True))}  # fmt: skip


def long(value: object = None) -> dict[str, Sequence[object]]:
    rows = [(f"P{n}", item, FEW[n, j]) for n in range(60) for j, item in enumerate(ITEMS[:5])]
    rows[5] = (*rows[5][:2], rows[5][2] if value is None else value)
    return dict(zip(("id", "item", "resp"), zip(*rows, strict=True), strict=True))


def told_alike(run: Run, path: Path, verb: str = "items") -> dict[str, Any]:
    """The values of the notes of command, file and frame."""
    document = run.json("analyse", verb, path, *VERBS[verb].words.split())
    for data in (es.read_responses(path), pl.read_csv(path, infer_schema_length=None)):
        same_both_ways(document, VERBS[verb].call(data))
    return {note["code"]: note["values"] for note in document["notes"]}


def refused_alike(run: Run, path: Path, verb: str = "items") -> str:
    """What the library says: the first reasons of the command, with arguments in place of options."""
    document = run.json("analyse", verb, path, *VERBS[verb].words.split())
    assert document["error"]["exit"] == 1
    with pytest.raises(es.ArgumentError) as refusal:
        VERBS[verb].call(es.read_responses(path))
    for problem in document["problems"][:2]:
        given = r"\\-\\-(exclude\\ \w+|[a-z]+)"  # `--exclude q2` is `exclude='q2'`
        reason = re.sub(given, r"\\S+", re.escape(problem["message"]))
        assert re.search(reason, str(refusal.value)), (problem, refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("blank", ["", "-", ".", "NA", "n/a", "NaN", "null", "None"])
def test_a_cell_of_an_item_is_blank_in_these_words(run: Run, tmp_path: Path, blank: str) -> None:
    path = written(tmp_path / "a.csv", few(but(slice(None, None, 7), 2, blank, FEW)))
    assert told_alike(run, path)["missing-scores"]["missing"] == len(FEW[::7])


AWKWARD: dict[str, dict[str, Sequence[object]]] = {
    "a code of its own": few(but(slice(0, 7), 2, "-9", FEW)),
    "an error of a spreadsheet": few(but(slice(0, 7), 2, "#N/A", FEW)),
    "a question mark": few(but(slice(0, 7), 2, "?", FEW)),
    "below zero, no whole number": few(but(slice(0, 7), 2, "-0.5", FEW)),
    "beyond the scale": few(but(slice(0, 7), 2, "128", FEW)),
    "truth values": few(np.where(FEW == 1, "TRUE", "FALSE")),
    "yes and no": few(np.where(FEW == 1, "yes", "no")),
    "decimals": few(np.where(FEW == 1, "1.0", "0.0")),
    "ids at the end": dict(reversed(few().items())),
    "ids in capitals": {("Candidate ID" if name == "id" else name): own for name, own in few().items()},
    "two columns of ids": {"person": few()["id"], **few()},
    "ids that repeat": {**few(), "id": [n % 30 for n in range(60)]},
    "ids with a fraction": {**few(), "id": [f"{n}.0" for n in range(60)]},
    "a column without a cell": few() | {"z": [""] * 60},
    "a constant": few() | {"z": [5] * 60},
    "years": few() | {"year": RNG.integers(1990, 2005, 60).tolist()},
    "days": few() | {"day": [f"2026-01-{n % 28 + 1:02d}" for n in range(60)]},
    "seconds": few() | {"seconds": RNG.integers(20, 600, 60).tolist()},
    "percents": few() | {"percent": RNG.integers(0, 101, 60).tolist()},
    "long": long(),
    "long with a blank": long("NA"),
    "long with a letter": long("B"),
    "long with a great score": long(7),
    "long with a score below 0": long(-1),
    "nothing": few(np.full(FEW.shape, "")),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_tables_are_told_alike(run: Run, tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "a.csv", AWKWARD[name])
    if "error" not in run.json("analyse", "items", path):
        found = told_alike(run, path)
        assert name != "long with a score below 0" or found["below-zero"] == {"n": 1}
        return
    refused_alike(run, path)
    with pytest.raises(es.ArgumentError):
        es.items(pl.read_csv(path, infer_schema_length=None))


@pytest.mark.parametrize("verb", ["items", "irt", "decisions"])
def test_a_column_of_numbers_of_persons_and_a_header_alone_are_refused(
    run: Run, tmp_path: Path, verb: str
) -> None:
    numbers = (RNG.permutation(60) + 1).tolist()
    path = written(tmp_path / "a.csv", {name: few(number=numbers)[name] for name in ("id", "Q0", "number", *ITEMS[1:5])})  # fmt: skip
    sentence = refused_alike(run, path, verb)
    assert "number has 60 different values of 60 persons, unlike scores" in sentence
    assert "leave it out with exclude='number'" in sentence
    with pytest.raises(es.ArgumentError, match="number has 60 different values"):
        VERBS[verb].call(pl.read_csv(path))
    points = few() | {"Q5": (RNG.permutation(100)[:60]).tolist()}  # an essay of 100 points, by its name
    assert "unlike" in told_alike(run, written(tmp_path / "b.csv", points), verb)
    path.write_text("id,q1,q2\n")
    assert "a.csv has a header but no candidates below it" in refused_alike(run, path, verb)


@pytest.mark.parametrize(("again", "word"), [(1, "this"), (0, "a different")])
def test_two_rows_of_a_response_are_told_for_what_they_are(
    run: Run, tmp_path: Path, again: int, word: str
) -> None:
    path = written(
        tmp_path / "a.csv", {"id": ["x", "y", "x"], "item": ["a", "a", "a"], "resp": [1, 0, again]}
    )
    assert f"a.csv:4: x already has {word} response to a" in refused_alike(run, path)
    with pytest.raises(es.ArgumentError, match="2 responses of person x to item a"):
        es.items(pl.read_csv(path))


def test_an_id_column_with_some_ids_is_refused_and_one_without_any_is_none(run: Run, tmp_path: Path) -> None:
    ids = ["" if n == 3 else f"P{n}" for n in range(60)]
    sentence = refused_alike(run, written(tmp_path / "a.csv", {**few(), "id": ids}))
    assert sentence.startswith("a.csv:5: a.csv has no name of the person in row 3")
    path = written(tmp_path / "b.csv", {**few(), "id": [""] * 60})
    document = run.json("analyse", "items", path)
    same_both_ways(document, es.items(es.read_responses(path)))
    assert "rows-numbered" in {note["code"] for note in document["notes"]}


def test_a_long_file_has_every_item(run: Run, tmp_path: Path) -> None:
    """A candidate without a row for an item is no file without it."""
    path = tmp_path / "long.csv"
    table = scores().unpivot(ITEMS, index=["id", "g"], variable_name="item", value_name="resp")
    table.filter((pl.col("id") != "P5") | (pl.col("item") != "Q0")).write_csv(path)
    ours = run.json("analyse", "dif", path, "--group", "g", "--focal", "b")
    same_both_ways(ours, es.dif(es.read_responses(path, exclude=["g"]), "g", focal="b"))
    assert [row["item"] for row in ours["items"]] == ITEMS


def test_the_room_opens_files_by_nothing_else_of_examgen(root: Path) -> None:
    """`stats` is for whoever has numpy, scipy and polars: of the rest it has the opening of files."""
    allowed = {"core.files", "core.problems", "core.resources", "core.tables.coded"}
    for module in (root / "examgen" / "stats").glob("*.py"):
        found = set(re.findall(r"^ *from examgen\.(\S+) import", module.read_text("utf-8"), re.MULTILINE))
        assert {name for name in found if not name.startswith("stats")} <= allowed, module.name


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def grouped(run: Run, path: Path, names: Sequence[str], reference: str) -> dict[str, dict[str, Any]]:
    """The document of each verb that takes groups, with the result of the library of a file and a frame."""
    found = {"items": run.json("analyse", "items", path, "--by", "g")}
    calls: dict[tuple[str, ...], Callable[[Any], Any]] = {
        ("dif", "--group", "g", "--reference", reference): lambda data: es.dif(
            data, "g", reference=reference
        ),
        ("irt", "--group", "g", "--model", "rasch"): lambda data: es.irt(data, "rasch", groups="g"),
        ("copying", "--room", "g"): lambda data: es.copying(data, rooms="g"),
    }
    for (verb, *words), call in calls.items():
        found[verb] = run.json("analyse", verb, path, *words)
        if "error" in found[verb]:
            continue
        for data in (es.read_responses(path, exclude=["g"]), pl.read_csv(path)):
            same_both_ways(found[verb], call(data))
    assert sorted(row["group"] for row in found["irt"]["population"]) == list(names)
    assert sorted(one["group"] for one in found["items"]["groups"]) == list(names)
    return found


def values(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["code"]: one["values"] for one in document["notes"]}


def test_a_group_called_na_is_a_group(run: Run, tmp_path: Path) -> None:
    """Only an empty cell is no group: NA is North America, and `none` an education."""
    groups = [("EU", "NA", "none", "")[n % 4] for n in range(60)]
    path = written(tmp_path / "a.csv", few(g=groups))
    found = grouped(run, path, ["EU", "NA", "none"], "EU")
    assert [row["group"] for row in found["dif"]["groups"]] == ["EU", "NA", "none"]
    notes = values(found["dif"])
    assert (notes["no-group"]["n"], notes["word-as-group"]["names"]) == (15, "NA, none")
    assert {*values(found["items"])} == {"no-group", "word-as-group"}


def test_groups_that_differ_in_capitals_are_told_and_spaces_are_none(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", few(g=["A", "a", "B", "B"] * 15))
    found = grouped(run, path, ["A", "B", "a"], "B")
    for verb in ("irt", "copying", "items"):
        assert "A, a" in values(found[verb])["alike-groups"]["names"]
    path = written(tmp_path / "b.csv", few(g=["M", "M ", "F", "F"] * 15))
    found = grouped(run, path, ["F", "M"], "F")
    assert values(found["dif"])["spaces-around"] == {"column": "g", "names": "M"}
    assert [(row["group"], row["n"]) for row in found["dif"]["groups"]] == [("F", 30), ("M", 30)]


# ── items alone ──────────────────────────────────────────────────────────────────────────────


def items_both_ways(run: Run, path: Path, key: Path | None = None, *words: object, **more: Any) -> Any:
    """The document of the command, found equal to the result of the library."""
    ours = run.json("analyse", "items", path, *(["--key", key] if key else []), *words)
    known = es.items(es.read_responses(path, key=key), **more).to_dict()
    assert {ours.pop("file"), len(ours.pop("sha256"))} == {path.name, 64}
    assert as_arguments(ours, known) == known
    return known


WITH_HOLES: dict[str, Any] = {
    "right and wrong": RIGHT[:90, :6],
    "partial": RIGHT[:90, :6] + (RNG.random((90, 6)) < 0.5),
    "few": RIGHT[:12, :6],
    "holes": np.where(RNG.random((90, 6)) < 0.1, -3, RIGHT[:90, :6]),
    "two forms": np.where(np.arange(90)[:, None] // 45 == np.arange(6) // 3, RIGHT[:90, :6], -3),
    "two items never right": np.where(np.arange(6) < 2, 0, RIGHT[:90, :6]),
    "all alike": np.ones((30, 6), dtype=int),
    "booklets": np.where(
        (np.arange(90)[:, None] % 2 == np.arange(6) // 4) | np.isin(np.arange(6), [2, 3]), RIGHT[:90, :6], -3
    ),
}


@pytest.mark.parametrize("name", WITH_HOLES)
def test_scores_with_holes(run: Run, tmp_path: Path, name: str) -> None:
    """Prorated totals give no KR-21."""
    path = tmp_path / "scores.csv"
    table = scores(WITH_HOLES[name], ITEMS[:6]).drop("g")
    table.with_columns(pl.when(pl.col(ITEMS[:6]) >= 0).then(pl.col(ITEMS[:6]))).write_csv(path)
    found = items_both_ways(run, path)
    assert (found["test"]["kr21"] is None) == (
        name not in ("right and wrong", "few", "two items never right")
    )
    items_both_ways(run, path, None, "--min-n", "5", min_n=5)


def test_options_with_a_wrong_key(run: Run, tmp_path: Path) -> None:
    path, key = tmp_path / "options.csv", tmp_path / "key.csv"
    scores(but([3, 5], [2, 4], "", options("BCD"))).drop("g").write_csv(path)
    key.write_text("item,key\n" + "".join(f"{item},{'B' if item == 'Q1' else 'A'}\n" for item in ITEMS))
    found = items_both_ways(run, path, key)
    assert [found["alarms"][0][name] for name in ("item", "suggested")] == ["Q1", "A"]
    assert found["findings"][0]["code"] == "key-alarm"
    flags = [one["code"] for one in found["findings"][1:] if one["values"]["item"] == "Q1"]
    assert found["items"][1]["flags"] == flags
    assert "distractor-attracts-able" in flags


def test_an_item_that_is_set_aside_needs_no_column_under_a_key(run: Run, tmp_path: Path) -> None:
    path, key = tmp_path / "a.csv", tmp_path / "key.csv"
    scores(options()[:, :5], ITEMS[:5]).drop("g").write_csv(path)
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS[:5]))
    document = run.json("analyse", "items", path, "--key", key, "--exclude", "Q4")
    same_both_ways(document, es.items(es.read_responses(path, key=key, exclude=["Q4"])))
    assert [row["item"] for row in document["items"]] == ITEMS[:4]


def test_numbers_below_0_and_kinds_of_no_answer(tmp_path: Path) -> None:
    """−1 is an omitted answer, which is told."""
    negative = np.where(RIGHT == 1, 1, np.where(RNG.random(RIGHT.shape) < 0.5, -1, 0))
    scores(negative).drop("g").write_csv(path := tmp_path / "neg.csv")
    data = es.read_responses(path)
    for found in (data, es.items(data), es.reliability(data), es.irt(data), es.decisions(data, 3)):
        [note] = [one for one in found.notes if one.code in {"omitted-scores", "below-zero"}]
        assert (note.code, note.values["n"]) == ("below-zero", (negative == -1).sum())
    assert "omitted-scores" in {one.code for one in es.items(negative).notes}
    assert not es.read_responses(path, missing={-1: "not_reached"}).notes


def test_notes_of_reading_have_codes(tmp_path: Path) -> None:
    path = tmp_path / "who.csv"
    path.write_text("who,Q0,Q1\n" + "".join(f"P{n},{n % 2},{n % 3 == 0:d}\n" for n in range(60)))
    data = es.read_responses(path, missing=["X"])
    assert [one.code for one in data.notes] == ["first-column-names", "codes-not-met"]
    assert all(isinstance(one, dict) and one["code"] for one in es.items(data).to_dict()["notes"])
    keyed = es.responses({"i1": ["A", "B", "*", "N/A"], "i2": ["A", "B", "A", "A"]}, key={"i1": "A"})
    assert [one.code for one in keyed.notes] == [
        "rows-numbered",
        "columns-left-out",
        "words-for-nothing",
        "unlike-key",
    ]
    assert es.responses({"": [3, 4], "i1": [1, 0]}).notes[0].code == "first-column-names"


def test_blank_sheets_and_repeated_ids_among_items(run: Run, tmp_path: Path) -> None:
    """The figures without the blank sheets are told; a repetition is printed once."""
    found = notes_of(
        run, tmp_path, "items", [scores(but(slice(0, 20), slice(None), "", options()))], "--key KEY"
    )
    without = es.items(RIGHT[20:]).test
    told = {name: f"{without[name]:.3f}" for name in ("mean", "alpha")}
    assert {name: found["blank-sheets"][name] for name in told} == told
    notes_of(run, tmp_path, "items", [ODD["an id repeats"].table])
    assert run("analyse", "items", tmp_path / "x.csv", "--exclude", "g").text.count("repeat an id") == 1


def test_a_reversed_item_is_no_code() -> None:
    rng = np.random.default_rng(4)
    levels = 3 + rng.normal(size=(150, 1)) + 0.7 * rng.normal(size=(150, 7))
    cells = np.clip(np.rint(levels), 1, 5).astype(int)
    cells[:, 4] = 6 - cells[:, 4]
    assert "code-among-scores" not in {one.code for one in es.items(cells).notes}


def test_half_points_are_taken(run: Run, tmp_path: Path) -> None:
    """Everything but the unit is as of twice the points."""
    halves = np.hstack([RIGHT[:90, :6], RIGHT[:90, :1] * 1.5 + RNG.integers(0, 4, (90, 1)) / 2])
    scores(halves, ITEMS[:7]).drop("g").write_csv(path := tmp_path / "halves.csv")
    ours, of_array = run.json("analyse", "items", path), es.items(halves)
    of_file = es.items(es.read_responses(path, halves=True))
    assert of_file.to_dict()["test"] == ours["test"] == of_array.to_dict()["test"]
    assert of_file.to_dict()["items"] == ours["items"]
    twice = es.items((halves * 2).astype(int), max_score={f"i{j + 1}": 2 for j in range(6)} | {"i7": 6})
    test, items = of_array.test, of_array.items
    assert test["alpha"] == pytest.approx(twice.test["alpha"])
    assert (test["mean"], test["sem"]) == pytest.approx((halves.sum(axis=1).mean(), twice.test["sem"] / 2))
    assert items["facility"].to_list() == pytest.approx(twice.items["facility"].to_list())
    assert items["max_score"].to_list() == [1.0] * 6 + [3.0]
    assert items["sd"].to_list() == pytest.approx(np.std(halves, axis=0, ddof=1))
    assert of_array.scores["score"].to_list() == np.arange(0, 9.5, 0.5).tolist()
    assert es.reliability(halves)["omega"] == pytest.approx(es.reliability((halves * 2).astype(int))["omega"])
    assert es.reliability(halves).sem == pytest.approx(test["sem"])
    data = es.read_responses(path, halves=True)
    for refused in (lambda: es.irt(data), lambda: es.dif(data, np.arange(90) % 2)):
        with pytest.raises(es.ArgumentError, match="half points"):
            refused()
    with pytest.raises(es.ArgumentError, match=r"`0\.75`"):
        es.items(halves / 2 + 0.25)


def test_cells_that_are_no_option_of_the_key(run: Run, tmp_path: Path) -> None:
    """Half of the rows have 1 and 2 where the key has A and B; −1 is no answer, not an option."""
    cells = np.array(
        [[("BA" if n < 45 else "21")[one] for one in row] for n, row in enumerate(RIGHT[:90, :6])],
        dtype=object,
    )
    cells[:2] = ["-1", "−1", "A", "B", "A", "B"]
    path, key = tmp_path / "mixed.csv", tmp_path / "key.csv"
    scores(cells, ITEMS[:6]).drop("g").write_csv(path)
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in ITEMS[:6]))
    [told] = [
        one["message"] for one in items_both_ways(run, path, key)["notes"] if one["code"] == "unlike-key"
    ]
    assert "1" in told
    assert "-1" not in told


def test_cells_of_a_group_are_counted_in_it(run: Run, tmp_path: Path) -> None:
    """Words for no answer and options that only others have are not told of a group, nor are they options."""
    cells = but([60, 61], [1, 1], "-", but([3, 4], [2, 2], "7", but(slice(0, 3), 1, "N/A", options())))[
        :90, :6
    ]
    table = scores(cells, [*"abcdef"]).with_columns(g=pl.Series(["f"] * 45 + ["m"] * 45))
    path, alone, key = tmp_path / "r.csv", tmp_path / "part.csv", tmp_path / "key.csv"
    table.write_csv(path)
    key.write_text("item,key\n" + "".join(f"{item},A\n" for item in "abcdefg"))
    ours = run.json("analyse", "items", path, "--by", "g", "--key", key)
    for found, name in zip(ours["groups"], "fm", strict=True):
        table.filter(g=name).write_csv(alone)
        known = es.items(es.read_responses(alone, key=key, exclude=["g"])).to_dict()
        for one in (found, known):
            one["notes"].sort(key=lambda note: str(note["code"]))
        group = as_arguments(found, known)
        assert {name: group[name] for name in known} == known
