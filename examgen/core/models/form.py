"""Forms and exams as printed, the candidates who sit them, and the booklet assigned to each candidate."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import FormCut
from examgen.core.models.field_types import ExamRoom, Model, Text, Told
from examgen.core.models.item import Evidence, Instrument, Item, OptionId, Stimulus, Task
from examgen.core.models.standard import WRITTEN, Besides, Unit
from examgen.core.text.characters import LETTERS


class PrintedItem(Model):
    """An item as printed on one form: its question number, and its option ids in printed order."""

    question: int
    item: Item
    unit: str
    element: str
    order: tuple[OptionId, ...]
    points: int = 1
    """The points for the item; 0 for a pilot item, which is printed and analysed but not scored."""

    @property
    def key_letters(self) -> str:
        """The printed letters of the key: `C`, or `A|C` if several are right."""
        return "|".join(LETTERS[i] for i, option in enumerate(self.order) if option in self.item.key)

    @property
    def key_mask(self) -> int:
        """The key as a bit mask: bit i for the option printed at position i."""
        return sum(1 << i for i, option in enumerate(self.order) if option in self.item.key)


class Form(Model):
    """A snapshot of one printed version of an exam; scoring and reports read it, never the bank."""

    name: str
    items: tuple[PrintedItem, ...]


class Exam(Model):
    """The basis of a sitting: the blueprint, the standards, and the forms and stimuli as printed."""

    blueprint: Blueprint
    units: tuple[Unit, ...]
    forms: tuple[Form, ...]
    stimuli: tuple[Stimulus, ...] = ()
    evidence: dict[str, Evidence] = {}
    """The evidence about the printed items when the forms were built."""
    anchor: tuple[str, ...] = ()
    """The items of the anchor, which are on all forms."""
    cuts: dict[str, FormCut] = {}
    """The cut score of each form, if it was set by the bank's ratings."""
    notices: tuple[Told, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    """The instruments whose tasks are on the forms, if assessors rate the exam."""
    void_approvals: tuple[str, ...] = ()
    """The printed items whose text differs from the approved one."""

    def besides(self, unit: str) -> Besides | None:
        """Returns what the standard of a unit requires besides this exam, at its level; None if the standard
        names no methods."""
        of = next(one for one in self.units if one.code == unit)
        return of.besides(self.blueprint.level, self.blueprint.occupation, self.blueprint.method)

    def is_all(self, unit: str) -> bool:
        """Returns whether the standard requires only this exam, so that a candidate who passes it has met the
        unit."""
        return (found := self.besides(unit)) is not None and not found.methods

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks of its instruments, by id."""
        return {task.id: task for one in self.instruments for task in one.tasks}

    @property
    def other_methods(self) -> tuple[Besides, ...]:
        """The requirements of the standards besides this exam, for the units that have any."""
        found = (self.besides(str(unit.code)) for unit in self.units)
        return tuple(one for one in found if one is not None and one.methods)

    @property
    def is_told_in_writing(self) -> bool:
        """Whether assessors rate this exam and the standard also requires a written test, in whose sitting
        units are decided and results are reported."""
        return self.blueprint.is_rated and any(
            not WRITTEN.isdisjoint(one.methods) for one in self.other_methods
        )

    @property
    def has_drafts(self) -> bool:
        """Whether any printed item's text has not been approved by a subject-matter expert."""
        return bool(self.void_approvals) or any(
            printed.item.status in ("draft", "review") for form in self.forms for printed in form.items
        )


class Candidate(Model):
    """A row of the candidate list, as `render` reads it."""

    candidate_id: Text
    name: str = ""
    centre: str = ""
    room: str = ""
    seat: str = ""
    extra: dict[str, str] = {}

    @property
    def exam_room(self) -> ExamRoom:
        """The room in which the candidate sits."""
        return ExamRoom(self.centre, self.room)


class Seat(NamedTuple):
    """A seat: its row, normalised for comparison, and its number in the row. The row is None if the seat has
    none."""

    row: str | None
    number: int


_SEAT = re.compile(r"(.*?[^\d\s])[\s._/-]*(\d+)")


def seat_of(seat: str) -> Seat:
    """Returns the row and number of a seat's name: A1, a 1 and A-1 are the same seat; R2-C3 is in row
    `r2-c`."""
    found = _SEAT.fullmatch(seat.strip())
    if found is None:
        return Seat(None, 0)
    row = unicodedata.normalize("NFKC", found[1]).casefold()
    return Seat(row.rstrip("._/- ") or row, int(found[2][-9:]))


class PersonalForm(NamedTuple):
    """The order of a form in one booklet, without texts or key.

    `items` are 0-based positions in the base form, in printed order. `options[i]` are 0-based positions in
    the base form's printed order of the options of `items[i]`.
    """

    base: str
    items: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]


class Booklet(NamedTuple):
    """A booklet assigned to a candidate, or a spare one.

    `form` is the name in forms.csv and key.csv: that of the base form if the candidate has no personal order,
    else the serial number. `serial` identifies this booklet and its answer sheet.
    """

    serial: str
    form: str
    order: PersonalForm
    candidate: Candidate | None
    room: str
    centre: str = ""

    @property
    def exam_room(self) -> ExamRoom:
        """The room in which the booklet is handed out."""
        return ExamRoom(self.centre, self.room)


def as_printed(form: Form) -> PersonalForm:
    """Returns the order of a form as it is, without reordering."""
    return PersonalForm(form.name, _every(len(form.items)), tuple(_every(len(p.order)) for p in form.items))


@cache
def _every(n: int) -> tuple[int, ...]:
    return tuple(range(n))


def with_order(form: Form, order: PersonalForm, name: str) -> Form:
    """Returns the form in the order of a booklet, under that name."""
    printed = (
        (form.items[place], tuple(form.items[place].order[n] for n in options))
        for place, options in zip(order.items, order.options, strict=True)
    )
    items = tuple(
        p.model_copy(update={"question": number, "order": options})
        for number, (p, options) in enumerate(printed, 1)
    )
    return Form(name=name, items=items)
