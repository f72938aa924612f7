"""Answers of synthetic candidates, for rehearsals before a sitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.capture import synthetic
from examgen.capture.synthetic import synthetic_csv
from examgen.core.exam.package import (
    Package,
    assigned_booklets,
    forms_of,
    key_of,
    last_printing,
    read_written,
)
from examgen.core.models.form import Form
from examgen.core.problems import WrongUsage
from examgen.core.responses.rows import Marks
from examgen.core.storage import write_file
from examgen.core.words import tell
from examgen.psychometrics import simulation
from examgen.scoring.key import letters_mask


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Write answers of candidates of known ability to `out`, marked as synthetic; `dirty` rows have faults.

    If booklets were printed for a list, the candidates are the first of the list, on their assigned forms. If
    the list is too short, they are anonymous, or refused (WrongUsage) if booklets have orders of their own.
    """
    package = read_written(folder)
    if dirty > n_candidates:
        raise WrongUsage(
            tell(
                "{dirty} dirty rows cannot be mixed into {n_candidates} candidates: ask for fewer",
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
                    "{height:,} candidates were dealt booklets: ask for no more than that",
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
    row_of = pl.DataFrame({"form": forms}).with_row_index("row")
    keyed = key_of(package).join(row_of, on="form")
    letters = forms_of(package).select("form", "question", n=pl.col("options").str.count_matches(" ") + 1)
    table = keyed.join(letters, on=("form", "question"))
    items = sorted(table["item"].unique().to_list())
    masks = {text: letters_mask(text) or 0 for text in table["key"].unique().to_list()}
    row, at = table["row"].to_numpy(), table["question"].to_numpy() - 1
    shape = len(forms), int(at.max()) + 1
    item, keys, sizes = np.full(shape, -1), np.zeros(shape, np.uint8), np.zeros(shape, np.int64)
    item[row, at] = table["item"].replace_strict({name: n for n, name in enumerate(items)}).to_numpy()
    keys[row, at] = table["key"].replace_strict(masks, return_dtype=pl.UInt8).to_numpy()
    sizes[row, at] = table["n"].to_numpy()
    return simulation.AssignedForms(tuple(items), item, keys, sizes)


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
