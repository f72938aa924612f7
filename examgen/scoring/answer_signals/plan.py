"""The forms, the rules and the rows by which answers are looked at for signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import Ints, Marks, Texts

Bools = npt.NDArray[np.bool_]
LETTER_BITS = 5


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


RULES = SignalRules()


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


def number_right(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """(n,) questions in which exactly one letter is marked, and that is right."""
    width = min(marks.shape[1], forms.keys.shape[1])
    marked = marks[:, :width]
    right = (np.bitwise_count(marked) == 1) & ((marked & forms.keys[form, :width]) != 0)
    return np.asarray(np.count_nonzero(right, axis=1), dtype=np.int64)
