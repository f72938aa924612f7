"""Scan files and exams → the folder of a scan, read on all processors, in one or more runs.

Every page is read once. Readings are written to the journal of the folder immediately, so that a command that
was killed continues where it stopped. The tables are made from the whole journal at the end, all or none.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.changes import change, changing
from examgen.core.files import PRIVATE_FOLDER, json_bytes, sha256_of, stage_files, write_file
from examgen.core.problems import Refused, WrongUsage
from examgen.core.processes import in_order, usable_cpus
from examgen.core.subprocess_sandbox import Sandbox, run
from examgen.core.words import option
from examgen.scanning import folder as places
from examgen.scanning.exam_sheets import layouts_of, read_packages
from examgen.scanning.folder import JOURNAL, SCANS, ScanSource
from examgen.scanning.input.files import LITTER, files_of
from examgen.scanning.input.page_image import PageFault
from examgen.scanning.input.sources import KINDS, kind_of_file
from examgen.scanning.journal import Journal, PageRead
from examgen.scanning.page_register import PageLedger, ReadPage, RegisteredSheet, offered, settled
from examgen.scanning.tasks import Layouts, Look, PageToRead, ReadTask, Unpack, means

if TYPE_CHECKING:
    from examgen.scanning.input.files import FoundFile

_PAGES_OF_TASK, _TASKS_LEFT = 16, 4
"""The maximum number of pages in a task, and the minimum number of tasks per process into which the remaining
pages are divided, so that all processes end at the same time."""


class Progress(NamedTuple):
    """The progress of a reading: pages done, all pages, those read before, rows, rows in doubt, seconds since
    the start."""

    done: int
    pages: int
    before: int
    rows: int
    doubts: int
    seconds: float


Tell = Callable[[Progress], None]


class ScanResult(NamedTuple):
    """A finished scan: its folder, its register of pages, and its progress at the end."""

    folder: Path
    ledger: PageLedger
    exams: tuple[str, ...]
    sources: tuple[ScanSource, ...]
    progress: Progress
    litter: tuple[str, ...]
    """Files left behind by file managers, which were skipped."""

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside or is in doubt, or a scan may have erased a sheet."""
        is_white = any(page.reason == "white-page" for page in self.ledger.pages)
        return bool(self.ledger.counts()["set_aside"] or self.doubts or is_white)

    @property
    def doubts(self) -> int:
        """The number of doubtful rows on pages whose marks count."""
        return sum(
            row.state == "uncertain" for page in self.ledger.pages if page.has_marks for row in page.rows
        )

    @property
    def rows(self) -> int:
        """The number of rows on pages whose marks count."""
        return sum(len(page.rows) for page in self.ledger.pages if page.has_marks)

    @property
    def without_marks(self) -> list[RegisteredSheet]:
        """Sheets on which nothing is marked and nothing is in doubt."""
        return [sheet for sheet in self.ledger.sheets if not any(sheet.answers)]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON output."""
        counts = self.ledger.counts()
        reasons = Counter(page.reason for page in self.ledger.pages if page.reason)
        return {
            "folder": str(self.folder),
            "exams": list(self.exams),
            "sources": len(self.sources),
            "passed_over": list(self.litter),
            "pages": {
                "all": len(self.ledger.pages),
                **{name: counts[name] for name in ("read", "set_aside", "blank", "repeated")},
            },
            "reasons": dict(sorted(reasons.items())),
            "sheets": len(self.ledger.sheets),
            "without_marks": [[page.name for page in sheet.pages] for sheet in self.without_marks],
            "rows": {"all": self.rows, "uncertain": self.doubts},
            "read_before": self.progress.before,
            "seconds": round(self.progress.seconds, 2),
        }


def scan(
    scans: Sequence[Path],
    exams: Sequence[Path],
    out: Path,
    processes: int | None = None,
    executor: Executor | None = None,
    progress: Tell = lambda _: None,
) -> ScanResult:
    """Read every page that was not read before, and write the tables of the folder."""
    begun = time.monotonic()
    for path in scans:
        if not os.path.lexists(path):
            raise WrongUsage.because(
                "{path} does not exist. Give scan files, or folders with scans", path=path
            )
    if not exams:
        raise WrongUsage.because("choose the exam with {exam}", exam=option("exam"))
    packages = read_packages(exams)
    layouts = layouts_of(packages)
    n = processes or usable_cpus()
    # The files that were given, without those that the folder keeps.
    own = out.resolve()
    found = [
        one
        for one in files_of(scans)
        if not one.path.resolve().is_relative_to(own if one.fault else own / SCANS)
    ]
    if all(one.fault == LITTER for one in found):
        raise WrongUsage.because("there are no files to read. Give scan files, or folders with scans")
    places.prepare(out)
    out = out.resolve()
    with changing(out):
        kept = places.kept_names(out)
        given = _sources(found, out, layouts, n)
        sources = [one for one in given if one.fault != LITTER]
        litter = tuple(one.name for one in given if one.fault == LITTER)
        said = places.scan_json(packages, sources)
        try:
            places.refuse_other_scan(out, said)
        except Refused:
            places.keep_only(kept, out)
            raise
        write_file(out / places.BEGUN, json_bytes(said))
        with Journal(out / JOURNAL, places.settings_of(packages)) as journal:
            done = _read(out, sources, journal, layouts, n, executor, progress, begun)
            sittings = [one.sitting for one in packages]
            ledger = settled(_read_pages(sources, journal), sittings)
            from examgen.scanning import tables  # polars has threads: only once no process is to be begun

            files = {
                out / places.PAGES: tables.pages_csv(ledger, offered(ledger, sittings)),
                out / places.ROWS: tables.rows_csv(ledger),
                out / places.SCAN: json_bytes(said),
            }
            for one in sittings:
                sheets = [sheet for sheet in ledger.sheets if sheet.exam == one.exam]
                name = places.responses_name(one.exam, len(sittings))
                files[out / name] = tables.responses_csv(sheets, max(one.sizes.values()))
            with change(out, PRIVATE_FOLDER) as one_change:
                stage_files(one_change, files)
                staged = one_change.new(out / places.BUBBLES)
                tables.write_bubbles(staged, ledger, journal, layouts)
                staged.chmod(0o600)
                one_change.remove(out / places.BEGUN)
    return ScanResult(out, ledger, tuple(one.exam for one in sittings), tuple(sources), done, litter)


# ── sources ──────────────────────────────────────────────────────────────────────────────────


def _sources(found: Sequence[FoundFile], out: Path, layouts: Layouts, processes: int) -> list[ScanSource]:
    """Return the sources in order, members of a zip in its place. Every file that may be a scan is stored."""
    pool = ThreadPoolExecutor(processes)  # its threads end before a process is started
    try:
        kept = [*pool.map(_kept, found, repeat(out))]
    finally:
        pool.shutdown(cancel_futures=True)
    zips = [Unpack(one.name, one.path(out), out / SCANS) for one in kept if one.suffix == "zip"]
    members: dict[str, list[ScanSource]] = {one.name: [] for one in zips}
    for name, got in run(zips, means, (layouts,), min(processes, len(zips))):
        members[name].append(ScanSource(got.name, got.sha256, got.suffix, int(not got.fault), got.fault))
    given = [one for source in kept for one in members.get(source.name, [source])]
    several = {one.sha256: one for one in given if not one.fault and one.suffix in ("pdf", "tif")}
    looks = [Look(sha256, one.path(out)) for sha256, one in several.items()]
    looked = dict(run(looks, means, (layouts,), min(processes, len(looks))))
    return [
        one if (seen := looked.get(one.sha256)) is None or one.fault
        else one._replace(n_pages=seen.n_pages, fault=seen.fault)
        for one in given
    ]  # fmt: skip


def _kept(found: FoundFile, out: Path) -> ScanSource:
    """Store a file by its hash. One that cannot be a scan, or is not to be read, gets a fault and is not
    stored."""
    if found.fault:
        return ScanSource(found.name, "", "", 0, found.fault)
    try:
        kind = kind_of_file(found.path)
        sha256 = sha256_of(found.path)
        suffix = KINDS[kind]
        places.keep_source(found.path, sha256, suffix, out)
        return ScanSource(found.name, sha256, suffix, 1)
    except PageFault as fault:
        sha256 = ""
        with suppress(OSError):
            sha256 = sha256_of(found.path) if fault.reason not in ("not-a-file", "cannot-be-opened") else ""
        return ScanSource(found.name, sha256, "", 0, fault.reason)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read(
    out: Path,
    sources: Sequence[ScanSource],
    journal: Journal,
    layouts: Layouts,
    processes: int,
    executor: Executor | None,
    progress: Tell,
    begun: float,
) -> Progress:
    """Read the pages that are missing from the journal."""
    different = {source.sha256: source for source in sources if not source.fault}
    n_pages = sum(one.n_pages for one in different.values())
    left = [
        PageToRead(source.path(out), source.sha256, page)
        for source in different.values()
        for page in source.pages
        if (source.sha256, page) not in journal.pages
    ]
    # The pages in tasks that get smaller towards the end.
    tasks: list[ReadTask] = []
    at = 0
    while at < len(left):
        n = min(_PAGES_OF_TASK, -(-(len(left) - at) // (_TASKS_LEFT * processes)))
        tasks.append(ReadTask(tuple(left[at : at + n])))
        at += n
    before = n_pages - len(left)
    now = Progress(before, n_pages, before, 0, 0, time.monotonic() - begun)
    pages: Iterable[PageRead]
    if executor is None:
        pages = run(tasks, means, (layouts,), min(processes, len(tasks)))
    else:
        # beside each worker of the cluster a process is bounded as it is here
        beside = partial(Sandbox, means, (layouts,))
        pages = chain.from_iterable(in_order(executor, Sandbox.results, tasks, beside))
    for page in pages:
        journal.add(page)
        states = [row.state for row in page.reading.rows]
        now = now._replace(
            done=now.done + 1,
            rows=now.rows + len(states),
            doubts=now.doubts + states.count("uncertain"),
            seconds=time.monotonic() - begun,
        )
        progress(now)
        # while the workers read, this process loads what it writes tables with
        import polars  # noqa: F401
    return now


# ── what comes of it ─────────────────────────────────────────────────────────────────────────


def _read_pages(sources: Sequence[ScanSource], journal: Journal) -> Iterator[ReadPage]:
    seen: dict[str, str] = {}
    for source in sources:
        first = (
            seen.setdefault(source.sha256, source.name) if source.sha256 and not source.fault else source.name
        )
        for number in source.pages:
            page = None if source.fault else journal.page(source.sha256, number)
            if page is None:
                yield ReadPage.without(source.name, number, source.sha256, source.fault or "damaged")
            elif first != source.name:
                yield ReadPage.again(source.name, number, source.sha256, first)
            else:
                yield ReadPage.of(source.name, page)
