"""Rows worth a look → signals for a person, never a verdict.

Takes what `suspects` passed on from all batches, rows whose hashes occur more than once, and pairs of
`similar_pairs`. The signals and their order do not depend on the order of the rows. What each test assumes
and how often it is wrong stands in `docs/scoring.md`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from examgen.core.responses.rows import Hashes, Ints, Marks
from examgen.scoring.answer_signals import tables
from examgen.scoring.answer_signals.plan import (
    LEAST_FOR_PATTERN,
    PERIODS,
    Bools,
    SignalPlan,
    SignalRows,
    allowed_breaks,
    other_by_chance,
    right_by_chance,
)
from examgen.scoring.answer_signals.similarity import (
    CELLS,
    UNCHOSEN,
    AnswerModel,
    RowPairs,
    answer_cells,
    bins_of,
    log_chance_of,
    right_cells,
)
from examgen.scoring.answer_signals.tables import KINDS, Signal, SignalFigures
from examgen.stats.pair_search import connected
from examgen.stats.poisson_binomial import at_least, at_most

LETTERS = "ABCDE"
_WORDS = {
    "blank_row": tables.blank_row,
    "one_letter": tables.one_letter,
    "pattern": tables.pattern,
    "under_chance": tables.under_chance,
    "wrong_form": tables.wrong_form,
    "same_answers": tables.same_answers,
    "similar_wrong_answers": tables.similar_wrong,
}
_FEWEST_WRONG = 3
_RARE = math.log(1e-4)


def repeated(hashes: Hashes) -> Hashes:
    """The hashes that occur more than once, ascending; `hashes` is sorted in place."""
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def resolve_signals(
    plan: SignalPlan,
    n_rows: int,
    suspected: SignalRows | None = None,
    alike: SignalRows | None = None,
    model: AnswerModel | None = None,
    similar: tuple[SignalRows, RowPairs] | None = None,
) -> list[Signal]:
    """All signals of an administration, by kind, then by file and line.

    Parameters
    ----------
    n_rows : int
        Rows of the administration: levels are shared out among them.
    suspected : SignalRows
        Those that `suspects` named, of all batches.
    alike : Rows
        Those whose hash is among `repeated`.
    model : AnswerModel
        Needed for `alike`.
    similar : tuple of SignalRows and RowPairs
        Rows with the pairs found among them, by place.
    """
    found: list[Signal] = []
    if suspected is not None:
        found += _of_rows(plan, n_rows, suspected)
    if alike is not None and model is not None:
        found += _same(plan, n_rows, alike, model)
    if similar is not None:
        found += _similar(*similar)

    def order(signal: Signal) -> tuple[int, int, int, bytes]:
        rows = signal.rows
        return KINDS.index(signal.kind), int(rows.file[0]), int(rows.line[0]), bytes(rows.ids[0])

    return sorted(found, key=order)


def _signal(kind: str, rows: SignalRows, figures: SignalFigures) -> Signal:
    rows = rows.take(np.lexsort((rows.ids, rows.line, rows.file)))
    said = _WORDS[kind](figures)
    return Signal(kind, rows, figures, said.en, said.th)


# ── signals of one row ───────────────────────────────────────────────────────────────────────


def _of_rows(plan: SignalPlan, n_rows: int, rows: SignalRows) -> Iterator[Signal]:
    """The signal of each row that has one: a blank or patterned row says no more."""
    chances = right_by_chance(plan.forms)
    for n in range(len(rows.line)):
        row = rows.take(np.array([n]))
        form, right = int(row.form[0]), int(row.right[0])
        asked = int(plan.forms.n_questions[form])
        figures = SignalFigures(right=right, asked=asked)
        if kind := _pattern(plan, form, row.marks[0, :asked], figures):
            yield _signal(kind, row, figures)
        elif _other_form(plan, n_rows, form, row.marks[0], figures):
            yield _signal("wrong_form", row, figures)
        elif right <= plan.seldom[form]:
            figures["log_chance"] = _log(float(at_most(chances[form][None])[0, right]))
            yield _signal("under_chance", row, figures)


def patterned(plan: SignalPlan, form: Ints, marks: Marks) -> Bools:
    """(n,) rows that are blank or repeat a pattern."""
    sizes = plan.forms.n_questions[form].tolist()
    found = [
        _pattern(plan, f, row[:size], SignalFigures()) != ""
        for f, row, size in zip(form.tolist(), marks, sizes, strict=True)
    ]
    return np.array(found, dtype=np.bool_)


def _pattern(plan: SignalPlan, form: int, marks: Marks, figures: SignalFigures) -> str:
    """The kind of signal of a row's marks, with its figures; empty for none."""
    if not marks.any():
        return "blank_row"
    asked = len(marks)
    if asked < plan.rules.fewest_questions:
        return ""
    breaks = int(allowed_breaks(plan.forms, plan.rules)[form])
    for period in (p for p in PERIODS if p == 1 or asked >= LEAST_FOR_PATTERN):
        commonest = [Counter(marks[k::period].tolist()).most_common(1)[0] for k in range(period)]
        fitting = sum(n for _, n in commonest)
        letters = [mask for mask, _ in commonest]
        if fitting >= asked - breaks and all(mask.bit_count() == 1 and mask < 32 for mask in letters):
            figures["fitting"] = fitting
            figures["letters"] = "".join(LETTERS[mask.bit_length() - 1] for mask in letters)
            return "one_letter" if period == 1 else "pattern"
    return ""


def _other_form(plan: SignalPlan, n_rows: int, form: int, marks: Marks, figures: SignalFigures) -> bool:
    """Whether the key of another form fits remarkably better; its figures."""
    forms, width = plan.forms, plan.forms.keys.shape[1]
    single = np.where(np.bitwise_count(marks[:width]) == 1, marks[:width], 0)
    single = np.pad(single, (0, width - len(single)))
    able = np.flatnonzero(plan.enough[form] <= width)
    others = plan.others[able]
    hits = np.count_nonzero(single & forms.keys[others] & ~forms.keys[form], axis=1)
    scores = np.count_nonzero(single & forms.keys[others], axis=1)
    own = int(np.count_nonzero(single & forms.keys[form]))
    best: tuple[float, int, int] | None = None
    for place in np.flatnonzero((hits >= plan.enough[form, able]) & (scores > own)).tolist():
        tail = at_least(other_by_chance(forms, form, int(others[place]))[None])[0, hits[place]]
        best = min(best or (2.0, 0, 0), (float(tail), -int(scores[place]), place))
    if best is None or best[0] > plan.rules.wrong_form / max(n_rows * len(others), 1):
        return False
    other = int(others[best[2]])
    differing = np.count_nonzero(other_by_chance(forms, form, other))
    figures["form"], figures["other"] = forms.names[form], forms.names[other]
    figures["other_right"], figures["hits"] = -best[1], int(hits[best[2]])
    figures["differing"], figures["log_chance"] = int(differing), _log(best[0])
    under = sorted([(form, own), *zip(others.tolist(), scores.tolist(), strict=True)])
    figures["right_under_each"] = " ".join(f"{forms.names[k]}={score}" for k, score in under)
    return True


def _log(chance: float) -> float:
    return math.log(max(chance, 1e-300))


# ── signals of several rows ──────────────────────────────────────────────────────────────────


def _same(plan: SignalPlan, n_rows: int, rows: SignalRows, model: AnswerModel) -> Iterator[Signal]:
    """Groups of candidates whose answers, by item and canonical option, are all the same.

    With t the chance that a candidate of this ability answers just so, of n rows at most C(n, m) t^(m − 1)
    groups of m are expected to agree by chance in any answers so rare. The level is shared out among the m.
    """
    cells = np.sort(answer_cells(plan.forms, rows.form, rows.marks), axis=1)
    odd = patterned(plan, rows.form, rows.marks)
    groups: dict[bytes, dict[bytes, int]] = {}
    for n in np.lexsort((rows.line, rows.file)).tolist():
        if not odd[n]:
            groups.setdefault(cells[n].tobytes(), {}).setdefault(bytes(rows.ids[n]), n)
    is_right = right_cells(plan.forms)
    for members in groups.values():
        row = rows.take(np.array(list(members.values())))
        own = cells[next(iter(members.values()))]
        chosen = own[(own >= 0) & (own % CELLS != UNCHOSEN)]
        wrong = int(np.count_nonzero(is_right[chosen] == 0))
        ability = int(bins_of(plan.forms, row.form[:1], row.right[:1])[0])
        log_chance = log_chance_of(model, ability, chosen, row.ids)
        rare = _log_groups(n_rows, len(members), log_chance) <= math.log(plan.rules.same_answers)
        if len(members) > 1 and wrong >= _FEWEST_WRONG and rare:
            figures = SignalFigures(
                candidates=len(members), wrong=wrong, asked=int(np.count_nonzero(own >= 0))
            )
            figures["log_chance"] = log_chance
            yield _signal("same_answers", row, figures)


def _log_groups(n_rows: int, m: int, log_chance: float) -> float:
    """Log of how many groups of m of n rows are expected in answers of this chance, times the 2^(m − 1) that
    m shares the level with. None are rare of three or more whose answers are not rare themselves: what is
    expected of many hangs on each digit of the chance."""
    if m > 2 and log_chance > _RARE:
        return math.inf
    others = max(n_rows - m, 0)
    ways = math.lgamma(others + m + 1) - math.lgamma(m + 1) - math.lgamma(others + 1)
    return ways + (m - 1) * (log_chance + math.log(2))


def _similar(rows: SignalRows, pairs: RowPairs) -> Iterator[Signal]:
    """Groups that hang together by pairs with too many wrong answers in common."""
    for group in connected(pairs.first, pairs.second):
        members = np.array(group)
        of = np.flatnonzero(np.isin(pairs.first, members))
        best = of[np.lexsort((-pairs.same[of], pairs.chance[of]))[0]]
        figures = SignalFigures(candidates=len(group), pairs=len(of), same=int(pairs.same[best]))
        figures["expected"] = f"{pairs.expected[best]:.1f}"
        figures["log_chance"] = _log(float(pairs.chance[best]))
        yield _signal("similar_wrong_answers", rows.take(members), figures)
