"""A report or certificate (PDF, HTML, picture) or a code → who signed it, what it states, whether it is
unchanged.

A PDF is unchanged if its signature covers the whole file, and thus everything that the PDF shows or does. On
paper, in a picture or on an HTML page, only the code can be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.core.files import check_regular, read_input
from examgen.core.models.standard import METHODS
from examgen.core.other_methods import UNIT_STATUS_WORDS
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.signing.codes import Signed, SignedCertificate, looks_like_code, verified
from examgen.core.signing.keys import PublicKey, der, read_certificates, read_public, refused
from examgen.core.signing.validation import Signature, signatures
from examgen.core.words import joined, listed, option, tell
from examgen.reports.code_search import codes_in_picture, codes_on_pages
from examgen.reports.codes import codes_in, decision_of, other_methods, units_by_all_methods

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_HTML = (b"<!doctype html", b"<html")
_MARK = b"\xef\xbb\xbf"
"""The byte-order mark of UTF-8, at the beginning of a file."""


class CheckedCode(NamedTuple):
    """A valid code: where it was found, what it states, who signed it."""

    source: str
    statement: Signed
    key: PublicKey


class CheckedFile(NamedTuple):
    """The signatures and codes of a file, all of them valid."""

    source: str
    signatures: tuple[Signature, ...]
    """The signatures of a PDF; each covers the whole file."""
    codes: tuple[CheckedCode, ...]
    unchecked: int = 0
    """The number of codes on signed pages that were not checked, because no key was given."""

    @property
    def compared(self) -> bool:
        """Whether the check shows that the file is the one that was signed."""
        return bool(self.signatures)


def verify_report(what: str, keys: Sequence[Path] = (), trusted: Sequence[Path] = ()) -> CheckedFile:
    """Return the valid signatures and codes of a file (PDF, HTML, picture), or of the code that `what` itself
    is.

    `keys` are public keys of certification bodies, with their certificates. `trusted` are further
    certificates of those who may sign PDFs or vouch for signers. Raises Refused if a signature or code is not
    valid, or if a PDF has none; WrongUsage if no key or certificate is given or there is no such file.
    """
    if not (keys or trusted):
        raise WrongUsage.because(
            "give the public key of the body that signed: {key}", key=option("key", "FILE.public.json")
        )
    known, certificates = _trusted(keys, trusted)
    if looks_like_code(what):
        return CheckedFile("code", (), (CheckedCode("code", *verified(what, known)),))
    path = Path(what)
    if "\n" in what or len(what) > 1000 or not path.is_file():
        shown = what if len(what) <= 100 else f"{what[:100]}…"
        raise WrongUsage.because("{shown} is neither a code (EG1:…) nor a file", shown=shown)
    check_regular(path)
    with path.open("rb") as file:
        begin = file.read(1024)
    if begin.startswith(b"%PDF-"):
        return _pdf(path, known, certificates)
    text = begin.removeprefix(_MARK).lstrip()
    if begin.startswith(_PICTURES):
        found = [*codes_in_picture(path)]
    elif text[:20].lower().startswith(_HTML):
        found = codes_in(read_input(path).decode("utf-8", "surrogateescape"))
    else:
        message = tell("is not a PDF, HTML page or picture (PNG, JPEG)")
        raise refused(path.name, "not-a-report", message)
    codes, problems = _checked([(path.name, code) for code in found], known)
    _refuse(path, problems)
    if not codes:
        message = tell(
            "contains no readable code of a report. Was it written with {verify_code}?",
            verify_code=option("verify-code"),
        )
        raise refused(path.name, "no-code", message)
    return CheckedFile(path.name, (), tuple(codes))


def _trusted(keys: Sequence[Path], trusted: Sequence[Path]) -> tuple[list[PublicKey], list[bytes]]:
    """Return the public keys and certificates in the files. Raises Refused with the faults of all files."""
    known: list[PublicKey] = []
    certificates: list[bytes] = []
    problems: list[Problem] = []
    for path in (*keys, *trusted):
        try:
            if path in keys:
                known.append(read_public(path))
                certificates += [known[-1].certificate] if known[-1].certificate else []
            else:
                certificates += [der(one) for one in read_certificates(path)]
        except Refused as fault:
            problems += fault.problems
    if problems:
        said = [joined([one.source, one.message], " ") for one in problems]
        raise Refused(joined(said, "; "), problems)
    return known, certificates


# ── PDFs ─────────────────────────────────────────────────────────────────────────────────────


def _pdf(path: Path, known: Sequence[PublicKey], certificates: Sequence[bytes]) -> CheckedFile:
    problems: list[Problem] = []
    signed: list[Signature] = []
    try:
        signed = signatures(path, certificates)
    except Refused as fault:
        problems += fault.problems
    if any(one.code == "damaged-pdf" for one in problems):
        _refuse(path, problems)
    found, has_text = codes_on_pages(path)
    # with only certificates, the user asks who signed the file, not what its codes state
    codes, wrong = _checked(found, known) if known else ([], [])
    if not (signed or problems) and (has_text or not found):
        message = tell("is not signed, so its author cannot be verified")
        if not found:
            message = tell(
                "is not signed, so its author cannot be verified. It has no code of a report, either"
            )
        problems.append(Problem(path.name, "signature-missing", message))
    problems += wrong
    if problems and codes:
        stated = "; ".join(f"{one.source.rpartition(', ')[2]}: {said(one.statement)}" for one in codes[:3])
        more = "; …" if len(codes) > 3 else ""
        message = tell(
            "{fault}. Its codes say: {stated}{more}", fault=problems[0].message, stated=stated, more=more
        )
        problems[0] = problems[0]._replace(message=message)
    _refuse(path, problems)
    return CheckedFile(path.name, tuple(signed), tuple(codes), 0 if known else len(found))


# ── codes ────────────────────────────────────────────────────────────────────────────────────


def _checked(
    found: Sequence[tuple[str, str]], known: Sequence[PublicKey]
) -> tuple[list[CheckedCode], list[Problem]]:
    """Return the valid codes, and the problems of the others."""
    codes: list[CheckedCode] = []
    problems: list[Problem] = []
    for source, code in found:
        try:
            codes.append(CheckedCode(source, *verified(code, known)))
        except Refused as fault:
            problems += [one._replace(source=source) for one in fault.problems]
    return codes, problems


def _refuse(path: Path, problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused.because("the code on {path} is not valid", problems, path=path.name)


def said(statement: Signed) -> str:
    """Return the candidate, score and decision of a statement, or the content of a certificate, in one
    line."""
    if isinstance(statement, SignedCertificate):
        return _certificate(statement)
    who = tell(
        "candidate {candidate_id}{statement}",
        candidate_id=statement.candidate_id,
        statement=f" ({statement.name})" if statement.name else "",
    )
    also, decision = other_methods(statement), decision_of(statement)
    methods = joined(tell(METHODS.get(one, one)) for one in also)
    units = [
        tell("{unit} {status}", unit=unit, status=UNIT_STATUS_WORDS[status])
        for unit, status in units_by_all_methods(statement).items()
    ]
    if not also:
        decided = {"pass": tell("pass"), "fail": tell("fail")}.get(decision, tell("no decision"))
    elif units and decision == "pass":
        decided = tell(
            "written test passed (the standard also requires {methods}; all methods: {units})",
            methods=methods,
            units=listed(units),
        )
    elif units:
        decided = tell(
            "written test not passed (the standard also requires {methods}; all methods: {units})",
            methods=methods,
            units=listed(units),
        )
    elif decision == "pass":
        decided = tell(
            "written test passed (the standard also requires {methods}; the unit is not attested)",
            methods=methods,
        )
    else:
        decided = tell(
            "written test not passed (the standard also requires {methods}; the unit is not attested)",
            methods=methods,
        )
    return tell(
        "{who}, {score} of {max_score}, {decision}",
        who=who,
        score=statement.score,
        max_score=statement.max_score,
        decision=decided,
    )


def _certificate(stated: SignedCertificate) -> str:
    shown = {**stated._asdict(), "name": stated.name or tell("no name")}
    if stated.level and stated.until:
        return tell(
            "certificate {number}: {name}, {unit} at level {level}, from {since} until {until}", **shown
        )
    if stated.level:
        return tell("certificate {number}: {name}, {unit} at level {level}, from {since}", **shown)
    if stated.until:
        return tell("certificate {number}: {name}, {unit}, from {since} until {until}", **shown)
    return tell("certificate {number}: {name}, {unit}, from {since}", **shown)
