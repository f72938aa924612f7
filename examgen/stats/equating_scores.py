"""Reading of scores on two forms for equating: the number of persons with each possible score.

Scores are totals, or responses, which are summed; the items with the same names in both forms are then the
anchor.

Checks of the common items of two forms: items whose difficulty differs between the groups, and items that
do not measure the same as the others.

An anchor shows how much groups differ only if its items are the same for both. The delta plot draws Δ = 13 −
4 Φ⁻¹(facility) of one group against that of the other, with the major axis of the points (Angoff, W. H., &
Ford, S. F., 1973, Item-race interaction on a test of scholastic aptitude, J. Educ. Meas. 10, 95–105).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from examgen.stats import arguments
from examgen.stats.arguments import ArgumentError, DataError, shown
from examgen.stats.data_notes import far_above, notes_on_data, notes_on_totals, repeated_ids
from examgen.stats.distributions import fisher
from examgen.stats.equating_methods import FAR_APART
from examgen.stats.matrix import Bools, Cells, Floats, Ints
from examgen.stats.response_data import Responses, as_responses, columns_of_scores, is_vector
from examgen.stats.response_tables import name_of
from examgen.stats.results import Argument, Note, sentences
from examgen.stats.score_distributions import FormMoments, Scales, joint_moments, moments

MOST_POINTS, MOST_CELLS = 2_000, 250_000
"""The maximum number of points on a scale (half as many for an anchor), and of combinations of total and
anchor."""
_FINEST = 1_000_000
_ENOUGH = 30
"""With fewer persons, scores that are all multiples of some number may be so by chance."""
_OF_TOTALS = frozenset(("codes-not-met", "column-of-rows", "first-column-names", "spaces-around"))
"""Notes on how a table was read that apply to total scores, too."""
_FEWEST_SHARED = 20
"""Persons of both groups at least, from whom it is seen that they are the same."""
TEXTS: dict[str, str] = {
    # refusals
    "totals-of-one": "{form} has total scores and {other} has not; both are vectors of scores or tables with "
    "a column `total`, or both are responses to items",
    "no-anchor-column": "{form} has no scores on common items; {design} needs {argument}",
    "all-common": "{x} and {y} have all items in common ({items}), and so nothing to equate: say {eg} if "
    "the groups are equivalent. Total scores need a column `total`",
    "only-anchor": "{form} has no item beside the external anchor",
    "no-common-items": "{x} and {y} have no item in common by name; {argument} needs common items",
    "one-candidate": "{form} has {n} [person|persons] with a score; at least two are needed",
    "above-full-score": "{form} has the score {score:g}; scores go from {low:g} to {high:g}; see {argument}",
    "off-scale": "{form} has the score {score:g}; scores go from {low:g} to {high:g} by {step:g}; see "
    "{argument}",
    "off-scale.full": "{argument} is {high:g}; the full score is a multiple of {step:g} above {low:g}",
    "scale-too-fine": "{form} has a scale of {n:,} points, more than {most:,}; round the scores, or give "
    "{argument}",
    "anchor-above-total": "{form}: the anchor is {part:g} where the total is {total:g}; an internal anchor "
    "is a part of the total; give {argument} if it is not",
    # notes
    "same-persons": "{n} candidates have the same id in X and Y, and their scores go together (r = {r:.2f}). "
    "If they are the same persons, use {argument}; here they count as two groups",
    "of-table": "{form}: {note}",
    "beside-totals": "{form}: total scores are used, so other columns are left out: {columns}",
    "far-scores": "{scores}: {n} [score is|scores are] {code:g}, and all others are from {low:g} to "
    "{high:g}. The groups are compared without [it|them]",
    "anchor-of-one-form": "{form} has scores on an anchor and {other} has none. They are not used, and the "
    "groups are taken as equivalent",
    "anchor-of-one-form.vector": "{form} has scores on an anchor and {other} is a vector of total scores; "
    "give both tables, with a column `anchor`, or both vectors",
    "groups-apart.unused": "the groups are {off:.2f} standard deviations apart on what both forms have in "
    "common, and {design} takes them for equally able. {neat} uses it",
    "unnamed-items": "the items have no names, so there is no anchor; the groups are taken as equivalent",
    "items-alike": "{items}: the other form has these names in other letters or with other spaces, so they "
    "are not taken for common items. Write each name in one way",
    "blanks-wrong": "{form}: {n:,} missing [score counts|scores count] as 0 in the totals",
    "no-score": "left out, without a score: {n:,} [person|persons]",
    "full-score-taken": "the highest score, {n:g}, is taken as the full score; see {argument}",
    "points-above-items": "{form}: the items give {items:g} points, and {argument} says {given:g}, so scores "
    "above {items:g} count as possible. Leave {argument} out, as the full score is that of the items",
    "parts-of-points": "there are parts of a point, so scores are assumed to be 1/{parts} of a point apart",
    "wide-steps": "{form}: all scores are multiples of {apart}; give {argument} if there can be no others",
    "anchor-drift": "{items}: easier in {form} than the other common items suggest (delta plot: "
    "{distance:.2f} from the line; Angoff & Ford 1973). If this is not the same item for both groups, leave "
    "it out of the anchor",
    "anchor-reversed": "{items}: this common item correlates negatively with the other items of {form} "
    "({r:.2f}). Check its key and its coding",
}
"""The messages by code (the part before a full stop); a pair holds the singular and the plural."""
note = sentences(TEXTS)


def of_both(name: str, value: object, low: float = -np.inf) -> list[float]:
    """Return a number for X and one for Y, from one or two given."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        return [arguments.number(name, value, low)] * 2
    given: list[float] = arguments.vector(name, value, low=low).tolist()
    if len(given) > 2:
        raise ArgumentError(f"{name} has {len(given)} values; expected one, or one for x and one for y")
    return (given * 2)[:2]


# ── scores of persons ────────────────────────────────────────────────────────────────────────


class FormScores(NamedTuple):
    """The scores on a form: totals and anchor (N,), NaN if missing."""

    name: str
    """`x` or `y`."""
    totals: Floats
    anchor: Floats | None
    counts: Floats
    """(N,) the number of persons that each row represents."""
    points: float | None = None
    """Full score, if known from the items."""
    anchor_points: float | None = None
    items: tuple[str, ...] = ()
    """The names of the anchor items."""
    least: float | None = None
    """The lowest possible score, if the table lists all scores."""
    is_of_items: bool = False


def form_scores(
    x: object, y: object, anchors: Sequence[object], counts: Sequence[object], external: bool,
    design: str | None,
) -> tuple[list[FormScores], list[Note]]:  # fmt: skip
    """Return the scores on X and on Y, and notes on them; `anchors` and `counts` hold the user's arguments
    for each form."""
    columns = [columns_of_scores(name, values) for name, values in (("x", x), ("y", y))]
    with_anchor = ["anchor" in own for own in columns]
    if anchors[0] is None and design is None and any(with_anchor) and (is_vector(x) or is_vector(y)):
        names = ("x", "y") if with_anchor[0] else ("y", "x")
        raise ArgumentError(note("anchor-of-one-form.vector", form=names[0], other=names[1]))
    if scored_alike(*map(bool, columns)):
        read = [of_totals(getattr(own, "notes", ())) for own in (x, y)]
        forms, notes = _of_totals(columns, anchors, design, read)
    else:
        forms, notes = _of_responses((x, y), anchors, external, design)
    counted = [own.get("count") if one is None else one for own, one in zip(columns, counts, strict=True)]
    are_apart = design != "sg" and all(form.anchor is None for form in forms)
    if are_apart and all(rows is None for rows in counted):
        notes += _same_persons([own.get("id") for own in columns], [form.totals for form in forms])
    for n, rows in enumerate(counted):
        argument = f"count_{forms[n].name}"
        if rows is not None and design == "sg":
            raise ArgumentError(f"{argument} goes without design 'sg', in which a row is one person")
        if rows is not None:
            size = len(forms[n].totals)
            values = arguments.vector(argument, rows, size, whole=True, low=0.0, high=1e9)
            forms[n] = forms[n]._replace(counts=values)
    scale = forms[0].totals  # where rows that stand for several persons list the scores of one scale
    is_listed = np.array_equal(scale, forms[1].totals) and len(np.unique(scale)) == len(scale)
    if is_listed and all(rows is not None for rows in counted):
        forms = [form._replace(least=float(scale.min()), points=float(scale.max())) for form in forms]
    return forms, notes


def of_totals(notes: Iterable[object]) -> list[Note]:
    """Return those notes on how a table was read that apply to total scores."""
    return [one for one in notes if isinstance(one, Note) and one.code in _OF_TOTALS]


def scored_alike(x: bool, y: bool) -> bool:
    """Return whether both forms have total scores, given whether each has. Raises ArgumentError if only one
    has."""
    if x != y:
        names = ("x", "y") if x else ("y", "x")
        raise ArgumentError(note("totals-of-one", form=names[0], other=names[1]))
    return x


def _of_totals(
    columns: Sequence[Mapping[str, object]], anchors: Sequence[object], design: str | None,
    read: Sequence[Sequence[Note]],
) -> tuple[list[FormScores], list[Note]]:  # fmt: skip
    """Total scores; an anchor counts where both forms have one, and may be a table of one column. `read` are
    notes on how each was read."""
    notes = list[Note]()
    for name, own, unmet in zip("xy", columns, read, strict=True):
        notes += [note("of-table", form=name, note=one) for one in (*unmet, *repeated_ids(own.get("id")))]
        if others := own.keys() - {"total", "anchor", "count", "id"}:
            notes.append(note("beside-totals", form=name, columns=arguments.shown(sorted(others))))
    if (anchors[0] is None) != (anchors[1] is None):
        raise ArgumentError("anchor_x and anchor_y go together: scores on the common items of both groups")
    if anchors[0] is None and design not in ("eg", "sg"):
        anchors = [own.get("anchor") for own in columns]
        lacking = [name for name, anchor in zip("xy", anchors, strict=True) if anchor is None]
        if lacking and design == "neat":
            values = {"design": Argument("design", "neat"), "argument": Argument("anchor_x")}
            raise DataError(note("no-anchor-column", form=lacking[0], **values))
        if len(lacking) == 1:
            other = "y" if lacking[0] == "x" else "x"
            notes.append(note("anchor-of-one-form", form=other, other=lacking[0]))
            anchors = [None, None]
    if design == "eg" and all("anchor" in own for own in columns):
        unused = [_scores(f"anchor_{name}", own["anchor"]) for name, own in zip("xy", columns, strict=True)]
        for name, on_anchor in zip("xy", unused, strict=True):
            if far := far_above(on_anchor):
                notes.append(note("far-scores", scores=f"anchor_{name}", **far))
        notes += _apart(*unused)
    forms = []
    for name, own, anchor in zip("xy", columns, anchors, strict=True):
        totals, part = _scores(name, own["total"]), f"anchor_{name}"
        scores = None
        if anchor is not None:
            scores = _scores(part, columns_of_scores(part, anchor).get("total", anchor), len(totals))
        forms.append(FormScores(name, totals, scores, np.ones(len(totals))))
    return forms, notes


def _scores(name: str, values: object, n: int | None = None) -> Floats:
    return arguments.vector(
        name, values, n, missing=True, low=-arguments.GREATEST_POINTS, high=arguments.GREATEST_POINTS
    )


def _of_responses(
    data: Sequence[object], anchors: Sequence[object], external: bool, design: str | None
) -> tuple[list[FormScores], list[Note]]:
    """Totals of responses; the anchor are the items that both forms have by name, or those that are named."""
    tables = []
    for name, values in zip("xy", data, strict=True):
        try:
            tables.append(as_responses(values))
        except ArgumentError as refused:  # by the argument's own name
            raise arguments.of_argument(refused, name) from None
    common, notes = _common_items(tables, data, anchors, design)
    notes += notes_on_anchor(tables, common)
    greatest = [dict(zip(table.items, table.greatest.tolist(), strict=True)) for table in tables]
    full = {item: max(own.get(item, 0) for own in greatest) for one in greatest for item in one}
    forms = []
    for name, table in zip("xy", tables, strict=True):
        cells = np.maximum(table.cells, 0).astype(np.float64)
        in_anchor = np.isin(table.items, common)
        inside = ~(in_anchor & external)
        if not inside.any():
            raise DataError(note("only-anchor", form=name))
        nothing = (table.cells < 0).all(axis=1)
        totals, part = (np.where(nothing, np.nan, cells[:, own].sum(axis=1)) for own in (inside, in_anchor))
        notes += [note("of-table", form=name, note=one) for one in (*table.notes, *notes_on_data(table))]
        if n := int((table.cells < 0)[~nothing].sum()):
            notes.append(note("blanks-wrong", n=n, form=name))
        points, anchor_points = (
            float(sum(full[item] for item in own)) for own in (np.array(table.items)[inside], common)
        )
        anchor, counts = part if common else None, np.ones(len(totals))
        scores = FormScores(name, totals, anchor, counts, points, anchor_points, tuple(common))
        forms.append(scores._replace(is_of_items=True))
    if design != "sg" and not common:
        notes += _same_persons([table.persons for table in tables], [form.totals for form in forms])
    return forms, notes


def _common_items(
    tables: Sequence[Responses], data: Sequence[object], anchors: Sequence[object], design: str | None
) -> tuple[list[str], list[Note]]:
    """The names of the anchor's items, and what to know of it."""
    first, second = (table.items for table in tables)
    common, notes = [item for item in first if item in second], list[Note]()
    if alike := arguments.nearly_common(first, second):
        notes.append(note("items-alike", items=arguments.shown(alike)))
    are_named = all(isinstance(one, (Responses, Mapping)) or hasattr(one, "columns") for one in data)
    named = next((one for one in anchors if one is not None), None)
    if named is not None:
        wanted = [str(one) for one in arguments.objects("anchor_x", named).tolist()]
        if lacking := [item for item in wanted if item not in common]:
            raise ArgumentError(f"anchor_x names {arguments.shown(lacking)}, which both forms do not have")
        common = wanted
    elif design in ("eg", "sg"):
        return [], [*_apart_on(common, tables)] if design == "eg" and are_named else []
    elif not are_named:
        if design != "neat":
            return [], [*notes, note("unnamed-items")]
        common = []
    elif design is None and common:
        made = all(table.items == tuple(f"i{j + 1}" for j in range(table.n_items)) for table in tables)
        if made or set(first) == set(second):
            values = {"x": "x", "y": "y", "items": arguments.shown(common), "eg": Argument("design", "eg")}
            raise ArgumentError(note("all-common", **values))
    if design == "neat" and not common:
        raise DataError(note("no-common-items", x="x", y="y", argument=Argument("design", "neat")))
    return common, notes


def _apart_on(common: Sequence[str], tables: Sequence[Responses]) -> Iterator[Note]:
    """The note on groups that differ on common items which the design does not use."""
    sums = [
        np.maximum(table.cells[:, np.isin(table.items, common)], 0).sum(axis=1, dtype=np.float64)
        for table in tables
    ]
    yield from _apart(*sums)


def _same_persons(ids: Sequence[object], totals: Sequence[Floats]) -> Iterator[Note]:
    """That groups taken as independent share persons, whose scores on X and Y go together."""
    if any(one is None or isinstance(one, range) for one in ids):
        return
    places = [{name_of(who): n for n, who in enumerate(arguments.objects("id", one).tolist())} for one in ids]
    if any({*one} <= {*map(str, range(len(one) + 1))} for one in places):  # numbers of rows
        return
    both = [who for who in places[0] if who and who in places[1]]
    x, y = (own[[place[who] for who in both]] for own, place in zip(totals, places, strict=True))
    known = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[known], y[known], int(known.sum())
    if n < _FEWEST_SHARED or 2 * n < min(map(len, places)) or not (np.ptp(x) and np.ptp(y)):
        return
    r = float(np.corrcoef(x, y)[0, 1])
    if np.arctanh(min(r, 0.999)) * np.sqrt(n - 3) > _SURE:
        yield note("same-persons", n=n, r=r, argument=Argument("design", "sg"))


def _apart(*groups: Floats) -> Iterator[Note]:
    """The same, of the scores of both groups on what is in common, without one far above all others."""
    x, y = (own[np.isfinite(own) & (own < far_above(own).get("code", np.inf))] for own in groups)
    if min(len(x), len(y)) < 2:
        return
    spread = math.sqrt((x.var() * len(x) + y.var() * len(y)) / (len(x) + len(y)))
    if spread > 0 and (off := abs(float(x.mean() - y.mean())) / spread) >= FAR_APART:
        designs = {name: Argument("design", one) for name, one in (("design", "eg"), ("neat", "neat"))}
        yield note("groups-apart.unused", off=off, **designs)


# ── persons by their scores ──────────────────────────────────────────────────────────────────


class FormCounts(NamedTuple):
    """The number of persons with each score on a form."""

    name: str
    table: Floats
    """The number of persons with each score (K,), or with each score and anchor score (K, V)."""
    scale: Floats
    """(K,) the possible scores."""
    anchor: Floats
    """(V,) the possible scores on the anchor; empty without an anchor."""

    @property
    def totals(self) -> Floats:
        """(K,) the number of persons with each total."""
        return self.table.sum(axis=1) if len(self.anchor) else self.table

    @property
    def of_anchor(self) -> FormMoments:
        """The moments of the scores on the anchor."""
        return moments(self.table.sum(axis=0), self.anchor)

    @property
    def correlation(self) -> float:
        """Correlation of total and anchor; NaN if one of them does not vary."""
        of = joint_moments(self.table, self.scale, self.anchor)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(of.covariance / np.sqrt(of.variance * of.anchor_variance))


class ScoreCounts(NamedTuple):
    """The counts of scores on both forms."""

    x: FormCounts
    y: FormCounts
    pairs: Floats | None
    """(K, L) the number of persons of a single group with each pair of scores; None with two groups."""
    notes: tuple[Note, ...]

    @property
    def scales(self) -> Scales:
        """The possible scores on X, Y and the anchor."""
        return Scales(self.x.scale, self.y.scale, self.y.anchor)

    @property
    def apart(self) -> float:
        """The difference of the groups on the anchor, in standard deviations; 0 if there is no anchor or it
        does not vary."""
        if not len(self.x.anchor):
            return 0.0
        of_x, of_y = self.x.of_anchor, self.y.of_anchor
        sd = float(np.sqrt((of_x.sd**2 + of_y.sd**2) / 2))
        return abs(float(of_x.mean - of_y.mean)) / sd if sd > 0 else 0.0


def score_counts(
    forms: Sequence[FormScores], design: str, points: object, least: object, anchor_points: float | None,
    step: float | None, *, internal: bool,
) -> ScoreCounts:  # fmt: skip
    """Return the number of persons with each score, on scales of all possible scores."""
    if design != "neat" and anchor_points is not None:
        raise ArgumentError(f"anchor_points goes with design 'neat', not {design!r}")
    forms, notes = _complete(forms, design == "sg")
    totals = [form.totals for form in forms]
    anchors = [form.anchor for form in forms if form.anchor is not None]
    if points is not None:
        full = of_both("points", points)
        for form, given in zip(forms, full, strict=True):
            if form.points is not None and given > form.points:
                values = {"form": form.name, "items": form.points, "given": given}
                notes.append(note("points-above-items", **values, argument=Argument("points")))
    elif forms[0].points is not None and forms[1].points is not None:
        full = [forms[0].points, forms[1].points]
    else:
        full = [max(float(own.max()) for own in totals)] * 2
        notes.append(note("full-score-taken", n=full[0], argument=Argument("points")))
    for form, most in zip(forms, full, strict=True):
        notes += _of_no_scores(form, most, is_known=least is not None or form.least is not None)
    parts = _parts_of_points([*totals, *anchors])
    if step is None:
        notes += [note("parts-of-points", parts=parts)] if parts > 1 else _wide_steps(forms)
    unit = Fraction(1, parts) if step is None else Fraction(step).limit_denominator(_FINEST)
    ends = [form.least or 0.0 for form in forms] if least is None else of_both("least", least)
    placed = [
        _placed(form.name, form.totals, min(low, float(form.totals.min())), high, unit, "points")
        for form, low, high in zip(forms, ends, full, strict=True)
    ]
    if internal:
        _refuse_beyond_totals(forms)
    top = forms[0].anchor_points if anchor_points is None else anchor_points
    top = max((float(own.max()) for own in anchors), default=0.0) if top is None else top
    low = min((float(own.min()) for own in anchors), default=0.0)
    x, y = (
        _form_counts(form, *own, min(low, 0.0), top, Fraction(1, parts))
        for form, own in zip(forms, placed, strict=True)
    )
    pairs = None
    if design == "sg":
        pairs = _tally((placed[0][1], placed[1][1]), (x.scale, y.scale), forms[0].counts)
    return ScoreCounts(x, y, pairs, tuple(notes))


def _form_counts(
    form: FormScores, scale: Floats, places: Ints, low: float, high: float, step: Fraction
) -> FormCounts:
    """The counts of a form at places of its scale; of an anchor from low to high."""
    if form.anchor is None:
        return FormCounts(form.name, _tally((places,), (scale,), form.counts), scale, np.empty(0))
    name = f"anchor_{form.name}"
    anchor, of_anchor = _placed(name, form.anchor, low, high, step, "anchor_points")
    n = len(scale) * len(anchor)
    if len(anchor) > MOST_POINTS // 2 or n > MOST_CELLS:
        raise _too_fine(name, n, MOST_CELLS)
    return FormCounts(form.name, _tally((places, of_anchor), (scale, anchor), form.counts), scale, anchor)


def _tally(places: Sequence[Ints], scales: Sequence[Floats], counts: Floats) -> Floats:
    """How many persons are at each point of the scales, an axis for each."""
    shape = tuple(map(len, scales))
    found = np.bincount(np.ravel_multi_index(tuple(places), shape), counts, math.prod(shape))
    return np.asarray(found.reshape(shape))


def _complete(forms: Sequence[FormScores], is_one_group: bool) -> tuple[list[FormScores], list[Note]]:
    """The rows with every score, of at least two persons a form, and a note of the others."""
    known = [
        np.isfinite(form.totals) & (True if form.anchor is None else np.isfinite(form.anchor))
        for form in forms
    ]
    if is_one_group:
        sizes = [len(own) for own in known]
        if sizes[0] != sizes[1]:
            raise ArgumentError(
                f"x has {sizes[0]} persons and y {sizes[1]}; design 'sg' has both scores of each person"
            )
        known = [known[0] & known[1]] * 2  # the same persons: each is counted once
    lost = [int(form.counts[~own].sum()) for form, own in zip(forms, known, strict=True)]
    n = lost[0] if is_one_group else sum(lost)
    kept = []
    for form, own in zip(forms, known, strict=True):
        anchor = None if form.anchor is None else form.anchor[own]
        kept.append(form._replace(totals=form.totals[own], counts=form.counts[own], anchor=anchor))
    for form in kept:
        if form.counts.sum() < 2:
            raise DataError(note("one-candidate", n=int(form.counts.sum()), form=form.name))
    return kept, [note("no-score", n=n)] if n else []


def _of_no_scores(form: FormScores, most: float, *, is_known: bool) -> Iterator[Note]:
    """What may stand for no score among totals, which go up to `most`, and scores on the anchor; `is_known`
    says whether the lowest possible score is."""
    if not form.is_of_items:
        for name, scores, full in (
            (form.name, form.totals, most),
            (f"anchor_{form.name}", form.anchor, None),
        ):
            if scores is not None:
                yield from notes_on_totals(scores, name, form.counts, below=not is_known, most=full)


def _parts_of_points(scores: Sequence[Floats]) -> int:
    """In how many parts a point is divided, that all scores are whole numbers of them."""
    parts = 1
    for score in np.unique(np.concatenate([*scores])).tolist():
        parts = math.lcm(parts, Fraction(score).limit_denominator(_FINEST).denominator)
        if parts > _FINEST:
            return _FINEST
    return parts


def _wide_steps(forms: Sequence[FormScores]) -> Iterator[Note]:
    for form in forms:
        apart = int(np.gcd.reduce(np.rint(form.totals).astype(np.int64)))
        if apart > 1 and form.counts.sum() >= _ENOUGH:
            yield note("wide-steps", form=form.name, apart=apart, argument=Argument("step"))


def _placed(
    form: str, scores: Floats, low: float, high: float, step: Fraction, argument: str
) -> tuple[Floats, Ints]:
    """The points of a scale, and at which of them each score is."""
    first, last = (Fraction(end).limit_denominator(_FINEST) for end in (low, high))
    n = (last - first) / step
    if n + 1 > MOST_POINTS:
        raise _too_fine(form, int(n) + 1)
    scale = np.array([float(first + k * step) for k in range(max(int(n), 0) + 1)])
    place = np.rint((scores - low) / float(step)).astype(np.int64)
    wrong = (np.abs(scale[np.clip(place, 0, len(scale) - 1)] - scores) > 1e-6) | (scores > high + 1e-6)
    values = {"low": low, "high": high, "step": float(step)}
    if wrong.any():
        score = float(scores[wrong].max())
        key, name = ("above-full-score", argument) if score > high else ("off-scale", "step")
        raise DataError(note(key, form=form, score=score, argument=Argument(name), **values))
    if n.denominator != 1 or n < 1:
        raise DataError(note("off-scale.full", argument=Argument(argument), **values))
    return scale, place


def _too_fine(form: str, n: int, most: int = MOST_POINTS) -> DataError:
    return DataError(note("scale-too-fine", form=form, n=n, most=most, argument=Argument("step")))


def _refuse_beyond_totals(forms: Sequence[FormScores]) -> None:
    """Refuses an internal anchor that has more points than the total: it is no part of it."""
    for form in forms:
        own, part = form.totals, form.totals if form.anchor is None else form.anchor
        above = np.flatnonzero((part > own + 1e-9) & (form.counts > 0))
        if above.size and own.min() >= 0 and part.min() >= 0:
            values: dict[str, Any] = {"form": form.name, "argument": Argument("anchor", "external")}
            values |= {"part": float(part[above[0]]), "total": float(own[above[0]])}
            raise DataError(note("anchor-above-total", **values))


# ── common items ──────────────────────────────────────────────────────────────────────────────────────


_FAR, _SURE = 0.75, 3.0
"""Distance from the line, about half a logit, and how many of its standard errors. Angoff's 1.5 lets a change
of one logit pass."""
_NORMAL = NormalDist()
"""The messages by code."""


def notes_on_anchor(tables: Sequence[Responses], common: Sequence[str]) -> Iterator[Note]:
    """Yield notes on the common items of X and Y that drifted, and on those whose correlation with the rest
    is significantly negative."""
    places = [[table.items.index(item) for item in common] for table in tables]
    pair = zip(tables, places, strict=True)
    (x, of_x), (y, of_y) = (_deltas(table.cells[:, own], table.greatest[own]) for table, own in pair)
    distances, sure = _distances(x, y, of_x, of_y)
    far = sure & (np.abs(distances) > _FAR)
    for form, easier in (("x", far & (distances < 0)), ("y", far & (distances > 0))):
        if easier.any():
            items = shown([common[j] for j in np.flatnonzero(easier).tolist()])
            yield note(
                "anchor-drift", items=items, form=form, distance=float(np.abs(distances[easier]).max())
            )
    for form, table, own in zip("xy", tables, places, strict=True):
        scores = np.maximum(table.cells, 0).astype(np.float64)
        total = scores.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rs = [np.corrcoef(scores[:, j], total - scores[:, j])[0, 1] for j in own]
        for item, r in zip(common, rs, strict=True):
            least = np.clip(r, -0.999999, 0.999999)
            if fisher(least, np.asarray(table.n_persons))[1] < 0:
                yield note("anchor-reversed", items=item, form=form, r=float(r))


def _deltas(cells: Cells, greatest: Ints) -> tuple[Floats, Floats]:
    """(J,) the deltas of items and their standard errors; NaN where everybody, or nobody, has all points."""
    shares = np.where(cells < 0, np.nan, cells / greatest)
    n = np.maximum((cells >= 0).sum(axis=0), 1)
    facility = np.nansum(shares, axis=0) / n
    facility = np.where((facility > 0) & (facility < 1), facility, np.nan)
    z = np.array([np.nan if np.isnan(p) else _NORMAL.inv_cdf(p) for p in facility.tolist()])
    spread = np.sqrt(np.nansum(np.square(shares - facility), axis=0)) / n
    return 13 - 4 * z, 4 * spread * np.sqrt(2 * np.pi) * np.exp(z**2 / 2)


def _distances(x: Floats, y: Floats, of_x: Floats, of_y: Floats) -> tuple[Floats, Bools]:
    """(J,) distances from the major axis, above it negative, and whether each is beyond chance.

    The first line is that of Theil and Sen, which an easy or hard item alone does not turn; it is drawn again
    as the major axis without the items that lie far from it, until these are the same.
    """
    known = np.isfinite(x) & np.isfinite(y)
    near, distance, sure = known, np.zeros(len(x)), np.zeros(len(x), dtype=np.bool_)
    for n in range(len(x)):
        if near.sum() < 3:
            break
        own_x, own_y = x[near], y[near]
        (a, c), (_, b) = np.cov(own_x, own_y)
        slope = (b - a + np.hypot(b - a, 2 * c)) / (2 * c) if c > 0 else 1.0
        centre = float((own_y - slope * own_x).mean())
        rise, run = (np.subtract.outer(one, one) for one in (own_y, own_x))
        if n == 0 and c > 0 and (steep := float(np.median(rise[run > 0] / run[run > 0]))) > 0:
            slope, centre = steep, float(np.median(own_y - steep * own_x))
        distance = np.nan_to_num((slope * x + centre - y) / np.hypot(slope, 1))
        error = np.sqrt(np.square(slope * of_x) + np.square(of_y)) / np.hypot(slope, 1)
        sure = np.abs(distance) > _SURE * error
        before, near = near, known & ~(sure & (np.abs(distance) > _FAR))
        if np.array_equal(near, before):
            break
    return distance, sure
