"""Corrections of the key: proposed, tried without a run, then added to those on record; or one of these
removed, in the same three steps.

A proposal is the whole `corrections.yaml` as it would be, in a folder of its own with the result of the dry
run. It is applied only if the corrections on record are still those it is based on.
"""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import change
from examgen.core.exam.names import MANIFEST
from examgen.core.exam.package import read_package
from examgen.core.files import (
    PRIVATE,
    PRIVATE_FOLDER,
    Progress,
    json_bytes,
    quiet,
    read_input,
    sha256,
    sha256_of,
    write_file,
    yaml_bytes,
)
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell, tell_n
from examgen.core.yamlfile import read_document
from examgen.scoring import score as sittings
from examgen.scoring.compare import write_changes
from examgen.scoring.exam_layout import key_after_corrections, layout_of
from examgen.scoring.recorded_decisions import read_records
from examgen.scoring.sitting_folder import CORRECTIONS, PROPOSED, READING, Sitting
from examgen.scoring.sitting_record import file_act, put_aside, put_on_record, read_acts

NOTHING = "correction-of-nothing"
"""The code of a correction that changes nothing."""
TRIED, MOVED, BASE, BACK = "tried.json", "moved.csv", "base", "back.yaml"
_FIELDS = ("kind", "form", "question", "item", "everywhere", "only_here", "key", "reason", "by", "date")
_ID = re.compile(r"[0-9a-f]{32}")


class TakenBack(NamedTuple):
    """A recorded correction that is removed, with the reason."""

    entry: Mapping[str, Any]
    reason: str
    by: str
    date: str


class Proposal(NamedTuple):
    """Corrections that are not applied yet: all of them with the new one last, or without the removed one,
    and the result of the dry run."""

    id: str
    folder: Path
    corrections: list[dict[str, Any]]
    tried: Mapping[str, Any] | None
    is_current: bool
    """Whether the corrections on record are still those it is based on."""
    back: TakenBack | None = None
    """The correction that it removes; None if it adds one."""

    def is_of(self, sitting: Sitting) -> bool:
        """Return whether it was tried on the data that would be scored now."""
        return self.tried is not None and self.tried.get("scored_from") == _scored_from(sitting)

    @property
    def entry(self) -> Mapping[str, Any]:
        """The correction that is proposed, or that is to be removed."""
        return self.corrections[-1] if self.back is None else self.back.entry

    def moved(self) -> list[dict[str, str]]:
        """Return the candidates whose results would change: those with another decision first, then by the
        size of the change."""
        path = self.folder / MOVED
        if not path.is_file():
            return []
        rows = list(csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline="")))
        return sorted(rows, key=weight)


def weight(row: Mapping[str, str]) -> tuple[bool, float, float, str]:
    """Return a sort key that puts rows with a changed decision first, then those with the largest change of
    the score, then of the scaled score."""
    change, before, after = (_number(row.get(one)) for one in ("change", "scaled_before", "scaled_after"))
    is_rescaled = row.get("scaled_before") and row.get("scaled_after")
    moves = abs(change), abs(after - before) if is_rescaled else 0.0
    is_decided_so = row.get("decision_before") == row.get("decision_after")
    return is_decided_so, -moves[0], -moves[1], canonical_number(row.get("candidate_id") or "")


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def on_record(sitting: Sitting) -> list[dict[str, Any]]:
    """Return the corrections with which the sitting is scored, as they were written."""
    path = sitting.given(CORRECTIONS)
    return [dict(one) for one in read_document(path, tell("the corrections")).data or ()] if path else []


def taken_back(sitting: Sitting) -> list[TakenBack]:
    """Return the removed corrections, the newest first, each with the reason, the person and the time. One
    that was made again is not included."""
    acts = [one for one in sitting.acts(files=False) if one.file == CORRECTIONS and one.earlier]
    found, after = list[TakenBack](), on_record(sitting)
    for act in reversed(acts):
        path = sitting.place / act.earlier
        before = read_document(path, tell("the corrections")).data or () if path.is_file() else ()
        found += [TakenBack(one, act.reason, act.by, act.time) for one in before if one not in after]
        after = [*before]
    return found


def propose(sitting: Sitting, entry: Mapping[str, Any]) -> Proposal:
    """Propose a correction in addition to those on record. Raises Refused with whatever `score` would refuse,
    except that it changes nothing: the counts of the dry run show that."""
    plain = {name: entry[name] for name in _FIELDS if entry.get(name) not in (None, "", ())}
    with sitting.changing():
        return _proposed(sitting, [*on_record(sitting), plain])


def propose_back(sitting: Sitting, number: int, digest: str, reason: str, by: str, date: str) -> Proposal:
    """Propose to remove the correction with that number, from 0. Raises Refused if the corrections on record
    no longer have that digest, or if the remaining ones depend on the removed one."""
    with sitting.changing():
        corrections = on_record(sitting)
        if digest != digest_on_record(sitting) or number not in range(len(corrections)):
            raise Refused.because("the corrections have changed meanwhile. Check them again")
        entry = corrections.pop(number)
        return _proposed(sitting, corrections, TakenBack(entry, reason, by, date))


def _proposed(sitting: Sitting, corrections: list[dict[str, Any]], back: TakenBack | None = None) -> Proposal:
    name = uuid.uuid4().hex
    folder = sitting.place / PROPOSED / name
    folder.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    folder.mkdir(mode=PRIVATE_FOLDER)
    path = folder / CORRECTIONS
    try:
        write_file(path, yaml_bytes(corrections))
        write_file(folder / BASE, digest_on_record(sitting).encode())
        if back is not None:
            write_file(folder / BACK, yaml_bytes(back._asdict()))
        if changes_nothing(sitting, path) and back is not None:
            raise Refused.because("another correction depends on this one. Remove that one first")
    except Refused:
        _remove(folder)
        raise
    return Proposal(name, folder, corrections, None, True, back)


def check_corrections(sitting: Sitting, path: Path) -> None:
    """Raise Refused, without reading an answer, with whatever `score` would refuse in these corrections."""
    tables = read_package(sitting.exam)
    records = read_records(tables, (), (), (), path)
    key_after_corrections(tables, layout_of(tables, records), records)


def changes_nothing(sitting: Sitting, path: Path) -> bool:
    """Return whether `score` would refuse corrections only because one of them changes nothing, which depends
    on the key. Raises Refused with whatever else it would refuse."""
    try:
        check_corrections(sitting, path)
    except Refused as error:
        if others := [one for one in error.problems if one.code != NOTHING]:
            raise Refused(
                tell_n("the corrections have {n} error", "the corrections have {n} errors", len(others)),
                others,
            ) from None
        if not error.problems:
            raise
        return True
    return False


def digest_on_record(sitting: Sitting) -> str:
    """Return the digest of the corrections on record; empty if there are none."""
    path = sitting.given(CORRECTIONS)
    return sha256(read_input(path)) if path else ""


def _scored_from(sitting: Sitting) -> str:
    """Return a digest of everything that is scored except the corrections: the package, answers, decisions on
    rows, the roster, cut scores and conversion, and how files are read."""
    wanted = sitting.options()
    paths = [*sitting.answers, *wanted.identities, *wanted.marks]
    others = (wanted.roster, wanted.columns, wanted.cut, wanted.scaled, sitting.given(READING))
    paths += [one for one in others if one is not None]
    said = [f"{path.relative_to(sitting.place)}\n{sha256_of(path)}\n" for path in paths]
    return sha256("".join([sha256_of(sitting.exam / MANIFEST), "\n", *said]).encode())


def proposals(sitting: Sitting) -> list[Proposal]:
    """Return the proposals that are neither applied nor dropped, the newest first."""
    folder = sitting.place / PROPOSED
    found = [path for path in folder.iterdir() if _ID.fullmatch(path.name)] if folder.is_dir() else []
    found.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [one for path in found if (one := proposal(sitting, path.name)) is not None]


def proposal(sitting: Sitting, name: str) -> Proposal | None:
    """Return the proposal with that name; None if there is none."""
    folder = sitting.place / PROPOSED / name
    if not _ID.fullmatch(name) or not (folder / CORRECTIONS).is_file():
        return None
    entries = read_document(folder / CORRECTIONS, tell("the corrections")).data
    path = folder / TRIED
    tried = json.loads(read_input(path)) if path.is_file() else None
    base = read_input(folder / BASE).decode() if (folder / BASE).is_file() else "?"
    back = None
    if (folder / BACK).is_file():
        back = TakenBack(**read_document(folder / BACK, tell("the corrections")).data)
    is_current = base == digest_on_record(sitting)
    return Proposal(name, folder, [dict(one) for one in entries], tried, is_current, back)


def try_out(sitting: Sitting, name: str, progress: Progress = quiet) -> Proposal:
    """Do the dry run of a proposal and store its result: whose results this proposal alone would change. If
    its corrections are refused because one changes nothing, those on record are tried without it."""
    found = _known(sitting, name)
    path = found.folder / CORRECTIONS
    asked: dict[str, Any] = {} if changes_nothing(sitting, path) else {"corrections": path}
    if found.back is not None:
        asked["without"] = "corrections"
    wanted = sitting.options(**asked)
    scored_from = _scored_from(sitting)  # before they are read: what changes meanwhile is not what was tried
    on_record = [path for path in (sitting.given(CORRECTIONS),) if path is not None]
    compared = sittings.dry_run(sitting.exam, sitting.answers, wanted, progress, on_record, sitting.acts())
    write_changes(compared.comparison, found.folder / MOVED)
    (found.folder / MOVED).chmod(0o600)
    said = compared.as_dict()
    kept = {name: said[name] for name in ("all", "groups", "criteria")}
    write_file(found.folder / TRIED, json_bytes({**kept, "scored_from": scored_from}))
    return _known(sitting, name)


def make(sitting: Sitting, name: str, by: str) -> Proposal:
    """Apply a proposal to the corrections on record, and return it; the caller scores. A removal is recorded
    in the sitting with its reason, under the name of the person who applies it.

    Raises Refused if it was not tried, or if other corrections were made since it was proposed.
    """
    with sitting.changing():
        found = _known(sitting, name)
        if not found.is_current:
            message = tell(
                "the corrections have changed since this one was proposed. Propose it again to "
                "see the current effect"
            )
            raise Refused(message, [Problem(CORRECTIONS, "changed-meanwhile", message)])
        if found.tried is None:
            raise Refused.because("the effect on candidates is not known yet. Wait for the trial scoring")
        if not found.is_of(sitting):
            message = tell(
                "the scored data have changed since the effect was shown. Propose the correction again"
            )
            raise Refused(message, [Problem(CORRECTIONS, "changed-meanwhile", message)])
        if changes_nothing(sitting, found.folder / CORRECTIONS):
            raise Refused.because("this correction changes nothing. Cancel it")
        path = sitting.path(CORRECTIONS)
        with change(sitting.place, PRIVATE_FOLDER) as one:
            staged = one.new(path)
            staged.write_bytes(read_input(found.folder / CORRECTIONS))
            staged.chmod(PRIVATE)
            if found.back is not None:
                earlier = put_aside(sitting.place, one, path, len(read_acts(sitting.place)) + 1)
                reason = f"{found.back.reason} ({found.back.by}, {found.back.date})"
                act = file_act("replaced", "corrections", CORRECTIONS, CORRECTIONS, staged, reason, earlier)
                put_on_record(sitting.place, one, [act], by)
            for gone in found.folder.iterdir():
                one.remove(gone)
        _remove(found.folder)
    return found


def drop(sitting: Sitting, name: str) -> Proposal:
    """Delete a proposal and return it."""
    with sitting.changing():
        found = _known(sitting, name)
        _remove(found.folder)
    return found


def _known(sitting: Sitting, name: str) -> Proposal:
    found = proposal(sitting, name)
    if found is None:
        raise Refused.because("this proposal no longer exists. It was applied or cancelled meanwhile")
    return found


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
