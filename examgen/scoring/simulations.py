"""Answers of synthetic candidates, for rehearsals before a sitting: abilities, right answers, letters.

Everything is drawn from generators seeded by an argument, so that a simulation can be repeated on any
machine. Letters follow the two-parameter logistic model (2PL) without a scaling constant (D = 1).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
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
from examgen.core.responses.rows import BLANK, Marks
from examgen.scoring import synthetic
from examgen.scoring.key import letters_mask
from examgen.scoring.synthetic import synthetic_csv
from examgen.stats.irt_models import row_chunks

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SD_LOG_A = 0.3
OMIT_RATE = 0.01


def simulate(folder: Path, n_candidates: int, seed: int, out: Path, dirty: int = 0) -> None:
    """Write answers of candidates of known ability to `out`, marked as synthetic; `dirty` rows have faults.

    If booklets were printed for a list, the candidates are the first on the list, on their assigned forms. If
    the list is too short, they are anonymous, or WrongUsage is raised if booklets have individual orders.
    """
    package = read_written(folder)
    if dirty > n_candidates:
        raise WrongUsage.because(
            "{dirty} faulty rows are too many for {n_candidates} candidates. Ask for fewer",
            dirty=dirty,
            n_candidates=n_candidates,
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
    """Return the marks of simulated candidates: the first on the list for which booklets were printed, if
    there is one and it is long enough.

    Raises WrongUsage if booklets have individual orders and the list is too short.
    """
    printed, dealt = package.printing, assigned_candidates(package)
    if printed and dealt is not None and (printed.personal or dealt.height >= n_candidates):
        if n_candidates > dealt.height:
            raise WrongUsage.because(
                "only {height:,} candidates were assigned booklets. Ask for no more than that",
                height=dealt.height,
            )
        dealt = dealt.head(n_candidates)
        names = dealt["form"].to_list()
        _, marks = simulate_assigned(_dealt_forms(package, names), seed)
        return DrawnAnswers(names, marks, dealt)
    forms = package.exam.forms
    drawn = simulate_forms([simulated_form(form) for form in forms], n_candidates, seed)
    return DrawnAnswers([forms[n].name for n in drawn.form], drawn.marks, None)


def assigned_candidates(package: Package) -> pl.DataFrame | None:
    """Return the candidates to whom the last printing assigned booklets; None if it had no list."""
    return package.candidates.filter(pl.col("candidate_id") != "") if package.has_list else None


def _dealt_forms(package: Package, forms: Sequence[str]) -> AssignedForms:
    """Return the input of a simulation for the form of each candidate, from the tables of the package."""
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
    return AssignedForms(tuple(names), renumbered[places], masks[own], counts[own])


def simulated_form(form: Form) -> SimulatedForm:
    """Return the input of a simulation for a form; the parameters of all items are unknown (NaN)."""
    unknown = (math.nan,) * len(form.items)
    return SimulatedForm(
        item_ids=tuple(p.item.id for p in form.items),
        keys=tuple(p.key_mask for p in form.items),
        n_options=tuple(len(p.order) for p in form.items),
        a=unknown,
        b=unknown,
    )


# ── what candidates mark ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SimulatedForm:
    """What a simulation needs to know about a form; each field has one entry for each item, in order.

    `keys` are bit masks of the right printed letters. If `a` or `b` is NaN it is drawn (see
    `draw_parameters`).
    """

    item_ids: tuple[str, ...]
    keys: tuple[int, ...]
    n_options: tuple[int, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]


class Simulated(NamedTuple):
    """Simulated candidates, one in each row: ability, index of the assigned form, marks as bit masks."""

    theta: Floats
    form: npt.NDArray[np.intp]
    marks: Marks


def simulate_forms(forms: Sequence[SimulatedForm], n_candidates: int, seed: int) -> Simulated:
    """Return simulated candidates, to whom the forms are assigned in rotation, and their marks.

    Parameters
    ----------
    forms : sequence of SimulatedForm
        At least one.
    n_candidates : int
        Number of candidates, 0 or more.
    seed : int
        Non-negative; the same seed gives the same candidates.

    Returns
    -------
    Simulated
        `theta` (n_candidates,), `form` (n_candidates,) in 0 … len(forms) - 1 and `marks`
        (n_candidates, most items of any form); columns past a form's last item are blank.
    """
    theta = draw_abilities(n_candidates, seed)
    dealt = np.arange(n_candidates) % len(forms)
    marks = np.zeros((n_candidates, max(len(form.item_ids) for form in forms)), dtype=np.uint8)
    for k, form in enumerate(forms):
        rows = np.flatnonzero(dealt == k)
        a, b = draw_parameters(form.item_ids, seed)
        a, b = (np.where(np.isnan(given), drawn, given) for given, drawn in ((form.a, a), (form.b, b)))
        rng = _generator(seed, f"form {k}")
        correct = rng.random((len(rows), len(a))) < probability_2pl(theta[rows], a, b)
        marks[rows, : len(a)] = choose_marks(correct, form.keys, form.n_options, OMIT_RATE, rng)
    return Simulated(theta, dealt, marks)


class AssignedForms(NamedTuple):
    """The forms of candidates who each have an individual form, one in each row; 0 after a form's last
    question.

    `item` (candidates, questions) is the index of the item in `item_ids`, -1 after the last question; `keys`
    are bit masks of the right printed letters, `n_options` the numbers of letters.
    """

    item_ids: tuple[str, ...]
    item: npt.NDArray[np.int32]
    keys: Marks
    n_options: npt.NDArray[np.uint8]


def simulate_assigned(dealt: AssignedForms, seed: int) -> tuple[Floats, Marks]:
    """Return the abilities and marks of candidates with individual forms, under the same model.

    Parameters
    ----------
    dealt : AssignedForms
        Forms of n candidates, of at most m questions.
    seed : int
        Non-negative.

    Returns
    -------
    theta : ndarray of shape (n,)
        Abilities, standard normal; as `simulate_forms` draws them for this seed.
    marks : ndarray of uint8, shape (n, m): 0 or the bit of one letter.
    """
    theta = draw_abilities(len(dealt.item), seed)
    a, b = draw_parameters(dealt.item_ids, seed)
    rng = _generator(seed, "personal forms")
    # (256, 9): of each bit mask, its lowest bit, the next one, …; 0 past its last.
    found = np.zeros((256, 9), dtype=np.uint8)
    for mask in range(256):
        bits = [1 << k for k in range(8) if mask >> k & 1]
        found[mask, : len(bits)] = bits
    n, m = dealt.item.shape
    marks = np.empty((n, m), np.uint8)
    # three draws for everybody, one after the other, each for a part of the rows at a time
    for rows in row_chunks(n, m):
        item = dealt.item[rows]
        is_right = _drawn(rng, item) < probability_2pl(theta[rows], a[item], b[item])
        wrong = ~dealt.keys[rows] & ((1 << dealt.n_options[rows].astype(np.int16)) - 1).astype(np.uint8)
        marks[rows] = np.where(is_right, dealt.keys[rows], wrong)
    for rows in row_chunks(n, m):
        chosen = marks[rows]
        marks[rows] = found[chosen, (_drawn(rng, chosen) * np.bitwise_count(chosen)).astype(np.intp)]
    for rows in row_chunks(n, m):
        item = dealt.item[rows]
        marks[rows][(_drawn(rng, item) < OMIT_RATE) | (item < 0)] = BLANK
    return theta, marks


def _drawn(rng: np.random.Generator, like: npt.NDArray[np.generic]) -> Floats:
    return rng.random(like.shape)


def probability_2pl(theta: Floats, a: Floats, b: Floats) -> Floats:
    """Return the probability of a right answer, 1 / (1 + exp(-a (theta - b))).

    Parameters
    ----------
    theta : ndarray of shape (n_candidates,)
    a, b : ndarray of shape (n_items,)

    Returns
    -------
    ndarray of shape (n_candidates, n_items), in 0 … 1.

    References
    ----------
    Birnbaum (1968), ch. 17, in the logistic metric (D = 1).
    """
    logit = np.clip(a * (theta[:, None] - b), -700.0, 700.0)
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def draw_abilities(n_candidates: int, seed: int) -> Floats:
    """Return abilities (n_candidates,), drawn from the standard normal distribution."""
    return _generator(seed, "abilities").standard_normal(n_candidates)


def draw_parameters(item_ids: Sequence[str], seed: int) -> tuple[Floats, Floats]:
    """Return plausible parameters for items that have none yet.

    log a is normal with mean 0 and standard deviation 0.3 (95 % of a in 0.56 … 1.80), b is
    standard normal. Those of an item depend only on the seed and its id, so that an item is
    equally difficult on every form and at every position.

    Returns
    -------
    a, b : ndarray of shape (n_items,)
    """
    drawn = np.array([_generator(seed, f"item {item}").standard_normal(2) for item in item_ids])
    drawn = drawn.reshape(len(item_ids), 2)
    return np.exp(SD_LOG_A * drawn[:, 0]), drawn[:, 1]


def choose_marks(
    correct: Bools,
    keys: Sequence[int],
    n_options: Sequence[int],
    omit_rate: float,
    rng: np.random.Generator,
) -> Marks:
    """Return the letter that each candidate marks.

    A candidate who knows the answer marks one of the right letters, otherwise one of the others,
    each equally often; the share `omit_rate` of all answers is left blank instead. If every option
    is right, a wrong answer can only be a blank.

    Parameters
    ----------
    correct : ndarray of bool, shape (n_candidates, n_items)
    keys : sequence of int, length n_items
        Bit masks of the right letters.
    n_options : sequence of int, length n_items
    omit_rate : float
        In 0 … 1.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (n_candidates, n_items): 0 or the bit of one letter.
    """
    marks = np.empty(correct.shape, dtype=np.uint8)
    for item, (key, n) in enumerate(zip(keys, n_options, strict=True)):
        right = [1 << k for k in range(n) if key >> k & 1]
        wrong = [1 << k for k in range(n) if not key >> k & 1]
        uniform = rng.random(len(correct))
        marks[:, item] = np.where(correct[:, item], _pick(right, uniform), _pick(wrong, uniform))
    marks[rng.random(correct.shape) < omit_rate] = BLANK
    return marks


def _pick(choices: Sequence[int], uniform: Floats) -> Marks:
    values = np.array(choices or [BLANK], dtype=np.uint8)
    return values[(uniform * len(values)).astype(np.intp)]


def _generator(seed: int, purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose, keyed by the text and not by any order of drawing."""
    digest = hashlib.sha256(f"{seed}:{purpose}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
