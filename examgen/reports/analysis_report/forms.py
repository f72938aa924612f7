"""What an exam analysis found of each form as a whole → tables, sentences and figures of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from examgen.core.words import Message, Pair, joined, tell
from examgen.rendering.plot import in_both
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.items import Document, is_linked, number

MOST_SIDE_BY_SIDE = 6
"""Forms in one table, and forms that have figures of their own."""
APART = 0.3
"""Logits between the cuts of two forms that are worth a sentence."""

_LORD = tell("SEM at the cut (Lord's binomial error)")
_SAID = tell("SEM at the cut (method set in the blueprint)")

_ROWS = (
    (tell("candidates"), "n_candidates", 0),
    (tell("items"), "n_items", 0),
    (tell("mean number right"), "mean", 2),
    (tell("standard deviation of the number right"), "sd", 2),
    (tell("Cronbach's alpha"), "alpha", 3),
    (tell("omega (one factor, from correlations)"), "omega", 3),
    (tell("Guttman's lambda 2 (from correlations)"), "lambda2", 3),
    (
        tell("split half, odd and even (Spearman–Brown)"),
        "split_half",
        3,
    ),
    (tell("KR-21"), "kr21", 3),
    (
        tell("SEM from alpha: SD·√(1−alpha)"),
        "sem",
        2,
    ),
)
_POINTS = (
    (tell("points of the run: mean"), "points_mean", 2),
    (tell("points of the run: standard deviation"), "points_sd", 2),
)  # fmt: skip
_CUT = (tell("cut, points"), "cut_points", 2)


def form_tables(forms: Sequence[Document]) -> list[dict[str, object]]:
    """Tables of so many forms as stand beside each other: a line for each statistic."""
    rows = [*_ROWS]
    if any(_differ(form) for form in forms):
        rows += _POINTS
    if any(form["cut_points"] is not None for form in forms):
        rows.append(_CUT)
    kinds = {form["sem_kind"] for form in forms} - {None}
    rows += [(_LORD if kind == "lord" else _SAID, "sem_at_cut", 2) for kind in sorted(kinds)]

    def cell(value: object, digits: int) -> str:
        if isinstance(value, float) and digits == 2 and value.is_integer():
            value = int(value)
        return number(value, digits)

    return [
        {
            "forms": [str(form["form"]) for form in some],
            "rows": [(head, [cell(form[field], digits) for form in some]) for head, field, digits in rows],
        }
        for some in (forms[n : n + MOST_SIDE_BY_SIDE] for n in range(0, len(forms), MOST_SIDE_BY_SIDE))
    ]


def _differ(form: Document) -> bool:
    """Whether points are not the number right: other points than 1, parts of them, a penalty, a gift."""
    pairs = ((form["mean"], form["points_mean"]), (form["sd"], form["points_sd"]))
    return any(a is not None and b is not None and abs(a - b) > 5e-3 for a, b in pairs)


def test_words(found: Document) -> Iterator[Pair]:
    """What is to be said of the numbers of the forms and of the model."""
    forms, irt = found["forms"], found["irt"]
    if any(_differ(form) for form in forms):
        yield tell(
            "Reliability, the SEM from alpha and the distribution describe the number right, "
            "not the points of the run."
        )
    if any(form["sem_at_cut"] is not None for form in forms):
        yield tell(
            "The report has two standard errors of measurement (SEM). The one from alpha is a "
            "single value for all candidates of a form. The one at the cut selects the "
            "candidates for a second look and is used in the reports of results."
        )
    model = irt["model"]
    fitted = model["log_likelihood"] is not None
    if fitted and irt["chosen_by"] == "candidates" and model["name"] == "rasch":
        n = irt["least_candidates"]
        yield tell(
            "Rasch model, because the item with the fewest candidates has only {n}, too few to "
            "estimate slopes.",
            n=n,
        )
    if not forms:
        yield tell(
            "There are more than 20 forms. Totals of different forms are not comparable, so "
            "forms are not described separately."
        )
    fit = model.get("fit") or {}
    if fit.get("rmsea") is not None:
        low, high = number(fit.get("rmsea_low"), 3), number(fit.get("rmsea_high"), 3)
        shown = f"RMSEA {number(fit['rmsea'], 3)} (90 %: {low}–{high}), SRMSR {number(fit.get('srmsr'), 3)}"
        yield tell("Model fit: {shown}.", shown=shown)
    if model["empirical_reliability"] is not None:
        reliability = number(model["empirical_reliability"], 3)
        yield tell("Reliability of abilities (EAP) {reliability}.", reliability=reliability)
    # where the cuts of forms are another standard on the scale of ability, beyond the error of the scale
    apart = irt["cuts_apart"]
    if apart is None or apart["logits"] < APART or apart["logits_low"] <= 0:
        return
    cuts = {form: cut for form, cut in irt["cuts"].items() if cut is not None}
    places = ", ".join(
        f"{form} {number(cut)} (SE {number(irt['cut_errors'][form])})" for form, cut in cuts.items()
    )
    low, high, n_pairs = apart["lower"], apart["higher"], apart["n_pairs"]
    logits, least, most = (number(apart[name]) for name in ("logits", "logits_low", "logits_high"))
    yield tell(
        "On the ability scale the cuts are different standards: {places}. Form {high} requires "
        "{logits} logits more to pass than form {low} (95 %{over}: {least} to {most}).{alike}",
        places=places,
        high=high,
        logits=logits,
        low=low,
        over=tell(" over all {n} pairs of forms", n=n_pairs) if n_pairs > 1 else "",
        least=least,
        most=most,
        alike=""
        if is_linked(found)
        else tell(
            " This assumes that the candidates of the forms are equally able, because the forms "
            "share no items. It does not hold if those of form {high} are less able.",
            high=high,
        ),
    )


def test_figures(found: Document) -> dict[str, object]:
    """Distributions and Wright maps of each form, two beside each other, and the information of all forms:
    each figure with its `name`, its `svg` and `words` below it."""
    irt, forms = found["irt"], found["forms"][:MOST_SIDE_BY_SIDE]
    scores = []
    for n, form in enumerate(forms, start=1):
        words = None
        if form["cut"] is not None and form["sem_at_cut"] is not None:
            shown = number(form["sem_at_cut"])
            kind = _LORD if form["sem_kind"] == "lord" else _SAID
            words = tell(
                "The band contains the scores within one {kind} of the cut: {shown}.", kind=kind, shown=shown
            )
        counts = [(s, c) for s, c in form["score_counts"]]
        svg = figures.score_distribution(f"scores-{n}", counts, form["cut"], form["sem_at_cut"])
        scores.append({"name": tell("Scores of form {form}", form=form["form"]), "svg": svg, "words": words})

    maps, wright_words = wright_maps(found)
    information = None
    by_form = {form: curve for form, curve in irt["form_information"].items() if curve}
    if curves := by_form or ({"": irt["information"]} if irt["information"] else {}):
        cuts = {form: cut for form, cut in irt["cuts"].items() if cut is not None}
        head = tell("Test information") if by_form else tell("Information of all items together")
        information = {
            "name": head,
            "svg": figures.information("information", curves, cuts, f"{head.th} {head.en}"),
            "words": tell(
                "A higher value shows more precise measurement at that ability. It should be "
                "high near the cut score. The right axis shows the standard error of ability, "
                "in logits."
            ),
        }
    return {"scores": scores, "wright": maps, "wright_words": wright_words, "information": information}


def wright_maps(
    found: Document, said: Callable[[Message], str] = in_both
) -> tuple[list[dict[str, object]], Pair]:
    """A Wright map of each form, with one axis for all, or one of all items where no form is described by
    itself; and how to read them. `said` says a label to who reads it."""
    irt, forms = found["irt"], found["forms"][:MOST_SIDE_BY_SIDE]
    difficulty = {
        row["name"]: (row["irt"]["difficulty"], {asked["form"] for asked in row["asked"]})
        for row in found["items"]
        if row["irt"]["difficulty"] is not None
    }
    maps: list[dict[str, object]] = []
    ends = figures.ability_ends([b for b, _ in difficulty.values()], irt["persons"])
    names = [str(form["form"]) for form in forms] or [""]
    for n, name in enumerate(names if difficulty else (), start=1):
        items = [(item, b) for item, (b, of) in difficulty.items() if not name or name in of]
        persons = irt["form_persons"][name] if name else irt["persons"]
        svg = figures.wright_map(f"wright-{n}", persons, items, irt["cuts"].get(name), ends, said)
        head = tell("Wright map, form {form}", form=name) if name else tell("Wright map")
        maps.append({"name": head, "svg": svg, "words": None})
    # whether they compare with each other
    wright_words = tell(
        "Left: candidates by ability. Right: items by difficulty (b). Where there are "
        "candidates but no items, measurement is imprecise."
    )
    if not is_linked(found):
        more = tell(
            " The forms share no items, so they are not on one scale. Positions on different "
            "forms can be compared only if their candidates are equally able."
        )
        wright_words = joined([wright_words, more], "")
    elif len(found["forms"]) > 1:
        more = tell(" The maps of all forms are on one scale, linked by shared items.")
        wright_words = joined([wright_words, more], "")
    return maps, wright_words
