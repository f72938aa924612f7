"""What all pages of a sitting share: roles, the exam, navigation, and uploaded files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import render

from examgen.capture.quarantine_reasons import EXPLANATIONS
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import CANDIDATES_CSV, RESULTS
from examgen.core.exam.releases import all_releases, state_of
from examgen.core.exam.runs import AUDIT, Run, read_run, run_folders
from examgen.core.problems import ExamgenError, Refused
from examgen.core.readings import Readings
from examgen.core.words import Message, joined, tell, tell_n
from examgen.scoring.before_release import OddResults, n_not_used, odd_results
from examgen.scoring.method_results import scope_of
from examgen.scoring.releases import decided_since
from examgen.scoring.score import forms_of
from examgen.scoring.sitting_folder import Sitting, plain_name, sitting_of
from examgen.site import uploads
from examgen.site.access import may, opens
from examgen.site.accounts.models import Role, is_auditor
from examgen.site.jobs.models import Job, State
from examgen.site.language import address, said
from examgen.site.requests import Request
from examgen.site.sittings.forms import ScoreAgain
from examgen.site.uploads import Kept
from examgen.site.workspace import exam_folder, fingerprints, manifest, units_of_exam
from examgen.sitting import roster, worklist

SEES = frozenset({Role.GRADER, Role.APPROVER, Role.PSYCHOMETRICIAN})
"""The roles that see answers, runs and rows. Invigilators do not."""
GRADERS = frozenset({Role.GRADER})
ASSESSORS = frozenset({Role.ASSESSOR})
"""The roles that rate candidates."""
OVERSEES = frozenset({Role.GRADER, Role.APPROVER})
"""The roles that see the progress of assessors and decide if their ratings differ too much."""
REPORTS_BACK = frozenset({Role.INVIGILATOR, Role.GRADER, Role.APPROVER})
"""The roles that upload and read what centres send back."""
AT_THE_DOOR = frozenset({Role.INVIGILATOR, Role.GRADER})
"""The roles that record attendance."""

STATES = frozenset({Role.INVIGILATOR, Role.ASSEMBLER, Role.APPROVER})
"""The roles that may state that an exam was held."""
RUN_STATES = {
    "released": (tell("released"), "good"),
    "superseded": (tell("no longer released"), "warn"),
    "unreleased": (tell("not released"), ""),
}
"""The label of each publication state of a run, and its colour."""
MOST_TABS = 8
"""The number of tabs from which the rarely needed ones move behind a button."""


class Part(NamedTuple):
    """A page of an exam and the roles it is for; auditors may open it too if `is_audited`.

    `is_seldom` marks pages that few sittings need or that matter only before the answers arrive: they are
    behind a button if one line cannot hold all tabs. `rated` tells whether the page is only for exams that
    assessors rate (True), only for others (False), or for all (None). `is_tab` marks the pages with a tab in
    the navigation of the sitting.
    """

    words: Message
    name: str
    roles: frozenset[Role]
    is_audited: bool = True
    is_seldom: bool = False
    rated: bool | None = None
    is_tab: bool = True


PARTS = (
    Part(tell("Papers"), "papers", frozenset({Role.ASSEMBLER, Role.INVIGILATOR}), is_tab=False),
    Part(tell("Plan"), "plan", frozenset({Role.ASSEMBLER, Role.GRADER, Role.APPROVER}), is_seldom=True),
    Part(tell("Held"), "held", SEES | STATES, is_seldom=True),
    Part(tell("Who came"), "roster", SEES | AT_THE_DOOR),
    Part(tell("What happened"), "returns", REPORTS_BACK, is_seldom=True),
    Part(tell("Assess"), "assess", ASSESSORS | OVERSEES, is_audited=False, rated=True),
    Part(tell("Moderate"), "moderate", OVERSEES, is_audited=False, rated=True),
    Part(tell("Answers"), "answers", SEES),
    Part(tell("Scans"), "scans", SEES, rated=False),
    Part(tell("Cut and scale"), "rules", SEES, is_seldom=True),
    Part(tell("Runs"), "runs", SEES),
    Part(tell("Rows set aside"), "quarantine", SEES),
    Part(tell("Decisions on persons"), "persons", SEES),
    Part(tell("Appeals and complaints"), "cases", OVERSEES, is_seldom=True),
    Part(tell("Corrections of the key"), "corrections", SEES),
    Part(tell("Results"), "results", SEES, is_tab=False),
    Part(
        tell("Keys and other secret files"),
        "openings",
        frozenset({Role.ASSEMBLER, Role.APPROVER, Role.GRADER}),
        is_seldom=True,
        is_tab=False,
    ),
    Part(
        tell("Cut by experts' ratings"),
        "reviews-cut",
        frozenset({Role.APPROVER, Role.PSYCHOMETRICIAN}),
        is_seldom=True,
        is_tab=False,
    ),
    Part(tell("Certificates"), "certificates-exam", frozenset({Role.APPROVER}), is_tab=False),
)
"""The pages of an exam after its first one, in the order of the work."""


def sitting(exam: str) -> Sitting:
    """Returns the sitting of the exam as it is built now. Raises Http404 if there is none."""
    return sitting_of(exam_folder(exam))._replace(built=fingerprints(exam).exam)


def is_rated(exam: str) -> bool:
    """Returns whether assessors rate the exam."""
    return "method" in manifest(exam)["blueprint"]


def holds(request: Request, exam: str, *roles: Role) -> bool:
    """Returns whether the user has one of the roles for the exam."""
    return may(request.user, roles, units_of_exam(exam))


def parts_of(user: Any, exam: str) -> list[Part]:
    """Returns the pages of an exam that the user may open."""
    units, rated = units_of_exam(exam), is_rated(exam)
    return [
        part._replace(words=tell("Corrections of tasks")) if rated and part.name == "corrections" else part
        for part in PARTS
        if part.rated in (None, rated)
        and may(user, part.roles | ({Role.AUDITOR} if part.is_audited else set()), units)
    ]


def sitting_page(request: Request, template: str, context: dict[str, Any], status: int = 0) -> HttpResponse:
    """Returns a page of a sitting: `context` with what all such pages need. Unless a status is given, the
    status of a POST is 422, because a successful POST redirects."""
    exam = str(request.resolver_match.kwargs["exam"]) if request.resolver_match else ""
    status = status or (422 if request.method == "POST" else 200)
    return render(request, template, {**_frame(request, exam), **context}, status=status)


def _frame(request: Request, exam: str) -> dict[str, Any]:
    from examgen.site.sittings.sitting_confirmation import why_keys_wait, why_not_score

    units = units_of_exam(exam)
    tabs = [
        (part, way, request.path.startswith(way))
        for part in parts_of(request.user, exam)
        if part.is_tab
        for way in [address(part.name, exam)]
    ]
    has_line = len(tabs) < MOST_TABS
    exam_address = way if opens(request.user, way := address("exam", exam)) else None
    is_grader = may(request.user, {Role.GRADER}, units)
    closed = why_not_score(request.user, exam) if is_grader else None
    waits = why_keys_wait(exam) if is_grader and closed is None else None
    title = manifest(exam)["blueprint"].get("title") or {}
    under_way = Job.objects.filter(about=exam, state__in=(State.WAITING, State.RUNNING))
    return {
        "exam": exam,
        "exam_title": title if isinstance(title, dict) else {},
        "tabs_shown": [(one.words, *tab) for one, *tab in tabs if has_line or not one.is_seldom],
        "tabs_behind": [(one.words, *tab) for one, *tab in tabs if one.is_seldom and not has_line],
        "is_rated": is_rated(exam),
        "way_here": [
            (part.words, None if request.path == way else way) for part, way, is_here in tabs if is_here
        ],
        "sees": may(request.user, {*SEES, Role.AUDITOR}, units),
        "exam_address": exam_address,
        "sees_marks": not is_auditor(request.user),
        "is_grader": is_grader,
        "closed": closed,
        "may_score": is_grader and closed is None,
        "keys_wait": waits,
        "may_use_key": is_grader and closed is None and waits is None,
        "is_approver": may(request.user, {Role.APPROVER}, units),
        "refused": refused(request),
        "n_not_used": n_not_used,
        "row_counts": row_counts,
        "name_of": name_of(sitting(exam)),
        "explained": EXPLANATIONS,
        "named": worklist.NAMED,
        "STATES": RUN_STATES,
        "scope": partial(scope_of, exam_folder(exam)),
        "under_way": under_way.order_by("-asked_at"),
    }


def runs_of(place: Sitting) -> list[Run]:
    """Returns the runs of an exam whose audit can be read, newest first. Each run is read only once, because
    runs do not change."""
    there = []
    for number, folder in run_folders(place.exam / RESULTS).items():
        with suppress(ValueError, OSError):
            there.append(_runs.of(folder, [folder / AUDIT], partial(read_run, number, folder)))
    return there[::-1]


_runs = Readings[Run](512)


def name_of(place: Sitting) -> Callable[[str], str]:
    """Returns a function that gives the name of a candidate on the roster, however the number is written;
    empty if it is not known."""
    names = cache(lambda: {canonical_number(who): name for who, name in roster.names(place).items()})
    return lambda who: names().get(canonical_number(who), "")


def row_counts(run: Run) -> Message:
    """Returns a sentence with the numbers of rows of a run that were scored, repeated, not used by decision,
    and set aside."""
    rows, unused = run.audit["rows"], n_not_used(run)
    counts = {
        "scored": rows["scored"],
        "repeats": rows["identical_repeats"],
        "aside": rows["quarantined"] - unused,
    }
    if not unused:
        return tell_n(
            "{n:,} row read = {scored:,} scored + {repeats:,} repeated + {aside:,} set aside",
            "{n:,} rows read = {scored:,} scored + {repeats:,} repeated + {aside:,} set aside",
            rows["read"],
            **counts,
        )
    return tell_n(
        "{n:,} row read = {scored:,} scored + {repeats:,} repeated + {unused:,} not used by decision + "
        "{aside:,} set aside",
        "{n:,} rows read = {scored:,} scored + {repeats:,} repeated + {unused:,} not used by decision + "
        "{aside:,} set aside",
        rows["read"],
        unused=unused,
        **counts,
    )


def has_responses(place: Sitting) -> bool:
    """Returns whether there is something to score: answer files, or a run whose responses are scored
    again."""
    return bool(place.answers or runs_of(place))


def score_again_form(place: Sitting) -> Any:
    """Returns the form of a scoring, with the kinds of results that the newest run has."""
    newest = next(iter(runs_of(place)), None)
    return ScoreAgain(initial=forms_of(newest) if newest else None)


_OF_RESULTS = ("candidates.csv", "pc_results.csv")


def says_the_same(run: Run, other: Run) -> bool:
    """Returns whether two runs have the same results for every candidate, so that there is nothing new to
    release."""
    return all(name in run.files and run.files[name] == other.files.get(name) for name in _OF_RESULTS)


class Runs:
    """The runs of a sitting, newest first, and what is to be done before the newest is released."""

    def __init__(self, place: Sitting) -> None:
        self.place, self.all = place, runs_of(place)
        self.newest = next(iter(self.all), None)

    @cached_property
    def states(self) -> dict[int, Any]:
        """The publication state of each run by number; empty if the record of releases cannot be trusted."""
        try:
            releases = all_releases(self.place.exam / RESULTS)
        except Refused:
            return {}
        return {run.number: state_of(run, releases) for run in self.all}

    @cached_property
    def told(self) -> Run | None:
        """The released run; None before any release."""
        states = self.states
        return next((one for one in self.all if states and states[one.number].state == "released"), None)

    @cached_property
    def n_open(self) -> int:
        """The number of rows of the newest run on which nobody has decided."""
        return sum(worklist.waiting(self.place, self.newest).values()) if self.newest else 0

    @cached_property
    def n_since(self) -> int:
        """The number of rows of the newest run decided on since, for which it must be scored again."""
        return worklist.n_decided_since(self.place, self.newest) if self.newest else 0

    @cached_property
    def is_overtaken(self) -> bool:
        """Whether results were withdrawn or restored by decisions that neither the newest nor the released
        run reflects. A grader has to score again."""
        decisions, told = self.place.decisions(), self.told
        if self.newest is None or not decided_since(self.newest, decisions):
            return False
        return told is None or bool(decided_since(told, decisions))

    @cached_property
    def has_news(self) -> bool:
        """Whether the newest run has results that are not released yet and reflects all decisions about
        candidates."""
        run, told = self.newest, self.told
        if run is None or not run.audit["rows"]["scored"] or decided_since(run, self.place.decisions()):
            return False
        if run.number not in self.states or self.states[run.number].state == "released":
            return False
        return told is None or not says_the_same(run, told)

    @property
    def to_release(self) -> int | None:
        """The number of the run to release next: the newest, if it differs from the released one and all its
        rows are decided and scored. Any other run is released from its own page."""
        is_ready = self.newest and self.has_news and not self.n_open and not self.n_since
        return self.newest.number if self.newest and is_ready else None


@contextmanager
def uploaded(files: Sequence[UploadedFile[Any]]) -> Iterator[dict[str, Path]]:
    """Yields the uploaded files by name, in a folder that is deleted at the end."""
    with TemporaryDirectory(dir=settings.SITE.uploads) as folder:
        yield keep(files, Path(folder))


def held_back(request: Request, exam: str, what: str, file: UploadedFile[Any]) -> Kept:
    """Saves an uploaded file of a sitting until it is accepted or discarded."""
    return uploads.keep(request.user, f"{exam} {what}", plain_name(file.name or ""), file.chunks())


def all_waiting(request: Request, exam: str, what: str) -> list[Kept]:
    """Returns the saved files that a POST names."""
    about = f"{exam} {what}"
    try:
        named = map(uuid.UUID, request.POST.getlist("waits"))
        return [uploads.kept(request.user.username, about, one) for one in named]
    except ValueError:
        raise Http404 from None


def keep(files: Sequence[UploadedFile[Any]], folder: Path) -> dict[str, Path]:
    """Writes uploaded files into a folder under numbers, because their names are not safe as paths. Returns
    the paths by name."""
    found: dict[str, Path] = {}
    for number, file in enumerate(files):
        path = folder / str(number)
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        name, again = plain_name(file.name or ""), 1
        while name in found:
            again += 1
            name = f"{again}-{plain_name(file.name or '')}"
        found[name] = path
    return found


def told(error: ExamgenError, form: Any = None) -> list[dict[str, str]]:
    """Returns a refusal as lines for a page: the reason, then each fault with its place. A fault of a field
    of the form is added to that field instead."""
    lines = [{"severity": "error", "where": "", "text": error.message}]
    for one in error.problems:
        field = next((name for name in (one.field, one.source) if form and name in form.fields), None)
        where = joined(filter(None, (one.source, one.item, one.heading or one.field)), between=" ")
        if field is not None:
            form.add_error(field, said(one.message))
        else:
            lines.append({"severity": one.severity, "where": where, "text": one.message})
    return lines + [{"severity": "notice", "where": "", "text": line} for line in error.advice]


@contextmanager
def refusals(request: Request, form: Any = None) -> Iterator[None]:
    """Catches a refusal in its block; the page then shows it at its top, as `told` returns it."""
    try:
        yield
    except ExamgenError as error:
        refused(request).extend(told(error, form))


def refused(request: Request) -> list[dict[str, str]]:
    """Returns the lines of the refusals that the page shows."""
    found: list[dict[str, str]] = request.__dict__.setdefault("refused", [])
    return found


_odd = Readings[OddResults](16)


def odd_of(place: Sitting, run: Run) -> OddResults:
    """Returns the unusual results of a run. They are cached, because many pages show them."""
    rests_on = [run.folder / AUDIT, place.exam / CANDIDATES_CSV]
    return _odd.of(run.folder, rests_on, lambda: odd_results(place.exam, run))
