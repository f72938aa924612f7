"""Which attributes candidates have mastered, by DINA or G-DINA: a second opinion beside the scores.

Of a response file with a Q-matrix, or of a scored run, whose criteria or elements are the attributes: there
each item asks for one of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analyses.administrations import responses_of
from examgen.analyses.documents import Document, note, notices
from examgen.analyses.options import DiagnosisOptions, ResponseSource, may_write
from examgen.analyses.sources import load_responses
from examgen.capture.tabular.coded_columns import read_coded
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import csv_bytes, read_input, write_file
from examgen.core.words import listed, tell, tell_n
from examgen.psychometrics.diagnosis.classification import profiles
from examgen.psychometrics.diagnosis.models import (
    MODELS,
    MOST_ATTRIBUTES,
    AnswerPatterns,
    Diagnosis,
    answers_of,
    design_of,
    estimate,
)
from examgen.psychometrics.diagnosis.precision import dina_tests, pairs, precision
from examgen.psychometrics.distributions import chi_square_tail
from examgen.stats.results import plain

LEAST_FOR_PROFILES = 500
"""Candidates below which no profile is told (docs/diagnosis.md, recovery)."""
LEAST_ACCURACY = 0.8
"""Of an attribute, as the model expects it, for its mastery to be told."""
LEAST_ITEMS = 3
"""That ask for an attribute, for its mastery to be told."""
MOST_SHOWN = 20
"""Profiles whose shares are told, the commonest first."""


class _DiagnosisResponses(NamedTuple):
    head: Document
    items: tuple[str, ...]
    attributes: tuple[str, ...]
    q: NDArray[np.bool_]
    cells: NDArray[np.int8]
    """1 right, 0 wrong, below 0 no answer."""
    candidates: tuple[str, ...] | range
    notes: tuple[Document, ...] = ()


def analyse_diagnosis(source: ResponseSource, q_file: Path | None, asked: DiagnosisOptions) -> Document:
    """Of a response file with a Q-matrix: the column `item` and one of zeros and ones for each attribute."""
    may_write(asked.profiles, source, q_file)
    if q_file is None:
        raise WrongUsage(tell("--q Q.csv says which attributes each item asks for"))
    loaded = load_responses(source, 1)
    attributes, q, outside = read_q(q_file, loaded.scored.items)
    kept = np.flatnonzero(q.any(axis=1))
    told = []
    if outside:
        message = tell_n(
            "{n} item asks for no attribute of the Q-matrix and is left out",
            "{n} items ask for no attribute of the Q-matrix and are left out",
            outside,
        )
        told.append(note("items-without-attributes", message))
    return _analysed(
        _DiagnosisResponses(
            {"file": loaded.name, "sha256": loaded.sha256},
            tuple(loaded.scored.items[n] for n in kept),
            attributes,
            q[kept],
            loaded.scored.cells[:, kept],
            loaded.scored.candidates,
            (*notices(loaded.notices), *told),
        ),
        asked,
    )


def analyse_run_diagnosis(folder: Path, run: str | None, by: str | None, asked: DiagnosisOptions) -> Document:
    """Of a scored run; attributes are its criteria (`pc`), or its elements (`element`), or what of these two
    is no more than twelve."""
    found = responses_of(folder, run)
    places = [n for n, one in enumerate(found.columns) if one.standing == "scored"]
    if not len(found.chosen.candidates) or not places:
        raise Refused(
            tell("{folder}: run {run} scored nobody: nothing to analyse", folder=folder, run=found.run)
        )
    columns = [found.columns[n] for n in places]
    level = by or ("pc" if len({one.pc for one in columns}) <= MOST_ATTRIBUTES else "element")
    names = [getattr(one, level) for one in columns]
    attributes = tuple(sorted(set(names)))
    q = np.array([[name == one for one in attributes] for name in names], dtype=np.bool_)
    scored = found.chosen.scored(not_reached_wrong=True).cells[:, places]
    head = {"exam": found.name, "run": found.run, "release": found.release.as_dict(), "by": level}
    items = tuple(found.chosen.items[n] for n in places)
    return _analysed(_DiagnosisResponses(head, items, attributes, q, scored, found.chosen.candidates), asked)


def read_q(path: Path, items: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.bool_], int]:
    """Attributes, (J, K) which each item asks for, and how many items it asks nothing of.

    Raises Refused with every line that cannot be, and where no item of the responses is in it.
    """
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    table = read_coded(path.name, read_input(path))
    first = next((one for one in table.columns if one.name.casefold() == "item"), None)
    attributes = [one for one in table.columns if one is not first]
    problems: list[Problem] = []
    if first is None or not attributes:
        message = tell("needs the column `item` and a column of 0 and 1 for each attribute")
        raise Refused(
            tell("{path} {message}", path=path.name, message=message),
            [Problem(path.name, "q-columns", message)],
        )
    place = {item: n for n, item in enumerate(items)}
    q, seen = np.zeros((len(items), len(attributes)), dtype=np.bool_), set[str]()
    for row in range(table.n_rows):
        item = first.texts[first.codes[row]].strip()
        cells = [one.texts[one.codes[row]].strip() for one in attributes]
        fault = None
        if item not in place:
            fault = tell("`{item}` is not an item of the responses", item=item[:40])
        elif item in seen:
            fault = tell("`{item}` stands in two lines", item=item[:40])
        elif any(cell not in ("0", "1", "") for cell in cells):
            fault = tell("`{item}` has a cell that is not 0 or 1", item=item[:40])
        if fault is not None:
            problems.append(Problem(f"{path.name}:{table.lines[row]}", "q-item", fault, item[:40] or None))
            continue
        seen.add(item)
        q[place[item]] = [cell == "1" for cell in cells]
    if not problems and not q.any():
        problems.append(Problem(path.name, "q-empty", tell("no item asks for any attribute")))
    problems += [
        Problem(path.name, "q-attribute", tell("no item asks for {name}", name=one.name), field=one.name)
        for n, one in enumerate(attributes)
        if not problems and not q[:, n].any()
    ]
    if problems:
        raise Refused(tell("{path} has {n} fault(s)", path=path.name, n=len(problems)), problems)
    return tuple(one.name for one in attributes), q, int((~q.any(axis=1)).sum())


# ── what is found ────────────────────────────────────────────────────────────────────────────


def _analysed(source: _DiagnosisResponses, asked: DiagnosisOptions) -> Document:
    k = len(source.attributes)
    if k > MOST_ATTRIBUTES:
        raise Refused(
            tell(
                "{k} attributes make {n:,} profiles: name {most} attributes at most, as elements in place of "
                "criteria",
                k=k,
                n=1 << k,
                most=MOST_ATTRIBUTES,
            )
        )
    some = np.asarray((source.cells >= 0).any(axis=0))
    if not some.all():
        lost = [name for k, name in enumerate(source.attributes) if not source.q[some, k].any()]
        if lost:
            raise Refused(tell("nobody has answered an item that asks for {names}", names=listed(lost)))
        message = tell("nobody has answered it: it is left out")
        absent = [item for item, one in zip(source.items, some, strict=True) if not one]
        source = source._replace(
            items=tuple(item for item, one in zip(source.items, some, strict=True) if one),
            q=source.q[some],
            cells=source.cells[:, some],
            notes=(*source.notes, *(note("item-without-answers", message, item) for item in absent)),
        )
    answered = np.asarray((source.cells >= 0).any(axis=1))
    answers = answers_of(np.where(source.cells[answered] < 0, -1, source.cells[answered]).astype(np.int8))
    n = int(answered.sum())
    if n < 2:
        raise Refused(tell("fewer than two candidates have answered any item: nothing to analyse"))
    if ((source.cells == 0).any(axis=0) & (source.cells == 1).any(axis=0)).sum() < 2:
        raise Refused(
            tell("fewer than two items have right and wrong answers: nothing tells candidates apart")
        )
    structure = asked.structure or ("saturated" if 10 * (1 << k) <= n else "higher-order")
    found = estimate(answers, design_of(source.q, asked.model), structure, tolerance=1e-6, rise=1e-5)
    simple = bool((source.q.sum(axis=1) == 1).all())
    other = None
    if not simple:
        name = next(one for one in MODELS if one != asked.model)
        other = estimate(answers, design_of(source.q, name), structure, tolerance=1e-5, rise=1e-3)
        # DINA lies within G-DINA, which is at least as likely: where it is not, EM has ended at a lesser
        # maximum, and begins again from DINA
        small, large = (found, other) if found.design.model == "dina" else (other, found)
        if large.log_likelihood < small.log_likelihood:
            kind = small.structure.kind
            large = estimate(answers, large.design, kind, tolerance=1e-6, rise=1e-5, begin=small)
            found, other = (small, large) if found is small else (large, small)
    if found.n_parameters >= 2 ** len(source.items):
        raise Refused(
            tell(
                "{n} item(s) do not determine the {m} parameters of this model: ask for fewer attributes",
                n=len(source.items),
                m=found.n_parameters,
            )
        )
    exact = precision(answers, found)
    saturated = found if asked.model == "gdina" else other
    # of two models DINA lies within G-DINA: the likelihood-ratio test of the whole model
    tests, ratio = None, None
    if other is not None:
        small, large = sorted((found, other), key=lambda one: one.n_parameters)
        # never below 0 where both are at their maximum: what lies there is the limit at which EM ends
        chisq = max(2.0 * (large.log_likelihood - small.log_likelihood), 0.0)
        df = large.n_parameters - small.n_parameters
        p = float(chi_square_tail(chisq, df)) if df else None
        ratio = {"chisq": plain(chisq), "df": df, "p": plain(p)}
    if saturated is not None:
        of_all = exact if saturated is found else precision(answers, saturated)
        tests = dina_tests(saturated, of_all.covariance)
    told, trust = profiles(answers, found)
    refused = None  # why no candidate is told a profile
    if n < LEAST_FOR_PROFILES:
        refused = tell(
            "{n} candidates are too few: below {least} a profile is less sure than the model says",
            n=n,
            least=LEAST_FOR_PROFILES,
        )
    elif not found.converged:
        refused = tell("the estimates did not converge")
    masters = found.structure.shares @ found.design.profiles
    rows = []
    for a, (name, twins) in enumerate(zip(source.attributes, _alike(source), strict=True)):
        n_items, accuracy = int(source.q[:, a].sum()), float(trust.accuracy[a])
        sure = not twins and n_items >= LEAST_ITEMS and accuracy >= LEAST_ACCURACY
        rows.append(
            {
                "attribute": name,
                "n_items": n_items,
                "masters": plain(masters[a]),
                "accuracy": plain(accuracy),
                "consistency": plain(trust.consistency[a]),
                "reliability": plain(trust.reliability[a]),
                "told": bool(refused is None and sure),
            }
        )
    items = []
    for j, item in enumerate(source.items):
        own = slice(found.design.first[j], found.design.first[j + 1])
        chances, error = found.p[own], exact.se[own]
        items.append(
            {
                "item": item,
                "attributes": [name for a, name in enumerate(source.attributes) if source.q[j, a]],
                "guess": plain(chances[0]),
                "slip": plain(1 - chances[-1]),
                "se_guess": plain(error[0]),
                "se_slip": plain(error[-1]),
                "p": plain(chances),
                "se_p": plain(error),
                "discrimination": plain(chances[-1] - chances[0]),
                "wald": None if tests is None else plain(tests[0][j]),
                "wald_df": None if tests is None or not tests[1][j] else int(tests[1][j]),
                "wald_p": None if tests is None else plain(tests[2][j]),
            }
        )
    if asked.profiles is not None:
        # of each candidate the chance of mastery of the attributes that may be told, and likeliest profiles
        if refused is not None:
            raise Refused(tell("profiles are not written: {reason}", reason=refused))
        ids = [str(source.candidates[row]) for row in np.flatnonzero(answered).tolist()]
        columns: dict[str, Any] = {"id": ids}
        for a, one in enumerate(rows):
            columns[f"{one['attribute']}"] = told.mastery[:, a] if one["told"] else [None] * n
        for name, profile in (("map", told.most_likely), ("ml", told.by_answers)):
            digits = (profile[:, None] >> np.arange(k)[::-1]) & 1
            columns[name] = ["".join("01"[digit] for digit in row) for row in digits.tolist()]
        columns["map_chance"] = told.most_likely_chance
        columns["ml_ties"] = told.by_answers_ties
        write_file(asked.profiles, csv_bytes(pl.DataFrame(columns)))
    fit = pairs(answers, found)
    shares = found.structure.shares
    order = np.argsort(-shares, kind="stable")[:MOST_SHOWN]
    return {
        **source.head,
        "n_candidates": n,
        "n_items": len(source.items),
        "model": {
            **_model_row(found),
            "structure": structure,
            "structure_chosen_by": "candidates" if asked.structure is None else "user",
            "se": "complete" if exact.complete else "chances",
        },
        "other_model": None if other is None else _model_row(other),
        "likelihood_ratio": ratio,
        "fit": {
            "srmsr": plain(fit.srmsr),
            "worst_pair": None if fit.worst is None else [source.items[place] for place in fit.worst],
            "worst_difference": plain(fit.difference),
        },
        "attributes": rows,
        "items": items,
        "profiles": [
            {
                "mastered": [
                    name for k, name in enumerate(source.attributes) if found.design.profiles[place, k] == 1
                ],
                "share": plain(shares[place]),
            }
            for place in order.tolist()
        ],
        "profile_accuracy": plain(trust.profile_accuracy),
        "profile_consistency": plain(trust.profile_consistency),
        "candidates_told": refused is None,
        "least_for_profiles": LEAST_FOR_PROFILES,
        "notes": [*source.notes, *_notes(source, found, answers, rows, refused, simple, answered)],
    }


def _model_row(found: Diagnosis) -> Document:
    return {
        "name": found.design.model,
        "log_likelihood": plain(found.log_likelihood),
        "n_parameters": found.n_parameters,
        "aic": plain(found.aic),
        "bic": plain(found.bic),
        "converged": bool(found.converged),
        "iterations": found.iterations,
    }


def _alike(source: _DiagnosisResponses) -> list[list[str]]:
    """For each attribute the others that the very same items ask for: the answers say one thing of all."""
    names, q = source.attributes, source.q
    return [
        [other for m, other in enumerate(names) if m != k and bool((q[:, m] == q[:, k]).all())]
        for k in range(len(names))
    ]


def _notes(
    source: _DiagnosisResponses,
    found: Diagnosis,
    answers: AnswerPatterns,
    rows: list[Document],
    refused: str | None,
    simple: bool,
    answered: NDArray[np.bool_],
) -> list[Document]:
    told = []
    if left := int((~answered).sum()):
        message = tell_n(
            "{n} candidate who answered nothing is left out",
            "{n} candidates who answered nothing are left out",
            left,
        )
        told.append(note("no-answers", message))
    if refused is not None:
        told.append(note("profiles-refused", tell("no profile of a candidate is told: {why}", why=refused)))
    if simple:
        message = tell(
            "every item asks for one attribute: DINA and G-DINA are the same model, and what it adds to the "
            "scores is that attributes lend each other strength"
        )
        told.append(note("simple-structure", message))
    for row, twins in zip(rows, _alike(source), strict=True):
        if twins:
            message = tell(
                "the same items ask for {others}: nothing tells them apart, and its mastery is not told",
                others=listed(twins),
            )
            told.append(note("same-items", message, row["attribute"]))
        elif row["n_items"] < LEAST_ITEMS:
            message = tell("fewer than {n} items ask for it: its mastery is not told", n=LEAST_ITEMS)
            told.append(note("few-items", message, row["attribute"]))
        elif row["accuracy"] < LEAST_ACCURACY:
            message = tell(
                "masters are told from others in {share:.0f} of 100 cases: its mastery is not told",
                share=100 * row["accuracy"],
            )
            told.append(note("low-accuracy", message, row["attribute"]))
    for j, item in enumerate(source.items):
        p = found.p[found.design.first[j] : found.design.first[j + 1]]
        if p[-1] <= p[0]:
            message = tell("masters do not answer it better than others: see its key and its attributes")
            told.append(note("no-discrimination", message, item))
    return told
