"""`examgen scan …`: read scans, let people decide doubtful marks, and return scored sheets."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from examgen.analysis.parts import Parts, ReportedFiles, ReportedLine, line, line_n
from examgen.commands import screen
from examgen.commands.declared import Command, Outcome
from examgen.commands.declared import Progress as Said
from examgen.commands.loading import on_use
from examgen.commands.options import Dask, Only, Results, ScoredRun
from examgen.commands.papers import password_for
from examgen.commands.sitting import decided_in_gallery
from examgen.commands.tallying import of_folder, pages_add_up
from examgen.core.exam.names import MANIFEST, SITTING
from examgen.core.options import Argument, Day, Processes, argument, setting
from examgen.core.problems import Exit, WrongUsage
from examgen.core.processes import Workers, dask_cluster
from examgen.core.words import command, invalid, joined, tell, tell_n

with on_use():
    from examgen.scanning import annotated_sheets as annotating
    from examgen.scanning import folder as scan_folder
    from examgen.scanning import reasons
    from examgen.scanning import scan as scanning
    from examgen.scanning.gallery import commands as gallery
    from examgen.scanning.gallery import in_doubt
    from examgen.scoring import sitting_folder, sitting_record
    from examgen.sitting import scans as sitting_scans

_REASONS_SHOWN = 3
"""The maximum number of pages named on the screen for each reason; pages.csv has all."""
_EVERY = 2.0, 20.0
"""The seconds between two lines of progress, on a terminal and elsewhere."""
ScanFolder = Annotated[Path, Argument(tell("Folder that `scan` wrote."), metavar="DIR")]


class Read(Command):
    """Answers of scanned sheets, and a ledger of every page."""

    details = tell(
        "Every page is listed in pages.csv as read, set aside with a reason, blank or "
        "a repeat. Doubtful marks are ? in responses.csv until someone decides on "
        "them. The exit status is 3 if something was set aside or is in doubt."
    )

    scans: tuple[Path, ...] = argument(
        "Scans: PDF, TIFF, JPEG, PNG, zip files of them, or folders.", metavar="SCANS..."
    )
    exam: tuple[Path, ...] = setting(
        "Exam that the scanned sheets belong to (repeatable).", (), metavar="EXAM_DIR"
    )
    out: Path = setting(
        "Folder of the scan. An interrupted scan continues; no page is read twice.", metavar="DIR"
    )
    processes: Processes = None
    dask: Dask = None

    def execute(self, progress: Said) -> Outcome:
        """Read the scans."""
        # numpy's matrix library starts threads that wait busily, on processors that the workers could use
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        meter = _Meter()
        with dask_cluster(self.dask) if self.dask is not None else nullcontext() as executor:
            done = scanning.scan(
                self.scans,
                self.exam,
                self.out,
                self.processes,
                executor,
                meter.show,
            )
        meter.end()
        return Outcome(done.as_dict(), _scanned(done), Exit.SET_ASIDE if done.needs_attention else Exit.DONE)


class _Meter:
    """Shows the number of pages read, pages per minute and the share in doubt on the error stream: as one
    line that is updated on a terminal, as a new line from time to time elsewhere."""

    def __init__(self) -> None:
        self._changes = sys.stderr.isatty()
        self._every = _EVERY[0] if self._changes else _EVERY[1]
        self._next = time.monotonic() + (0.2 if self._changes else self._every)
        self._shown = False

    def show(self, now: scanning.Progress) -> None:
        """Show the progress, if enough time has passed since the last time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every / 4 if self._changes else time.monotonic() + self._every
        a_minute = 60 * (now.done - now.before) / max(now.seconds, 0.001)
        text = tell(
            "{done:,} of {pages:,} pages read, {speed:,.0f} a minute, {share:.1%} of marks in doubt",
            done=now.done, pages=now.pages, speed=a_minute, share=now.doubts / max(now.rows, 1),
        )  # fmt: skip

        if self._changes:
            self._shown = True
            screen.overwrite(text)
        else:
            screen.progress(text)

    def end(self) -> None:
        """End the updated line, so that further output begins on a new one."""
        if self._shown:
            print(file=sys.stderr, flush=True)


def _scanned(done: scanning.ScanResult) -> Parts:
    """Yield what was read, what was set aside and why, and what to do next."""
    counts, progress = done.ledger.counts(), done.progress
    yield ReportedLine(pages_add_up(len(done.ledger.pages), counts), "bold")
    if progress.before:
        yield line_n(
            "{n:,} page had been read before", "{n:,} pages had been read before", progress.before, "cyan"
        )
    for outcome, said in reasons.messages_by_reason(done.ledger.pages, _REASONS_SHOWN):
        yield ReportedLine(joined(["  ", said], ""), "yellow" if outcome == "set_aside" else "cyan")
    if done.litter:
        yield line_n(
            "{n:,} file of file managers was skipped: {names}",
            "{n:,} files of file managers were skipped: {names}",
            len(done.litter),
            "cyan",
            names=_first(done.litter),
        )
    yield line(
        "{sheets}, {rows}, {doubts:,} of them in doubt ({share:.1%})",
        "yellow" if done.doubts else "green",
        sheets=tell_n("{n:,} sheet", "{n:,} sheets", len(done.ledger.sheets)),
        rows=tell_n("{n:,} row of marks", "{n:,} rows of marks", done.rows),
        doubts=done.doubts,
        share=done.doubts / max(done.rows, 1),
    )
    if done.without_marks:
        names = [f"{sheet.pages[0].name} ({sheet.candidate_id})" for sheet in done.without_marks]
        yield line_n(
            "{n:,} sheet has no marks. Check that it was handed in empty: {sheets}",
            "{n:,} sheets have no marks. Check that they were handed in empty: {sheets}",
            len(names),
            "yellow",
            sheets=_first(names),
        )
    yield from of_folder(done.folder)
    if done.doubts:
        folder = screen.short(done.folder)
        yield line("To decide on doubtful marks: `examgen scan gallery {folder}`", folder=folder)
    names = [scan_folder.responses_name(exam, len(done.exams)) for exam in done.exams]
    yield ReportedFiles(
        tell("written:"), [done.folder / name for name in (*names, scan_folder.PAGES, "rows.csv")]
    )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_REASONS_SHOWN]) + (", …" if len(names) > _REASONS_SHOWN else "")


class Annotate(Command):
    """A PDF of each scored sheet, for candidates who look at their own under supervision."""

    details = tell(
        "The files contain the key and are readable only by their owner. They are for "
        "candidates who view their own sheet under supervision."
    )

    folder: Path = argument("Folder that `scan` wrote.", metavar="DIR")
    exam: Path | None = setting(
        "Exam package, if it was moved or the scan has sheets of several.", None, metavar="EXAM_DIR"
    )
    run: ScoredRun = None
    results: Results = None
    candidate: Only = ()
    out: Path | None = setting("Output folder, new or empty (default: DIR/annotated).", None, metavar="DIR")
    password_file: Path | None = setting(
        "Encrypt the PDFs; the password is the first line of this file.", None, metavar="FILE"
    )
    processes: Processes = None

    def execute(self, progress: Said) -> Outcome:
        """Draw the sheets."""
        made = annotating.annotate(
            self.folder, self.exam, self.run, self.results, self.candidate, self.out,
            password_for(self.password_file, ask=False), Workers(self.processes), progress,
        )  # fmt: skip
        document = {"folder": str(made.folder), "run": made.run, "files": list(made.names)}
        folder = screen.short(made.folder)
        line = tell_n(
            "{n:,} sheet written to {folder}, with the scores of run {run}",
            "{n:,} sheets written to {folder}, with the scores of run {run}",
            len(made.names),
            folder=folder,
            run=made.run,
        )
        secret = tell(
            "{folder} contains the key, and only you can read it (mode 0700). Keep it as secure as secure/.",
            folder=folder,
        )
        notices = (ReportedLine(one, "yellow") for one in (made.notice, secret) if one is not None)
        return Outcome(document, [ReportedLine(line, "green"), *notices])


class Gallery(Command):
    """A page on which people decide doubtful marks."""

    folder: ScanFolder
    share: Annotated[float, Field(ge=0, le=1)] | None = setting(
        "Share of doubtful marks that a second person checks (default: as for the last page, else 0.1).", None
    )
    seed: Annotated[int, Field(ge=0)] | None = setting("Random seed for choosing that share.", None)
    by: str = setting(
        "Person who will decide (default: the page asks). With --decisions, the person who decided.", ""
    )
    date: Day | None = setting(
        "With --decisions: date if a file gives none, for example 2026-11-20.", None, metavar="TEXT"
    )
    decisions: tuple[Path, ...] = setting(
        "Import decisions from the page of a scan that belongs to no sitting, instead "
        "of writing the page (repeatable).",
        (),
        metavar="FILE",
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if self.date is not None and not self.decisions:
            raise invalid("--date requires --decisions")
        return self

    def execute(self, progress: Said) -> Outcome:
        """Write the gallery, or import the decisions made in it."""
        if self.decisions:
            return self._taken_in()
        asked = gallery.GalleryOptions(self.share, self.seed, self.by)
        place = _sitting_of(self.folder)
        if place is not None:
            made = sitting_scans.make_gallery(place, int(self.folder.resolve().name), progress, asked)
        else:
            made = gallery.write_gallery(self.folder, asked, progress)
        page = self.folder / in_doubt.GALLERY
        document = {**made._asdict(), "bytes": page.stat().st_size, "path": str(page), "gallery": str(page)}
        shown = _gallery(made, page, place)
        return Outcome(document, shown, Exit.SET_ASIDE if made.n_unreadable else Exit.DONE)

    def _taken_in(self) -> Outcome:
        if (place := _sitting_of(self.folder)) is not None:
            exam = screen.short(place.exam)
            raise WrongUsage.because(
                "This scan belongs to a sitting. Add the decisions with {take}", take=command("take", exam)
            )
        day = "" if self.date is None else self.date.isoformat()
        done = gallery.take_decisions(self.folder, self.decisions, self.by, day)
        shown = [
            line_n(
                "{n:,} new decision recorded, {known:,} already on record",
                "{n:,} new decisions recorded, {known:,} already on record",
                done.n_new,
                "green",
                known=done.n_known,
            ),
            line("still to decide: {left:,}", left=done.n_left),
            *decided_in_gallery(done),
        ]
        return Outcome(done.as_dict(), shown, Exit.SET_ASIDE if done.needs_attention else Exit.DONE)


def _sitting_of(folder: Path) -> sitting_folder.Sitting | None:
    """Return the sitting to which the folder of a scan belongs; None if it belongs to none."""
    number, above = folder.resolve().name, folder.resolve().parents
    is_its_own = [one.name for one in above[:2]] == [sitting_record.SCANS, SITTING] and number.isdecimal()
    return sitting_folder.sitting_of(above[2]) if is_its_own and (above[2] / MANIFEST).is_file() else None


def _gallery(made: gallery.LeftToDecide, page: Path, place: sitting_folder.Sitting | None) -> Parts:
    """Yield what is to be decided in a gallery, and the next step."""
    yield line(
        "{path}: {marks} and {sheets} to decide on, {size:.1f} MB",
        "green",
        path=screen.short(page),
        marks=tell_n("{n:,} mark", "{n:,} marks", made.n_marks),
        sheets=tell_n("{n:,} candidate", "{n:,} candidates", made.n_identities),
        size=page.stat().st_size / 1e6,
    )
    for n, message, style in (
        (made.n_needless, tell("skipped, because another scan of the sheet counts"), ""),
        (made.n_second, tell("second check by another person"), ""),
        (made.n_settle, tell("disagreements to settle"), "yellow"),
        (made.n_unreadable, tell("without a picture, because the scan can no longer be read"), "red"),
    ):
        if n:
            yield line("{what}: {n:,}", style, what=message, n=n)
    where = "EXAM_DIR " + screen.short(page.parent) if place is None else screen.short(place.exam)
    yield line("open it in a browser, then `examgen take {where} FILES`", where=where)
