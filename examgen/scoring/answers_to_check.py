"""Scored answers → what somebody should look at before they count: questions that nobody answered, or all in
the same wrong way, candidates who stop together, files that are right throughout or no more than by guessing,
a candidate who may be the key, numbers that may be one person's.

Nothing of this is sure, so nothing is set aside: it is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.exam.names import base_form
from examgen.core.responses.rows import BLANK, Marks
from examgen.core.words import Message, joined, tell
from examgen.scoring.answer_columns import is_many
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.earn import earn
from examgen.scoring.key import Key

_FEWEST = 3
"""Candidates who leave the same question blank, or stop at it, not by chance; and blanks behind their last
answer."""
_MOST_NAMED = 4
_FEWEST_ALIKE = 10
"""Candidates whose answers are compared with guessing, or with each other."""
_NO_CANDIDATE = r"^(?:0+|9{3,})$"
"""Numbers that people give to what is no candidate."""


def answers_to_check(source: RowSource, read: ReadAnswers, key: Key) -> list[Message]:
    """What is reported of the rows that are scored."""
    if source.kept is not None or not len(read.rows):
        return []
    assignment = source.layout.assignment
    reports = list(_by_form(source, read, key))
    if not assignment.dealt and not len(assignment.roster):
        reports += [*_keys(source, read, key), *_one_person(read)]
    return reports


def _by_form(source: RowSource, read: ReadAnswers, key: Key) -> Iterator[Message]:
    """What is reported of the answers of each file to each form."""
    rows, sizes = read.rows, source.layout.sizes
    names = [base_form(name) for name in sizes]
    size_of = dict(zip(names, sizes.values(), strict=True))
    number = {name: n for n, name in enumerate(size_of)}
    base = np.array([number[name] for name in names])[rows.form]
    for file in source.files:
        for name, size in size_of.items():
            own = np.flatnonzero((rows.file == file.number) & (base == number[name]))
            marks = rows.marks[own, :size]
            answered = np.flatnonzero(marks.any(axis=1))
            if len(answered) < _FEWEST:
                continue
            where = {"file": file.structure.name, "n": len(answered)}
            forms = rows.form[own[answered]]
            whose = tell("{file}, form {form}", file=file.structure.name, form=name)
            of_form = where if len(size_of) == 1 else {**where, "file": whose}
            yield from _against_the_key(marks[answered], forms, key, of_form)
            if len(blank := np.flatnonzero(~marks.any(axis=0))):
                yield tell(
                    "{file}: nobody of {n:,} candidates answered {questions}. Check the columns.",
                    questions=_questions(blank, name, len(size_of)),
                    **where,
                )
            stops = () if size - 1 in blank else _stops(marks[answered])
            for last, n_stopped in stops:
                yield tell(
                    "{file}: {n_stopped:,} of {n:,} candidates have no answer behind {question}. Check the "
                    "columns.",
                    n_stopped=n_stopped,
                    question=_question(last, name, len(size_of)),
                    **where,
                )


def _stops(marks: Marks) -> Iterator[tuple[int, int]]:
    """The questions behind which many candidates, but not all, have no answer, and how many these are."""
    n, size = marks.shape
    last = size - np.argmax((marks != BLANK)[:, ::-1], axis=1)
    for place, count in enumerate(np.bincount(last, minlength=size).tolist()):
        if 0 < place <= size - _FEWEST and count >= _FEWEST and is_many(count, n):
            yield place, count


def _against_the_key(
    marks: Marks, forms: npt.NDArray[np.integer], key: Key, where: Mapping[str, Any]
) -> Iterator[Message]:
    """Answers that are all right, no more right than by guessing, or the same wrong one for everybody."""
    n, size = marks.shape
    if n < _FEWEST_ALIKE:
        return
    keys, counts = key.keys[forms, :size], key.points[forms, :size] > 0
    right = (marks != BLANK) & (marks & ~keys == 0)
    share = float(right[counts].mean())
    chance = float((1 / np.maximum(key.n_options[forms, :size], 1))[counts].mean())
    if share == 1:
        yield tell(
            "{file}: all {n:,} candidates have every answer right. Check that these are answers and not the "
            "key.",
            **where,
        )
    elif share <= chance + 2 * np.sqrt(chance * (1 - chance) / counts.sum()):
        yield tell(
            "{file}: {share:.0%} of the answers of {n:,} candidates are right, no more than by guessing. "
            "Check that answers, columns and form belong to this exam, and how answers are written.",
            share=share,
            **where,
        )
    if (forms == forms[0]).all():
        wrong = np.flatnonzero((marks == marks[0]).all(axis=0) & ~right[0] & counts[0] & (marks[0] != BLANK))
        if len(wrong):
            yield tell(
                "{file}: all {n:,} candidates have the same wrong answer to {questions}. Check the columns "
                "and the key.",
                questions=_questions(wrong),
                **where,
            )


def _questions(places: npt.NDArray[np.integer], form: str = "", n_forms: int = 1) -> Message:
    """The first of some questions by their numbers, and how many more there are."""
    shown = [_question(n + 1, form, n_forms) for n in places[:_MOST_NAMED].tolist()]
    n_more = len(places) - _MOST_NAMED
    return joined([*shown, *([tell("{n} more questions", n=n_more)] if n_more > 0 else [])])


def _question(n: int, form: str, n_forms: int) -> Message:
    return tell("question {n}", n=n) if n_forms == 1 else tell("question {n} of form {form}", n=n, form=form)


def _keys(source: RowSource, read: ReadAnswers, key: Key) -> Iterator[Message]:
    """Rows under a number that is no candidate's, which answer all as the key does."""
    rows = read.rows
    found = _texts(rows.ids).str.contains(_NO_CANDIDATE).arg_true().to_numpy()
    units = earn(key, rows.form[found], rows.marks[found]).units.sum(axis=1)
    for place in found[units == key.max_total[rows.form[found]]].tolist():
        yield tell(
            "{file}:{line}: {id} has every answer right. Check that it is a candidate and not the key.",
            file=source.files[int(rows.file[place])].structure.name,
            line=int(rows.line[place]),
            id=rows.ids[place].decode(),
        )


def _one_person(read: ReadAnswers) -> Iterator[Message]:
    """Numbers that differ in the zeros before them alone."""
    frame = pl.DataFrame({"id": _texts(read.rows.ids)}).with_columns(
        number=pl.col("id").str.strip_chars_start("0")
    )
    frame = frame.filter(pl.col("id").str.contains(r"^[0-9]+$") & (pl.col("number").str.len_bytes() > 1))
    if not frame["number"].is_duplicated().any():
        return
    pairs = frame.group_by("number", maintain_order=True).agg(pl.col("id").unique(maintain_order=True))
    pairs = pairs.filter(pl.col("id").list.len() > 1)
    shown = [joined(ids, between=" = ") for ids in pairs["id"].head(_MOST_NAMED).to_list()]
    if shown:
        yield tell(
            "{n:,} candidate numbers may be written in two ways, with and without zeros before them: "
            "{shown}. Both are scored.",
            n=pairs.height,
            shown=joined(shown),
        )


def _texts(ids: npt.NDArray[np.bytes_]) -> pl.Series:
    return pl.Series(ids.tolist(), dtype=pl.Binary).cast(pl.String, strict=False).fill_null("")
