"""Pages of a sitting's answers: uploading files, seeing how they were understood, and matching columns by
hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from examgen.capture.grader_decisions import clean_text, shown_names
from examgen.core.exam.manifest import letters_of
from examgen.core.exam.runs import Run
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell, tell_n
from examgen.scoring.method_results import held_files
from examgen.scoring.options import READING_OPTIONS
from examgen.scoring.sitting_folder import (
    CHANGED,
    READING,
    Sitting,
    SittingChanged,
    file_shown,
)
from examgen.scoring.sitting_record import ANSWERS
from examgen.site.access import allowed
from examgen.site.accounts.models import is_auditor
from examgen.site.language import said
from examgen.site.requests import Request, done, numbered
from examgen.site.sittings.assessed import assessments
from examgen.site.sittings.forms import AnswerFiles, HowRead
from examgen.site.sittings.pages import (
    GRADERS,
    SEES,
    Runs,
    all_waiting,
    held_back,
    is_rated,
    refused,
    score_again_form,
    sitting,
    sitting_page,
    told,
    uploaded,
)
from examgen.site.sittings.runs import score
from examgen.site.sittings.sitting_confirmation import check_scoring, why_keys_wait
from examgen.site.uploads import Kept
from examgen.site.writing import deciding
from examgen.sitting import answers as kept
from examgen.sitting import scans
from examgen.sitting.cases import unread_answers
from examgen.sitting.preview import (
    Preview,
    by_hand,
    columns_of,
    filled,
    guessed,
    previews,
    said_before,
)
from examgen.sitting.worklist import decided_rows, forms_and_questions, is_of_other_answers

_LONGEST_REASON = 500
ROLES = (
    ("", tell("kept, not read")),
    ("candidate_id", tell("candidate")),
    ("form", tell("form")),
    ("answers", tell("all answers in one text")),
    ("question", tell("number of the question (a row for each answer)")),
    ("answer", tell("answer (a row for each answer)")),
)
"""The possible roles of a column, apart from the answers to a question."""
COLUMN_CODES = frozenset(
    (
        *("not-an-answer-file", "ambiguous-columns", "no-form-column", "columns-not-there"),
        *("question-columns-repeated", "question-columns-unknown", "question-columns-missing"),
        "questions-of-another-exam",
        "unreadable-header",
    )
)
"""Problem codes of files whose columns can be matched by hand."""
READING_CODES = frozenset(
    ("ambiguous-table", "no-such-sheet", "encoding-contradicted", "delimiter-contradicted")
)
"""Problem codes of files for which other reading options have to be set."""
ROLE_WORDS = {**dict(ROLES), "extra": tell("kept, not read"), "questions": tell("question")}


@allowed("exams/<str:exam>/answers/", "answers", read=SEES, write=GRADERS)
def answers(request: Request, exam: str) -> HttpResponseBase:
    """Shows the answer files, each as it was understood, and accepts uploads."""
    if request.method != "POST":
        return _page(request, exam, AnswerFiles())
    place = sitting(exam)
    check_scoring(request.user, exam)
    waits = all_waiting(request, exam, ANSWERS)
    if waits:
        if "drop" not in request.POST:
            return _taken(request, place, AnswerFiles(), waits, {one.name: one.path for one in waits})
        for one in waits:
            one.give_up()
        return redirect("answers", exam=exam)
    form = AnswerFiles(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, exam, form)
    with uploaded(form.cleaned_data["given"]) as files:
        return _taken(request, place, form, [], files)


def _taken(
    request: Request, place: Sitting, form: AnswerFiles, waits: list[Kept], files: dict[str, Path]
) -> HttpResponseBase:
    """Adds files. If a name already exists, they are stored until the user confirms that they replace the
    earlier files; `waits` are the files confirmed."""
    exam, seen = place.exam.name, request.POST.getlist("seen")
    reason = clean_text(request.POST.get("reason", "")[:_LONGEST_REASON])
    taken = None
    try:
        with deciding(request.user, place, "answers.upload") as act:
            by_key = why_keys_wait(exam) is None
            taken = kept.take_answers(
                place, files, bool(waits), seen, request.user.signature, reason, by_key=by_key
            )
            act.note(files=[*taken])
    except ExamgenError as error:
        codes = {one.code for one in error.problems}
        is_to_confirm = codes and codes <= {kept.FILE_EXISTS, CHANGED}
        if not is_to_confirm or CHANGED in codes:
            refused(request).extend(told(error))
        if is_to_confirm:
            given = [] if waits else form.cleaned_data["given"]
            waits = waits or [held_back(request, exam, ANSWERS, one) for one in given]
            return _page(request, exam, AnswerFiles(), waits)
    for one in waits:
        one.give_up()
    if taken is None:
        return _page(request, exam, form)
    if "score" in request.POST and not any(one.faults for one in previews(place)):
        return score(request, exam=exam)
    if waits:
        words = tell_n(
            "{n} file takes the place of the earlier one; decisions on rows that are the same hold. Now "
            "score again",
            "{n} files take the place of earlier ones; decisions on rows that are the same hold. Now "
            "score again",
            len(taken),
        )
    else:
        words = tell_n(
            "{n} answer file was taken over. Look how it is understood, then score",
            "{n} answer files were taken over. Look how they are understood, then score",
            len(taken),
        )
    return done(request, words, "answers")


def _page(request: Request, exam: str, form: AnswerFiles, waits: Sequence[Kept] = ()) -> HttpResponse:
    """Returns the page; `waits` are the files for which it asks whether they replace others."""
    place, rates = sitting(exam), is_rated(exam)
    if rates:
        form.fields["given"].label = said(tell("Files of ratings or of moderated points"))
        form.fields["given"].help_text = said(
            tell("as assessors filled them in; what they rate on the site is here already")
        )
    refusal, found, newest = "", list[Preview](), Runs(place).newest
    rated = [*place.answers, *place.moderations] if rates else []
    try:
        if rates:
            assessments(place)
        else:
            found = previews(place)
    except ExamgenError as error:
        if rated and not is_auditor(request.user):  # they name points
            refused(request).extend(told(error))
        else:
            refusal = error.message
    context = {
        "form": form,
        "waits": waits,
        "files": found,
        "refusal": refusal,
        "reading": HowRead(initial=place.reading),
        "seen_reading": place.state(READING),
        "state_of": kept.state_of,
        "columns_state": partial(kept.columns_state, place),
        "score": score_again_form(place),
        "goes_on_to_score": "score" in request.POST,
        "by_hand": kept.by_hand_files(place),
        "newest": newest,
        "scored_rows": _scored_rows(newest) if newest else {},
        "scores_next": bool(found) and (newest is None or is_of_other_answers(place, newest)),
        "role_words": ROLE_WORDS,
        "COLUMN_CODES": COLUMN_CODES,
        "READING_CODES": READING_CODES,
        "decided": decided_rows(place),
        "known_as": file_shown(place.answers),
        "unread": _unread(request, place),
        "letters": letters_of(place.exam),
        "called": scans.called(place),
        "methods": held_files(place.exam),
        "rated": [(path, path.relative_to(place.place).as_posix()) for path in rated],
        "own": {path for path in place.answers if path.parent.name == ANSWERS},
    }
    return sitting_page(request, "sittings/answers.html", context, status=409 if waits else 0)


def _unread(request: Request, place: Sitting) -> dict[tuple[str, int], str]:
    """Returns by file and line the case for which the user may still have to read the answers a second time;
    empty if the record has faults, which the page shows."""
    try:
        waits = unread_answers(place, request.user.signature)
    except Refused:
        return {}
    return {(one.file, one.line): one.case for one in waits}


def _scored_rows(run: Run) -> dict[str, int]:
    """Returns the number of rows that a run read from each answer file, by the displayed name of the file,
    which decisions use too."""
    inputs = run.audit.get("inputs") or []
    names = file_shown([Path(str(one["file"])) for one in inputs]).values()
    return {name: int(one.get("rows") or 0) for name, one in zip(names, inputs, strict=True)}


@allowed("exams/<str:exam>/answers/remove/", "answers-remove", write=GRADERS, post_only=True)
def remove(request: Request, exam: str) -> HttpResponse:
    """Removes an answer file."""
    name = request.POST.get("name", "")
    place = sitting(exam)
    reason = clean_text(request.POST.get("reason", ""))
    why = {"reason": reason} if reason else {}
    with deciding(request.user, place, "answers.remove", file=name, **why):
        kept.remove_answers(place, name, request.POST.get("seen", ""), request.user.signature, reason)
    return done(request, tell("{name} was taken away", name=name), "answers")


@allowed("exams/<str:exam>/answers/reading/", "answers-reading", write=GRADERS, post_only=True)
def reading(request: Request, exam: str) -> HttpResponse:
    """Sets how all files are read if their content does not show it."""
    check_scoring(request.user, exam)
    form = HowRead(request.POST)
    if not form.is_valid():
        raise Refused.because("the entries about the files cannot be read")
    given = {name: form.cleaned_data[name] or None for name in READING_OPTIONS}
    place = sitting(exam)
    with deciding(request.user, place, "answers.reading", **given):
        kept.say_reading(place, given, request.POST.get("seen", ""))
    return done(request, tell("the files are read so from now on"), "answers")


@allowed("exams/<str:exam>/answers/columns/<int:number>/", "answers-columns", write=GRADERS, secret=True)
def columns(request: Request, exam: str, number: int) -> HttpResponseBase:
    """Sets by hand what each column of one answer file contains."""
    place = sitting(exam)
    paths = place.answers
    path = numbered(paths, number)
    if named := request.POST.get("file", ""):  # files that came or went have other numbers now
        path = next((one for one in paths if one.parent.name == ANSWERS and one.name == named), path)
        if path.name != named:
            raise Refused.because("{name} is not among the answer files", name=named)
        number = paths.index(path) + 1
    asked = request.POST if request.method == "POST" else request.GET
    before = kept.columns_of_file(place, path.name)
    heading = _number(asked.get("heading"))
    if not asked and before is not None:
        heading = before.heading
    table = by_hand(path, path.name, _number(asked.get("way")), heading)
    unread, known_as = _unread(request, place), file_shown(paths)[shown_names(paths)[number - 1]]
    lines = ((n, ("…",) * len(cells) if (known_as, n) in unread else cells) for n, cells in table.lines)
    table = table._replace(lines=tuple(lines))
    names, most, _ = forms_and_questions(place)
    stands = said_before(table, before) if before is not None else None
    now, form_is = kept.columns_state(place, path.name), asked.get("form_is", "")
    seen = request.POST.get("seen", now)
    is_saved = request.method == "POST" and "save" in request.POST
    chosen = [request.POST.get(f"column{n}", "") for n in range(len(table.headings))]
    if request.method != "POST" or ("save" not in request.POST and "fill" not in request.POST):
        chosen = stands if stands and not asked else guessed(table, most)
        form_is = (before.form_is or "") if before is not None and not asked else form_is
    if request.method == "POST" and "fill" in request.POST:
        chosen = filled(chosen, _number(request.POST.get("first")), _number(request.POST.get("last")), most)
    if is_saved:
        check_scoring(request.user, exam)
        try:
            known = {"", *(name for name, _ in ROLES), *map(str, range(1, most + 1))}
            if not set(chosen) <= known or request.POST.get("form_is", "") not in {"", *names}:
                raise Refused.because("the entries about the columns cannot be read")
            with deciding(request.user, place, "answers.columns", file=path.name):
                said_now = columns_of(table, chosen, request.POST.get("form_is", ""))
                kept.say_columns(place, path.name, said_now, request.POST.get("seen", ""))
            words = tell("the columns of {name} are read so from now on", name=path.name)
            return done(request, words, "answers")
        except ExamgenError as error:
            refused(request).extend(told(error))
            seen = now if isinstance(error, SittingChanged) else seen
    context = {
        "name": path.name,
        "table": table,
        "chosen": chosen,
        "roles": ROLES,
        "questions": range(1, most + 1),
        "forms": names[:200],
        "form_is": form_is,
        "seen": seen,
    }
    status = 422 if refused(request) else 200
    return sitting_page(request, "sittings/columns.html", context, status=status)


@allowed("exams/<str:exam>/answers/columns/", "answers-forget-columns", write=GRADERS, post_only=True)
def forget_columns(request: Request, exam: str) -> HttpResponse:
    """Deletes the columns that were set for a file, so that its headings are interpreted automatically
    again."""
    name = request.POST.get("name", "")
    place = sitting(exam)
    with deciding(request.user, place, "answers.columns", file=name, forgotten=True):
        kept.forget_columns(place, name, request.POST.get("seen", ""))
    return done(request, tell("headings are understood by themselves again"), "answers")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 9 else None
