"""Pairs of persons who share more answers than chance explains: a signal, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from examgen.stats import answer_matches as numerics
from examgen.stats import arguments
from examgen.stats.ability import against_expected
from examgen.stats.answer_matches import (
    INDICES,
    LEAST_ITEMS,
    MOST_FORMS,
    SYMMETRIC,
    CandidatePairs,
    ChoiceModel,
    ChosenOptions,
    ComparedAnswers,
    connected,
    measure,
    search,
)
from examgen.stats.arguments import ArgumentError, DataError, RowFaults, absent, shown
from examgen.stats.columns import IDS
from examgen.stats.data_notes import not_right_or_wrong, notes_of_items, notes_on_data
from examgen.stats.distributions import adjusted
from examgen.stats.matrix import NOT_ADMINISTERED, Bools, Floats
from examgen.stats.option_keys import KeyLike, option_name
from examgen.stats.response_data import Responses, as_responses, columns_by_name, responses
from examgen.stats.response_tables import name_of
from examgen.stats.results import Argument, Note, Result, frame, sentences

LEAST_CANDIDATES = 50
"""With fewer candidates, no model is estimated."""
FEW_OF_FORM = 30
"""Scores that are missing for the same items define a form if at least this many candidates share the
pattern."""
MOST_LISTED = 1_000
_LIMIT, _BY_CHANCE = 0.001, 10_000
"""The search keeps all pairs with a p up to the first; the limit is lower if chance alone would give more
pairs than the second."""
_MOST, _FAR = 100.0, 3.0
"""Of parameters; and a mean or standard deviation of abilities that is hardly one in logits."""
_REVERSED = -0.3
"""A correlation of abilities with those by the answers that is about 1 where they are right."""
_ALSO = {"source": ("first",), "copier": ("second",)}
_ADJUST, _MODELS = ("holm", "bh", "bonferroni"), ("nominal", "2pl")
TEXTS: dict[str, str] = {
    "title": "{n_persons:,} candidates, {n_items} items, {n:,} [pair|pairs] compared",
    "title.directed": "{n_persons:,} candidates, {n_items} items, {n:,} comparisons, of each pair in both "
    "directions",
    # refusals
    "key-known": "{argument} is given, but the data are scored already. Give the key to responses()",
    "one-candidate": "{data} has one candidate. A comparison needs two",
    "few-candidates": "{data} has {n} candidates. At least {least} are needed to estimate chance agreement. "
    "Use known parameters with {argument}",
    "few-items": "{data}: {n} items can be compared, but {least} are needed",
    "no-options": "{argument} needs options. Give their key with {other}",
    "scores-above-one": "{data} has scores above 1. Give scores of 0 and 1, or options with their key",
    "parameters-of-options": "{argument} has parameters of options. Remove {model}",
    "bad-line.pair": "a pair has a source and a copier",
    "bad-line.unknown": "`{name}` is not a candidate of the responses",
    "bad-line.several": "`{name}` is on several rows of the responses",
    "bad-line.twice": "`{name}` has an ability on another row, too. Keep one",
    "bad-line.item-twice": "`{name}` is on another row, too. Keep one",
    "bad-line.same": "source and copier are the same candidate",
    "bad-line.number": "`{text}` is not a number from -{most:g} to {most:g}",
    "bad-line.asymptote": "a lower asymptote must be a number from 0 to below 1",
    "no-pairs": "{argument} contains no pairs",
    "no-abilities": "{argument} contains no candidates of the responses",
    "option-without-parameters": "{argument}, {item}: option {lacking} was chosen but has no parameters",
    # notes
    "blank-sheets": "{n} [candidate|candidates] answered nothing and [is|are] compared with no other",
    "no-room": "{n} [candidate is|candidates are] in no room and [is|are] not compared",
    "same-answers": "{n} [candidate has|candidates have] exactly the answers of [another|others], many of "
    "them wrong. Only one of [the two|each] was used to estimate what is usual",
    "not-compared": "{items}: it has no finite slope, so the likelihood of equal answers is unknown and it "
    "is not compared",
    "far-abilities": "by the parameters of {argument} abilities have a mean of {mean:.1f}, so nearly all "
    "answers are hardly or surely right. Check that the parameters are of these items and in logits",
    "far-abilities.given": "the abilities in {argument} have a mean of {mean:.1f} and a standard deviation "
    "of {sd:.1f}, so nearly all answers are hardly or surely right. Check that they are in logits",
    "abilities-reversed": "the abilities in {argument} fall where those by the answers rise (correlation "
    "{r:.2f}). Check whose they are, and their sign; no number should be used before",
    "no-parameters": "{argument} has no parameters of {n} [item, which is|items, which are] not compared: "
    "{items}",
    "abilities-unknown": "{argument} has the [ability|abilities] of {n} [candidate|candidates] who [is|are] "
    "not in the responses: {names}",
    "abilities-estimated": "{n} of {n_candidates} candidates are not in {argument}. Their ability is "
    "estimated from the answers",
    "many-pairs": "too many pairs are similar, so only the least likely are listed",
    "more-pairs": "{n} pairs were found. The {most} least likely are listed",
    "nothing-compared": "no two candidates could be compared, so nothing is known of any pair",
    "nothing-compared.rooms": "no two candidates of the same room could be compared, so nothing is known of "
    "any pair",
    "no-p": "some indices have no p, because there is nothing to compare",
    # findings
    "none": "no pair has more answers in common than chance explains (index {index}). Without copying, the "
    "probability of listing any pair is at most {percent:g} %",
    "none.directed": "no pair has more answers in common than chance explains (index {index}). The normal "
    "tail of {index} is not exact at so small p, so pairs may be listed by chance more often than in "
    "{percent:g} %",
    "listed.directed": "{n} [pair is|pairs are] listed by [{index}|{index}, which counts each direction of a "
    "pair]. Its normal tail is not exact at so small p, so pairs may be listed by chance more often than the "
    "level {alpha:g} says. Index gbt is exact.",
    "listed.rate": "{n} [pair is|pairs are] listed by {index}. At most {alpha:g} of such pairs are expected "
    "by chance.",
    "listed.any": "{n} [pair is|pairs are] listed by {index}. Without copying, the probability of listing "
    "any pair is at most {alpha:g}.",
    "cluster": "similar to each other: {names}",
    "signal": "This is a signal, never a verdict. The order of a pair is no evidence of who copied. Friends "
    "who studied together and a leaked key look the same. Check the seats, the sheets and the report of the "
    "room, and hear both candidates. Do not change a score because of it alone.",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""
note = sentences(TEXTS)


class AnswerSimilarity(Result):
    """The pairs of persons with similar answers, as returned by `copying`.

    Attributes
    ----------
    pairs : polars.DataFrame
        A row for each pair, the least likely first: `first`, `second`, `p_gbt`, `p_omega`, `p_adjusted` (p of
        `index`, adjusted for all pairs compared), `listed`, `matches` with `expected` (by GBT), `same_wrong`,
        `n_items` that both answered, `omega` of the answers of `second` given those of `first`,
        `theta_first`, `theta_second`, and the `room`. With `gbt`, the two persons are in the order with the
        larger ω. The order is no evidence of who copied.
    clusters : tuple of tuple of str
        Groups of three or more persons connected by listed pairs.
    index, adjust, model, parameters : str
        The index that decides which pairs are listed, the adjustment of p, the model of options, and whether
        its parameters are `estimated` or `given`.
    alpha : float
        The significance level for listing a pair.
    limit : float or None
        The p up to which the search keeps pairs; None if the pairs were named.
    n_persons, n_items, n_compared, n_listed : int
        The numbers of persons, of items that could be compared, and of pairs compared and listed; with
        `omega` a pair counts twice, once for each direction.
    n_rooms : int or None
        The number of rooms with two or more persons.
    within : str or None
        The name of the column of rooms, or `rooms`; None if pairs were not restricted to rooms.
    findings, notes : tuple of Note
        The findings, and remarks on the data and the figures.
    """

    _figures = ("index", "adjust", "alpha", "model")
    pairs: pl.DataFrame
    clusters: tuple[tuple[str, ...], ...]
    index: str
    adjust: str
    model: str
    parameters: str
    alpha: float
    limit: float | None
    n_persons: int
    n_items: int
    n_compared: int
    n_listed: int
    n_rooms: int | None
    within: str | None
    findings: tuple[Note, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """The numbers of candidates, items and comparisons."""
        key = "title" if self.index in SYMMETRIC or self.limit is None else "title.directed"
        return note(key, n=self.n_compared, n_persons=self.n_persons, n_items=self.n_items)

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The pairs, with small p as powers of ten."""
        indices = [f"p_{self.index}", "p_adjusted", *(f"p_{one}" for one in INDICES if one != self.index)]
        shown = self.pairs.select("first", "second", "matches", "n_items", "expected", "same_wrong", *indices)
        columns = [pl.Series(name, [_p(one) for one in shown[name]], dtype=pl.String) for name in indices]
        return {"pairs": shown.with_columns(columns)} if len(shown) else {}


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def copying(
    data: object, key: KeyLike | None = None, *, rooms: object = None, pairs: object = None,
    index: str = "gbt", adjust: str = "holm", alpha: float = 0.05, model: str | None = None,
    items: object = None, abilities: object = None,
) -> AnswerSimilarity:  # fmt: skip
    """Find pairs of persons who gave more identical answers than chance explains.

    Parameters
    ----------
    data : Responses, data frame, array or mapping
        Persons × items, best with the options chosen, as `responses` takes it.
    key : mapping, sequence or str, optional
        The correct options, if `data` holds options.
    rooms : str or sequence, optional
        The room of each person, or the name of its column; only pairs within a room are compared. By default
        all pairs.
    pairs : sequence of pairs or data frame, optional
        Compare only these pairs: pairs of names, or a table with the columns `source` and `copier`, or
        `first` and `second`. ω is that of the answers of the second person.
    index : {"gbt", "omega"}
        The index that decides which pairs are listed.
    adjust : {"holm", "bh", "bonferroni"}
        Adjustment of p for the number of pairs compared.
    alpha : float
        The significance level for listing a pair, above 0 and below 1.
    model : {"nominal", "2pl"}, optional
        A model of options, or of right and wrong answers; by default `nominal` if there are options.
    items : data frame, optional
        Known parameters: `item`, `option`, `a`, `c` of the nominal model, or `item`, `a`, `b` and the lower
        asymptote `c`. By default estimated, which needs at least 50 persons.
    abilities : mapping or data frame, optional
        Known abilities, {person: ability} or the columns `id` and `theta`. By default estimated.

    Returns
    -------
    AnswerSimilarity

    Raises
    ------
    ArgumentError
        If fewer than 50 persons or 3 items can be compared, a name is not in the data, or the model is
        `nominal` and there are no options.

    See Also
    --------
    responses : data with options and their key.

    Notes
    -----
    ω: Wollack (1997); GBT: van der Linden & Sotaridona (2006). Equal to CopyDetect in R given the same
    parameters. A listed pair is a reason to look, never a proof.

    Examples
    --------
    >>> import examgen.stats as es
    >>> data = es.example("choices", n_persons=120, n_items=30)
    >>> data.choices.cells[7] = data.choices.cells[3]
    >>> found = es.copying(data)
    >>> found.pairs.select("first", "second", "matches").rows()
    [('P004', 'P008', 30)]
    """
    index, adjust, alpha, model = checked(index, adjust, alpha, model)
    if key is not None and isinstance(data, Responses):
        raise ArgumentError(note("key-known", argument=Argument("key")))
    beside = [rooms] if isinstance(rooms, str) else []
    own = as_responses(data, rooms) if key is None else responses(data, key=key, exclude=beside)
    if own.n_persons < 2:
        raise DataError(note("one-candidate", data="data"))
    name = model or ("nominal" if own.choices is not None else "2pl")
    if name == "nominal" and own.choices is None:
        raise ArgumentError(note("no-options", argument=Argument("model", "nominal"), other=Argument("key")))
    if own.choices is None and own.cells.max(initial=0) > 1:
        raise DataError(note("scores-above-one", data="data"), *not_right_or_wrong(own))
    notes = [*own.notes, *notes_on_data(own, blank_sheets=False)]
    room, groups = None, [np.arange(own.n_persons)]
    if rooms is not None:
        room = arguments.groups_of("rooms", own.column(rooms, "rooms"), own.n_persons, least=1)
        if n := int(np.count_nonzero(room.number < 0)):
            notes.append(note("no-room", n=n))
        notes += arguments.group_notes(Argument("rooms"), room.names, room.spaced, room.sizes)
        groups = [np.flatnonzero(room.number == k) for k in range(len(room.names))]
    known_pairs = None if pairs is None else _named_pairs(pairs, own.persons, index)
    compared = _compared(own, name, items, abilities, notes)
    answered = np.asarray(compared.answers.answered.any(axis=1))
    if n := int(np.count_nonzero(~answered)):
        notes.append(note("blank-sheets", n=n))
    groups = [rows for one in groups if len(rows := one[answered[one]]) > 1]
    limit = None
    if known_pairs is not None:
        chosen, both = known_pairs, np.all([answered[own] for own in known_pairs], axis=0)
        p, n_compared = measure(compared, chosen)[f"p_{index}"], int(np.count_nonzero(both))
        corrected = adjusted(np.where(both, p, np.nan), adjust)
        n_listed = int(np.count_nonzero(corrected <= alpha))
    else:
        n_most = sum(len(one) * (len(one) - 1) // 2 for one in groups)
        found = search(compared, groups, index, min(_LIMIT, _BY_CHANCE / max(n_most, 1)))
        n_compared, limit = found.n_compared, found.limit
        ids = np.array([*map(str, own.persons)], dtype=object)
        differ = ids[found.pairs.source] != ids[found.pairs.copier]  # a repeated row is no pair
        corrected = adjusted(found.p[differ], adjust, n_compared)
        n_listed = int(np.count_nonzero(corrected <= alpha))
        chosen, corrected = found.pairs.part(differ).part(slice(n_listed)), corrected[:n_listed]
        notes += [note("many-pairs")] * found.is_cut
        if n_listed > MOST_LISTED:
            notes.append(note("more-pairs", n=n_listed, most=MOST_LISTED))
            chosen, corrected = chosen.part(slice(MOST_LISTED)), corrected[:MOST_LISTED]
        if index in SYMMETRIC:
            chosen = _by_omega(compared, chosen)
    table = _table(compared, chosen, own.persons, room)
    table = table.insert_column(4, pl.Series("p_adjusted", corrected).fill_nan(None))
    table = table.insert_column(5, pl.Series("listed", corrected <= alpha))
    if not n_compared:
        notes.append(note("nothing-compared" + ".rooms" * (room is not None)))
    if table["p_gbt"].null_count() or table["p_omega"].null_count():
        notes.append(note("no-p"))
    alike = connected(*chosen.part(np.asarray(corrected <= alpha)))
    clusters = tuple(tuple(str(own.persons[row]) for row in one) for one in alike if len(one) > 2)
    return AnswerSimilarity(
        table, clusters, index, adjust, name, "estimated" if items is None else "given", alpha, limit,
        own.n_persons, compared.answers.cells.shape[1], n_compared, n_listed,
        None if room is None else len(groups),
        None if room is None else rooms if isinstance(rooms, str) else "rooms",
        _findings(index, adjust, alpha, n_listed, clusters, is_named=pairs is not None or not n_compared),
        tuple(notes),
    )  # fmt: skip


def checked(
    index: object = "gbt", adjust: object = "holm", alpha: object = 0.05, model: object = None
) -> tuple[str, str, float, str | None]:
    """Return the index, adjustment, level and model. Raises ArgumentError for arguments that are invalid for
    any data."""
    return (
        arguments.word("index", index, INDICES),
        arguments.word("adjust", adjust, _ADJUST),
        arguments.chance("alpha", alpha),
        None if model is None else arguments.word("model", model, _MODELS),
    )


def _table(
    compared: ComparedAnswers, pairs: CandidatePairs, persons: Sequence[object], room: arguments.Groups | None
) -> pl.DataFrame:
    """A row for each pair."""
    names = [[str(persons[row]) for row in one.tolist()] for one in pairs]
    places = [-1] * len(names[0]) if room is None else room.number[pairs.source].tolist()
    rooms = [None if room is None or place < 0 else room.names[place] for place in places]
    return frame({
        "first": pl.Series(names[0], dtype=pl.String), "second": pl.Series(names[1], dtype=pl.String),
        **measure(compared, pairs),
        "theta_first": compared.theta[pairs.source], "theta_second": compared.theta[pairs.copier],
        "room": pl.Series(rooms, dtype=pl.String),
    })  # fmt: skip


def _by_omega(compared: ComparedAnswers, pairs: CandidatePairs) -> CandidatePairs:
    """The pairs in the direction in which ω is larger; it is no evidence of who copied."""
    back = CandidatePairs(pairs.copier, pairs.source)
    p, p_back = (measure(compared, one)["p_omega"] for one in (pairs, back))
    swap = np.asarray(p_back < p)
    return CandidatePairs(*(np.where(swap, two, one) for one, two in zip(pairs, back, strict=True)))


def _findings(
    index: str, adjust: str, alpha: float, n: int, clusters: Sequence[Sequence[str]], *, is_named: bool
) -> tuple[Note, ...]:
    found, directed = [], ".directed" * (index not in SYMMETRIC)
    if not is_named and not n:
        found.append(note(f"none{directed}", index=index, percent=100 * alpha))
    elif not is_named:
        key = f"listed{directed or ('.rate' if adjust == 'bh' else '.any')}"
        found.append(note(key, n=n, index=index, alpha=alpha))
    found += [note("cluster", names=", ".join(one)) for one in clusters]
    return (*found, *([note("signal")] if n else []))


# ── what pairs are compared on ───────────────────────────────────────────────────────────────


def _compared(
    own: Responses, name: str, items: object, abilities: object, notes: list[str]
) -> ComparedAnswers:
    """The answers to the items that can be compared, with the chance of each; notes are added."""
    chosen, n_before = own.choices, len(notes)
    nominal = name == "nominal"
    if nominal and chosen is not None:
        answers, options = numerics.options_compared(chosen), [list(names) for names in chosen.options]
    else:
        answers, options = numerics.scores_compared(own.cells, chosen), [["0", "1"] for _ in own.items]
    if items is not None:
        answers, model, used = _known_choices(items, own.items, answers, options, nominal)
        if lacking := [item for item, there in zip(own.items, used.tolist(), strict=True) if not there]:
            values = {"n": len(lacking), "items": shown(lacking), "argument": Argument("items")}
            notes.append(note("no-parameters", **values))
    else:
        if own.n_persons < LEAST_CANDIDATES:
            values = {"n": own.n_persons, "least": LEAST_CANDIDATES, "argument": Argument("items")}
            raise DataError(note("few-candidates", data="data", **values))
        model, used, of_model, endless, n_same = numerics.usual_choices(answers, name)
        if n_same:
            notes.append(note("same-answers", n=n_same))
        notes += notes_of_items(of_model, own.items)
        if endless:
            notes.append(note("not-compared", items=", ".join(own.items[place] for place in endless)))
    if used.sum() < LEAST_ITEMS:
        few = note("few-items", data="data", n=int(used.sum()), least=LEAST_ITEMS)
        raise DataError(few, *notes[n_before:])
    answers, model = answers.part(slice(None), used), model.part(used)
    theta = numerics.abilities_of(answers, model, name)
    if abilities is not None:
        theta = _known_abilities(abilities, own.persons, theta, notes)
    if items is not None:
        right = np.pad(answers.right, ((0, 0), (0, model.a.shape[1] - answers.right.shape[1])))
        notes += against_expected(
            np.array(own.items)[used].tolist(), answers.is_right().astype(np.int8) - ~answers.answered,
            (model.chances(theta) * right).sum(axis=2), "items",
        )  # fmt: skip
        if abilities is None and abs(mean := float(theta.mean())) > _FAR:
            notes.append(note("far-abilities", argument=Argument("items"), mean=mean))
    there = (own.cells if chosen is None else chosen.cells)[:, used] != NOT_ADMINISTERED
    has, form = np.unique(there, axis=0, return_inverse=True)
    form = form.reshape(-1).astype(np.int64)
    is_scattered = chosen is None and np.bincount(form).min() < FEW_OF_FORM
    if len(has) > MOST_FORMS or (len(has) > 1 and is_scattered):
        has, form = np.ones_like(has[:1]), np.zeros_like(form)
    return ComparedAnswers(answers, model, theta, form, has)


# ── tables that are given ────────────────────────────────────────────────────────────────────


def _number(faults: RowFaults, row: int, field: str, value: object, most: float = _MOST) -> float:
    """A number from -`most` to `most`; for anything else NaN, with a fault."""
    try:
        read = np.nan if absent(value) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        read = np.nan
    if abs(read) <= most:
        return read
    faults.add(row, field, note("bad-line.number", text=str(value)[:40], most=most))
    return np.nan


def _named_pairs(pairs: object, persons: Sequence[object], index: str) -> CandidatePairs:
    """Rows of pairs that are named, each once; turned round it is another one only by an index with a
    direction."""
    argument = Argument("pairs")
    if hasattr(pairs, "columns"):
        columns = columns_by_name("pairs", pairs, ("source", "copier"), _ALSO)
        rows = list(zip(columns["source"], columns["copier"], strict=True))
    elif isinstance(pairs, (str, bytes, Mapping)) or not arguments.is_row(pairs):
        raise ArgumentError(f"pairs is {arguments.kind_of(pairs)}; expected a list of (source, copier)")
    else:
        rows = list(pairs)  # type: ignore[call-overload]
    if not rows:
        raise DataError(note("no-pairs", argument=argument))
    place: dict[str, int] = {}
    names = [*map(name_of, persons)]
    several = {name for n, name in enumerate(names) if place.setdefault(name, n) != n}
    faults = RowFaults("pairs")
    found = np.full((len(rows), 2), -1, dtype=np.int64)
    for n, row in enumerate(rows):
        if isinstance(row, (str, bytes)) or not arguments.is_row(row) or len(row) != 2:
            faults.add(n, "source", note("bad-line.pair"))
            continue
        for k, (field, one) in enumerate(zip(("source", "copier"), map(name_of, row), strict=True)):
            found[n, k] = place.get(one, -1)
            if one not in place or one in several:
                key = "bad-line.several" if one in several else "bad-line.unknown"
                faults.add(n, field, note(key, name=one[:40]))
        if found[n, 0] == found[n, 1] >= 0:
            faults.add(n, "copier", note("bad-line.same"))
    faults.end()
    same = np.sort(found, axis=1) if index in SYMMETRIC else found
    once = np.sort(np.unique(same, axis=0, return_index=True)[1])
    return CandidatePairs(found[once, 0], found[once, 1])


def _known_abilities(abilities: object, persons: Sequence[object], theta: Floats, notes: list[str]) -> Floats:
    """(N,) abilities; candidates who are not among them keep their estimate in `theta`, with a note."""
    argument, faults = Argument("abilities"), RowFaults("abilities")
    if isinstance(abilities, Mapping) and all(np.ndim(one) == 0 for one in abilities.values()):
        names, values = list(abilities), list(abilities.values())
    else:
        either = {"id": (*IDS, "candidate"), "theta": ("ability", "map", "eap")}
        columns = columns_by_name("abilities", abilities, ("id", "theta"), either)
        names, values = columns["id"], columns["theta"]
    known: dict[str, float] = {}
    for n, (name, value) in enumerate(zip(map(name_of, names), values, strict=True)):
        if name in known:
            faults.add(n, "id", note("bad-line.twice", name=name[:40]))
        known[name] = _number(faults, n, "theta", value)
    faults.end()
    ids = [*map(name_of, persons)]
    if unknown := [name for name in known if name not in set(ids)]:
        notes.append(note("abilities-unknown", n=len(unknown), names=shown(unknown), argument=argument))
    lacking = sum(one not in known for one in ids)
    if lacking == len(persons):
        raise DataError(note("no-abilities", argument=argument))
    if lacking:
        notes.append(note("abilities-estimated", n=lacking, n_candidates=len(persons), argument=argument))
    given = np.array([known.get(one, np.nan) for one in ids])
    there = np.isfinite(given)
    mean, sd = float(given[there].mean()), float(given[there].std())
    if max(abs(mean), sd) > _FAR:
        notes.append(note("far-abilities.given", argument=argument, mean=mean, sd=sd))
    if np.count_nonzero(there) >= FEW_OF_FORM and sd > 0 and np.ptp(theta[there]) > 0:
        r = float(np.corrcoef(given[there], theta[there])[0, 1])
        if r < _REVERSED:
            notes.append(note("abilities-reversed", argument=argument, r=r))
    return np.where(there, given, theta)


def _known_choices(
    table: object, items: Sequence[str], answers: ChosenOptions, options: list[list[str]], nominal: bool
) -> tuple[ChosenOptions, ChoiceModel, Bools]:
    """The answers, with the options that only the parameters have, their model, and the items in it."""
    argument, faults = Argument("items"), RowFaults("items")
    place = {name: n for n, name in enumerate(items)}
    if not nominal:
        columns = columns_by_name("items", table, ("item", "a", "b"), {"c": ("g",)})
        if "option" in columns:
            raise ArgumentError(
                note("parameters-of-options", argument=argument, model=Argument("model", "2pl"))
            )
        values, named = np.full((len(items), 3), np.nan), [*map(name_of, columns["item"])]
        _refuse_twice(named, faults)
        for row, item in enumerate(named):
            if (n := place.get(item)) is not None:
                values[n, :2] = [_number(faults, row, name, columns[name][row]) for name in "ab"]
                lower = columns["c"][row] if "c" in columns else None
                values[n, 2] = 0.0 if lower == "" or absent(lower) else _number(faults, row, "c", lower, 1.0)
                if not 0 <= values[n, 2] < 1:
                    faults.add(row, "c", note("bad-line.asymptote"))
        faults.end()
        return answers, numerics.logistic_model(*np.nan_to_num(values).T), np.isfinite(values).all(axis=1)
    columns = columns_by_name("items", table, ("item", "option", "a", "c"))
    found: dict[tuple[int, int], tuple[float, float]] = {}
    named, letters = [*map(name_of, columns["item"])], [option_name(str(one)) for one in columns["option"]]
    _refuse_twice([f"{item}, {chosen}" for item, chosen in zip(named, letters, strict=True)], faults)
    for row, (item, chosen) in enumerate(zip(named, letters, strict=True)):
        if (n := place.get(item)) is not None:
            if chosen not in options[n]:
                options[n].append(chosen)
            pair = (_number(faults, row, name, columns[name][row]) for name in "ac")
            found[n, options[n].index(chosen)] = (next(pair), next(pair))
    width = max(map(len, options))
    a, c = np.full((2, len(items), width), np.nan)
    for at, (own_a, own_c) in found.items():
        a[at], c[at] = own_a, own_c
    used = np.isfinite(a).any(axis=1)
    for n in np.flatnonzero(used).tolist():
        seen = np.unique(answers.cells[answers.cells[:, n] >= 0, n]).tolist()
        if lacking := ", ".join(options[n][k] for k in seen if not np.isfinite(a[n, k])):
            fault = note("option-without-parameters", argument=argument, item=items[n], lacking=lacking)
            faults.notes.append(fault)
    faults.end()
    right = np.pad(answers.right, ((0, 0), (0, max(width - answers.right.shape[1], 0))))
    return ChosenOptions(answers.cells, right), numerics.nominal_model(a, c), used


def _refuse_twice(names: Sequence[str], faults: RowFaults) -> None:
    """Add a fault for each row with the name of a row before."""
    seen = set[str]()
    for row, name in enumerate(names):
        if name in seen:
            faults.add(row, "item", note("bad-line.item-twice", name=name[:40]))
        seen.add(name)
