"""Sorts experts' answers into ratings to keep, ratings set aside, and items without a rating."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from examgen.bank.reviews.forms import ExpertAnswer, judged_text, shown
from examgen.bank.reviews.ratings import JudgedItem, Rating, RatingPanel, current, panel_of
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem
from examgen.core.words import listed, option, tell


class ImportedRatings(NamedTuple):
    """The result of importing ratings: the new ratings, the number already `known`, and those set aside.

    `missing` lists the items without a rating, by file. If there are any `problems`, no rating is stored.
    """

    ratings: tuple[Rating, ...]
    known: int
    set_aside: tuple[Problem, ...]
    missing: dict[str, tuple[str, ...]]
    problems: tuple[Problem, ...]


def present(shelf: BankUnit) -> dict[str, JudgedItem]:
    """Return the present hash and criterion of each item, to which a new rating would apply."""
    return {item.id: JudgedItem(item.sha256(), item.pc) for item in shelf.items}


def settle(
    answers: Sequence[ExpertAnswer],
    shelf: BankUnit,
    kept: Sequence[Rating],
    date: datetime.date,
    replace: bool = False,
) -> ImportedRatings:
    """Sort the answers of experts into ratings to keep, ratings set aside, and problems.

    `kept` are the recorded ratings; a different answer replaces one of them only with `replace`. An empty
    answer withdraws nothing.
    """
    before = {_key(rating): rating for rating in current(kept, present(shelf))}
    given: dict[tuple[RatingPanel, str, str], tuple[Rating, str]] = {}
    new: list[Rating] = []
    problems: list[Problem] = []
    set_aside: list[Problem] = []
    missing: dict[str, list[str]] = {}
    known = 0
    for answer in answers:
        if answer.value is None:
            missing.setdefault(answer.file, []).append(answer.item)
        if fault := _fault(answer, shelf):
            problems.append(fault)
        elif answer.is_empty:
            continue
        elif outdated := _outdated(answer, shelf):
            set_aside.append(outdated)
        else:
            rating = _rating(answer, date)
            old = before.get(_key(rating))
            first, where = given.setdefault(_key(rating), (rating, answer.where))
            values = {"expert": rating.name, "said_2": _in_short(rating)}
            if not _same(first, rating):
                message = tell(
                    "{expert} has another answer at {where} ({said}, here {said_2}). Keep one of the two.",
                    where=where,
                    said=_in_short(first),
                    **values,
                )
                problems.append(Problem(answer.where, "expert-twice", message, answer.item))
            elif first is not rating or (old and _same(old, rating)):
                known += 1
            elif old is None or replace:
                new.append(rating)
            else:
                message = tell(
                    "{expert} gave another answer on {date} ({said}, here {said_2}). To "
                    "use the new answer, add {replace}.",
                    date=old.date,
                    said=_in_short(old),
                    replace=option("replace"),
                    **values,
                )
                problems.append(Problem(answer.where, "rating-differs", message, answer.item))
    unrated = {file: tuple(items) for file, items in missing.items()}
    return ImportedRatings(tuple(new), known, tuple(set_aside), unrated, tuple(problems))


def _fault(answer: ExpertAnswer, shelf: BankUnit) -> Problem | None:
    """Return the reason why an answer cannot be meant for the unit; None if it can."""
    unit = shelf.unit
    if answer.unit != unit.code:
        message = tell(
            "is a form of {unit}, not of {code}. Import it there.", unit=answer.unit, code=unit.code
        )
        return Problem(answer.where, "other-unit", message, answer.item)
    if answer.suits is not None and answer.suits not in unit.levels:
        message = tell(
            "{code} does not state level {wrong}. Its levels are {stated}.",
            code=unit.code,
            wrong=answer.suits,
            stated=listed(map(str, unit.levels or "–")),
        )
        return Problem(answer.where, "level-unknown", message, answer.item)
    return None


def _outdated(answer: ExpertAnswer, shelf: BankUnit) -> Problem | None:
    """Return the reason why a rating does not apply to the present item; None if it does."""
    item = next((one for one in shelf.items if one.id == answer.item), None)
    now = judged_text(shelf, item) if item is not None else None
    if now is None:
        code, why = "item-gone", tell("is no longer in the bank")
    elif now.hash != answer.text.hash:
        code, why = "item-changed", tell("was changed in the bank after the form was made")
    elif now.pc != answer.text.pc:
        code = "item-moved"
        why = tell(
            "counted for {before} when the form was made, and now counts for {now}",
            before=answer.text.pc,
            now=now.pc,
        )
    elif now.criterion != answer.text.criterion:
        code = "criterion-changed"
        why = tell("is for {pc}, which was reworded after the form was made", pc=now.pc)
    else:
        return None
    message = tell("{why}. Its rating was not used. Ask for a new one.", why=why)
    return Problem(answer.where, code, message, answer.item, severity="warning")


def _rating(answer: ExpertAnswer, date: datetime.date) -> Rating:
    panel, text = answer.panel, answer.text
    return Rating(
        kind=panel.kind,
        level=panel.level,
        round=panel.round,
        expert=answer.expert,
        name=answer.name,
        item=answer.item,
        hash=text.hash,
        pc=text.pc,
        edition=answer.edition,
        value=answer.value,
        suits=answer.suits,
        comment=answer.comment,
        date=date,
    )


def _key(rating: Rating) -> tuple[RatingPanel, str, str]:
    return panel_of(rating), rating.expert, rating.item


def _same(one: Rating, other: Rating) -> bool:
    return (one.value, one.suits, one.comment) == (other.value, other.suits, other.comment)


def _in_short(one: Rating) -> str:
    """Return an answer in short: its rating, level and comment."""
    rating = shown(one.kind, one.value) if one.value is not None else tell("no rating")
    level = tell("level {level}", level=one.suits) if one.suits is not None else None
    return ", ".join(filter(None, (rating, level, one.comment and one.comment[:60])))
