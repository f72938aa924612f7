"""`examgen person …`, `forget` and `retention`: what is held of a person, given to them, erased.

Declared here, as `serve` is, because the database of the site is erased with the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from examgen.analyses.reported.parts import Part, ReportedLine, ReportedTable
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.options import Argument, Option
from examgen.core.problems import Exit
from examgen.core.words import joined, listed, tell, tell_n
from examgen.site.serving import Database

if TYPE_CHECKING:
    from examgen.evidence.persons.erasing import Elsewhere, Located
    from examgen.evidence.persons.found import FoundFile

with on_use():
    from examgen.evidence.persons import erasing, extract, retention

Number = Annotated[str, Argument(tell("The number of the candidate, however it is written."), metavar="ID")]
_BECOMES = {
    "rewritten": tell("without the person"),
    "removed": tell("removed"),
    "renamed": tell("renamed"),
    "emptied": tell("page emptied"),
    "kept": tell("stays, by rule"),
    "left": tell("look at it"),
}
_MOST = 60
"""Files that the screen shows; `--json` has all."""


def database_of(workspace: Path, database: str) -> Elsewhere:
    """The database of the site of a workspace, as an erasure has it; whatever one that was killed has left
    is completed first."""
    from examgen.site import erasing as database_erasing
    from examgen.site.own_database import check_by_itself
    from examgen.site.site import Site

    site = Site(workspace.resolve(), database, (), False, False)
    if not database_erasing.has_database(site):
        return erasing.NOWHERE
    database_erasing.check_library(site)
    check_by_itself(site)
    database_erasing.complete(site)
    return erasing.Elsewhere(partial(database_erasing.find, site), partial(database_erasing.erasing, site))


class PersonWhere(Command):
    """Every place in a workspace in which a person stands."""

    details = tell("Files of the workspace and tables of the site, with what an erasure makes of each.")

    number: Number
    workspace: Workspace = None
    database: Database = ""

    def execute(self, progress: Progress) -> Outcome:
        """Look at everything."""
        workspace = workspace_of(self.workspace)
        found = erasing.where(workspace, self.number, database_of(workspace, self.database), progress)
        return Outcome(_as_dict(found), [*_of_located(found, workspace)])


class PersonExtract(Command):
    """What the body holds of a person, for the person."""

    details = tell(
        "An archive to read in Thai and English: lists, answers, results, decisions, cases, "
        "certificates, their own reports and sheets. Keys and other people's data are not in it."
    )

    number: Number
    out: Annotated[Path, Option(tell("The archive to write, a .zip."))]
    replace: Replace = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Write it."""
        done = extract.extract(workspace_of(self.workspace), self.number, self.out, self.replace, progress)
        entries = sum(done.entries.values())
        written = tell(
            "{path}: {entries:,} entries, {reports:,} reports, {sheets:,} pages of sheets",
            path=done.path,
            entries=entries,
            reports=done.reports,
            sheets=done.sheets,
        )
        handed = tell("hand it to the person alone, once you know that it is the person")
        document = {**done._asdict(), "path": str(done.path), "entries": dict(done.entries)}
        return Outcome(document, [ReportedLine(written), ReportedLine(handed, "yellow")])


class Forget(Command):
    """A person erased from a workspace and from its site."""

    details = tell(
        "The number becomes a tombstone, names and all else that says who it was go. Answers and points "
        "stay, so that counts and statistics are the same; fingerprints of before are known still. It cannot "
        "be undone."
    )

    number: Number
    by: Annotated[str, Option(tell("Who decides it: a person, a committee."), metavar="NAME")]
    reason: Annotated[str, Option(tell("Why, without naming the person."), metavar="WHY")]
    dry_run: Annotated[bool, Option(tell("Erase nothing: say what would go."))] = False
    limited: Annotated[
        bool, Option(tell("Where a certificate is in force, leave the register of certificates as it is."))
    ] = False
    workspace: Workspace = None
    database: Database = ""

    def execute(self, progress: Progress) -> Outcome:
        """Erase the person."""
        workspace = workspace_of(self.workspace)
        done = erasing.forget(
            workspace,
            [self.number],
            self.by,
            self.reason,
            dry_run=self.dry_run,
            limited=self.limited,
            elsewhere=database_of(workspace, self.database),
            progress=progress,
        )
        erasure = None if done.erasure is None else {**done.erasure._asdict(), "digest": done.erasure.digest}
        document = {**_as_dict(done.located), "erasure": erasure}
        left = any(one.becomes == "left" for one in done.located.files)
        return Outcome(
            document, [*_of_erased(done, workspace)], Exit.SET_ASIDE if left and erasure else Exit.DONE
        )


class Retention(Command):
    """Persons whose data are past their time, erased."""

    details = tell(
        "The time is that of `site: keep: persons` in examgen.yaml, for each exam from its last release on."
    )

    dry_run: Annotated[bool, Option(tell("Erase nothing: say what would go."))] = False
    workspace: Workspace = None
    database: Database = ""

    def execute(self, progress: Progress) -> Outcome:
        """Erase them."""
        workspace = workspace_of(self.workspace)
        done = retention.retention(
            workspace,
            dry_run=self.dry_run,
            elsewhere=database_of(workspace, self.database),
            progress=progress,
        )
        document = {
            "days": done.days,
            "past": [one.as_dict() for one in done.past],
            "within": [one.as_dict() for one in done.within],
            "persons": done.persons,
            "kept": done.kept,
            "erasures": [one.erasure._asdict() for one in done.erased if one.erasure is not None],
        }
        return Outcome(document, [*_of_retained(done, self.dry_run)])


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def _as_dict(found: Located) -> dict[str, Any]:
    return {
        "exams": [*found.exams],
        "files": [one.as_dict() for one in found.files],
        "kept_by_rule": [
            {"why": str(one.problem.message), "until": str(one.until or ""), "code": one.problem.code}
            for one in found.kept
        ],
        "names_not_looked_for": [*found.names_unsafe],
    }


def _of_located(found: Located, workspace: Path) -> Iterator[Part]:
    yield from _of_files(found.files)
    for one in found.kept:
        yield ReportedLine(tell("by rule: {what}", what=one.problem.message), "yellow")
    if found.names_unsafe:
        yield ReportedLine(
            tell(
                "not looked for in free text, being short or of others too: {names}",
                names=listed(found.names_unsafe),
            ),
            "yellow",
        )
    for told in erasing.told_outside(workspace):
        yield ReportedLine(tell("not reached: {what}", what=told))


def _of_files(files: Sequence[FoundFile]) -> Iterator[Part]:
    for one in files[:_MOST]:
        at = tell(" ({places})", places=joined(one.places)) if one.places else ""
        yield ReportedLine(
            tell("{path}: {becomes}{at}", path=one.path, becomes=_BECOMES[one.becomes], at=at),
            "yellow" if one.becomes in ("kept", "left") else "",
        )
    if (n := len(files) - _MOST) > 0:
        yield ReportedLine(tell("and {n:,} more: --json has all", n=n))
    yield ReportedLine(tell_n("{n:,} place", "{n:,} places", len(files)), "bold")


def _of_erased(done: erasing.Erased, workspace: Path) -> Iterator[Part]:
    if done.erasure is None:
        yield from _of_located(done.located, workspace)
        yield ReportedLine(tell("nothing was erased"), "bold")
        return
    files = done.erasure.files
    yield ReportedLine(
        tell(
            "erased: {tombstone} stands in the place of the number; it is shown this once, and nothing leads "
            "from it to the person",
            tombstone=listed(done.erasure.forgotten),
        ),
        "bold",
    )
    yield ReportedLine(
        tell(
            "{rewritten:,} files without the person, {removed:,} removed, {named_anew:,} that name them "
            "written anew",
            **files,
        )
    )
    again = sorted({one.again for one in done.located.files if one.again})
    for command in again[:_MOST]:
        yield ReportedLine(tell("made again by: {command}", command=command))
    for one in done.located.files:
        if one.becomes in ("left", "kept"):
            yield ReportedLine(tell("{path} {why}", path=one.path, why=one.why or ""), "yellow")
    if done.located.names_unsafe:
        yield ReportedLine(
            tell(
                "the name or the number was not looked for in free text, being short or of others too: "
                "search for it"
            ),
            "yellow",
        )
    for told in erasing.told_outside(workspace):
        yield ReportedLine(tell("not reached: {what}", what=told))
    yield ReportedLine(
        tell(
            "erasure {n}; fingerprint {digest}: write it into the minutes",
            n=done.erasure.n,
            digest=done.erasure.digest[:16],
        )
    )


def _of_retained(done: retention.Retained, is_dry: bool) -> Iterator[Part]:
    rows = [
        (one.exam, one.released.isoformat(), one.until.isoformat(), f"{one.persons:,}") for one in done.past
    ]
    heads = (tell("exam"), tell("released"), tell("time over on"), tell("persons"))
    title = tell("past their time ({days} days)", days=done.days)
    yield ReportedTable(title, heads, rows, numbers_from=3)
    if done.kept:
        yield ReportedLine(
            tell_n(
                "{n:,} person stays: a certificate in force or an open case",
                "{n:,} persons stay: a certificate in force or an open case",
                done.kept,
            ),
            "yellow",
        )
    if is_dry:
        n = done.persons
        yield ReportedLine(tell_n("{n:,} person would be erased", "{n:,} persons would be erased", n), "bold")
    else:
        n = sum(len(one.erasure.forgotten) for one in done.erased if one.erasure is not None)
        yield ReportedLine(tell_n("{n:,} person erased", "{n:,} persons erased", n), "bold")
