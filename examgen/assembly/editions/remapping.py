"""Carries a unit's items over to another edition of its standard, as a person confirmed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.assembly.editions.kept import blueprints_of, lacking, no_longer_allowed, unit_folder
from examgen.bank import editions as shelved
from examgen.bank.instruments import INSTRUMENT_FOLDER
from examgen.bank.loading import ITEM_FOLDER, MODEL_FOLDER, load_unit
from examgen.bank.remapping import (
    Confirmed,
    Placed,
    PlannedPair,
    Remapping,
    RemappingPlan,
    confirmed,
    move_items,
    pairs_of_words,
    remapping,
)
from examgen.bank.rewriting import rewrite
from examgen.bank.standards.differing import differences, unchanged
from examgen.bank.whole_bank import changes_bank, load_bank
from examgen.core.files import read_files, read_input, write_file, write_files
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell
from examgen.core.yamlfile import parse, validate

_SUFFIXES = (".yaml", ".yml")
_MARK = b"\xef\xbb\xbf"


class RemappedInstruments(NamedTuple):
    """Changes of instruments: fields by instrument or task, and the reasons why some are set aside, by id."""

    changed: dict[str, dict[str, Any]]
    set_aside: dict[str, str]


class Remapped(NamedTuple):
    """Changes that were made, or would be: new places of items, files, blueprints that no longer hold."""

    unit: str
    present: str
    to: str
    plan: RemappingPlan | None
    remapping: Remapping | None
    instruments: RemappedInstruments | None
    files: tuple[Path, ...]
    blueprints: list[Problem]
    written: bool


class _Work(NamedTuple):
    """The unit, its items and the edition that they are to be carried to."""

    bank_folder: Path
    folder: Path
    shelf: BankUnit
    present: shelved.Edition
    target: shelved.Edition


@changes_bank
def remap(
    bank_folder: Path,
    code: str,
    to: str,
    pairs: Sequence[str] = (),
    plan_path: Path | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> Remapped:
    """Writes a plan to confirm, or carries the items of confirmed pairs over and sets the others aside."""
    work = _work(bank_folder, code, to)
    if plan_path is not None and not plan_path.exists():
        if pairs:
            raise WrongUsage(
                tell(
                    "{plan_path} does not exist. Remove {pair} to create it.",
                    plan_path=plan_path,
                    pair=option("pair", command="bank remap"),
                )
            )
        plan = _proposed(work)
        if not dry_run:
            write_file(plan_path, plan.text())
        files = () if dry_run else (plan_path,)
        return Remapped(
            code, work.present.sha256, work.target.sha256, plan, None, None, files, [], not dry_run
        )
    said = _said(work, pairs, plan_path)
    found = remapping(work.shelf, work.present.short, work.target.unit, said)
    instruments = _instruments(work, said)
    texts = _moved(work, found) | _models_moved(work, said) | _instruments_moved(work, instruments)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / work.folder.name
        shutil.copytree(work.folder, folder, ignore=shutil.ignore_patterns(shelved.EDITIONS_FOLDER))
        shutil.copyfile(work.target.folder / "unit.yaml", folder / "unit.yaml")
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode()) if text else path.unlink()
        after, problems = load_unit(folder)
    if after is None:
        errors = [problem for problem in problems if problem.severity == "error"]
        raise Refused(
            tell("nothing was carried over, because the items would have errors in the new edition"), errors
        )
    plans = blueprints_of(bank_folder, code)
    faults = no_longer_allowed(bank_folder, plans, work.target.unit)
    faults += lacking(bank_folder, plans, work.shelf, after)
    # Every file to write: first what receives items, then what gave them away, at last the edition.
    source = work.target.folder / shelved.SOURCE_FILE
    data = read_input(work.target.folder / "unit.yaml")
    before = {name for name in texts if (work.folder / name).is_file()}
    # with the byte order mark that a file had
    marked = {name for name in before if read_input(work.folder / name).startswith(_MARK)}
    kept = {
        work.folder / name: (_MARK if name in marked else b"") + text.encode() for name, text in texts.items()
    }
    order = sorted(kept, key=lambda path: path.relative_to(work.folder).as_posix() in before)
    files_new = {
        **{path: kept[path] for path in order},
        **shelved.replacing(
            work.folder,
            data,
            read_input(source) if source.is_file() else None,
            {
                "how": "remap",
                "by": by,
                "confirmed_in": [*(["plan"] if plan_path else []), *(["command line"] if pairs else [])],
                "criteria": {old: list(new) for old, new in sorted(said.criteria.items())},
                "changed": dict(sorted(found.changes.items())),
                "orphaned": dict(sorted(found.orphaned.items())),
                **({"instruments": instruments._asdict()} if any(instruments) else {}),
            },
        ),
    }
    if not dry_run:
        # All files, and those that are empty now go.
        empty = [work.folder / name for name, text in texts.items() if not text]
        stale = work.folder / shelved.SOURCE_FILE
        remaining = {path: data for path, data in files_new.items() if path not in empty}
        gone = [*empty, *([stale] if stale not in files_new else [])]
        write_files(remaining, shared=True, within=work.bank_folder, without=gone)
    return Remapped(
        code,
        work.present.sha256,
        work.target.sha256,
        None,
        found,
        instruments,
        tuple(files_new),
        faults,
        not dry_run,
    )


def _work(bank_folder: Path, code: str, to: str) -> _Work:
    folder = unit_folder(bank_folder, code)
    target = shelved.edition_named(folder, to)
    if target.state == "present":
        raise WrongUsage(
            tell(
                "{short} is the present edition of {code}, so its items do not need to be carried over",
                short=target.short,
                code=code,
            )
        )
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        raise Refused(
            tell("{code} has errors. Fix them first.", code=code),
            [p for p in problems if p.severity == "error"],
        )
    return _Work(bank_folder, folder, shelves[0], shelved.read_edition(folder, "present"), target)


# ── what a person confirms ───────────────────────────────────────────────────────────────────


def _proposed(work: _Work) -> RemappingPlan:
    """Every pair that the two editions suggest, none of them confirmed."""
    same = unchanged(work.present.unit, work.target.unit)
    pairs = [
        PlannedPair(
            old=str(old.code),
            new=str(new.code),
            kinds=one.kinds,
            certainty=one.certainty,
            old_text=old.text,
            new_text=new.text,
            items=tuple(item.id for item in work.shelf.items if item.pc == old.code),
            confirmed=False,
        )
        for one in differences(work.present.unit, work.target.unit)
        if one.about == "criterion" and one.kinds != ("unchanged",)
        for old in one.old
        for new in one.new
    ]
    return RemappingPlan.model_validate(
        {
            "unit": work.folder.name,
            "from": work.present.sha256,
            "to": work.target.sha256,
            "unchanged": tuple(c.code for c in work.present.unit.criteria if c.code in same),
            "pairs": tuple(pairs),
        }
    )


def _said(work: _Work, words: Sequence[str], plan_path: Path | None) -> Confirmed:
    """Return the pairs that the person confirmed on the command line and in the plan. Raises Refused with
    every fault."""
    same = unchanged(work.present.unit, work.target.unit)
    pairs: list[Placed] = []
    if plan_path is not None:
        plan, wheres = _read_plan(work, plan_path)
        same = same & set(plan.unchanged)
        pairs = [Placed(pair, where) for pair, where in zip(plan.pairs, wheres, strict=True)]
    wrong = [word for word in words if not all(part.strip() for part in word.partition("="))]
    if wrong:
        raise WrongUsage(
            tell(
                "{pair} {wrong}. Write OLD=NEW, for example {pair_2}.",
                wrong=wrong[0],
                pair=option("pair", command="bank remap"),
                pair_2=option("pair", "A4012.03=A4012.04", command="bank remap"),
            )
        )
    named, singles = pairs_of_words(words, work.shelf.items)
    pairs += named
    if not singles and not any(one.pair.confirmed for one in pairs):
        # Pairs are there to confirm and none was: every item of theirs would be set aside unasked.
        open_pairs = [
            pair
            for pair in ([one.pair for one in pairs] if plan_path else _proposed(work).pairs)
            if pair.items != ()
        ]
        if open_pairs:
            how = (
                tell(
                    "in {plan_path}, write `confirmed: yes` for each correct pair, or "
                    "remove the other pairs from the list",
                    plan_path=plan_path,
                )
                if plan_path
                else tell(
                    "confirm each pair that is the same criterion ({pair}), or create a plan ({plan})",
                    pair=option("pair", command="bank remap"),
                    plan=option("plan", "FILE.yaml", command="bank remap"),
                )
            )
            lines = [
                tell(
                    "{old} → {new} ({kinds}, certainty {certainty}): {n} items",
                    old=pair.old,
                    new=pair.new,
                    kinds=", ".join(pair.kinds),
                    certainty=pair.certainty,
                    n=pair.n_items,
                )
                for pair in open_pairs
            ]
            where = str(plan_path or work.folder.name)
            raise Refused(
                tell("no pair was confirmed: {how}", how=how),
                [Problem(where, "pair-unconfirmed", line) for line in lines],
            )
    said, problems = confirmed(pairs, singles, work.shelf, work.target.unit, sorted(same))
    if problems:
        raise Refused(tell("nothing was carried over"), problems)
    return said


def _read_plan(work: _Work, path: Path) -> tuple[RemappingPlan, list[str]]:
    """The plan and the place of each pair; `Refused` where it is faulty or of other editions."""
    [(source, data)] = read_files([path])
    try:
        document, problems = parse(data.decode("utf-8-sig"), source)
    except UnicodeDecodeError as error:
        raise Refused(
            tell("{path} is not UTF-8 text (byte {start}). Save it as UTF-8.", path=path, start=error.start)
        ) from error
    plan, faults = validate(document, [], document.data, RemappingPlan) if not problems else (None, problems)
    if plan is None:
        raise Refused(tell("{path} is not a valid plan", path=path), faults)
    editions = (work.folder.name, work.present.sha256, work.target.sha256)
    if (plan.unit, plan.from_, plan.to) != editions:
        message = tell(
            "was made for {unit}, {plan_from} → {to}, but this is {editions}, {editions_2} "
            "→ {editions_3}. Create a new plan.",
            unit=plan.unit,
            plan_from=plan.from_[:12],
            to=plan.to[:12],
            editions=editions[0],
            editions_2=editions[1][:12],
            editions_3=editions[2][:12],
        )
        raise Refused(tell("nothing was carried over"), [Problem(source, "plan-of-other-editions", message)])
    return plan, [document.at(["pairs", n]) for n in range(len(plan.pairs))]


# ── the files ────────────────────────────────────────────────────────────────────────────────


def _moved(work: _Work, found: Remapping) -> dict[str, str]:
    """The texts of item and orphan files that change, by their path below the unit; empty: to go."""
    files = _texts(work.folder, ITEM_FOLDER) | _texts(work.folder, shelved.ORPHANS_FOLDER)
    items = {name: text for name, text in files.items() if name.startswith(f"{ITEM_FOLDER}/")}
    changed = files | rewrite(items, found.changes, [])
    places = {
        str(entry["id"]): name for name, text in items.items() for entry in parse(text, name)[0].data or []
    }
    pcs = {item.id: item.pc for item in work.shelf.items}
    targets = {item: _target(places[item], pcs[item], pc, items) for item, pc in found.carried.items()}
    targets |= {item: f"{shelved.ORPHANS_FOLDER}/{pcs[item]}.yaml" for item in found.orphaned}
    moved = move_items(changed, targets, found.notes)
    both = changed | moved
    return {name: text for name, text in both.items() if text != files.get(name)}


def _models_moved(work: _Work, said: Confirmed) -> dict[str, str]:
    """The texts of files of item models that change: a model goes where its first criterion went; where that
    is gone, or none of its levels is stated any more, aside."""
    aside = f"{shelved.ORPHANS_FOLDER}/{MODEL_FOLDER}"
    models = _texts(work.folder, MODEL_FOLDER)
    files = models | _texts(work.folder, aside)
    stated = work.target.unit.levels
    changes: dict[str, dict[str, Any]] = {}
    targets: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    for name, text in models.items():
        for entry in parse(text, name)[0].data or []:
            own, levels = entry.get("pcs") or [""], entry.get("levels") or []
            pcs = [own] if isinstance(own, str) else own
            kept = [level for level in levels if level in stated]
            if not said.criteria.get(pcs[0]) or (levels and not kept):
                targets[str(entry.get("id"))] = f"{aside}/{Path(name).name}"
                notes[str(entry.get("id"))] = [f"From edition {work.present.short}: counted for {pcs[0]}"]
                continue
            new = [said.criteria[pcs[0]][0], *(code for pc in pcs[1:] for code in said.criteria.get(pc, ()))]
            changed = {"pcs": new} if new != pcs else {}
            changed |= {"levels": kept} if kept != levels else {}
            if changed:
                changes[str(entry.get("id"))] = changed
    both = files | rewrite(models, changes, [])
    both |= move_items(both, targets, notes)
    return {name: text for name, text in both.items() if text != files.get(name)}


def _instruments(work: _Work, said: Confirmed) -> RemappedInstruments:
    """An instrument goes aside whole where a task of it, or each of its levels, has no place in the new
    edition: without the task its minutes, its points and its pass rule would be others."""
    stated = work.target.unit.levels
    aside: dict[str, str] = {}
    for one in work.shelf.instruments:
        lost = [task.pcs[0] for task in one.tasks if not said.criteria.get(task.pcs[0])]
        if lost:
            aside[one.id] = tell(
                "the new edition has no criteria for tasks of {pcs}", pcs=", ".join(dict.fromkeys(lost))
            )
        elif one.levels and not {*one.levels} & {*stated}:
            aside[one.id] = tell(
                "the new edition states none of its levels ({levels})", levels=", ".join(map(str, one.levels))
            )
    changes: dict[str, dict[str, Any]] = {}
    gone = {task.id for one in work.shelf.instruments if one.id in aside for task in one.tasks}
    for one in work.shelf.instruments:
        if one.id in aside:
            continue
        levels = [level for level in one.levels if level in stated]
        if levels != [*one.levels]:
            changes[one.id] = {"levels": levels}
        named = one.pass_rule.criteria if one.pass_rule else {}
        if any(said.criteria.get(pc, (pc,)) != (pc,) for pc in named):
            text = _texts(work.folder, INSTRUMENT_FOLDER)
            rule = next(data for data in map(_data, text.items()) if data.get("id") == one.id)["pass"]
            kept = {
                new: least for pc, least in rule["criteria"].items() for new in said.criteria.get(pc, (pc,))
            }
            changes.setdefault(one.id, {})["pass"] = {**rule, "criteria": kept}
        for task in one.tasks:
            first, *others = task.pcs
            pcs = [said.criteria[first][0], *(new for pc in others for new in said.criteria.get(pc, ()))]
            enemies = [enemy for enemy in task.enemies if enemy not in gone]
            changed: dict[str, Any] = {"pcs": [*dict.fromkeys(pcs)]} if pcs != [*task.pcs] else {}
            changed |= {"enemies": enemies or None} if enemies != [*task.enemies] else {}
            if changed:
                changes[task.id] = changed
    return RemappedInstruments(changes, aside)


def _instruments_moved(work: _Work, found: RemappedInstruments) -> dict[str, str]:
    """The texts of files of instruments that change; empty: to go."""
    files = _texts(work.folder, INSTRUMENT_FOLDER)
    texts = rewrite(files, found.changed, [])
    for name, text in files.items():
        if why := found.set_aside.get(str(_data((name, text)).get("id"))):
            note = f"# From edition {work.present.short}: {why}\n"
            aside = f"{shelved.ORPHANS_FOLDER}/{name}"
            if (work.folder / aside).exists():  # of an earlier edition
                aside = f"{shelved.ORPHANS_FOLDER}/{INSTRUMENT_FOLDER}/{work.present.short}-{Path(name).name}"
            texts |= {name: "", aside: note + text}
    return texts


def _data(file: tuple[str, str]) -> dict[str, Any]:
    name, text = file
    found: dict[str, Any] = parse(text, name)[0].data
    return found


def _texts(folder: Path, place: str) -> dict[str, str]:
    paths = sorted(path for path in (folder / place).glob("*") if path.suffix in _SUFFIXES)
    return {f"{place}/{path.name}": read_input(path).decode("utf-8-sig") for path in paths}


def _target(place: str, old: str, new: str, files: Mapping[str, str]) -> str:
    """The file of the criterion that an item counts for now; a file named otherwise keeps its items."""
    stem = Path(place).stem
    if stem == new or stem != old:
        return place
    known = (f"{ITEM_FOLDER}/{new}{suffix}" for suffix in _SUFFIXES)
    return next((name for name in known if name in files), f"{ITEM_FOLDER}/{new}.yaml")
