"""Answers of synthetic candidates, for rehearsals before a sitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.core.coded_columns import coded
from examgen.core.exam.package import (
    Package,
    question_places,
    read_written,
)
from examgen.core.files import write_file
from examgen.core.models.form import Form
from examgen.core.problems import WrongUsage
from examgen.core.responses.rows import Marks
from examgen.core.words import tell
from examgen.scoring import simulated_marks as simulation
from examgen.scoring import synthetic
from examgen.scoring.key import letters_mask
from examgen.scoring.synthetic import synthetic_csv


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Write answers of candidates of known ability to `out`, marked as synthetic; `dirty` rows have faults.

    If booklets were printed for a list, the candidates are the first of the list, on their assigned forms. If
    the list is too short, they are anonymous, or refused (WrongUsage) if booklets have orders of their own.
    """
    package = read_written(folder)
    if dirty > n_candidates:
        raise WrongUsage(
            tell(
                "{dirty} faulty rows are too many for {n_candidates} candidates. Ask for fewer",
                dirty=dirty,
                n_candidates=n_candidates,
            )
        )
    drawn = drawn_answers(package, n_candidates, seed)
    ids = drawn.dealt["candidate_id"].to_list() if drawn.dealt is not None else ()
    text = synthetic_csv(drawn.forms, drawn.marks, ids)
    if dirty:
        text = synthetic.dirty(text, dirty, seed)
    write_file(out, text.encode("utf-8-sig"))


class DrawnAnswers(NamedTuple):
    """The marks of simulated candidates: one form and one row of bit masks each."""

    forms: list[str]
    marks: Marks
    dealt: pl.DataFrame | None
    """The candidates to whom the booklets were assigned; None for anonymous candidates."""


def drawn_answers(package: Package, n_candidates: int, seed: int) -> DrawnAnswers:
    """The marks of simulated candidates: the first of the list for which booklets were printed, if there is
    one and it is long enough.

    Raises WrongUsage if booklets have orders of their own and the list is too short.
    """
    printed, dealt = package.printing, assigned_candidates(package)
    if printed and dealt is not None and (printed.personal or dealt.height >= n_candidates):
        if n_candidates > dealt.height:
            raise WrongUsage(
                tell(
                    "only {height:,} candidates were assigned booklets. Ask for no more than that",
                    height=dealt.height,
                )
            )
        dealt = dealt.head(n_candidates)
        names = dealt["form"].to_list()
        _, marks = simulation.simulate_assigned(_dealt_forms(package, names), seed)
        return DrawnAnswers(names, marks, dealt)
    forms = package.exam.forms
    drawn = simulation.simulate_forms([simulated_form(form) for form in forms], n_candidates, seed)
    return DrawnAnswers([forms[n].name for n in drawn.form], drawn.marks, None)


def assigned_candidates(package: Package) -> pl.DataFrame | None:
    """The candidates to whom the last printing assigned booklets; None if it had no list."""
    return package.candidates.filter(pl.col("candidate_id") != "") if package.has_list else None


def _dealt_forms(package: Package, forms: Sequence[str]) -> simulation.AssignedForms:
    """The input of a simulation for the form of each candidate, from the tables of the package."""
    key, printed = package.key, package.forms
    (items, item), (keys, keyed) = coded(key["item"]), coded(key["key"])
    orders, order = coded(printed["options"])
    numbers = {name: n for n, name in enumerate(package.form_names)}
    of_key, of_forms = (question_places(table, package.form_names) for table in (key, printed))
    shape = len(numbers), package.most_questions
    places, masks, counts = np.full(shape, -1, np.int32), np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    places[of_key] = item
    masks[of_key] = np.array([letters_mask(text) or 0 for text in keys], np.uint8)[keyed]
    counts[of_forms] = np.array([text.count(" ") + 1 for text in orders], np.uint8)[order]
    own = [numbers[name] for name in forms]
    places = places[own]
    # the items that they have alone, by name
    names = sorted(items[n] for n in pl.Series(places[places >= 0]).unique())
    number = {name: n for n, name in enumerate(names)}
    renumbered = np.array([*(number.get(name, -1) for name in items), -1], np.int32)
    return simulation.AssignedForms(tuple(names), renumbered[places], masks[own], counts[own])


def simulated_form(form: Form) -> simulation.SimulatedForm:
    """The input of a simulation for a form; the parameters of all items are unknown (NaN)."""
    unknown = (math.nan,) * len(form.items)
    return simulation.SimulatedForm(
        item_ids=tuple(p.item.id for p in form.items),
        keys=tuple(p.key_mask for p in form.items),
        n_options=tuple(len(p.order) for p in form.items),
        a=unknown,
        b=unknown,
    )
