"""Moves a unit's items to another edition of its standard, using pairs of criteria that a person confirmed.

Items of unchanged criteria move too; items without a confirmed pair are set aside under `orphans/`. An
instrument moves if all its criteria and levels are unchanged. Otherwise it is set aside as a whole, because
without a task its minutes, points and pass rule would differ.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.assembly.editions.kept import blueprints_of, no_longer_allowed, unit_folder
from examgen.bank import editions as shelved
from examgen.bank.instruments import INSTRUMENT_FOLDER
from examgen.bank.loading import ITEM_FOLDER, load_unit
from examgen.bank.moving import move_items
from examgen.bank.rewriting import rewrite
from examgen.bank.standards.differing import ALIKE, bigrams, differences, likeness, unchanged
from examgen.bank.whole_bank import changes_bank, load_bank
from examgen.core.files import read_input, write_files
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell, tell_n
from examgen.core.yamlfile import parse, suggestion

_SUFFIXES = (".yaml", ".yml")


class CriterionPair(NamedTuple):
    """An old and a new criterion that may be the same, and the number of items of the old one."""

    old: str
    new: str
    kinds: tuple[str, ...]
    certainty: float
    old_text: str
    new_text: str
    n_items: int


class Remapped(NamedTuple):
    """Changes that were made, or would be.

    `carried` is the criterion that each item now belongs to; `changes` are the fields that change, by item;
    `orphaned` and `instruments` give the reason why an item or instrument is set aside; `blueprints` are
    the reasons why blueprints are no longer allowed.
    """

    unit: str
    present: str
    to: str
    carried: dict[str, str]
    changes: dict[str, dict[str, Any]]
    orphaned: dict[str, str]
    instruments: dict[str, str]
    notices: list[Problem]
    blueprints: list[Problem]
    files: tuple[Path, ...]
    written: bool


class _Work(NamedTuple):
    """A unit, its items, its present edition and the edition to move to."""

    folder: Path
    shelf: BankUnit
    present: shelved.Edition
    target: shelved.Edition


class _Confirmed(NamedTuple):
    """The confirmed new criterion of each old criterion and of each item."""

    criteria: dict[str, str]
    items: dict[str, str]


def pairs_to_confirm(bank_folder: Path, code: str, to: str) -> list[CriterionPair]:
    """Return every pair of criteria that the two editions suggest, except unchanged ones."""
    return _proposed(_work(bank_folder, code, to))


@changes_bank
def remap(
    bank_folder: Path,
    code: str,
    to: str,
    pairs: Sequence[str] = (),
    by: str | None = None,
    dry_run: bool = False,
) -> Remapped:
    """Move the items of confirmed pairs to the new edition and set the others aside. Writes everything or
    nothing.

    A pair is `OLD=NEW`: two criterion codes, or an item id and the code of its new criterion. Raises
    Refused with every fault.
    """
    work = _work(bank_folder, code, to)
    confirmed = _confirmed(work, pairs)
    new, items = work.target.unit, work.shelf.items
    orphaned = {item.id: reason for item in items if (reason := _why_lost(item, new, confirmed))}
    carried = {item.id: confirmed.items[item.id] for item in items if item.id not in orphaned}
    kept = [item for item in items if item.id in carried]
    changes = {item.id: fields for item in kept if (fields := _changes(item, new, confirmed, set(orphaned)))}
    instruments = _instruments_lost(work, confirmed)
    texts = _item_texts(work, carried, changes, orphaned) | _instrument_texts(work, instruments)
    _check(work, texts)
    record = {
        "how": "remap",
        "by": by,
        "criteria": dict(sorted(confirmed.criteria.items())),
        "changed": dict(sorted(changes.items())),
        "orphaned": dict(sorted(orphaned.items())),
        "instruments": instruments,
    }
    source = work.target.folder / shelved.SOURCE_FILE
    document = read_input(source) if source.is_file() else None
    unit_yaml = read_input(work.target.folder / "unit.yaml")
    files = {work.folder / name: text.encode() for name, text in texts.items() if text}
    files |= shelved.replacing(work.folder, unit_yaml, document, record)
    gone = [work.folder / name for name, text in texts.items() if not text]
    if document is None:
        gone.append(work.folder / shelved.SOURCE_FILE)
    if not dry_run:
        write_files(files, shared=True, within=bank_folder, without=gone)
    return Remapped(
        code,
        work.present.sha256,
        work.target.sha256,
        carried,
        changes,
        orphaned,
        instruments,
        [notice for item in kept for notice in _notices(item, new, confirmed)],
        no_longer_allowed(bank_folder, blueprints_of(bank_folder, code), new),
        tuple(files),
        not dry_run,
    )


def _work(bank_folder: Path, code: str, to: str) -> _Work:
    folder = unit_folder(bank_folder, code)
    target = shelved.edition_named(folder, to)
    if target.state == "present":
        raise WrongUsage.because(
            "{short} is the present edition of {code}, so its items do not need to be carried over",
            short=target.short,
            code=code,
        )
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        errors = [problem for problem in problems if problem.severity == "error"]
        raise Refused.because("{code} has errors. Fix them first.", errors, code=code)
    return _Work(folder, shelves[0], shelved.read_edition(folder, "present"), target)


def _proposed(work: _Work) -> list[CriterionPair]:
    """Return the pairs of criteria that differ, and pair each criterion without a counterpart with the most
    similar new one."""
    new = work.target.unit.criteria
    pairs = []
    for one in differences(work.present.unit, work.target.unit):
        if one.about != "criterion" or one.old is None or one.kinds == ("unchanged",):
            continue
        part, certainty = one.new, one.certainty
        if part is None and new:
            alike = {other.code: likeness(bigrams(one.old.text), bigrams(other.text)) for other in new}
            best = max(alike, key=alike.__getitem__)
            if (certainty := round(alike[best], 2)) < ALIKE:
                continue
            part = one.old._replace(code=best, text=next(c.text for c in new if c.code == best))
        if part is not None:
            old = str(one.old.code)
            n_items = sum(item.pc == old for item in work.shelf.items)
            pairs.append(
                CriterionPair(old, str(part.code), one.kinds, certainty, one.old.text, part.text, n_items)
            )
    return pairs


# ── what a person confirmed ──────────────────────────────────────────────────────────────────


def _confirmed(work: _Work, words: Sequence[str]) -> _Confirmed:
    """Return the confirmed pairs; the pair of a single item takes precedence over that of its criterion.

    Raises Refused with every fault, and also if there are pairs to confirm and none is confirmed, because
    all their items would be set aside.
    """
    pair_option = option("pair", command="bank remap")
    if wrong := [word for word in words if not all(part.strip() for part in word.partition("="))]:
        raise WrongUsage.because(
            "{pair} {wrong}. Write OLD=NEW, for example {pair_2}.",
            wrong=wrong[0],
            pair=pair_option,
            pair_2=option("pair", "A4012.03=A4012.04", command="bank remap"),
        )
    proposed = [pair for pair in _proposed(work) if pair.n_items]
    if proposed and not words:
        lines = [
            tell_n(
                "{old} → {new} ({kinds}, certainty {certainty}): {n} item",
                "{old} → {new} ({kinds}, certainty {certainty}): {n} items",
                pair.n_items,
                old=pair.old,
                new=pair.new,
                kinds=", ".join(pair.kinds),
                certainty=pair.certainty,
            )
            for pair in proposed
        ]
        raise Refused.because(
            "no pair was confirmed: confirm each pair that is the same criterion ({pair})",
            [Problem(work.folder.name, "pair-unconfirmed", line) for line in lines],
            pair=pair_option,
        )
    pc_of = {item.id: item.pc for item in work.shelf.items}
    known_old = [criterion.code for criterion in work.present.unit.criteria]
    known_new = [criterion.code for criterion in work.target.unit.criteria]
    single: dict[str, str] = {}
    criteria: dict[str, str] = {}
    problems = []
    for word in words:
        old, _, new = (part.strip() for part in word.partition("="))
        unknown = [] if old in pc_of or old in known_old else [(old, tell("present"), known_old)]
        unknown += [] if new in known_new else [(new, tell("new"), known_new)]
        for code, which, known in unknown:
            message = tell(
                "{code} is not a criterion of the {which} edition{suggestion}",
                code=code,
                which=which,
                suggestion=suggestion(code, known),
            )
            problems.append(Problem(word, "pc-unknown", message))
        before = single.get(old) or criteria.get(old, new)
        if before != new:
            message = tell(
                "is listed for both {items} and {new}. Keep it under one of them.", items=before, new=new
            )
            problems.append(Problem(word, "item-twice", message, item=old))
        if old in pc_of:
            single[old] = new
        else:
            criteria[old] = new
    if problems:
        raise Refused.because("nothing was carried over", problems)
    for code in sorted(unchanged(work.present.unit, work.target.unit)):
        criteria.setdefault(code, code)
    items = {name: criteria[pc] for name, pc in pc_of.items() if pc in criteria} | single
    return _Confirmed(criteria, items)


# ── what becomes of items and instruments ────────────────────────────────────────────────────


def _why_lost(item: Item, new: Unit, confirmed: _Confirmed) -> str | None:
    if item.id not in confirmed.items:
        if any(criterion.code == item.pc for criterion in new.criteria):
            return tell("no one confirmed that {pc} of the new edition is the same criterion", pc=item.pc)
        return tell("the new edition has no {pc}, and no one confirmed what replaces it", pc=item.pc)
    if new.levels and not item.levels:
        return tell("the new edition states levels, but the item has none")
    if new.levels and not set(item.levels) & set(new.levels):
        return _levels_lost(item.levels)
    return None


def _levels_lost(levels: Sequence[int]) -> str:
    return tell("the new edition states none of its levels ({levels})", levels=", ".join(map(str, levels)))


def _changes(item: Item, new: Unit, confirmed: _Confirmed, lost: set[str]) -> dict[str, Any]:
    secondary = [confirmed.criteria[pc] for pc in item.pcs[1:] if pc in confirmed.criteria]
    pcs = list(dict.fromkeys([confirmed.items[item.id], *secondary]))
    levels = [level for level in item.levels if level in new.levels]
    enemies = [enemy for enemy in item.enemies if enemy not in lost]
    wanted = {"pcs": pcs, "levels": levels, "enemies": enemies or None}
    present = {"pcs": list(item.pcs), "levels": list(item.levels), "enemies": list(item.enemies) or None}
    return {field: value for field, value in wanted.items() if value != present[field]}


def _notices(item: Item, new: Unit, confirmed: _Confirmed) -> list[Problem]:
    notices = []
    gone = [pc for pc in item.pcs[1:] if pc not in confirmed.criteria]
    if gone:
        message = tell(
            "no longer measures {gone}, because no pair with it was confirmed", gone=", ".join(gone)
        )
        notices.append(Problem(str(new.code), "pc-dropped", message, item=item.id, severity="notice"))
    levels = [level for level in item.levels if level not in new.levels]
    if levels:
        message = tell(
            "is no longer for level {levels}, which the new edition does not state",
            levels=", ".join(map(str, levels)),
        )
        notices.append(Problem(str(new.code), "level-dropped", message, item=item.id, severity="notice"))
    return notices


def _instruments_lost(work: _Work, confirmed: _Confirmed) -> dict[str, str]:
    """Return the reason why each lost instrument is set aside, by id."""
    stated = work.target.unit.levels
    lost: dict[str, str] = {}
    for one in work.shelf.instruments:
        pcs = dict.fromkeys(pc for task in one.tasks for pc in task.pcs)
        if changed := [pc for pc in pcs if confirmed.criteria.get(pc) != pc]:
            lost[one.id] = tell(
                "its criteria {pcs} are gone or have another code in the new edition", pcs=", ".join(changed)
            )
        elif one.levels and not {*one.levels} <= {*stated}:
            lost[one.id] = tell(
                "the new edition does not state all of its levels ({levels})",
                levels=", ".join(map(str, one.levels)),
            )
    return lost


# ── the files ────────────────────────────────────────────────────────────────────────────────


def _item_texts(
    work: _Work, carried: dict[str, str], changes: dict[str, dict[str, Any]], orphaned: dict[str, str]
) -> dict[str, str]:
    """Return the new texts of item and orphan files that change, by path within the unit; an empty text
    removes the file."""
    items = _texts(work.folder, ITEM_FOLDER)
    files = items | _texts(work.folder, shelved.ORPHANS_FOLDER)
    places = {
        str(entry["id"]): name for name, text in items.items() for entry in parse(text, name)[0].data or []
    }
    by_id = {item.id: item for item in work.shelf.items}
    targets: dict[str, str] = {}
    for item, pc in carried.items():
        place = Path(places[item])  # a file that is not named after its criterion keeps its items
        is_moved = place.stem == by_id[item].pc != pc
        targets[item] = f"{ITEM_FOLDER}/{pc}{place.suffix}" if is_moved else places[item]
    texts = {criterion.code: criterion.text for criterion in work.present.unit.criteria}
    notes: dict[str, list[str]] = {}
    for item, reason in orphaned.items():
        pc = by_id[item].pc
        targets[item] = f"{shelved.ORPHANS_FOLDER}/{pc}.yaml"
        text = " ".join(texts[pc].split())
        notes[item] = [f"From edition {work.present.short}: counted for {pc} “{text}”; {reason}"]
        notes[item] += [f"Named as an enemy by {one}" for one in carried if item in by_id[one].enemies]
    changed = files | rewrite(items, changes, [])
    both = changed | move_items(changed, targets, notes)
    return {name: text for name, text in both.items() if text != files.get(name)}


def _instrument_texts(work: _Work, lost: dict[str, str]) -> dict[str, str]:
    """Return the new texts of files of instruments that are set aside; an empty text removes the file."""
    texts: dict[str, str] = {}
    for name, text in _texts(work.folder, INSTRUMENT_FOLDER).items():
        if why := lost.get(str(parse(text, name)[0].data.get("id"))):
            aside = f"{shelved.ORPHANS_FOLDER}/{name}"
            if (work.folder / aside).exists():  # of an earlier edition
                aside = f"{shelved.ORPHANS_FOLDER}/{INSTRUMENT_FOLDER}/{work.present.short}-{Path(name).name}"
            texts |= {name: "", aside: f"# From edition {work.present.short}: {why}\n{text}"}
    return texts


def _texts(folder: Path, place: str) -> dict[str, str]:
    paths = sorted(path for path in (folder / place).glob("*") if path.suffix in _SUFFIXES)
    return {f"{place}/{path.name}": read_input(path).decode("utf-8-sig") for path in paths}


def _check(work: _Work, texts: dict[str, str]) -> None:
    """Check that the unit would have no errors in the new edition; raises Refused if it would."""
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
        raise Refused.because(
            "nothing was carried over, because the items would have errors in the new edition", errors
        )
