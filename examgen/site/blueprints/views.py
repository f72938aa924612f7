"""Views of blueprints: the list, a new blueprint, a copy, the form with its results, and building the
exam."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from examgen.assembly.build_report.characteristics import shown_characteristics
from examgen.assembly.building import PlannedExam
from examgen.assembly.cognitive_balance import FORMS_APART, same_thinking
from examgen.assembly.compliance import written_levels
from examgen.assembly.drafts import data_of, repair_messages, standards, too_many, with_fields
from examgen.assembly.first_blueprint import moved_quotas, new_blueprint, usual_name
from examgen.assembly.form_notices import notices_without_keys, of_forms
from examgen.assembly.infeasible.explain import CONTRADICTIONS
from examgen.assembly.usable import places
from examgen.core.changes import changing
from examgen.core.files import write_file
from examgen.core.models.field_types import STATUS_WORDS, Status
from examgen.core.problems import BlueprintNotMet, ExamgenError, Refused
from examgen.core.words import Message, joined, tell, tell_n
from examgen.core.words import listed as listed_words
from examgen.site.access import allowed, may, units_for
from examgen.site.accounts.models import Role
from examgen.site.blueprints import fields
from examgen.site.blueprints.files import (
    MOST_CHARACTERS,
    blueprint_file,
    blueprints_of,
    check_may,
    check_replace,
    free_exam,
    free_name,
    listed_blueprints,
    mark_of,
    read,
    text_of,
)
from examgen.site.blueprints.trials import LONGEST, trial
from examgen.site.jobs import queue
from examgen.site.language import reader
from examgen.site.requests import Request, say
from examgen.site.sittings.sitting_confirmation import before_the_build
from examgen.site.workspace import bank, exam_folders, unit_folder, unit_folders, units_of_exam, workspace
from examgen.site.writing import writing
from examgen.sitting.setting_aside import InUse, in_use

READ = (Role.ASSEMBLER, Role.PSYCHOMETRICIAN, Role.APPROVER)
WRITE = (Role.ASSEMBLER,)
STEPS = (tell("What is assessed"), tell("How much"), tell("Rules"))
"""The titles of the three steps of the form."""
_TYPED = {"level": "", "forms": "2", "items": "", "occupation": ""}
"""The initial values of the form for a new blueprint."""


@allowed("blueprints/", "blueprints", read=READ, write=WRITE)
def blueprints(request: Request) -> HttpResponse:
    """Shows the blueprints of the user's units."""
    held = units_for(request.user, {*READ, Role.AUDITOR})
    units = [_unit(request, code) for code in unit_folders() if held is None or code in held]
    return render(request, "blueprints/list.html", {"units": units})


def _unit(request: Request, code: str) -> dict[str, Any]:
    found = standards(workspace(), [code])
    return {
        "code": code,
        "title": found[0].title if found else "",
        "n_criteria": len(found[0].criteria) if found else 1,
        "levels": written_levels(found[0]) if found else (),
        "has_levels": bool(found and found[0].levels),
        "other_levels": sorted(set(found[0].levels) - set(written_levels(found[0]))) if found else [],
        "occupations": [one.name for one in found[0].occupations] if found else [],
        "blueprints": listed_blueprints(code),
        "may_write": may(request.user, WRITE, [code]),
        "reasons": [],
        "typed": {name: request.POST.get(name, usual) for name, usual in _TYPED.items()},
    }


@allowed("blueprints/<str:unit>/", "blueprint-new", read=READ, write=WRITE)
def new(request: Request, unit: str) -> HttpResponse:
    """Shows the blueprints of a unit. POST writes a new blueprint, as `blueprint new` does."""
    folder = unit_folder(unit)
    if request.method == "POST":
        level = request.POST.get("level", "").strip()
        number = int(level) if level.isdecimal() and len(level) < 3 else None
        usual = usual_name(unit, number)
        name = free_exam(unit, usual)
        path = folder / "blueprints" / f"{name}.yaml"
        asked = request.POST.get("occupation") or None
        forms = request.POST.get("forms", "")
        n_forms = max(1, int(forms)) if forms.isdecimal() and len(forms) < 4 else 1
        items = request.POST.get("items", "").strip()
        n_items = int(items) if items.isdecimal() and 0 < len(items) < 4 and int(items) else None
        try:
            with _written(request, unit, name, "blueprint.new"):
                path.parent.mkdir(exist_ok=True)
                made = new_blueprint(
                    workspace(),
                    unit,
                    number,
                    asked,
                    path,
                    language=reader(),
                    n_forms=n_forms,
                    exam=name,
                    n_items=n_items,
                )
        except Refused as refused:
            reasons = [one.message for one in refused.problems] or [refused.message]
            shown = {**_unit(request, unit), "reasons": reasons}
            return render(request, "blueprints/list.html", {"units": [shown]}, status=422)
        if name != usual:
            words = tell(
                "An exam or another blueprint already has the name {name}, so this exam is named {exam}.",
                name=usual,
                exam=name,
            )
            say(request, words, "info")
        if made.asked.n_forms < n_forms:
            words = tell(
                "The bank has too few items for {n} forms, so this blueprint asks for one.", n=n_forms
            )
            say(request, words, "warning")
        if made.asked.spans:
            say(request, moved_quotas(made.asked), "info")
        if n_items is not None and made.asked.n_items != n_items:
            words = tell(
                "The bank has too few items for {asked} in each form, so this blueprint asks for {n}.",
                asked=n_items,
                n=made.asked.n_items,
            )
            say(request, words, "warning")
        return redirect("blueprint", unit=unit, blueprint=made.path.stem)
    return render(request, "blueprints/list.html", {"units": [_unit(request, unit)]})


@contextmanager
def _written(request: Request, unit: str, name: str, what: str) -> Iterator[None]:
    """Locks the bank while a blueprint is written, then records the change and shows its warnings."""
    about = f"{unit} {name}"
    with writing(request.user, [unit], f"Blueprint {name} of {unit}") as one:
        yield
        one.did(what, about)
    one.warn(request)


@allowed("blueprints/<str:unit>/<str:blueprint>/", "blueprint", read=READ, write=WRITE)
def blueprint(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """Shows a blueprint as a form or as text. POST saves it (with `save=build` it also starts the build of
    its exam), goes to another step, or tries it out."""
    path = blueprint_file(unit, blueprint)
    there = text_of(path)
    if request.method != "POST":
        return _page(request, unit, blueprint, there, mark_of(there))
    text, mark = _sent_text(request), request.POST.get("mark", "")
    if "save" not in request.POST:
        return _page(request, unit, blueprint, text, mark)
    if mark != mark_of(there) and text != there:
        return _overtaken(request, unit, blueprint, text)
    try:
        found, _ = read(text, blueprint)
        check_may(request.user, found)
    except ExamgenError:
        return _page(request, unit, blueprint, text, mark, is_refused=True)
    if text != there:
        with changing(bank()):
            if text_of(path) != there:  # somebody was quicker
                return _overtaken(request, unit, blueprint, text)
            with _written(request, unit, blueprint, "blueprint.save"):
                write_file(path, text.encode(), shared=True)
    if request.POST["save"] == "build":
        return build(request, unit=unit, blueprint=blueprint)
    say(request, tell("The blueprint is saved"))
    return _to(unit, blueprint, _step_of(request.POST.get("step", "")))


def _step_of(sent: str) -> int:
    """Returns the number of a step; 1 for any other text."""
    return int(sent) if sent in ("1", "2", "3") else 1


def _to(unit: str, blueprint: str, step: int) -> HttpResponse:
    """Redirects to a step of a blueprint."""
    address = reverse("blueprint", kwargs={"unit": unit, "blueprint": blueprint})
    return redirect(f"{address}?step={step}" if step > 1 else address)


@allowed("blueprints/<str:unit>/<str:blueprint>/copy/", "blueprint-copy", write=WRITE, post_only=True)
def copy(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """Copies a blueprint for an exam with another name: the text that was sent or, without one, the saved
    text."""
    there = text_of(blueprint_file(unit, blueprint))
    text = _sent_text(request) if "text" in request.POST else there
    try:
        found, _ = read(text, blueprint)
        check_may(request.user, found)
    except ExamgenError:
        if "text" not in request.POST:
            raise
        return _page(request, unit, blueprint, text, request.POST.get("mark", ""), is_refused=True)
    with changing(bank()):
        of_unit = blueprints_of(unit)
        exam = free_exam(unit, found.exam)
        name = exam if found.exam == blueprint else free_name(blueprint, of_unit)
        copied = with_fields(text, {"exam": exam}) or text
        with _written(request, unit, name, "blueprint.copy"):
            write_file(of_unit[blueprint].with_name(f"{name}.yaml"), copied.encode(), shared=True)
    say(request, tell("This is a copy. Give it a new title. The original is unchanged."))
    return _to(unit, name, 1)


def _overtaken(request: Request, unit: str, blueprint: str, text: str) -> HttpResponse:
    """Shows the user's text over what another user has saved, and how the two differ."""
    there = text_of(blueprint_file(unit, blueprint))
    lines = difflib.unified_diff(there.splitlines(), text.splitlines(), lineterm="", n=2)
    return _page(request, unit, blueprint, text, mark_of(there), changed=[*lines][2:])


@allowed("blueprints/<str:unit>/<str:blueprint>/draft/", "blueprint-draft", write=WRITE, post_only=True)
def draft(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """Returns the parts of the page that depend on the current form and text, for htmx."""
    path = blueprint_file(unit, blueprint)
    text, origin = _sent_text(request), request.POST.get("from", "form")
    shown = {
        **_shown(request, unit, blueprint, text),
        "origin": origin,
        "is_saved": text == text_of(path),
    }
    shown.update(_trial(request, blueprint, text, shown["places"]))
    # the form of who asks may be that of a text before: what it has no row for has no place on the page
    rows_sent = {name.removesuffix(":min") for name in request.POST if name.endswith(":min")}
    return render(request, "blueprints/draft.html", {**shown, "may_write": True, "rows_sent": rows_sent})


def _sent_text(request: Request) -> str:
    """Returns the submitted text, with the changes made in the form or the repair that was chosen.

    Raises Refused if it is too long or contains a surrogate.
    """
    text = _changed_text(request)
    if re.search(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]", text):
        raise Refused.because("the text contains half a character (a surrogate). Write the character itself.")
    return text


def _changed_text(request: Request) -> str:
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        raise Refused.because("a blueprint can have at most {n:,} characters", n=MOST_CHARACTERS)
    if "repair" in request.POST:
        return fields.with_repair(text, request.POST["repair"]) or text
    try:
        was = json.loads(request.POST.get("was") or "{}")
    except (ValueError, RecursionError):
        was = {}
    sent: dict[str, Any] = {name: request.POST.get(name, "") for name in was if name != "statuses"}
    sent["statuses"] = request.POST.getlist("statuses")
    chosen = [one for one in request.POST.getlist("scope") if one]
    if "scope" in was and sorted(chosen) != sorted(str(was["scope"]).split(", ")):
        sent["scope"] = ", ".join(chosen)
    else:
        sent.pop("scope", None)
    return fields.applied(text, sent, was) or text if isinstance(was, dict) else text


def _page(
    request: Request,
    unit: str,
    blueprint: str,
    text: str,
    mark: str,
    changed: list[str] | None = None,
    is_refused: bool = False,
) -> HttpResponse:
    shown = _shown(request, unit, blueprint, text)
    shown |= {
        **_trial(request, blueprint, text, shown["places"]),
        "origin": "page",
        "mark": mark,
        "changed": changed,
        "is_refused": is_refused,
        "is_saved": text == text_of(blueprint_file(unit, blueprint)),
        "may_write": may(request.user, WRITE, [unit]),
    }
    status = 409 if changed is not None else 422 if is_refused else 200
    return render(request, "blueprints/blueprint.html", shown, status=status)


def _shown(request: Request, unit: str, blueprint: str, text: str) -> dict[str, Any]:
    """Returns the context of the form for a text, with the standards of those of its units that the user may
    see."""
    data = data_of(text) or {}
    named = data.get("units")
    codes = [str(one) for one in named] if isinstance(named, list) else [unit]
    open_to_user = units_for(request.user, {*READ, Role.AUDITOR})
    known = [code for code in unit_folders() if open_to_user is None or code in open_to_user]
    units = standards(workspace(), [code for code in codes if code in known])
    quotas, ranges = fields.rows(units, data), fields.ranges(units, data)
    values = fields.values(data, ranges)
    titles = [values["title_th"], values["title_en"]]
    return {
        "on_form": fields.on_form,
        "title": next(filter(None, titles if reader() == "th" else reversed(titles)), blueprint),
        "step": _step_of(request.POST.get("step") or request.GET.get("step", "")),
        "steps": STEPS,
        "places": ranges,
        "unit": unit,
        "blueprint": blueprint,
        "text": text,
        "is_readable": data_of(text) is not None,
        "groups": fields.GROUPS,
        "quotas": quotas,
        "scopes": fields.scopes(quotas, values),
        "scope": values["scope"].split(", "),
        "categories": fields.categories(),
        "statuses": fields.statuses(),
        **_in_place_of(request, unit, data.get("exam")),
        "values": values,
        "was": json.dumps(values, ensure_ascii=False),
    }


def _in_place_of(request: Request, unit: str, exam: object) -> dict[str, Any]:
    """Returns the use of an existing exam with that name, and the change that gives the blueprint another
    name."""
    units = units_of_exam(exam) if isinstance(exam, str) and exam in exam_folders() else None
    if not isinstance(exam, str) or units is None or not may(request.user, {*READ, Role.AUDITOR}, units):
        return {"in_use": InUse()}
    free = free_exam(unit, exam)
    return {
        "exam": exam,
        "in_use": in_use(workspace(), exam),
        "free": free,
        "renaming": json.dumps([[["exam"], free]]),
    }


def _trial(request: Request, blueprint: str, text: str, known: Sequence[fields.Row]) -> dict[str, Any]:
    """Returns what would be built from a text, or why nothing would; `known` contains the rows of the
    form."""
    shown: dict[str, Any] = {
        "asked": None,
        "counts": {},
        "refusal": None,
        "reasons": [],
        "is_not_met": False,
        "contradiction": None,
        "left_out": {},
        "repairs": [],
        "sure": None,
        "is_under_way": False,
        "apart": [],
        "keeping": [],
        "built": None,
        "too_many": "",
    }
    try:
        found, _ = read(text, blueprint)
        if not may(request.user, {*READ, Role.AUDITOR}, found.units):
            check_may(request.user, found)
        asked = trial(found, text, blueprint, request.user.pk)
    except ExamgenError as refusal:
        return {**shown, **_refused(refusal, known)}
    shown["asked"] = found
    if asked is None:
        return {**shown, "is_under_way": True}
    came = asked.tried
    shown["counts"] = came.counts
    if asked.is_too_long:
        words = tell("no result within {n} seconds; the build searches longer", n=LONGEST)
        return {**shown, "too_many": words}
    if came.refusal:
        return {**shown, **_refused(came.refusal, known, found.statuses)}
    if came.found is None:
        return {**shown, "too_many": too_many(found)}
    return {**shown, **_built(came.found)}


def _built(found: PlannedExam) -> dict[str, Any]:
    """Returns what would be built: the notices on the forms, which are shown with the result, and all others;
    how forms differ that should be parallel, and which exams this one would prevent from being scored, each
    with the change that avoids it."""
    exam = found.exam
    every = notices_without_keys(exam.notices)
    forms = of_forms(every)
    items = frozenset((one.unit, one.item.id) for form in exam.forms for one in form.items)
    quotas = [[["cognitive", name], quota] for name, quota in same_thinking(exam).items()]
    return {
        "built": found,
        "sure": shown_characteristics(found.characteristics),
        "form_notices": [*_not_asked(found), *forms],
        "notices": [one for one in every if one not in forms],
        "apart": [one.message for one in found.problems if one.code == FORMS_APART],
        "evening": json.dumps(quotas),
        "keeping": before_the_build(items, exam.blueprint.exam),
        "unused": json.dumps([[["exposure", "administrations"], 1]]),
    }


def _not_asked(found: PlannedExam) -> Iterator[Message]:
    """Yields a message on the criteria of the paper without items on at least one form, if there are any."""
    exam = found.exam
    asked = [{one.item.pc for one in form.items if one.points} for form in exam.forms]
    codes = places(exam.units, exam.blueprint.scope)
    if lost := [code for code in codes if any(code not in own for own in asked)]:
        yield tell_n(
            "{n} of the {of} criteria has no items on at least one form: {which}",
            "{n} of the {of} criteria have no items on at least one form: {which}",
            len(lost),
            of=len(codes),
            which=listed_words(lost),
        )


def _refused(
    refusal: ExamgenError, known: Sequence[fields.Row], statuses: Sequence[Status] = ()
) -> dict[str, Any]:
    """Returns why nothing would be built: each reason with its place on the form, and possible repairs;
    `statuses` are those of the items that may be used."""
    places = [fields.place_of(one.field, known) if one.field else None for one in refusal.problems]
    causes = refusal.details.get("causes", ())
    left_out: dict[Status, int] = refusal.details.get("left_out", {})
    return {
        "refusal": refusal,
        "is_not_met": isinstance(refusal, BlueprintNotMet),
        "contradiction": next(
            (
                problem.message
                for problem, cause in zip(refusal.problems, causes, strict=False)
                if cause["code"] in CONTRADICTIONS
            ),
            None,
        ),
        "left_out": {STATUS_WORDS[one]: n for one, n in left_out.items()},
        "admitting": json.dumps([[["statuses"], [*statuses, *left_out]]]),
        "reasons": [*zip(refusal.problems, places, strict=True)],
        "repairs": [
            {
                **one,
                "json": json.dumps(one["changes"], ensure_ascii=False),
                "rows": [*_rows_of(one, known)],
                "emptied": [
                    path[1]
                    for (path, after), before in zip(one["changes"], one["before"], strict=True)
                    if path[0] == "criteria" and before.get("min") and not after.get("min")
                ],
            }
            for one in repair_messages(refusal)
        ],
    }


def _rows_of(repair: dict[str, Any], known: Sequence[fields.Row]) -> Iterator[tuple[str, Message, Message]]:
    """Yields each change of a repair: the label of its field, the value before and the value after."""
    for (path, after), before in zip(repair["changes"], repair["before"], strict=True):
        field = ".".join(map(str, path))
        place = fields.place_of(field, known)
        yield place.label if place else field, _shown_amount(before), _shown_amount(after)


def _shown_amount(value: Any) -> Message:
    """Returns a value as shown: a quota by its bounds, any other value unchanged."""
    if not isinstance(value, dict):
        return joined(["–" if value is None else str(value)])
    least, most = value.get("min") or 0, value.get("max")
    if most is None:
        return tell("at least {value}", value=least) if least else tell("any number")
    return joined([str(most) if least == most else f"{least}–{most}"])


@allowed(
    "blueprints/<str:unit>/<str:blueprint>/build/", "blueprint-build", read=READ, write=WRITE, post_only=True
)
def build(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """Starts a job that builds the exam of the saved blueprint."""
    text = text_of(blueprint_file(unit, blueprint))
    found, _ = read(text, blueprint)
    check_may(request.user, found, is_built=True)
    replace = request.POST.get("replace", "").strip()
    if "replace" in request.POST:
        check_replace(request.user, found.exam, replace)
    asked = {"unit": unit, "blueprint": blueprint, "text": text, "replace": replace}
    job = queue.ask("build", found.exam, request.user, **asked)
    return redirect("job", job=job.id)
