"""Everything that is wrong with a table of judges is told at once, with file, line and field."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import Run
from tests.standard_setting.conftest import write

FIRST = "judge,bookmark,round\nA,1,2\nB,1,2\nC,9,1"
UNREAD = "judge,bookmark\nA,9\nB,x\nC,\nD,2.5\nE,3"
TWICE = "judge,bookmark\nA,1\nB,1\nC,3"
TURNED = "judge,min_cut,max_cut,min_fail,max_fail\nA,3,2,5,45\nB,1,2,60,40\nC,,2,5,45\nD,1,4,5,145"


@pytest.mark.parametrize(
    ("method", "table", "words", "faults"),
    [
        (
            "angoff",
            "judge,i1,i2\nA,1,0.5\nB,0.25,0",
            ("--kind", "angoff-yes-no"),
            [("2", "rating-not-yes-no", "A"), ("3", "rating-not-yes-no", "B")],
        ),
        (
            "bookmark",
            UNREAD,
            (),
            [
                ("4", "cell-empty", "bookmark"),
                ("2", "page-unknown", "bookmark"),
                ("3", "bookmark-unknown", "bookmark"),
                ("5", "bookmark-unknown", "bookmark"),
            ],
        ),
        ("bookmark", TWICE, (), [(n, "bookmark-on-first-page", "bookmark") for n in "23"]),
        (
            "bookmark",
            FIRST,
            (),
            [
                ("4", "page-unknown", "bookmark"),
                ("2", "bookmark-on-first-page", "bookmark"),
                ("3", "bookmark-on-first-page", "bookmark"),
            ],
        ),
        (
            "hofstee",
            TURNED,
            (),
            [
                ("4", "not-a-number", "min_cut"),
                ("3", "limits-reversed", "min_fail"),
                ("5", "limits-reversed", "min_fail"),
                ("2", "limits-reversed", "min_cut"),
            ],
        ),
    ],
)
def test_every_fault_is_told_with_its_place(
    run: Run, method: str, table: str, words: tuple[str, ...], faults: list[tuple[str, str, str | None]]
) -> None:
    write("t.csv", table)
    write("p.csv", "item,b\ni1,-1\ni2,0\ni3,1\ni4,2")
    write("s.csv", "score\n1\n2\n3\n4")
    more = {"bookmark": ("--parameters", "p.csv"), "hofstee": ("--totals", "s.csv")}.get(method, ())
    ran = run("analyse", "cut", "--method", method, "t.csv", *more, *words, "--json")
    assert ran.status == 1
    told = [(one["source"], one["code"], one["field"]) for one in json.loads(ran.out)["problems"]]
    assert told == [(f"t.csv:{line}", code, field) for line, code, field in faults]
