"""Cut scores with their errors, judges and rounds, in words."""

from __future__ import annotations

import math
from typing import Any

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable
from examgen.core.models.cut_files import METHOD_WORDS
from examgen.core.words import tell
from examgen.psychometrics.cut_scores.judges import interval_of


def of_cut(found: dict[str, Any]) -> Parts:
    """Cuts, judges, rounds and notes, as somebody reads them once a year."""
    yield ReportedLine(tell("cut score by {method}", method=METHOD_WORDS[found["method"]]), "bold")
    for one in found["forms"]:
        values = {
            "form": one["form"],
            "cut": _number(one["cut"], 2),
            "points": _number(one["points"], 0),
            "percent": _number(one["percent"], 1),
        }
        if one["points"] is None:
            yield ReportedLine(tell("cut {cut} points", **values), "bold")
        elif one["form"]:
            yield ReportedLine(tell("form {form}: {cut} of {points} points ({percent} %)", **values), "bold")
        else:
            yield ReportedLine(tell("cut {cut} of {points} points ({percent} %)", **values), "bold")
        if one["se"] is None:
            yield ReportedLine(tell("  no standard error"), "bold")
        elif one["se_over"] == "candidates":
            yield ReportedLine(
                tell(
                    "  standard error {se}, from {n} candidates",
                    se=_number(one["se"], 2),
                    n=one["candidates"],
                ),
                "bold",
            )
        else:
            yield ReportedLine(
                tell("  standard error {se} over {n} judges", se=_number(one["se"], 2), n=one["judges"]),
                "bold",
            )
        if (interval := interval_of(one)) is not None:
            low, high = (_number(end, 2) for end in interval)
            yield ReportedLine(tell("  95 % interval of the cut {low} to {high}", low=low, high=high), "bold")
        if one["points"] is not None:
            yield ReportedLine(
                tell(
                    "{form}: {least} is the lowest whole mark that passes.",
                    form=one["form"] or "–",
                    least=least_mark(one["cut"]),
                ),
                "bold",
            )
        for panel in one.get("panels") or ():
            if panel["se_both"] is not None:
                yield ReportedLine(
                    tell(
                        "  if items vary, too: {both}; agreement of judges on items {agreement}",
                        both=_number(panel["se_both"], 2),
                        agreement=_number(panel["agreement"], 2),
                    )
                )
        if one["judged"] != one["cut"]:
            yield ReportedLine(
                tell("  moved from {judged} to {cut}", cut=values["cut"], judged=_number(one["judged"], 2))
            )
        if one.get("impact"):
            rows = [
                [
                    f"{row['se']:+d} SE" if row["se"] else tell("cut"),
                    _number(row["cut"], 2),
                    tell("{passing} of {n}", passing=row["passing"], n=row["candidates"]),
                    f"{100 * row['share']:.1f} %",
                ]
                for row in one["impact"]
            ]
            yield ReportedTable(
                tell("passing candidates"), [tell("at"), tell("points"), tell("pass"), tell("share")], rows
            )
    if found.get("judges"):
        judges = found["judges"]
        several = len({one["form"] for one in judges}) > 1
        are_apart = any(one["outlying"] for one in judges)
        columns = [name for name in _COLUMNS if any(one.get(name) is not None for one in judges)]
        rows = [
            [
                one["judge"],
                *([one["form"]] if several else []),
                *(_number(one.get(name), 2) for name in columns),
                *([tell("outlier") if one["outlying"] else ""] if are_apart else []),
            ]
            for one in judges
        ]
        heads: list[str] = [tell("judge"), *([tell("form")] if several else [])]
        heads += [*(_COLUMNS[name] for name in columns), *([""] if are_apart else [])]
        yield ReportedTable(tell("judges"), heads, rows)
    if len({one["round"] for one in found.get("rounds") or ()}) > 1:
        heads = [tell("round"), tell("form"), tell("cut"), tell("SE"), tell("judges")]
        value, error = "judged", "se"
        if found["method"] == "bookmark":
            heads[2], value, error = tell("ability"), "theta", "se_theta"
        rows = [
            [
                str(one["round"]),
                one.get("form") or "–",
                _number(one[value], 2),
                _number(one[error], 2),
                _number(one["judges"], 0),
            ]
            for one in found["rounds"]
        ]
        yield ReportedTable(tell("rounds"), heads, rows)
    for one in found["notes"]:
        who = one.get("judge") or one.get("item") or one.get("form")
        if who:
            yield ReportedLine(tell("note: {who}: {message}", who=who, message=one["message"]), "yellow")
        else:
            yield ReportedLine(tell("note: {message}", message=one["message"]), "yellow")


_COLUMNS = {
    "bookmark": tell("page"),
    "cut": tell("own cut"),
    "apart": tell("difference (t)"),
    "r_others": tell("r with others"),
    "r_facility": tell("r with facility"),
    "consistency": tell("consistency"),
}


def least_mark(cut: float) -> int:
    """The lowest whole mark that reaches a cut: 20 of a cut of 19.12, 19 of one of 19."""
    return math.ceil(cut - 1e-9)


def _number(value: Any, digits: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if not float(text) else text
