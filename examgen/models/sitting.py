"""Who sits an exam, and which booklet each candidate is dealt."""

from __future__ import annotations

from typing import NamedTuple

from examgen.models.base import Model, Text


class Candidate(Model):
    """A line of the candidate list, as `render --candidates` reads it."""

    candidate_id: Text
    name: str = ""
    room: str = ""
    seat: str = ""
    extra: dict[str, str] = {}


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
