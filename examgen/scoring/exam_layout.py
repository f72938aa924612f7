"""A package, and decisions on it → the layout by which its answers are read, and the key by which they are
scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.capture.answer_layout import NO_LIST, AnswerLayout, ColumnMapping, assignment_of, column_mapping
from examgen.core.coded_columns import coded
from examgen.core.exam.manifest import letters_by
from examgen.core.exam.names import KEY_CSV
from examgen.core.exam.package import Package, read_package
from examgen.core.models.scoring import ScoringRule
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.words import tell
from examgen.core.yamlfile import read_document
from examgen.scoring.corrections import Options
from examgen.scoring.key import Key, compile_key
from examgen.scoring.recorded_decisions import DecisionRecords

if TYPE_CHECKING:
    from examgen.core.models.scoring import Correction


def layout_of(asked: Package, records: DecisionRecords, accepts_unreadable: bool = False) -> AnswerLayout:
    """Return the questions and options of every form. With `accepts_unreadable`, rows may be mostly
    unreadable.
    """
    booklets = asked.candidates.select("candidate_id", "form", "serial").iter_rows()
    return AnswerLayout(
        _n_options(asked.forms),
        assignment_of(booklets) if asked.has_list else NO_LIST,
        records.grader_decisions,
        asked.texts,
        accepts_unreadable,
    )


def _n_options(forms: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    """Return, by form, the number of options of each question; forms with the same numbers share one
    tuple.
    """
    (names, form), (questions, question), (orders, order) = (
        coded(forms[name]) for name in ("form", "question", "options")
    )
    numbers = np.array([*map(int, questions)], np.int64)[question]
    counts = np.array([options.count(" ") + 1 for options in orders], np.uint8)[order]
    place = form * np.int64(1 + numbers.max(initial=0)) + numbers
    if not (place[1:] > place[:-1]).all():
        counts = counts[np.argsort(place, kind="stable")]
    ends = np.cumsum(np.bincount(form, minlength=len(names))).tolist()
    alike: dict[bytes, tuple[int, ...]] = {}
    own = (counts[start:end].tobytes() for start, end in pairwise([0, *ends]))
    return {name: alike.setdefault(of, tuple(of)) for name, of in zip(names, own, strict=True)}


def printed_layout(folder: Path) -> AnswerLayout:
    """Return the questions and options of every form of a package as printed, without any decisions."""
    asked = read_package(folder)
    return _layouts.of(
        (folder, asked.written), (), lambda: layout_of(asked, DecisionRecords(), accepts_unreadable=True)
    )


_layouts = Readings[AnswerLayout](4)


def scoring_rule_of(manifest: Mapping[str, Any]) -> ScoringRule:
    """Return the rule by which marks are converted into points."""
    return ScoringRule.model_validate(manifest["blueprint"].get("scoring") or {})


def _options(forms: pl.DataFrame, corrections: Sequence[Correction]) -> Options:
    """Return the options of the items whose key is corrected, as each form prints them."""
    named = [one for one in corrections if one.key]
    if not named:
        return {}
    places = {(one.form, str(one.question)) for one in named}
    told = [forms[name] for name in ("form", "question", "item", "options")]
    items = {one.item for one in named}
    items |= {item for form, number, item, _ in zip(*told, strict=True) if (form, number) in places}
    return {
        (form, int(number)): printed.split()
        for form, number, item, printed in zip(*told, strict=True)
        if item in items
    }


def key_after_corrections(asked: Package, layout: AnswerLayout, records: DecisionRecords) -> Key:
    """Return the key for scoring: by the rule of the blueprint, after corrections.

    Raises Refused if a form has no points left.
    """
    options = _options(asked.forms, records.corrections)
    rule = scoring_rule_of(asked.manifest)
    letters = letters_by(asked.manifest)
    key = compile_key(asked.key, layout.options, asked.criteria, rule, records.corrections, options, letters)
    empty = [name for name, most in zip(key.names, key.max_total.tolist(), strict=True) if not most]
    if records.corrections and empty:
        # on a form without points, everybody would pass
        message = tell(
            "the corrections leave no question on form {empty}. Drop fewer items", empty=", ".join(empty[:5])
        )
        problem = Problem(records.corrections[0].source, "nothing-left", message)
        raise Refused.because("the corrections leave nothing to score", [problem])
    if empty:
        message = tell(
            "no question of form {empty} has points. Build the exam again", empty=", ".join(empty[:5])
        )
        raise Refused.because("there is nothing to score", [Problem(KEY_CSV, "no-points", message)])
    return key


def columns_file(path: Path | None) -> ColumnMapping | None:
    """Return the column mapping of a file; None without a file."""
    if path is None:
        return None
    return column_mapping(read_document(path, tell("the columns file")).data, str(path))
