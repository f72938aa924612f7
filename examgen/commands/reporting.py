"""`examgen report`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from examgen.commands import screen
from examgen.commands.app import Dask, Json, Only, Processes, Results, ScoredRun, Workspace, app, day_of
from examgen.commands.options import workspace_near, workspace_of
from examgen.commands.runs import warn_of
from examgen.commands.signing import asked_passphrase
from examgen.core.problems import WrongUsage
from examgen.core.words import joined, tell

if TYPE_CHECKING:
    from datetime import date

    from examgen.reports.writing import ReportAsked, Reported

_LANGUAGES, _DIGITS = ("th", "en", "both"), ("arabic", "thai")


@app.command("report")
def report(
    exam_dir: Annotated[
        Path, typer.Argument(help="The exam package; or the word coverage, followed by the code of a unit.")
    ],
    unit: Annotated[
        str | None, typer.Argument(help="With `coverage`: a unit, over all its administrations.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="candidate, cohort, centre, coverage or committee (again for each); else all but candidate.",
        ),
    ] = None,
    run: ScoredRun = None,
    lang: Annotated[str, typer.Option(help="th, en or both.")] = "both",
    digits: Annotated[str, typer.Option(help="Figures of Thai texts: arabic or thai.")] = "arabic",
    day: Annotated[
        str | None, typer.Option("--date", metavar="2026-06-19", help="The date that reports bear.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="In place of reports/run-NNNN of the package; with one kind."),
    ] = None,
    results: Results = None,
    candidate: Only = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="Candidates' reports in a PDF for each centre, room or candidate."),
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Candidates' reports as HTML as well.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="PDF beside the HTML.")] = True,
    pseudonymous: Annotated[
        bool, typer.Option("--pseudonymous", help="Codes in place of names and numbers; their table apart.")
    ] = False,
    verify_code: Annotated[
        Path | None,
        typer.Option(
            "--verify-code",
            metavar="PRIVATE.pem",
            help="A QR code to check on candidates' reports; their PDFs are signed (HTML is not).",
        ),
    ] = None,
    sign: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Sign candidates' PDFs with the key and certificate of a PEM or PKCS#12 file, or pkcs11:….",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate (PEM, DER) of that key.")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option(metavar="URL", help="A server of time stamps (RFC 3161) for signed PDFs.")
    ] = None,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for the passphrase or PIN of these keys.")
    ] = False,
    processes: Processes = None,
    dask: Dask = None,
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """What people read of a scored run: candidates, cohort, centres, the standard, the committee."""
    from examgen.core.processes import Workers
    from examgen.reports import candidates
    from examgen.reports import writing as reporting
    from examgen.reports.signing import opened_keys

    for_candidates = {
        "--candidate": candidate, "--by": by, "--html": html, "--verify-code": verify_code, "--sign": sign,
    }  # fmt: skip
    named = [name for name, value in for_candidates.items() if value]
    if unit is not None or (str(exam_dir) == "coverage" and not exam_dir.exists()):
        said = {"--kind": kind, "--run": run, "--results": results, "--pseudonymous": pseudonymous}
        _check_unit(exam_dir, unit, [*(name for name, value in said.items() if value), *named])
        assert unit is not None
        _check(["coverage"], lang, digits, out, ("coverage",))
        _unit(unit, _asked(lang, digits, day_of(day), out, pdf), json, workspace)
        return
    kinds = kind or [name for name in reporting.KINDS if name != "candidate"]
    of_files = {"--sign": sign, "--certificate": certificate, "--timestamp": timestamp}
    of_keys = {**of_files, "--passphrase": passphrase}
    without_key = [name for name, value in of_keys.items() if value and not (verify_code or sign)]
    without_pdf = [name for name, value in of_files.items() if value and not pdf]
    _check(kinds, lang, digits, out, reporting.KINDS, named, without_key, without_pdf)
    asked = _asked(lang, digits, day_of(day), out, pdf)
    asked = asked._replace(run=run, results=results, pseudonymous=pseudonymous)
    place = workspace_near(workspace, exam_dir / "exam.yaml")
    ask = asked_passphrase if passphrase else None
    with opened_keys(verify_code, sign, certificate, timestamp, ask, pdf) as (key, signer):
        workers = Workers(processes, dask)
        if by is not None and by not in candidates.FILES:
            known = ", ".join(candidates.FILES)
            raise WrongUsage(tell("--by is one of {files}, not {what}", files=known, what=by))
        which = candidates.CandidatesAsked(
            tuple(candidate or ()), by or candidates.FILES[0], html, key, signer, workers
        )
        made = [
            candidates.candidate_reports(exam_dir, place, asked, which, screen.progress)
            if name == "candidate"
            else reporting.report(exam_dir, place, name, asked, screen.progress)
            for name in kinds
        ]
    problems = [problem for one in made for problem in one.problems]
    if json:
        rows = [_as_json(name, one) for name, one in zip(kinds, made, strict=True)]
        screen.print_json({"reports": rows, "problems": [problem.as_dict() for problem in problems]})
        return
    for name, one in zip(kinds, made, strict=True):
        screen.show_files(f"{name}:", [one.folder / file for file in one.names[:_MOST_SHOWN]])
        if len(one.names) > _MOST_SHOWN:
            screen.say(
                tell(
                    "  and {n:,} more in {folder}",
                    n=len(one.names) - _MOST_SHOWN,
                    folder=screen.short(one.folder),
                )
            )
        _show_gone(one)
    for number, release in {(one.run, one.release) for one in made if one.run is not None}:
        warn_of(number, release)
    if codes := {one.codes for one in made if one.codes is not None}:
        screen.show_files(tell("who is behind each code (keep it apart):"), sorted(codes))
    screen.show_problems(problems)


_MOST_SHOWN = 20


def _show_gone(made: Reported) -> None:
    """Files of an earlier report that were removed."""
    if n := len(made.gone):
        files = tell("1 file") if n == 1 else tell("{n:,} files", n=n)
        named = ", ".join(made.gone[:5]) + (" …" if n > 5 else "")
        screen.say(
            tell(
                "  {files} of the earlier report removed from {folder}: {named}",
                files=files,
                folder=screen.short(made.folder),
                named=named,
            ),
            "yellow",
        )


def _asked(lang: str, digits: str, day: date | None, out: Path | None, pdf: bool) -> ReportAsked:
    from examgen.reports.writing import ReportAsked

    return ReportAsked(
        lang=cast("Literal['th', 'en', 'both']", lang),
        digits=cast("Literal['arabic', 'thai']", digits),
        day=day,
        out=out,
        pdf=pdf,
    )


def _check_unit(word: Path, code: str | None, named: list[str]) -> None:
    if str(word) != "coverage":
        raise WrongUsage(tell("write `examgen report coverage {code}`, or one exam package", code=code))
    if code is None:
        raise WrongUsage(tell("name a unit: `examgen report coverage UNIT`"))
    if named:
        raise WrongUsage(
            tell(
                "the coverage of a unit is told over all its runs: leave out {named}", named=", ".join(named)
            )
        )


def _unit(code: str, asked: ReportAsked, json: bool, workspace: Path | None) -> None:
    """`examgen report coverage UNIT`."""
    from examgen.reports.units import unit_report

    made, problems = unit_report(workspace_of(workspace), code, asked, screen.progress)
    if json:
        told = {**_as_json("coverage", made), "problems": [problem.as_dict() for problem in problems]}
        screen.print_json(told)
        return
    screen.show_files(tell("coverage of {code}:", code=code), [made.folder / name for name in made.names])
    _show_gone(made)
    screen.show_problems(problems)


def _check(
    kinds: list[str],
    lang: str,
    digits: str,
    out: Path | None,
    known: tuple[str, ...],
    for_candidates: Sequence[str] = (),
    without_key: Sequence[str] = (),
    without_pdf: Sequence[str] = (),
) -> None:
    """Raises WrongUsage with all that does not fit together."""
    faults = []
    if unknown := [name for name in kinds if name not in known]:
        faults.append(_one_of("--kind", known, unknown))
    if lang not in _LANGUAGES:
        faults.append(_one_of("--lang", _LANGUAGES, [lang]))
    if digits not in _DIGITS:
        faults.append(_one_of("--digits", _DIGITS, [digits]))
    if out is not None and len(kinds) > 1:
        faults.append(tell("--out takes one report: name its --kind"))
    if for_candidates and "candidate" not in kinds:
        faults.append(
            tell(
                "{options} is for candidates' reports: add --kind candidate",
                options=", ".join(for_candidates),
            )
        )
    if without_pdf:
        faults.append(
            tell(
                "{options} is for PDFs: HTML cannot be signed, so leave out --no-pdf",
                options=", ".join(without_pdf),
            )
        )
    if without_key:
        faults.append(
            tell(
                "{options} is that of a key: name it with --verify-code or --sign",
                options=", ".join(without_key),
            )
        )
    if faults:
        raise WrongUsage(joined(faults, "; "))


def _one_of(option: str, known: Sequence[str], said: Sequence[str]) -> str:
    return tell(
        "{option} is one of {known}, not {said}", option=option, known=", ".join(known), said=", ".join(said)
    )


def _as_json(kind: str, made: Reported) -> dict[str, object]:
    return {
        "kind": kind,
        "folder": str(made.folder),
        "files": list(made.names),
        "removed": list(made.gone),
        "codes": None if made.codes is None else str(made.codes),
        **({} if made.run is None else {"run": made.run, "release": made.release.as_dict()}),
    }
