"""The rule that nothing is scored before the sitting was held, which somebody who does not score has to state
first.

A scoring and a trial of a correction reveal something about the key. Anyone who could score an exam that
nobody has taken yet could find out its key alone. Therefore an invigilator, coordinator or approver of all
its units, who is no grader of it and had no part in a scoring, states the day on which it was held; then
answers are uploaded, scored and corrected by other people. The statement is in the record, applies to the
exam as it is built, and can be taken back until answers or scans are uploaded.

A key belongs to an item, whichever exam contains it. Therefore an exam that was neither printed nor has a
list cannot be stated as held, and an exam is not scored if it shares items with another that was printed but
not held yet. The same people can state that a printed exam will never be held.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone

from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import RESULTS
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import Run, run_folders
from examgen.core.problems import Refused
from examgen.core.words import Message, joined, listed, tell, tell_n
from examgen.evidence.conflicts import scored_by
from examgen.evidence.participation import PartTaken
from examgen.scoring.sitting_folder import ROSTER
from examgen.scoring.sitting_plan import plan_of
from examgen.site.abuse import Watched
from examgen.site.access import allowed, check_still, may, opens
from examgen.site.accounts.models import Role, User, grants_of
from examgen.site.audit.models import Entry, alone, record
from examgen.site.audit.views import act
from examgen.site.forms import DayField
from examgen.site.language import address, said
from examgen.site.requests import Request, done
from examgen.site.sittings.models import Held
from examgen.site.sittings.pages import SEES, STATES, runs_of, sitting, sitting_page
from examgen.site.workspace import (
    Item,
    exam_folder,
    exam_folders,
    fingerprints,
    items_of,
    units_of_exam,
    workspace,
)
from examgen.site.writing import last_act
from examgen.sitting import roster
from examgen.sitting.confirmed_day import put_day_on_record
from examgen.sitting.setting_aside import in_use, names_of

SCORED = "score.run"
"""The act of a scoring that made a run. The `sha256` and `run` of its entry identify the run."""
ACTS = (
    *("answers.", "roster.", "assess.done", "assess.moderate", "scans.", "rows.", "corrections.", "rules."),
    *("score.ask", SCORED, "try-correction.ask"),
)
"""The acts that count as taking part in the scoring, by the prefixes of their codes."""
NAMED = tell("is named in a decision or a correction of the run")


def acts_in_scoring(exam: str) -> QuerySet[Entry]:
    """Returns the entries of the record that show who took part in scoring an exam."""
    begins = reduce(or_, (Q(what__startswith=one) for one in ACTS))
    return Entry.objects.filter(begins, about__in=names_of(exam))


class Scorer(NamedTuple):
    """A person who took part in scoring a run, and their acts."""

    who: str
    acts: tuple[str, ...]
    name: str


def scorings(exam: str) -> dict[str, list[Entry]]:
    """Returns the entries of an exam's scorings by the SHA-256 of the run, oldest first."""
    found: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(about__in=names_of(exam), what=SCORED):
        found.setdefault(str(entry.detail.get("sha256")), []).append(entry)
    return found


def scored_by_name(exam: str, run: Run) -> str:
    """Returns the name of the user who had a run scored; empty if it was scored by command."""
    own = scorings(exam).get(run.sha256)
    found = User.objects.filter(username=own[0].who).first() if own else None
    return (found.name or found.username) if found is not None else ""


def scorers(exam: str, run: Run) -> list[Scorer]:
    """Returns everyone who took part in scoring a run, according to the record."""
    own = scorings(exam).get(run.sha256, [])
    entries = acts_in_scoring(exam)
    if own:
        entries = entries.filter(number__lte=own[0].number)
    found: dict[str, dict[str, None]] = {}
    for entry in (*entries, *own):
        if entry.who:
            found.setdefault(entry.who, {})[act(entry.what)] = None
    names = dict(User.objects.filter(username__in=found).values_list("username", "name"))
    return [Scorer(who, tuple(acts), names.get(who) or who) for who, acts in found.items()]


def against(user: Any, exam: str, run: Run) -> tuple[str, ...]:
    """Returns why a user may not release a run: their acts in its scoring. Empty if they may."""
    entries = acts_in_scoring(exam).filter(who=user.username)
    acts = [*dict.fromkeys(act(entry.what) for entry in entries)]
    decided = (*(run.audit.get("decided") or ()), *(run.audit.get("corrections") or ()))
    named = [
        PartTaken(str(one.get("by", "")), "grader", "scored", exam, f"run {run.number}") for one in decided
    ]
    if scored_by(named, (user.signature, user.username)):
        acts.append(NAMED)
    return tuple(acts)


UPLOADED = ("answers.upload", "scans.upload")
TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
"""Hour and minute in a text of hours, such as `09:00–11:00`."""


def statement(exam: str) -> Held | None:
    """Returns the statement that the exam, as it is built now, was held; None if there is none."""
    return next((one for one in stated(exam) if one.day is not None), None)


def stated(exam: str) -> list[Held]:
    """Returns the statements about the exam as it is built now that were not taken back, newest first."""
    holds = Held.objects.filter(exam__in=names_of(exam), taken_back_at=None)
    return [*holds.filter(fingerprint=fingerprints(exam).exam).order_by("-at")]


# ── exams that share items ───────────────────────────────────────────────────────────────────


class Sharing(NamedTuple):
    """Another exam with some of the same items: how many, whether it was printed, and whether it is over (see
    `is_over`)."""

    exam: str
    n_items: int
    is_printed: bool
    is_over: bool


def sharing(items: frozenset[Item], but: str) -> Iterator[Sharing]:
    """Yields the exams other than `but` with some of these items."""
    for name, folder in exam_folders().items():
        if name != but and (n := len(items & items_of(folder))):
            yield Sharing(name, n, in_use(workspace(), name).is_printed, is_over(name, folder))


def not_held(exam: str) -> list[Sharing]:
    """Returns the other exams that share items with this one and have not been held."""
    return [one for one in sharing(items_of(exam_folder(exam)), exam) if not one.is_over]


def is_over(name: str, folder: Path) -> bool:
    """Returns whether an exam was held, will never be held, or was replaced by another that shares items with
    it and was held."""
    if stated(name) or run_folders(folder / RESULTS):
        return True
    own = items_of(folder)
    return any(
        units_of_exam(later) is not None and own & items_of(exam_folder(later)) and statement(later)
        for later in names_of(name)[1:]
    )


def why_keys_wait(exam: str) -> Message | None:
    """Returns why nobody can score the exam yet: it shares items with a printed exam that has not been held.
    None if there is no such exam."""
    waits = [one.exam for one in not_held(exam) if one.is_printed]
    if not waits:
        return None
    return tell(
        "nothing can be scored yet: {exams} was printed, was not sat yet and has items of this exam. Scores "
        "would tell their keys. Score when somebody has stated on its page “Held” that it was sat, or that "
        "nobody will sit it",
        exams=listed(waits),
    )


def why_not_score(user: Any, exam: str) -> Message | None:
    """Returns why the user cannot upload, score or correct answers of an exam; None if the user can."""
    stated = statement(exam)
    if stated is None:
        return tell(
            "nobody has stated yet that this exam was sat: an invigilator, coordinator or approver who does "
            "not score it does so on the page “Held”"
        )
    if stated.by_id == user.pk:
        return tell("you stated that this exam was sat: others give its answers, score and correct")
    return None


def check_scoring(user: Any, exam: str, by_key: bool = False) -> None:
    """Raises Refused if the user is no longer a grader of the exam, if it is not stated as held, or if the
    user stated it; with `by_key`, also while a printed exam with shared items has not been held."""
    check_still(user, {Role.GRADER}, units_of_exam(exam))
    if fault := why_not_score(user, exam) or (why_keys_wait(exam) if by_key else None):
        raise Refused(fault)


def why_not_state(user: Any, exam: str) -> Message | None:
    """Returns why the user cannot state that an exam was held, or take that back; None if the user can."""
    units = units_of_exam(exam)
    if not may(user, STATES, units):
        return tell("an invigilator, coordinator or approver of all units of the exam states it")
    if any(one.role == Role.GRADER and one.unit in {"", *(units or ())} for one in grants_of(user)):
        return tell("you are a grader of this exam: somebody who does not score it has to state it")
    acts = acts_in_scoring(exam).filter(who=user.username).exclude(what="roster.record")
    if acts.exists():
        return tell("you had a part in scoring this exam: somebody else has to state it")
    return None


def why_not_sat(exam: str) -> Message | None:
    """Returns why nobody can have taken an exam: it was not printed, was not scored by command and has no
    roster. None otherwise."""
    place, used = sitting(exam), in_use(workspace(), exam)
    if used.is_printed or used.runs or place.given(ROSTER) is not None:
        return None
    return tell("nobody can have sat this exam: it was not printed, and there is no list of those registered")


def state(user: Any, exam: str, day: Any) -> Held:
    """Records that the exam was held on a day or, if `day` is None, that it never will be."""
    fingerprint = fingerprints(exam).exam
    try:
        with transaction.atomic():
            alone()
            if fault := why_not_state(user, exam) or (why_not_sat(exam) if day is not None else None):
                raise Refused(fault)
            made = Held.objects.create(exam=exam, fingerprint=fingerprint, day=day, by=user)
            if day is None:
                record(user, "sitting.never", exam, fingerprint=fingerprint)
            else:
                place = sitting(exam)
                put_day_on_record(place, day, user.signature)
                more = {"fingerprint": fingerprint, **last_act(place.exam)}
                record(user, "sitting.held", exam, day=day.isoformat(), **more)
    except IntegrityError:
        raise Refused.because("somebody has stated it meanwhile") from None
    return made


def is_uploaded(exam: str, found: Held) -> bool:
    """Returns whether the exam has answers, scans or runs, or any were uploaded since the statement."""
    place = sitting(exam)
    since = Entry.objects.filter(about=exam, what__in=UPLOADED, at__gte=found.at)
    return bool(place.answers or place.scans or runs_of(place)) or since.exists()


class HeldForm(Watched):
    """The form for the day on which a sitting was held."""

    day = DayField(tell("Sat on"), required=True)

    def __init__(self, *args: Any, begin: datetime | None, **more: Any) -> None:
        super().__init__(*args, **more)
        self._begin = begin

    def clean_day(self) -> Any:
        """Returns the day, which is today or earlier. On the planned day, the sitting must have begun."""
        day, begin = self.cleaned_data["day"], self._begin
        is_before = begin is not None and day == begin.date() and timezone.now() < begin
        if day > timezone.localdate() or is_before:
            raise forms.ValidationError(
                said(tell("the day of the sitting is in the future, so it cannot be confirmed yet"))
            )
        return day


def planned_day(exam: str) -> date | None:
    """Returns the day in the plan, or the day on the printed covers if there is no plan."""
    return _day_and_hours(exam)[0]


def planned_begin(exam: str) -> datetime | None:
    """Returns when the sitting begins on the planned day, at midnight if no hours are known; None without a
    day."""
    day, hours = _day_and_hours(exam)
    begins = TIME.search(hours)
    at = time(int(begins[1]), int(begins[2])) if begins else time.min
    return None if day is None else datetime.combine(day, at, timezone.get_current_timezone())


def _day_and_hours(exam: str) -> tuple[date | None, str]:
    with suppress(Refused):
        if (plan := plan_of(exam_folder(exam))) is not None:
            return plan.date, plan.hours
    return cover_day(exam), str(_printed_on_papers(exam).get("hours") or "")


def _came(exam: str) -> dict[str, int] | None:
    """Returns the numbers of candidates on the list, present, absent and without recorded attendance; None
    without a list."""
    try:
        people = roster.people(sitting(exam))
    except Refused:
        return None  # its own page says what is wrong with it
    counts = Counter(one.status for one in people)
    said = {"present": counts["present"], "absent": counts["absent"], "open": counts[""]}
    return {"all": len(people), **said} if people else None


def cover_day(exam: str) -> date | None:
    """Returns the day on the covers of the last printing; None if they have none."""
    try:
        return date.fromisoformat(str(_printed_on_papers(exam).get("date")))
    except ValueError:
        return None


def _printed_on_papers(exam: str) -> dict[str, Any]:
    """Returns the settings of the last printing of papers; empty if nothing was printed."""
    printing = read_manifest(sitting(exam).exam).get("printing") or {}
    return printing.get("papers") or {}


@allowed("exams/<str:exam>/held/", "held", read=SEES | STATES, write=STATES)
def held(request: Request, exam: str) -> HttpResponse:
    """Shows whether the sitting was held, and who stated it. POST records the statement."""
    cover, begin = cover_day(exam), planned_begin(exam)
    sent = None if "never" in request.POST else request.POST or None
    form = HeldForm(sent, begin=begin, initial={"day": planned_day(exam)})
    if "never" in request.POST:
        state(request.user, exam, None)
        return done(request, tell("It is on record: nobody will sit this exam"), "held")
    if request.method == "POST" and form.is_valid():
        state(request.user, exam, form.cleaned_data["day"])
        return done(request, tell("It is on record: answers may be given from now on"), "held")
    found = next(iter(stated(exam)), None)
    fault = why_not_state(request.user, exam)
    context = {
        "found": found,
        "form": form,
        "fault": fault,
        "not_sat": why_not_sat(exam),
        "sharing": not_held(exam),
        "waiting": keeps_waiting(exam),
        "cover": cover,
        "is_to_come": begin is not None and begin > timezone.now(),
        "came": _came(exam),
        "records": opens(request.user, address("roster", exam)),
        "may_take_back": found is not None and fault is None and not is_uploaded(exam, found),
        "earlier": Held.objects.filter(exam=exam).select_related("by", "taken_back_by")[:20],
    }
    return sitting_page(request, "sittings/held.html", context)


@allowed("exams/<str:exam>/held/take-back/", "held-take-back", write=STATES, post_only=True)
def take_back(request: Request, exam: str) -> HttpResponse:
    """Takes the statement back, if no answers or scans were uploaded."""
    if fault := why_not_state(request.user, exam):
        raise Refused(fault)
    with transaction.atomic():
        alone()
        found = next(iter(stated(exam)), None)
        if found is None:
            raise Refused.because("it was taken back meanwhile")
        if is_uploaded(exam, found):
            raise Refused.because("answers of this exam were uploaded: it cannot be taken back any more")
        now = timezone.now()
        Held.objects.filter(pk=found.pk).update(taken_back_at=now, taken_back_by=request.user)
        place = sitting(exam)
        if found.day:
            put_day_on_record(place, None, request.user.signature)
        day = found.day.isoformat() if found.day else ""
        record(request.user, "sitting.not_held", exam, day=day, **last_act(place.exam))
    return done(request, tell("It was taken back: no answers are taken until somebody states it"), "held")


def _waiting(items: frozenset[Item], exam: str) -> Iterator[Sharing]:
    """Yields the exams with some of these items that were printed or held and whose results are still to be
    released; without those that `exam` replaces or that replace it."""
    return (one for one in sharing(items, exam) if exam not in names_of(one.exam) and _waits(one))


def _waits(one: Sharing) -> bool:
    statement = next(iter(stated(one.exam)), None)
    if statement is not None and statement.day is None:
        return False
    results = exam_folder(one.exam) / RESULTS
    with suppress(Refused):
        if results.is_dir() and all_releases(results):
            return False
    return statement is not None or one.is_printed or bool(run_folders(results))


def before_the_build(items: frozenset[Item], exam: str) -> list[Message]:
    """Returns which exams could not be scored once an exam with these items is printed."""
    return [_once_printed(one, exam) for one in _waiting(items, exam)]


def keeps_waiting(exam: str) -> list[Message]:
    """Returns messages on which exam has to wait for which, for the page of a built exam and before it is
    printed."""
    folder, found = exam_folder(exam), list[Message]()
    statement = next(iter(stated(exam)), None)
    if statement is not None and statement.day is None:
        return found
    was_held, is_printed = is_over(exam, folder), in_use(workspace(), exam).is_printed
    for one in _waiting(items_of(folder), exam):
        if was_held and one.is_over:
            continue
        if was_held:
            waits, way = _waits_for(exam, one.exam, one.n_items), _or_never(one.exam)
        elif not is_printed:
            waits = _once_printed(one, exam)
            way = tell(
                "To avoid that, build it anew from its blueprint, only of items that no exam before asked"
            )
        elif one.is_over:
            waits, way = _waits_for(one.exam, exam, one.n_items), _or_never(exam)
        else:
            both = tell_n(
                "{n} item of {exam} is in {other} as well. Both are printed: neither can be scored before "
                "both have been sat",
                "{n} items of {exam} are in {other} as well. Both are printed: neither can be scored before "
                "both have been sat",
                one.n_items,
                exam=exam,
                other=one.exam,
            )
            found.append(both)
            continue
        found.append(tell("{waits}. {way}.", waits=waits, way=way))
    return found


def _or_never(exam: str) -> Message:
    return tell("If nobody will sit {exam}, state that on its page “Held”", exam=exam)


def _waits_for(exam: str, other: str, n: int) -> Message:
    return tell_n(
        "{exam} cannot be scored before {other} has been sat: they have {n} item in common",
        "{exam} cannot be scored before {other} has been sat: they have {n} items in common",
        n,
        exam=exam,
        other=other,
    )


def _once_printed(one: Sharing, exam: str) -> Message:
    waits = _waits_for(one.exam, exam, one.n_items)
    return joined([tell("Once {exam} is printed:", exam=exam), waits], " ")
