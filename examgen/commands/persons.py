"""`examgen person show|remove` and `examgen retention`: show and remove the data stored about persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from examgen.analysis.parts import Part, ReportedLine, ReportedProblems, ReportedTable, line
from examgen.commands import summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import Replace, Workspace, workspace_of
from examgen.core.options import Argument, Option, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.words import tell

with on_use():
    from examgen.evidence import persons, removal

Number = Annotated[str, Argument(tell("Candidate number, written as in the list."), metavar="NUMBER")]
DryRun = Annotated[bool, Option(tell("Show what would be removed, and remove nothing."))]
_MOST = 12
"""The maximum number of withheld texts, or of other entries, shown on the screen; `--json` has all."""


class PersonShow(Command):
    """What every exam of the workspace holds under a candidate number."""

    details = tell(
        "Finds the person's data in lists, answers, results, decisions, cases, "
        "certificates, scans and letters. Check the output before you send "
        "anything. Data of other people is removed, and free text is withheld "
        "for review. `--out` writes the rest as an archive for the person."
    )

    number: Number
    out: Path | None = setting("Write the archive for the person, a .zip.", None)
    replace: Replace = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Show all data stored about a person, and write it to an archive if `--out` is given."""
        if self.out is not None and self.out.suffix != ".zip":
            raise WrongUsage.because("{path} does not end in .zip. Choose another name.", path=self.out)
        if self.out is not None and self.out.exists() and not self.replace:
            raise WrongUsage.because("{path} already exists. Choose another name.", path=self.out)
        person = persons.show(workspace_of(self.workspace), self.number)
        if self.out is not None:
            persons.write_archive(person, self.out, progress)
        return Outcome(person.as_dict(), [*_shown(person, self.out)])


class PersonRemove(Command):
    """Name and contacts of a candidate, removed from the lists, with their scans and letters."""

    details = tell(
        "Results keep the candidate number. The record of each sitting shows what was "
        "removed, by whom and why. Certificates and open cases keep the data they "
        "need; the output lists it. This cannot be undone."
    )

    number: Number
    by: str = setting("Person or committee that makes the decision.", metavar="NAME")
    reason: str = setting("Reason, without the person's name.", metavar="WHY")
    dry_run: DryRun = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Remove the person's name, contacts, scans and letters."""
        workspace = workspace_of(self.workspace)
        done = removal.remove(workspace, self.number, self.by, self.reason, self.dry_run)
        return Outcome(
            {"candidate_id": self.number, "removed": [one.as_dict() for one in done]},
            [part for one in done for part in _removed(one, self.dry_run)],
        )


class Retention(Command):
    """Sittings past the times of `retention` in examgen.yaml, without what need no longer be kept."""

    details = tell(
        "`contacts_days` after the last release, names and contacts in the lists, "
        "answers, scans, returns and letters are removed; `results_days` after it, "
        "results by person. Results by criterion, item analyses and the record are "
        "kept."
    )

    dry_run: DryRun = False
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Remove personal data past its retention period."""
        done = removal.retention(workspace_of(self.workspace), self.dry_run)
        document = {
            "sittings": [
                {"step": due.step, "released": str(due.released), "until": str(due.until), **one.as_dict()}
                for due, one in done.done
            ],
            "refused": [one.as_dict() for one in done.problems],
        }
        parts: list[Part] = [part for _, one in done.done for part in _removed(one, self.dry_run)]
        if not done.done and not done.problems:
            parts.append(line("No sitting is past its retention period.", "bold"))
        if done.problems:
            parts.append(ReportedProblems([*done.problems]))
        return Outcome(document, parts, Exit.SET_ASIDE if done.problems else Exit.DONE)


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def _shown(person: persons.PersonFile, out: Path | None) -> Iterator[Part]:
    counts = Counter((one.part, one.exam) for one in person.entries)
    rows = [
        (persons.PARTS[part], exam, f"{n:,}")
        for part in persons.PARTS
        for (of, exam), n in counts.items()
        if of == part
    ]
    title = tell("Data stored under candidate number {number}", number=person.number)
    yield ReportedTable(title, (tell("kind of data"), tell("exam"), tell("entries")), rows, numbers_from=2)
    if person.held_back:
        yield line("Withheld until an officer has read it:", "yellow")
        yield from summary.first_lines(map(_text, person.held_back), "", _MOST, "--json")
    if out is not None:
        yield line(
            "{path} is written. Confirm who is asking, and give it only to the person it is about.",
            "bold",
            path=out,
        )


def _text(one: persons.Entry) -> str:
    texts = "; ".join(f"{name}: {value}" for name, value in one.held_back.items())
    return f"  {one.exam} {one.source}: {texts}"


def _removed(one: removal.Removal, is_dry: bool) -> Iterator[Part]:
    counts = {"exam": one.exam, "n": len(one.files)}
    if is_dry:
        message = tell("{exam}: files that would change: {n:,}", **counts)
    else:
        message = tell("{exam}: files changed: {n:,}", **counts)
    yield ReportedLine(message, "bold")
    yield from summary.first_lines((f"  {name}" for name in one.files), "", _MOST, "--json")
    yield from (line("kept: {what}", "yellow", what=what) for what in one.stays)
    if one.act is not None:
        act = {"n": one.act.n, "fingerprint": one.act.fingerprint}
        yield line("Entry {n} of the record, fingerprint {fingerprint}. Write it in the minutes.", **act)
