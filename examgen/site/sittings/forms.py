"""Forms of a sitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from examgen.bank.settings import CaseSettings
from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.capture.reasons import NOT_ON_LIST
from examgen.core.models.base import Method
from examgen.core.models.decisions import DECISION_KINDS, KIND_WORDS, OUTCOME_WORDS
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.models.standard import METHODS
from examgen.core.person_decisions import PersonDecision, taken_back
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, either, tell, tell_n
from examgen.scoring.options import READING_OPTIONS, ScoringOptions
from examgen.site.abuse import Watched
from examgen.site.forms import MEGABYTE, DayField, Files, OptionsForm, form_of
from examgen.site.language import day as day_in_words
from examgen.site.language import said
from examgen.sitting.cases import LONGEST
from examgen.sitting.rules import RULES
from examgen.sitting.second_reading import ScoredRow
from examgen.sitting.worklist import MAY_BE_NAMED, ONLY_IN_FILE, Aside

MOST_SCANS = 2_000_000_000
"""Bytes of the files of one upload."""


class AnswerFiles(Watched):
    """Answer files."""

    given = Files(
        label=said(tell("Answer files")),
        help_text=said(
            tell(
                "{kinds}; each centre its own; also lists of results of other methods of assessment",
                kinds=either(TABLE_FILES),
            )
        ),
    )


class RosterFile(Watched):
    """Who was registered."""

    given = Files(
        label=said(tell("List of those registered")),
        help_text=said(
            tell("a table with the candidate number; name, room, seat, form and attendance where known")
        ),
        most=50 * MEGABYTE,
    )


class PlanFile(Watched):
    """What was arranged for a sitting."""

    given = Files(
        label=said(tell("Plan of the sitting")),
        help_text=said(
            tell(
                "the file of the plan: take it on this page, fill in day, hours, rooms, invigilators and "
                "more time in a text editor, and send it here; whoever runs the machine can do it for you"
            )
        ),
        most=MEGABYTE,
    )
    reason = forms.CharField(
        label=said(tell("Why, if it takes the place of another")), max_length=500, required=False
    )


class ReturnedFiles(Watched):
    """What centres sent back."""

    given = Files(
        label=said(tell("Files that centres sent back")),
        help_text=said(tell("the workbook of the centre, filled in, or a table of one of its lists")),
        most=20 * MEGABYTE,
    )
    replace = forms.BooleanField(
        label=said(
            tell("takes the place of a file of the same name, and of attendance that is recorded otherwise")
        ),
        required=False,
    )
    reason = forms.CharField(label=said(tell("Why it takes its place")), required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        """What takes the place of something says why."""
        given = super().clean() or self.cleaned_data
        if given.get("replace") and not given.get("reason"):
            self.add_error("reason", said(tell("say why it takes the place of what is there")))
        return given


class IncidentForm(Watched):
    """An incident."""

    centre = forms.ChoiceField(label=said(tell("Centre")))
    room = forms.CharField(label=said(tell("Room")), max_length=200, required=False)
    day = DayField(tell("Day"), tell("left empty: the day of the sitting"))
    time = forms.TimeField(
        label=said(tell("Time")),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )
    kind = forms.ChoiceField(
        label=said(tell("Kind")), choices=[(name, said(word)) for name, word in INCIDENT_KINDS.items()]
    )
    candidates = forms.CharField(
        label=said(tell("Candidates concerned")),
        help_text=said(tell("their numbers, with commas between them; empty where it is about nobody")),
        max_length=2_000,
        required=False,
    )
    what = forms.CharField(
        label=said(tell("What happened")), widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000
    )
    done = forms.CharField(
        label=said(tell("What was done")),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )
    minutes_lost = forms.IntegerField(
        label=said(tell("Minutes lost")), min_value=0, max_value=999, required=False
    )
    reported_by = forms.CharField(label=said(tell("Reported by")), max_length=200, required=False)

    def __init__(
        self, *args: Any, centres: Sequence[str], rooms: Sequence[str], by: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choose("centre", [(name, name) for name in centres])
        if not centres:
            self.fields["centre"] = forms.CharField(label=self.fields["centre"].label, max_length=200)
        if rooms:
            self.fields["room"].help_text = said(tell("one of {rooms}", rooms=", ".join(rooms[:MOST_FORMS])))
        self.fields["reported_by"].initial = by

    def line(self) -> dict[str, str]:
        """The incident by the columns of its list."""
        given = self.cleaned_data
        texts = {name: "" if value is None else str(value).strip() for name, value in given.items()}
        return {**texts, "time": given["time"].strftime("%H:%M") if given["time"] else ""}


class ScanFiles(Watched):
    """Scanned answer sheets."""

    given = Files(
        label=said(tell("Scans")),
        help_text=said(tell("PDF, TIFF, JPEG or PNG files, or a ZIP of them")),
        most=MOST_SCANS,
    )


class GalleryDecisions(Watched):
    """What was decided in the gallery, as it was saved there."""

    given = Files(label=said(tell("The file that the gallery saved")), most=20 * MEGABYTE)


HowRead = form_of(ScoringOptions, OptionsForm, READING_OPTIONS)
"""What is said of all answer files where their content does not tell."""


class ScoringForm(OptionsForm):
    """A scoring: what it leaves out on purpose, how strict it is, what its results are written in."""

    chosen = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)
    """Whether who asks saw the forms of results; a button without them keeps those of the newest run."""


ScoreAgain = form_of(ScoringOptions, ScoringForm, ("without", "strict", "signals", "elements", "formats"))


class RuleFile(Watched):
    """Cut scores or a conversion."""

    kind = forms.ChoiceField(
        label=said(tell("Kind of file")),
        choices=[(name, said(words)) for name, (_, words) in RULES.items()],
        widget=forms.RadioSelect,
    )
    given = Files(
        label=said(tell("File")),
        help_text=said(
            tell("The file of a cut or of a conversion, as an analysis on the site writes it (YAML)")
        ),
        most=MEGABYTE,
    )


class Reasoned(Watched):
    """A decision, which is never without its reason."""

    reason = forms.CharField(
        label=said(tell("Why")),
        max_length=500,
        help_text=said(tell("stands on record with your name and the day")),
        widget=forms.TextInput,
    )


IDENTITY, VOID, MARKS = "identity", "void", "marks"
MOST_MARKS = 400
KEPT = tell("left empty: as the row says")


NO_FORM = frozenset(("unknown_form", "form_not_known"))
"""Reasons of rows that name no form of the exam."""
NEED_FORM = NO_FORM | {"other_form", "form_not_dealt"}
"""Reasons of rows whose own form cannot be taken."""


class OnRow(Reasoned):
    """A decision on a row that was set aside."""

    what = forms.ChoiceField(
        label=said(tell("Decision")),
        choices=[
            (IDENTITY, said(tell("The row is of the candidate or form named below"))),
            (MARKS, said(tell("Marks are these"))),
            (VOID, said(tell("Do not use this row"))),
        ],
        widget=forms.RadioSelect,
    )
    candidate_id = forms.CharField(
        label=said(tell("Candidate")),
        required=False,
        max_length=128,
        strip=False,
    )
    form = forms.CharField(label=said(tell("Form, or serial of the booklet")), required=False, max_length=60)

    def __init__(self, *args: Any, row: Aside, forms_of: Sequence[str], **kwargs: Any) -> None:
        """`forms_of` are the forms of the exam; none where a row may name the serial of a booklet."""
        super().__init__(*args, **kwargs)
        self.only_void = row.reason in ONLY_IN_FILE
        if self.only_void:
            what = cast(forms.ChoiceField, self.fields["what"])
            what.choices = [(VOID, said(tell("Do not use this row")))]
            self.initial["what"] = VOID
        if forms_of:
            choices = [("", "–"), *((one, one) for one in forms_of)]
            self.fields["form"].label = said(tell("Form"))
            self.fields["form"].widget = forms.Select(choices=choices)
        if len(forms_of) == 1 and row.reason in NO_FORM:
            self.initial.setdefault("form", forms_of[0])
        whose, form = tell("required: the row has no number to use"), KEPT
        if row.reason == NOT_ON_LIST:
            whose = tell("required: the row’s own number is on no list")
        elif row.candidate_id and row.reason in MAY_BE_NAMED | NEED_FORM:
            whose = tell("left empty: {id}, as the row says", id=row.candidate_id)
        elif row.candidate_id:
            whose = tell("only where the row is not of {id}, as it says", id=row.candidate_id)
        if row.reason in NEED_FORM:
            form = tell("required: the row’s own is not usable")
        self.fields["candidate_id"].help_text = said(whose)
        self.fields["form"].help_text = said(form)

    field_order = ("what", "candidate_id", "form", "reason")


def marks_of(data: Mapping[str, Any], most: int = MOST_MARKS) -> dict[int, str]:
    """Marks as a form has them: `question-0` and `answer-0` and so on; empty lines are left out."""
    found: dict[int, str] = {}
    for n in (n for n in range(most) if f"question-{n}" in data):
        question, answer = (str(data.get(f"{name}-{n}", "")).strip() for name in ("question", "answer"))
        if question.isdecimal() and answer and len(question) < 6:
            found[int(question)] = answer[:20]
    return found


KINDS = {str(kind): one.chosen for kind, one in CORRECTION_KINDS.items()}
"""Corrections of the key."""
MOST_FORMS = 100
"""Forms that stand in a list to choose from."""
EVERYWHERE, ONLY_HERE = "everywhere", "only_here"


class OrderedForm(Reasoned):
    """What somebody decided before today, and somebody else puts into the site."""

    by = forms.CharField(
        label=said(tell("Asked for by")),
        max_length=200,
        help_text=said(tell("who decided it and by which minutes")),
    )
    date = DayField(tell("Decided on"), required=True)

    def clean_date(self) -> Any:
        """Today or before."""
        day = self.cleaned_data["date"]
        if timezone.localdate() < day:
            raise forms.ValidationError(said(tell("that day is still to come")))
        return day


class BackForm(OrderedForm):
    """A correction on record that is to hold no longer: its number, of those of that digest."""

    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    field_order = ("reason", "by", "date")


class CorrectionForm(OrderedForm):
    """A correction of the key."""

    kind = forms.ChoiceField(
        label=said(tell("Kind")),
        choices=[(name, said(words)) for name, words in KINDS.items()],
        widget=forms.RadioSelect,
    )
    form = forms.ChoiceField(label=said(tell("Form")))
    question = forms.IntegerField(label=said(tell("Question")), min_value=1, max_value=1000)
    where = forms.ChoiceField(
        label=said(tell("Where its item is asked on other forms too")),
        choices=[
            (EVERYWHERE, said(tell("corrected there as well"))),
            (ONLY_HERE, said(tell("only here: a fault of this printing"))),
        ],
    )
    key = forms.CharField(
        label=said(tell("Right answer")),
        required=False,
        max_length=40,
        help_text=said(
            tell(
                "only the new letter, as this form prints it; several with a comma. The key of now and the "
                "question do not stand here: two people together open them on the page “Keys and other "
                "secret files”"
            )
        ),
    )
    field_order = ("kind", "form", "question", "where", "key", "reason", "by", "date")

    def __init__(self, names: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(names) > MOST_FORMS:  # personal ones, which nobody looks for in a list
            label = self.fields["form"].label
            self.fields["form"] = forms.CharField(label=label, max_length=60)
        else:
            self.fields["form"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["reason"].help_text = said(tell("what was wrong with the question"))

    def clean(self) -> dict[str, Any]:
        """Where another answer is right it is said which."""
        given = super().clean() or self.cleaned_data
        kind = CORRECTION_KINDS.get(given.get("kind", ""))
        if kind is not None and kind.key and not given.get("key"):
            self.add_error("key", said(tell("write the right answer, as this form prints it")))
        return given

    def entry(self) -> dict[str, Any]:
        """The correction as a file has it."""
        given = self.cleaned_data
        letters = [
            one.strip().upper() for one in str(given["key"]).replace("|", ",").split(",") if one.strip()
        ]
        return {
            "kind": given["kind"],
            "form": given["form"],
            "question": given["question"],
            **({given["where"]: True}),
            **({"key": letters[0] if len(letters) == 1 else letters} if letters else {}),
            "reason": given["reason"],
            "by": given["by"],
            "date": given["date"],
        }


class PersonDecisionForm(Reasoned):
    """A decision on persons."""

    candidates = forms.CharField(
        label=said(tell("Candidates by their numbers")),
        help_text=said(tell("several with blanks, commas or lines between them")),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=20_000,
    )
    decision = forms.ChoiceField(
        label=said(tell("Decision")),
        choices=lambda: [(name, said(kind.words)) for name, kind in DECISION_KINDS.items()],
    )
    method = forms.ChoiceField(
        label=said(tell("Method of assessment")),
        help_text=said(tell("of a method that is waived, or asked again")),
        required=False,
    )
    incident = forms.CharField(
        label=said(tell("Incident")),
        help_text=said(
            tell("that it follows from, by its centre and number, as the page of what happened has it")
        ),
        required=False,
        max_length=300,
    )
    evidence = forms.CharField(label=said(tell("What it rests on")), required=False, max_length=500)

    field_order = ("candidates", "decision", "method", "reason", "incident", "evidence")

    def __init__(
        self, *args: Any, methods: Sequence[Method], held: PersonDecision | None = None, **kwargs: Any
    ) -> None:
        """`held` is what holds of the candidate whom the form is opened for: that is offered to be taken back
        first, and not to be decided again."""
        super().__init__(*args, **kwargs)
        self.choose("method", [("", "–"), *((one, said(tell(METHODS[one]))) for one in methods)])
        if not methods:
            del self.fields["method"]
            known = [(name, said(kind.words)) for name, kind in DECISION_KINDS.items() if name != "waived"]
            self.choose("decision", known)
        # a proposal is given up by the button beside it
        unasked = {"dropped"} if methods else {"dropped", "waived"}
        offered = [(name, said(kind.words)) for name, kind in DECISION_KINDS.items() if name not in unasked]
        if held is not None:
            others = [one for one in offered if one[0] not in ("restored", held.decision)]
            offered = [("restored", said(taken_back(held))), *others]
        self.fields["decision"].widget.choices = offered

    def clean(self) -> dict[str, Any]:
        """Also says what goes together."""
        given = super().clean() or self.cleaned_data
        decision, method = given.get("decision"), given.get("method", "")
        if decision == "waived" and not method:
            self.add_error("method", said(tell("say which method is waived")))
        if method and decision not in ("waived", "restored"):
            self.add_error("method", said(tell("goes with a waiver alone")))
        return given


class CaseFiles(Files):
    """Files of a case; none where none is chosen."""

    def __init__(self) -> None:
        super().__init__(
            label=said(tell("Files that belong to it")),
            help_text=said(tell("letters, photographs, records; kept as they are, at most 50 MB together")),
            most=50 * MEGABYTE,
            required=False,
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files, as they were sent."""
        return super().clean(data, initial) if data else []


def _text(label: str, help: str = "", most: int = 200, required: bool = False) -> forms.CharField:
    return forms.CharField(label=said(label), help_text=said(help), max_length=most, required=required)


class _CaseKinds(forms.RadioSelect):
    """Kinds of cases; `closed` are those that cannot be chosen now."""

    closed: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """An option, shut where it cannot be chosen."""
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.closed:
            option["attrs"]["disabled"] = True
        return option


NO_APPEAL_YET = tell(
    "No appeal can be taken in before the result is released. Take the letter in as a complaint: the answers "
    "can be read again just the same."
)


def _deadlines(rules: CaseSettings) -> Message:
    """What a case without a deadline of its own gets by the rule of the body."""
    appeals, complaints = (
        tell("no deadline") if days is None else tell_n("{n} day", "{n} days", days)
        for days in (rules.appeal_days, rules.complaint_days)
    )
    if appeals == complaints:
        return tell("left empty: {deadline}", deadline=appeals)
    return tell(
        "left empty: appeals {appeals}, complaints {complaints}", appeals=appeals, complaints=complaints
    )


class OpenCase(Watched):
    """An appeal or a complaint that came in."""

    kind = forms.ChoiceField(
        label=said(tell("Kind of case")),
        choices=lambda: [(name, said(words)) for name, words in KIND_WORDS.items()],
        widget=_CaseKinds,
    )
    candidate = _text(
        tell("Candidate number"), tell("of an appeal always; of a complaint where a candidate complains")
    )
    sender = _text(tell("Brought by"), tell("the name of who complains, if that is no candidate"))
    about = forms.CharField(
        label=said(tell("What is asked, or complained of")),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
    )
    received = DayField(tell("Received on"), tell("left empty: today"))
    way = _text(tell("How it came"), tell("a letter, by hand, an e-mail"))
    handler = _text(tell("Handled by"), tell("left empty: you"))
    due = DayField(tell("To be answered by"))
    given = CaseFiles()

    def __init__(self, *args: Any, rules: CaseSettings, is_released: bool, **kwargs: Any) -> None:
        """An appeal is against a result that was released; the body may have rules on deadlines."""
        super().__init__(*args, **kwargs)
        self.fields["due"].help_text = said(_deadlines(rules))
        self._is_released = is_released
        if not is_released:
            self.fields["kind"].widget.closed = frozenset(("appeal",))
            self.fields["kind"].help_text = said(NO_APPEAL_YET)
            self.initial.setdefault("kind", "complaint")

    def clean_kind(self) -> str:
        """No appeal before a release."""
        kind: str = self.cleaned_data["kind"]
        if kind == "appeal" and not self._is_released:
            raise forms.ValidationError(said(NO_APPEAL_YET))
        return kind


class AddToCase(Watched):
    """More of a case."""

    note = forms.CharField(
        label=said(tell("Note")),
        help_text=said(tell("with another deadline: why")),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST,
        required=False,
    )
    handler = _text(tell("Handled from now on by"))
    due = DayField(tell("To be answered by"))
    given = CaseFiles()


class DecideCase(Watched):
    """The decision on a case."""

    outcome = forms.ChoiceField(
        label=said(tell("Decision")),
        choices=lambda: [(name, said(words)) for name, words in OUTCOME_WORDS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=said(tell("Why")),
        help_text=said(tell("the answer says it; it stands on record with your name and the day")),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST,
    )


class AnswerCase(Watched):
    """The letter that answers a case."""

    sent = DayField(tell("Sent on"), tell("left empty: today"))
    digits = forms.ChoiceField(
        label=said(tell("Figures of Thai texts")),
        choices=lambda: [("arabic", "1 2 3"), ("thai", said(tell("Thai figures")))],
    )


class CloseCase(Reasoned):
    """Why a case is closed that its answer does not close."""


class ReadAgain(Watched):
    """The answers of a sheet as somebody reads them: for each question letters, or that nothing is marked."""

    from_paper = forms.BooleanField(
        label=said(tell("I read the paper itself, not the picture")), required=False
    )

    def __init__(self, *args: Any, row: ScoredRow, has_picture: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        for n, n_options in enumerate(row.n_options, 1):
            letters = zip(LETTERS, row.letters[:n_options], strict=False)
            self.fields[f"q{n}"] = forms.MultipleChoiceField(
                label=str(n),
                choices=[*letters, ("-", said(tell("not answered")))],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": said(tell("mark what you read, or “not answered”"))},
            )
        if not has_picture:
            self.fields["from_paper"].required = True

    @property
    def questions(self) -> list[forms.BoundField]:
        """A row of bubbles for each question."""
        return [self[f"q{n}"] for n in range(1, len(self.row.marks) + 1)]

    def clean(self) -> dict[str, Any]:
        """Says where letters and a blank are marked at once."""
        given = super().clean() or self.cleaned_data
        for n in range(1, len(self.row.marks) + 1):
            marked = given.get(f"q{n}") or ()
            if "-" in marked and len(marked) > 1:
                self.add_error(f"q{n}", said(tell("either letters, or “not answered”")))
        return given

    def answers(self) -> list[tuple[str, str, str]]:
        """As a reading takes them."""
        given = self.cleaned_data
        return [(f"Q{n}", str(n), "|".join(given[f"q{n}"])) for n in range(1, len(self.row.marks) + 1)]


class ReleaseForm(Reasoned):
    """A run told to those outside."""

    minutes = forms.CharField(
        label=said(tell("Minutes")),
        max_length=200,
        help_text=said(tell("the number of the minutes of the committee, such as 8/2569")),
    )
    day = DayField(
        tell("Day of the release"),
        tell("the day on which the results are announced"),
        required=True,
    )
    open_looks = forms.CharField(
        label=said(tell("Why the release does not wait for open second looks")), max_length=500
    )
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, *args: Any, has_open_looks: bool, first_day: tuple[date, Message] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.first_day = first_day
        if not has_open_looks:
            del self.fields["open_looks"]

    def clean_day(self) -> date:
        """The day; an error before that of anything that the release includes, and after today."""
        day: date = self.cleaned_data["day"]
        if self.first_day is not None and day < self.first_day[0]:
            first, what = self.first_day
            message = tell(
                "must be {first} or later, which is the day of {what}", first=day_in_words(first), what=what
            )
            raise forms.ValidationError(said(message))
        if day > timezone.localdate():
            raise forms.ValidationError(said(tell("is in the future")))
        return day
