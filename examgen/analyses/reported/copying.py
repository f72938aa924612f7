"""A document of pairs with unusually similar answers → the lines and tables that people read."""

from __future__ import annotations

from typing import Any

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.core.words import option, tell, tell_n

_HEADS = {"gbt": "GBT", "omega": "ω"}
_MOST = 40
"""How many pairs are listed one by one."""
SIGNAL = tell(
    "This is a signal, never a verdict. Friends who studied together and a leaked key look the "
    "same. Check the seats, the sheets and the report of the room, and hear both candidates. Do "
    "not change a score because of it alone."
)
"""The caution below every list of pairs."""


def of_pairs(found: dict[str, Any], *, named: bool) -> Parts:
    """The listed pairs, with a caution that they prove nothing; `named` if the user named the pairs."""
    rule = found["rule"]
    yield ReportedLine(
        tell(
            "{n_candidates} candidates, {n_items} items, {n_compared} pairs compared",
            n_candidates=found["n_candidates"],
            n_items=found["n_items"],
            n_compared=f"{found['n_compared']:,}",
        ),
        "bold",
    )
    by_pair: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found["pairs"]:
        known = by_pair.get((row["copier"], row["source"]))
        if known is not None and not named and rule["index"] == "gbt":
            known["other"][row["index"]] = row["p"]
            continue
        one = by_pair.setdefault((row["source"], row["copier"]), {"row": row, "p": {}, "other": {}})
        one["p"][row["index"]] = row["p"]
    rows = []
    for one in list(by_pair.values())[:_MOST]:
        row, p = one["row"], one["p"]
        least = {
            name: min((v for v in (p.get(name), one["other"].get(name)) if v is not None), default=None)
            for name in _HEADS
        }
        same, expected = f"{row['matches']}/{row['n_items']}", number(row["expected_matches"], 1)
        own = [row["source"], row["copier"], same, expected, row["same_wrong"]]
        others = [_p(least[name]) for name in _HEADS if name != rule["index"]]
        rows.append([*own, _p(p[rule["index"]]), _p(row["p_adjusted"]), *others])
    if rows:
        ruling = _HEADS[rule["index"]]
        other_heads = [head for name, head in _HEADS.items() if name != rule["index"]]
        ends = [tell("source"), tell("copier")]
        if rule["index"] == "gbt":  # this index does not say which of the two copied
            ends = [tell("candidate"), tell("and candidate")]
        heads = [*ends, tell("same"), tell("expected"), tell("same wrong")]
        adjusted = tell("{index} adjusted", index=ruling)
        yield ReportedTable(tell("pairs"), [*heads, ruling, adjusted, *other_heads], rows, wide=True)
    if len(by_pair) > _MOST:
        n = len(by_pair) - _MOST
        yield ReportedLine(
            tell("and {n} more pairs; {json} or {out} lists all", n=n, json=option("json"), out=option("out"))
        )
    if not named and not found["n_listed"]:
        yield ReportedLine(
            tell(
                "no pair has more answers in common than chance explains (index {index}). "
                "Without copying, the probability of listing any pair is at most {percent} %",
                index=_HEADS[rule["index"]],
                percent=f"{100 * rule['alpha']:g}",
            ),
            "bold",
        )
    elif not named:
        values = {"index": _HEADS[rule["index"]], "alpha": f"{rule['alpha']:g}"}
        sentence = (
            tell_n(
                "{n} pair is listed by {index}. At most {alpha} of such pairs are expected by chance.",
                "{n} pairs are listed by {index}. At most {alpha} of such pairs are expected by chance.",
                found["n_listed"],
                **values,
            )
            if rule["adjust"] == "bh"
            else tell_n(
                "{n} pair is listed by {index}. Without copying, the probability of listing any "
                "pair is at most {alpha}.",
                "{n} pairs are listed by {index}. Without copying, the probability of listing "
                "any pair is at most {alpha}.",
                found["n_listed"],
                **values,
            )
        )
        yield ReportedLine(sentence, "bold")
    for cluster in found["clusters"]:
        yield ReportedLine(tell("similar to each other: {names}", names=", ".join(cluster)))
    if found["n_listed"]:
        yield ReportedLine(SIGNAL)
    yield from notes_of(found)


def _p(value: float | None) -> str:
    """A probability; small ones in powers of ten."""
    if value is None:
        return "–"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"
