"""What `person remove` and `retention` took out of an exam package, as the record of its sitting says.

An act of the record names each file with what is left of it: nothing or, of the list in `secure/`, a file
with that keyed digest. Checks of the package, of runs and of reports ask here, so that a file that the record
says was removed is not missed.
Only files about persons may be named: the key, the items, the forms and the results of a run cannot be
replaced by an act, and results can only go as a whole. Of a run's `unreconciled.csv`, by which nobody is
scored, names can be blanked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from examgen.core.exam import names
from examgen.core.exam.digests import digest_key_of, listed_digest
from examgen.core.exam.names import CANDIDATES_CSV, SITTING
from examgen.core.problems import Problem, Refused
from examgen.core.readings import Readings
from examgen.core.record import read_acts
from examgen.core.words import tell

RECORD = f"{SITTING}/{names.RECORD}"
GONE = ""
"""What is left of a file that was removed."""
_CONTACTS = rf"{re.escape(CANDIDATES_CSV)}|reports/.+"
_RESULTS = r"results/(?:runs/[0-9]{4,}/)?[^/]+|(?:exports|codes)/.+|analysis/[^/]+/scores\.csv"
_REMOVABLE = {
    "person-removed": re.compile(_CONTACTS),
    "contacts-removed": re.compile(_CONTACTS),
    "results-removed": re.compile(f"{_CONTACTS}|{_RESULTS}"),
}
"""By act, the files outside the sitting's own folder that it may name."""
_WITH_NAMES = re.compile(r"results/(?:runs/[0-9]{4,}/)?unreconciled\.csv")
"""Files of a run that name people; their names can be blanked."""
_NEVER = re.compile(r".*/(?:audit\.json|package\.yaml)")
_read = Readings[MappingProxyType[str, str]](16)


def removed_files(exam: Path) -> MappingProxyType[str, str]:
    """By path in the package what is left of each file that was removed or blanked: `GONE`, or a digest."""
    path = exam / RECORD
    if not path.is_file():
        return MappingProxyType({})
    return _read.of(path, [path], lambda: MappingProxyType(dict(_named(path))))


def _acts(path: Path) -> Iterator[dict[str, Any]]:
    """The acts by which something was removed; whether the record is as it was written is another check."""
    with suppress(Refused):
        for act in read_acts(path):
            if act.what.get("act") in _REMOVABLE and act.what.get("kind") == "retention":
                yield {"n": act.n, **act.what}


_BY_PERSON = frozenset(("candidates.csv", "pc_results.csv", "responses.parquet"))
"""Files that every run has of persons: results by person go of a run as a whole, or not at all."""


def _named(path: Path) -> Iterator[tuple[str, str]]:
    for act in _acts(path):
        files = _files_of(act)
        for name, digest in files.items():
            if _WITH_NAMES.fullmatch(name) and digest != GONE:
                yield name, digest
                continue
            may_go = _REMOVABLE[act["act"]].fullmatch(name) and not _NEVER.fullmatch(name)
            folder = name.rpartition("/")[0]
            is_result = folder.startswith("results")
            if is_result and not all(files.get(f"{folder}/{one}") == GONE for one in _BY_PERSON):
                continue
            if may_go and ".." not in name and (digest == GONE) == (name != CANDIDATES_CSV):
                yield name, digest


def _files_of(act: Mapping[str, Any]) -> dict[str, str]:
    """The files that an act names; none where it says anything else than examgen writes."""
    details = act.get("details")
    files = details.get("files") if isinstance(details, dict) else None
    if not isinstance(files, dict):
        return {}
    return {
        name: digest for name, digest in files.items() if isinstance(name, str) and isinstance(digest, str)
    }


def removal_notes(exam: Path) -> Iterator[Problem]:
    """What was removed of persons, act by act, for whoever checks a package."""
    for act in _acts(exam / RECORD) if (exam / RECORD).is_file() else ():
        words = {
            "person-removed": tell(
                "name and contacts of candidate {number} were removed", number=act.get("name", "")
            ),
            "contacts-removed": tell("contacts, answers, scans, returns and letters were removed"),
            "results-removed": tell("the results of individuals were removed"),
        }[act["act"]]
        message = tell("{what} on {day} by {by}", what=words, day=act.get("date", ""), by=act.get("by", ""))
        yield Problem(f"{RECORD}:{act['n']}", "removed", message, severity="notice")


def is_as_removed(exam: Path, name: str) -> bool:
    """Whether the record says that a file of a package was removed or blanked, and the file is as it says."""
    left = removed_files(exam).get(name)
    if left is None:
        return False
    path = exam / name
    return (
        not path.exists()
        if left == GONE
        else path.is_file() and listed_digest(digest_key_of(exam), name, path) == left
    )


def check_kept(path: Path) -> None:
    """Raises Refused where a file of a run was removed with the results by person."""
    if path.exists():
        return
    for exam in path.absolute().parents:
        if removed_files(exam).get(path.absolute().relative_to(exam).as_posix()) == GONE:
            raise Refused(
                tell(
                    "The results of individuals in {exam} were removed at the end of their "
                    "retention period. Results by criterion, item analyses and the entries "
                    "of the record remain.",
                    exam=exam.name,
                )
            )
