"""Bank and blueprint → `Exam`: checks, selection, printing order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from examgen.assembly.compliance import QUOTA_IMPOSSIBLE, check_blueprint
from examgen.assembly.constraints import reliability_cut, task
from examgen.assembly.drawn_instruments import drawn_instruments, in_instruments, with_pass_rule
from examgen.assembly.infeasible.explain import explain, proportional
from examgen.assembly.measures import GRID, information, reliability
from examgen.assembly.order.key_places import notices
from examgen.assembly.order.printed import print_forms
from examgen.assembly.search import solver
from examgen.assembly.task import Infeasible, LinearConstraint, SearchEnded, Solution
from examgen.assembly.usable import Bank, Pool, bank_of, pool_of
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit, Instrument, Item
from examgen.core.problems import BlueprintNotMet, Problem, Refused
from examgen.core.words import tell
from examgen.core.yamlfile import Document

MOST_CUTS = 40
"""The maximum number of rounds of cuts for a reliability; each round excludes the forms found before."""


def assemble(shelves: Sequence[BankUnit], blueprint: Blueprint, document: Document) -> Exam:
    """Return the exam that the blueprint specifies.

    Raises `Refused` if the standard does not allow it, and `BlueprintNotMet` if the bank cannot supply it.
    The forms depend on the blueprint, its seed, the usable items and the attributes that quotas use; not on
    the order of anything in the bank.
    """
    return assembled(shelves, blueprint, document)[0]


def assembled(shelves: Sequence[BankUnit], blueprint: Blueprint, document: Document) -> tuple[Exam, Solution]:
    """Assemble an exam as `assemble` does, and also return the solution found by the solver."""
    bank = bank_of(shelves)
    pool = pool_of(bank, blueprint)
    try:
        told = check_blueprint(blueprint, bank.units, document, bank.items)
    except Refused as refusal:
        if all(one.code == QUOTA_IMPOSSIBLE for one in refusal.problems):
            refusal.details["repairs"] = proportional(bank, blueprint, find_forms, solver.solve)
        raise
    solution = _solution(pool, bank, blueprint, document)
    picked: list[list[Item]] = [[pool.items[n] for n in chosen] for chosen in solution.forms]
    forms = print_forms(pool, picked, form_names(blueprint), blueprint, pool.evidence, pool.pilots)
    used = {item.item.shared_stimulus for form in forms for item in form.items}
    stimuli = tuple(stimulus for shelf in shelves for stimulus in shelf.stimuli if stimulus.id in used)
    printed = {item.item.id for form in forms for item in form.items}
    instruments: tuple[Instrument, ...] = ()
    if blueprint.is_rated:
        instruments = drawn_instruments(shelves, printed)
        forms = in_instruments(forms, instruments)
        blueprint = with_pass_rule(blueprint, instruments, document)
    exam = Exam(
        blueprint=blueprint,
        units=bank.units,
        forms=forms,
        stimuli=stimuli,
        evidence={name: bank.evidence[name] for name in sorted(printed & set(bank.evidence))},
        anchor=tuple(pool.items[n].id for n in solution.anchor),
        instruments=instruments,
    )
    of_keys = () if blueprint.is_rated else notices(exam)
    return exam.model_copy(update={"notices": (*told, *of_keys)}), solution


def _solution(pool: Pool, bank: Bank, blueprint: Blueprint, document: Document) -> Solution:
    try:
        return find_forms(pool, blueprint)
    except (Infeasible, SearchEnded) as error:
        told = explain(bank, blueprint, document, find_forms, solver.solve)
        if isinstance(error, SearchEnded) and not told.found:
            message = tell(
                "the search found no {n_forms} forms within its limits, and no proof that "
                "they are impossible. Allow more overlap, wider quotas or fewer forms.",
                n_forms=blueprint.n_forms,
            )
            fault = Problem(document.at(["overlap"]), "forms-not-found", message, field="overlap")
            raise BlueprintNotMet.because(
                "{exam} was not built, because no forms were found", [fault], exam=blueprint.exam
            ) from None
    message = (
        tell("{exam} was not built, because its numbers contradict each other", exam=blueprint.exam)
        if told.contradicts
        else tell("{exam} was not built, because the bank cannot supply it", exam=blueprint.exam)
    )
    raise BlueprintNotMet(message, told.problems, told.data, told.advice)


def find_forms(pool: Pool, blueprint: Blueprint) -> Solution:
    """Return the forms, as positions in the pool. Raises `Infeasible` and `SearchEnded`."""
    cuts: list[LinearConstraint] = []
    rule = blueprint.statistics
    if rule is None or rule.reliability is None:
        return solver.solve(task(pool, blueprint), blueprint.seed)
    cuts.append(reliability_cut(pool, blueprint))
    values = information([pool.known(item) for item in pool.items], GRID.tolist())
    values[[item.id in pool.pilots for item in pool.items]] = 0
    for _ in range(MOST_CUTS):
        solution = solver.solve(task(pool, blueprint, cuts), blueprint.seed)
        curves = [values[list(form)].sum(axis=0) for form in solution.forms]
        short = [curve for curve in curves if reliability(curve) < rule.reliability.min]
        if not short:
            return solution
        cuts += [reliability_cut(pool, blueprint, curve) for curve in short]
    raise SearchEnded("reliability")


def form_names(blueprint: Blueprint) -> list[str]:
    """Return the names of the forms: A, B, C … or, beyond the alphabet, 001, 002 …; spare forms are S1, S2
    …"""
    n_forms = blueprint.n_forms - blueprint.spare
    width = max(3, len(str(n_forms)))
    numbered = n_forms > 26
    # S1 is not a letter of the alphabet, so that no spare form can be taken for another
    names = [f"{n:0{width}d}" for n in range(1, n_forms + 1)] if numbered else list(ALPHABET[:n_forms])
    return [*names, *(f"S{n}" for n in range(1, blueprint.spare + 1))]


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bank_sha256(shelves: Sequence[BankUnit], is_rated: bool = False) -> str:
    """Return a hash of the units and items, independent of the order of items and options in the files. If
    `is_rated`, it covers their instruments too."""
    content = [
        [
            shelf.unit.model_dump(mode="json"),
            sorted(_item_text(item) for item in shelf.items),
            *([one.sha256() for one in shelf.instruments] if is_rated else ()),
        ]
        for shelf in sorted(shelves, key=lambda shelf: str(shelf.unit.code))
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _item_text(item: Item) -> str:
    data = item.model_dump(mode="json")
    # fields added after the first packages: if they are empty, the hash must not change
    kept = {name: value for name, value in data.items() if value or name not in ("anchored", "time_s")}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)
