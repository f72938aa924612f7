"""In words: scores of one form as scores of another, the scale of one calibration carried to another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from examgen.analyses.equating.options import method_words
from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.core.words import tell


def of_conversion(told: dict[str, Any], decimals: int) -> Parts:
    """What each score is worth, and what that means; rounded to `decimals` as a scoring tells it."""
    method = method_words(told["method"])
    if told["x"]["form"] and told["y"]["form"]:
        names = {"x": told["x"]["name"], "y": told["y"]["name"]}
        yield ReportedLine(tell("X is {x}, Y is {y}.", **names), "bold")
    yield ReportedLine(tell("{method} equating ({design})", method=method, design=_DESIGNS[told["design"]]))
    for name in ("x", "y"):
        own = told[name]
        yield ReportedLine(
            tell(
                "  {role}: {name}, {n} candidates, mean {mean}, sd {sd}, of {points} points",
                role=name.upper(), name=own["name"], n=own["n"], mean=number(own["mean"], 2),
                sd=number(own["sd"], 2), points=number(own["points"], 2),
            )
        )  # fmt: skip
    if told["anchor"] is not None:
        own = told["anchor"]
        yield ReportedLine(
            tell(
                "  anchor: {points} points; mean {mean_x} for candidates of X, {mean_y} for "
                "candidates of Y",
                points=number(own["points"]), mean_x=number(own["mean_x"], 2),
                mean_y=number(own["mean_y"], 2),
            )
        )  # fmt: skip
    if told["presmoothing"] is not None:
        own = told["presmoothing"]
        yield ReportedLine(
            tell(
                "  log-linear smoothing: degree {x} for X, {y} for Y",
                x=_degree_of(own["x"]), y=_degree_of(own["y"]),
            )
        )  # fmt: skip
    if told["synthetic"] is not None:
        weight = number(told["synthetic"]["weight"])
        yield ReportedLine(tell("  weight of candidates of X: {weight}", weight=weight))
    if told["line"] is not None:
        own = told["line"]
        yield ReportedLine(
            tell(
                "  y = {slope} x {sign} {intercept}",
                slope=number(own["slope"], 4),
                sign="−" if own["intercept"] < 0 else "+",
                intercept=number(abs(own["intercept"]), 4),
            )
        )
    if told["bootstrap"] is not None:
        own = told["bootstrap"]
        yield ReportedLine(
            tell(
                "  standard errors from {used} bootstrap samples, seed {seed}",
                used=own["used"],
                seed=own["seed"],
            )
        )
    heads = ["X", "Y", tell("se"), tell("rounded"), "n"]
    rows = [
        [
            number(row["x"], 2),
            number(row["y"], 3),
            number(row["se"], 3),
            f"{float(_rounded(row['y'], decimals)):.{decimals}f}",
            row["n"],
        ]
        for row in told["table"]
    ]
    yield ReportedTable(
        tell("equivalent of each score on X on form Y"), heads, rows, numbers_from=0, wide=True
    )
    # what a coordinator can take from it
    own, found = told["verdict"], list[str]()
    x, cut = number(own["x"], 2), number(own["cut"], 2)
    is_beyond = own["at"] == "cut" and (own["x"] is None or own["least_x"] is None)
    if is_beyond and own["least_x"] is not None:
        found.append(
            tell("Every score on X is equivalent to more than the cut of {cut} points on Y.", cut=cut)
        )
    elif is_beyond:
        found.append(tell("No score on X is equivalent to the cut of {cut} points on Y.", cut=cut))
    elif own["at"] == "cut":
        found.append(
            tell(
                "The cut of {cut} points on Y is equivalent to {x} points on X, so {least} or "
                "more on X reach it.",
                cut=cut, x=x, least=number(own["least_x"], 2),
            )
        )  # fmt: skip
    if own["at"] == "cut":
        found += _rounded_at_cut(told["table"], own["cut"], decimals)
    if own["difference"] is None and not is_beyond:
        found.append(tell("{x} points on X are equivalent to {y} points on Y.", x=x, y=number(own["y"], 2)))
    elif own["harder"] == "neither" and own["se"] is None:
        found.append(tell("At {x} points on X both forms are equally difficult.", x=x))
    elif own["harder"] == "neither":
        se = number(own["se"], 2)
        found.append(
            tell("At {x} points on X both forms are equally difficult (standard error {se}).", x=x, se=se)
        )
    elif not is_beyond:
        y, by = number(own["y"], 2), number(abs(own["difference"]), 2)
        found.append(
            tell(
                "X is the harder form. {x} points on X are equivalent to {y} on Y, which is {by} more.",
                x=x,
                y=y,
                by=by,
            )
            if own["harder"] == "x"
            else tell(
                "X is the easier form. {x} points on X are equivalent to {y} on Y, which is {by} fewer.",
                x=x,
                y=y,
                by=by,
            )
        )
        if own["sure"] is False:
            se = number(own["se"], 2)
            found.append(
                tell("With this number of candidates it may be chance. The standard error is {se}.", se=se)
            )
    found.append(_RESTS_ON[told["design"]])
    for sentence in found:
        yield ReportedLine(sentence, "bold")
    yield from notes_of({"notes": [{**note, "item": None} for note in told["notes"]]})


def _rounded(y: float, decimals: int) -> Fraction:
    """Half up, as scoring rounds."""
    unit = Fraction(1, 10**decimals)
    return (Fraction(y) / unit + Fraction(1, 2)) // 1 * unit


def _rounded_at_cut(table: list[dict[str, Any]], cut: float, decimals: int) -> Iterator[str]:
    """Whether rounded scores reach the cut where scores as they are do, and which of the two decides."""
    reached = [row for row in table if row["y"] >= cut - 1e-9]
    read = [row for row in table if _rounded(row["y"], decimals) >= Fraction(cut)]
    yield tell("Decisions use the points on X and the cut for form X, never the converted score.")
    if reached == read:
        if read:
            yield tell(
                "After rounding to {decimals} decimals, {least} is also the lowest score on X "
                "that converts to {cut} or more.",
                decimals=decimals, least=number(read[0]["x"], 2), cut=number(cut, 2),
            )  # fmt: skip
        return
    row = min((rows[0] for rows in (reached, read) if rows), key=lambda one: one["x"])
    yield tell(
        "Rounding changes a decision: {x} points on X are equivalent to {y} and shown as "
        "{shown} when rounded to {decimals} decimals. Decide on one cut on X, {first} or "
        "{second} points, and use it in scoring. With {second}, use more decimals, so that no "
        "failing score is shown as the cut.",
        x=number(row["x"], 2), y=f"{row['y']:.3f}", shown=number(float(_rounded(row["y"], decimals)), 2),
        decimals=decimals, first=number(row["x"], 2),
        second=number(next((one["x"] for one in table if one["x"] > row["x"]), row["x"]), 2),
    )  # fmt: skip


_RESTS_ON = {
    "eg": tell(
        "All results assume that the two groups are equally able, for example because forms "
        "were assigned at random. The data cannot check this."
    ),
    "neat": tell(
        "All results assume that the common items have the same difficulty for both groups. The "
        "data cannot check this."
    ),
}
_DESIGNS = {"eg": tell("equivalent groups"), "neat": tell("nonequivalent groups with an anchor")}


def _degree_of(own: dict[str, Any]) -> str:
    parts = (own["degree"], own["degree_anchor"], own["degree_products"])
    return ",".join(str(part) for part in parts if part is not None)


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
