"""Pages on which assessors rate candidates, and on which somebody else decides if they differ too much.

Each rating is saved at once, and all ratings of a candidate are submitted together. Until all assessors of a
candidate have submitted theirs, no assessor sees another's points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from itertools import combinations_with_replacement
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.csv_files import csv_cells
from examgen.core.person_names import same_person
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell, tell_n
from examgen.papers.assessing.forms import AssessedRow, AssessorPart
from examgen.scoring.assessing.reading import OPEN, Assessments, SettledCandidate, SettledTask
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.sitting_folder import Sitting, children, mark, plain_name
from examgen.scoring.sitting_record import AS_GIVEN
from examgen.site.access import allowed
from examgen.site.audit.models import alone, record
from examgen.site.language import said
from examgen.site.requests import Past, Request, done, is_of_program, sent_by_program
from examgen.site.sittings.assessed import (
    REMARK,
    Assessed,
    Rater,
    assessments,
    candidate_of,
    candidates,
    check_rated,
    parts_of,
    rule_of,
    taken_back,
    why_not_rate,
)
from examgen.site.sittings.forms import Reasoned
from examgen.site.sittings.models import Assessment, Rating
from examgen.site.sittings.pages import ASSESSORS, OVERSEES, holds, refusals, refused, sitting, sitting_page
from examgen.site.sittings.pages import told as lines_of
from examgen.site.workspace import fingerprints
from examgen.site.writing import deciding
from examgen.sitting.taking import Given, take

MOST_NOTE = 2_000
"""The maximum length of a note, in characters."""
_MOMENT = timedelta(seconds=30)
"""The maximum time that submitting ratings takes. If the submission was killed, the assessor can go on rating
after that."""
HEADER = ("candidate_id", "assessor", "task", "points", "date", "comment")
MODERATED = ("candidate_id", "task", "points", "by", "date", "reason")
"""The headings of a file of ratings, and of one of moderated points."""


@allowed("exams/<str:exam>/assess/", "assess", read=ASSESSORS | OVERSEES, secret=True)
def assess(request: Request, exam: str) -> HttpResponse:
    """Shows the candidates with the user's own progress; to graders and approvers, the progress of all
    assessors."""
    check_rated(exam)
    user, found, refusal = request.user, list[Assessed](), ""
    rates, oversees = holds(request, exam, *ASSESSORS), holds(request, exam, *OVERSEES)
    try:
        found = [*candidates(exam).values()]
    except ExamgenError as error:
        refusal = error.message
    context = {
        "rows": [(one, one.rater(user), why_not_rate(user, exam, one) if rates else None) for one in found],
        "n": rule_of(exam).assessors,
        "rates": rates,
        "oversees": oversees,
        "n_open": sum(one.n_open for one in found) if oversees else 0,
        "refusal": refusal,
    }
    return sitting_page(request, "sittings/assess.html", context)


@allowed("exams/<str:exam>/assess/<path:candidate>/", "assess-candidate", write=ASSESSORS, secret=True)
@sent_by_program
def candidate(request: Request, exam: str, candidate: str) -> HttpResponse:
    """Shows the rating form for one candidate; once the ratings are submitted, the ratings."""
    one, user = candidate_of(exam, candidate), request.user
    if request.method == "POST" and is_of_program(request):
        _keep_sent(request, exam, one)
        return redirect("assess-candidate", exam=exam, candidate=candidate)
    if (own := one.rater(user)) is not None and own.is_in:
        if request.method == "POST":  # a second click, or a page from before
            return redirect("assess-candidate", exam=exam, candidate=candidate)
        return _given(request, exam, one)
    if request.method == "POST" and request.POST.get("user", user.username) != user.username:
        raise Refused(OTHER)
    if why := why_not_rate(user, exam, one):
        return sitting_page(request, "sittings/assess_not.html", {"one": one, "why": why}, status=409)
    if own is not None and own.stopped_at is not None:
        if "go_on" in request.POST:
            _go_on(user, exam, one)
        if request.method == "POST":
            return redirect("assess-candidate", exam=exam, candidate=candidate)
        return sitting_page(request, "sittings/assess_stopped.html", {"one": one, "own": own})
    if request.method == "POST":
        if "give_up" in request.POST:
            _give_up(user, exam, one)
            return done(
                request, tell("{id} is left to another assessor", id=one.person.candidate_id), "assess"
            )
        try:
            keep(user, exam, one, request.POST)
            if "stop" in request.POST:
                _stop(user, exam, one, _plain(request.POST.get("why", "")))
                return redirect("assess-candidate", exam=exam, candidate=candidate)
            if "done" not in request.POST:
                return done(request, tell("saved"), "assess-candidate", candidate=candidate)
            give(user, exam, one.number, request.POST.get("shown"))
        except ExamgenError as error:
            one = candidate_of(exam, candidate)
            if (own := one.rater(user)) is None or not own.is_in:  # else one has clicked twice
                refused(request).extend(lines_of(error))
        if not refused(request):
            return done(
                request,
                tell("your ratings of {id} are given", id=one.person.candidate_id),
                "assess-candidate",
                candidate=candidate,
            )
    parts = parts_of(exam, one.form)
    rows = [*_rows(parts)]
    kept = {rating.task: rating for rating in kept_of(user, exam, one)}
    rated = [rating.points for row in rows if (rating := kept.get(row.task)) and rating.points is not None]
    back = taken_back(sitting(exam), user, one.person.candidate_id)
    context = {
        "one": one,
        "parts": parts,
        "kept": kept,
        "rows": rows,
        "remark": kept.get(REMARK),
        "elsewhere": [kept[task] for task in kept.keys() - {REMARK, *(row.task for row in rows)}],
        "missing": _missing(rows, kept),
        "why": request.POST.get("why", ""),
        "most": sum(row.anchors[-1].points for row in rows),
        "total": sum(rated),
        "n_rated": len(rated),
        "back": back[-1] if back else None,
        "n_back": len(back),
        "has_seen": own is not None and own.is_anew,
        "built": _built(exam, one),
        "most_note": MOST_NOTE,
        "has_begun": own is not None,
    }
    return sitting_page(request, "sittings/assess_candidate.html", context)


def _keep_sent(request: Request, exam: str, one: Assessed) -> None:
    """Saves what the page sends while somebody rates. Raises Refused if it cannot count, because the exam was
    changed or the ratings were submitted since."""
    user, own = request.user, one.rater(request.user)
    if request.POST.get("built") != _built(exam, one):
        raise Refused.because("the exam or the form of the candidate was changed: load the page anew")
    if own is not None and own.is_in:
        raise Past(GIVEN)
    if why := why_not_rate(user, exam, one):
        raise Refused(why)
    if request.POST.get("round") != str(len(taken_back(sitting(exam), user, one.person.candidate_id))):
        raise Past(tell("your ratings were given, and taken back, after this was written: it does not count"))
    keep(user, exam, one, request.POST)


def _built(exam: str, one: Assessed) -> str:
    """Returns the exam and the form that a page shows, to which what is sent belongs."""
    return f"{fingerprints(exam).exam} {one.form}"


OTHER = tell("somebody else is signed in now: sign in as who began to rate")
GIVEN = tell(
    "your ratings of this candidate were given: a grader of the exam can take them back, then you rate anew"
)
STOPPED = tell("you have said that this assessment was stopped: say first that it goes on")


# ── what is kept until it is given ───────────────────────────────────────────────────────────


def kept_of(user: Any, exam: str, one: Assessed) -> list[Rating]:
    """Returns the ratings of a candidate that the user has saved so far."""
    own = _key(user, exam, one)
    return [*Rating.objects.filter(**{f"assessment__{name}": value for name, value in own.items()})]


def keep(user: Any, exam: str, one: Assessed, sent: Mapping[str, str]) -> None:
    """Saves the user's points and notes in the fields of the form that were sent. Raises Refused if a task
    does not allow the points, or if enough other assessors have begun in the meantime."""
    anchors: dict[int, tuple[str, set[str]]] = {0: (REMARK, set())}
    for row in _rows(parts_of(exam, one.form)):
        anchors[row.number] = (row.task, {str(each.points) for each in row.anchors})
    kept = {rating.task: (rating.points, rating.note) for rating in kept_of(user, exam, one)}
    changed = dict[str, tuple[int | None, str]]()
    for number, (task, allowed_points) in anchors.items():
        if f"note-{number}" not in sent:
            continue
        points, note = sent.get(f"points-{number}", ""), sent[f"note-{number}"]
        if (points and points not in allowed_points) or len(note) > MOST_NOTE:
            raise Refused.because("what the page sent cannot be understood: load it anew")
        before = kept.get(task, (None, ""))
        entry = (int(points) if points else before[0], _plain(note))  # points that were chosen stay
        if entry != before:
            changed[task] = entry
    if not changed:
        return
    with transaction.atomic():
        assessment = _assessment(user, exam, one)
        for task, (score, note) in changed.items():
            values = {"points": score, "note": note, "at": timezone.now()}
            Rating.objects.update_or_create(assessment=assessment, task=task, defaults=values)


def _assessment(user: Any, exam: str, one: Assessed) -> Assessment:
    """Returns the user's work on a candidate, locked until the transaction ends; begins it if there is none.
    Raises Refused if it cannot be begun or changed now."""
    key = _key(user, exam, one)
    found = Assessment.objects.select_for_update().filter(**key, given_up_at=None).first()
    if found is not None:
        if (now := candidates(exam)[one.number].rater(user)) is not None and now.is_in:
            raise Past(GIVEN)
        if found.giving_at is not None and timezone.now() - found.giving_at < _MOMENT:
            raise Refused.because("your ratings are being given just now")
        if found.stopped_at is not None:
            raise Refused(STOPPED)
        return found
    alone()
    if why := why_not_rate(user, exam, candidates(exam)[one.number]):
        raise Refused(why)
    made, _ = Assessment.objects.update_or_create(**key, defaults={"given_up_at": None})
    record(user, "assess.begin", exam, candidate=one.person.candidate_id)
    return made


def _give_up(user: Any, exam: str, one: Assessed) -> None:
    """Leaves a candidate to others. The ratings so far are saved in case the user comes back."""
    key = _key(user, exam, one)
    with transaction.atomic():
        if Assessment.objects.filter(**key, given_up_at=None).update(given_up_at=timezone.now()):
            record(user, "assess.give_up", exam, candidate=one.person.candidate_id)


def _stop(user: Any, exam: str, one: Assessed, why: str) -> None:
    """Records that an assessment was stopped or did not take place. The ratings are saved and not
    submitted."""
    if not why or len(why) > MOST_NOTE:
        raise Refused.because("write why the assessment was stopped or did not take place")
    with transaction.atomic():
        assessment = _assessment(user, exam, one)
        assessment.stopped_at, assessment.stopped_why = timezone.now(), why
        assessment.save(update_fields=["stopped_at", "stopped_why"])
        record(user, "assess.stop", exam, candidate=one.person.candidate_id, reason=why)


def _go_on(user: Any, exam: str, one: Assessed) -> None:
    """Takes back that an interview was stopped."""
    work = Assessment.objects.filter(**_key(user, exam, one)).exclude(stopped_at=None)
    with transaction.atomic():
        if work.update(stopped_at=None, stopped_why=""):
            record(user, "assess.go_on", exam, candidate=one.person.candidate_id)


def _key(user: Any, exam: str, one: Assessed) -> dict[str, Any]:
    """Returns the fields that identify a user's work on a candidate."""
    return {"exam": exam, "fingerprint": fingerprints(exam).exam, "candidate": one.number, "user": user}


def _rows(parts: Sequence[AssessorPart]) -> Iterator[AssessedRow]:
    return (row for part in parts for row in part.rows)


def _plain(note: str) -> str:
    """Returns a note on one line, without invisible characters."""
    shown = (one if one.isprintable() else " " if one.isspace() else "" for one in note)
    return " ".join("".join(shown).replace("\ufffd", "?").split())


# ── given to the sitting ─────────────────────────────────────────────────────────────────────


def give(user: Any, exam: str, number: str, shown: str | None) -> None:
    """Submits the user's ratings of a candidate to the sitting, as one file. `shown` are the points that the
    page showed, as `number=points` separated by blanks. Raises Refused if a task is not rated, if the page
    showed other points, or if the ratings were already submitted."""
    place = sitting(exam)
    one = candidates(exam)[number]
    _check_whole(user, exam, one, shown)
    own_work = Assessment.objects.filter(**_key(user, exam, one))
    is_anew = own_work.exclude(saw_others_at=None).exists()
    more = {"saw_others": True} if is_anew else {}
    with deciding(user, place, "assess.done", candidate=one.person.candidate_id, **more):
        one = candidates(exam)[number]
        if (own := one.rater(user)) is not None and own.is_in:
            raise Past(GIVEN)
        if own is not None and own.stopped_at is not None:
            raise Refused(STOPPED)
        if why := why_not_rate(user, exam, one):
            raise Refused(why)
        # what is kept from here on would not be in the file
        own_work.update(giving_at=timezone.now(), is_anew=is_anew)
        try:
            kept = _check_whole(user, exam, one, shown)
            day = timezone.localdate().isoformat()
            whole = own_work.filter(ratings__task=REMARK).values_list("ratings__note", flat=True).first()
            lines = [
                (one.person.candidate_id, user.signature, row.task, str(rating.points), day, comment)
                for n, (row, rating) in enumerate(kept)
                for comment in [_comment(rating.note, *((whole or "", is_anew) if n == 0 else ()))]
            ]
            name = f"{user.username}-{one.person.candidate_id}.csv"
            give_file(place, "answers", name, HEADER, lines, user)
        finally:
            own_work.update(giving_at=None)


def _comment(note: str, remark: str = "", is_anew: bool = False) -> str:
    """Returns the comment for a line of the file of ratings. The remark on the whole assessment is added to
    the first task, because the file has a line only for each task."""
    said_of_all = tell("the whole assessment: {remark}", remark=remark).th if remark else ""
    anew = tell("rated anew after the points of the other assessor were seen").th if is_anew else ""
    return " | ".join(filter(None, (note, said_of_all, anew)))


def _missing(rows: Sequence[AssessedRow], kept: Mapping[str, Rating]) -> list[int]:
    """Returns the numbers of the tasks that are not rated yet."""
    return [row.number for row in rows if row.task not in kept or kept[row.task].points is None]


def _check_whole(user: Any, exam: str, one: Assessed, shown: str | None) -> list[tuple[Any, Rating]]:
    kept = {rating.task: rating for rating in kept_of(user, exam, one)}
    rows = [*_rows(parts_of(exam, one.form))]
    if lacking := _missing(rows, kept):
        raise Refused(
            tell_n(
                "task {numbers} is not rated yet",
                "tasks {numbers} are not rated yet",
                len(lacking),
                numbers=", ".join(map(str, lacking)),
            )
        )
    found = [(row, kept[row.task]) for row in rows]
    if shown is not None and {*shown.split()} != {f"{row.number}={rating.points}" for row, rating in found}:
        raise Refused.because(
            "another page has changed ratings meanwhile: look at those that are shown now, then go on"
        )
    return found


def give_file(
    place: Sitting,
    kind: Any,
    name: str,
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    user: Any,
    reason: str = "",
) -> None:
    """Writes a table and adds it to the sitting under a name that no file there has. The caller holds the
    lock of the folder."""
    plain, there = plain_name(name), {path.name.casefold() for path in children(place.path(AS_GIVEN[kind]))}
    stem, free, again = plain.removesuffix(".csv"), plain, 1
    while free.casefold() in there:
        again += 1
        free = f"{stem}-{again}.csv"
    with TemporaryDirectory(dir=settings.SITE.uploads) as folder:
        path = Path(folder, "0")
        text = "".join(f"{csv_cells(line)}\n" for line in (header, *lines))
        path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8", "surrogateescape"))
        take(place, [Given(path, free, kind)], user.signature, reason)


# ── what was given ───────────────────────────────────────────────────────────────────────────


def _given(request: Request, exam: str, one: Assessed) -> HttpResponse:
    """Shows the user's own ratings and, once all assessors have submitted theirs, those of the others."""
    settled, found = one.settled, assessments(sitting(exam))
    assert settled is not None
    key = _key(request.user, exam, one)
    if one.is_complete and len(one.raters) > 1:
        Assessment.objects.get_or_create(**key)
        Assessment.objects.filter(**key, saw_others_at=None).update(saw_others_at=timezone.now())
    seen = [
        n
        for n, name in enumerate(settled.assessors)
        if one.is_complete or same_person(name, request.user.signature)
    ]
    notes = {
        (rating.assessor, rating.task): rating.comment
        for rating in found.rated
        if rating.candidate_id == settled.candidate_id
    }
    texts = {row.task: row for row in _rows(parts_of(exam, one.form))}
    rows = [
        {
            "row": texts[task.of.task],
            "given": [(task.ratings[n], notes.get((settled.assessors[n], task.of.task), "")) for n in seen],
            "is_open": one.is_complete and task.how == "open",
            "counts": "" if task.points is None else _points(task.points),
            "decided": task.decided,
        }
        for task in settled.tasks
    ]
    points = [task.points for task in settled.tasks if task.points is not None]
    is_whole = len(points) == len(settled.tasks)
    context = {
        "one": one,
        "names": [settled.assessors[n] for n in seen],
        "rows": rows,
        "totals": [sum(task.ratings[n] or 0 for task in settled.tasks) for n in seen],
        "n_open": one.n_open if one.is_complete else 0,
        "counts": _points(sum(points, Fraction())) if is_whole else "–",
    }
    return sitting_page(request, "sittings/assess_given.html", context)


def _points(points: Fraction) -> str:
    return points_text(points.numerator, points.denominator)


# ── moderated ────────────────────────────────────────────────────────────────────────────────


class ModeratedPoints(Reasoned):
    """The form for the moderated points of a task, with a reason."""

    points = forms.ChoiceField(label=said(tell("Points")), widget=forms.RadioSelect)

    field_order = ("points", "reason")

    def __init__(self, anchors: Sequence[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = combinations_with_replacement(anchors, 2)
        texts = [_points(one) for one in sorted({Fraction(sum(pair), 2) for pair in pairs})]
        self.fields["points"].choices = [(one, one) for one in texts]  # type: ignore[attr-defined]


class OpenTask(NamedTuple):
    """A task that has to be moderated: its candidate, its texts, and each assessor's points and note."""

    of: SettledCandidate
    task: SettledTask
    part: AssessorPart
    row: AssessedRow
    given: tuple[tuple[str, int | None, str], ...]
    seen: str
    """A hash of the ratings, to detect later changes."""
    form: ModeratedPoints
    is_own: bool
    """Whether the user is one of its assessors."""


@allowed("exams/<str:exam>/moderate/", "moderate", write=OVERSEES, secret=True)
def moderate(request: Request, exam: str) -> HttpResponse:
    """Shows the tasks to moderate and those already decided. POST records a decision."""
    check_rated(exam)
    found = Assessments({}, (), (), ())
    with refusals(request):
        found = assessments(sitting(exam))
    waiting = _waiting(request, exam, found)
    if request.method == "POST" and not refused(request):
        asked = request.POST.get("candidate", ""), request.POST.get("task", "")
        one = next((one for one in waiting if (one.of.candidate_id, one.task.of.task) == asked), None)
        with refusals(request):
            if one is None:
                raise Refused.because("this task does not wait any more: somebody has decided on it")
            if one.form.is_valid():
                _decide(request, exam, one)
                words = tell("it is on record: {points} points", points=one.form.cleaned_data["points"])
                return done(request, words, "moderate")
    raters = dict[str, tuple[Rater, ...]]()
    with suppress(ExamgenError):  # of a faulty file, which the page says already
        raters = {number: one.raters for number, one in candidates(exam).items()}
    is_faulty = bool(refused(request))
    questions = ({"severity": "warning", "where": "", "text": said(one)} for one in found.questions())
    refused(request).extend(questions)
    context = {
        "waiting": waiting,
        "decided": [(one, _points(one.points)) for one in reversed(found.moderated)],
        "raters": raters,
        "canonical_number": canonical_number,
        "number_of": {task.task: task.question for tasks in found.forms.values() for task in tasks},
        "is_faulty": is_faulty,
    }
    return sitting_page(request, "sittings/moderate.html", context)


def _waiting(request: Request, exam: str, found: Assessments) -> list[OpenTask]:
    asked = request.POST.get("candidate", ""), request.POST.get("task", "")
    notes = {(one.candidate_id, one.assessor, one.task): one.comment for one in found.rated}
    waiting: list[OpenTask] = []
    for of in (one for one in found.candidates if one.reason == OPEN):
        rows = {row.task: (part, row) for part in parts_of(exam, of.form) for row in part.rows}
        is_own = any(same_person(name, request.user.signature) for name in of.assessors)
        for task in (one for one in of.tasks if one.how == "open"):
            name = task.of.task
            given = tuple(
                (who, points, notes.get((of.candidate_id, who, name), ""))
                for who, points in zip(of.assessors, task.ratings, strict=True)
            )
            data = request.POST if asked == (of.candidate_id, name) else None
            form = ModeratedPoints(task.of.anchors, data, auto_id=f"id_{len(waiting)}_%s")
            waiting.append(OpenTask(of, task, *rows[name], given, mark(repr(given)), form, is_own))
    return waiting


def _decide(request: Request, exam: str, one: OpenTask) -> None:
    """Adds the decision to the sitting. Raises Refused for an assessor of the candidate, and if the task was
    decided or rated differently in the meantime."""
    user, who, task = request.user, one.of.candidate_id, one.task.of.task
    if one.is_own:
        raise Refused.because("you rated this candidate: somebody else decides")
    place = sitting(exam)
    with deciding(user, place, "assess.moderate", candidate=who):
        now = _waiting(request, exam, assessments(place))
        still = next((each for each in now if (each.of.candidate_id, each.task.of.task) == (who, task)), None)
        if still is None or still.seen != request.POST.get("seen", ""):
            raise Refused.because("it was decided or rated otherwise meanwhile: look at it again")
        reason = clean_text(one.form.cleaned_data["reason"])
        day = timezone.localdate().isoformat()
        line = (who, task, one.form.cleaned_data["points"], user.signature, day, reason)
        give_file(place, "moderation", f"{who}-{task}.csv", MODERATED, [line], user, reason)
