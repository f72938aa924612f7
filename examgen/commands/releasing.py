"""`examgen release`: release the results of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as day
from pathlib import Path

from examgen.analysis.parts import Parts, ReportedLine, line, line_n
from examgen.commands import summary
from examgen.commands.declared import Command, Outcome, Progress
from examgen.commands.loading import on_use
from examgen.commands.options import ExamDir
from examgen.commands.returning import open_line
from examgen.commands.runs import moved_words
from examgen.core.options import Day, setting
from examgen.core.words import Message, tell

with on_use():
    from examgen.core import candidate_numbers
    from examgen.core.exam import manifest
    from examgen.evidence import conflicts, participation
    from examgen.reports import run_findings
    from examgen.reports.exports import upload
    from examgen.scoring import releases, runs, sitting_folder
    from examgen.sitting import cases, discrepancies

_MOST = 10
"""The maximum number of rows shown of candidates who no longer have a result."""


class Release(Command):
    """Release a scored run: its results are valid from now on."""

    details = tell("results/, reports and analyses then show this run until another run is released.")

    exam_dir: ExamDir
    run: int = setting("Number of the scored run.", metavar="N", ge=0)
    by: str = setting("Person or committee that releases the run.", metavar="NAME")
    reason: str = setting("Reason, or reference to the minutes.", metavar="WHY")
    date: Day | None = setting("Day of the release (default: today).", None)
    open_looks: str = setting("Reason to release although second looks are open.", "", metavar="WHY")

    def execute(self, progress: Progress) -> Outcome:
        """Record the release."""
        sources = participation.SittingSources(self.exam_dir)
        conflicts.check_release(sources, self.run, self.by)
        done = releases.release(
            self.exam_dir, self.run, self.by, self.reason, self.date, self.open_looks, today=day.today()
        )
        units, moved = {}, {}
        if done.scope is not None:
            run = runs.read_scored(self.exam_dir, str(done.run.folder))
            units = upload.units_by_methods(run)
            if done.is_new and done.release.number > 1:
                then = upload.released_units(self.exam_dir, done.release.number - 1)
                people = run.candidates["candidate_id"]
                names = {candidate_numbers.canonical_number(who): who for who in people}
                moved = _moved(then, upload.unit_statuses(run), names)
        sitting = sitting_folder.sitting_of(self.exam_dir)
        n_open = discrepancies.n_open(sitting) if sitting.returns else 0
        told = conflicts.told_of_release(sources, self.run, self.by)
        is_rated = manifest.is_rated(manifest.read_manifest(self.exam_dir))
        is_analysed = is_rated or bool(
            run_findings.analysis_by(self.exam_dir, done.run.number, done.run.fingerprint)
        )
        document = {
            **done.as_dict(),
            "analysed": is_analysed,
            **({"conflicts": told.en} if told is not None else {}),
            **({"open_discrepancies": n_open} if n_open else {}),
            **({"units": units} if units else {}),
            **({"units_moved": moved} if moved else {}),
        }
        open_cases = cases.states(sitting_folder.sitting_of(self.exam_dir))
        if left := [one for one in open_cases if not one.is_closed]:
            overdue = [one.case.number for one in left if one.is_overdue]
            document["cases"] = {"open": [one.case.number for one in left], "overdue": overdue}
        lines = [*_released(done, self.exam_dir, told), *_by_methods(units), *_units_moved(moved)]
        if not is_analysed:
            lines.append(line("The items of this run have not been analysed yet.", "yellow"))
        if n_open:
            lines.append(ReportedLine(open_line(n_open), "yellow"))
            lines.append(line("list them with examgen returns {exam_dir}", "yellow", exam_dir=self.exam_dir))
        lines += [ReportedLine(one, "yellow") for one in cases.open_words(left)]
        place = summary.typed(self.exam_dir)
        steps = [f"examgen report {place}", *([] if is_analysed else [f"examgen analyse exam {place}"])]
        lines += summary.next_steps(*steps)
        return Outcome(document, lines)


def _moved(
    then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]], names: Mapping[str, str]
) -> dict[str, dict[str, list[str]]]:
    """Return, by unit, the candidates who met it in only one of two releases. `names` has the spelling of
    each candidate number."""
    found: dict[str, dict[str, list[str]]] = {}
    for who in sorted({*then, *now}):
        for unit in {**then.get(who, {}), **now.get(who, {})}:
            was, is_now = (told.get(who, {}).get(unit) == "met" for told in (then, now))
            if was != is_now:
                kinds = found.setdefault(unit, {"no_longer_met": [], "newly_met": []})
                kinds["newly_met" if is_now else "no_longer_met"].append(names.get(who, who))
    return found


def _units_moved(moved: Mapping[str, Mapping[str, Sequence[str]]]) -> Parts:
    words = {"no_longer_met": tell("no longer met"), "newly_met": tell("newly met")}
    for unit, kinds in moved.items():
        for kind, who in kinds.items():
            if who:
                yield line_n(
                    "  {unit} is {kind} by {n:,} candidate: {who}",
                    "  {unit} is {kind} by {n:,} candidates: {who}",
                    len(who),
                    "yellow" if kind == "no_longer_met" else "",
                    unit=unit,
                    kind=words[kind],
                    who=_first(who),
                )


def _first(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MOST], *(["…"] if len(names) > _MOST else [])])


def _by_methods(units: Mapping[str, Mapping[str, int]]) -> Parts:
    for name, count in units.items():
        yield line(
            "{name}: {met:,} met, {not_met:,} not met, {open:,} not decided yet, by "
            "all methods that the standard requires",
            "bold",
            name=name,
            **count,
        )


def _released(done: releases.Released, exam_dir: Path, conflicts_told: Message | None) -> Parts:
    run, release, before = done.run, done.release, done.before
    said = tell(
        "Run {number} is released. results/, reports and analyses are now those of run {number}.",
        number=run.number,
    )
    if not done.is_new:
        said = tell(
            "Run {number} is already released with the same details. Nothing changed.", number=run.number
        )
    yield ReportedLine(said, "bold")
    yield line("  Fingerprint {fingerprint}", fingerprint=run.fingerprint)
    waiting = done.waiting.lines() if done.waiting is not None else ()
    for message in (done.draft, done.scope, conflicts_told, *waiting):
        if message is not None:
            yield ReportedLine(message, "yellow")
    if looks := release.said.get("second_looks"):
        counts = {name: looks[name] for name in ("upheld", "changed", "open")}
        said = tell("second looks: {upheld:,} upheld, {changed:,} changed, {open:,} open", **counts)
        yield ReportedLine(said, "yellow" if looks["open"] else "")
    if before is not None:
        yield line("previously released: run {number}", number=before.number)
        if done.moved is not None:
            yield line("  compared with it: {moved_words}", moved_words=moved_words(done.moved))
        if before.number > run.number:
            yield line(
                "run {number} is older than run {other}", "yellow", number=run.number, other=before.number
            )
    lost = [
        tell(
            "  {who} no longer has a result ({where}): {why}",
            who=one.candidate_id,
            where=one.where,
            why=one.why,
        )
        for one in done.gone
    ]
    yield from summary.first_lines(lost, most=_MOST, where="--json")
    if done.lacks:
        files = {"number": run.number, "files": _first(done.lacks)}
        yield line("Files were added or removed after run {number}: {files}", "yellow", **files)
    if done.is_new and (exam_dir / "reports").is_dir():
        yield line("Reports made before this release are out of date. Create them again.")
    last = {"number": release.number, "fingerprint": release.fingerprint}
    said = tell("Release {number}, fingerprint {fingerprint}. Write it in the minutes.", **last)
    yield ReportedLine(said, "bold")
