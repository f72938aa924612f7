"""A scored run and its pass rule → how often the rule's own decision would repeat on a parallel form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administrations import RunAnswers, answers_of
from examgen.analyses.decisions import agreement_row, note
from examgen.analyses.documents import Document
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_written
from examgen.core.models.decisions import PassRule
from examgen.core.problems import Problem, Refused
from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.core.words import tell
from examgen.psychometrics.decisions.consistency import Agreement
from examgen.psychometrics.decisions.criteria import (
    CriteriaModel,
    EarnedCategories,
    at_worst,
    drawn_general,
    drawn_units,
    true_abilities,
    true_units,
)
from examgen.psychometrics.decisions.likelihood import FittedCriteria, fit_criteria
from examgen.scoring.criteria import FormCriteria, FormQuestions, groups_of
from examgen.scoring.decisions import Standard, decide, passing_standard, total_cuts
from examgen.scoring.runs.compare import release_of, run_of
from examgen.scoring.runs.counted_key import KeyOfRun
from examgen.stats.results import plain

SEED = 1
FEW_CANDIDATES = 100
"""With fewer, figures may be some hundredths off: docs/decisions.md says how far; and ability is normal."""
FEW_FOR_SLOPES = 200
"""With fewer candidates of an item all items are given the same slope; with fewer in all nothing is
guessed."""
_MOST_TO_FIT = 3_000
_FAR_OFF = 0.05
N_SIMULATED, N_TIMES = 40_000, 4
_N_DRAWS, _N_OF_DRAW = 20, 5_000
"""Draws of the parameters for standard errors, and candidates simulated of each."""
FIGURES = (
    "consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_rate", "pass_again", "fail_again",
)  # fmt: skip
"""Of which a standard error is told."""
_FINER = 1_000
"""Parts of a unit by which true scores are held against the exact percentages of a rule."""
_AT_ONCE = 10_000


class Standards(NamedTuple):
    """A rule as it is held against what candidates earned, and against true scores in finer units."""

    earned: Standard
    true: Standard
    finer: int


def standards_of(rule: PassRule, asked: FormCriteria, cuts: Mapping[str, Decimal] | None) -> Standards:
    """The rule twice: of 3 items at 50 % a candidate must earn 2, and truly know a half."""
    most = int(np.abs(asked.max_units).sum(axis=1).max(initial=1))
    finer = max(min(_FINER, (2**31 - 2) // max(most, 1)), 1)
    parts = FormQuestions(
        asked.names,
        asked.criteria,
        asked.n_items,
        asked.max_units * finer,
        asked.least_units * finer,
        asked.unit * finer,
        asked.floor_total,
    )
    return Standards(passing_standard(rule, asked, cuts), passing_standard(rule, parts, cuts), finer)


class RuleSitting(NamedTuple):
    """Who sat which form: `form` (N,) its number; of each candidate, or of each form where `of_forms` is set,
    `given` (N or F, J) items that are on it, and `fixed` (N or F, C) units that everybody has of items that
    are none of the model."""

    given: NDArray[np.bool_]
    form: NDArray[np.integer]
    fixed: NDArray[np.int64]
    of_forms: bool = False

    def of(self, who: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """What these candidates were given, their forms, and the units that they have."""
        form = self.form[who].astype(np.int64)
        rows = form if self.of_forms else who
        return self.given[rows], form, self.fixed[rows]


def repeated(
    models: Sequence[CriteriaModel],
    standards: Standards,
    sitting: RuleSitting,
    seed: int = SEED,
    n: int = N_SIMULATED,
) -> list[Agreement]:
    """Of each of several models that differ in their parameters alone: decisions of simulated candidates in
    several parallel administrations, and by their true scores. The same candidates are simulated of each.

    A candidate is drawn with the form of one who sat; the true state from the model; what is earned in each
    administration given that state, and decided as scoring decides. Of m administrations of which p pass,
    p (p − 1) / (m (m − 1)) pairs pass twice: no bias, and less error than of two.
    """
    rng = np.random.default_rng(seed)
    pairs, truth = np.zeros((2, len(models), 2, 2))
    for start in range(0, n, _AT_ONCE):
        size = min(_AT_ONCE, n - start)
        general = drawn_general(models[0], size, rng)
        who = rng.integers(0, len(sitting.form), size)
        # by form, so that whoever has an item stands together; each with the draws of the place before
        order = np.argsort(sitting.form[who], kind="stable")
        abilities = true_abilities(models, general, rng)[:, :, order]
        who = who[order]
        given, form, fixed = sitting.of(who)
        passed = np.zeros((len(models), size), dtype=np.int64)
        for _ in range(N_TIMES):
            for m, units in enumerate(drawn_units(models, abilities, given, order, rng)):
                passed[m] += decide(standards.earned, form, units + fixed).passed
        for m, model in enumerate(models):
            units = (true_units(model, abilities[:, m], given) + fixed) * standards.finer
            truly = decide(standards.true, form, np.floor(units + 1e-6).astype(np.int64)).passed
            failed = N_TIMES - passed[m]
            mixed = float((passed[m] * failed).sum())
            pairs[m] += [
                [float((failed * (failed - 1)).sum()), mixed],
                [mixed, float((passed[m] * (passed[m] - 1)).sum())],
            ]
            for own_level in (0, 1):
                is_own = truly == own_level
                truth[m, own_level] += [failed[is_own].sum(), passed[m, is_own].sum()]
    pairs, truth = pairs / (n * N_TIMES * (N_TIMES - 1)), truth / (n * N_TIMES)
    return [Agreement(*both) for both in zip(pairs, truth, strict=True)]


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


def analyse_rule(folder: Path, run: str | None = None, *, seed: int = SEED) -> Document:
    """How often the decisions of a scored run would repeat, and how often they are right: of the released
    run, before any release the newest, where `run` is left out.

    Raises Refused where a file of the run is not as it was written, where nobody was scored, and where the
    run has no pass rule.
    """
    read_written(folder)
    of = KeyOfRun(folder, run_of(folder / RESULTS, run))
    answers = answers_of(of)
    said = of.run.audit["options"].get("pass")
    if not said:
        message = tell("was decided by no rule: the blueprint has no `pass`")
        raise Refused(
            tell("run {number} {message}", number=of.run.number, message=message),
            [Problem("blueprint", "no-pass-rule", message, field="pass")],
        )
    if not answers.n:
        raise Refused(tell("{folder}: run {run} scored nobody", folder=folder, run=of.run.number))
    standards = standards_of(PassRule.model_validate(said), of.key, of.cuts)
    earned, sitting, passed = _earned(folder, answers, of, standards.earned)
    notes: list[Document] = []
    if passed in (0.0, 1.0):
        who = tell("everybody passed") if passed else tell("nobody passed")
        notes.append(note("one-sided", tell("{who}: little is known of the decision", who=who), "rule"))
    fitted = fitted_to(earned, notes)
    if fitted is not None and answers.n < FEW_CANDIDATES:
        message = tell(
            "{n} candidates are too few for a report to tell this (it takes {least}): what stands here is a "
            "rough estimate and no finding. It may be several per cent off, more than its standard errors "
            "tell: they take the model for right, which so few cannot show",
            n=answers.n,
            least=FEW_CANDIDATES,
        )
        notes.insert(0, note("few-candidates", message, "rule"))
    agreed = None if fitted is None else repeated([fitted.model], standards, sitting, seed)[0]
    errors = {} if fitted is None else standard_errors(fitted, standards, sitting, seed=seed)
    if agreed is not None and abs(agreed.pass_rate - passed) > _FAR_OFF:
        message = tell(
            "the model lets {simulated} of candidates pass, of whom {seen} did: take its figures with care",
            simulated=f"{agreed.pass_rate:.0%}",
            seen=f"{passed:.0%}",
        )
        notes.append(note("far-off", message, "rule"))
    texts, told = None, None
    if fitted is not None and agreed is not None:
        texts = _texts(fitted, agreed, earned, standards, sitting, seed, notes)
        model = fitted.model
        names = ("within_elements", "within_units", "between_units")
        told = {
            "n_candidates": model.n_candidates,
            "slopes": "2pl" if len(set(model.slopes.tolist())) > 1 else "equal",
            "slope": plain(float(np.median(model.slopes))),
            "guessing": plain(model.guessing),
            "skewness": plain(float(model.general.weights @ model.general.nodes**3)),
            "correlations": {name: plain(r) for name, r in zip(names, model.correlations, strict=True)},
        }
    return {
        "exam": of.run.audit["exam"],
        "run": of.run.number,
        "fingerprint": of.run.fingerprint,
        "release": release_of(folder / RESULTS, of.run).as_dict(),
        "n_candidates": answers.n,
        "n_items": len(earned.criterion),
        "rule": said,
        "pass_marks": _pass_marks(PassRule.model_validate(said), of),
        "pass_rate_seen": passed,
        "seed": seed,
        "model": told,
        "methods": [agreement_row("rule", {}, None if agreed is None else (agreed, {}))],
        "se": {name: plain(errors.get(name, math.nan)) for name in FIGURES},
        "shared_texts": texts,
        "notes": notes,
    }


def _pass_marks(rule: PassRule, of: KeyOfRun) -> list[Document]:
    """By form the exact cut of the total, in points, and the most points; none where the rule asks nothing of
    the total."""
    key = of.key
    cuts, most = total_cuts(rule, key, of.cuts) or (), key.max_units.sum(axis=1).tolist()
    return [
        {"form": name, "cut": float(cut / key.unit), "points": units / key.unit}
        for name, cut, units in zip(key.names, cuts, most, strict=False)
    ]


def _earned(
    folder: Path, answers: RunAnswers, of: KeyOfRun, rule: Standard
) -> tuple[EarnedCategories, RuleSitting, float]:
    """What the model is fitted to, which is of a sample where there are many; who sat what; and the share who
    pass by the rule."""
    key, columns = of.key, answers.columns
    place = {tuple(name): n for n, name in enumerate(key.criteria)}
    criterion = [place[one.unit, one.element, one.pc] for one in columns]
    # (J, kinds of missing and options) units of each cell; the steps of units that an item can earn, and
    # (J, kinds of missing and options) which step each cell is
    n_kinds, most = len(MISSING_KINDS), max((len(one.worth) for one in columns), default=0)
    administered = n_kinds + NOT_ADMINISTERED + 1  # the first kind of missing of whoever had the item
    worth = np.zeros((len(columns), n_kinds + most), dtype=np.int64)
    step = np.full(worth.shape, -1, dtype=np.int8)
    kept, worths = [], []
    for j, column in enumerate(columns):
        worth[j, administered:n_kinds] = column.blank
        worth[j, n_kinds : n_kinds + len(column.worth)] = column.worth
        steps = sorted({*column.worth, column.blank})
        if len(steps) >= 2:
            kept.append(j)
            worths.append(steps)
            step[j, administered:] = np.searchsorted(steps, worth[j, administered:])
    counts_for = np.zeros((len(columns), len(key.criteria)))
    counts_for[np.arange(len(columns)), criterion] = 1.0

    sample = _sample(answers.n)
    category = np.empty((len(kept), len(sample)), dtype=np.int8)
    form = np.empty(answers.n, dtype=np.min_scalar_type(len(key.names)))
    first = np.arange(len(columns)) * worth.shape[1] + n_kinds
    n_passed, start = 0, 0
    for rows in answers:
        end = start + len(rows.form)
        form[start:end] = rows.form
        # whole numbers below 2⁵³, which a product of real numbers has exactly
        units = (worth.ravel().take(rows.cells + first).astype(np.float64) @ counts_for).astype(np.int64)
        n_passed += int(np.count_nonzero(decide(rule, rows.form, units).passed))
        some = slice(*np.searchsorted(sample, [start, end]).tolist())
        own = rows.cells[sample[some] - start][:, kept]
        category[:, some] = step.ravel().take(own + first[kept]).T
        start = end
    given = answers.given()
    fixed = np.setdiff1d(np.arange(len(columns)), kept)
    units_of_forms = (given[:, fixed] * worth[fixed, administered]) @ counts_for[fixed]
    widest = max(map(len, worths), default=2)
    table = np.full((len(kept), widest), np.nan)
    for row, steps in zip(table, worths, strict=True):
        row[: len(steps)] = steps
    groups = groups_of(key.criteria)
    printed = (one for form in read_written(folder).exam.forms for one in form.items)
    named = {(one.unit, one.item.id): (one.unit, one.item.shared_stimulus) for one in printed}
    texts = [named.get((columns[j].unit, columns[j].item)) for j in kept]
    number = {text: n for n, text in enumerate(dict.fromkeys(text for text in texts if text and text[1]))}
    earned = EarnedCategories(
        category.T,
        table,
        np.array([criterion[j] for j in kept], dtype=np.int64),
        (groups.elements.member, groups.units.member),
        np.array([-1 if text is None else number.get(text, -1) for text in texts], dtype=np.int64),
    )
    sitting = RuleSitting(given[:, kept], form, units_of_forms.astype(np.int64), of_forms=True)
    return earned, sitting, n_passed / answers.n


def _sample(n: int) -> NDArray[np.int64]:
    """The candidates that the model is fitted to, in their order: all, or as many as show enough."""
    if n <= _MOST_TO_FIT:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).choice(n, _MOST_TO_FIT, replace=False))


def fitted_to(earned: EarnedCategories, notes: list[Document]) -> FittedCriteria | None:
    """The model of what candidates earned; None with a note where too little is there."""
    if len(earned.category) > _MOST_TO_FIT:
        earned = earned._replace(category=earned.category[_sample(len(earned.category))])
    given = (earned.category >= 0).sum(axis=0)
    slopes = bool(given.size) and int(given.min()) >= FEW_FOR_SLOPES
    try:
        n = len(earned.category)
        return fit_criteria(earned, slopes=slopes, extras=n >= FEW_FOR_SLOPES, skewed=n >= FEW_CANDIDATES)
    except ValueError:
        notes.append(note("no-model", tell("too few candidates or items differ to fit a model"), "rule"))
        return None


def standard_errors(
    fitted: FittedCriteria, standards: Standards, sitting: RuleSitting, seed: int = SEED
) -> dict[str, float]:
    """Of the figures of `Agreement`, for what the sample leaves open of the parameters: their root mean
    squared distance from those of the estimates, over draws of the parameters; the same candidates are
    simulated of each."""
    models = [fitted.model, *fitted.around.draws(_N_DRAWS, np.random.default_rng(seed))]
    found = repeated(models, standards, sitting, seed, _N_OF_DRAW)
    middle, *others = np.array([[getattr(one, name) for name in FIGURES] for one in found])
    squares = np.square(np.array(others) - middle)
    return dict(zip(FIGURES, np.sqrt(np.mean(squares, axis=0)).tolist(), strict=True))


def _texts(
    fitted: FittedCriteria,
    agreed: Agreement,
    earned: EarnedCategories,
    standards: Standards,
    sitting: RuleSitting,
    seed: int,
    notes: list[Document],
) -> Document | None:
    """What texts and pictures that items share do to the decisions; None where none are shared.

    Where nothing tells what is due to a text from what is due to the ability, how often decisions would
    repeat lies between the model that counts all as ability and the one that counts all as the text's.
    """
    names, counts = np.unique(earned.text[earned.text >= 0], return_counts=True)
    shared = np.where(np.isin(earned.text, names[counts > 1]), earned.text, -1)
    if not (shared >= 0).any():
        return None
    model, n = fitted.model, int(np.count_nonzero(shared >= 0))
    told = {"n_items": n, "sd": plain(model.text_sd) if (model.text >= 0).any() else None, "at_worst": None}
    # texts of which several items are of one criterion, and that the model has drawn anew
    rest = np.where(model.text >= 0, -1, shared)
    worst = at_worst(model, rest)
    if not any(one.any() for one in worst.redrawn):
        return told
    [found] = repeated([worst], standards, sitting, seed)
    # what a decimal tells apart is told so
    decimals = 0 if round(100 * found.consistency) != round(100 * agreed.consistency) else 1
    message = tell(
        "{n} items share a text or a picture with others, and what is due to it cannot be told from ability: "
        "decisions would repeat in {worst} to {best} of 100 cases",
        n=n,
        worst=f"{100 * found.consistency:.{decimals}f}",
        best=f"{100 * agreed.consistency:.{decimals}f}",
    )
    notes.append(note("shared-stimulus", message, "rule"))
    return told | {"at_worst": {name: plain(getattr(found, name)) for name in FIGURES}}
