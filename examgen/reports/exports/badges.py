"""A released run → a signed badge for each candidate who met a unit, or passed the written test that is part
of what its standard asks; and whether a badge still stands.

Only what was released leaves the house: a badge goes from hand to hand and cannot be called back. Its number
and the salt of its hash come from the secret of the package, so that the same candidate has the same badge
whenever it is made, and nobody can try ids out by the number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from examgen.bank.settings import export_settings
from examgen.bank.workspaces import find_workspace
from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.files import FileNames
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.scored_run import ScoredRun
from examgen.core.storage import csv_bytes, json_bytes
from examgen.core.words import Message, option, tell, tell_n
from examgen.interchange import badges
from examgen.interchange.badges import Achieved, Award
from examgen.interchange.place import EXPORTS, Exported, ExportOptions, ExportSource, written
from examgen.rendering.parts import scope_notice
from examgen.reports.exports.upload import UnitOutcome, outcomes, source_run
from examgen.reports.pseudonyms import has_secret, secret_of
from examgen.scoring.runs.compare import run_of
from examgen.scoring.runs.read import name_of, read_released, read_scored


def write_badges(source: ExportSource, asked: ExportOptions) -> Exported:
    """A file for each candidate and unit that they met, or whose written test they passed, and a list: of the
    unit where every method that the standard asks was passed, else of the test.

    Raises Refused where the run is not what people are told, or decided nothing; WrongUsage without a key, or
    where nothing says the day.
    """
    if asked.key is None:
        raise WrongUsage(
            tell(
                "name the private key of the body that awards: {key}",
                key=option("key", "body.pem", command="export"),
            )
        )
    if asked.pseudonymous:
        raise WrongUsage(
            tell("badges are of people: leave {pseudonymous} out", pseudonymous=option("pseudonymous"))
        )
    # libraries of signatures are an extra
    from examgen.core.signing.credentials import CREDENTIALS, OPEN_BADGES, did_of, signed
    from examgen.core.signing.keys import body_of, code_key, read_private

    keys = read_private(asked.key, asked.ask)
    key = code_key(asked.key, keys)
    raw = key.public_key().public_bytes_raw()
    body, did = body_of(asked.key, keys, raw), did_of(raw)
    results, run = source_run(source)
    _check(run)
    exam, blueprint = run.exam, run.exam.blueprint

    since = asked.day
    if since is None:
        releases = all_releases(results)
        day = next((one.said.get("date") for one in releases if one.number == run.release.release), None)
        if not day:
            raise WrongUsage(
                tell(
                    "the release does not say its day: say from when badges are valid with {date}",
                    date=option("date", command="export"),
                )
            )
        since = date.fromisoformat(str(day))
    if asked.until is not None and asked.until <= since:
        raise WrongUsage(
            tell(
                "{valid_until} is not after the day from which the badge is valid",
                valid_until=option("valid-until", command="export"),
            )
        )

    secret = secret_of(source.exam)
    address = export_settings(find_workspace(source.exam.resolve())).badges.address or ""
    sat = f", sat on {run.sat_on}" if run.sat_on is not None else ""
    evidence = f"{blueprint.exam}{sat}, run {run.run} ({run.fingerprint}), release {run.release.release}"
    # criteria that every form asks are attested
    by_form = [{pc for one in form.items for pc in one.item.pcs[:1]} for form in exam.forms]
    everywhere = set.intersection(*by_form) if by_form else set()
    achieved = {
        unit.code: Achieved(
            did,
            body,
            blueprint.exam,
            blueprint.title,
            unit,
            blueprint.level,
            tuple(one.code for one in unit.criteria if one.code in everywhere),
            address,
            exam.besides(str(unit.code)),
        )
        for unit in exam.units
    }
    files, names, rows = {}, FileNames(), []
    for one in outcomes(run.given_out):
        if not one.met:
            continue
        who = one.person["candidate_id"]
        digest = _keyed(secret, blueprint.exam, one.unit)
        use = _use(one)
        number, salt = badges.number_of(digest(use, who)), digest("salt", who).hex()[:32]
        centre = one.person.get("centre", "") if run.place_kind == "centre" else ""
        at = f", at {centre}" if centre else ""
        award = Award(number, who, salt, since, asked.until, f"{evidence}{at}")
        of = achieved[one.unit]
        if one.is_whole and of.besides is not None and of.besides.methods:
            held = one.by_methods.held if one.by_methods is not None else ()
            of = of._replace(
                besides=of.besides._replace(methods=()),
                passed=tuple(each.method for each in held if each.result == "pass"),
                waived=tuple(each.method for each in held if each.result == "waived"),
            )
        document = badges.credential(of, award, (CREDENTIALS, OPEN_BADGES))
        made = signed(document, key, f"{since.isoformat()}T00:00:00Z")
        name = names.of(f"{who}-{one.unit}" if len(exam.units) > 1 else who) + ".json"
        files[name] = json_bytes(made)
        rows.append((who, one.unit, name, made["id"], since.isoformat(), str(asked.until or "")))
    heads = ("candidate_id", "unit", "file", "badge", "valid_from", "valid_until")
    files["badges.csv"] = csv_bytes(pl.DataFrame(rows, dict.fromkeys(heads, pl.String), orient="row"))
    folder = asked.out or source.exam / EXPORTS / name_of(source.exam, run) / "open-badges"
    facts = {
        "exam": blueprint.exam,
        "run": run.run,
        "fingerprint": run.fingerprint,
        "release": run.release.as_dict(),
        "badges": len(rows),
        "issuer": did,
        "body": body,
    }
    told = tuple(_told(run, len(rows)))
    return Exported("open-badges", folder, written(folder, files, asked.replace, whole=True), told, facts)


def _check(run: ScoredRun) -> None:
    """Refuses a run that nobody was told, and one that decided nothing."""
    if run.release.state == "superseded":
        message = tell(
            "is not what people are told any longer: badges are of run {told}", told=run.release.told
        )
    elif run.release.state != "released":
        message = tell("is not released: a badge cannot be called back, so release the run first")
    elif not run.audit["options"].get("pass"):
        message = tell("has no pass rule: nobody passed or failed")
    else:
        return
    raise Refused(
        tell("run {run} {message}", run=run.run, message=message),
        [Problem("audit.json", "no-badges", message)],
    )


def _told(run: ScoredRun, n: int) -> Iterator[Message]:
    yield tell_n("{n} badge for {people:,} candidates", "{n:,} badges for {people:,} candidates", n,
                 people=run.candidates.height)  # fmt: skip
    if (
        scope := scope_notice(run.exam.other_methods, bool(run.methods), run.exam.blueprint.is_rated)
    ) is not None:
        yield scope
    if run.exam.has_drafts:
        yield tell("the exam is a draft: it holds items that no subject-matter expert has approved")
    if "synthetic" in run.candidates.columns and (made_up := int((run.candidates["synthetic"] != "").sum())):
        yield tell_n(
            "{n:,} of these {all:,} candidates is made up: a badge of theirs is no attestation",
            "{n:,} of these {all:,} candidates are made up: a badge of theirs is no attestation",
            made_up,
            all=run.candidates.height,
        )
    yield tell("no badge names anybody; whose it is, badges.csv says: keep it as you keep the package")


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def _keyed(secret: bytes, exam: str, unit: str) -> Callable[[str, str], bytes]:
    """Bytes for a use and a candidate that nobody can make without the secret."""

    def digest(use: str, candidate_id: str) -> bytes:
        said = "\x1f".join((use, exam, unit, candidate_id)).encode()
        return hashlib.blake2b(said, key=secret, digest_size=32, person=b"examgen-badges").digest()

    return digest


_OF_EXAM, _OF_UNIT = "badge", "badge of the unit"


def _use(one: UnitOutcome) -> str:
    """What the number of a badge is drawn for: that of a unit by several methods is another than that of its
    written test, which may have been given before."""
    return _OF_UNIT if one.is_whole and not one.is_all else _OF_EXAM


def _numbers(secret: bytes, exam: str, one: UnitOutcome) -> Iterator[tuple[str, str]]:
    """The numbers of the badges of an outcome, each behind what it is drawn for: what was met in the
    exam, and the unit by all methods."""
    for use in dict.fromkeys((_OF_EXAM, _use(one))):
        digest = _keyed(secret, exam, one.unit)(use, one.person["candidate_id"])
        yield use, f"urn:uuid:{badges.number_of(digest)}"


def numbers_that_stand(exam: Path) -> frozenset[str]:
    """The numbers of all badges that the released run of an exam gives: a badge that is not among them was
    withdrawn. Raises Refused where no run is released."""
    place = exam / RESULTS
    run = read_scored(exam, str(run_of(place, None).folder), place)
    _check(run)
    secret, name = secret_of(exam), run.exam.blueprint.exam
    found = outcomes(run.given_out)
    return frozenset(number for one in found if one.met for _, number in _numbers(secret, name, one))


class GivenBadge(NamedTuple):
    """Of the number of a badge: for which unit it was, and whether the released run gives it still."""

    unit: str
    stands: bool
    is_of_unit: bool = False
    """Whether it attests the unit by all methods that the standard asks, where it asks several."""


def numbers_given(exam: Path) -> dict[str, GivenBadge]:
    """The numbers of all badges that any released run of an exam gave; none where no badge was ever made.

    Nothing is written. Raises Refused where a run that was released is not as it was scored.
    """
    if not has_secret(exam):
        return {}
    secret = secret_of(exam)
    found: dict[str, GivenBadge] = {}
    last = len(all_releases(exam / RESULTS))
    for n in range(1, last + 1):
        run = read_released(exam, n)
        if not run.audit["options"].get("pass"):
            continue
        held = run.held_back
        for one in outcomes(run):
            stands = n == last and one.person["candidate_id"] not in held
            for use, badge in _numbers(secret, run.exam.blueprint.exam, one) if one.met else ():
                found[badge] = GivenBadge(one.unit, stands, use == _OF_UNIT)
    return found
