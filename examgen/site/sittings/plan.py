"""The plan of a sitting: body, day and hours, centres with rooms and invigilators, accommodation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from django import forms
from django.conf import settings
from django.http import HttpResponseBase

from examgen.capture.cells import fold
from examgen.capture.list_columns import ACCESSIBLE, LARGE_PRINT
from examgen.core.candidate_numbers import canonical_number
from examgen.core.files import write_file
from examgen.core.models.form import Candidate
from examgen.core.models.sitting import Accommodation, PlannedCentre, PlannedRoom, SittingPlan
from examgen.core.problems import Refused
from examgen.core.words import Message, joined, tell, tell_n
from examgen.papers.candidate_lists import GivenHelp
from examgen.papers.rooms.lists import given_words
from examgen.scoring.sitting_folder import Sitting
from examgen.scoring.sitting_plan import PLAN, is_printed_by, plan_bytes, plan_of, with_accommodation
from examgen.scoring.sitting_record import files_held
from examgen.site.abuse import Watched
from examgen.site.access import allowed, opens
from examgen.site.accounts.models import Role, User
from examgen.site.forms import DayField
from examgen.site.language import address, said
from examgen.site.language import told as words
from examgen.site.papers import lists
from examgen.site.papers.settings import follow_plan, papers_rule
from examgen.site.requests import Request, attached_file, attachment, done
from examgen.site.sittings.forms import PlanFile
from examgen.site.sittings.pages import GRADERS, holds, refusals, refused, sitting, sitting_page, uploaded
from examgen.site.sittings.sitting_confirmation import TIME, statement
from examgen.site.workspace import exam_folder, manifest
from examgen.site.writing import deciding
from examgen.sitting.taking import Given, take

ARRANGES = GRADERS | {Role.ASSEMBLER}
"""The roles that enter the plan. Papers are printed according to it, and lists are checked against it."""


_BETWEEN = re.compile(r"[,;\n]")
MOST_CHARACTERS, MOST_OF_A_REASON = 200, 500
"""The maximum length of a name, as in the plan, and of a reason."""


class HourField(forms.CharField):
    """A time of day such as `09:00` or `9.00`."""

    def to_python(self, value: Any) -> Any:
        """Returns the time as `HH:MM`; None if the field is empty."""
        text = str(super().to_python(value)).strip()
        found = TIME.fullmatch(text)
        if text and found is None:
            raise forms.ValidationError(said(tell("this is not a time: write it as 09:00")))
        return f"{int(found[1]):02}:{found[2]}" if found else None


class ArrangedForm(Watched):
    """The form for day and hours of a sitting, on the page of its plan and on that of the papers."""

    day = DayField(tell("Day of the sitting"), required=True)
    begins = HourField(
        label=said(tell("Begins at")), help_text=said(tell("as 09:00")), required=False, max_length=20
    )
    ends = HourField(
        label=said(tell("Ends at")),
        required=False,
        max_length=20,
    )

    def __init__(self, *args: Any, exam: str, plan: SittingPlan | None, **more: Any) -> None:
        known = plan or suggested_plan(exam)
        if known is not None:
            more["initial"] = {"day": known.date, "begins": known.begins, "ends": known.ends}
        super().__init__(*args, **more)
        self.fields["ends"].help_text = said(
            tell_n(
                "The exam takes {n} minute. Without it papers name no end, and no extra time is worked out",
                "The exam takes {n} minutes. Without it papers name no end, and no extra time is worked out",
                int(manifest(exam)["blueprint"]["time_min"]),
            )
        )

    def begun(self, before: SittingPlan | None = None) -> SittingPlan:
        """Returns the plan with day and hours of the form; the rest stays as it was before."""
        hours = {"date": self.cleaned_data["day"]}
        hours |= {name: self.cleaned_data[name] for name in ("begins", "ends")}
        return (before or SittingPlan(date=hours["date"])).model_copy(update=hours)

    def clean(self) -> None:
        """Requires that the end is after the beginning."""
        begins, ends = self.cleaned_data.get("begins"), self.cleaned_data.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", said(tell("this is not after the beginning")))


@allowed("exams/<str:exam>/plan/", "plan", read=ARRANGES | {Role.APPROVER}, write=ARRANGES)
def plan(request: Request, exam: str) -> HttpResponseBase:
    """Shows the plan with a form to change it and another to upload it as a file. Both record it as the
    command does."""
    place, found = sitting(exam), None
    with refusals(request):
        found = plan_of(place.exam)
    is_broken = bool(refused(request))
    is_arranged = "arrange" in request.POST
    form = PlanFile() if is_arranged else PlanFile(request.POST or None, request.FILES or None)
    arranged = ArrangedForm(request.POST if is_arranged else None, exam=exam, plan=found)
    if (arranged if is_arranged else form).is_valid():
        refused(request).clear()
        with refusals(request):
            if is_arranged:
                keep_plan(request.user, place, _arranged(request, arranged, found))
            else:
                with (
                    uploaded(form.cleaned_data["given"]) as files,
                    deciding(request.user, place, "plan.upload", file=next(iter(files))),
                ):
                    [(name, path)] = files.items()
                    given, reason = [Given(path, name, "plan")], form.cleaned_data["reason"]
                    take(place, given, request.user.signature, reason, replace=True)
            if (kept := plan_of(place.exam)) is not None:
                follow_plan(request, exam, kept)
            return done(request, tell("the plan is on record"), "plan")
    act = files_held(place.acts(files=False)).get(PLAN)
    papers = address("papers", exam)
    context = {
        "form": form,
        "arranged": arranged,
        "rooms": _rooms(request, exam, found),
        "given_to": _given_to(request, exam, found),
        "unlike_time": unlike_the_time(exam, found),
        "plan": found,
        "given": act,
        "given_by": _name_of(act.by) if act else "",
        "papers": papers if opens(request.user, papers) else None,
        "may_give": holds(request, exam, *ARRANGES),
        "is_broken": is_broken,
    }
    return sitting_page(request, "sittings/plan.html", context)


def _name_of(signature: str) -> str:
    """Returns the name in a signature without the account, if the account still has that name."""
    name, _, account = signature.rpartition(" (")
    is_known = name and User.objects.filter(name=name, username=account.removesuffix(")")).exists()
    return name if is_known else signature


def suggested_plan(exam: str) -> SittingPlan | None:
    """Returns a plan with the day and hours that the settings of the papers name, as a blueprint may; None if
    they name no day."""
    try:
        rule = papers_rule(exam)
    except Refused:
        return None  # the page of the settings says what is wrong with them
    if rule.date is None:
        return None
    hours = [f"{int(hour):02}:{minute}" for hour, minute in TIME.findall(rule.hours)]
    begins, ends = hours if len(hours) == 2 and hours[0] < hours[1] else (None, None)
    return SittingPlan(date=rule.date, begins=begins, ends=ends)


def unlike_the_time(exam: str, plan: SittingPlan | None) -> Message | None:
    """Returns a message if the hours of a sitting are longer or shorter than the time of the exam; None
    otherwise."""
    if plan is None or plan.begins is None or plan.ends is None:
        return None
    begin, end = (int(hour) * 60 + int(minute) for hour, minute in TIME.findall(plan.hours))
    n = int(manifest(exam)["blueprint"]["time_min"])
    if end - begin == n:
        return None
    return tell(
        "The exam takes {n} minutes, but {hours} is {span} minutes. The papers show both, and extra time is "
        "added after {end}. If the hours are wrong, change them.",
        n=n,
        hours=plan.hours,
        span=end - begin,
        end=plan.ends,
    )


def _people(request: Request, exam: str) -> tuple[Candidate, ...]:
    """Returns the candidates on the uploaded list or, without one, on the printed list."""
    table = lists.kept(request, exam) or lists.printed(exam)
    return lists.checked_list(exam, table).candidates if table else ()


def _given_to(
    request: Request, exam: str, plan: SittingPlan | None
) -> list[tuple[Accommodation, str, Message, bool]]:
    """Returns the help of candidates, from plan and list, as in the confidential papers of rooms: each with
    the name of the candidate, the accessible or large print beside it, and whether it is in the plan, and so
    has a reason and an approver. Users who may not see names get only the entries of the plan."""
    people = {canonical_number(one.candidate_id): one for one in _people(request, exam)}
    sees = holds(request, exam, *ARRANGES, Role.APPROVER)
    planned = {canonical_number(one.candidate_id): one for one in (plan.accommodation if plan else ())}
    found = []
    for number in dict.fromkeys([*planned, *people]):
        who, one = people.get(number), planned.get(number)
        if who is not None and sees and (words := given_words(one, who, (LARGE_PRINT, ACCESSIBLE))):
            shown = one or Accommodation(candidate_id=who.candidate_id, given="–")
            found.append((shown, who.name, joined(words), one is not None))
        elif one is not None:
            found.append((one, "", joined([one.given]), True))
    return found


def _rooms(request: Request, exam: str, plan: SittingPlan | None) -> list[dict[str, Any]]:
    """Returns the rooms of the plan, then those of the list that are not in the plan."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    named = [centre.name for centre in plan.centres] if plan else []
    for centre in plan.centres if plan else ():
        for room in centre.rooms:
            found[fold(centre.name), fold(room.name)] = {
                "centre": centre.name,
                "room": room.name,
                "seats": room.seats,
                "invigilators": ", ".join(room.invigilators),
            }
    for of in (one.exam_room for one in _people(request, exam)):
        at = of.centre or (named[0] if len(named) == 1 else "")
        if of.name:
            of_list = {"centre": at, "room": of.name, "seats": None, "invigilators": ""}
            found.setdefault((fold(at), fold(of.name)), of_list)
    return [*found.values()]


def _arranged(request: Request, form: ArrangedForm, before: SittingPlan | None) -> SittingPlan:
    """Returns the plan with the values of the form; what the form does not show stays as it was."""
    plan = form.begun(before)
    return plan.model_copy(
        update={"centres": _centres(request, plan), "accommodation": _reasons(request, plan)}
    )


def _centres(request: Request, plan: SittingPlan) -> tuple[PlannedCentre, ...]:
    """Returns the centres with the invigilators that the form names for their rooms."""
    centres = {fold(one.name): one for one in plan.centres}
    rooms = {key: {fold(room.name): room for room in one.rooms} for key, one in centres.items()}
    for one in zip(*(request.POST.getlist(name) for name in ("centre", "room", "who")), strict=False):
        centre, room, who = (str(text).strip() for text in one)
        names = tuple(name.strip() for name in _BETWEEN.split(who) if name.strip())
        if not centre and names:
            raise Refused.because("name the test centre of room {room}, too", room=room)
        if not centre or not room or max(map(len, (centre, room, *names))) > MOST_CHARACTERS:
            continue
        centres.setdefault(fold(centre), PlannedCentre(name=centre))
        of_centre = rooms.setdefault(fold(centre), {})
        known = of_centre.get(fold(room)) or PlannedRoom(name=room)
        of_centre[fold(room)] = known.model_copy(update={"invigilators": names})
    return tuple(
        one.model_copy(update={"rooms": tuple(rooms.get(key, {}).values())}) for key, one in centres.items()
    )


def _reasons(request: Request, plan: SittingPlan) -> tuple[Accommodation, ...]:
    """Returns the accommodations with the reason and the approver from the form."""
    sent = zip(*(request.POST.getlist(name) for name in ("candidate", "why", "approved_by")), strict=False)
    said_of = {canonical_number(str(who)): (str(why), str(approved)) for who, why, approved in sent}
    found = []
    for one in plan.accommodation:
        why, approved = said_of.get(canonical_number(one.candidate_id), (one.reason, one.approved_by))
        cut = {"reason": why.strip()[:MOST_OF_A_REASON], "approved_by": approved.strip()[:MOST_CHARACTERS]}
        found.append(one.model_copy(update=cut))
    return tuple(found)


def keep_plan(user: Any, place: Sitting, plan: SittingPlan) -> None:
    """Saves a plan that was made on a page in the same way as an uploaded file. Does nothing if the plan is
    unchanged."""
    if plan == plan_of(place.exam):
        return
    with TemporaryDirectory(dir=settings.SITE.uploads) as folder:
        path = Path(folder, PLAN)
        write_file(path, plan_bytes(plan))
        with deciding(user, place, "plan.upload", file=PLAN):
            take(place, [Given(path, PLAN, "plan")], user.signature, "", replace=True)


def arrange(request: Request, exam: str, given: Mapping[str, GivenHelp]) -> bool:
    """Enters the help for candidates, by number, in the plan. Returns False if there is help to enter but no
    plan, and no day to begin one with."""
    place = sitting(exam)
    plan = plan_of(place.exam) or suggested_plan(exam)
    if plan is None:
        return not any(given.values())
    more = words(tell("more time"))
    entries = {who: (one.other or (more if one.minutes else ""), one.minutes) for who, one in given.items()}
    arranged = with_accommodation(plan, entries)
    if arranged.accommodation != plan.accommodation:
        keep_plan(request.user, place, arranged)
    return True


def plan_changed(exam: str) -> bool:
    """Returns whether the plan has changed since the papers were printed. False once the exam is stated as
    held."""
    printed = manifest(exam)
    waits = "printing" in printed and statement(exam) is None
    try:
        plan = plan_of(exam_folder(exam)) if waits else None
    except Refused:
        return False
    return plan is not None and not is_printed_by(plan, printed)


def planned_help(exam: str) -> dict[str, GivenHelp]:
    """Returns the help for candidates in the plan, by canonical number; empty if the plan has faults."""
    try:
        plan = plan_of(exam_folder(exam))
    except Refused:
        return {}
    more = (tell("more time").th, tell("more time").en)
    return {
        canonical_number(one.candidate_id): GivenHelp(
            one.extra_minutes, "" if one.extra_minutes and one.given in more else one.given
        )
        for one in (plan.accommodation if plan else ())
    }


@allowed("exams/<str:exam>/plan/sitting.yaml", "plan-file", read=ARRANGES | {Role.APPROVER})
def plan_file(request: Request, exam: str) -> HttpResponseBase:
    """Returns the plan as a file that can be edited and uploaded again; a template if there is no plan."""
    path = sitting(exam).given(PLAN)
    if path is None:
        return attachment(_template(request, exam).encode(), PLAN)
    return attached_file(path.open("rb"), PLAN)


def _template(request: Request, exam: str) -> str:
    """Returns a plan to fill in, with the rooms of the uploaded list."""
    table = lists.kept(request, exam)
    people = lists.checked_list(exam, table).candidates if table else ()
    rooms: dict[str, dict[str, int]] = {}
    for one in people:
        of_centre = rooms.setdefault(one.centre, {})
        of_centre[one.room] = of_centre.get(one.room, 0) + 1
    centres = [
        {
            "name": centre or words(tell("name of the centre")),
            "rooms": [{"name": room, "seats": n, "invigilators": []} for room, n in some.items() if room],
        }
        for centre, some in (rooms or {"": {"1": 30}}).items()
    ]
    return "\n".join(
        [
            f"# {words(tell('Fill this in with a text editor, then send it on the site.'))}",
            f"date:  # {words(tell('the day, as 2026-11-22'))}",
            f"# begins: '09:00'  # {words(tell('Remove the # to make a line apply.'))}",
            "# ends: '11:00'",
            f"# {words(tell('Between the brackets: names of the invigilators, with commas between them'))}",
            yaml.safe_dump({"centres": centres}, allow_unicode=True, sort_keys=False),
            f"# {words(tell('Who is given more time, a reader or a room of their own:'))}",
            "# accommodation:",
            f"#   - {{candidate_id: '1001', given: {words(tell('more time'))}, extra_minutes: 30}}",
            "",
        ]
    )
