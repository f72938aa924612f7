"""Answers of synthetic candidates, for rehearsals before a sitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.core.columns import coded, distinct
from examgen.core.exam.exam_tables import places_of, read_exam_tables
from examgen.core.exam.package import Package, assigned_booklets, last_printing, read_written
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
    printed = last_printing(package)
    dealt = assigned_candidates(package)
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
    printed = last_printing(package)
    return (
        assigned_booklets(package).filter(pl.col("candidate_id") != "") if printed and printed.dealt else None
    )


def _dealt_forms(package: Package, forms: Sequence[str]) -> simulation.AssignedForms:
    """The input of a simulation for the form of each candidate, from the tables of the package."""
    asked = read_exam_tables(package.folder)
    item, keys, options = coded(asked.key["item"]), coded(asked.key["key"]), coded(asked.forms["options"])
    numbers = {name: n for n, name in enumerate(coded(asked.key["form"]).values)}
    of_key, of_forms = places_of(asked.key, numbers), places_of(asked.forms, numbers)
    shape = len(numbers), int(of_key[1].max()) + 1
    places, masks, counts = np.full(shape, -1, np.int32), np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    places[of_key] = item.codes
    masks[of_key] = keys.taken([letters_mask(text) or 0 for text in keys.values])
    counts[of_forms] = options.taken([text.count(" ") + 1 for text in options.values])
    own = [numbers[name] for name in forms]
    places = places[own]
    # the items that they have alone, by name
    names = sorted(item.values[n] for n in distinct(places[places >= 0]).tolist())
    number = {name: n for n, name in enumerate(names)}
    renumbered = np.array([*(number.get(name, -1) for name in item.values), -1], np.int32)
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
