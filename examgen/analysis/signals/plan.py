"""Keys of all forms and rules → what is reckoned once before rows are looked at for signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.analysis.hashes import Hashes, word_columns
from examgen.analysis.signals.tails import Floats, at_least, at_most
from examgen.responses.rows import Ints, Marks

Bools = npt.NDArray[np.bool_]
LETTER_BITS = 5
PERIODS = (1, 2, 3, 4, 5, 6)
"""Lengths of repeating patterns that are looked for: 1 is one letter, 4 is ABCD again and again."""
LEAST_FOR_PATTERN = 20
"""Questions from which on patterns other than one letter are looked for."""


@dataclass(frozen=True, slots=True)
class SignalRules:
    """What is said to be worth a look.

    `deviating` is the share of questions, 0–1, in which a pattern may be broken; shorter forms than
    `fewest_questions` are not tested for patterns. Levels are chances of a false alarm under the model that
    `docs/signals.md` states: `under_chance` of a row, the others of a whole administration, any at all.
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


class Plan(NamedTuple):
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


def signal_plan(forms: FormKeys, rules: SignalRules = SignalRules()) -> Plan:
    """What `suspects` and `resolve_signals` need; the keys of all forms are tried, where there are no more
    than `rules.most_forms`."""
    tried = np.arange(len(forms.names) if len(forms.names) <= rules.most_forms else 0)
    chances = right_by_chance(forms)
    seldom = np.count_nonzero(at_most(chances) <= rules.under_chance, axis=1) - 1
    enough = _enough(forms, tried)
    low = np.maximum(
        _pattern_bound(forms, rules), np.maximum(seldom, _wrong_form_bound(forms, tried, enough))
    )
    return Plan(forms, rules, low, seldom, tried, enough, word_columns(forms.keys))


def right_by_chance(forms: FormKeys) -> Floats:
    """(forms, questions): chance of one who ticks any letter; 0 past the last question."""
    right = np.bitwise_count(forms.keys) / np.maximum(forms.n_options, 1)
    return np.asarray(np.where(forms.items >= 0, np.minimum(right, 1), 0))


def other_by_chance(forms: FormKeys, own: int, other: int) -> Floats:
    """(questions,): chance to tick by luck what is right on the other form and wrong on the own."""
    differing = forms.keys[other] & ~forms.keys[own]
    chance = np.bitwise_count(differing) / np.maximum(forms.n_options[own], 1)
    return np.asarray(np.where(forms.items[own] >= 0, np.minimum(chance, 1), 0))


_LOOSE = 1e-4
"""Chance at which a row is passed on; what is flagged is far less likely."""


def _enough(forms: FormKeys, others: Ints) -> Ints:
    """(forms, others): least number of hits among differing questions of chance `_LOOSE` or less; more than
    there are questions where no number is so rare, or the forms are of different lengths."""
    n_forms, n_questions = len(forms.names), forms.n_questions
    never = forms.keys.shape[1] + 1
    found = np.full((n_forms, len(others)), never)
    known: dict[bytes, int] = {}
    for own in range(n_forms if len(others) else 0):
        for place, other in enumerate(others.tolist()):
            if other != own and n_questions[other] == n_questions[own]:
                chances = np.sort(other_by_chance(forms, own, other))
                name = chances.tobytes()
                if name not in known:
                    least = int(np.count_nonzero(at_least(chances[None])[0] > _LOOSE))
                    known[name] = least if least <= np.count_nonzero(chances) else never
                found[own, place] = known[name]
    return found


def _wrong_form_bound(forms: FormKeys, others: Ints, enough: Ints) -> Ints:
    """(forms,): most right answers on the own key of one who had another form in hand, all but 1 in 1000.

    On questions with the same key that one is right as often as able, on the others when a wrong answer or
    a guess happens to fit; the bound is the largest over abilities from guessing upwards.
    """
    n_questions = np.maximum(forms.n_questions, 1)
    guess = (right_by_chance(forms).sum(axis=1) / n_questions).tolist()
    able = np.linspace(0, 1, 21)[:, None]
    found = np.full(len(forms.names), -1)
    for own in np.flatnonzero((enough <= forms.keys.shape[1]).any(axis=1)).tolist():
        comparable = others[enough[own] <= forms.keys.shape[1]]
        n_same = np.count_nonzero(forms.keys[comparable] & forms.keys[own], axis=1)
        n_other = n_questions[own] - n_same
        share = np.maximum(able, guess[own])
        stray = np.minimum((1 - share) / 2, guess[own])
        mean = n_same * share + n_other * stray
        spread = np.sqrt(n_same * share * (1 - share) + n_other * stray * (1 - stray))
        found[own] = int((mean + 3.1 * spread).max())
    return found


def allowed_breaks(forms: FormKeys, rules: SignalRules) -> Ints:
    """(forms,): questions in which a pattern may be broken."""
    return np.asarray(np.floor(forms.n_questions * rules.deviating + 1e-9), dtype=np.int64)


def _pattern_bound(forms: FormKeys, rules: SignalRules) -> Ints:
    """(forms,): most right answers that a repeating pattern can have."""
    bits = (forms.keys[:, :, None] >> np.arange(LETTER_BITS)) & 1
    most = [sum(bits[:, k::p].sum(axis=1).max(axis=1).astype(np.int64) for k in range(p)) for p in PERIODS]
    return np.asarray(np.max(np.array(most), axis=0) + allowed_breaks(forms, rules), dtype=np.int64)
