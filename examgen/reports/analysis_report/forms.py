"""What an exam analysis found of each form as a whole → tables, sentences and figures of the report.

Abilities of candidates and difficulties of items on one scale, as SVG: one map for each form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.core.words import Pair, joined, tell
from examgen.rendering.plot import NARROW, Panel, figure, in_both, line, rect, signed, text, ticks_of, turned
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.items import Document, is_linked, number

_ROW = 11.5
_LETTER = 5.6
_TICK = 7.0
"""Half the height of a number on the axis, and air."""
_LEFT, _AXIS, _NAMES = 24.0, 130.0, 158.0
"""Where bars begin, where difficulties are marked, and where the names of items stand."""


class Person(NamedTuple):
    """A bar: from θ, to θ, candidates."""

    low: float
    high: float
    n: int


def wright_map(
    name: str,
    persons: Sequence[Person],
    items: Sequence[tuple[str, float]],
    cut: float | None,
    ends: tuple[float, float],
) -> str:
    """Candidates of a form at the left, its items at the right: a mark at each difficulty, and a line from it
    to the item's name. `ends` of the scale are those of all forms."""
    rows = _rows(sorted(items, key=lambda pair: (-pair[1], pair[0])))
    height = max(300.0, _ROW * (len(rows) + 2))
    panel = Panel(_LEFT, 14, NARROW - _LEFT - 4, height, 0, 1, *ends)
    most = max((one.n for one in persons), default=1) or 1
    parts = [_bar(panel, one, 76 * one.n / most) for one in persons if one.n]
    for value, words in ticks_of(panel.y0, panel.y1, 9):
        parts += [line((_AXIS - 6, panel.y(value)), (_AXIS, panel.y(value)), "axis")]
        if cut is None or abs(panel.y(value) - panel.y(cut)) > _TICK:  # the line of the cut would cross it
            parts += [text((_AXIS - 8, panel.y(value) + 3.5), words, "tick", "end")]
    parts += [line((_AXIS, panel.top), (_AXIS, panel.bottom), "axis")]
    parts += _named(panel, rows)
    if cut is not None:
        y = panel.y(cut)
        parts += [line((_LEFT, y), (_NAMES - 12, y), "cut")]
        parts += [rect(_LEFT + 1, y - 16, 86, 14, 'fill="#fff" fill-opacity="0.85"')]
        parts += [text((_LEFT + 3, y - 5), f"{in_both(tell('cut'))} {signed(cut, 2)}", "strong", "start")]
    n = sum(one.n for one in persons)
    parts += [
        turned(10, panel.top + height / 2, f"{in_both(tell('candidates'))}, n = {n}"),
        text((_NAMES, panel.bottom + 20), in_both(tell("items, hard above")), "name", "start"),
        text((_AXIS, panel.bottom + 20), "logit", "name", "end"),
    ]
    told = "; ".join(f"{item} {signed(b, 2)}" for item, b in sorted(items, key=lambda pair: pair[1]))
    people = "; ".join(f"{signed(one.low, 2)}: {one.n}" for one in persons if one.n)
    cut_told = "" if cut is None else f"cut {signed(cut, 2)}. "
    said = f"{cut_told}candidates {people}. items {told}"
    return figure(NARROW, height + 42, name, in_both(tell("Wright map")), said, parts)


def _bar(panel: Panel, one: Person, length: float) -> str:
    top = panel.y(one.high)
    return rect(panel.left, top, length, max(panel.y(one.low) - top - 0.6, 0.4), 'class="bar"')


def _rows(items: Sequence[tuple[str, float]]) -> list[list[tuple[str, float]]]:
    """Items from the hardest on, as many on a line as have room there and as many lines as needed: at most
    60, so that the map stands on a page."""
    longest = max((len(item) for item, _ in items), default=1)
    room = max(1, int((NARROW - _NAMES) // (_LETTER * longest + 8)))
    each = min(room, max(1, -(-len(items) // 60)))
    return [list(items[n : n + each]) for n in range(0, len(items), each)]


def _named(panel: Panel, rows: Sequence[Sequence[tuple[str, float]]]) -> Iterator[str]:
    """Names on lines of their own, in order and as near as may be to the mean difficulty of each line."""
    wanted = [panel.y(sum(b for _, b in row) / len(row)) for row in rows]
    for row, y in zip(rows, _spread(wanted, panel.top + 4, panel.bottom - 2), strict=True):
        for _, b in row:
            yield line((_AXIS, panel.y(b)), (_AXIS + 7, panel.y(b)), "axis")
            yield line((_AXIS + 7, panel.y(b)), (_NAMES - 3, y), "error")
        yield text((_NAMES, y + 3.5), "  ".join(item for item, _ in row), "tick", "start")


def _spread(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Places in the same order, a line apart at least, within the panel where there is room."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + _ROW) if placed else max(y, top))
    lowest = bottom
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], lowest)
        lowest = placed[n] - _ROW
    return placed


MOST_SIDE_BY_SIDE = 6
"""Forms in one table, and forms that have figures of their own."""
APART = 0.3
"""Logits between the cuts of two forms that are worth a sentence."""

_LORD = tell("SEM at the cut (Lord's binomial error)")
_SAID = tell("SEM at the cut (as the blueprint sets it)")

_ROWS = (
    (tell("candidates"), "n_candidates", 0),
    (tell("items"), "n_items", 0),
    (tell("mean number right"), "mean", 2),
    (tell("standard deviation of the number right"), "sd", 2),
    (tell("Cronbach's alpha"), "alpha", 3),
    (tell("omega (one factor, of correlations)"), "omega", 3),
    (tell("Guttman's lambda 2 (of correlations)"), "lambda2", 3),
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


class FormTable(NamedTuple):
    """Some forms beside each other: a line for each statistic."""

    forms: list[str]
    rows: list[tuple[Pair, list[str]]]


def form_tables(forms: Sequence[Document]) -> list[FormTable]:
    """Tables of so many forms as stand beside each other."""
    rows = [*_ROWS]
    if any(_differ(form) for form in forms):
        rows += _POINTS
    if any(form["cut_points"] is not None for form in forms):
        rows.append(_CUT)
    kinds = {form["sem_kind"] for form in forms} - {None}
    rows += [(_LORD if kind == "lord" else _SAID, "sem_at_cut", 2) for kind in sorted(kinds)]
    return [
        FormTable(
            [str(form["form"]) for form in some],
            [(head, [_cell(form[field], digits) for form in some]) for head, field, digits in rows],
        )
        for some in (forms[n : n + MOST_SIDE_BY_SIDE] for n in range(0, len(forms), MOST_SIDE_BY_SIDE))
    ]


def _differ(form: Document) -> bool:
    """Whether points are not the number right: other points than 1, parts of them, a penalty, a gift."""
    pairs = ((form["mean"], form["points_mean"]), (form["sd"], form["points_sd"]))
    return any(a is not None and b is not None and abs(a - b) > 5e-3 for a, b in pairs)


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float) and digits == 2 and value.is_integer():
        return number(int(value))
    return number(value, digits)


# ── sentences ────────────────────────────────────────────────────────────────────────────────


def test_words(found: Document) -> list[Pair]:
    """What is to be said of the numbers of the forms and of the model."""
    told = list(_about_points(found["forms"]))
    told += _about_the_model(found)
    told += _about_cuts(found)
    return told


def _about_points(forms: Sequence[Document]) -> Iterator[Pair]:
    if any(_differ(form) for form in forms):
        yield tell(
            "Reliability, SEM from alpha and the distribution are of the number right, not of "
            "the points of the run."
        )
    if any(form["sem_at_cut"] is not None for form in forms):
        yield tell(
            "There are two standard errors of measurement (SEM): the one from alpha is one "
            "number for all candidates of a form; the one at the cut marks a second look, and is "
            "that of the reports of results."
        )


def _about_the_model(found: Document) -> Iterator[Pair]:
    model = found["irt"]["model"]
    fitted = model["log_likelihood"] is not None
    if fitted and found["irt"]["chosen_by"] == "candidates" and model["name"] == "rasch":
        n = found["irt"]["least_candidates"]
        yield tell(
            "Rasch model: the item with the fewest candidates has {n}, too few to tell slopes apart.", n=n
        )
    if not found["forms"]:
        yield tell(
            "There are more than 20 forms: totals of different forms are not the same number, so "
            "no form is described by itself."
        )
    fit = model.get("fit") or {}
    if fit.get("rmsea") is not None:
        low, high = number(fit.get("rmsea_low"), 3), number(fit.get("rmsea_high"), 3)
        shown = f"RMSEA {number(fit['rmsea'], 3)} (90 %: {low}–{high}), SRMSR {number(fit.get('srmsr'), 3)}"
        yield tell("Fit of the model: {shown}.", shown=shown)
    if model["empirical_reliability"] is not None:
        reliability = number(model["empirical_reliability"], 3)
        yield tell("Reliability of abilities (EAP) {reliability}.", reliability=reliability)


def _about_cuts(found: Document) -> Iterator[Pair]:
    """Where the cuts of forms are another standard on the scale of ability, beyond the error of the scale."""
    irt = found["irt"]
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
        "The cuts are different standards on the scale of ability: {places}. To pass, form {high} takes "
        "{logits} logits more than form {low} (95 %{over}: {least} to {most}).{alike}",
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
            " That takes the candidates of the forms as alike, since the forms share no items: if those of "
            "form {high} are less able, it is not so.",
            high=high,
        ),
    )


# ── figures ──────────────────────────────────────────────────────────────────────────────────


class Plot(NamedTuple):
    """A figure of the test."""

    name: Pair
    svg: str
    words: Pair | None = None


class TestFigures(NamedTuple):
    """Figures of each form, two beside each other, and one of all forms."""

    scores: list[Plot]
    wright: list[Plot]
    wright_words: Pair
    information: Plot | None


def test_figures(found: Document) -> TestFigures:
    """Distributions, Wright maps, information."""
    return TestFigures(
        [_scores(n, form) for n, form in enumerate(found["forms"][:MOST_SIDE_BY_SIDE], start=1)],
        list(_wright(found)),
        _wright_words(found),
        _information(found),
    )


def _scores(n: int, form: Document) -> Plot:
    counts = [(s, c) for s, c in form["score_counts"]]
    svg = figures.score_distribution(f"scores-{n}", counts, form["cut"], form["sem_at_cut"])
    words = None
    if form["cut"] is not None and form["sem_at_cut"] is not None:
        shown = number(form["sem_at_cut"])
        kind = _LORD if form["sem_kind"] == "lord" else _SAID
        words = tell("The band has the scores within one {kind} of the cut: {shown}.", kind=kind, shown=shown)
    return Plot(tell("Scores of form {form}", form=form["form"]), svg, words)


def _wright_words(found: Document) -> Pair:
    """How to read the maps, and whether they compare with each other."""
    told = tell(
        "Left: candidates by ability. Right: items by difficulty (b). Where there are people "
        "and no items, little is measured."
    )
    if not is_linked(found):
        more = tell(
            " The forms share no items, so they are not on one scale: places on different forms "
            "compare only if their candidates are alike."
        )
    elif len(found["forms"]) > 1:
        more = tell(" The maps of all forms are on one scale, by the items that forms share.")
    else:
        return told
    return joined([told, more], "")


def _wright(found: Document) -> Iterator[Plot]:
    """A map for each form, with one axis for all; one of all items where no form is described by itself."""
    irt = found["irt"]
    difficulty = {
        row["name"]: (row["irt"]["difficulty"], {asked["form"] for asked in row["asked"]})
        for row in found["items"]
        if row["irt"]["difficulty"] is not None
    }
    if not difficulty:
        return
    ends = figures.ability_ends([b for b, _ in difficulty.values()], irt["persons"])
    names = [str(form["form"]) for form in found["forms"][:MOST_SIDE_BY_SIDE]] or [""]
    for n, form in enumerate(names, start=1):
        items = [(item, b) for item, (b, forms) in difficulty.items() if not form or form in forms]
        persons = [Person(*bar) for bar in (irt["form_persons"][form] if form else irt["persons"])]
        cut = irt["cuts"].get(form)
        name = tell("Wright map") if not form else tell("Wright map, form {form}", form=form)
        yield Plot(name, wright_map(f"wright-{n}", persons, items, cut, ends))


def _information(found: Document) -> Plot | None:
    irt = found["irt"]
    cuts = {form: cut for form, cut in irt["cuts"].items() if cut is not None}
    by_form = {form: curve for form, curve in irt["form_information"].items() if curve}
    curves = by_form or ({"": irt["information"]} if irt["information"] else {})
    if not curves:
        return None
    name = _INFORMATION if by_form else _OF_THE_POOL
    words = tell(
        "The higher, the surer at that ability; it should be high about the cut score. On "
        "the right: the standard error of ability, in logits."
    )
    return Plot(name, figures.information("information", curves, cuts, f"{name.th} {name.en}"), words)


_INFORMATION = tell("Test information")
_OF_THE_POOL = tell("Information of all items together")
