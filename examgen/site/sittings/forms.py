"""The forms on the pages of a sitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from examgen.capture.centre_returns import INCIDENT_KINDS
from examgen.capture.quarantine_reasons import NOT_ON_LIST
from examgen.core.models.decisions import DECISION_KINDS, KIND_WORDS, OUTCOME_WORDS
from examgen.core.models.field_types import Method
from examgen.core.models.scoring import CORRECTION_KINDS
from examgen.core.models.standard import METHODS
from examgen.core.person_decisions import PersonDecision, taken_back
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, either, tell
from examgen.scoring.options import READING_OPTIONS, ScoringOptions
from examgen.site.abuse import Watched
from examgen.site.forms import (
    MEGABYTE,
    DayField,
    Files,
    OptionsForm,
    choice_field,
    form_of,
    text_field,
    tick_field,
    told_choices,
)
from examgen.site.language import day as day_in_words
from examgen.site.language import said
from examgen.sitting.cases import LONGEST
from examgen.sitting.rules import RULES
from examgen.sitting.second_reading import ScoredRow
from examgen.sitting.worklist import MAY_BE_NAMED, ONLY_IN_FILE, Aside

MOST_SCANS = 2_000_000_000
"""The maximum size of one upload of scans, in bytes."""


class AnswerFiles(Watched):
    """The form for uploading answer files."""

    given = Files(
        tell("Answer files"),
        tell(
            "{kinds}; each centre its own; also lists of results of other methods of assessment",
            kinds=either(TABLE_FILES),
        ),
    )


class RosterFile(Watched):
    """The form for uploading the list of registered candidates."""

    given = Files(
        tell("List of those registered"),
        tell("a table with the candidate number; name, room, seat, form and attendance where known"),
        most=50 * MEGABYTE,
    )


class PlanFile(Watched):
    """The form for uploading the plan of a sitting."""

    given = Files(
        tell("Plan of the sitting"),
        tell(
            "the file of the plan: take it on this page, fill in day, hours, rooms, invigilators and "
            "more time in a text editor, and send it here; whoever runs the machine can do it for you"
        ),
        most=MEGABYTE,
    )
    reason = text_field(tell("Why, if it takes the place of another"), most=500, required=False)


class ReturnedFiles(Watched):
    """The form for uploading files that centres sent back."""

    given = Files(
        tell("Files that centres sent back"),
        tell("the workbook of the centre, filled in, or a table of one of its lists"),
        most=20 * MEGABYTE,
    )
    replace = tick_field(
        tell("Replace a file with the same name, and attendance that was recorded differently")
    )
    reason = text_field(tell("Why it takes its place"), most=500, required=False)

    def clean(self) -> dict[str, Any]:
        """Requires a reason for a replacement."""
        given = super().clean() or self.cleaned_data
        if given.get("replace") and not given.get("reason"):
            self.add_error("reason", said(tell("say why it takes the place of what is there")))
        return given


class IncidentForm(Watched):
    """The form for recording an incident."""

    centre = choice_field(tell("Centre"))
    room = text_field(tell("Room"), required=False)
    day = DayField(tell("Day"), tell("left empty: the day of the sitting"))
    time = forms.TimeField(
        label=said(tell("Time")),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )
    kind = choice_field(tell("Kind"), INCIDENT_KINDS, is_list=True)
    candidates = text_field(
        tell("Candidates concerned"),
        tell("their numbers, with commas between them; empty where it is about nobody"),
        most=2_000,
        required=False,
    )
    what = text_field(tell("What happened"), most=2_000, rows=3)
    done = text_field(tell("What was done"), most=2_000, rows=3, required=False)
    minutes_lost = forms.IntegerField(
        label=said(tell("Minutes lost")), min_value=0, max_value=999, required=False
    )
    reported_by = text_field(tell("Reported by"), required=False)

    def __init__(
        self, *args: Any, centres: Sequence[str], rooms: Sequence[str], by: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choose("centre", [(name, name) for name in centres])
        if not centres:
            self.fields["centre"] = text_field(tell("Centre"))
        if rooms:
            self.fields["room"].help_text = said(tell("one of {rooms}", rooms=", ".join(rooms[:MOST_FORMS])))
        self.fields["reported_by"].initial = by

    def line(self) -> dict[str, str]:
        """Returns the incident as a row of the list of incidents, by column."""
        given = self.cleaned_data
        texts = {name: "" if value is None else str(value).strip() for name, value in given.items()}
        return {**texts, "time": given["time"].strftime("%H:%M") if given["time"] else ""}


class ScanFiles(Watched):
    """The form for uploading scanned answer sheets."""

    given = Files(tell("Scans"), tell("PDF, TIFF, JPEG or PNG files, or a ZIP of them"), most=MOST_SCANS)


class GalleryDecisions(Watched):
    """The form for uploading the decisions that the gallery saved in a file."""

    given = Files(tell("The file that the gallery saved"), most=20 * MEGABYTE)


HowRead = form_of(ScoringOptions, OptionsForm, READING_OPTIONS)
"""How all answer files are read, if their content does not show it."""


class ScoringForm(OptionsForm):
    """The options of a scoring: what it deliberately leaves out, its strictness, and the file formats of its
    results."""

    chosen = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)
    """Whether the user saw the choice of result formats. A button without that choice keeps the formats of
    the newest run."""


ScoreAgain = form_of(ScoringOptions, ScoringForm, ("without", "strict", "signals", "elements", "formats"))


class RuleFile(Watched):
    """The form for uploading cut scores or a conversion table."""

    kind = choice_field(tell("Kind of file"), {name: words for name, (_, words) in RULES.items()})
    given = Files(
        tell("File"),
        tell("The file of a cut or of a conversion, as an analysis on the site writes it (YAML)"),
        most=MEGABYTE,
    )


class Reasoned(Watched):
    """A form for a decision, which always requires a reason."""

    reason = text_field(tell("Why"), tell("stands on record with your name and the day"), most=500)


IDENTITY, VOID, MARKS = "identity", "void", "marks"
MOST_MARKS = 400
KEPT = tell("left empty: as the row says")


NO_FORM = frozenset(("unknown_form", "form_not_known"))
"""Reasons for quarantine of rows that name no form of the exam."""
NEED_FORM = NO_FORM | {"other_form", "form_not_dealt"}
"""Reasons for quarantine of rows whose own form cannot be used."""


class OnRow(Reasoned):
    """The form for a decision on a quarantined row."""

    what = choice_field(
        tell("Decision"),
        {
            IDENTITY: tell("The row is of the candidate or form named below"),
            MARKS: tell("Marks are these"),
            VOID: tell("Do not use this row"),
        },
    )
    candidate_id = text_field(tell("Candidate"), most=128, required=False, strip=False)
    form = text_field(tell("Form, or serial of the booklet"), most=60, required=False)

    def __init__(self, *args: Any, row: Aside, forms_of: Sequence[str], **kwargs: Any) -> None:
        """`forms_of` are the forms of the exam; empty if a row may name the serial number of a booklet."""
        super().__init__(*args, **kwargs)
        self.only_void = row.reason in ONLY_IN_FILE
        if self.only_void:
            self.choose("what", [(VOID, said(tell("Do not use this row")))])
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


def mark_lines(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the questions and answers as typed into the fields `question-0`, `answer-0` and so on, without
    empty lines."""
    lines = (
        (str(data[f"question-{n}"]).strip(), str(data.get(f"answer-{n}", "")).strip())
        for n in range(MOST_MARKS)
        if f"question-{n}" in data
    )
    return [line for line in lines if any(line)]


def marks_of(data: Mapping[str, Any]) -> dict[int, str]:
    """Returns the marks typed into the form, by question. Lines without a question number or an answer are
    left out."""
    return {
        int(question): answer[:20]
        for question, answer in mark_lines(data)
        if question.isdecimal() and answer and len(question) < 6
    }


KINDS = {str(kind): one.chosen for kind, one in CORRECTION_KINDS.items()}
"""The kinds of corrections of the key, with their labels."""
MOST_FORMS = 100
"""The maximum number of forms shown as a list of choices."""
EVERYWHERE, ONLY_HERE = "everywhere", "only_here"


class OrderedForm(Reasoned):
    """A form for a decision that was made earlier, possibly by somebody other than the user who enters it."""

    by = text_field(tell("Asked for by"), tell("who decided it and by which minutes"))
    date = DayField(tell("Decided on"), required=True)

    def clean_date(self) -> Any:
        """Returns the day, which is today or earlier."""
        day = self.cleaned_data["date"]
        if timezone.localdate() < day:
            raise forms.ValidationError(said(tell("that day is in the future")))
        return day


class BackForm(OrderedForm):
    """The form for cancelling a recorded correction. `number` is its number in the list of corrections that
    has the digest."""

    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    field_order = ("reason", "by", "date")


class CorrectionForm(OrderedForm):
    """The form for a correction of the key."""

    kind = choice_field(tell("Kind"), KINDS)
    form = choice_field(tell("Form"))
    question = forms.IntegerField(label=said(tell("Question")), min_value=1, max_value=1000)
    where = choice_field(
        tell("Where its item is asked on other forms too"),
        {
            EVERYWHERE: tell("corrected there as well"),
            ONLY_HERE: tell("only here: a fault of this printing"),
        },
        is_list=True,
    )
    key = text_field(
        tell("Right answer"),
        tell(
            "only the new letter, as this form prints it; several with a comma. The key of now and the "
            "question do not stand here: two people together open them on the page “Keys and other "
            "secret files”"
        ),
        most=40,
        required=False,
    )
    field_order = ("kind", "form", "question", "where", "key", "reason", "by", "date")

    def __init__(self, names: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(names) > MOST_FORMS:  # personal ones, which nobody looks for in a list
            self.fields["form"] = text_field(tell("Form"), most=60)
        else:
            self.choose("form", [(name, name) for name in names])
        self.fields["reason"].help_text = said(tell("what was wrong with the question"))

    def clean(self) -> dict[str, Any]:
        """Requires a key if this kind of correction changes it."""
        given = super().clean() or self.cleaned_data
        kind = CORRECTION_KINDS.get(given.get("kind", ""))
        if kind is not None and kind.key and not given.get("key"):
            self.add_error("key", said(tell("write the right answer, as this form prints it")))
        return given

    def entry(self) -> dict[str, Any]:
        """Returns the correction as an entry of the file of corrections."""
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
    """The form for a decision about candidates."""

    candidates = text_field(
        tell("Candidates by their numbers"),
        tell("several with blanks, commas or lines between them"),
        most=20_000,
        rows=2,
    )
    decision = choice_field(
        tell("Decision"), {name: kind.words for name, kind in DECISION_KINDS.items()}, is_list=True
    )
    method = choice_field(
        tell("Method of assessment"), help=tell("of a method that is waived, or asked again"), required=False
    )
    incident = text_field(
        tell("Incident"),
        tell("that it follows from, by its centre and number, as the page of what happened has it"),
        most=300,
        required=False,
    )
    evidence = text_field(tell("What it rests on"), most=500, required=False)

    field_order = ("candidates", "decision", "method", "reason", "incident", "evidence")

    def __init__(
        self, *args: Any, methods: Sequence[Method], held: PersonDecision | None = None, **kwargs: Any
    ) -> None:
        """`held` is the decision in force for the candidate for whom the form is opened. The form offers
        first to take it back, and does not offer it again."""
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
        """Checks that decision and method fit together."""
        given = super().clean() or self.cleaned_data
        decision, method = given.get("decision"), given.get("method", "")
        if decision == "waived" and not method:
            self.add_error("method", said(tell("say which method is waived")))
        if method and decision not in ("waived", "restored"):
            self.add_error("method", said(tell("goes with a waiver alone")))
        return given


class CaseFiles(Files):
    """A field for the files of a case; an empty list if none is chosen."""

    def __init__(self) -> None:
        super().__init__(
            tell("Files that belong to it"),
            tell("letters, photographs, records; kept as they are, at most 50 MB together"),
            most=50 * MEGABYTE,
            required=False,
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Returns the files as they were uploaded."""
        return super().clean(data, initial) if data else []


class _CaseKinds(forms.RadioSelect):
    """Kinds of cases; `closed` are those that cannot be chosen now."""

    closed: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns a choice, disabled if its kind cannot be chosen now."""
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.closed:
            option["attrs"]["disabled"] = True
        return option


NO_APPEAL_YET = tell(
    "No appeal can be taken in before the result is released. Take the letter in as a complaint: the answers "
    "can be read again just the same."
)


class OpenCase(Watched):
    """The form for a new appeal or complaint."""

    kind = forms.ChoiceField(
        label=said(tell("Kind of case")), choices=told_choices(KIND_WORDS), widget=_CaseKinds
    )
    candidate = text_field(
        tell("Candidate number"),
        tell("required for an appeal, and for a complaint by a candidate"),
        required=False,
    )
    sender = text_field(
        tell("Brought by"), tell("the name of the complainant, if not a candidate"), required=False
    )
    about = text_field(tell("What is asked, or complained of"), most=LONGEST, rows=4)
    received = DayField(tell("Received on"), tell("left empty: today"))
    given = CaseFiles()

    def __init__(self, *args: Any, is_released: bool, **kwargs: Any) -> None:
        """An appeal requires a released result."""
        super().__init__(*args, **kwargs)
        self._is_released = is_released
        if not is_released:
            self.fields["kind"].widget.closed = frozenset(("appeal",))
            self.fields["kind"].help_text = said(NO_APPEAL_YET)
            self.initial.setdefault("kind", "complaint")

    def clean_kind(self) -> str:
        """Rejects an appeal before a release."""
        kind: str = self.cleaned_data["kind"]
        if kind == "appeal" and not self._is_released:
            raise forms.ValidationError(said(NO_APPEAL_YET))
        return kind


class AddToCase(Watched):
    """The form for adding a note or files to a case."""

    note = text_field(tell("Note"), most=LONGEST, rows=2, required=False)
    given = CaseFiles()


class DecideCase(Watched):
    """The form for the decision on a case."""

    outcome = choice_field(tell("Decision"), OUTCOME_WORDS)
    reason = text_field(
        tell("Why"),
        tell("the answer says it; it stands on record with your name and the day"),
        most=LONGEST,
        rows=3,
    )


class AnswerCase(Watched):
    """The form for the letter that answers a case."""

    sent = DayField(tell("Sent on"), tell("left empty: today"))
    digits = choice_field(
        tell("Figures of Thai texts"), {"arabic": "1 2 3", "thai": tell("Thai figures")}, is_list=True
    )


class CloseCase(Reasoned):
    """The form for closing a case that is not closed by its answer."""


class ReadAgain(Watched):
    """The form for a second reading of an answer sheet: for each question the letters, or that nothing is
    marked."""

    from_paper = tick_field(tell("I read the paper itself, not the picture"))

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
        """The field of each question, in order."""
        return [self[f"q{n}"] for n in range(1, len(self.row.marks) + 1)]

    def clean(self) -> dict[str, Any]:
        """Rejects letters together with "not answered"."""
        given = super().clean() or self.cleaned_data
        for n in range(1, len(self.row.marks) + 1):
            marked = given.get(f"q{n}") or ()
            if "-" in marked and len(marked) > 1:
                self.add_error(f"q{n}", said(tell("either letters, or “not answered”")))
        return given

    def answers(self) -> list[tuple[str, str, str]]:
        """Returns for each question its name, its number and the letters, as a second reading needs them."""
        given = self.cleaned_data
        return [(f"Q{n}", str(n), "|".join(given[f"q{n}"])) for n in range(1, len(self.row.marks) + 1)]


class ReleaseForm(Reasoned):
    """The form for releasing a run."""

    minutes = text_field(tell("Minutes"), tell("the number of the minutes of the committee, such as 8/2569"))
    day = DayField(
        tell("Day of the release"), tell("the day on which the results are announced"), required=True
    )
    open_looks = text_field(tell("Why the release does not wait for open second looks"), most=500)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, *args: Any, has_open_looks: bool, first_day: tuple[date, Message] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.first_day = first_day
        if not has_open_looks:
            del self.fields["open_looks"]

    def clean_day(self) -> date:
        """Returns the day. It is neither before the day of anything that the release includes, nor after
        today."""
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
