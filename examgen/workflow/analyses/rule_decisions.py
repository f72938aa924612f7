"""A scored run and its pass rule → how often the rule's own decision would repeat on a parallel form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.exam.names import RESULTS
from examgen.exam.package import read_package
from examgen.problems import Problem, Refused
from examgen.responses import table as response_table
from examgen.responses.matrix import NOT_ADMINISTERED
from examgen.scoring.asked import Asked, AskedForms
from examgen.scoring.decisions import Standard, decide, passing_standard
from examgen.words import tell
from examgen.workflow.analyses.administrations import Administration, responses_of
from examgen.workflow.analyses.decisions import agreement_row, note
from examgen.workflow.analyses.documents import Document, plain
from examgen.workflow.runs.compare import run_of
from examgen.workflow.runs.read import KeyOfRun

if TYPE_CHECKING:
    from examgen.analysis.decisions.agreement import Agreement
    from examgen.analysis.decisions.criteria import CriteriaModel, Earned
    from examgen.models.decisions import PassRule

SEED = 1
FEW_CANDIDATES = 100
"""With fewer, figures may be some hundredths off: docs/decisions.md says how far."""
FEW_FOR_SLOPES = 500
"""With fewer candidates of an item all items are given the same slope."""
_STEPS = ((1_000, 10), (200, 2))
"""From so many candidates on, steps of EM that adapt the distribution of ability; none with fewer."""
_MOST_TO_FIT = 5_000
_FAR_OFF = 0.05
N_SIMULATED, N_TIMES = 20_000, 4
_FINER = 1_000
"""Parts of a unit by which true scores are held against the exact percentages of a rule."""
_AT_ONCE = 10_000


class Standards(NamedTuple):
    """A rule as it is held against what candidates earned, and against true scores in finer units."""

    earned: Standard
    true: Standard
    finer: int


def standards_of(rule: PassRule, asked: Asked, cuts: Mapping[str, Decimal] | None) -> Standards:
    """The rule twice: of 3 items at 50 % a candidate must earn 2, and truly know a half."""
    most = int(np.abs(asked.max_units).sum(axis=1).max(initial=1))
    finer = max(min(_FINER, (2**31 - 2) // max(most, 1)), 1)
    parts = AskedForms(
        asked.names,
        asked.criteria,
        asked.n_items,
        asked.max_units * finer,
        asked.least_units * finer,
        asked.unit * finer,
        asked.floor_total,
    )
    return Standards(passing_standard(rule, asked, cuts), passing_standard(rule, parts, cuts), finer)


class Sitting(NamedTuple):
    """Who sat which form: `given` (N, J) items that are on it, `form` (N,) its number, `fixed` (N, C) units
    that everybody has of items that are none of the model."""

    given: NDArray[np.bool_]
    form: NDArray[np.int64]
    fixed: NDArray[np.int64]


def repeated(
    model: CriteriaModel, standards: Standards, sitting: Sitting, seed: int = SEED, n: int = N_SIMULATED
) -> Agreement:
    """Decisions of simulated candidates in several parallel administrations, and by their true scores.

    A candidate is drawn with the form of one who sat; the true state from the model; what is earned in each
    administration given that state, and decided as scoring decides. Of m administrations of which p pass,
    p (p − 1) / (m (m − 1)) pairs pass twice: no bias, and less error than of two.
    """
    from examgen.analysis.decisions.agreement import Agreement
    from examgen.analysis.decisions.criteria import drawn_general, drawn_units, true_abilities, true_units

    rng = np.random.default_rng(seed)
    pairs, truth = np.zeros((2, 2)), np.zeros((2, 2))
    for start in range(0, n, _AT_ONCE):
        size = min(_AT_ONCE, n - start)
        general = drawn_general(model, size, rng)
        who = rng.integers(0, len(sitting.form), size)
        given, form, fixed = sitting.given[who], sitting.form[who], sitting.fixed[who]
        abilities = true_abilities(model, general, rng)
        true = np.floor((true_units(model, abilities, given) + fixed) * standards.finer + 1e-6)
        truly = decide(standards.true, form, true.astype(np.int64)).passed.astype(np.int64)
        passed = np.zeros(size, dtype=np.int64)
        for _ in range(N_TIMES):
            units = drawn_units(model, abilities, given, rng) + fixed
            passed += decide(standards.earned, form, units).passed
        failed = N_TIMES - passed
        mixed = float((passed * failed).sum())
        pairs += [
            [float((failed * (failed - 1)).sum()), mixed],
            [mixed, float((passed * (passed - 1)).sum())],
        ]
        for own in (0, 1):
            truth[own] += [failed[truly == own].sum(), passed[truly == own].sum()]
    return Agreement(pairs / (n * N_TIMES * (N_TIMES - 1)), truth / (n * N_TIMES))


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


class RuleRepeated(NamedTuple):
    """What was found of a run's rule. `document` has only values that JSON holds."""

    document: Document
    agreement: Agreement | None
    """None where the run has too little to fit a model to."""
    n_candidates: int


def analyse_rule(
    folder: Path, run: str | None = None, *, results: Path | None = None, seed: int = SEED
) -> RuleRepeated:
    """How often the decisions of a scored run would repeat, and how often they are right: of the released
    run, before any release the newest, where `run` is left out; `results` is the folder of `score --out`.

    Raises Refused where a file of the run is not as it was written, where nobody was scored, and where the
    run has no pass rule.
    """
    from examgen.models.decisions import PassRule

    found = responses_of(folder, run, results=results)
    of = KeyOfRun(folder, run_of(results if results is not None else folder / RESULTS, str(found.run)))
    said = of.run.audit["options"].get("pass")
    if not said:
        message = tell("was decided by no rule: the blueprint has no `pass`")
        raise Refused(
            tell("run {number} {message}", number=found.run, message=message),
            [Problem("blueprint", "no-pass-rule", message, field="pass")],
        )
    if not len(found.chosen.candidates):
        raise Refused(tell("{folder}: run {run} scored nobody", folder=folder, run=found.run))
    standards = standards_of(PassRule.model_validate(said), of.key, of.cuts)
    earned, sitting, units = _earned(found, of)
    passed = float(decide(standards.earned, sitting.form, units).passed.mean())
    notes = _notes(folder, len(units), passed)
    model = fitted_to(earned, notes)
    agreed = None if model is None else repeated(model, standards, sitting, seed)
    if agreed is not None and abs(agreed.pass_rate - passed) > _FAR_OFF:
        message = tell(
            "the model lets {simulated} of candidates pass, of whom {seen} did: take its figures with care",
            simulated=f"{agreed.pass_rate:.0%}",
            seen=f"{passed:.0%}",
        )
        notes.append(note("far-off", message, "rule"))
    document = {
        "exam": found.name,
        "run": found.run,
        "fingerprint": found.fingerprint,
        "release": found.release.as_dict(),
        "n_candidates": len(units),
        "n_items": len(earned.criterion),
        "rule": said,
        "pass_rate_seen": passed,
        "seed": seed,
        "model": None if model is None else _told(model),
        "methods": [agreement_row("rule", {}, None if agreed is None else (agreed, {}))],
        "notes": notes,
    }
    return RuleRepeated(document, agreed, len(units))


def _earned(found: Administration, of: KeyOfRun) -> tuple[Earned, Sitting, NDArray[np.int64]]:
    """What the model is fitted to; who sat what; and (N, C) units as scoring has them."""
    from examgen.analysis.decisions.criteria import Earned
    from examgen.scoring.asked import groups_of

    key, cells = of.key, found.chosen.cells
    place = {tuple(name): n for n, name in enumerate(key.criteria)}
    criterion = [place[one.unit, one.element, one.pc] for one in found.columns]
    rows = response_table.read_rows(of.run.folder / response_table.NAME, of.number)
    form = np.concatenate([np.empty(0, np.int64), *(one.form for one in rows)])
    fixed, units = np.zeros((2, len(cells), len(key.criteria)), dtype=np.int64)
    kept, category, worths = [], [], []
    for j, column in enumerate(found.columns):
        worth = np.array([*column.worth, column.blank, column.blank, 0], dtype=np.int64)
        worth[NOT_ADMINISTERED] = 0
        worth[-1], worth[-2] = column.blank, column.blank
        own = np.where(cells[:, j] == NOT_ADMINISTERED, 0, worth[cells[:, j]])
        units[:, criterion[j]] += own
        steps = sorted({*column.worth, column.blank})
        if len(steps) < 2:
            fixed[:, criterion[j]] += own
            continue
        kept.append(j)
        worths.append(steps)
        category.append(np.where(cells[:, j] == NOT_ADMINISTERED, -1, np.searchsorted(steps, own)))
    widest = max(map(len, worths), default=2)
    table = np.full((len(kept), widest), np.nan)
    for row, steps in zip(table, worths, strict=True):
        row[: len(steps)] = steps
    groups = groups_of(key.criteria)
    earned = Earned(
        np.array(category, dtype=np.int8).reshape(len(kept), len(cells)).T,
        table,
        np.array([criterion[j] for j in kept], dtype=np.int64),
        (groups.elements.member, groups.units.member),
    )
    return earned, Sitting(earned.category >= 0, form, fixed), units


def fitted_to(earned: Earned, notes: list[Document]) -> CriteriaModel | None:
    """The model of what candidates earned; None with a note where too little is there."""
    from examgen.analysis.decisions.criteria import adapted, fit_criteria

    if len(earned.category) > _MOST_TO_FIT:
        some = np.random.default_rng(SEED).choice(len(earned.category), _MOST_TO_FIT, replace=False)
        earned = earned._replace(category=earned.category[np.sort(some)])
    try:
        model = fit_criteria(earned, _relative_slopes(earned))
    except ValueError:
        notes.append(note("no-model", tell("too few candidates or items differ to fit a model"), "rule"))
        return None
    steps = next((steps for least, steps in _STEPS if len(earned.category) >= least), 0)
    return adapted(model, earned, steps)


def _relative_slopes(earned: Earned) -> NDArray[np.float64]:
    """(J,) how steep items are against each other, by the 2PL of full points or less, the geometric mean
    being 1; 1 of all with fewer than `FEW_FOR_SLOPES` candidates of an item."""
    from examgen.analysis.irt.marginal.models import fit_mml

    even = np.ones(len(earned.units))
    given = (earned.category >= 0).sum(axis=0)
    if not len(given) or given.min() < FEW_FOR_SLOPES:
        return even
    full = np.count_nonzero(np.isfinite(earned.units), axis=1) - 1
    right = np.where(earned.category < 0, -1, earned.category == full).astype(np.int8)
    found = fit_mml(right, "2pl", standard_errors=False).parameters.a
    usable = np.isfinite(found) & (found > 0.05)
    if not usable.any():
        return even
    middle = math.exp(float(np.log(found[usable]).mean()))
    return np.where(np.isfinite(found), np.clip(found / middle, 0.0, 4.0), 1.0)


def _notes(folder: Path, n: int, passed: float) -> list[Document]:
    found = []
    if n < FEW_CANDIDATES:
        message = tell("{n} candidates: the figures may be some hundredths off", n=n)
        found.append(note("few-candidates", message, "rule"))
    if passed in (0.0, 1.0):
        who = tell("everybody passed") if passed else tell("nobody passed")
        found.append(note("one-sided", tell("{who}: little is known of the decision", who=who), "rule"))
    items = {one.item.id: one.item for form in read_package(folder).exam.forms for one in form.items}
    stimuli = [one.shared_stimulus for one in items.values() if one.shared_stimulus]
    if shared := sum(stimuli.count(name) for name in set(stimuli) if stimuli.count(name) > 1):
        message = tell(
            "{n} items share a text or a picture with others: what is due to it counts as ability, so that "
            "decisions would repeat somewhat less often than is said",
            n=shared,
        )
        found.append(note("shared-stimulus", message, "rule"))
    return found


def _told(model: CriteriaModel) -> Document:
    """The model, in a few numbers."""
    names = ("within_elements", "within_units", "between_units")
    return {
        "n_candidates": model.n_candidates,
        "slopes": "2pl" if len(set(model.slopes.tolist())) > 1 else "equal",
        "slope": plain(float(np.median(model.slopes))),
        "correlations": {name: plain(r) for name, r in zip(names, model.correlations, strict=True)},
    }
