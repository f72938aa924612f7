"""Completed rating workbooks and the bank → ratings to keep, ratings set aside, and items without one."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.bank.reviews.columns import RATING, SUITS, shown
from examgen.bank.reviews.ratings import JudgedItem, Rating, RatingPanel, current, panel_of
from examgen.bank.reviews.reading import FilledForm, GivenRating, ReviewedItem
from examgen.bank.reviews.workbook import text_of
from examgen.bank.workbook.texts import clean, digest, folded
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem
from examgen.core.words import command, listed, option, tell

_LONGEST_SAID = 60


class ImportedRatings(NamedTuple):
    """The result of an import: new ratings, the number `known` already, those set aside, those missing."""

    ratings: tuple[Rating, ...]
    known: int
    set_aside: tuple[Problem, ...]
    missing: dict[str, tuple[str, ...]]
    """The items without a rating, by file."""
    problems: tuple[Problem, ...]
    """Errors and notices; with any error, no rating is kept."""


def present(shelf: BankUnit) -> dict[str, JudgedItem]:
    """The present hash and criterion of each item, to which a new rating would apply."""
    return {item.id: JudgedItem(item.sha256(), item.pc) for item in shelf.items}


def settle(
    forms: Sequence[FilledForm],
    shelf: BankUnit,
    kept: Sequence[Rating],
    date: datetime.date,
    replace: bool = False,
    signed_in: bool = False,
) -> ImportedRatings:
    """Sorts the answers of experts into ratings to keep, ratings set aside, and problems.

    `kept` are the ratings on record; a different answer may follow one of them only with `replace`. Experts
    who are `signed_in` are known by their user names. Otherwise, the number of an expert and the name in the
    form must always go together.
    """
    strangers = [] if signed_in else list(_other_people(forms, kept))
    problems = []
    for form in forms:
        if form.unit != shelf.unit.code:
            message = tell(
                "is a form of {unit}, not of {code}. Import it there.", unit=form.unit, code=shelf.unit.code
            )
            problems.append(Problem(form.file, "other-unit", message))
    problems += strangers
    for form in forms:
        if form.name is None:
            message = tell("contains no name. Its ratings are stored under {expert}.", expert=form.expert)
            problems.append(Problem(form.file, "name-missing", message, severity="notice"))
    for answer in (answer for form in forms for answer in form.answers):
        if answer.suits is not None and answer.suits not in shelf.unit.levels:
            message = tell(
                "{code} does not state level {wrong}. Its levels are {stated}.",
                code=shelf.unit.code,
                wrong=answer.suits,
                stated=listed(map(str, shelf.unit.levels or "–")),
            )
            problems.append(Problem(answer.where, "level-unknown", message, answer.item, SUITS))
    doubted = {problem.source for problem in strangers}
    before = {_key(rating): rating for rating in current(kept, present(shelf))}
    # The item of each text that a form shows, if only one item has the text.
    if not any(answer.beside for form in forms for answer in form.answers):
        whose = {}
    else:
        texts = [(clean(text_of(shelf, item)), item.id) for item in shelf.items]
        counts = Counter(text for text, _ in texts)
        whose = {text: item for text, item in texts if counts[text] == 1}
    given: dict[tuple[RatingPanel, str, str], tuple[Rating, str]] = {}
    new: list[Rating] = []
    set_aside: list[Problem] = []
    known = 0
    for form, answer in ((one, answer) for one in forms for answer in one.answers if not answer.is_empty):
        if fault := _outdated(form, answer, shelf):
            set_aside.append(fault)
        elif (other := whose.get(answer.beside, answer.item)) != answer.item:
            message = tell(
                "is next to the stem of {other}. Check whether one column of the sheet was "
                "sorted or a cell was moved.",
                other=other,
            )
            problems.append(Problem(answer.where, "line-mixed", message, answer.item))
        elif form.file not in doubted:
            asked = form.asked[answer.item]
            rating = Rating(
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
            old = before.get(_key(rating))
            first, where = given.setdefault(_key(rating), (rating, answer.where))
            if not _same(first, rating):
                said, said_2 = _said_apart(first, rating)
                message = tell(
                    "{expert} has another answer at {where} ({said}, here {said_2}). Keep one of the two.",
                    expert=rating.expert,
                    where=where,
                    said=said,
                    said_2=said_2,
                )
                problems.append(Problem(answer.where, "expert-twice", message, answer.item, RATING))
            elif first is not rating or (old and _same(old, rating)):
                known += 1
            elif old is None or replace:
                new.append(rating)
            else:
                said, said_2 = _said_apart(old, rating)
                message = tell(
                    "{expert} gave another answer on {date} ({said}, here {said_2}). To "
                    "use the new answer, add {replace}.",
                    expert=rating.expert,
                    date=old.date,
                    said=said,
                    said_2=said_2,
                    replace=option("replace"),
                )
                problems.append(Problem(answer.where, "rating-differs", message, answer.item, RATING))
    # An empty cell does not remove an answer on record.
    for form in (form for form in forms if form.file not in doubted):
        empty = [answer.item for answer in form.answers if answer.is_empty]
        if stay := [item for item in empty if (form.panel, form.expert, item) in before]:
            message = tell(
                "is empty where {expert} has answered before ({items}). These earlier answers still count.",
                expert=form.expert,
                items=", ".join(stay),
            )
            problems.append(Problem(form.file, "rating-stays", message, severity="notice"))
    missing = {
        form.file: tuple(answer.item for answer in form.answers if answer.value is None) for form in forms
    }
    return ImportedRatings(
        tuple(new), known, tuple(set_aside), {k: v for k, v in missing.items() if v}, tuple(problems)
    )


def _other_people(forms: Sequence[FilledForm], kept: Sequence[Rating]) -> Iterator[Problem]:
    """Problems with forms in which one number has two names, or one name two numbers; records count too."""
    people: dict[RatingPanel, dict[tuple[str, str], tuple[str, str]]] = {}
    for one in kept:
        if one.name:
            known = people.setdefault(_asked(panel_of(one)), {})
            known[one.expert, folded(one.name)] = one.name, tell("on record")
    for form in forms:
        known = people.setdefault(_asked(form.panel), {})
        if not form.name or (form.expert, folded(form.name)) in known:
            continue
        for (expert, plain), (name, where) in known.items():
            if (expert == form.expert) != (plain == folded(form.name)):
                if expert == form.expert:
                    message = tell(
                        "is the form of {expert}, filled in by {name}, but {where} "
                        "{expert} is {other}. If they are one person, write that name in "
                        "it. If not, copy the answers into the form of another number "
                        "({command} makes more).",
                        expert=expert,
                        name=form.name,
                        where=where,
                        other=name,
                        command=command("bank review", "--experts"),
                    )
                else:
                    message = tell(
                        "is the form of {expert}, filled in by {name}, who is {other} "
                        "{where}. If they are one person, copy the answers into the form "
                        "of {other}. If not, write names that distinguish them.",
                        expert=form.expert,
                        name=form.name,
                        where=where,
                        other=expert,
                    )
                yield Problem(form.file, "expert-name", message)
                break
        else:
            known[form.expert, folded(form.name)] = form.name, tell("in {file}", file=form.file)


def _asked(panel: RatingPanel) -> RatingPanel:
    """The panel without its round: an expert has the same number in all rounds."""
    return panel._replace(round=1)


def _outdated(form: FilledForm, answer: GivenRating, shelf: BankUnit) -> Problem | None:
    """Why a rating does not apply to the present item, or None."""
    item = next((one for one in shelf.items if one.id == answer.item), None)
    asked: ReviewedItem = form.asked[answer.item]
    texts = {criterion.code: criterion.text for criterion in shelf.unit.criteria}
    if item is None:
        code, why = "item-gone", tell("is no longer in the bank")
    elif item.sha256() != asked.hash:
        code, why = "item-changed", tell("was changed in the bank after the form was made")
    elif item.pc != asked.pc:
        code = "item-moved"
        why = tell(
            "counted for {before} when the form was made, and now counts for {now}",
            before=asked.pc,
            now=item.pc,
        )
    elif digest(texts.get(item.pc, "")) != asked.criterion:
        code = "criterion-changed"
        why = tell("is for {pc}, which was reworded after the form was made", pc=item.pc)
    else:
        return None
    message = tell("{why}. Its rating was not used. Ask for a new one.", why=why)
    return Problem(answer.where, code, message, answer.item, severity="warning")


def _key(rating: Rating) -> tuple[RatingPanel, str, str]:
    return panel_of(rating), rating.expert, rating.item


def _same(one: Rating, other: Rating) -> bool:
    return (one.value, one.suits, one.comment) == (other.value, other.suits, other.comment)


def _said_apart(one: Rating, other: Rating) -> tuple[str, str]:
    """Two answers in short; their comments if they differ in nothing else."""
    if (one.value, one.suits) != (other.value, other.suits):
        return _said(one), _said(other)
    return _remark(one), _remark(other)


def _remark(one: Rating) -> str:
    if one.comment is None:
        return tell("no comment")
    said = one.comment if len(one.comment) <= _LONGEST_SAID else f"{one.comment[:_LONGEST_SAID]}…"
    return tell("the comment “{comment}”", comment=said)


def _said(one: Rating) -> str:
    """An answer in short: the rating, and the level if the expert named one."""
    rating = shown(one.kind, one.value) if one.value is not None else tell("no rating")
    return rating if one.suits is None else tell("{rating}, level {level}", rating=rating, level=one.suits)
