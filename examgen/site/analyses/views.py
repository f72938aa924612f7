"""Pages of analyses: files sent to a unit, what is asked of them, what came of it."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from examgen.analysis.copying import SIGNAL
from examgen.bank.reviews.moves import ratings_of
from examgen.core.csv_files import harmless
from examgen.core.exam.names import RESULTS
from examgen.core.exam.runs import is_scored
from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.tables.opening import TABLE_ENDINGS
from examgen.core.words import Message, tell
from examgen.reports.shown import analysis_of, told_of
from examgen.scoring.sitting_folder import SittingChanged
from examgen.site import uploads
from examgen.site.access import allowed, may, units_for
from examgen.site.analyses.dif import GROUPS, DifForm, columns_of, is_groups_alone
from examgen.site.analyses.equating import COLLECTED
from examgen.site.analyses.forms import EXAM, OfExamOrFiles, SentFiles, forms_of
from examgen.site.analyses.given import about, exams_of
from examgen.site.analyses.kept import ASKS, FOUND, READS, Kept, all_kept, kept_for, of_exam, stands
from examgen.site.analyses.kept import remove as removed
from examgen.site.analyses.kinds import CUT, KINDS, SCALED, Data, Kind
from examgen.site.analyses.pictures import picture_of
from examgen.site.analyses.work import JOB, units_of
from examgen.site.audit.models import Entry
from examgen.site.audit.record import record
from examgen.site.bank.units import opened, units_seen
from examgen.site.forms import MEGABYTE
from examgen.site.jobs import queue
from examgen.site.jobs.views import sent_before
from examgen.site.keeping import uploads_stay
from examgen.site.language import address, day, moment, of_kept, said
from examgen.site.requests import Request, attachment
from examgen.site.reviews.evidence import SEE as SEE_ITEMS
from examgen.site.sittings.pages import sitting
from examgen.site.sittings.rules import put_by
from examgen.site.workspace import (
    exam_folder,
    exam_folders,
    unit_folder,
    unit_folders,
    units_of_exam,
)
from examgen.site.writing import deciding
from examgen.sitting.rules import RULES, points_are_items, take_rule

MOST_SENT = 50
"""Files of one person that may wait in a unit."""
MOST = 100
"""Analyses that the list shows."""
ENDINGS = (*TABLE_ENDINGS, ".gz", ".dat")
_MOST_SCORED = 12
"""Exams to whose analyses of items the list leads."""
_LABELS = {"form": tell("Form")}
"""Of options that pages have and commands have not."""
RULE_FILES = {CUT: "cut", SCALED: "scaled"}
"""Files that a scoring takes, by what it calls them."""
TABLES = "tables.csv"
"""The tables of the page, as the reader has them."""
FILES: dict[str, Message] = {
    CUT: tell("The cut, as a scoring takes it (YAML)"),
    SCALED: tell("The conversion, as a scoring takes it (YAML)"),
    "items.csv": tell("Table of the items (CSV)"),
    "items.xlsx": tell("Table of the items (XLSX)"),
    "pairs.csv": tell("Table of the pairs (CSV)"),
    "pairs.xlsx": tell("Table of the pairs (XLSX)"),
    FOUND: tell("All figures (JSON)"),
}
"""What pages call files of analyses."""


@allowed(read=READS)
def analyses(request: Request) -> HttpResponse:
    """What was analysed, of those units that one may read; where one may ask for more."""
    exam = request.GET.get("exam", "")
    found = [one for one in (of_exam(exam) if exam else all_kept()) if one.is_for(request.user)]
    held = units_for(request.user, ASKS)
    units = [code for code in unit_folders() if held is None or code in held]
    if exam:
        own = units_of_exam(exam) or frozenset()
        units = [code for code in units if code in own]
    shown = {
        "found": found[:MOST],
        "n": len(found),
        "most": MOST,
        "units": units,
        "titles": {code: one.unit.title for code, one in units_seen(request.user, ASKS) if one is not None},
        "scored": [
            name
            for name in ([exam] if exam else exam_folders())
            if is_scored(exam_folder(name) / RESULTS) and may(request.user, ASKS, units_of_exam(name))
        ][:_MOST_SCORED],
        "exam": exam,
    }
    return render(request, "analyses/list.html", shown)


@allowed(write=ASKS, within="unit")
def of_unit(request: Request, unit: str) -> HttpResponse:
    """The files that one has sent to a unit, and the analyses that there are; a post sends files."""
    unit_folder(unit)
    form = SentFiles(request.POST or None, request.FILES or None)
    sent = uploads.all_kept(request.user.username, about(unit))
    if request.method == "POST" and form.is_valid():
        _take(request, unit, form)
        return redirect("analyses-unit", unit=unit)  # at its top: what came, and what can be asked now
    exams = _exams(request, unit)
    scored = _scored(exams)
    data = _data(unit, scored, sent)
    shown = {
        "code": unit,
        "form": form,
        "sent": [(file, titled) for file, titled in zip(sent, _titled(sent), strict=True)],
        "goes": {file.id: (file.at + timedelta(seconds=uploads_stay())).date() for file in sent},
        "kinds": [(one, one.lacks(data)) for one in KINDS.values()],
        "scored": scored,
        "exams": exams,
        "exam": request.GET.get("exam", ""),
    }
    return render(request, "analyses/unit.html", shown, status=422 if request.method == "POST" else 200)


def _take(request: Request, unit: str, form: SentFiles) -> list[uploads.Kept]:
    """Keeps the files of a form that is sound; Refused where too many would wait."""
    waiting, given = uploads.all_kept(request.user.username, about(unit)), form.cleaned_data["given"]
    if len(waiting) + len(given) > MOST_SENT:
        raise Refused(tell("at most {n} of your files may wait here: remove some first", n=MOST_SENT))
    kept = [uploads.keep(request.user, about(unit), str(file.name), file.chunks(), ENDINGS) for file in given]
    record(request.user, "analyses.upload", unit, files=len(kept))
    messages.success(request, said(tell("Sent: {names}", names=", ".join(one.name for one in kept))))
    return kept


def _titled(files: Sequence[uploads.Kept]) -> list[str]:
    """The names of files; where several have one name, with when each was sent."""
    names = Counter(one.name for one in files)
    return [one.name if names[one.name] == 1 else f"{one.name} ({moment(one.at)})" for one in files]


@allowed(write=ASKS, within="unit", post_only=True)
def give_up(request: Request, unit: str, upload: uuid.UUID) -> HttpResponse:
    """Deletes a file that one has sent."""
    uploads.kept(request.user.username, about(unit), upload).give_up()
    return redirect("analyses-unit", unit=unit)


@allowed(write=ASKS, within="unit")
def ask(request: Request, unit: str, kind: str) -> HttpResponse:
    """What an analysis is asked; a post has it done, or where files come with it has what was filled in stand
    beside them."""
    unit_folder(unit)
    if kind not in KINDS:
        raise Http404
    one = KINDS[kind]
    sends = request.method == "POST" and bool(request.FILES or "send" in request.POST)
    sending = SentFiles(request.POST if sends else None, request.FILES if sends else None)
    sending.fields["given"].required = False  # only where this page sends one
    came = [str(file.id) for file in _take(request, unit, sending)] if sends and sending.is_valid() else []
    waiting = uploads.all_kept(request.user.username, about(unit))
    sent = {str(file.id): titled for file, titled in zip(waiting, _titled(waiting), strict=True)}
    names = _exams(request, unit)
    scored = _scored(names)
    of_groups = [str(file.id) for file in waiting if _is_of_groups(file)]
    exams: dict[str, Any] = {name: name for name in names}
    if one.base.of_forms:
        exams = {
            f"{name}/{form}": said(tell("{exam}, form {form}", exam=name, form=form))
            for name in scored
            for form in forms_of(name)
        }
    first = request.GET.get("exam", "")
    initial: dict[str, Any] = {}
    if sends:
        fields = one.form.base_fields.items()
        initial = {n: field.widget.value_from_datadict(request.POST, {}, n) for n, field in fields}
        initial = one.form.with_sent(initial, came, of_groups) if came else initial
    elif first in names:
        initial = {**one.form.of_exam(first), "bank": "bank" in request.GET}
    elif again := request.GET.get("again"):
        initial = one.form.began(_asked_before(request, unit, one, again))
    elif before := sent_before(request, JOB + one.name):
        initial = one.form.began(before["options"])
    elif len(scored) == len(exams) == 1 and one.base in (OfExamOrFiles, DifForm):
        initial = one.form.of_exam(scored[0])
    more: dict[str, Any] = {}
    if one.base is DifForm:
        columns = {str(file.id): columns_of(file.name, read_input(file.path)) for file in waiting}
        more["columns"] = columns
        if came and (names := columns[came[0]]):
            initial["group"] = names[0]
    given = None if sends else request.POST or None
    form = one.form(given, exams=exams, files=sent, of_groups=of_groups, initial=initial, **more)
    if given and form.is_valid():
        options = form.cleaned_data
        of = exams_of(options)
        if not may(request.user, ASKS, units_of(unit, of)):
            raise PermissionDenied
        job = queue.ask(
            JOB + one.name, of[0] if of else unit, request.user, unit=unit, id=str(uuid.uuid4()),
            options=options,
        )  # fmt: skip
        return redirect("job", job=job.id)
    shown = {
        "code": unit,
        "kind": one,
        "form": form,
        "lacks": one.lacks(_data(unit, scored, waiting)),
        "sending": sending,
    }
    return render(request, "analyses/ask.html", shown, status=422 if given or sending.errors else 200)


def _exams(request: Request, unit: str) -> list[str]:
    """The exams of a unit, those of whose units one is all a psychometrician."""
    found = ((name, units_of_exam(name) or frozenset()) for name in exam_folders())
    return [name for name, units in found if unit in units and may(request.user, ASKS, units)]


def _scored(exams: list[str]) -> list[str]:
    return [name for name in exams if is_scored(exam_folder(name) / RESULTS)]


def _data(unit: str, scored: list[str], sent: Sequence[uploads.Kept]) -> Data:
    """What there is to analyse, of exams that were scored and files that were sent."""
    return Data(
        forms=sum(len(forms_of(name)) for name in scored),
        scored=len(scored),
        analysed=sum(_is_analysed(exam_folder(name)) for name in scored),
        rated=any(rating.kind != "ioc" for rating in ratings_of(unit_folder(unit))),
        sent=len(sent),
        files=sum(not _is_of_groups(one) for one in sent),
    )


def _is_of_groups(file: uploads.Kept) -> bool:
    """Whether a file is no more than a group of each candidate; a large one is more."""
    return file.path.stat().st_size <= MEGABYTE and is_groups_alone(file.name, read_input(file.path))


def _is_analysed(exam: Path) -> bool:
    try:
        run = told_of(exam)
        return run is not None and analysis_of(exam, run) is not None
    except Refused:  # nobody can tell what people are told
        return False


def _asked_before(request: Request, unit: str, kind: Kind, number: str) -> dict[str, Any]:
    """What one asked of an analysis before, to be changed; nothing where it is not one's own of that kind."""
    try:
        before = kept_for(request.user, uuid.UUID(number))
    except ValueError:
        raise Http404 from None
    asked = before.asked
    if (asked["by"], asked["unit"], asked["kind"]) != (request.user.username, unit, kind.name):
        raise Http404
    return before.options


@allowed(read=READS)
def kept(request: Request, result: uuid.UUID) -> HttpResponse:
    """What came of an analysis."""
    one = kept_for(request.user, result)
    if one.kind.is_secret:
        record(request.user, "analyses.open", _of(one), kind=one.kind.name, result=str(one.id))
    return _page(request, one)


def _page(request: Request, one: Kept, overtaken: str = "") -> HttpResponse:
    """An analysis; its file goes to no sitting where another one stands there than when the page was opened,
    in the exam that is `overtaken`."""
    found = json.loads(read_input(one.folder / FOUND))
    shown = {
        "one": one,
        "kind": one.kind,
        "picture": picture_of(one.kind.name, found),
        **_ordered(one.told),
        "files": [(TABLES, said(tell("All tables of this page (CSV)")))]
        + [(name, said(FILES[name])) for name in one.names if name in RULE_FILES],
        "program_files": [
            (name, said(FILES.get(name, name))) for name in one.names if name not in RULE_FILES
        ],
        "items": _items(request, one),
        "options": _options(one),
        "signal": SIGNAL if one.kind.is_secret and found.get("n_listed") else "",
        "rules": [RULES[RULE_FILES[name]][1] for name in one.names if name in RULE_FILES],
        "rule_exams": [_taker(one, exam) for exam in _rule_exams(request, one)],
        "overtaken": overtaken,
        "since": _since(one),
        "is_undecided": CUT in one.kind.ticks.values() and CUT not in one.names,
        "may_ask": one.asked["by"] == request.user.username and may(request.user, ASKS, [one.asked["unit"]]),
        "may_ask_more": may(request.user, ASKS, [one.asked["unit"]]) and one.asked["unit"] in unit_folders(),
        "may_remove": not one.exams
        and one.asked["by"] == request.user.username
        and may(request.user, ASKS, one.asked["units"]),
    }
    return render(request, "analyses/kept.html", shown, status=409 if overtaken else 200)


class Taker(NamedTuple):
    """An exam whose sitting can take a file of an analysis; `seen` tells what stands there, `put` who has put
    it there."""

    exam: str
    seen: str
    put: Entry | None


def _taker(one: Kept, exam: str) -> Taker:
    kind = next(RULE_FILES[name] for name in one.names if name in RULE_FILES)
    place = sitting(exam)
    return Taker(exam, place.state(RULES[kind][0]), put_by(place, kind))


def _ordered(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What it means first, then what to mind, then tables, and how it was come by."""
    lines = [part for part in parts if "line" in part]
    return {
        "means": [part["line"] for part in lines if part["style"] == "bold"],
        "minds": [part["line"] for part in lines if part["style"] == "yellow"],
        "tables": [part for part in parts if "line" not in part],
        "computed": [part["line"] for part in lines if not part["style"]],
    }


def _options(one: Kept) -> dict[str, str]:
    """By the label of an option what was said, files and exams by their names."""
    files: dict[str, list[str]] = {}
    for file in one.asked["files"]:
        files.setdefault(file["field"], []).append(f"{file['name']} (SHA-256 {file['sha256'][:16]}…)")
    fields, declared = one.kind.form.base_fields, one.kind.command.declared()
    found = {}
    order = [*one.kind.form.base_fields]
    given = sorted(one.options.items(), key=lambda pair: _place(pair[0], order))
    for name, value in given:
        own = declared.get(name)
        is_rare = own is not None and (own.option.is_rare or name in one.kind.base.folded)
        if own is not None and is_rare and value == own.default:
            continue
        if value is False or value in ("", None, []) or (name == "design" and one.options.get("collected")):
            continue
        values = value if isinstance(value, list) else [value]
        if own is not None and own.shape == "day":
            values = [day(each) for each in values]
        exams = [said.removeprefix(EXAM) for said in values if str(said).startswith(EXAM)]
        known = [*exams, *files.get(name, [])]
        if name in fields:
            label = str(fields[name].label)
        else:  # an analysis of before may have an option that the command no longer has
            label = str(said(own.label if own else _LABELS.get(name, name.replace("_", " ").capitalize())))
        words = {str(key): str(said(text)) for key, text in _words_of(one.kind, name).items()}
        words |= {"True": str(said(tell("yes")))}
        found[label] = ", ".join(known or [words.get(str(each), str(each)) for each in values])
    return found


def _place(name: str, order: list[str]) -> int:
    """Where an option stands among others: as on the page, forms with their exams."""
    own = {"forms": "y"}.get(name, name)
    return order.index(own) if own in order else len(order)


def _words_of(kind: Kind, name: str) -> dict[str, Any]:
    """The words of the values of an option."""
    if name == "collected":
        return {key: one.title for key, one in COLLECTED.items()}
    if name == "group":
        return GROUPS
    declared = kind.command.declared()
    return dict(declared[name].option.values) if name in declared else {}


def _of(one: Kept) -> str:
    return str(one.exams[0] if one.exams else one.asked["unit"])


def _since(one: Kept) -> list[Message]:
    """What has been scored or released since, of the exams that the analysis is of."""
    found = []
    for name, before in one.asked.get("stood", {}).items():
        now = stands(exam_folder(name)) if before and one.is_of(name) else None
        if now is not None and now["newest"] != before["newest"]:
            found.append(
                tell(
                    "{exam} was scored again after this analysis: run {run} is the newest now. What the "
                    "analysis took from scores is of an earlier run.",
                    exam=name,
                    run=now["newest"][0],
                )
            )
        if now is not None and now["released"] != before["released"]:
            found.append(
                tell(
                    "Run {run} of {exam} was released after this analysis.",
                    exam=name,
                    run=now["released"][0],
                )
            )
    return found


def _rule_exams(request: Request, one: Kept) -> list[str]:
    """The exams whose scoring can take a file of the analysis, where who asks may give it."""
    given = RULE_FILES.get(next((name for name in one.names if name in RULE_FILES), ""))
    exam = str(one.options.get(one.kind.scored) or "")
    name = exam.removeprefix(EXAM)
    if given is None or not exam.startswith(EXAM) or not one.is_of(name):
        return []
    if one.kind.name == "link" and not points_are_items(sitting(name)):
        return []
    return [name] if may(request.user, ASKS, units_of_exam(name)) else []


@allowed(read=READS)
def file(request: Request, result: uuid.UUID, file: str) -> HttpResponse:
    """A file of an analysis."""
    one = kept_for(request.user, result)
    if file not in {*one.names, TABLES}:
        raise Http404
    record(request.user, "analyses.take", _of(one), kind=one.kind.name, result=str(one.id), file=file)
    data = _tables(one) if file == TABLES else read_input(one.folder / file)
    return attachment(data, f"{_of(one)}-{one.kind.name}-{file}")


def _tables(one: Kept) -> bytes:
    """The sentences and tables of an analysis in the reader's language, for a spreadsheet program."""
    lines: list[list[str]] = []
    for part in one.told:
        if "line" in part:
            lines.append([str(of_kept(part["line"])).strip()])
        else:
            lines += [[], [of_kept(part["title"])]]
            lines += [[of_kept(cell) for cell in row] for row in (part["heads"], *part["rows"])]
            lines.append([])
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(str(cell)) for cell in line] for line in lines])
    return text.getvalue().encode("utf-8-sig")


def _items(request: Request, one: Kept) -> dict[str, str]:
    """The pages of items that an analysis of an exam may name, of those units whose items one may see."""
    units = [unit for unit in one.asked["units"] if one.exams and may(request.user, SEE_ITEMS, {unit})]
    return {
        item: address("reviews-item", unit, item)
        for unit in units
        if unit in unit_folders()
        for item in opened(unit).items
    }


@allowed(write=ASKS, post_only=True)
def use(request: Request, result: uuid.UUID) -> HttpResponse:
    """Gives a cut or a conversion to the sitting of an exam: its next scoring takes it."""
    one = kept_for(request.user, result)
    exam = request.POST.get("exam", "")
    names = [name for name in one.names if name in RULE_FILES]
    if not names or exam not in _rule_exams(request, one):
        raise PermissionDenied
    kind = RULE_FILES[names[0]]
    place = sitting(exam)
    try:
        with deciding(request.user, place, "rules.give", exam, kind=kind, result=str(one.id)):
            take_rule(place, kind, one.folder / names[0], names[0], request.POST.get("seen", ""))
    except SittingChanged:
        return _page(request, one, overtaken=exam)
    messages.success(request, said(tell("{what}: the next scoring uses this file", what=RULES[kind][1])))
    return redirect("rules", exam=exam)


@allowed(write=ASKS, post_only=True)
def remove(request: Request, result: uuid.UUID) -> HttpResponse:
    """Takes away an analysis of files alone, by who had it done; one of an exam goes with the exam."""
    one = kept_for(request.user, result)
    if one.exams or one.asked["by"] != request.user.username:
        raise PermissionDenied
    removed(one)
    record(request.user, "analyses.remove", one.asked["unit"], kind=one.kind.name, result=str(one.id))
    messages.success(request, said(tell("The analysis is gone.")))
    return redirect("analyses")
