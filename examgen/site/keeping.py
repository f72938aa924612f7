"""How long the site keeps what it need not keep for ever: what is past its time goes, on record.

Nothing goes but what `examgen.yaml` names (`site: keep:`), and uploads that nobody took over. An exam that
was never released, or for which work waits, is left alone. The record itself stays.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone

from examgen.bank.exam_uses import record_use
from examgen.bank.workspaces import site_settings
from examgen.core.changes import change, changing, settle
from examgen.core.exam.releases import all_releases
from examgen.core.problems import ExamgenError, Refused
from examgen.core.storage import PRIVATE_FOLDER
from examgen.core.words import tell
from examgen.scoring.sitting_folder import Sitting, changing_answers, sitting_of
from examgen.scoring.sitting_record import (
    ANSWERS,
    SCANS,
    file_act,
    files_held,
    put_on_record,
    read_acts,
)
from examgen.site.analyses.kept import of_exam, remove
from examgen.site.audit.record import record
from examgen.site.jobs.models import ENDED, Job
from examgen.site.workspace import exam_folders, fingerprints, output, workspace

log = logging.getLogger("examgen.jobs")
_PAST = tell("its time was over, as `keep` of examgen.yaml says")
_UPLOADS = 7
"""Days that uploads stay where the settings have a fault."""


def keep_no_longer() -> None:
    """Removes what is past its time; nothing at all where the settings have a fault."""
    try:
        keep = site_settings(workspace()).keep
    except ExamgenError:
        log.error("examgen.yaml has faults: nothing that is past its time was removed")
        return
    today = timezone.localdate()
    settle(output())  # what was to go when this was killed
    if keep.jobs is not None:
        _jobs(timezone.now() - timedelta(days=keep.jobs))
    for name, folder in exam_folders().items():
        try:
            released = _released(folder)
            if released is None or Job.objects.filter(about=name).exclude(state__in=ENDED).exists():
                continue
            place = sitting_of(folder)
            if _is_past(released, keep.exams, today):
                _exam(name, place)
            elif _is_past(released, keep.answers, today):
                _answers(name, place)
        except (ExamgenError, OSError):
            log.exception("what is past its time stays: %s", name)


def uploads_stay() -> float:
    """Seconds that a file waits for who sent it."""
    try:
        days = site_settings(workspace()).keep.uploads
    except ExamgenError:
        days = _UPLOADS
    return days * 24 * 3600.0


def _is_past(since: date, days: int | None, today: date) -> bool:
    return days is not None and today - since > timedelta(days=days)


def _released(folder: Path) -> date | None:
    """The day of the last release; None where there is none."""
    releases = all_releases(folder / "results")
    return releases[-1].day if releases else None


def _jobs(before: datetime) -> None:
    """What came of work that ended before that moment; the last of each kind stays, for pages show it."""
    last: dict[tuple[str, str], Any] = {}
    for kind, about, key in Job.objects.order_by("asked_at").values_list("kind", "about", "pk"):
        last[kind, about] = key
    old = Job.objects.filter(state__in=ENDED, ended_at__lt=before).exclude(pk__in=[*last.values()])
    n, _ = old.delete()
    if n:
        record(None, "keep.remove", "", jobs=n, before=before.date().isoformat())


def _answers(name: str, place: Sitting) -> None:
    """Answer files and scans of a sitting; what was read of them stays in its runs."""
    with changing(place.place), changing_answers(place.place):
        before = read_acts(place.place)
        gone = [
            path for part in (ANSWERS, SCANS) if (path := place.path(part)).is_dir() and any(path.iterdir())
        ]
        gone += [
            path
            for one in before
            if one.kind == "answers" and one.earlier and (path := place.path(one.earlier)).exists()
        ]
        if not gone:
            return
        acts = [
            file_act("kept-no-longer", one.kind, one.file, one.name, place.path(one.file), _PAST.en)
            for one in files_held(before).values()
            if one.kind in ("answers", "scan")
        ]
        with change(place.place, PRIVATE_FOLDER) as going:
            for path in gone:
                going.remove(path)
            if acts:
                put_on_record(place.place, going, acts, "examgen")
        record(None, "keep.remove", name, removed=[path.name for path in gone])


def _exam(name: str, place: Sitting) -> None:
    """An exam with everything that names people: papers, runs, reports, its sitting, and what came of
    work."""
    for one in of_exam(name):
        remove(one)
        record(None, "keep.remove", name, removed=["analysis"])
    its_own = Q(about=name)
    with suppress(Refused):  # a damaged exam goes, too
        its_own |= Q(result__of=fingerprints(name).exam)  # what was tried before it was set aside
    n, _ = Job.objects.filter(its_own, state__in=ENDED).delete()
    if n:
        record(None, "keep.remove", name, jobs=n)
    record_use(workspace(), place.exam)  # what it asked was asked all the same
    with place.changing_answers():
        with change(place.exam.parent, PRIVATE_FOLDER) as going:
            going.remove(place.exam)
        record(None, "keep.remove", name, removed=["exam"])
