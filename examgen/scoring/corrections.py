"""Corrections after a sitting → the rows of the key as they count; each correction is checked by itself and
against the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.exam.places import Place, places_record, places_text
from examgen.core.models.scoring import CORRECTION_KINDS, Correction
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import LETTER_PLACES, LETTERS
from examgen.core.words import Message, tell, tell_n
from examgen.core.yamlfile import Document, suggestion, validate
from examgen.scoring.rules import CREDITS, Scales

Ints = npt.NDArray[np.signedinteger]
Options = Mapping[tuple[str, int], Sequence[str]]
"""The canonical option ids of a question of a form, in printed order."""


class KeyRows(NamedTuple):
    """The rows of a key without faults, as arrays (rows,).

    `form` are indices of `names`, `item` of `item_ids`, and `scale` of `scales`, whose first entry is for
    items that nobody rates; `key` and `accepted` are bit masks of letters; `credit` is as in `Keyed`.
    """

    names: Sequence[str]
    item_ids: Sequence[str]
    form: Ints
    question: Ints
    item: Ints
    n_options: Ints
    key: Ints
    accepted: Ints
    credit: Ints
    points: Ints
    scale: Ints
    scales: Scales


CONTRADICTS = "corrections-contradict"
"""The problem code of two corrections that contradict each other."""
PLACES = "places"
"""The field of a correction in an audit for the places to which it applies."""
WHAT_CORRECTIONS_DO = ("kind", "form", "question", "item", "key", PLACES)
"""Fields of a correction in an audit that change the key; the others say who made it and why."""


def read_corrections(document: Document) -> tuple[Correction, ...]:
    """Return the entries of a `corrections.yaml`, each with its line; none for an empty list, as when all
    were withdrawn. Raises Refused with every fault.
    """
    entries = document.data
    if not isinstance(entries, list):
        wrong = tell("contains no corrections") if entries is None else tell("must be a list of corrections")
        message = tell("{wrong}: start each correction with '- kind: …'", wrong=wrong)
        raise Refused.because(
            "the corrections file cannot be read", [Problem(document.at([]), "not-a-list", message)]
        )
    read = [validate(document, [n], entry, Correction) for n, entry in enumerate(entries)]
    problems = [problem for _, faults in read for problem in faults]
    if problems:
        raise Refused(
            tell_n("the corrections have {n} error", "the corrections have {n} errors", len(problems)),
            problems,
        )
    return tuple(one.at(document.at([n])) for n, (one, _) in enumerate(read) if one is not None)


def corrected(
    rows: KeyRows, corrections: Sequence[Correction], options: Options, letters: str = LETTERS
) -> tuple[KeyRows, list[list[Place]]]:
    """Return the rows as they count after all corrections, whatever their order; and the places to which each
    correction applies, with the letters that it names there as in the key (`A|C`). `letters` are those that
    the papers print before options.

    Raises Refused with every correction that names something that does not exist, changes nothing, or
    contradicts another.
    """
    changed = rows._replace(
        key=rows.key.copy(),
        accepted=rows.accepted.copy(),
        credit=rows.credit.copy(),
        points=rows.points.copy(),
    )
    by: dict[int, list[Correction]] = {}
    places: dict[int, list[Place]] = {}
    problems: list[Problem] = []
    # What is right is settled before what is right too.
    for one in sorted(corrections, key=lambda one: CORRECTION_KINDS[one.kind].key == "extended"):
        kind, shown = CORRECTION_KINDS[one.kind], ", ".join(one.key or ())
        at = _place(one, changed)
        if isinstance(at, Problem):
            problems.append(at)
            continue
        # the first earlier correction of the same question that cannot hold together with this one
        clash = next(
            (
                (n, other)
                for n in at.tolist()
                for other in by.get(n, ())
                if not (kind.key == "extended" and CORRECTION_KINDS[other.kind].key)
            ),
            None,
        )
        masks = _masks(one, at, changed, options, letters)
        for n in at.tolist():
            by.setdefault(n, []).append(one)
        if isinstance(masks, Problem):
            problems.append(masks)
            continue
        if clash is not None:
            n, other = clash
            message = tell(
                "`{kind}` contradicts `{other_kind}` at {source} (form {form}, question "
                "{question}). Keep one of the two",
                kind=one.kind,
                other_kind=other.kind,
                source=other.source,
                form=rows.names[rows.form[n]],
                question=rows.question[n],
            )
            problems.append(_problem(one, CONTRADICTS, message))
            continue

        nothing: Message | None = None
        if kind.key and changed.scale[at].any():
            nothing = tell(
                "is rated by assessors, so it has no key. Drop it, or give all candidates its points"
            )
        elif not changed.points[at].any():
            nothing = tell("it already counts for no candidate (0 points). Remove the line")
        elif kind.key == "replaced" and (masks == changed.key[at]).all():
            nothing = tell("the key is already {shown}. Remove the line", shown=shown)
        elif kind.key == "extended" and (masks & (changed.key[at] | changed.accepted[at])).any():
            nothing = tell("{shown}: name only options that are not already correct", shown=shown)
        if nothing is not None:
            problems.append(_problem(one, "correction-of-nothing", nothing, "key" if shown else None))
            continue

        if kind.key == "replaced":
            changed.key[at] = masks
        elif kind.key == "extended":
            changed.accepted[at] |= masks
        if not kind.counts:
            changed.points[at] = 0
        if kind.credit is not None:
            changed.credit[at] = CREDITS.index(kind.credit)
        places[id(one)] = [
            Place(rows.names[rows.form[n]], int(rows.question[n]), _letters(mask))
            for n, mask in zip(at.tolist(), masks.tolist(), strict=True)
        ]
    if problems:
        order = {one.source: n for n, one in enumerate(corrections)}
        found = sorted(problems, key=lambda problem: order[problem.source])
        raise Refused(
            tell_n("the corrections have {n} error", "the corrections have {n} errors", len(found)), found
        )
    return changed, [places[id(one)] for one in corrections]


def _letters(mask: int) -> str:
    """Return the letters of a bit mask, as in the key."""
    return "|".join(letter for place, letter in enumerate(LETTERS) if mask >> place & 1)


def _place(one: Correction, rows: KeyRows) -> Ints | Problem:
    """Return the rows to which a correction applies, or the fault if it names none."""
    if one.item is not None:
        if one.item not in rows.item_ids:
            message = tell(
                "no form contains the item {item}{suggestion}",
                item=one.item,
                suggestion=suggestion(one.item, rows.item_ids),
            )
            return _problem(one, "unknown-item", message, "item")
        return np.flatnonzero(rows.item == rows.item_ids.index(one.item))
    if one.form not in rows.names:
        message = tell(
            "there is no form {form}{suggestion}",
            form=one.form,
            suggestion=suggestion(str(one.form), rows.names),
        )
        return _problem(one, "unknown-form", message, "form")
    of = np.flatnonzero(rows.form == rows.names.index(one.form))
    at: Ints = of[rows.question[of] == one.question]
    if not len(at):
        message = tell(
            "form {form} has no question {question}. Write a number from 1 to {n}",
            form=one.form,
            question=one.question,
            n=len(of),
        )
        return _problem(one, "unknown-question", message, "question")
    if one.only_here:
        return at
    every: Ints = np.flatnonzero(rows.item == rows.item[at[0]])
    if one.everywhere or len(every) == len(at):
        return every
    # its item is asked elsewhere too, and nothing is said of the others
    others = [Place(rows.names[rows.form[n]], int(rows.question[n])) for n in every.tolist() if n != at[0]]
    message = tell(
        "its item {item_ids} is also used elsewhere ({places_said}). Write `everywhere: true` "
        "to correct it there as well (`key` uses the letters of form {form}), or `only_here: "
        "true`",
        item_ids=rows.item_ids[rows.item[at[0]]],
        places_said=places_text(places_record(others)),
        form=one.form,
    )
    return _problem(one, "item-stands-elsewhere", message, "question")


def _masks(one: Correction, at: Ints, rows: KeyRows, options: Options, letters: str) -> Ints | Problem:
    """Return the letters that a correction names, as each row prints them."""
    masks = np.zeros(len(at), np.int64)
    if not one.key:
        return masks
    if one.everywhere:
        # it names its question and the letters printed there: the item, and the ids of its options
        here = next(
            n for n in at.tolist() if (rows.names[rows.form[n]], rows.question[n]) == (one.form, one.question)
        )
        mask = _mask(one, here, rows, options, letters)
        if isinstance(mask, Problem):
            return mask
        printed = options[str(one.form), int(one.question or 0)]
        ids = tuple(option for place, option in enumerate(printed) if mask >> place & 1)
        one = one.model_copy(update={"item": rows.item_ids[rows.item[here]], "key": ids})
    for i, n in enumerate(at.tolist()):
        mask = _mask(one, n, rows, options, letters)
        if isinstance(mask, Problem):
            return mask
        masks[i] = mask
    return masks


def _mask(one: Correction, n: int, rows: KeyRows, options: Options, letters: str) -> int | Problem:
    """Return the letters that a correction names, as row n prints them."""
    form, question = rows.names[rows.form[n]], int(rows.question[n])
    n_options = int(rows.n_options[n])
    if one.item is None:
        places = LETTER_PLACES
        says = tell(
            "question {question} of form {form} has {known}. Write its printed letter",
            question=question,
            form=form,
            known=", ".join(letters[:n_options]),
        )
    else:
        places = {option: place for place, option in enumerate(options[form, question])}
        says = tell(
            "item {item} has {printed}. Write the id of the option",
            item=one.item,
            printed=", ".join(sorted(places)),
        )
    found = [places.get(option, n_options) for option in one.key or ()]
    bad = [option for option, place in zip(one.key or (), found, strict=True) if place >= n_options]
    if bad:
        return _problem(one, "unknown-option", tell("{bad}: {says}", bad=", ".join(bad), says=says), "key")
    return sum(1 << place for place in set(found))


def _problem(one: Correction, code: str, message: Message, field: str | None = None) -> Problem:
    return Problem(one.source, code, message, item=one.item, field=field)


# ── in audits ────────────────────────────────────────────────────────────────────────────────


def correction_record(
    corrections: Sequence[Correction], places: Sequence[Sequence[Place]]
) -> list[dict[str, Any]]:
    """Return corrections for an audit: as they were written, with every place to which they apply."""
    return [
        {**one.model_dump(mode="json", exclude_none=True), PLACES: places_record(where)}
        for one, where in zip(corrections, places, strict=True)
    ]


def as_written(correction: Mapping[str, Any]) -> dict[str, Any]:
    """Return a correction of an audit as it was written, without the places to which it applies."""
    return {name: value for name, value in correction.items() if name != PLACES}


def corrections_on_record(audit: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Return the corrections of the key by which a run was scored, from its audit."""
    return tuple(
        Correction.model_validate(as_written(one)).at(f"audit.json, correction {n}")
        for n, one in enumerate(audit.get("corrections") or (), 1)
    )
