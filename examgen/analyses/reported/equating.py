"""In words: the scale of one calibration carried to another."""

from __future__ import annotations

from typing import Any

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.core.words import tell


def of_link(found: dict[str, Any]) -> Parts:
    """The line from scale to scale, the items that made it, and scores where these were asked for."""
    yield ReportedLine(
        tell(
            "{new} placed on the scale of {old} by {method}",
            new=found["new"]["file"],
            old=found["old"]["file"],
            method=found["method"],
        ),
        "bold",
    )
    slope = number(found["slope"], 4)
    intercept = f"{'−' if found['intercept'] < 0 else '+'} {number(abs(found['intercept']), 4)}"
    yield ReportedLine(f"  theta_OLD = {slope} × theta_NEW {intercept}")
    yield ReportedLine(f"  a_OLD = a_NEW / {slope}; b_OLD = {slope} × b_NEW {intercept}; c_OLD = c_NEW")
    if found["se_slope"] is not None:
        yield ReportedLine(
            tell(
                "  standard errors: slope {slope}, intercept {intercept}",
                slope=number(found["se_slope"], 4),
                intercept=number(found["se_intercept"], 4),
            )
        )
    lower = found["intercept"] < 0
    where = tell("below") if lower else tell("above")
    yield ReportedLine(
        tell(
            "  0 on the scale of NEW is {size} {where} 0 on the scale of OLD",
            size=number(abs(found["intercept"]), 2),
            where=where,
        ),
        "bold",
    )
    yield ReportedLine(
        tell("  {used} of {n} common items are used for linking", used=found["n_used"], n=found["n_common"])
    )
    rows = [
        [one["method"], number(one["slope"], 4), number(one["intercept"], 4)] for one in found["constants"]
    ]
    yield ReportedTable(
        tell("all methods"), [tell("method"), tell("slope"), tell("intercept")], rows, wide=True
    )
    heads = [tell("item"), tell("b of OLD"), tell("b of NEW, converted"), tell("harder by"), "z b", "z a"]
    heads += ["RMSD", tell("drifts"), tell("used")]
    fields = ("b_old", "b_linked", "displacement", "z_b", "z_a", "rmsd", "drifts", "used")
    rows = [[one["item"], *(number(one[field]) for field in fields)] for one in found["anchors"]]
    yield ReportedTable(tell("common items"), heads, rows, wide=True)
    if found["equating"] is not None:
        equated = found["equating"]
        rows = [[row["x"], number(row["y"], 2), number(row["se"], 2)] for row in equated["table"]]
        title = tell("true scores") if equated["method"] == "true" else tell("observed scores")
        yield ReportedTable(
            tell("{title}: each score of NEW as a score of OLD", title=title),
            [tell("score of NEW"), tell("score of OLD"), tell("standard error")],
            rows,
            numbers_from=0,
            wide=True,
        )
    yield from notes_of(found)
