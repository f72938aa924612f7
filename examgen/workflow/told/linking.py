"""The scale of one calibration carried to that of another, in words."""

from __future__ import annotations

from typing import Any

from examgen.words import tell
from examgen.workflow.told.parts import Line, Parts, Table, notes_of, number


def of_link(found: dict[str, Any]) -> Parts:
    """The line from scale to scale, the items that made it, and scores where these were asked for."""
    yield Line(
        tell(
            "{new} carried to the scale of {old} by {method}",
            new=found["new"]["file"],
            old=found["old"]["file"],
            method=found["method"],
        ),
        "bold",
    )
    yield Line(f"  theta_OLD = {_constants(found)}")
    slope, intercept = number(found["slope"], 4), _signed(found["intercept"])
    yield Line(f"  a_OLD = a_NEW / {slope}; b_OLD = {slope} × b_NEW {intercept}; c_OLD = c_NEW")
    if found["se_slope"] is not None:
        yield Line(
            tell(
                "  standard errors: slope {slope}, intercept {intercept}",
                slope=number(found["se_slope"], 4),
                intercept=number(found["se_intercept"], 4),
            )
        )
    lower = found["intercept"] < 0
    where = tell("below") if lower else tell("above")
    yield Line(
        tell(
            "  somebody at 0 on the scale of NEW stands {size} {where} 0 on that of OLD",
            size=number(abs(found["intercept"]), 2),
            where=where,
        )
    )
    yield Line(tell("  {used} of {n} common items link", used=found["n_used"], n=found["n_common"]))
    rows = [
        [one["method"], number(one["slope"], 4), number(one["intercept"], 4)] for one in found["constants"]
    ]
    yield Table(tell("all methods"), [tell("method"), tell("slope"), tell("intercept")], rows, wide=True)
    yield from _anchors(found)
    if found["equating"] is not None:
        yield from _equating(found)
    yield from notes_of(found)


def _constants(found: dict[str, Any]) -> str:
    return f"{number(found['slope'], 4)} × theta_NEW {_signed(found['intercept'])}"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'} {number(abs(value), 4)}"


def _anchors(found: dict[str, Any]) -> Parts:
    heads = [tell("item"), tell("b of OLD"), tell("b of NEW, carried"), tell("harder by"), "z b", "z a"]
    heads += ["RMSD", tell("drifts"), tell("used")]
    fields = ("b_old", "b_linked", "displacement", "z_b", "z_a", "rmsd", "drifts", "used")
    rows = [[one["item"], *(number(one[field]) for field in fields)] for one in found["anchors"]]
    yield Table(tell("common items"), heads, rows, wide=True)


def _equating(found: dict[str, Any]) -> Parts:
    one = found["equating"]
    rows = [[row["x"], number(row["y"], 2), number(row["se"], 2)] for row in one["table"]]
    title = tell("true scores") if one["method"] == "true" else tell("observed scores")
    yield Table(
        tell("{title}: each score of NEW as a score of OLD", title=title),
        [tell("score of NEW"), tell("score of OLD"), tell("standard error")],
        rows,
        numbers_from=0,
        wide=True,
    )
