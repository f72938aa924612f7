"""Agreement and severity of assessors, and the effect of more assessors, from ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from examgen.stats.arguments import DataError, number, word
from examgen.stats.assessor_agreement import WEIGHTS, Agreement, agreement
from examgen.stats.assessor_severity import STEPS, ManyFacet, many_facet
from examgen.stats.rating_variance import Generalizability, generalizability
from examgen.stats.ratings import ratings_of
from examgen.stats.results import Note, Result, note_of

FACETS = ("centre",)
MOST_PAIRS = 40
"""The maximum number of pairs in `tables`; those that agree least are shown."""
TEXTS: dict[str, str] = {
    "title": "{candidates} candidates, {assessors} assessors, {tasks} tasks, {ratings} ratings",
}


class AssessorAnalysis(Result):
    """An analysis of assessors, as returned by `assessors`.

    Attributes
    ----------
    agreement : Agreement or None
    severity : ManyFacet or None
    dependability : Generalizability
        The results of `agreement`, `many_facet` and `generalizability`; None, with a note, if the analysis is
        impossible.
    findings, notes : tuple of Note
        The findings and notes of the three analyses.
    """

    agreement: Agreement | None
    severity: ManyFacet | None
    dependability: Generalizability
    findings: tuple[Note, ...]
    notes: tuple[Note, ...]

    @property
    def title(self) -> str:
        """The numbers of candidates, assessors, tasks and ratings."""
        sizes = {name: getattr(self.dependability, f"n_{name}")
                 for name in ("candidates", "assessors", "tasks", "ratings")}  # fmt: skip
        return note_of(TEXTS, "title", sizes)

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The agreement of pairs (some coefficients), the severity of assessors, the tasks, and the effect of
        more assessors."""
        tasks = self.dependability.tasks
        found = dict[str, pl.DataFrame]()
        if self.agreement is not None:
            pairs, weights = self.agreement.pairs, self.agreement.weights
            kappa = "kappa" if weights == "none" else f"kappa_{weights}"
            if len(pairs):
                pairs = pairs.sort(kappa, nulls_last=True).head(MOST_PAIRS)
                own = ("exact", "within", kappa, f"{kappa}_low", f"{kappa}_high", "icc2", "difference")
                pairs = pairs.select("first", "second", "candidates", *own)
            table = self.agreement.table.drop("se")
            kind = "ICC2" if "ICC2" in table["coefficient"] else "ICC1"
            ac = "ac1" if weights == "none" else f"ac2_{weights}"
            main = ("exact", "within_1", kappa, ac, kind, f"{kind}k")
            table = table.filter(pl.col("coefficient").is_in(main))
            found = {"rater": self.agreement.assessors, "agreement": table}
            found["pairs" if len(pairs) == len(self.agreement.pairs) else "lowest_pairs"] = pairs
            measures = self.agreement.tasks.select("task", "ratings", "mean", "highest", "exact", kappa)
            tasks = measures.join(tasks, on="task", how="left", maintain_order="left")
        if self.severity is not None:
            several = len(self.severity.models) > 1
            found["severities"] = self.severity.assessors.select(pl.exclude([] if several else ["group"]))
            found["centres"] = self.severity.centres
            largest = self.severity.tasks.filter(group=self.severity.model["group"])
            measures = largest.select("task", "difficulty", "infit")
            tasks = tasks.join(measures, on="task", how="left", maintain_order="left")
        found["tasks"] = tasks
        found["components"] = self.dependability.components.drop("confounded_with")
        found["d_study"] = self.dependability.d_study.select("n_assessors", "g", "phi", "se_total")
        if self.agreement is not None:
            found["moderation"] = self.agreement.moderation
        return {name: table for name, table in found.items() if len(table)}


def assessors(
    ratings: object, *, weights: str = "quadratic", apart: float | None = None, phi: float = 0.8,
    steps: str | None = None, facet: str | None = None, candidate: str | None = None,
    assessor: str | None = None, task: str | None = None, score: str | None = None,
    centre: str | None = None,
) -> AssessorAnalysis:  # fmt: skip
    """Analyse assessors by `agreement`, `many_facet` and `generalizability` together.

    Parameters
    ----------
    ratings : data frame, mapping of columns, or matrix (candidates, assessors)
        A row for each rating, as for `generalizability`.
    weights : {"quadratic", "linear", "none"}
        Weights of differences in kappa.
    apart : float, optional
        Candidates whose totals by two assessors differ by more points are listed for moderation.
    phi : float
        The desired dependability, above 0 and below 1.
    steps : {"rating-scale", "partial-credit"}, optional
        As in `many_facet`.
    facet : {"centre"}, optional
        A third facet of `many_facet`.
    candidate, assessor, task, score, centre : str, optional
        Names of the columns, if they are not the usual ones.

    Returns
    -------
    AssessorAnalysis

    Raises
    ------
    ArgumentError
        If a column is missing, or an assessor rated a candidate twice on the same task.

    See Also
    --------
    agreement, many_facet, generalizability

    Notes
    -----
    Findings explain the figures if enough candidates have two assessors.

    Examples
    --------
    >>> import examgen.stats as es
    >>> found = es.assessors([[9, 8], [6, 5], [8, 8], [7, 4], [10, 9]])
    >>> round(found.agreement["exact"], 2), round(found.dependability.d_study["phi"][0], 2)
    (0.2, 0.71)
    """
    checked(weights, apart, phi, steps, facet)
    names = {"candidate": candidate, "assessor": assessor, "task": task, "score": score, "centre": centre}
    own = ratings_of(ratings, names=names)
    parts = list[Any]()
    notes = list[Note]()
    for call in (
        lambda: agreement(own, weights=weights, apart=apart),
        lambda: many_facet(own, steps=steps, facets=() if facet is None else FACETS),
        lambda: generalizability(own, phi=phi),
    ):
        try:
            parts.append(call())
            notes += parts[-1].notes
        except DataError as error:
            parts.append(None)
            notes.append(error.args[0])
    findings = tuple(one for part in parts if part is not None for one in part.findings)
    return AssessorAnalysis(parts[0], parts[1], parts[2], findings, tuple(dict.fromkeys(notes)))


def checked(
    weights: object = "quadratic", apart: object = None, phi: object = 0.8, steps: object = None,
    facet: object = None,
) -> None:  # fmt: skip
    """Raises ArgumentError for values that are invalid for any ratings."""
    word("weights", weights, WEIGHTS)
    if steps is not None:
        word("steps", steps, STEPS)
    if facet is not None:
        word("facet", facet, FACETS)
    if apart is not None:
        number("apart", apart, 0.0)
    number("phi", phi, 1e-6, 1 - 1e-6)
