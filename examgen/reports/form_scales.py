"""Lines of pc_scale.csv → what they say of each form, of however many forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from examgen.exam.names import base_form

if TYPE_CHECKING:
    from examgen.scored_run import AlikeForms

T = TypeVar("T")


def of_forms(
    by_line: Mapping[str, T],
    forms: Sequence[str],
    place: tuple[str, str, str],
    alike: AlikeForms | None,
) -> list[T | None]:
    """What the lines of a place (level, unit, code) say of each of the forms; None where they say nothing.

    `by_line` is by the cell `forms` of the lines. A line of more than 50 forms names but the first and the
    last of them: the others have that of the form which asks the place as they do.
    """
    if len(by_line) == 1:
        return [next(iter(by_line.values()))] * len(forms)
    named = {name: found for cell, found in by_line.items() for name in cell.split(" ")}

    def of(form: str) -> T | None:
        first = form if alike is None else alike.first_of(place, form)
        return next((named[name] for name in (form, first, base_form(form)) if name in named), None)

    return [of(form) for form in forms]
