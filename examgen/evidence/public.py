"""A code on paper or a certificate number → what the public may know: who, what, when, and whether it is
still valid.

The answer contains no points, no marks and no other people. Codes that are unknown, altered, from another
body or never issued all get the same answer, which reveals nothing. Certificate numbers are consecutive, so
anybody can guess one: a number alone tells what the certificate attests and whether it is valid, never who
holds it. The name is shown to anybody who has the code, because the code contains it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import MANIFEST, RESULTS, SITTING
from examgen.core.exam.releases import Release, all_releases, run_of_release, state_of
from examgen.core.exam.runs import Run, read_run, run_folders
from examgen.core.other_methods import UnitStatus
from examgen.core.person_decisions import without_result
from examgen.core.problems import ExamgenError
from examgen.core.readings import Stamp, stamp_of
from examgen.core.signing.codes import SignedCertificate, SignedStatement, code_of, looks_like_code, verified
from examgen.core.signing.keys import PublicKey, read_public
from examgen.core.words import Pair, tell
from examgen.evidence.certificates import (
    Certificate,
    CertificateStatus,
    certificate_of,
    doubts_of,
    read_register,
)
from examgen.reports.codes import decision_of, units_by_all_methods
from examgen.reports.exports.upload import released_units
from examgen.reports.signing import public_keys
from examgen.scoring.method_results import notices_of
from examgen.scoring.runs import result_of
from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_record import read_acts

OfCode = Literal["valid", "superseded", "withheld", "revoked", "unreleased", "elsewhere", "unknown"]
"""`superseded`: later results have the same decision with other points, or say more about the units;
`withheld`: a later decision withholds the result for now; `revoked`: the result no longer holds;
`unreleased`: signed, but not released yet; `elsewhere`: signed by the body for an exam or under a number
that is not stored here; `unknown`: nothing can be confirmed."""
CodeStanding = OfCode | CertificateStatus
MOST_TEXT = 10_000


class PublicAnswer(NamedTuple):
    """The answer to a code or a number. `decision` is `pass`, `fail` or empty; for a number alone `who` is
    empty."""

    standing: CodeStanding
    who: str = ""
    title: dict[str, str] = {}  # noqa: RUF012 – never written to
    units: tuple[str, ...] = ()
    level: int | None = None
    decision: str = ""
    day: date | None = None
    body: str = ""
    draft: Pair | None = None
    """For a draft exam, the sentence in its reports that says so."""
    scope: Pair | None = None
    """For an exam that covers only part of the standard, the sentence in its reports that says so."""
    by_all_methods: tuple[tuple[str, UnitStatus], ...] = ()
    """The current status of each unit by all methods that its standard requires; empty if no result of
    another method is recorded."""
    certificate: str = ""
    """The number of the certificate; empty for a result."""
    since: date | None = None
    until: date | None = None
    """The first and last day of a certificate's validity."""
    in_doubt: bool = False
    """Whether later results contradict a certificate on which the body has not decided yet."""


UNKNOWN = PublicAnswer("unknown")


def known_keys(workspace: Path) -> list[PublicKey]:
    """Return the public keys of the workspace, except those that cannot be read."""
    found: list[PublicKey] = []
    for path in public_keys(workspace):
        with suppress(ExamgenError, OSError):
            found.append(read_public(path))
    return found


def answer_to(workspace: Path, text: str) -> PublicAnswer:
    """Return the answer to a code (`EG1:…`, `EC1:…`, also within an address) or to a certificate number, as
    somebody typed it."""
    if len(text) > MOST_TEXT:
        return UNKNOWN
    said = code_of(text).strip()
    exams = sorted((workspace / "output").glob(f"*/{MANIFEST}"))
    known = [path.parent for path in exams if not path.parent.name.startswith(".")]
    try:
        if looks_like_code(said):
            stated, key = verified(said, known_keys(workspace))
            if isinstance(stated, SignedCertificate):
                return _of_certificate_code(workspace, stated, key)
            return _of_code(known, stated, key)
        certificate = certificate_of(read_register(workspace), said)
        return UNKNOWN if certificate is None else _of_certificate(workspace, certificate)
    except (ExamgenError, ValueError, OSError):
        return UNKNOWN


def _of_certificate(workspace: Path, one: Certificate) -> PublicAnswer:
    """Return what a number alone reveals: nothing about the holder."""
    issued, today = one.issued, date.today()
    doubts = doubts_of(workspace, [one], today)
    if doubts.unread:
        return UNKNOWN
    draft = tell("Sample from a draft exam or for a synthetic candidate") if issued.draft else None
    return PublicAnswer(
        one.status(today),
        title={"th": issued.title, "en": issued.title},
        units=(issued.unit,),
        level=issued.level or None,
        draft=draft,
        certificate=issued.number,
        since=one.since,
        until=one.until,
        in_doubt=issued.number in doubts.why,
    )


def _of_certificate_code(workspace: Path, stated: SignedCertificate, key: PublicKey) -> PublicAnswer:
    one = certificate_of(read_register(workspace), stated.number)
    said = PublicAnswer("elsewhere", stated.name, units=(stated.unit,), body=key.body,
                        certificate=stated.number)  # fmt: skip
    if one is None or (one.issued.unit, one.issued.since) != (stated.unit, stated.since):
        return said  # signed by the body, and not in this register
    return _of_certificate(workspace, one)._replace(who=stated.name, body=key.body)


def _of_code(exams: list[Path], stated: SignedStatement, key: PublicKey) -> PublicAnswer:
    answer = PublicAnswer(
        "elsewhere", stated.name or stated.candidate_id, decision=decision_of(stated), body=key.body
    )
    # find the run that the code names by number and fingerprint, among all packages of that exam; if the run
    # is not kept here, take the first package
    own: Run | None = None
    of_exam = [exam for exam in exams if _manifest(exam)["blueprint"]["exam"] == stated.exam]
    exam = next(iter(of_exam), None)
    number, _, fingerprint = stated.run.partition(" ")
    n_acts = -1
    for place in of_exam if number.isascii() and number.isdecimal() else ():
        folder = run_folders(place / RESULTS).get(int(number))
        run = read_run(int(number), folder) if folder is not None else None
        if run is not None and run.fingerprint == fingerprint:
            n = len(read_acts(place / SITTING))
            if n > n_acts:  # a copy may know less
                own, exam, n_acts = run, place, n
    if exam is None:
        return answer._replace(title={"th": stated.exam, "en": stated.exam})
    decided = without_result(sitting_of(exam).decisions())
    if (held := decided.get(canonical_number(stated.candidate_id))) is not None:
        standing: CodeStanding = "withheld" if held.decision == "withheld" else "revoked"
        return _about(exam, answer._replace(standing=standing, decision=""))
    releases = all_releases(exam / RESULTS)
    state = state_of(own, releases).state if own is not None else "superseded"
    if not releases or state == "unreleased":
        return _about(exam, answer._replace(standing="unreleased"))
    # the last release of the run; if it was never released, the last of all
    of_run = [one for one in releases if own is not None and one.said["run_sha256"] == own.sha256]
    day = (of_run or releases)[-1].day
    standing = "valid" if state == "released" else _since(exam, stated, releases[-1])
    if standing not in ("valid", "superseded"):
        return _about(exam, answer._replace(standing=standing, day=day))
    # where other methods are asked, the units as they are now, and whether that is what the code says
    said = units_by_all_methods(stated)
    now = _units(exam, len(releases), releases[-1].sha256).get(canonical_number(stated.candidate_id), {})
    if any(status != "open" and now.get(unit) != status for unit, status in said.items()):
        return _about(exam, answer._replace(standing="revoked", day=day))
    standing = "superseded" if any(now.get(unit) != status for unit, status in said.items()) else standing
    return _about(exam, answer._replace(standing=standing, day=day, by_all_methods=tuple(now.items())))


def _since(exam: Path, stated: SignedStatement, last: Release) -> CodeStanding:
    """Return the standing of a report of another run, from the candidate's result in the released run."""
    now = result_of(run_of_release(exam / RESULTS, last), stated.candidate_id)
    if now is None:
        return "revoked"
    if now["decision"] != decision_of(stated):
        return "revoked"
    is_same = all(_number(now[name]) == _number(getattr(stated, name)) for name in ("score", "max_score"))
    return "valid" if is_same else "superseded"


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return None


@lru_cache(maxsize=64)
def _units(exam: Path, n: int, sha256: str) -> dict[str, dict[str, UnitStatus]]:
    """Return `released_units` of the release with that digest."""
    return released_units(exam, n)


# ── exams ────────────────────────────────────────────────────────────────────────────────────


def _manifest(exam: Path) -> dict[str, Any]:
    return _manifest_at(exam, stamp_of(exam / MANIFEST))


@lru_cache(maxsize=256)
def _manifest_at(exam: Path, written: Stamp) -> dict[str, Any]:
    """Return the manifest of an exam, cached until the file changes."""
    return read_manifest(exam)


def _about(exam: Path, answer: PublicAnswer) -> PublicAnswer:
    said = _manifest(exam)
    blueprint, found = said["blueprint"], notices_of(exam)
    return answer._replace(
        title=dict(said["title"]),
        units=tuple(blueprint["units"]),
        level=blueprint.get("level"),
        draft=found.draft if said["draft"] else None,
        scope=found.scope,
    )
