"""Views of the papers of an exam: the candidate list, requests to print, and downloads of printed files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from examgen.capture.list_columns import ACCESSIBLE, LARGE_PRINT
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import PAPERS, ROOMS
from examgen.core.files import sha256
from examgen.core.models.sitting import SittingPlan
from examgen.core.problems import Refused
from examgen.core.tables.opening import TABLE_ENDINGS
from examgen.core.words import Message, kept, listed, tell
from examgen.papers.candidate_lists import (
    MOST_OF_HELP,
    NAME,
    GivenHelp,
    ListTable,
    Remark,
    given_help,
    list_table,
    marked_variants,
    mended,
    minutes_of,
    remarks_of,
    same_names,
    to_look_at,
    unused_heads,
    variant_faults,
    variants_of,
    with_help,
    with_variants,
)
from examgen.rendering.pdf.encryption import checked_password
from examgen.scoring.sitting_plan import plan_of
from examgen.site.abuse import Watched
from examgen.site.access import allowed, may
from examgen.site.accounts.models import Role
from examgen.site.audit.models import record
from examgen.site.forms import OneFile, choice_field, text_field, tick_field
from examgen.site.jobs.views import sent_before, to_job
from examgen.site.language import said, told
from examgen.site.papers import lists
from examgen.site.papers.settings import follow_plan, papers_rule, settings_of
from examgen.site.requests import Request, attached_archive, attached_file, done, or_404, say
from examgen.site.sittings.pages import sitting
from examgen.site.sittings.plan import (
    ArrangedForm,
    arrange,
    keep_plan,
    plan_changed,
    planned_help,
    suggested_plan,
    unlike_the_time,
)
from examgen.site.sittings.sitting_confirmation import keeps_waiting
from examgen.site.workspace import exam_folder, fingerprints, manifest, units_of_exam

_PLAIN: Mapping[str, Message] = {
    "booklets.pdf": tell("Booklets"),
    "sheets.pdf": tell("Answer sheets"),
    "large-print-booklets.pdf": tell("Booklets in large print"),
    "large-print-sheets.pdf": tell("Answer sheets of those who read large print"),
    "answer-sheet.pdf": tell("Blank answer sheet, without a name"),
    "answers-template.csv": tell("Table to type answers into"),
    "sheet.json": tell("Places of the bubbles, for programs that read scans"),
    "seating-plan.pdf": tell("Seating plan"),
    "attendance.pdf": tell("Attendance list"),
    "packing-slip.pdf": tell("Packing slip"),
    "accommodation.pdf": tell("Accommodations"),
}
NOT_PRINTED = frozenset({"answers-template.csv", "sheet.json"})
"""Files of a printing that are not for a printer."""


_NAMED: tuple[tuple[str, Callable[[str], Message]], ...] = (
    (r"accessible/booklet-(.+)\.pdf", lambda form: tell("Form {form} for a screen reader", form=form)),
    (r"large-print/booklet-(.+)\.pdf", lambda form: tell("Form {form} in large print", form=form)),
    (r"booklet-(.+)\.pdf", lambda form: tell("Form {form}", form=form)),
    (r"candidate-sheet-(.+)\.pdf", lambda form: tell("Sheet for candidates of form {form}", form=form)),
    (r"(.+)-booklets\.pdf", lambda serial: tell("Booklet {serial}", serial=serial)),
    (r"(.+)-sheets\.pdf", lambda serial: tell("Answer sheet {serial}", serial=serial)),
    (r"(.+)-accessible\.pdf", lambda serial: tell("Booklet {serial} for a screen reader", serial=serial)),
)


def words_of(name: str) -> Message:
    """Returns the label of a printed file; the file name itself if it is unknown."""
    if name in _PLAIN:
        return _PLAIN[name]
    found = (words(match[1]) for pattern, words in _NAMED if (match := re.fullmatch(pattern, name)))
    return next(found, tell("{file}", file=name))


MOST_BYTES = 20_000_000


class ListForm(Watched):
    """The form for uploading the candidate list."""

    file = OneFile(
        tell("File of the list"),
        tell(
            "CSV or Excel: candidate number and, where known, name, centre, room, seat, large print (yes "
            "for whoever needs it), extra minutes and other help"
        ),
        most=MOST_BYTES,
        endings=TABLE_ENDINGS,
        required=False,
    )


class PrintForm(Watched):
    """The options of a printing."""

    per = choice_field(
        tell("A file of booklets for each"),
        {
            "room": tell("room"),
            "sitting": tell("sitting, all rooms together"),
            "candidate": tell("candidate"),
        },
        required=False,
        is_list=True,
    )
    together = tick_field(tell("Each answer sheet after its booklet, in one file"))
    accessible = tick_field(tell("Also for screen readers, for those who are marked on the list"))
    large_print = tick_field(
        tell("Also in large print, for those who are marked on the list"),
        tell(
            "The packing slip of a room names their booklets and seats, no list that candidates sign "
            "does. Their answer sheet has the usual size: where that is too small, plan somebody who "
            "marks it for them."
        ),
    )
    books = tick_field(tell("Also solutions and the book for reviewers, among the secret files"))
    password = text_field(
        tell("Password of the key sheets"),
        tell("Empty: they are not encrypted. It is kept nowhere: write it down."),
        most=127,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


READ = (Role.ASSEMBLER, Role.INVIGILATOR)
WRITE = (Role.ASSEMBLER,)
MOST_WITH_FIELDS = 300
"""The maximum number of candidates for which extra minutes and other help can be typed beside the list. For a
longer list, they are columns of its file."""
MOST_SHOWN = 200
"""The maximum number of rows of a list shown at once."""
_OF_ROOM = re.compile(r"(seating-plan|attendance|packing-slip|accommodation)")
"""Papers for a room that show no item."""


class File(NamedTuple):
    """A file of the last printing that the user may download."""

    mark: str
    path: str
    room: str
    """The folder of its room, within the folder of its centre if it has one; empty if the file belongs to no
    room."""
    name: str
    """The file name. For a file that belongs to no room, the path below the folder of papers, because the
    version for screen readers has a folder of its own."""
    at: Path


def _files(request: Request, exam: str) -> list[File]:
    """Returns the printed files that the user may download; for an invigilator, only those without items."""
    has_all = may(request.user, WRITE, units_of_exam(exam))
    found = []
    for path in sorted(manifest(exam)["files"]):
        if path.startswith(f"{PAPERS}/") and (exam_folder(exam) / path).is_file():
            parts = PurePosixPath(path)
            room = parts.parent.relative_to(ROOMS).as_posix() if path.startswith(f"{ROOMS}/") else ""
            if has_all or (room and _OF_ROOM.match(parts.name)):
                name = parts.name if room else str(parts.relative_to(PAPERS))
                found.append(File(sha256(path.encode())[:20], path, room, name, exam_folder(exam) / path))
    return found


@allowed("exams/<str:exam>/papers/", "papers", read=READ, write=WRITE)
def papers(request: Request, exam: str) -> HttpResponse:
    """Shows what has been printed and the form for a new printing. POST begins the plan of the sitting with
    its day and hours."""
    if request.method != "POST":
        return _papers(request, exam)
    if faulty := _day_faults(request, exam):
        return faulty
    return redirect("papers", exam=exam)


def _papers(
    request: Request, exam: str, sent: ListForm | None = None, asks_nameless: bool = False
) -> HttpResponse:
    """Returns the page of the papers, with the errors of the list or the day that was sent. With
    `asks_nameless`, it asks whether papers without names should replace those with names."""
    files = _files(request, exam)
    rooms = {one.room: sha256(one.room.encode())[:20] for one in files if one.room}
    table = lists.kept(request, exam)
    may_write = may(request.user, WRITE, units_of_exam(exam))
    printed = lists.printed(exam) if may_write else None
    shown = {
        "exam": exam,
        "shared": [one for one in files if not one.room],
        "NOT_PRINTED": NOT_PRINTED,
        "rooms": [
            {
                "name": name.replace("/", " – "),
                "mark": mark,
                "files": [one for one in files if one.room == name],
            }
            for name, mark in rooms.items()
        ],
        "words_of": words_of,
        "form": sent or ListForm(),
        "print_form": PrintForm(initial=_options(request, table)),
        "may_write": may_write,
        "n_listed": len(table.rows) if table else 0,
        "n_named": len(printed.rows) if printed else 0,
        "asks_nameless": asks_nameless,
        "changed": may_write and plan_changed(exam),
        "is_printed": "printing" in manifest(exam),
        "is_own": settings_of(exam) is not None,
        "waiting": keeps_waiting(exam),
        "is_draft": bool(manifest(exam).get("draft")),
    }
    days: ArrangedForm | None = None
    if may_write:
        plan, faults = _plan(exam)
        days = _days(request, exam) if plan is None and faults is None else None
        known = plan or suggested_plan(exam)
        shown |= {
            "plan": plan,
            "n_spare": papers_rule(exam).spare,
            "unlike_time": unlike_the_time(exam, known),
            "plan_faults": faults,
            "days": days,
            "has_day": known is not None,
        }
    is_refused = asks_nameless or any(one is not None and one.errors for one in (days, sent))
    return render(request, "papers/papers.html", shown, status=422 if is_refused else 200)


def _days(request: Request, exam: str) -> ArrangedForm:
    """Returns the form for day and hours, with what was typed into it, if anything was."""
    typed = any(request.POST.get(name) for name in ArrangedForm.base_fields)
    sent = request.POST if typed else None
    return ArrangedForm(sent, exam=exam, plan=None, use_required_attribute=False)


def _plan(exam: str) -> tuple[SittingPlan | None, Refused | None]:
    """Returns the plan of the sitting, or the refusal if it has faults."""
    try:
        return plan_of(exam_folder(exam)), None
    except Refused as refused:
        return None, refused


def _day_faults(request: Request, exam: str) -> HttpResponse | None:
    """Begins the plan of the sitting with day and hours if the form sent them. Returns the page with the
    errors if they are not valid."""
    days = _days(request, exam)
    if not days.is_bound or _plan(exam) != (None, None):
        return None
    if not days.is_valid():
        return _papers(request, exam)
    plan = days.begun()
    keep_plan(request.user, sitting(exam), plan)
    follow_plan(request, exam, plan)
    say(request, tell("Saved: the next printing has this day and these hours"))
    return None


def _options(request: Request, table: ListTable | None) -> dict[str, Any]:
    """Returns the options of a printing as they were just sent, or else as last time, and the variants needed
    by the list."""
    if "per" in request.POST:
        return {name: request.POST.get(name) for name in PrintForm.base_fields if name != "password"}
    return _marked(table) | sent_before(request, "render")


def _marked(table: ListTable | None) -> dict[str, bool]:
    """Returns for each variant whether somebody on the list gets it."""
    return {column: bool(lines) for column, lines in marked_variants(table).items()} if table else {}


@allowed("exams/<str:exam>/papers/list/", "papers-list", write=WRITE)
def candidates(request: Request, exam: str) -> HttpResponse:
    """Shows the candidate list with its faulty rows. POST uploads, corrects, replaces or removes it."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and "mend" in request.POST:
        table = lists.kept(request, exam)
        if table is None:
            raise Refused.because("the candidate list is no longer there: send it again")
        cells = {place: text for name, text in request.POST.items() if (place := _place(str(name)))}
        removed = [int(line) for line in request.POST.getlist("remove") if line.isdecimal() and len(line) < 9]
        again = mended(table, {place: str(text) for place, text in cells.items()}, removed)
        lists.keep(request, exam, again, lists.sent_as(request, exam))
        return redirect("papers-list", exam=exam)
    if request.method == "POST" and not {"variants", "asked", "go", "print"}.isdisjoint(request.POST):
        return _give_variants(request, exam)
    if request.method == "POST" and "again" in request.POST:
        if (printed := lists.printed(exam)) is not None:
            lists.keep(request, exam, printed, NAME)
            record(request.user, "papers.list", exam, lines=len(printed.rows))
        return redirect("papers-list", exam=exam)
    if request.method == "POST" and "drop" in request.POST:
        lists.drop(request, exam)
        return redirect("papers", exam=exam)
    if request.method == "POST":
        if not _is_taken(request, exam, form):
            if form.is_valid():
                form.add_error("file", said(tell("choose the file of the list first")))
            return _papers(request, exam, form)
        return _day_faults(request, exam) or redirect("papers-list", exam=exam)
    return render(request, "papers/list.html", {"exam": exam, "form": form, **_shown(request, exam)})


@allowed("exams/<str:exam>/papers/list/blank/", "papers-list-blank", write=WRITE)
def blank_list(request: Request, exam: str) -> HttpResponseBase:
    """Returns an empty list as a workbook with headings, to be filled in."""
    return attached_file(io.BytesIO(lists.blank()), f"{told(tell('candidate list'))}.xlsx")


def _is_taken(request: Request, exam: str, form: ListForm) -> bool:
    """Returns whether the form had a list, which then replaces the saved one. Faults of the list are added to
    its field."""
    if not form.is_valid() or form.cleaned_data["file"] is None:
        return False
    file = form.cleaned_data["file"]
    try:
        table = list_table(str(file.name), file.read())
    except Refused as refused:
        form.add_error("file", [said(one.message) for one in refused.problems] or said(refused.message))
        return False
    lists.keep(request, exam, table, str(file.name))
    record(request.user, "papers.list", exam, lines=len(table.rows))
    return True


def _give_variants(request: Request, exam: str) -> HttpResponse:
    """Marks the candidates, among those shown on the page, who get large print or the accessible version, and
    saves their help."""
    table = lists.kept(request, exam)
    if table is None:
        raise Refused.because("the candidate list is no longer there: send it again")
    shown = _lines(request, "line", table)
    chosen = {column: _lines(request, column, table) & shown for column in (LARGE_PRINT, ACCESSIBLE)}
    table = with_variants(table, shown, chosen)
    given, unread = _help_typed(request, table)
    table = with_help(table, given)
    if "asked" in request.POST:
        table, by_remarks = _as_remarks_ask(exam, table)
        given |= by_remarks
    lists.keep(request, exam, table, lists.sent_as(request, exam))
    if unread:
        words = tell("Not a number of minutes: {cells}. Write 15 or 30, say", cells=listed(unread))
        say(request, words, "error")
        return redirect("papers-list", exam=exam)
    if not arrange(request, exam, _OwnList(exam, table).by_number(given)):
        say(request, _NO_DAY_YET, "warning")
    if "print" in request.POST:
        return _print(request, exam, table, PrintForm(_options(request, table)))
    if "go" in request.POST:
        return redirect(f"{reverse('papers', args=[exam])}#print")
    return done(request, tell("Kept with the list: the printing goes by it"), "papers-list")


class _OwnList:
    """A candidate list as it is understood for an exam: its candidates by line, which are those of all lines
    if none is faulty, their help apart from their own print (by the list, or else by the plan), and their
    remarks."""

    def __init__(self, exam: str, table: ListTable) -> None:
        self.found = lists.checked_list(exam, table)
        self.people = dict(zip(table.rows, self.found.candidates, strict=False))
        planned = planned_help(exam)
        numbers = {line: canonical_number(one.candidate_id) for line, one in self.people.items()}
        of_plan = {line: planned[number] for line, number in numbers.items() if number in planned}
        self.helped = of_plan | given_help(table)
        self.remarks = remarks_of(table, self.found.candidates, self.helped)

    def by_number(self, given: Mapping[int, GivenHelp]) -> dict[str, GivenHelp]:
        """Returns help that is given by line, by candidate number."""
        return {self.people[line].candidate_id: one for line, one in given.items() if line in self.people}


_NO_DAY_YET = tell(
    "More time and other help are kept with the list. They enter the plan of the sitting once its day is "
    "known: give the day before you print"
)


def _as_remarks_ask(exam: str, table: ListTable) -> tuple[ListTable, dict[int, GivenHelp]]:
    """Returns the list with the requests in its remarks that were not yet granted, and the help among them by
    line."""
    own = _OwnList(exam, table)
    given: dict[int, GivenHelp] = {}
    for one in own.remarks:
        for column, wanted in one.open.items():
            if column in (LARGE_PRINT, ACCESSIBLE):
                table = with_variants(table, [one.line], {column: [one.line]})
                continue
            has = given.get(one.line) or own.helped.get(one.line) or GivenHelp(0, "")
            given[one.line] = GivenHelp(max(has.minutes, wanted.minutes), has.other or wanted.other)
    return with_help(table, given), given


def _help_typed(request: Request, table: ListTable) -> tuple[dict[int, GivenHelp], list[str]]:
    """Returns the help typed for candidates, by line, and the texts that are not a number of minutes."""
    given, unread = dict[int, GivenHelp](), list[str]()
    for line in table.rows:
        if (text := request.POST.get(f"minutes:{line}")) is None:
            continue
        if (minutes := minutes_of(str(text))) is None:
            unread.append(str(text)[:20])
            continue
        other = " ".join(str(request.POST.get(f"other:{line}", "")).split())[:MOST_OF_HELP]
        given[line] = GivenHelp(minutes, other)
    return given, unread


def _lines(request: Request, name: str, table: ListTable) -> set[int]:
    """Returns the line numbers in the fields with that name. A field can contain those of a whole room."""
    parts = (one for text in request.POST.getlist(name) for one in text.split())
    sent = (int(one) for one in parts if one.isdecimal() and len(one) < 9)
    return table.rows.keys() & sent


def _place(name: str) -> tuple[int, int] | None:
    """Returns the line and column of a field such as `cell:7:0`."""
    found = re.fullmatch(r"cell:(\d{1,8}):(\d{1,4})", name)
    return (int(found[1]), int(found[2])) if found else None


def _shown(request: Request, exam: str) -> dict[str, Any]:
    """Returns the context of the list: its faulty rows to correct, or its rooms."""
    table = lists.kept(request, exam)
    if table is None:
        return {"table": None}
    own = _OwnList(exam, table)
    found, helped = own.found, own.helped
    told_of = {line: [one.message for one in faults] for line, faults in found.faults.items()}
    for line, faults in found.faults.items():
        for fault in faults:
            # of two lines that clash either may be the wrong one
            made = kept(fault.message)
            first = (made.get("values") or {}).get("first") if isinstance(made, dict) else None
            if isinstance(first, int) and first not in told_of:
                told_of[first] = [tell("clashes with line {line}", line=line)]
    if not found.faults:
        told_of = to_look_at(table, found.candidates)
    faulty = [
        {"line": line, "cells": list(enumerate(table.rows[line])), "faults": messages}
        for line, messages in sorted(told_of.items())
        if line in table.rows
    ]
    remarks: dict[int, list[Remark]] = {}
    for remark in own.remarks:
        remarks.setdefault(remark.line, []).append(remark)
    rooms: dict[str, list[Any]] = {}
    for line, one in own.people.items():
        rooms.setdefault(one.exam_room.shown, []).append((line, one))
    return {
        "table": table,
        "box": lists.number_column(table),
        "faulty": faulty[:MOST_SHOWN],
        "n_faulty": len(faulty) if found.faults else 0,
        "whole": [one for line, faults in found.faults.items() if line not in table.rows for one in faults],
        "rooms": rooms,
        "variants": variants_of(found.candidates),
        "marked": marked_variants(table),
        "helped": helped,
        "remarks": remarks,
        "has_fields": len(table.rows) <= MOST_WITH_FIELDS,
        "most_of_help": MOST_OF_HELP,
        "n_same_names": same_names(found.candidates),
        "asked": [(one, own.people[line]) for line, said in remarks.items() for one in said if one.open],
        "unused": unused_heads(found.candidates),
        "most": MOST_SHOWN,
        "is_printed": "printing" in manifest(exam),
    }


@allowed("exams/<str:exam>/papers/print/", "papers-print", write=WRITE, post_only=True)
@sensitive_post_parameters("password")
def printing(request: Request, exam: str) -> HttpResponse:
    """Starts a print job. A list chosen in the same form is saved first, so that the papers are printed for
    the candidates on it. If it needs attention, the page of the list is shown instead."""
    sent = ListForm(request.POST, request.FILES)
    is_new = _is_taken(request, exam, sent)
    if sent.errors:
        return _papers(request, exam, sent)
    if faulty := _day_faults(request, exam):
        return faulty
    return _print(request, exam, lists.kept(request, exam), PrintForm(request.POST), is_new)


def _print(
    request: Request, exam: str, table: ListTable | None, form: PrintForm, is_new: bool = False
) -> HttpResponse:
    """Starts the job, unless the list needs attention: it has errors or, if nobody has seen it yet, remarks
    to look at."""
    if not form.is_valid():
        raise Refused.because("the options of the printing are not right")
    options = dict(form.cleaned_data)
    if table is not None:
        own = _OwnList(exam, table)
        if own.found.faults:
            say(request, tell("The list has errors: mend them first"), "error")
            return redirect("papers-list", exam=exam)
        candidates = own.found.candidates
        if is_new and (any(one.open for one in own.remarks) or to_look_at(table, candidates)):
            words = tell("Not printed yet. Look at the lines and remarks of the list first.")
            say(request, words, "warning")
            return redirect("papers-list", exam=exam)
        if is_new:
            options |= {name: options[name] or wanted for name, wanted in _marked(table).items()}
        variants = options["accessible"], options["large_print"]
        if variant_faults(lists.sent_as(request, exam), candidates, *variants):
            say(request, tell("The list does not say who gets that print: mark them here"), "error")
            return redirect("papers-list", exam=exam)
        if not arrange(request, exam, own.by_number(given_help(table))):
            say(request, _NO_DAY_YET, "error")
            return redirect("papers", exam=exam)
    elif lists.printed(exam) is not None and "nameless" not in request.POST:
        return _papers(request, exam, asks_nameless=True)
    password = options.pop("password")
    if password:
        checked_password(password)
    if table is None:
        options.update(per="room", together=False)
    options["per"] = options["per"] or "room"
    upload = lists.copied(request, exam, password, settings_of(exam))
    built = fingerprints(exam).exam
    return to_job(request, "render", exam, upload=upload, built=built, **options)


@allowed("exams/<str:exam>/papers/files/<str:file>/", "papers-file", read=READ, write=WRITE, secret=True)
def file(request: Request, exam: str, file: str) -> HttpResponseBase:
    """Returns one printed file."""
    found = or_404(next((one for one in _files(request, exam) if one.mark == file), None))
    record(request.user, "papers.take", exam, file=found.path)
    name = " ".join(one for one in (exam, *found.room.split("/"), _called(found)) if one)
    return attached_file(found.at.open("rb"), name)


@allowed("exams/<str:exam>/papers/rooms/<str:room>/", "papers-room", read=READ, write=WRITE, secret=True)
def room(request: Request, exam: str, room: str) -> HttpResponseBase:
    """Returns all files printed for a room, as a zip."""
    found = [one for one in _files(request, exam) if one.room and sha256(one.room.encode())[:20] == room]
    if not found:
        raise Http404
    record(request.user, "papers.take", exam, room=found[0].room, files=len(found))
    return _zip(found, "-".join((exam, *found[0].room.split("/"))))


@allowed("exams/<str:exam>/papers/everything/", "papers-everything", read=READ, write=WRITE, secret=True)
def everything(request: Request, exam: str) -> HttpResponseBase:
    """Returns all files of the last printing that the user may download, as a zip with a folder for each
    room."""
    found = _files(request, exam)
    if not found:
        raise Http404
    record(request.user, "papers.take", exam, files=len(found))
    return _zip(found, exam)


def _called(one: File) -> str:
    """Returns the file name under which people download a file of a printing."""
    words, ending = told(words_of(one.name)), PurePosixPath(one.name).suffix
    return (words if words.endswith(ending) else f"{words}{ending}").replace("/", "-")


def _zip(found: Sequence[File], called: str) -> HttpResponseBase:
    """Return a zip archive of files of a printing, under the names for people."""

    def files() -> Iterator[tuple[str, Path]]:
        for one in found:
            folder = one.room or PurePosixPath(one.name).parent.as_posix().removeprefix(".")
            yield "/".join(filter(None, (folder, _called(one)))), one.at

    return attached_archive(files(), called)
