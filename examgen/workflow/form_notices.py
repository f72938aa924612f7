"""An exam's forms → what is to be known of them before anybody sits them: criteria that they can never judge,
elements that they do not ask alike. No fault; each with its cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from examgen.models import Exam

_MOST = 8
"""So many are named; of more, how many there are."""


def with_form_notices(built: Exam) -> Exam:
    """The exam with what is to be known of its forms."""
    told = (*_unjudged(built), *_unlike(built))
    return built.model_copy(update={"notices": (*built.notices, *told)}) if told else built


def _unjudged(built: Exam) -> Iterator[str]:
    """Criteria that the paper asks and that its own `judgement` can judge on no form, or only on some."""
    least = built.blueprint.judgement.min_items
    counts = _by_form(built, "pc")
    asked = _asked(counts)
    never = {name: own for name, own in asked.items() if max(own) < least}
    some = {name: own for name, own in asked.items() if min(own) < least <= max(own)}
    cure = "write more items for them, lower judgement.min_items, or leave them out of the paper"
    if never:
        n, of = len(never), len(asked)
        lead = (
            f"none of the {of} criteria of the paper can be judged"
            if n == of
            else (f"{n} of the {of} criteria of the paper can never be judged")
        )
        yield f"{lead}: no form has {least} items of them (judgement.min_items): {_named(never)}: {cure}"
    if some:
        are = "criterion is" if len(some) == 1 else "criteria are"
        yield (
            f"{len(some)} {are} judged on some forms only: others have fewer than {least} items of "
            f"{'it' if len(some) == 1 else 'them'} (judgement.min_items): {_named(some)}: ask equally many "
            "on every form, or lower judgement.min_items"
        )


def _unlike(built: Exam) -> Iterator[str]:
    """Elements of which forms ask another number of items."""
    counts = _by_form(built, "element")
    apart = {name: own for name, own in _asked(counts).items() if min(own) != max(own)}
    if apart:
        are = "1 element" if len(apart) == 1 else f"{len(apart)} elements"
        yield (
            f"forms differ in {are}: {_named(apart)} items: where forms are to be alike, ask a number for "
            "the element in criteria"
        )


def _by_form(built: Exam, level: str) -> list[Counter[str]]:
    """Of each form the scored items by criterion or element; units apart where the exam has several."""
    several = len(built.units) > 1

    def name(unit: str, code: str) -> str:
        return f"{unit} {code}" if several and not code.startswith(unit) else code

    return [
        Counter(
            name(one.unit, one.item.pc if level == "pc" else one.element) for one in form.items if one.points
        )
        for form in built.forms
    ]


def _asked(counts: Sequence[Counter[str]]) -> dict[str, list[int]]:
    """Place → its items on each form, of the places that any form asks, by name."""
    names = sorted({name for own in counts for name in own})
    return {name: [own[name] for own in counts] for name in names}


def _named(found: Mapping[str, Sequence[int]]) -> str:
    """`A4011.01 (2), A4011.02 (1–2)`, the first of many."""
    said = []
    for name, counts in [*found.items()][:_MOST]:
        least, most = min(counts), max(counts)
        said.append(f"{name} ({most})" if least == most else f"{name} ({least}–{most})")
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(said) + more
