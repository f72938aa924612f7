"""Bank and blueprint → `Exam`: gate, selection, printing order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from examgen.assembly.chance import Chance
from examgen.assembly.constraints import Pool, constraints, places
from examgen.assembly.explain import explain
from examgen.assembly.gate import check_blueprint
from examgen.assembly.needs import usable
from examgen.assembly.printing import print_form
from examgen.assembly.solver import MAX_NODES, SHARED_COST, SearchEnded, solve
from examgen.models import BankUnit, Blueprint, Exam, Form, Item
from examgen.problems import BlueprintNotMet, Problem
from examgen.yamlfile import Document


def assemble(shelves: Sequence[BankUnit], blueprint: Blueprint, document: Document) -> Exam:
    """The exam that the blueprint asks for.

    Raises `Refused` where the standard does not allow it, `BlueprintNotMet` where the bank cannot.
    The forms depend on the blueprint, its seed, the ids of the usable items and what the quotas
    ask of them; not on the order of anything in the bank.
    """
    units = tuple(shelf.unit for shelf in shelves)
    notices = check_blueprint(blueprint, units, document)
    bank = [item for shelf in shelves for item in shelf.items]
    pool = Pool(usable(bank, blueprint), places(units))
    forms = _forms(pool, bank, blueprint, document)
    used = {item.item.shared_stimulus for form in forms for item in form.items}
    stimuli = tuple(stimulus for shelf in shelves for stimulus in shelf.stimuli if stimulus.id in used)
    return Exam(blueprint=blueprint, units=units, forms=forms, stimuli=stimuli, notices=notices)


def _forms(pool: Pool, bank: Sequence[Item], blueprint: Blueprint, document: Document) -> tuple[Form, ...]:
    rows = constraints(pool, blueprint)

    chance = Chance(blueprint.seed)
    heaviest = SHARED_COST // (blueprint.forms * blueprint.items)

    def weight(item: int, form: int) -> int:
        return chance.draw(pool.items[item].id, form) % heaviest

    try:
        solution = solve(len(pool.items), blueprint.forms, rows, blueprint.overlap, weight)
    except SearchEnded:
        raise _not_found(blueprint, document) from None
    if solution is None:
        problems = explain(pool, bank, blueprint, rows, weight, document)
        raise BlueprintNotMet(f"{blueprint.exam} is not built: the bank cannot give it", problems)
    return tuple(
        print_form(pool, [pool.items[i] for i in chosen], name, blueprint.seed)
        for name, chosen in zip(form_names(blueprint.forms), solution.forms, strict=True)
    )


def _not_found(blueprint: Blueprint, document: Document) -> BlueprintNotMet:
    message = (
        f"no {blueprint.forms} forms were found in {MAX_NODES:,} steps of the search, nor a proof that "
        f"there are none: allow more overlap, wider quotas or fewer forms"
    )
    fault = Problem(document.at(["overlap"]), "forms-not-found", message, field="overlap")
    return BlueprintNotMet(f"{blueprint.exam} is not built: no forms were found", [fault])


def form_names(n_forms: int) -> list[str]:
    """A, B, C … or, beyond the alphabet, 001, 002 …"""
    if n_forms <= 26:
        return [chr(ord("A") + n) for n in range(n_forms)]
    return [f"{n:03d}" for n in range(1, n_forms + 1)]


def bank_sha256(shelves: Sequence[BankUnit]) -> str:
    """Hash of the units and items, whatever the order of items and options in the files."""
    content = [
        [shelf.unit.model_dump(mode="json"), sorted(_item_text(item) for item in shelf.items)]
        for shelf in sorted(shelves, key=lambda shelf: str(shelf.unit.code))
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _item_text(item: Item) -> str:
    return json.dumps(item.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
