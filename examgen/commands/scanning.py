"""`examgen scan …`: scans read, doubtful marks decided by people, sheets given back."""

from __future__ import annotations

import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from examgen.commands import screen
from examgen.commands.app import Dask, Json, Only, Processes, Results, ScoredRun, day_of, scan_app
from examgen.core.problems import Exit
from examgen.core.words import joined, tell, tell_n

if TYPE_CHECKING:
    from examgen.scanning.gallery.commands import RecordedDecisions, WrittenGallery
    from examgen.scanning.scan import Progress, ScanResult

_REASONS_SHOWN = 3
"""Pages that are named for each reason on the screen; pages.csv has them all."""
_EVERY = 2.0, 20.0
"""Seconds between two lines of progress, on a terminal and elsewhere."""


@scan_app.command("read")
def scan(
    scans: Annotated[
        list[Path],
        typer.Argument(help="Scans: PDF, TIFF, JPEG, PNG, zip files of them, or folders."),
    ],
    exam: Annotated[
        list[Path],
        typer.Option(metavar="EXAM_DIR", help="An exam whose sheets are among them (again for each)."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The folder of the scan: where one was interrupted, it goes on; no page is read twice.",
        ),
    ],
    processes: Processes = None,
    dask: Dask = None,
    json: Json = False,
) -> None:
    """Read scanned answer sheets into responses.csv: `examgen scan SCANS… --exam EXAM_DIR --out DIR`.

    Every page is read, set aside with its reason, blank or a repeat: pages.csv has them all. Marks that
    are in doubt are ? in responses.csv, until people decide on them. Status 3 says that something was set
    aside or is in doubt.
    """
    # numpy's matrix library starts threads that wait busily, on processors that the workers could use
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from examgen.core.processes import dask_cluster
    from examgen.scanning import scan as scanning

    meter = _Meter()
    with dask_cluster(dask) if dask is not None else nullcontext() as executor:
        done = scanning.scan(scans, exam, out, processes, executor, meter.show)
    meter.end()
    if json:
        screen.print_json(done.as_dict())
    else:
        _show(done)
    if done.needs_attention:
        raise typer.Exit(Exit.SET_ASIDE)


class _Meter:
    """Pages read, pages a minute and the share in doubt, on the error stream: one line that changes on a
    terminal, a line from time to time elsewhere."""

    def __init__(self) -> None:
        self._changes = sys.stderr.isatty()
        self._every = _EVERY[0] if self._changes else _EVERY[1]
        self._next = time.monotonic() + (0.2 if self._changes else self._every)
        self._shown = False

    def show(self, now: Progress) -> None:
        """Shows how far it is, where it is time to."""
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
        """Leaves the line that changed."""
        if self._shown:
            print(file=sys.stderr, flush=True)


def _show(done: ScanResult) -> None:
    """What was read, what was set aside and why, and what to do next."""
    counts, progress = done.ledger.counts(), done.progress
    screen.say(
        tell_n(
            "{n:,} page = {read:,} read + {aside:,} set aside + {blank:,} blank + {repeated:,} repeated",
            "{n:,} pages = {read:,} read + {aside:,} set aside + {blank:,} blank + {repeated:,} repeated",
            len(done.ledger.pages), read=counts["read"], aside=counts["set_aside"], blank=counts["blank"],
            repeated=counts["repeated"],
        ),
        "bold",
    )  # fmt: skip
    if progress.before:
        screen.say(
            tell_n("{n:,} page had been read before", "{n:,} pages had been read before", progress.before),
            "cyan",
        )
    from examgen.scanning.reasons import told_by_reason

    for outcome, said in told_by_reason(done.ledger.pages, _REASONS_SHOWN):
        screen.say(joined(["  ", said], ""), "yellow" if outcome == "set_aside" else "cyan")
    if done.litter:
        some = ", ".join(done.litter[:_REASONS_SHOWN]) + (", …" if len(done.litter) > _REASONS_SHOWN else "")
        screen.say(
            tell_n(
                "{n:,} file that a file manager left there was passed over: {names}",
                "{n:,} files that file managers left there were passed over: {names}",
                len(done.litter), names=some,
            ),
            "cyan",
        )  # fmt: skip
    screen.say(
        tell(
            "{sheets}, {rows}, {doubts:,} of them in doubt ({share:.1%})",
            sheets=tell_n("{n:,} sheet", "{n:,} sheets", len(done.ledger.sheets)),
            rows=tell_n("{n:,} row of marks", "{n:,} rows of marks", done.rows),
            doubts=done.doubts, share=done.doubts / max(done.rows, 1),
        ),
        "yellow" if done.doubts else "green",
    )  # fmt: skip
    if empty := done.without_marks:
        shown = (f"{sheet.pages[0].name} ({sheet.candidate_id})" for sheet in empty[:_REASONS_SHOWN])
        first = ", ".join(shown) + (", …" if len(empty) > _REASONS_SHOWN else "")
        screen.say(
            tell_n(
                "{n:,} sheet has no mark at all: look whether it was handed in so: {sheets}",
                "{n:,} sheets have no mark at all: look whether they were handed in so: {sheets}",
                len(empty), sheets=first,
            ),
            "yellow",
        )  # fmt: skip
    if done.doubts:
        folder = screen.short(done.folder)
        screen.say(tell("to decide on what is in doubt: `examgen scan gallery {folder}`", folder=folder))
    from examgen.scanning.folder import PAGES, responses_name

    names = [
        *(responses_name(exam, len(done.exams)) for exam in done.exams),
        PAGES,
        "rows.csv",
        "marks.parquet",
    ]
    screen.show_files(tell("written:"), (done.folder / name for name in names))


@scan_app.command("annotate")
def annotate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `examgen scan` wrote.")],
    exam: Annotated[
        Path | None,
        typer.Option(
            metavar="EXAM_DIR", help="The exam, where its package was moved or the scan has several."
        ),
    ] = None,
    run: ScoredRun = None,
    results: Results = None,
    candidate: Only = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="In place of DIR/annotated; an empty or a new folder.")
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="Encrypt the PDFs with this file's first line."),
    ] = None,
    processes: Processes = None,
    json: Json = False,
) -> None:
    """Give scored sheets back: a PDF each, with what was read, right and wrong, and the score per criterion.

    The files hold the key: they are readable by their owner alone, and are for candidates who look at their
    own sheet under supervision.
    """
    from examgen.commands.papers import password_for
    from examgen.core.processes import Workers
    from examgen.scanning import annotated_sheets as annotating

    made = annotating.annotate(
        folder, exam, run, results, candidate or (), out, password_for(password_file, ask=False),
        Workers(processes), screen.progress,
    )  # fmt: skip
    if json:
        screen.print_json({"folder": str(made.folder), "run": made.run, "files": list(made.names)})
        return
    folder_said = screen.short(made.folder)
    screen.say(
        tell_n(
            "{n:,} sheet given back in {folder}, marked by run {run}",
            "{n:,} sheets given back in {folder}, marked by run {run}",
            len(made.names), folder=folder_said, run=made.run,
        ),
        "green",
    )  # fmt: skip
    if made.notice is not None:
        screen.say(made.notice, "yellow")
    screen.say(
        tell("they hold the key: only you may read {folder} (mode 0700); keep it as you keep secure/",
             folder=folder_said), "yellow",
    )  # fmt: skip


ScanFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `scan` wrote.")]


@scan_app.command("gallery")
def scan_gallery(
    folder: ScanFolder,
    share: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="The share of doubtful marks that a second person checks; 0.1 at first, then as before.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Draws that share.")] = None,
    by: Annotated[str, typer.Option(help="Who is to decide; else the page asks.")] = "",
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="A folder of other scans: marks that it makes needless are left out; repeat."
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="The crops on paper, too.")] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="A workbook to fill in beside the paper.")] = False,
    json: Json = False,
) -> None:
    """Write gallery.html, on which people decide doubtful marks: one file, no network, mostly by keyboard."""
    from examgen.scanning.gallery.commands import GalleryOptions, write_gallery

    made = write_gallery(folder, GalleryOptions(share, seed, by, beside or (), pdf, xlsx), screen.progress)
    if json:
        paths = {"gallery": str(made.path), "papers": [str(path) for path in made.papers]}
        screen.print_json({**made._asdict(), "path": str(made.path), **paths})
    else:
        _show_made(made)
    if made.n_unreadable:
        raise typer.Exit(Exit.SET_ASIDE)


@scan_app.command("decide")
def scan_decide(
    folder: ScanFolder,
    files: Annotated[list[Path], typer.Argument(help="Files that galleries saved, and filled workbooks.")],
    by: Annotated[str, typer.Option(help="Who decided, where a workbook does not say.")] = "",
    date: Annotated[
        str | None, typer.Option(help="When, where a workbook does not say, as 2026-11-20.")
    ] = None,
    json: Json = False,
) -> None:
    """Take decisions in: review/decisions.csv grows, marks.csv and identities.csv are written anew.

    Status 3 says that two people differ on a mark or a sheet: nothing stands of it until it is settled; or
    that a decision on a scan which another one has taken the place of says otherwise than that one.
    """
    from examgen.scanning.gallery.commands import take_decisions

    day = day_of(date)
    done = take_decisions(folder, files, by, day.isoformat() if day else "")
    if json:
        screen.print_json(_as_json(done))
    else:
        screen.say(
            tell_n(
                "{n:,} new decision taken in; on record already: {known:,}",
                "{n:,} new decisions taken in; on record already: {known:,}",
                done.n_new,
                known=done.n_known,
            ),
            "green",
        )
        if done.n_open_lines:
            screen.say(tell("lines that nobody has filled in: {n:,}", n=done.n_open_lines))
        if done.passed_over:
            n = len(done.passed_over)
            screen.say(tell("lines passed over, since a better scan of the sheet counts: {n:,}", n=n))
        if otherwise := [one for one in done.passed_over if one.says_otherwise]:
            screen.say(
                tell("some of them say otherwise than the better scan: look at these sheets"), "yellow"
            )
            for passed in otherwise:
                crop = passed.crop
                question = f" Q{crop.question}" if crop.question else ""
                screen.say(f"  {crop.page}{question}  {passed.by}: {passed.said}; {crop.counts}: {crop.says}")
        screen.say(
            tell(
                "still to decide: {left:,}; decided by two people: {twice:,}",
                left=done.n_left,
                twice=done.n_checked,
            )
        )
        if done.n_needless:
            screen.say(tell("left out, since another scan of the sheet counts: {n:,}", n=done.n_needless))
        if done.n_unchecked:
            screen.say(tell("still to be checked by a second person: {n:,}", n=done.n_unchecked), "yellow")
        if done.disputes:
            screen.say(
                tell("two people differ, and neither decision counts until one is settled on:"), "yellow"
            )
            for one in done.disputes:
                said = "; ".join(f"{each.by}: {' '.join(filter(None, each.value))}" for each in one.each)
                where = f"{one.doubt.page[0]}:{one.doubt.page[1]}"
                question = f" Q{one.doubt.question}" if one.doubt.question else ""
                screen.say(f"  {where}{question} [{one.doubt.code}]  {said}")
            screen.say(
                tell("to settle them, write the gallery again: best a third person has the last word there")
            )
        for path in done.files:
            screen.say(f"  {screen.short(path)}")
    if done.disputes or any(one.says_otherwise for one in done.passed_over):
        raise typer.Exit(Exit.SET_ASIDE)


def _show_made(made: WrittenGallery) -> None:
    screen.say(
        tell(
            "{path}: {marks} and {sheets} to decide, {size:.1f} MB",
            path=screen.short(made.path),
            marks=tell_n("{n:,} mark", "{n:,} marks", made.n_marks),
            sheets=tell_n("{n:,} candidate", "{n:,} candidates", made.n_identities),
            size=made.bytes / 1e6,
        ),
        "green",
    )
    if made.n_needless:
        screen.say(tell("left out, since another scan of the sheet counts: {n:,}", n=made.n_needless))
    if made.n_second:
        screen.say(tell("second check by another person: {n:,}", n=made.n_second))
    if made.n_settle:
        screen.say(tell("to be settled, since two people differ: {n:,}", n=made.n_settle), "yellow")
    if made.n_unreadable:
        screen.say(
            tell("without a picture, since the scan can no longer be read: {n:,}", n=made.n_unreadable), "red"
        )
    for path in made.papers:
        screen.say(f"  {screen.short(path)}")
    screen.say(
        tell(
            "open it in a browser, then `examgen scan decide {folder} FILES`",
            folder=screen.short(made.path.parent),
        )
    )


def _as_json(done: RecordedDecisions) -> dict[str, Any]:
    disputes = [
        {
            "code": one.doubt.code,
            "source": one.doubt.page[0],
            "page": one.doubt.page[1],
            "question": one.doubt.question,
            "said": [{"by": each.by, "decided": each.decided, "form": each.form} for each in one.each],
        }
        for one in done.disputes
    ]
    passed_over = [
        {
            **one.crop._asdict(),
            "decided": {"by": one.by, "decided": one.decided, "form": one.form},
            "says_otherwise": one.says_otherwise,
        }
        for one in done.passed_over
    ]
    files = [str(path) for path in done.files]
    return {**done._asdict(), "passed_over": passed_over, "disputes": disputes, "files": files}
