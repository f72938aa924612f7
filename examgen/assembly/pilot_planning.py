"""How many candidates, and which forms, it takes to know the items that nobody has answered yet.

Items to be tried, seats and the errors asked → which items go into which sitting, and the blueprint of each.
Alone, the items to be tried are the whole form: an anchor of some of them is in every form of every sitting
and joins the forms to one scale, each other item is in one form. Beside scored items (`beside`, a blueprint
of items that are in use), these are the same in all forms, and each form has pilot items of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from examgen.assembly.assemble import assemble
from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.first_blueprint import minutes_of
from examgen.assembly.pilot_options import PilotOptions
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.files import MANY_ITEMS, Progress, quiet
from examgen.core.models.bank_unit import BankUnit
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Item
from examgen.core.models.standard import Unit
from examgen.core.problems import ExamgenError, Refused, WrongUsage
from examgen.core.storage import write_files
from examgen.core.words import Message, command, joined, option, tell
from examgen.core.yamlfile import parse, validate
from examgen.psychometrics import planning
from examgen.psychometrics.planning import Assumed


class PilotSitting(NamedTuple):
    """Forms that are given together: `own` items in each that no other has."""

    forms: int
    own: int
    items: tuple[str, ...]


class Dealt(NamedTuple):
    """The items of each sitting, the anchor of all, and those for which a form would not be full."""

    sittings: tuple[PilotSitting, ...]
    anchor: tuple[str, ...]
    left: tuple[str, ...]


class PlannedSitting(NamedTuple):
    """A sitting: its forms and items, how often it is held, and whether its forms were found."""

    number: int
    forms: int
    own: int
    items: tuple[str, ...]
    times: int
    candidates: int
    blueprint: dict[str, Any]
    refused: str | None
    """Why `build` has no forms for it; None where it has."""


class PilotPlan(NamedTuple):
    """What a pilot takes, and what cannot be done."""

    unit: str
    level: int | None
    items: int
    needed: dict[str, int]
    """By what is to be known, how many candidates must answer an item."""
    each: int
    """Candidates for each form: the most of these."""
    reached: dict[str, float]
    """The standard errors with so many."""
    assumed: Assumed
    sittings: tuple[PlannedSitting, ...]
    anchor: tuple[str, ...]
    left: tuple[str, ...]
    notices: tuple[Message, ...]
    can_be_done: bool

    @property
    def candidates(self) -> int:
        """All candidates, each of whom answers one form once."""
        return sum(one.candidates for one in self.sittings)


def pilot_plan(workspace: Path, code: str, asked: PilotOptions, progress: Progress = quiet) -> PilotPlan:
    """The plan for a unit's items of the statuses asked for; nothing is written."""
    bank_folder = workspace / "item_bank"
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        raise Refused(tell("{code} has faults: mend them first", code=code), problems)
    shelf = with_evidence(shelves, bank_folder)[0][0]
    stated = shelf.unit.levels
    if asked.level is not None and asked.level not in stated:
        known = ", ".join(map(str, stated)) or tell("none")
        raise Refused(
            tell(
                "{code} does not state level {level}; it states {known}",
                code=shelf.unit.code,
                level=asked.level,
                known=known,
            )
        )
    items = tuple(
        item
        for item in shelf.items
        if item.status in asked.statuses and (asked.level is None or asked.level in item.levels)
    )
    if len(items) < 2:
        raise Refused(tell("{code} has no items of these statuses to try out", code=shelf.unit.code))
    beside = read_blueprint(asked.blueprint, bank_folder)[0] if asked.blueprint else None
    anchor = 0 if beside else min(asked.anchor, max(0, len(items) - 1))
    own = min(asked.own, len(items) - anchor)
    others = beside.items if beside else anchor + own - 1
    assumed = Assumed(difficulty=asked.difficulty, sd=asked.sd, others=max(1, others))
    needed = {
        what: max(planning.candidates_for(what, error, one) for one in _places(what, assumed))
        for what, error in asked.standard_errors.items()
    }
    each = max(needed.values())
    forms = max(1, asked.seats // each)
    plan = dealt(items, asked.own, anchor, forms)
    found = []
    for number, one in enumerate(plan.sittings, 1):
        data = _blueprint_of(one, number, plan, shelf.unit, asked, beside)
        if len(shelf.items) > MANY_ITEMS:
            progress(tell("forms of sitting {n} of {of}", n=number, of=len(plan.sittings)))
        times = -(-each * one.forms // asked.seats)
        candidates = each * one.forms
        found.append(
            PlannedSitting(
                number, one.forms, one.own, one.items, times, candidates, data, _refusal(data, shelf)
            )
        )
    sittings = tuple(found)
    total = sum(one.candidates for one in sittings)
    short = asked.candidates is not None and asked.candidates < total
    notices = [
        *_notices(plan, sittings, len(items), asked, beside),
        *(_too_few(asked, total, each, plan, assumed) if short else ()),
    ]
    done = bool(sittings) and not short and all(one.refused is None for one in sittings)
    reached = {what: _error(what, each, assumed) for what in planning.ERRORS}
    return PilotPlan(
        code, asked.level, len(items), needed, each, reached, assumed, sittings, plan.anchor, plan.left,
        tuple(notices), done,
    )  # fmt: skip


def _places(what: str, assumed: Assumed) -> list[Assumed]:
    """For what items an error is stated: the correlation's also for one as hard as is planned for."""
    hard = assumed._replace(facility=planning.expected_facility(assumed))
    return [assumed, hard] if what == "item-rest" else [assumed]


def _error(what: str, n: int, assumed: Assumed) -> float:
    return max(planning.ERRORS[what](n, one) for one in _places(what, assumed))


def dealt(items: Sequence[Item], most_own: int, n_anchor: int, most_forms: int) -> Dealt:
    """Sittings of at most so many full forms, each with at most so many items that no other form has.

    Every item is in one form, those of a stimulus in the same sitting, enemies as far as there are forms to
    part them. No item of the anchor belongs to a stimulus or has an enemy, which no form could hold.
    """
    apart = {item.id for item in items for other in items if item is not other and item.is_enemy(other)}
    free = [item for item in items if item.shared_stimulus is None and item.id not in apart]
    anchor = tuple(sorted(item.id for item in _in_turn(free)[:n_anchor]))
    together: dict[str, list[Item]] = {}
    for item in _in_turn([item for item in items if item.id not in anchor]):
        together.setdefault(item.shared_stimulus or f" {item.id}", []).append(item)
    groups = sorted(together.values(), key=len, reverse=True)
    sittings: list[PilotSitting] = []
    left: list[str] = []
    while groups:
        taken: list[Item] = []
        later: list[list[Item]] = []
        for group in groups:
            fits = len(taken) + len(group) <= most_forms * most_own and len(group) <= most_own
            if fits and all(sum(item.is_enemy(other) for other in taken) < most_forms for item in group):
                taken.extend(group)
            else:
                later.append(group)
        # As many forms as part enemies and kin at the least; of those that hold the most items full, the
        # fewest.
        at_war = any(item.is_enemy(other) for item in taken for other in taken if item is not other)
        kin = Counter(one for item in taken for one in item.kin)
        least = max([2 if at_war else 1, *kin.values()])
        sizes = [(n, min(most_own, len(taken) // n)) for n in range(least, most_forms + 1)]
        forms, own = max(sizes, key=lambda size: (size[0] * size[1], -size[0]), default=(0, 0))
        if not forms * own:
            left += [item.id for group in groups for item in group]
            break
        # items wait because their form would not be full; whole stimuli are left alone where that can be
        alone = [item.id for item in reversed(taken) if item.shared_stimulus is None]
        bound = [item.id for item in reversed(taken) if item.shared_stimulus is not None]
        over = [*alone, *bound][: len(taken) - forms * own]
        left += over
        sittings.append(PilotSitting(forms, own, tuple(item.id for item in taken if item.id not in over)))
        groups = later
    return Dealt(tuple(sittings), anchor, tuple(left))


def _in_turn(items: Iterable[Item]) -> list[Item]:
    """One of each criterion, then the next of each, so that whatever is cut off has all of them."""
    by_pc: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.id):
        by_pc.setdefault(item.pc, []).append(item)
    rounds = range(max(map(len, by_pc.values()), default=0))
    return [own[n] for n in rounds for own in by_pc.values() if n < len(own)]


def _blueprint_of(
    sitting: PilotSitting, number: int, plan: Dealt, unit: Unit, asked: PilotOptions, beside: Blueprint | None
) -> dict[str, Any]:
    """The blueprint of a sitting as data: `build` finds its forms."""
    code = str(unit.code)
    exam = f"{code}-pilot" + (f"-L{asked.level}" if asked.level is not None else "") + f"-{number}"
    others = [name for one in plan.sittings if one is not sitting for name in one.items]
    others = sorted([*others, *plan.left])
    sets: list[dict[str, Any]] = [{"name": "other sittings", "items": others, "max": 0}] if others else []
    if beside is not None:
        data = beside.model_dump(mode="json", by_alias=True, exclude_unset=True)
        data |= {"forms": sitting.forms, "overlap": 0, "seed": asked.seed, "exam": exam}
        data |= {"pilot": {"items": sitting.own, "statuses": list(asked.statuses)}}
        data.pop("anchor", None)
        if sitting.forms > 1:
            data["anchor"] = {"items": beside.items, "mirror": False}
        return {**data, "sets": [*data.get("sets", []), *sets]}
    title = tell("Trial of items: {unit}", unit=unit.title or code)
    size = len(plan.anchor) + sitting.own
    if plan.anchor:
        sets.insert(0, {"name": "anchor", "items": list(plan.anchor), "min": len(plan.anchor)})
    several = (
        {"anchor": {"items": len(plan.anchor), "mirror": False}} if sitting.forms > 1 and plan.anchor else {}
    )
    return {
        "exam": exam,
        "title": {"th": title.th, "en": title.en},
        "units": [code],
        **({"level": asked.level} if asked.level is not None else {}),
        "forms": sitting.forms,
        "items": size,
        **several,
        "sets": sets,
        "statuses": list(asked.statuses),
        "overlap": 0,
        "time_min": minutes_of(size),
        "seed": asked.seed,
    }


def _refusal(data: dict[str, Any], shelf: BankUnit) -> str | None:
    """Why there are no forms for a blueprint; None where they were found."""
    document, _ = parse(_text(data), tell("the plan"))
    blueprint, problems = validate(document, [], document.data, Blueprint)
    if blueprint is None:
        return joined([problem.message for problem in problems], "; ")
    if list(blueprint.units) != [shelf.unit.code]:
        return tell("it names other units: try it with {command}", command=command("build", "--dry-run"))
    try:
        assemble([shelf], blueprint, document)
    except ExamgenError as error:
        return joined([error.message, *(problem.message for problem in error.problems[:3])], "; ")
    return None


def _notices(
    plan: Dealt,
    sittings: Sequence[PlannedSitting],
    n_items: int,
    asked: PilotOptions,
    beside: Blueprint | None,
) -> list[Message]:
    found: list[Message] = []
    if plan.left:
        found.append(
            tell(
                "{n} item(s) wait for another pilot, for their form would not be full, or their stimulus "
                "has more items than {pilot}: {items}",
                n=len(plan.left),
                items=", ".join(plan.left[:12]) + ("…" if len(plan.left) > 12 else ""),
                pilot=option("pilot"),
            )
        )
    for one in sittings:
        if one.refused is not None:
            found.append(tell("no forms for sitting {n}: {reason}", n=one.number, reason=one.refused))
        if one.times > 1:
            found.append(
                tell(
                    "sitting {n} is held {times} times: {seats} seats are not enough for its forms at once",
                    n=one.number,
                    times=one.times,
                    seats=asked.seats,
                )
            )
    if beside is None and sum(one.forms for one in sittings) > 1:
        found += _of_anchor(len(plan.anchor), n_items, asked)
    if beside is not None:
        found.append(
            tell(
                "the scale is that of the scored items: their difficulties are taken as known, and what is "
                "not known of them is added to the errors here"
            )
        )
    elif plan.anchor:
        found.append(
            tell(
                "the forms of all sittings are joined by the anchor: deal them to candidates by lot, or "
                "their difficulties hold only as far as the anchor carries them"
            )
        )
    return found


FEW = 5
"""An anchor of fewer items hardly carries a scale."""


def _of_anchor(n: int, n_items: int, asked: PilotOptions) -> list[Message]:
    """That an anchor has fewer items than asked for, or so few that it hardly joins forms; what to do."""
    if n == asked.anchor:
        few = tell(
            "an anchor of {n} item(s) hardly joins the forms to one scale: ask for {few} or more by {anchor}",
            n=n,
            few=FEW,
            anchor=option("anchor"),
        )
        return [few] if n < FEW else []
    found = [
        tell(
            "{anchor} asked for {asked} items, and {n} of the {items} to be tried can stand in all forms: "
            "those without enemies, family and stimulus, and at least one is left to be tried",
            anchor=option("anchor"),
            asked=asked.anchor,
            n=n,
            items=n_items,
        )
    ]
    if n < FEW:
        found.append(
            tell(
                "{n} item(s) hardly join the forms to one scale: let the scored items of a blueprint join "
                "them ({blueprint}), write items that stand by themselves, or have all forms sat at once "
                "({seats}) and dealt by lot",
                n=n,
                blueprint=option("blueprint"),
                seats=option("seats"),
            )
        )
    return found


def _too_few(asked: PilotOptions, total: int, each: int, plan: Dealt, assumed: Assumed) -> list[Message]:
    """What can be had with too few candidates: all items less exactly, or fewer items."""
    forms = sum(one.forms for one in plan.sittings)
    there = asked.candidates or 0
    n = there // max(1, forms)
    said = [tell("{there:,} candidates are not enough: the plan takes {total:,}", there=there, total=total)]
    if n >= 2:
        errors = joined(
            tell("{what} {error:.3f}", what=what, error=_error(what, n, assumed))
            for what in asked.standard_errors
        )
        said.append(
            tell("with {n} candidate(s) a form all items have errors of {errors}", n=n, errors=errors)
        )
    full = there // each
    own = max((one.own for one in plan.sittings), default=0)
    said.append(
        tell(
            "as exactly as asked, {forms} form(s) can be tried: {items} items",
            forms=full,
            items=full * own + (len(plan.anchor) if full else 0),
        )
    )
    return said


def write_blueprints(plan: PilotPlan, path: Path, replace: bool) -> list[Path]:
    """The blueprint of each sitting: FILE.yaml, where there are several FILE-1.yaml, FILE-2.yaml …"""
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise WrongUsage(tell("{out_option} {out} must end in .yaml", out=path, out_option=option("out")))
    several = len(plan.sittings) > 1
    places = {
        path.with_name(f"{path.stem}-{one.number}{path.suffix}") if several else path: one
        for one in plan.sittings
    }
    for place in places:
        if place.exists() and not replace:
            raise WrongUsage(
                tell(
                    "{out} is there already: name another, or {replace} it",
                    out=place,
                    replace=option("replace"),
                )
            )
    if not places:
        raise Refused(tell("there is no sitting to write a blueprint of"))
    write_files({place: _text(one.blueprint).encode() for place, one in places.items()}, shared=True)
    return list(places)


def _text(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)


def as_json(plan: PilotPlan, files: Sequence[Path]) -> dict[str, Any]:
    """The plan as data."""
    return {
        **{
            name: getattr(plan, name)
            for name in ("unit", "level", "items", "needed", "reached", "can_be_done")
        },
        "candidates_each_form": plan.each,
        "candidates": plan.candidates,
        "assumed": plan.assumed._asdict(),
        "anchor": list(plan.anchor),
        "left": list(plan.left),
        "sittings": [one._asdict() for one in plan.sittings],
        "notices": [{"en": one.en, "th": one.th} for one in plan.notices],
        "files": [str(path) for path in files],
    }
