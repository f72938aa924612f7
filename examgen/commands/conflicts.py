"""`examgen conflicts`: who had a part in a sitting, and whether the rules of the body hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from examgen.analyses.reported.parts import Parts, ReportedLine, ReportedTable
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir, Workspace, workspace_of
from examgen.commands.sitting import sitting_of
from examgen.core.problems import Exit
from examgen.core.words import Message, tell, tell_n

if TYPE_CHECKING:
    from examgen.evidence.conflicts import ConflictFinding, Conflicts, Interest, PersonParts
    from examgen.evidence.parts import PartTaken

with on_use():
    from examgen.evidence import conflicts, parts

_MOST = 5
"""Places that a line names."""
_MOST_LINES = 50
"""Findings that the screen shows; `--json` has all."""


class ShowConflicts(Command):
    """Who had a part in a sitting, which rules on conflicts of interest are broken, and what is missing."""

    details = tell(
        "It reads the reviews and the provenance of the items, the plan and the record of the sitting, "
        "ratings, decisions, corrections, releases, the trainers on the roster, people.yaml and the "
        "declarations of the centres. The rules are those of `conflicts` in examgen.yaml. Status 3 where a "
        "rule is broken."
    )

    exam_dir: ExamDir
    workspace: Workspace = None

    def execute(self, progress: Progress) -> Outcome:
        """Show them."""
        sitting_of(self.exam_dir)
        place = workspace_of(self.workspace) if self.workspace is not None else None
        sources = parts.SittingSources(self.exam_dir, place)
        found = conflicts.conflicts_of(sources, conflicts.declarations_of(sources))
        document = {"exam": self.exam_dir.name, **found.as_dict()}
        return Outcome(document, of_conflicts(found), Exit.SET_ASIDE if found.broken else Exit.DONE)


def of_conflicts(found: Conflicts) -> Parts:
    """All of it, what matters most last."""
    yield from _people(found.people)
    yield from _interests(found.interests)
    if not found.has_people_file:
        yield ReportedLine(tell("the workspace has no people.yaml: nobody's appointment is known"))
    if not found.n_declarations:
        yield ReportedLine(tell("the sitting holds no declarations of interests"))
    yield from _findings(tell("What is missing"), found.missing, "")
    yield from _findings(tell("Rules that are broken"), found.broken, "yellow")
    for rule in found.switched_off:
        line = tell("switched off in examgen.yaml: {rule}", rule=conflicts.RULE_WORDS[rule])
        yield ReportedLine(line, "yellow")
    yield ReportedLine(_summary(found), "bold")


def _summary(found: Conflicts) -> Message:
    if not found.broken:
        return tell_n(
            "no rule is broken; {n:,} thing is missing",
            "no rule is broken; {n:,} things are missing",
            len(found.missing),
        )
    return tell_n("{n:,} rule is broken", "{n:,} rules are broken", len(found.broken))


def _people(people: Sequence[PersonParts]) -> Parts:
    rows = []
    for one in people:
        counts = Counter((part.role, part.deed) for part in one.parts)
        for (role, deed), n in counts.items():
            own = [part for part in one.parts if (part.role, part.deed) == (role, deed)]
            rows.append((one.name, parts.PART_ROLE_WORDS[role], parts.DEED_WORDS[deed], _some(own), n))
    if rows:
        heads = (tell("person"), tell("role"), tell("what they did"), tell("where it stands"), tell("times"))
        yield ReportedTable(tell("Who had a part"), heads, rows, numbers_from=4)


def _some(own: Iterable[PartTaken]) -> str:
    return _places(part.where for part in own)


def _places(where: Iterable[str]) -> str:
    every = list(dict.fromkeys(where))
    return ", ".join(every[:_MOST]) + (" …" if len(every) > _MOST else "")


def _interests(interests: Sequence[Interest]) -> Parts:
    for one in interests:
        said, did = one.declaration, [parts.DEED_WORDS[part.deed] for part in one.parts]
        yield ReportedLine(
            tell(
                "{name} declared {interest} ({candidates}); did for them: {did}",
                name=said.name,
                interest=said.interest or tell("an interest"),
                candidates=", ".join(said.candidates) or "–",
                did=", ".join(dict.fromkeys(did)) or tell("nothing"),
            ),
            "yellow" if one.parts else "",
        )


def _findings(title: Message, findings: Sequence[ConflictFinding], style: str) -> Parts:
    if findings:
        yield ReportedLine(title, "bold")
    for n, one in enumerate(findings):
        if n == _MOST_LINES:
            more = len(findings) - n
            yield ReportedLine(tell("  … and {n:,} more", n=more), style)
            break
        yield ReportedLine(
            tell(
                "  {person} {message} ({where})",
                person=one.person,
                message=one.message,
                where=_places(one.where) or "–",
            ),
            style,
        )
