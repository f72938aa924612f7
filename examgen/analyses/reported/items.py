"""An item response model as people read it."""

from __future__ import annotations

from typing import Any

from examgen.analyses.reported.parts import (
    Document,
    Parts,
    ReportedLine,
    ReportedTable,
    notes_of,
    number,
)
from examgen.core.words import tell


def shown(field: str, row: dict[str, Any]) -> str:
    """A value of a row; degrees of freedom are whole, and no p is 0."""
    value = row.get(field)
    if field.rpartition("_")[2] == "p" and value is not None and value < 0.001:
        return "< 0.001"
    return number(value, 0 if field.endswith("_df") else 3)


_MOST_NAMED = 5
"""Items that a note names on a screen."""


def of_irt(found: Document) -> Parts:
    """An item response model."""
    yield from _of_model(found)
    heads, rows = irt_table(found)
    yield ReportedTable(tell("items"), heads, rows, wide=True)
    yield from notes_of(found)


def irt_in_short(found: Document) -> Parts:
    """An item response model without the table of its items, but for the range of difficulties."""
    yield from _of_model(found)
    hard = [(row["b"], row["item"]) for row in found["items"] if row.get("b") is not None]
    if hard:
        (low, easiest), (high, hardest) = min(hard), max(hard)
        yield ReportedLine(
            tell(
                "  {n} items, difficulty from {low} ({easiest}) to {high} ({hardest})",
                n=len(found["items"]),
                low=number(low, 2),
                easiest=easiest,
                high=number(high, 2),
                hardest=hardest,
            )
        )
    yield from notes_of(found, _MOST_NAMED)


def _of_model(found: Document) -> Parts:
    told = found["model"]
    state = tell("converged") if told["converged"] else tell("NOT CONVERGED")
    steps = tell("{state} after {iterations} steps", state=state, iterations=told["iterations"])
    yield ReportedLine(
        tell(
            "{name}: {n_candidates} candidates, {steps}",
            name=told["name"],
            n_candidates=told["n_candidates"],
            steps=steps,
        ),
        "bold",
    )
    yield ReportedLine(
        tell(
            "  log-likelihood {log_likelihood}, {n_parameters} parameters, AIC {aic}, BIC {bic}",
            log_likelihood=number(told["log_likelihood"], 4),
            n_parameters=told["n_parameters"],
            aic=number(told["aic"], 2),
            bic=number(told["bic"], 2),
        )
    )
    if told.get("sd", [None])[0] is not None:
        mean, sd = (f"{number(told[n][0])} ({number(told[f'se_{n}'][0])})" for n in ("mean", "sd"))
        yield ReportedLine(tell("  ability: mean {mean}, sd {sd}", mean=mean, sd=sd))
    for one in found.get("groups", ()):
        spread = tell(
            "mean {mean} ({se_mean}), sd {sd}",
            mean=number(one["mean"]),
            se_mean=number(one["se_mean"]),
            sd=number(one["sd"]),
        )
        yield ReportedLine(
            tell(
                "  group {group}: {n} candidates, {spread} ({se_sd})",
                group=one["group"],
                n=one["n"],
                spread=spread,
                se_sd=number(one["se_sd"]),
            )
        )


def irt_table(found: Document) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the items of a model, without columns that say nothing."""
    fields = []
    for field in _IRT_FIELDS:
        dull = (None, 0.0) if field == "c" else (None,)  # such an asymptote says nothing
        if field == "a" or any(row.get(field) not in dull for row in found["items"]):
            fields.append(field)
    heads: list[str] = [tell("item"), *(_IRT_FIELDS[field] for field in fields)]
    return heads, [[row["item"], *(shown(field, row) for field in fields)] for row in found["items"]]


_IRT_FIELDS = {
    "group": tell("group"), "a": "a", "se_a": tell("se"), "b": "b", "se_b": tell("se"), "c": "c",
    "se_c": tell("se"),
    "infit": tell("infit"), "infit_z": "Z", "infit_t": "t", "outfit": tell("outfit"), "outfit_z": "Z",
    "outfit_t": "t", "s_x2": "S-X2", "s_x2_df": tell("df"), "s_x2_p": "p",
}  # fmt: skip
