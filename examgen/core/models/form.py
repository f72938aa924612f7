"""Who sits an exam, and which booklet each candidate is dealt.

What is printed: forms with their items, and the exam that they make up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from examgen.core.models.base import ExamRoom, Model, Text, Told
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import FormCut
from examgen.core.models.item import Evidence, Instrument, Item, OptionId, Stimulus, Task
from examgen.core.models.standard import WRITTEN, Besides, Unit
from examgen.core.text.characters import LETTERS


class PrintedItem(Model):
    """An item as one form prints it: its number, and the order of its canonical option ids."""

    question: int
    item: Item
    unit: str
    element: str
    order: tuple[OptionId, ...]
    points: int = 1
    """0 for a pilot item, which is printed and analysed but counts for nobody."""

    @property
    def key_letters(self) -> str:
        """The printed letters of the key: `C`, or `A|C` where several are right."""
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
    """Everything that a sitting rests on: blueprint, the standard, forms and stimuli as printed."""

    blueprint: Blueprint
    units: tuple[Unit, ...]
    forms: tuple[Form, ...]
    stimuli: tuple[Stimulus, ...] = ()
    evidence: dict[str, Evidence] = {}
    """What was known of the printed items when the forms were built."""
    anchor: tuple[str, ...] = ()
    """The items that all forms hold because the blueprint asks an anchor."""
    cuts: dict[str, FormCut] = {}
    """The cut score of each form, where the bank's ratings set it."""
    notices: tuple[Told, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    """The instruments whose tasks the forms ask, where assessors rate."""
    void_approvals: tuple[str, ...] = ()
    """Printed items whose text is not the one that was approved."""

    def besides(self, unit: str) -> Besides | None:
        """What the standard of a unit asks at the level of this exam beside it; None where it is silent."""
        of = next(one for one in self.units if one.code == unit)
        return of.besides(self.blueprint.level, self.blueprint.occupation, self.blueprint.method)

    def is_all(self, unit: str) -> bool:
        """Whether the standard asks this exam alone, so that who passes it has met the unit."""
        return (found := self.besides(unit)) is not None and not found.methods

    @property
    def tasks(self) -> dict[str, Task]:
        """By id, the tasks of its instruments."""
        return {task.id: task for one in self.instruments for task in one.tasks}

    @property
    def other_methods(self) -> tuple[Besides, ...]:
        """What the standards ask besides this exam, of the units of which they ask anything."""
        found = (self.besides(str(unit.code)) for unit in self.units)
        return tuple(one for one in found if one is not None and one.methods)

    @property
    def is_told_in_writing(self) -> bool:
        """Whether assessors rate it and the standard asks a written test too, in whose sitting units are
        decided and people are told."""
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
    """A line of the candidate list, as `render` reads it."""

    candidate_id: Text
    name: str = ""
    centre: str = ""
    room: str = ""
    seat: str = ""
    extra: dict[str, str] = {}

    @property
    def exam_room(self) -> ExamRoom:
        """Where they sit."""
        return ExamRoom(self.centre, self.room)


class Seat(NamedTuple):
    """Where somebody sits: the row, as it is compared, and the number in it; None where no row is named."""

    row: str | None
    number: int


_SEAT = re.compile(r"(.*?[^\d\s])[\s._/-]*(\d+)")


def seat_of(seat: str) -> Seat:
    """Row and number of a seat's name: A1, a 1 and A-1 are one seat, R2-C3 stands in row `r2-c`."""
    found = _SEAT.fullmatch(seat.strip())
    if found is None:
        return Seat(None, 0)
    row = unicodedata.normalize("NFKC", found[1]).casefold()
    return Seat(row.rstrip("._/- ") or row, int(found[2][-9:]))


class PersonalForm(NamedTuple):
    """A form as one booklet prints it: no texts, no key.

    `items` are places (from 0) in the base form, in printed order; `options[i]` are places (from 0) in the
    base form's printed order of the options of `items[i]`.
    """

    base: str
    items: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]


class Booklet(NamedTuple):
    """A booklet of one candidate, or a spare one.

    `form` is the name in forms.csv and key.csv: that of the base form where nothing is drawn for the
    candidate, else the serial. `serial` names this very booklet and its answer sheet.
    """

    serial: str
    form: str
    order: PersonalForm
    candidate: Candidate | None
    room: str
    centre: str = ""

    @property
    def exam_room(self) -> ExamRoom:
        """Where it is handed out."""
        return ExamRoom(self.centre, self.room)


def as_printed(form: Form) -> PersonalForm:
    """The form as it stands."""
    return PersonalForm(form.name, _every(len(form.items)), tuple(_every(len(p.order)) for p in form.items))


@cache
def _every(n: int) -> tuple[int, ...]:
    return tuple(range(n))


def with_order(form: Form, order: PersonalForm, name: str) -> Form:
    """The form as a booklet prints it, under that name."""
    printed = (
        (form.items[place], tuple(form.items[place].order[n] for n in options))
        for place, options in zip(order.items, order.options, strict=True)
    )
    items = tuple(
        p.model_copy(update={"question": number, "order": options})
        for number, (p, options) in enumerate(printed, 1)
    )
    return Form(name=name, items=items)
