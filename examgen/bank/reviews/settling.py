"""Filled rating workbooks and the bank as it is → ratings to keep, those set aside, those missing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.bank.reviews.columns import RATING, SUITS, shown
from examgen.bank.reviews.ratings import Judged, Panel, Rating, current, panel_of
from examgen.bank.reviews.reading import Answer, Asked, Filled
from examgen.bank.workbook.texts import digest, folded
from examgen.models.item import BankUnit
from examgen.problems import Problem
from examgen.words import tell


class Settled(NamedTuple):
    """What an import keeps (`ratings`), has already (`known`), sets aside and misses."""

    ratings: tuple[Rating, ...]
    known: int
    set_aside: tuple[Problem, ...]
    missing: dict[str, tuple[str, ...]]
    """By file, the items without a rating."""
    problems: tuple[Problem, ...]
    """Errors, for which nothing is kept, and notices."""


def present(shelf: BankUnit) -> dict[str, Judged]:
    """What of each item a rating would be about now."""
    return {item.id: Judged(item.sha256(), item.pc) for item in shelf.items}


def settle(
    forms: Sequence[Filled],
    shelf: BankUnit,
    kept: Sequence[Rating],
    date: datetime.date,
    replace: bool = False,
) -> Settled:
    """Sorts the answers; `kept` are the ratings on record, which only `replace` lets another follow."""
    problems = [
        *_of_other_units(forms, shelf),
        *_experts_twice(forms),
        *_nameless(forms),
        *_renamed(forms, kept),
        *_of_other_levels(forms, shelf),
    ]
    before = {_key(rating): rating for rating in current(kept, present(shelf))}
    new: list[Rating] = []
    set_aside: list[Problem] = []
    known = 0
    for form in forms:
        for answer in form.answers:
            if answer.is_empty:
                continue
            if fault := _outdated(form, answer, shelf):
                set_aside.append(fault)
                continue
            rating = _rating(form, answer, date)
            old = before.get(_key(rating))
            if old is None or (replace and not _same(old, rating)):
                new.append(rating)
            elif _same(old, rating):
                known += 1
            else:
                problems.append(_differs(old, rating, answer))
    missing = {
        form.file: tuple(answer.item for answer in form.answers if answer.value is None) for form in forms
    }
    return Settled(
        tuple(new), known, tuple(set_aside), {k: v for k, v in missing.items() if v}, tuple(problems)
    )


def _of_other_units(forms: Sequence[Filled], shelf: BankUnit) -> Iterator[Problem]:
    for form in forms:
        if form.unit != shelf.unit.code:
            message = tell(
                "is a form of {unit}, not of {code}: import it there", unit=form.unit, code=shelf.unit.code
            )
            yield Problem(form.file, "other-unit", message)


def _experts_twice(forms: Sequence[Filled]) -> Iterator[Problem]:
    """No expert rates twice in one round: neither the same form, nor the same name on two."""
    first: dict[tuple[Panel, str], Filled] = {}
    for form in forms:
        for who in dict.fromkeys((form.expert, f"name {folded(form.name)}" if form.name else form.expert)):
            earlier = first.setdefault((form.panel, who), form)
            if earlier is not form:
                name = form.expert if who == form.expert else form.name
                message = tell(
                    "is the second workbook of {name}, after {file}: keep one", name=name, file=earlier.file
                )
                yield Problem(form.file, "expert-twice", message)
                break


def _nameless(forms: Sequence[Filled]) -> Iterator[Problem]:
    for form in forms:
        if form.name is None:
            message = tell(
                "has no name written in it: its ratings are kept as those of {expert}", expert=form.expert
            )
            yield Problem(form.file, "name-missing", message, severity="notice")


def _renamed(forms: Sequence[Filled], kept: Sequence[Rating]) -> Iterator[Problem]:
    """An expert who is on record with another name, or with the same name under another number."""
    on_record = {(panel_of(one), one.expert, one.name) for one in kept if one.name}
    for form in forms:
        for panel, expert, name in sorted(on_record, key=str) if form.name else ():
            same = folded(name or "") == folded(form.name or "")
            if panel == form.panel and (expert == form.expert) != same:
                message = tell(
                    "is of {expert}, {form}; on record {expert_2} is {name}: are they one person?",
                    expert=form.expert,
                    form=form.name,
                    expert_2=expert,
                    name=name,
                )
                yield Problem(form.file, "expert-name", message, severity="warning")


def _of_other_levels(forms: Sequence[Filled], shelf: BankUnit) -> Iterator[Problem]:
    stated = shelf.unit.levels
    for form in forms:
        for answer in form.answers:
            if answer.suits is not None and answer.suits not in stated:
                message = tell(
                    "{code} does not state level {wrong}: its levels are {stated}",
                    code=shelf.unit.code,
                    wrong=answer.suits,
                    stated=list(stated),
                )
                yield Problem(answer.where, "level-unknown", message, answer.item, SUITS)


def _outdated(form: Filled, answer: Answer, shelf: BankUnit) -> Problem | None:
    """Why a rating is not about the item as it is now."""
    item = next((one for one in shelf.items if one.id == answer.item), None)
    asked: Asked = form.asked[answer.item]
    texts = {criterion.code: criterion.text for criterion in shelf.unit.criteria}
    if item is None:
        code, why = "item-gone", tell("is in the bank no more")
    elif item.sha256() != asked.hash:
        code, why = "item-changed", tell("was changed in the bank after the form was made")
    elif item.pc != asked.pc:
        code = "item-moved"
        why = tell("counted for {before} when the form was made, now for {now}", before=asked.pc, now=item.pc)
    elif digest(texts.get(item.pc, "")) != asked.criterion:
        code = "criterion-changed"
        why = tell("is for {pc}, whose words were changed after the form was made", pc=item.pc)
    else:
        return None
    message = tell("{why}: its rating was set aside, ask for a new one", why=why)
    return Problem(answer.where, code, message, answer.item, RATING, "warning")


def _rating(form: Filled, answer: Answer, date: datetime.date) -> Rating:
    asked = form.asked[answer.item]
    return Rating(
        kind=form.panel.kind,
        level=form.panel.level,
        round=form.panel.round,
        expert=form.expert,
        name=form.name,
        item=answer.item,
        hash=asked.hash,
        pc=asked.pc,
        edition=form.edition,
        value=answer.value,
        suits=answer.suits,
        comment=answer.comment,
        date=date,
    )


def _key(rating: Rating) -> tuple[Panel, str, str]:
    return panel_of(rating), rating.expert, rating.item


def _same(one: Rating, other: Rating) -> bool:
    return (one.value, one.suits, one.comment) == (other.value, other.suits, other.comment)


def _differs(old: Rating, new: Rating, answer: Answer) -> Problem:
    said = [_said(one) for one in (old, new)]
    message = tell(
        "{expert} is on record with another answer of {date} ({said}; here {said_2}): --replace "
        "lets this one count",
        expert=new.expert,
        date=old.date,
        said=said[0],
        said_2=said[1],
    )
    return Problem(answer.where, "rating-differs", message, answer.item, RATING)


def _said(one: Rating) -> str:
    """An answer in short: the rating, and the level where one was named."""
    rating = shown(one.kind, one.value) if one.value is not None else tell("no rating")
    return rating if one.suits is None else tell("{rating}, level {level}", rating=rating, level=one.suits)
