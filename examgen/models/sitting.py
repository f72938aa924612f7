"""Who sits an exam, and which booklet each candidate is dealt."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from examgen.models.base import Model, Text
from examgen.models.form import Form


class Candidate(Model):
    """A line of the candidate list, as `render --candidates` reads it."""

    candidate_id: Text
    name: str = ""
    room: str = ""
    seat: str = ""
    extra: dict[str, str] = {}


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
