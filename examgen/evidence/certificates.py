"""The register of certificates of a workspace: who is certified for which unit, and for what period.

  register/certificates.jsonl       a line for each act, chained (`core/record.py`)

A certificate is issued once, under a number that is never reused. Later changes are further acts: it is
suspended, reinstated, withdrawn or renewed. No line is removed. A certificate attests that its holder met a
unit in the released run of an exam by every method that the standard requires. It names the last act in the
record of that exam at the time of issue.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from examgen.bank.settings import body_words, certificate_settings
from examgen.capture.grader_decisions import clean_text
from examgen.core import record
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import changing, steady
from examgen.core.csv_files import csv_bytes
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import MANIFEST, RESULTS, SITTING
from examgen.core.exam.names import RECORD as SITTING_RECORD
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import all_runs
from examgen.core.files import PRIVATE_FOLDER
from examgen.core.person_decisions import PersonDecision, without_result
from examgen.core.problems import ExamgenError, Problem, Refused, WrongUsage
from examgen.core.text.thai import FIRST_BUDDHIST_YEAR, arabic_digits, common_year
from examgen.core.words import Message, either, option, tell, tell_n
from examgen.rendering.parts import draft_notice
from examgen.reports.exports.upload import UnitOutcome, outcomes
from examgen.scoring.runs import read_released
from examgen.scoring.scored_run import ScoredRun
from examgen.scoring.sitting_folder import sitting_of
from examgen.scoring.sitting_record import decisions_of, read_acts
from examgen.sitting import roster

REGISTER = "register"
"""The folder of a workspace with the register."""
RECORD = "certificates.jsonl"
ChangeName = Literal["suspended", "reinstated", "withdrawn", "renewed"]
CertificateActName = Literal["issued", "suspended", "reinstated", "withdrawn", "renewed"]
CertificateStatus = Literal["valid", "suspended", "withdrawn", "expired"]
CHANGES: tuple[ChangeName, ...] = get_args(ChangeName)
STATUSES: tuple[CertificateStatus, ...] = get_args(CertificateStatus)
STATUS_WORDS: Mapping[CertificateStatus, Message] = {
    "valid": tell("valid"),
    "suspended": tell("suspended"),
    "withdrawn": tell("withdrawn by the body"),
    "expired": tell("expired"),
}
LIST_COLUMNS = (
    *("number", "status", "candidate_id", "name", "unit", "title", "level", "occupation", "from", "until"),
    *("exam", "run", "fingerprint", "last_act", "last_time", "last_by", "last_reason", "doubt"),
)
"""The columns of the list of certificates as a table."""
ACT_WORDS: Mapping[CertificateActName, Message] = {
    "issued": tell("issued"),
    "suspended": tell("suspended"),
    "reinstated": tell("reinstated"),
    "withdrawn": tell("withdrawn by the body"),
    "renewed": tell("renewed"),
}


class CertificateAct(NamedTuple):
    """A line of the register. The fields on holder, unit and exam are filled only when a certificate is
    issued."""

    n: int
    time: str
    by: str
    act: CertificateActName
    number: str
    digest: str = ""
    """The SHA-256 of the line."""
    reason: str = ""
    since: str = ""
    """The first day of validity of an issue or a renewal, in ISO 8601; `from` in the file."""
    until: str = ""
    """The last day of validity; empty if there is none."""
    candidate_id: str = ""
    name: str = ""
    unit: str = ""
    title: str = ""
    """The title of the unit, as in the standard."""
    level: int = 0
    """The level; 0 if the exam has none."""
    occupation: str = ""
    exam: str = ""
    run: int = 0
    fingerprint: str = ""
    """The fingerprint of the released run."""
    release: int = 0
    draft: bool = False
    """Whether the exam was a draft or the candidate synthetic, so that the certificate is only a sample."""
    sitting_act: str = ""
    """The SHA-256 of the last act in the record of the exam at the time of issue."""


_IN_FILE = {"since": "from"}
_ALWAYS = frozenset(("time", "by", "act", "number", "reason"))


class Certificate(NamedTuple):
    """A certificate with all its acts."""

    issued: CertificateAct
    later: tuple[CertificateAct, ...] = ()

    @property
    def number(self) -> str:
        """The number of the certificate."""
        return self.issued.number

    def followed_by(self, act: CertificateAct) -> Certificate:
        """Return the certificate with one more act."""
        return self._replace(later=(*self.later, act))

    @property
    def acts(self) -> tuple[CertificateAct, ...]:
        """All its acts, the first one first."""
        return (self.issued, *self.later)

    @property
    def _last_term(self) -> CertificateAct:
        return [one for one in self.acts if one.act in ("issued", "renewed")][-1]

    @property
    def since(self) -> date:
        """The first day of its first term."""
        return date.fromisoformat(self.issued.since)

    @property
    def until(self) -> date | None:
        """The last day of its last term; None if that has no end."""
        until = self._last_term.until
        return date.fromisoformat(until) if until else None

    def status(self, day: date) -> CertificateStatus:
        """Return the status on a day: withdrawn or suspended by the last such act, otherwise by its terms."""
        acts = [one.act for one in self.later if one.act != "renewed"]
        if "withdrawn" in acts:
            return "withdrawn"
        if acts and acts[-1] == "suspended":
            return "suspended"
        terms = ((one.since, one.until) for one in self.acts if one.act in ("issued", "renewed"))
        today = day.isoformat()
        return "valid" if any(one <= today and (not to or today <= to) for one, to in terms) else "expired"

    def as_dict(self, day: date) -> dict[str, Any]:
        """Return the certificate for JSON."""
        one, until = self.issued, self.until
        names = (
            "number",
            "candidate_id",
            "name",
            "unit",
            "title",
            "occupation",
            "exam",
            "run",
            "fingerprint",
        )
        return {
            **{name: getattr(one, name) for name in names},
            "level": one.level or None,
            "from": one.since,
            "until": None if until is None else until.isoformat(),
            "status": self.status(day),
            "draft": one.draft,
            "acts": [
                {"act": act.act, "time": act.time, "by": act.by, "reason": act.reason} for act in self.acts
            ],
        }


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_register(workspace: Path) -> tuple[Certificate, ...]:
    """Return all certificates in the order in which they were issued; empty without a register.

    Raises Refused, with the line, if the register was changed or shortened.
    """
    found: dict[str, Certificate] = {}
    for one in read_acts_of(workspace):
        key = number_key(one.number)
        if (key in found) == (one.act == "issued"):
            message = tell("is not a line written by examgen. Restore the register from a copy")
            problem = Problem(f"{RECORD}:{one.n}", "record-changed", message)
            raise Refused.because("the certificate register was changed", [problem])
        found[key] = Certificate(one) if one.act == "issued" else found[key].followed_by(one)
    return tuple(found.values())


def read_acts_of(workspace: Path) -> tuple[CertificateAct, ...]:
    """Return all acts of the register, the first one first. Raises Refused, with the line, if it was
    changed."""
    with steady(workspace / REGISTER):
        return record.read(workspace / REGISTER / RECORD, _act_of)


def checked_register(workspace: Path) -> tuple[list[Problem], dict[str, str]]:
    """Check the register: its problems, and the certificate number of each act by the digest of the act."""
    try:
        read_register(workspace)
    except Refused as refused:
        return [*refused.problems], {}
    acts = read_acts_of(workspace)
    return [], {one.digest: f"certificate {one.number}: {one.act}" for one in acts}


def acts_lacking(workspace: Path, exam: Path) -> list[Problem]:
    """Return a problem for each certificate of a run of the package that was issued after an act missing from
    its record. Returns none if the record or the register cannot be read, which is reported elsewhere."""
    problems = []
    with suppress(ExamgenError):
        held, name = read_register(workspace), read_manifest(exam)["blueprint"]["exam"]
        runs = {run.fingerprint for run in all_runs(exam / RESULTS)} if held else ()
        acts = {one.digest for one in read_acts(exam / SITTING)} if held else ()
        for one in (each.issued for each in held):
            if (
                one.exam == name
                and one.fingerprint in runs
                and one.sitting_act
                and one.sitting_act not in acts
            ):
                message = tell(
                    "certificate {number} was issued after entry {fingerprint}, which is not "
                    "in the record: the record was shortened or rewritten",
                    number=one.number,
                    fingerprint=record.fingerprint_of(one.sitting_act),
                )
                problems.append(Problem(f"{SITTING}/{SITTING_RECORD}", "record-cut", message))
    return problems


def _act_of(act: record.Act) -> CertificateAct:
    said = {"since" if name == "from" else name: value for name, value in act.what.items()}
    made = CertificateAct(n=act.n, digest=act.digest, **said)
    numbers = ("level", "run", "release")
    record.check_kinds(made, {*CertificateAct._fields} - {"n", "draft", *numbers}, numbers)
    for day in filter(None, (made.since, made.until)):
        date.fromisoformat(day)
    if made.act not in get_args(CertificateActName) or (made.act == "issued" and not made.since):
        raise ValueError(made.act)
    return made


def _put(folder: Path, acts: Iterable[CertificateAct]) -> list[CertificateAct]:
    """Record further acts, and return them as recorded."""
    whats = [
        {_IN_FILE.get(name, name): value for name, value in one._asdict().items() if value or name in _ALWAYS}
        for one in acts
    ]
    return [_act_of(one) for one in record.append(folder / RECORD, whats)]


_DASHES = re.compile(r"[\u2010-\u2015\u2212]")


def number_key(number: str) -> str:
    """Return a number in the form used for comparisons: spaces, case, the script of digits and the kind of
    dash are ignored."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", arabic_digits(number)))
    return re.sub(r"\s+", "", text).casefold()


def certificate_of(certificates: Iterable[Certificate], number: str) -> Certificate | None:
    """Return the certificate with that number, in any notation; None if there is none."""
    key = number_key(number)
    return next((one for one in certificates if number_key(one.number) == key), None)


def named(certificates: Sequence[Certificate], numbers: Sequence[str]) -> list[Certificate]:
    """Return the certificates with these numbers. Raises Refused for numbers that no certificate has."""
    found = {number: certificate_of(certificates, number) for number in numbers}
    message = tell("is not a certificate number")
    problems = [Problem(number, "unknown-number", message) for number, one in found.items() if one is None]
    if problems:
        raise Refused.because("some numbers are not certificate numbers", problems)
    return [one for one in found.values() if one is not None]


def by_candidate(certificates: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    """Return certificates by the canonical number of the candidate."""
    found: dict[str, list[Certificate]] = {}
    for one in certificates:
        found.setdefault(canonical_number(one.issued.candidate_id), []).append(one)
    return found


# ── what later releases say ──────────────────────────────────────────────────────────────────


class Doubts(NamedTuple):
    """Certificates whose results have changed since they were issued."""

    why: Mapping[str, Message]
    """By certificate number, the reason why the holder no longer meets the unit."""
    without_exam: tuple[str, ...]
    """Numbers of certificates whose exam is not in the workspace."""
    unread: tuple[str, ...]
    """Numbers of certificates whose exam or its record cannot be read or was shortened, so that nothing is
    known."""


def doubts_of(workspace: Path, certificates: Iterable[Certificate], day: date) -> Doubts:
    """Return the certificates in force whose holder does not meet the unit in the released run, or has no
    result because of a later decision."""
    why: dict[str, Message] = {}
    without, unread = list[str](), list[str]()
    by_run: dict[tuple[str, str], list[Certificate]] = {}
    for one in certificates:
        if one.status(day) in ("valid", "suspended"):
            by_run.setdefault((one.issued.exam, one.issued.fingerprint), []).append(one)
    packages = exam_packages(workspace) if by_run else []
    for (name, fingerprint), own in by_run.items():
        numbers = [one.number for one in own]
        try:
            found = [*_packages_of(packages, name, fingerprint)]
            for exam in found:  # copies of a package say what each of them knows
                why |= _doubts(exam, own)
            without += [] if found else numbers
        except (ExamgenError, OSError, ValueError, LookupError, TypeError):
            unread += numbers
    return Doubts(why, tuple(without), tuple(unread))


def exam_packages(workspace: Path) -> list[Path]:
    """Return the exam packages of a workspace, by name."""
    found = sorted((workspace / "output").glob(f"*/{MANIFEST}"))
    return [path.parent for path in found if not path.parent.name.startswith(".")]


def _packages_of(packages: Iterable[Path], name: str, fingerprint: str) -> Iterator[Path]:
    """Yield the package of an exam that has the run with that fingerprint, and its copies.

    Raises the error of a package of that exam that cannot be read. The error of a package whose exam is
    unknown is raised only if no other package has the run.
    """
    n_found, unknown = 0, list[Exception]()
    for exam in packages:
        try:
            is_of = read_manifest(exam)["blueprint"]["exam"] == name
        except (ExamgenError, OSError, ValueError, LookupError, TypeError) as error:
            unknown.append(error)
            continue
        # a run missing from the record is recognised by its audit, one with an unreadable audit by the record
        if is_of and (
            any(run.fingerprint == fingerprint for run in all_runs(exam / RESULTS))
            or any(one.said["run_sha256"].startswith(fingerprint) for one in all_releases(exam / RESULTS))
        ):
            n_found += 1
            yield exam
    if unknown and not n_found:
        raise unknown[0]


def _doubts(exam: Path, certificates: Iterable[Certificate]) -> dict[str, Message]:
    """Return the reason for each certificate of an exam whose holder no longer meets the unit."""
    acts = sitting_of(exam).acts(files=False)
    last, found = all_releases(exam / RESULTS)[-1], {}
    decided, known = without_result(decisions_of(acts)), {act.digest for act in acts}
    for one in certificates:
        if one.issued.sitting_act and one.issued.sitting_act not in known:
            raise Refused.because("the record was changed")
        who = canonical_number(one.issued.candidate_id)
        if who in decided:
            words = decided[who].words
            found[one.number] = tell("a decision on the candidate is on record: {decision}", decision=words)
        elif one.issued.release == last.number:
            continue
        elif (who, one.issued.unit) not in _met(exam, last.number, last.sha256):
            found[one.number] = tell("the unit is no longer met according to release {n}", n=last.number)
    return found


@lru_cache(maxsize=32)
def _met(exam: Path, n: int, sha256: str) -> frozenset[tuple[str, str]]:
    """Return candidate and unit for everybody who meets a unit in release `n`, whose digest is `sha256`."""
    found = (one for one in outcomes(read_released(exam, n)) if one.is_whole)
    return frozenset((canonical_number(one.person["candidate_id"]), one.unit) for one in found)


# ── issuing ──────────────────────────────────────────────────────────────────────────────────


class Term(NamedTuple):
    """The requested period of validity. Days left open follow from the release and the body's rule."""

    since: date | None = None
    until: date | None = None


OPEN = Term()


class Issued(NamedTuple):
    """Certificates that were issued, or would be in a dry run."""

    certificates: tuple[Certificate, ...]
    n_before: int
    """The number of outcomes for which the candidate already has a certificate."""
    without_result: tuple[PersonDecision, ...]
    """Decisions because of which a candidate who met a unit gets no certificate."""
    notices: tuple[Message, ...]


def issue(
    workspace: Path,
    exam: Path,
    by: str,
    ids: Sequence[str] = (),
    term: Term = OPEN,
    dry_run: bool = False,
) -> Issued:
    """Issue a certificate for each unit met in the released run of an exam: to the candidates in `ids`,
    otherwise to everybody who has none from this exam.

    Raises Refused, with everybody concerned, and issues nothing, if a named candidate did not meet a unit,
    has no result because of a decision, or already has a certificate for it, or if a name or the period is
    unknown.
    """
    if not clean_text(by):
        raise WrongUsage.because(
            "give the name of the issuer with {by}", by=option("by", "NAME", "certificate issue")
        )
    run = _released(exam)
    since, until = _term(workspace, run, term)
    names = {canonical_number(who): name for who, name in roster.names(sitting_of(exam)).items()}
    met: dict[str, list[UnitOutcome]] = {}
    for one in outcomes(run):
        if one.is_whole:
            met.setdefault(canonical_number(one.person["candidate_id"]), []).append(one)
    decided = without_result(run.decisions)
    people = run.candidates["candidate_id"]
    problems: list[Problem] = []
    named = {canonical_number(one): one.strip() for one in ids}
    known = set(map(canonical_number, people))
    for who, written in named.items():
        if (decision := decided.get(who)) is not None:
            message = tell("has no result: {decision}", decision=decision.words)
            problems.append(Problem(written, "no-result", message))
        elif who not in known:
            message = tell("has no result in run {run}, the released run", run=run.run)
            problems.append(Problem(written, "unknown-candidate", message))
        elif who not in met:
            problems.append(Problem(written, "not-met", _why_not(run, who)))
    folder = workspace / REGISTER
    if not dry_run:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with changing(folder):
        if all_releases(exam / RESULTS)[-1].number != run.release.release:
            raise Refused.because("another run was released meanwhile. Issue again")
        if without_result(sitting_of(exam).decisions()) != decided:
            raise Refused.because("a decision on a candidate was recorded meanwhile. Issue again")
        acts = read_acts_of(workspace)
        held = by_candidate(read_register(workspace))
        numbers = _Numbers(certificate_settings(workspace).number, acts)
        new: list[CertificateAct] = []
        n_before = 0
        for who in named or met:
            if who in decided:
                continue
            for one in met.get(who, ()):
                of = one.unit, run.exam.blueprint.level or 0
                before = [
                    other for other in held.get(who, ()) if (other.issued.unit, other.issued.level) == of
                ]
                fault = _has_one(before, run, bool(named))
                n_before += fault is not None
                if fault is not None:
                    if named:
                        problems.append(Problem(named[who], "has-a-certificate", fault))
                    continue
                act = _act(run, one, names.get(who) or one.person.get("name") or "", since, until)
                if not act.name:
                    message = tell("has no name on the roster. Add a roster with names first")
                    problems.append(Problem(one.person["candidate_id"], "no-name", message))
                new.append(act._replace(by=clean_text(by), number=numbers.next(act)))
        if problems:
            raise Refused.because("no certificate was issued", problems)
        issued = tuple(map(Certificate, new if dry_run else _put(folder, new)))
    apart = tuple(decided[who] for who in met if who in decided and not named)
    return Issued(issued, n_before, apart, tuple(_notices(run, issued)))


def _released(exam: Path) -> ScoredRun:
    """Return the released run. Raises Refused if there is none, or if it has no pass rule."""
    releases = all_releases(exam / RESULTS)
    if not releases:
        message = tell("no run is released, and certificates need a release")
        raise Refused(message, [Problem(exam.name, "not-released", message)])
    run = read_released(exam, len(releases))
    if not run.audit["options"].get("pass"):
        message = tell("run {run} has no pass rule, so there are no pass decisions", run=run.run)
        raise Refused(message, [Problem("audit.json", "no-pass-rule", message)])
    return run


def _term(workspace: Path, run: ScoredRun, asked: Term) -> tuple[date, date | None]:
    """Return the first and last day of validity for certificates of a run. Raises WrongUsage if these are
    unknown or not possible."""
    since, today = asked.since, date.today()
    if since is None and not run.release.day:
        raise WrongUsage.because(
            "the release has no date. Give the start date with {since}",
            since=option("from", command="certificate issue"),
        )
    since = since or date.fromisoformat(run.release.day)
    if since > today:
        raise WrongUsage.because(
            "{day} is in the future, but a certificate cannot start after the day of issue", day=since
        )
    if run.sat_on is not None and since < run.sat_on:
        raise WrongUsage.because("{day} is before the exam, on {sitting}", day=since, sitting=run.sat_on)
    return since, _until(workspace, since, asked.until)


def _until(workspace: Path, since: date, asked: date | None) -> date | None:
    """Return the last day: the requested one, otherwise by the body's rule; None if the rule sets no
    period."""
    if asked is None:
        rule = body_words(workspace).validity
        if rule is None:
            raise WrongUsage.because(
                "the end date is not known. Give it with {until}, or set the validity of "
                "results in `examgen.yaml` (`reports: validity`)",
                until=option("until", command="certificate issue"),
            )
        return rule.after(since) - timedelta(1) if rule.is_reckoned else None
    if asked <= since:
        raise WrongUsage.because("{until} is not after {since}", until=asked, since=since)
    if asked.year >= FIRST_BUDDHIST_YEAR:
        year = common_year(asked.year)
        raise WrongUsage.because(
            "{day} is in the Buddhist era. Write {year}-{day:%m-%d}", day=asked, year=year
        )
    return asked


def _why_not(run: ScoredRun, who: str) -> Message:
    """Return the reason why a candidate meets no unit."""
    own = [one for one in outcomes(run) if canonical_number(one.person["candidate_id"]) == who]
    if any(one.met for one in own):
        return tell(
            "passed the written test but did not meet the unit by all methods that the standard requires"
        )
    if own and own[0].person["decision"] != "pass":
        return tell("did not pass")
    return tell("passed but met no unit: {units}", units=", ".join(one.unit for one in own))


def _has_one(before: Sequence[Certificate], run: ScoredRun, is_named: bool) -> Message | None:
    """Return the reason why a candidate with these certificates for the unit gets no other; None if there is
    none."""
    for one in before:
        status = one.status(date.today())
        is_of_exam = one.issued.exam == run.exam.blueprint.exam
        if status in ("valid", "suspended"):
            return tell("already has certificate {number} of {unit}, which is {status}",
                        number=one.number, unit=one.issued.unit, status=STATUS_WORDS[status])  # fmt: skip
        if status == "expired" and is_of_exam:
            return tell("has the expired certificate {number} of {unit} from this exam. Renew it",
                        number=one.number, unit=one.issued.unit)  # fmt: skip
        if is_of_exam and not is_named:  # a withdrawn certificate is replaced only on request
            return tell("had certificate {number} of {unit}, which was withdrawn",
                        number=one.number, unit=one.issued.unit)  # fmt: skip
    return None


def _act(run: ScoredRun, one: UnitOutcome, name: str, since: date, until: date | None) -> CertificateAct:
    blueprint = run.exam.blueprint
    unit = next(unit for unit in run.exam.units if unit.code == one.unit)
    return CertificateAct(
        n=0,
        time=record.now(),
        by="",
        act="issued",
        number="",
        since=since.isoformat(),
        until=until.isoformat() if until is not None else "",
        candidate_id=one.person["candidate_id"],
        name=clean_text(name),
        unit=one.unit,
        title=unit.title or "",
        level=blueprint.level or 0,
        occupation=blueprint.occupation or "",
        exam=blueprint.exam,
        run=run.run,
        fingerprint=run.fingerprint,
        release=run.release.release or 0,
        draft=draft_notice(run.exam) is not None or bool(one.person.get("synthetic")),
        sitting_act=run.last_act,
    )


class _Numbers:
    """Assigns numbers that no certificate has had."""

    def __init__(self, pattern: str, acts: Iterable[CertificateAct]) -> None:
        self._pattern = pattern
        self._used = {number_key(one.number) for one in acts}
        self._last: dict[str, int] = {}

    def next(self, act: CertificateAct) -> str:
        """Return the next number for a certificate: one more than the highest of its kind (of its year, unit
        or level, if the pattern contains these)."""
        values = {
            "year": act.since[:4],
            "thai_year": f"{int(act.since[:4]) + 543}",
            "unit": act.unit,
            "level": str(act.level),
        }
        before, place, after = re.split(r"\{n(?::0?([1-9]))?\}", self._pattern)
        head, tail = (text.format_map(values) for text in (before, after))
        kind = f"{head}\0{tail}"
        if kind not in self._last:
            alike = re.compile(f"{re.escape(number_key(head))}([0-9]+){re.escape(number_key(tail))}")
            found = (alike.fullmatch(one) for one in self._used)
            self._last[kind] = max((int(one[1]) for one in found if one is not None), default=0)
        while True:
            self._last[kind] += 1
            number = f"{head}{self._last[kind]:0{int(place or 1)}}{tail}"
            if number_key(number) not in self._used:
                self._used.add(number_key(number))
                return number


def _notices(run: ScoredRun, issued: Collection[Certificate]) -> Iterator[Message]:
    """Yield warnings if the exam is a draft, candidates are synthetic, or certificates have already
    expired."""
    if (draft := draft_notice(run.exam)) is not None:
        yield draft
    if "synthetic" in run.candidates.columns and (made_up := int((run.candidates["synthetic"] != "").sum())):
        yield tell_n(
            "{n:,} candidate is synthetic; this certificate is only a sample",
            "{n:,} candidates are synthetic; these certificates are only samples",
            made_up,
        )
    ended = [one for one in issued if one.status(date.today()) == "expired"]
    if ended:
        yield tell_n(
            "{n:,} certificate has already expired", "{n:,} certificates have already expired", len(ended)
        )


# ── changing ─────────────────────────────────────────────────────────────────────────────────


def change(
    workspace: Path, numbers: Sequence[str], act: ChangeName, by: str, reason: str, term: Term = OPEN
) -> list[Certificate]:
    """Record a change of these certificates, and return them as they are afterwards.

    Raises Refused, with all of them, and writes nothing, if a number is unknown or the act does not fit the
    current status of a certificate. A renewal begins on the day after the last term, or today if that is
    over, unless `term` sets another day.
    """
    if not (clean_text(by) and clean_text(reason)):
        asked = {name: option(name, command="certificate change") for name in ("by", "reason")}
        raise WrongUsage.because("to change a certificate, give {by} and {reason}", **asked)
    if act != "renewed" and any(term):
        raise WrongUsage.because("dates apply only to a renewal")
    folder, today, problems = workspace / REGISTER, date.today(), list[Problem]()
    with changing(folder):
        held, new = read_register(workspace), dict[str, CertificateAct]()
        for number in numbers:
            one = certificate_of(held, number)
            if one is None:
                message = tell("is not a certificate number")
                problems.append(Problem(number, "unknown-number", message))
                continue
            if (fault := _misfit(one, act, today)) is not None:
                problems.append(Problem(one.number, "does-not-fit", fault))
                continue
            made = CertificateAct(0, record.now(), clean_text(by), act, one.number, reason=clean_text(reason))
            if act == "renewed":
                made, fault = _renewal(workspace, one, made, term, today)
                if fault is not None:
                    problems.append(Problem(one.number, "wrong-term", fault))
            new[number_key(number)] = made
        if problems:
            raise Refused.because("no certificate was changed", problems)
        _put(folder, new.values())
    now_held = read_register(workspace)
    return [one for one in now_held if number_key(one.number) in new]


_FITS: Mapping[ChangeName, Sequence[CertificateStatus]] = {
    "suspended": ("valid",),
    "reinstated": ("suspended",),
    "withdrawn": ("valid", "suspended", "expired"),
    "renewed": ("valid", "expired"),
}
"""The statuses that allow each change."""


def fitting(one: Certificate, day: date) -> list[ChangeName]:
    """Return the changes that a certificate allows on a day."""
    status = one.status(day)
    return [act for act in CHANGES if status in _FITS[act] and (act != "renewed" or one.until is not None)]


def _misfit(one: Certificate, act: ChangeName, today: date) -> Message | None:
    """Return the reason why a certificate cannot be changed in this way; None if it can."""
    possible = fitting(one, today)
    if act in possible:
        return None
    status = STATUS_WORDS[one.status(today)]
    if act == "renewed" and one.until is None and "suspended" in possible:
        return tell("has no end date, so there is nothing to renew")
    if not possible:
        return tell("is {status} and cannot be changed", status=status)
    acts = either(ACT_WORDS[name] for name in possible)
    return tell("is {status}. It can only be {acts}", status=status, acts=acts)


def _renewal(
    workspace: Path, one: Certificate, made: CertificateAct, term: Term, today: date
) -> tuple[CertificateAct, Message | None]:
    """Return a renewal with its days, and the fault of these days if there is one."""
    last = one.until
    assert last is not None
    since = term.since or max(last + timedelta(1), today)
    until = _until(workspace, since, term.until)
    if since < one.since:
        return made, tell("is valid from {since}. A renewal cannot start earlier", since=one.since)
    latest = max(last + timedelta(1), today)
    if since > latest:
        return made, tell(
            "is valid until {last}. A renewal must start on or before {latest}, so that there is no gap",
            last=last,
            latest=latest,
        )
    if until is not None and until <= last:
        return made, tell("is valid until {last}. A renewal must end later", last=last)
    return made._replace(since=since.isoformat(), until=until.isoformat() if until else ""), None


# ── as a table ───────────────────────────────────────────────────────────────────────────────


def list_csv(certificates: Iterable[Certificate], doubts: Doubts, day: date) -> bytes:
    """Return the certificates as a CSV table, with their status on that day."""
    import polars as pl

    rows = [
        (
            *(one.number, one.status(day), one.issued.candidate_id, one.issued.name),
            *(one.issued.unit, one.issued.title, str(one.issued.level or ""), one.issued.occupation),
            *(one.issued.since, "" if one.until is None else one.until.isoformat()),
            *(one.issued.exam, str(one.issued.run), one.issued.fingerprint, one.acts[-1].act),
            *(one.acts[-1].time, one.acts[-1].by, one.acts[-1].reason, str(doubts.why.get(one.number, ""))),
        )
        for one in certificates
    ]
    return csv_bytes(pl.DataFrame(rows, dict.fromkeys(LIST_COLUMNS, pl.String), orient="row"))
