"""The document of a diagnostic classification → the lines and tables that people read."""

from __future__ import annotations

from examgen.analyses.reported.parts import Document, Parts, ReportedLine, ReportedTable, notes_of, number
from examgen.core.words import tell


def of_diagnosis(found: Document) -> Parts:
    """The fit of the models, the mastery of each attribute, and the parameters of each item."""
    model = found["model"]
    yield ReportedLine(
        tell(
            "{name}, {structure}: {n} candidates, {k} attributes, {steps}",
            name=model["name"].upper(),
            structure=model["structure"],
            n=found["n_candidates"],
            k=len(found["attributes"]),
            steps=tell("converged") if model["converged"] else tell("NOT CONVERGED"),
        ),
        "bold",
    )
    for one in (model, found["other_model"]):
        if one is not None:
            yield ReportedLine(
                tell(
                    "  {name}: log-likelihood {log_likelihood}, {n_parameters} parameters, AIC {aic}, "
                    "BIC {bic}",
                    name=one["name"].upper(),
                    log_likelihood=number(one["log_likelihood"], 3),
                    n_parameters=one["n_parameters"],
                    aic=number(one["aic"], 1),
                    bic=number(one["bic"], 1),
                )
            )
    heads = [tell("attribute"), tell("items"), tell("masters"), tell("accuracy"), tell("reliability")]
    lines = [
        [
            row["attribute"],
            row["n_items"],
            *(number(row[one], 2) for one in ("masters", "accuracy", "reliability")),
        ]
        for row in found["attributes"]
    ]
    yield ReportedTable(tell("attributes"), heads, lines, wide=True)
    heads = [
        tell("item"),
        tell("asks for"),
        tell("guess"),
        tell("se"),
        tell("slip"),
        tell("se"),
        tell("p, DINA"),
    ]
    fields = ("guess", "se_guess", "slip", "se_slip", "wald_p")
    lines = [
        [row["item"], " ".join(row["attributes"]), *(number(row[one], 3) for one in fields)]
        for row in found["items"]
    ]
    yield ReportedTable(tell("items"), heads, lines, numbers_from=2, wide=True)
    yield ReportedLine(
        tell(
            "guess: right without all the attributes the item needs; slip: wrong with all of them; p, DINA: "
            "small where the item does not need all its attributes at once."
        )
    )
    yield ReportedLine(
        tell(
            "A model's second opinion: it decides nothing, and no candidate's result rests on it.",
        )
    )
    yield from notes_of(found)
