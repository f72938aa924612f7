"""Keys of all forms and rules → what is reckoned once before rows are looked at for signals.

Rows of marks, batch by batch → the few that signals are to look at, and a hash of each. That runs in the
process that reads the rows, and decides nothing: it passes on every row that
`examgen.scoring.answer_signals.detection` could have something to say about, by tests on whole columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import Hashes, Ints, Marks, Texts, marks_hash, word_columns
from examgen.stats.poisson_binomial import Floats, at_least, at_most

Bools = npt.NDArray[np.bool_]
LETTER_BITS = 5
PERIODS = (1, 2, 3, 4, 5, 6)
"""Lengths of repeating patterns that are looked for: 1 is one letter, 4 is ABCD again and again."""
LEAST_FOR_PATTERN = 20
"""Questions from which on patterns other than one letter are looked for."""
_LOOSE = 1e-4
"""Chance at which a row is passed on; what is flagged is far less likely."""
LONG_LAGS, SHORT_LAGS = (24, 40), (12, 5)
"""Every period divides one of two lags; the long ones are whole words, for forms of `LONG` questions."""
LONG = 60
_BYTES = np.uint64(0x00FF00FF00FF00FF)
_LANES = np.uint64(0x0001000100010001)


@dataclass(frozen=True, slots=True)
class SignalRules:
    """What is said to be worth a look.

    `deviating` is the share of questions, 0–1, in which a pattern may be broken; shorter forms than
    `fewest_questions` are not tested for patterns. Levels are chances of a false alarm under the model that
    `docs/scoring.md` states: `under_chance` of a row, the others of a whole administration, any at all.
    `most_forms`: with more, rows are not compared with the keys of other forms. `largest_room`: the
    candidates of larger rooms are not compared with each other.
    """

    deviating: float = 0.05
    fewest_questions: int = 10
    under_chance: float = 1e-4
    wrong_form: float = 0.05
    same_answers: float = 0.01
    similar: float = 0.05
    most_forms: int = 50
    largest_room: int = 2000


class FormKeys(NamedTuple):
    """What signals need of the forms; all but `names` are arrays (forms, questions).

    `keys` are bit masks of the right printed letters, `n_options` how many letters a question has, `items`
    the number of the item, the same on every form, -1 past the last question. `canonical` (forms,
    questions, 5) is the canonical option of each printed letter, 0 … 4.
    """

    names: tuple[str, ...]
    keys: Marks
    n_options: Ints
    items: Ints
    canonical: Ints

    @property
    def n_questions(self) -> Ints:
        """Questions of each form."""
        return np.asarray(np.count_nonzero(self.items >= 0, axis=1), dtype=np.int64)


class SignalPlan(NamedTuple):
    """The forms and rules with what is reckoned once: plain arrays, so that processes can be given it.

    `low` (forms,): rows with more right answers are beyond all suspicion. `seldom` (forms,): so few right
    answers are under chance. `others` are the forms whose keys are tried, `enough` (forms, others) how many
    right answers on another key are remarkable, `words` (words, forms) the keys as `word_columns`.
    """

    forms: FormKeys
    rules: SignalRules
    low: Ints
    seldom: Ints
    others: Ints
    enough: Ints
    words: Hashes


def signal_plan(forms: FormKeys, rules: SignalRules = SignalRules()) -> SignalPlan:
    """What `suspects` and `resolve_signals` need; the keys of all forms are tried, where there are no more
    than `rules.most_forms`."""
    tried = np.arange(len(forms.names) if len(forms.names) <= rules.most_forms else 0)
    chances = right_by_chance(forms)
    seldom = np.count_nonzero(at_most(chances) <= rules.under_chance, axis=1) - 1
    # (forms, others): least number of hits among differing questions of chance `_LOOSE` or less; more than
    # there are questions where no number is so rare, or the forms are of different lengths
    n_forms, n_questions = len(forms.names), forms.n_questions
    never = forms.keys.shape[1] + 1
    enough = np.full((n_forms, len(tried)), never)
    known: dict[bytes, int] = {}
    for own in range(n_forms if len(tried) else 0):
        for place, other in enumerate(tried.tolist()):
            if other != own and n_questions[other] == n_questions[own]:
                chances = np.sort(other_by_chance(forms, own, other))
                name = chances.tobytes()
                if name not in known:
                    least = int(np.count_nonzero(at_least(chances[None])[0] > _LOOSE))
                    known[name] = least if least <= np.count_nonzero(chances) else never
                enough[own, place] = known[name]
    # (forms,): most right answers on the own key of one who had another form in hand, all but 1 in 1000
    guess = (right_by_chance(forms).sum(axis=1) / np.maximum(n_questions, 1)).tolist()
    able = np.linspace(0, 1, 21)[:, None]
    wrong_form = np.full(n_forms, -1)
    for own in np.flatnonzero((enough <= forms.keys.shape[1]).any(axis=1)).tolist():
        comparable = tried[enough[own] <= forms.keys.shape[1]]
        n_same = np.count_nonzero(forms.keys[comparable] & forms.keys[own], axis=1)
        n_other = max(int(n_questions[own]), 1) - n_same
        share = np.maximum(able, guess[own])
        stray = np.minimum((1 - share) / 2, guess[own])
        mean = n_same * share + n_other * stray
        spread = np.sqrt(n_same * share * (1 - share) + n_other * stray * (1 - stray))
        wrong_form[own] = int((mean + 3.1 * spread).max())
    # (forms,): most right answers that a repeating pattern can have
    bits = (forms.keys[:, :, None] >> np.arange(LETTER_BITS)) & 1
    most = [sum(bits[:, k::p].sum(axis=1).max(axis=1).astype(np.int64) for k in range(p)) for p in PERIODS]
    patterned = np.max(np.array(most), axis=0) + allowed_breaks(forms, rules)
    low = np.maximum(patterned, np.maximum(seldom, wrong_form)).astype(np.int64)
    return SignalPlan(forms, rules, low, seldom, tried, enough, word_columns(forms.keys))


def right_by_chance(forms: FormKeys) -> Floats:
    """(forms, questions): chance of one who ticks any letter; 0 past the last question."""
    right = np.bitwise_count(forms.keys) / np.maximum(forms.n_options, 1)
    return np.asarray(np.where(forms.items >= 0, np.minimum(right, 1), 0))


def other_by_chance(forms: FormKeys, own: int, other: int) -> Floats:
    """(questions,): chance to tick by luck what is right on the other form and wrong on the own."""
    differing = forms.keys[other] & ~forms.keys[own]
    chance = np.bitwise_count(differing) / np.maximum(forms.n_options[own], 1)
    return np.asarray(np.where(forms.items[own] >= 0, np.minimum(chance, 1), 0))


def allowed_breaks(forms: FormKeys, rules: SignalRules) -> Ints:
    """(forms,): questions in which a pattern may be broken."""
    return np.asarray(np.floor(forms.n_questions * rules.deviating + 1e-9), dtype=np.int64)


class SignalRows(NamedTuple):
    """Rows that signals look at.

    Number of the file, line, id, room (-1 unknown), form, number right, marks: arrays along the rows.
    """

    file: Ints
    line: Ints
    ids: Texts
    room: Ints
    form: Ints
    right: Ints
    marks: Marks

    def take(self, rows: Ints | Bools) -> SignalRows:
        """Some of the rows."""
        some = (self.file[rows], self.line[rows], self.ids[rows], self.room[rows])
        return SignalRows(*some, self.form[rows], self.right[rows], self.marks[rows])


def joined_rows(parts: Sequence[SignalRows]) -> SignalRows:
    """Rows of several batches as one, in a fixed order: by file, then line. At least one part."""
    width = max(part.marks.shape[1] for part in parts)
    rows = SignalRows(
        file=np.concatenate([part.file for part in parts]),
        line=np.concatenate([part.line for part in parts]),
        ids=np.concatenate([part.ids for part in parts]),
        room=np.concatenate([part.room for part in parts]),
        form=np.concatenate([part.form for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        marks=np.concatenate(
            [np.pad(m, ((0, 0), (0, width - m.shape[1]))) for m in (p.marks for p in parts)]
        ),
    )
    return rows.take(np.lexsort((rows.ids, rows.line, rows.file)))


class Suspects(NamedTuple):
    """Of one batch: `hashes` (n,) of all rows (as `marks_hash`), `rows` the places in the batch, ascending,
    of those that may have a signal of their own."""

    hashes: Hashes
    rows: Ints


def suspects(plan: SignalPlan, form: Ints, marks: Marks, right: Ints) -> Suspects:
    """The rows of a batch that signals are to look at.

    Parameters
    ----------
    plan : SignalPlan
    form : ndarray of int, shape (n,)
    marks : ndarray of uint8, shape (n, questions)
        Bit masks, 0 past a form's last question.
    right : ndarray of int, shape (n,)
        Number right, whatever points are given: see `number_right`.
    """
    columns = word_columns(marks)
    hashes = marks_hash(form, marks)
    rows = np.flatnonzero(right <= plan.low[form])
    if not len(rows):
        return Suspects(hashes, rows)
    if len(rows) * 2 < len(form):
        columns, form, right = np.take(columns, rows, axis=1), form[rows], right[rows]
    else:
        rows = np.arange(len(form))
    odd = (right <= plan.seldom[form]) | _blank(columns, right)
    # rows that may repeat a pattern: marks so far apart as a multiple of its length are nearly all alike
    sizes = plan.forms.n_questions
    lags = LONG_LAGS if len(sizes) and sizes.min() >= LONG else SHORT_LAGS
    breaks = 2 * allowed_breaks(plan.forms, plan.rules)
    for lag in lags:
        alike, n_places = _alike(columns, lag)
        past = np.maximum(n_places - sizes, 0)
        least = np.maximum(sizes - lag, 0) - breaks + past
        least[sizes < max(plan.rules.fewest_questions, lag + 4)] = n_places + 1
        odd |= alike >= least[form]
    odd |= _fits_other(plan, columns, form, right)
    return Suspects(hashes, rows[odd])


def number_right(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """(n,) questions in which exactly one letter is marked, and that is right."""
    width = min(marks.shape[1], forms.keys.shape[1])
    marked = marks[:, :width]
    right = (np.bitwise_count(marked) == 1) & ((marked & forms.keys[form, :width]) != 0)
    return np.asarray(np.count_nonzero(right, axis=1), dtype=np.int64)


def _fits_other(plan: SignalPlan, columns: Hashes, form: Ints, right: Ints) -> Bools:
    """Rows with more right answers on another key than on their own, and remarkably many."""
    found = np.zeros(len(form), dtype=np.bool_)
    n_words = min(len(columns), len(plan.words))
    least, narrow = plan.enough.min(axis=0), right.astype(np.uint16)
    for place in np.flatnonzero(least <= plan.forms.keys.shape[1]).tolist():
        key = plan.words[:n_words, plan.others[place], None]
        fits = _count(columns[:n_words] & key)
        rows = np.flatnonzero((fits >= least[place]) & (fits > narrow))
        only_there = np.take(columns[:n_words], rows, axis=1) & key & ~plan.words[:n_words, form[rows]]
        found[rows[_count(only_there) >= plan.enough[form[rows], place]]] = True
    return found


def _count(words: Hashes) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Bits set along the first axis."""
    kind = np.uint8 if len(words) * 64 < 256 * 8 else np.uint16
    return np.asarray(np.add.reduce(np.bitwise_count(words), axis=0, dtype=kind))


def _blank(columns: Hashes, right: Ints) -> Bools:
    found = np.asarray(right == 0)
    rows = np.flatnonzero(found)
    found[rows] = ~columns[:, rows].any(axis=0)
    return found


def _alike(columns: Hashes, lag: int) -> tuple[Ints, int]:
    """(n,) how many bytes are like the one `lag` places on, and among how many places that was asked."""
    whole, part = divmod(lag, 8)
    first = columns[: len(columns) - whole]
    later = columns[whole:]
    if not len(first):
        return np.zeros(columns.shape[1], dtype=np.int64), 0
    if part:
        shifted = later >> np.uint64(8 * part)
        shifted[:-1] |= later[1:] << np.uint64(64 - 8 * part)
        later = shifted
    same = np.ascontiguousarray(first).view(np.uint8) == np.ascontiguousarray(later).view(np.uint8)
    in_bytes = np.add.reduce(same.view(np.uint64), axis=0)
    lanes = (in_bytes & _BYTES) + ((in_bytes >> np.uint64(8)) & _BYTES)
    return ((lanes * _LANES) >> np.uint64(48)).astype(np.int64), len(first) * 8
