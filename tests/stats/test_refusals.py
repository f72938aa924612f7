"""Every argument of every verb, and what stands within one, replaced by something odd: a result, or a sentence
that names an argument. Never another exception, never a warning of numpy."""

from __future__ import annotations

import datetime
import inspect
import json
import re
import tempfile
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.effort import some

SCORES = es.example(n_persons=60, n_items=6, seed=3)
OPTIONS = es.example("choices", n_persons=60, n_items=12, seed=3)
CELLS = SCORES.cells.astype(np.float64)
TOTALS = CELLS.sum(axis=1)
HALF = np.arange(60) % 2
POOL = {"item": [f"i{j}" for j in range(12)], "a": [1.0] * 12, "b": np.linspace(-1, 1, 12).tolist()}
HARD = np.log((1 - CELLS.mean(axis=0)) / CELLS.mean(axis=0)).tolist()
FORM = {"item": [f"I{j:02d}" for j in range(1, 7)], "a": [1.0] * 6, "b": np.linspace(-1, 1, 6).tolist()}
RATINGS = {
    "id": [f"p{n // 6}" for n in range(180)],
    "rater": ["ann", "ann", "bob", "bob", "cyd", "cyd"] * 30,
    "item": ["essay", "talk"] * 90,
    "resp": np.random.default_rng(1).integers(0, 4, 180).tolist(),
}
GIVEN: dict[str, dict[str, Any]] = {
    "abilities": {"data": CELLS, "items": {"item": [f"i{j}" for j in range(1, 7)], "a": [1.1] * 6, "b": HARD}},
    "agreement": {"ratings": [1, 2, 3, 1, 2], "second": [1, 2, 2, 1, 3]},
    "angoff": {"ratings": [[0.5, 0.6, 0.7], [0.4, 0.6, 0.9]]},
    "bookmark": {"bookmarks": [3, 4, 4], "items": FORM},
    "assessors": {"ratings": RATINGS},
    "borderline_group": {"scores": TOTALS, "borderline": HALF},
    "borderline_regression": {"scores": TOTALS, "grades": np.minimum(TOTALS, 4), "border": 2},
    "contrasting_groups": {"scores": TOTALS, "competent": TOTALS + HALF > 3},
    "copying": {"data": OPTIONS},
    "decisions": {"data": SCORES, "cut": 3},
    "dif": {"data": CELLS, "groups": HALF},
    "equate": {"x": TOTALS, "y": TOTALS + HALF, "points": 7},
    "example": {},
    "generalizability": {"ratings": RATINGS},
    "hofstee": {
        "scores": TOTALS,
        "limits": {"min_cut": [1, 2], "max_cut": [4, 5], "min_fail": [0.1, 0.1], "max_fail": [0.6, 0.7]},
    },
    "icc": {"ratings": [[1, 2], [2, 2], [3, 4], [4, 4]]},
    "irt": {"data": CELLS},
    "items": {"data": SCORES},
    "link": {"items_x": FORM, "items_y": FORM},
    "many_facet": {"ratings": RATINGS},
    "person_fit": {"data": SCORES},
    "read_responses": {"path": "no-such-file.csv"},
    "reliability": {"data": SCORES},
    "responses": {"data": CELLS},
    "simulate": {"items": POOL, "n": 30},
    "subscores": {"data": SCORES, "parts": ["x"] * 3 + ["y"] * 3},
}  # fmt: skip
"""A call of each verb that goes well."""

_NAN = np.full((8, 3), np.nan)
ODD: dict[str, Callable[[], object]] = {
    "None": lambda: None,
    "NaN": lambda: np.nan,
    "infinity": lambda: -np.inf,
    "a text": lambda: "odd",
    "an empty text": lambda: "",
    "bytes": lambda: b"odd",
    "a negative number": lambda: -1,
    "a fraction": lambda: 0.37,
    "a large number": lambda: 1_000,
    "a truth value": lambda: True,
    "a decimal": lambda: Decimal("0.5"),
    "a complex number": lambda: 1 + 2j,
    "a date": lambda: datetime.date(2026, 11, 27),
    "a function": lambda: len,
    "an object": object,
    "an array without axes": lambda: np.array(3.0),
    "a set": lambda: {0, 1},
    "an empty list": list,
    "an empty mapping": dict,
    "a frame without columns": pl.DataFrame,
    "a frame without rows": lambda: pl.DataFrame({"item": [], "b": [], "resp": []}),
    "one row of numbers": lambda: [0, 1, 1],
    "a row with None": lambda: [1, None, 0, 1],
    "a row of complex numbers": lambda: np.array([1j, 0, 1]),
    "a row of dates": lambda: [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)],
    "a row of objects": lambda: np.array([object(), object()]),
    "a mask": lambda: np.arange(60) > 30,
    "constants": lambda: np.ones(60),
    "nothing but NaN": lambda: np.full(60, np.nan),
    "one person": lambda: [[0, 1, 1, 0]],
    "one item": lambda: [[0], [1], [1], [0]],
    "one cell": lambda: np.array([[1]]),
    "no row": lambda: np.empty((0, 4)),
    "no column": lambda: np.empty((4, 0)),
    "constant scores": lambda: np.ones((8, 3), dtype=int),
    "zeros": lambda: np.zeros((8, 3)),
    "a matrix of NaN": lambda: _NAN,
    "an infinite cell": lambda: [[0, 1], [np.inf, 1], [1, 0]],
    "a huge cell": lambda: [[0, 1], [1e300, 1], [1, 0]],
    "negative scores": lambda: [[-7, 1], [0, -7], [1, 1]],
    "ragged lists": lambda: [[0, 1], [1], [1, 0, 1]],
    "three axes": lambda: np.zeros((3, 3, 3)),
    "a matrix of texts": lambda: [["A", "B"], ["C", "D"]],
    "a matrix of complex numbers": lambda: np.ones((5, 2), dtype=complex),
    "a matrix of objects": lambda: np.array([[object(), 1], [0, 1]], dtype=object),
    "a matrix of dates": lambda: np.full((3, 2), np.datetime64("2026-11-27")),
    "a masked matrix": lambda: np.ma.masked_equal([[0, 1, 9], [1, 9, 0], [1, 1, 0]], 9),
    "one cell twice": lambda: {"id": ["a", "a"], "item": ["x", "x"], "rater": ["r", "r"], "resp": [1, 0]},
    "columns of different lengths": lambda: {"item": ["x"], "b": [0.0, 1.0]},
    "names twice": lambda: {"item": ["x", "x"], "a": [1.0, 1.0], "b": [0.0, 1.0]},
    "columns of lists": lambda: {"item": [[1], [2]], "b": [[0], [1]]},
    "numbers as keys": lambda: {1: 0, 2: 1},
    "a mapping of objects": lambda: {"x": object()},
    "a number beyond any": lambda: 10**30,
    "a range": lambda: range(5),
    "an empty tuple": tuple,
    "a generator of numbers": lambda: np.random.default_rng(0),
    "one number": lambda: [1],
    "two texts": lambda: ["a", "b"],
    "200 numbers": lambda: np.arange(200),
    "60 fractions": lambda: np.random.default_rng(0).normal(size=60),
    "a series": lambda: pl.Series([1, 2, 3]),
    "a frame of one column": lambda: pl.DataFrame({"a": [1, 2]}),
    "one item of many persons": lambda: np.random.default_rng(0).integers(0, 2, (60, 1)),
    "other scores of the persons": lambda: np.random.default_rng(0).integers(0, 2, (60, 8)),
    "nothing right": lambda: np.zeros((60, 8)),
    "responses": lambda: SCORES,
    "one known item": lambda: {"item": ["a"], "b": [1.0]},
    "an item without slope": lambda: {"item": ["a"], "a": [0.0], "b": [0.0]},
    "an item that falls": lambda: {"item": ["a", "b"], "a": [-1, 1], "b": [0, 0]},
    "a mapping of numbers": lambda: {"a": 1},
    "a mapping of lists": lambda: {"a": [1, 0, 1]},
}


V = np.random.default_rng(0).integers(0, 20, 60)
ITEMS: dict[str, Any] = {"item": ["i1", "i2", "i3"], "a": [1, 1.2, 0.8], "b": [-1, 0, 1.0]}
WITHIN: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
    **{
        f"dif by {method}: data": (es.dif, lambda o, method=method: es.dif(o, HALF, method=method))
        for method in ("logistic", "std", "sibtest")
    },
    "dif by sibtest: least": (es.dif, lambda o: es.dif(SCORES, "sex", method="sibtest", least=o)),
    "equate: both forms": (es.equate, lambda o: es.equate(o, o)),
    "equate one group: both forms": (es.equate, lambda o: es.equate(o, o, design="sg")),
    **{
        f"equate by equipercentiles: {name}": (
            es.equate, lambda o, name=name: es.equate(V, V, "equipercentile", **{name: o}),
        )
        for name in ("degree",)
    },
    "equate with an anchor: anchor_x": (es.equate, lambda o: es.equate(V, V, anchor_x=o, anchor_y=V // 2)),
    **{
        f"equate by Tucker: {name}": (
            es.equate,
            lambda o, name=name: es.equate(V, V, "tucker", anchor_x=V // 2, anchor_y=V // 2, **{name: o}),
        )
        for name in ("anchor_points", "weight")
    },
    "an equating: scores": (es.equate(V, V).convert, lambda o: es.equate(V, V).convert(o)),
    "link: both tables": (es.link, lambda o: es.link(o, o)),
    "a link: method": (es.link(ITEMS, ITEMS).equate, lambda o: es.link(ITEMS, ITEMS).equate(o)),
    "simulate: theta without n": (es.simulate, lambda o: es.simulate(ITEMS, theta=o)),
}  # fmt: skip
"""What the calls above do not reach: arguments of one method, values within others, and what results take: the
function whose arguments the sentence names, and its call."""


BOOKMARKS = [3, 4, 4]
JUDGED = [[0.5, 0.6, 0.7], [0.4, 0.6, 0.9]]
FLAT = {"item": [f"i{j}" for j in range(1, 21)], "a": [0.2] * 20, "b": [0.0] * 20}
LIMITS: dict[str, Any] = GIVEN["hofstee"]["limits"]


def _read(columns: object) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        file.write_text("id,i1,i2\nann,1,0\nbob,0,1\n")
        return es.read_responses(file, exclude=columns)  # type: ignore[arg-type]


def _known(population: object) -> object:
    return es.abilities(CELLS, GIVEN["abilities"]["items"], population=population)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "angoff: points beyond any": (lambda: es.angoff(JUDGED, points=1e308), r"points of .* 1e\+09 at most"),
    "angoff: no points": (lambda: es.angoff(JUDGED, points=0), "points gives no item a point"),
    "bookmark: points beyond any": (
        lambda: es.bookmark(BOOKMARKS, FORM, points=1e308), r"points of .* 1e\+09 at most",
    ),
    "bookmark: no points": (lambda: es.bookmark(BOOKMARKS, FORM, points=0), "points gives no item a point"),
    "borderline_regression: border": (
        lambda: es.borderline_regression([1, 2, 3], [1, 2, 3], 1e308), r"border is 1e\+308; .* to 1e\+09",
    ),
    "borderline_regression: grades": (
        lambda: es.borderline_regression([1, 2, 3], [1, 2, 1e308], 2), r"grades, row 2: 1e\+308",
    ),
    "borderline_group: scores": (
        lambda: es.borderline_group([1e308] * 3, centre="mean"), r"scores, row 0: 1e\+308",
    ),
    "contrasting_groups: scores": (
        lambda: es.contrasting_groups([1e308, 1.1e308, -1e308, 2], [1, 0, 1, 0]), r"scores, row 0: 1e\+308",
    ),
    "equate: scores": (
        lambda: es.equate([1, 2, 3, 4], [3, 4, 1e308, 5], "linear", design="eg"), r"^y, row 2: 1e\+308",
    ),
    "hofstee: limits": (
        lambda: es.hofstee(range(1, 21), LIMITS | {"max_cut": [4, 1e308]}), r"limits\['max_cut'\]\[1\] is 1e\+308",
    ),
    "read_responses: exclude of numbers": (lambda: _read([1, 0]), "has no column 1, 0"),
    "read_responses: exclude of a pair": (lambda: _read((1, 2)), "has no column 1, 2"),
    "read_responses: exclude of a set": (lambda: _read({1, 2}), "has no column 1, 2"),
    "read_responses: exclude of lists": (lambda: _read([[1, 0], [1]]), r"has no column \[1, 0\], \[1\]"),
    "equate: spread of one argument": (
        lambda: es.equate(TOTALS, TOTALS, bootstrap=3, spread=len), "spread is <built-in function len>; it must",
    ),
    "equate: spread without arguments": (
        lambda: es.equate(TOTALS, TOTALS, bootstrap=3, spread=object), "spread is object; it must",
    ),
    "a fit: abilities of an array": (
        lambda: es.irt(CELLS).abilities(CELLS), r"method is ndarray of shape \(60, 6\); it must be one of",
    ),
    "a fit: abilities of a frame": (
        lambda: es.irt(CELLS).abilities(pl.DataFrame({"i1": [1]})), "method is DataFrame of shape",
    ),
    "Responses of nonsense": (lambda: es.Responses(1, 2, 3), "persons is int; expected their names"),
    "Responses of other sizes": (
        lambda: es.Responses(("a", "b"), ("i1",), np.zeros((3, 1), dtype=np.int8)),
        r"cells is ndarray of shape \(3, 1\); expected whole numbers of shape \(2, 1\)",
    ),
    "abilities: population in bytes": (lambda: _known(b"ab"), r"population is b'ab'; expected \(mean, sd\)"),
    "abilities: population without order": (lambda: _known({0, 1}), r"population is \{0, 1\}; expected"),
    "agreement: complex numbers": (
        lambda: es.agreement([1j, 2, 3], [1j, 2, 3]), "ratings has complex numbers; expected",
    ),
    "a number of numpy": (
        lambda: es.borderline_regression([1, 2], [1, 2], np.float64(np.nan)), "border is nan; it must",
    ),
    "reliability: key": (
        lambda: es.reliability(CELLS, key="ABCDEF"), r"argument 'key'; its arguments are data, .* es.responses\(data, key",
    ),
    "dif: groups": (lambda: es.dif(CELLS), "missing a required argument: 'groups'"),
    "a type": (lambda: es.borderline_group([1, 2], centre=object), "centre is object; it must"),
}  # fmt: skip
"""What no data allow, and the sentence that says so."""


def _verbs() -> list[str]:
    return [name for name in es.__all__ if inspect.isfunction(getattr(es, name))]


CASES = [
    (verb, argument) for verb in _verbs() for argument in inspect.signature(getattr(es, verb)).parameters
]


def test_every_verb_has_a_call_that_goes_well() -> None:
    assert sorted(GIVEN) == _verbs()
    for verb in _verbs():
        if verb != "read_responses":
            _told(getattr(es, verb)(**GIVEN[verb]))


@pytest.mark.parametrize(("verb", "argument"), CASES)
def test_an_odd_argument_gives_a_result_or_a_sentence(verb: str, argument: str) -> None:
    function = getattr(es, verb)
    _hold(function, lambda odd: function(**GIVEN[verb] | {argument: odd}))


@pytest.mark.parametrize("name", WITHIN)
def test_an_odd_value_within_gives_a_result_or_a_sentence(name: str) -> None:
    _hold(*WITHIN[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_data_allow_is_refused_by_the_argument_at_fault(name: str) -> None:
    call, sentence = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(es.ArgumentError, match=sentence):
            call()


DATA, PARTIAL = es.example(n_persons=400, n_items=6), es.example("partial", n_persons=400, n_items=4)
LINKED = {"item": [f"i{j}" for j in range(8)], "a": np.linspace(0.7, 1.6, 8), "b": np.linspace(-2, 2, 8)}
USUAL: dict[str, dict[str, Any]] = {
    "abilities": {"data": {"I01": 1}, "items": {"I01": {"a": 1, "b": 0}, "I02": {"a": 1, "b": 1}}},
    "decisions": {"data": es.example(n_persons=60, n_items=8)},
    "dif": {"data": es.example(n_persons=1000), "focal": "m"},
    "irt": {"data": DATA, "model": "2pl"},
    "link": {"items_x": LINKED, "items_y": LINKED},
    "simulate": {"items": POOL},
}
"""What stands beside the arguments of a line of tests/data/psychometrics/refused.tsv."""
with (Path(__file__).parents[1] / "data" / "psychometrics" / "refused.tsv").open(encoding="utf-8") as lines:
    LINES = [line.rstrip("\n").split("\t") for line in lines][1:]
OF_DATA: list[tuple[str, dict[str, Any], str]] = [
    ("irt", {"data": PARTIAL}, "grm or gpcm for all items"),
    ("irt", {"groups": ["a"] * 400}, "at least 2"),
    ("dif", {"groups": ["a"] * 1000}, "only the group a"),
    ("decisions", {"cut": 5, "data": (np.arange(20)[:, None] + np.arange(3)) % 3, "items": {"item": ["i1"], "b": [0]}},
     "the highest of the model is 1"),
    ("decisions", {"cut": 5, "data": np.arange(9)}, "maximum score with max_score"),
    ("responses", {"data": np.zeros((2, 2, 2))}, "shape \\(2, 2, 2\\)"),
    ("responses", {"data": np.zeros((0, 3))}, "no person"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "arguments", "sentence"),
    [*((verb, json.loads(arguments), says) for verb, arguments, says in LINES), *OF_DATA],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    tmp_path: Path, verb: str, arguments: dict[str, Any], sentence: str
) -> None:
    if verb == "read_responses":  # ` / ` parts the lines of the file
        (tmp_path / "a.csv").write_text(arguments["path"].replace(" / ", "\n") + "\n")
        arguments = {"path": tmp_path / "a.csv"}
    with pytest.raises(es.ArgumentError, match=sentence):
        getattr(es, verb)(**USUAL.get(verb, {}) | arguments)


BLANK = {"i1": ["", "", ""], "i2": ["", "", ""]}
NOTED: dict[str, tuple[Callable[[], Any], str, str]] = {
    "one person in a group": (
        lambda: es.borderline_group([1, 2, 3, 4], [1, 0, 0, 0]), "group-small",
        "the cut is based on a group of 1 candidate. 30 or more make it more stable",
    ),
    "two persons in a group": (
        lambda: es.borderline_group([1, 2, 3, 4], [1, 1, 0, 0]), "group-small",
        "the cut is based on a group of 2 candidates. 30 or more make it more stable",
    ),
    "nothing but blank sheets": (
        lambda: es.items(BLANK, key="AB"), "blank-sheets", "3 candidates answered nothing and count with 0 points",
    ),
    "no item that varies": (
        lambda: es.items(BLANK, key="AB"), "too-few-items", "no item varies, so there is no alpha or other reliability",
    ),
    "fixed slopes that are too low": (
        lambda: es.irt(np.tile([[0] * 20, [1] * 20], (30, 1)), "2pl", anchors=FLAT), "endless-variance",
        "the sd of ability approaches infinity, because the fixed slopes are too low for these answers, or the "
        "answers follow a perfect order",
    ),
}  # fmt: skip
"""Notes that give the reason as it is, with their codes."""


@pytest.mark.parametrize("name", NOTED)
def test_a_note_gives_the_reason(name: str) -> None:
    call, code, sentence = NOTED[name]
    notes = {one.code: str(one) for one in call().notes if isinstance(one, es.results.Note)}
    assert notes[code] == sentence


def test_the_interval_of_a_cut_ends_where_the_scale_does() -> None:
    found = es.bookmark([2, 6], FORM)
    assert (found.low, found.high) == (0, 6)
    assert es.angoff([[0.1, 0.9], [0.2, 0.1]]).low == 0


def test_scores_may_be_a_range() -> None:
    own = [es.hofstee(scores, LIMITS).cut for scores in (range(1, 11), list(range(1, 11)))]
    assert own[0] == own[1]


def _hold(function: Callable[..., Any], call: Callable[[Any], Any]) -> None:
    parameters = list(inspect.signature(function).parameters)
    faults = []
    for odd, value in some(ODD.items(), 12):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                _told(call(value()))
            except es.ArgumentError as error:
                sentence = str(error)
                named = any(re.search(rf"\b{name}\b", sentence) for name in parameters)
                if not named or len(sentence) < 15 or len(sentence) > 600:
                    faults.append(f"{odd}: names no argument: {sentence}")
            except OSError:
                if function is not es.read_responses:
                    raise
            except Exception as error:
                faults.append(f"{odd}: {type(error).__name__}: {error}")
    assert not faults, "\n".join(faults)


def _told(found: object) -> None:
    """What people do with a result."""
    assert repr(found)
    if isinstance(found, es.Result):
        json.loads(found.to_json())
        assert found.summary()
