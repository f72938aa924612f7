"""Small exams for hypothesis: forms of the same items in other orders, a rule, corrections, and who sat."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from hypothesis import strategies as st

from examgen.core.column_names import KEY
from examgen.core.models.scoring import Correction, ScoringRule
from examgen.core.responses.rows import INVALID, Marks
from examgen.scoring.key import Key, compile_key
from tests.scoring.plain_scorer import Mark, Row

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2"), ("U", "E2", "E2.1")]
FORMS = "ABC"


class Sat(NamedTuple):
    """An exam as its files say it, and candidates: their form and marks."""

    rows: list[Row]
    printed: dict[tuple[str, int], str]
    rule: Row
    corrections: list[Row]
    forms: list[str]
    marks: list[list[Mark]]

    def key(self, corrections: list[Row] | None = None) -> Key:
        """The key under the rule, after the exam's corrections or these."""
        some = self.corrections if corrections is None else corrections
        return compiled(self.rows, self.printed, self.rule, some)

    @property
    def form_numbers(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """As the key numbers the forms."""
        return np.array([FORMS.index(form) for form in self.forms], dtype=np.int64)

    @property
    def bytes(self) -> Marks:
        """The marks as capture hands them on."""
        width = max(row["question"] for row in self.rows)
        found = np.zeros((len(self.marks), width), dtype=np.uint8)
        for n, marks in enumerate(self.marks):
            found[n, : len(marks)] = [byte(mark) for mark in marks]
        return found


def byte(mark: Mark) -> int:
    return INVALID if mark is None else sum(1 << "ABCDE".index(letter) for letter in mark)


def columns(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame({name: [str(row[name]) for row in rows] for name in KEY})


def compiled(rows: list[Row], printed: dict[tuple[str, int], str], rule: Row, corrections: list[Row]) -> Key:
    options = {place: ids.split() for place, ids in printed.items()}
    n_options: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: (row["form"], row["question"])):
        n_options.setdefault(row["form"], []).append(len(options[row["form"], row["question"]]))
    wrong = rule["wrong"]
    model = ScoringRule(**{**rule, "wrong": str(wrong) if isinstance(wrong, Fraction) else wrong})
    made = [
        Correction.model_validate({**one, "reason": "r", "by": "b", "date": "2026-11-20"}).at(f"c.yaml:{n}")
        for n, one in enumerate(corrections, 1)
    ]
    return compile_key(columns(rows), n_options, CRITERIA, model, made, options)


WRONG = st.sampled_from([0, Fraction(1, 4), Fraction(1, 3), Fraction(1), "by_options"]).map(
    lambda value: Fraction(value) if isinstance(value, int) else value
)


@st.composite
def rules(draw: st.DrawFn) -> Row:
    several = draw(st.sampled_from(["any", "all", "partial"]))
    parts = ["false2", "false", "true", "all", "none", "moodle"] if several == "partial" else ["false2"]
    wrong = draw(WRONG)
    return {
        "several": several,
        "partial": draw(st.sampled_from(parts)),
        "wrong": wrong,
        "multiple": draw(st.sampled_from(["wrong", "blank"])),
        "invalid": draw(st.sampled_from(["wrong", "blank"])),
        "floor": draw(st.sampled_from(["total", "none"] if wrong else ["total", "none", "item"])),
    }


@cache
def _keys(options: str, most: int) -> st.SearchStrategy[set[str]]:
    return st.sets(st.sampled_from(options), min_size=1, max_size=most)


@st.composite
def items(draw: st.DrawFn) -> list[Row]:
    found = []
    for n in range(draw(st.integers(1, 6))):
        options = "abcde"[: draw(st.integers(2, 5))]
        key = draw(_keys(options, draw(st.integers(1, len(options)))))
        found.append(
            {
                "item": f"i{n}",
                "options": options,
                "key": key,
                "points": draw(st.sampled_from([1, 1, 1, 2, 3, 0])),
                "criterion": draw(st.sampled_from(CRITERIA)),
            }
        )
    return found


@st.composite
def corrections_of(
    draw: st.DrawFn, pool: list[Row], rows: list[Row], printed: dict[tuple[str, int], str]
) -> list[Row]:
    """Corrections that do not contradict each other, at most a few kinds an item."""
    found: list[Row] = []
    for item in pool:
        places = [row for row in rows if row["item"] == item["item"]]
        if not item["points"] or not places or draw(st.booleans()):
            continue
        row = draw(st.sampled_from(places))
        by_item = draw(st.booleans())
        reach = draw(st.sampled_from(["everywhere", "only_here"]))
        of_one = {"form": row["form"], "question": row["question"], reach: True}
        place = {"item": item["item"]} if by_item else of_one
        ids = printed[row["form"], row["question"]].split()
        letters = "กขคงจ" if draw(st.booleans()) else "ABCDE"

        def named(some: set[str]) -> list[str]:
            return sorted(some) if by_item else [letters[ids.index(one)] for one in sorted(some)]  # noqa: B023

        kind = draw(st.sampled_from(["rekey", "accept", "both", "drop", "credit_all", "credit_answered"]))
        right = set(item["key"])
        if kind in ("rekey", "both"):
            new = draw(st.sets(st.sampled_from(ids), min_size=1).filter(lambda some: some != right))  # noqa: B023
            found.append({"kind": "rekey", **place, "key": named(new)})
            right = new
        if kind in ("accept", "both"):
            for option in draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)):
                if option not in right:
                    found.append({"kind": "accept", **place, "key": named({option})})
        elif kind != "rekey":
            found.append({"kind": kind, **place})
    return draw(st.permutations(found))


@st.composite
def exams(draw: st.DrawFn, single_letters: bool = False) -> Sat:
    pool = draw(items())
    rows, printed, lengths = [], {}, {}
    for form in FORMS[: draw(st.integers(1, 3))]:
        asked = draw(st.permutations(pool))[: draw(st.integers(1, len(pool)))]
        lengths[form] = len(asked)
        for question, item in enumerate(asked, 1):
            ids = draw(_orders(item["options"]))
            printed[form, question] = " ".join(ids)
            letters = "|".join("ABCDE"[n] for n, option in enumerate(ids) if option in item["key"])
            unit, element, pc = item["criterion"]
            rows.append(
                {
                    "form": form, "question": question, "item": item["item"], "unit": unit, "element": element,
                    "pc": pc, "key": letters, "points": item["points"],
                }
            )  # fmt: skip
    corrections = draw(corrections_of(pool, rows, printed))
    sat = draw(st.lists(st.sampled_from(sorted(lengths)), max_size=6))
    marks = [
        [draw(_mark(len(printed[form, n].split()), single_letters)) for n in range(1, lengths[form] + 1)]
        for form in sat
    ]
    return Sat(draw(st.permutations(rows)), printed, draw(rules()), corrections, sat, marks)


@cache
def _orders(options: str) -> st.SearchStrategy[list[str]]:
    return st.permutations(options)


@cache  # hypothesis looks through each strategy that it has not seen: half of the time of a test
def _mark(n_options: int, single: bool) -> st.SearchStrategy[Mark]:
    letters = st.sampled_from("ABCDE"[:n_options])
    one = letters.map(lambda letter: frozenset({letter}))
    if single:
        return one
    return st.one_of(one, one, st.frozensets(letters), st.none(), st.just(frozenset()))
