"""The forms of an exam → notices about them before anyone takes them.

Examples are criteria that can never be judged, and elements with different numbers of items in different
forms. None is a fault, and each can be corrected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from examgen.assembly.order.key_places import OF_PLACES
from examgen.core.models.figures import NOTHING_KNOWN, Characteristics
from examgen.core.models.form import Exam
from examgen.core.words import noted, tell
from examgen.scoring.characteristics import ScoredItem, characteristics
from examgen.scoring.cut_scores import criteria_of

_MOST = 8
"""The maximum number of names listed; the rest are counted."""


_NONE_JUDGED = noted(
    "none of the {of} criteria of the blueprint can be judged, because no form has {least} "
    "items of them (judgement.min_items): {which}. Write more items for them, lower that "
    "number, or remove them from the blueprint."
)
_NEVER_JUDGED = noted(
    "{n} of the {of} criteria of the blueprint can never be judged, because no form has "
    "{least} items of them (judgement.min_items): {which}. Write more items for them, "
    "lower that number, or remove them from the blueprint."
)
_ONE_ON_SOME = noted(
    "1 criterion is judged only on some forms, because others have fewer than {least} "
    "items of it (judgement.min_items): {which}. Use the same number on every form, or "
    "lower that number."
)
_MANY_ON_SOME = noted(
    "{n} criteria are judged only on some forms, because others have fewer than {least} "
    "items of them (judgement.min_items): {which}. Use the same number on every form, or "
    "lower that number."
)
_NEVER_MET = noted(
    "{which} cannot be met at the required certainty (judgement.certainty), even with all "
    "items right. Add items or lower the certainty."
)
_UNLIKE_IN_ONE = noted(
    "forms differ in 1 element ({which} items). For equal forms, set a number for the element in criteria."
)
_UNLIKE = noted(
    "forms differ in {n} elements ({which} items). For equal forms, set a number for each "
    "element in criteria."
)
_OF_FORMS = frozenset(
    (_NONE_JUDGED, _NEVER_JUDGED, _ONE_ON_SOME, _MANY_ON_SOME, _NEVER_MET, _UNLIKE_IN_ONE, _UNLIKE)
)


def of_forms(notices: Iterable[str]) -> list[str]:
    """Return the notices that are about the forms, not about the standard. They depend on the numbers of
    items."""
    return [one for one in notices if getattr(one, "msgid", "") in _OF_FORMS]


def notices_without_keys(notices: Iterable[str]) -> list[str]:
    """Return the notices of an exam without those on the positions of right answers. From these, somebody who
    can try any number of forms could infer all keys one by one."""
    return [one for one in notices if getattr(one, "msgid", "") not in OF_PLACES]


def with_form_notices(built: Exam) -> Exam:
    """Return the exam with the notices about its forms added."""
    told = (*_unjudged(built), *_never_met(built), *_unlike(built))
    return built.model_copy(update={"notices": (*built.notices, *told)}) if told else built


def _unjudged(built: Exam) -> Iterator[str]:
    """Yield notices on criteria of the exam that its `judgement` can judge on no form, or only on some."""
    least = built.blueprint.judgement.min_items
    counts = _by_form(built, "pc")
    asked = _asked(counts)
    never = {name: own for name, own in asked.items() if max(own) < least}
    some = {name: own for name, own in asked.items() if min(own) < least <= max(own)}
    if never:
        said = _NONE_JUDGED if len(never) == len(asked) else _NEVER_JUDGED
        more = {} if said is _NONE_JUDGED else {"n": len(never)}
        yield tell(said, of=len(asked), least=least, which=_named(never), **more)
    if some:
        said = _ONE_ON_SOME if len(some) == 1 else _MANY_ON_SOME
        more = {} if said is _ONE_ON_SOME else {"n": len(some)}
        yield tell(said, least=least, which=_named(some), **more)


def _never_met(built: Exam) -> Iterator[str]:
    """Yield a notice on judged criteria that cannot reach the required certainty with any number of right
    answers."""
    if built.blueprint.judgement.certainty is None:
        return
    kinds = [one for one in characteristics_of(built).kinds if one.level == "criterion"]
    never = {code: one.n_items for one in kinds if one.met_from is None for code in one.places}
    if never:
        yield tell(_NEVER_MET, which=_named({code: (n,) for code, n in never.items()}))


def _unlike(built: Exam) -> Iterator[str]:
    """Yield a notice on elements with different numbers of items in different forms."""
    counts = _by_form(built, "element")
    apart = {name: own for name, own in _asked(counts).items() if min(own) != max(own)}
    if apart:
        said = _UNLIKE_IN_ONE if len(apart) == 1 else _UNLIKE
        more = {} if said is _UNLIKE_IN_ONE else {"n": len(apart)}
        yield tell(said, which=_named(apart), **more)


def _by_form(built: Exam, level: str) -> list[Counter[str]]:
    """Return, for each form, the scored items by criterion or element; units are separate if the exam has
    several."""
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
    """Return the numbers of items on each form, by criterion or element, for those that any form covers."""
    names = sorted({name for own in counts for name in own})
    return {name: [own[name] for own in counts] for name in names}


def _named(found: Mapping[str, Sequence[int]]) -> str:
    """Return names with their numbers, as in `A4011.01 (2), A4011.02 (1–2)`; a long list is cut short."""
    said = []
    for name, counts in [*found.items()][:_MOST]:
        least, most = min(counts), max(counts)
        said.append(f"{name} ({most})" if least == most else f"{name} ({least}–{most})")
    names = ", ".join(said)
    return tell("{names} and {n} more", names=names, n=len(found) - _MOST) if len(found) > _MOST else names


def characteristics_of(exam: Exam) -> Characteristics:
    """Return the probabilities of each decision under the exam's rules, for candidates with a given true
    share. Nothing is known for tasks that assessors rate, which are not right or wrong."""
    if exam.instruments:
        return NOTHING_KNOWN
    criteria = criteria_of(exam.units)
    place = {(unit, pc): n for n, (unit, _, pc) in enumerate(criteria)}
    forms = {
        form.name: [
            (place[one.unit, one.item.pc], ScoredItem(one.points, len(one.order), len(one.item.key)))
            for one in form.items
        ]
        for form in exam.forms
    }
    asked = exam.blueprint
    cuts = {name: one.cut for name, one in exam.cuts.items()}
    return characteristics(forms, criteria, asked.judgement, asked.scoring, asked.pass_rule, cuts)
