"""The forms of analyses, made from the declaration of its command.

A file is one that the user has uploaded to the unit, or an exam of the unit. Options that are left empty are
omitted. As for the command, the declaration checks values and their combinations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, NamedTuple

from django import forms

from examgen.analysis.options import ResponseOptions
from examgen.core.exam.names import base_form
from examgen.core.options import Declared, Options
from examgen.core.tables.kinds import TABLE_FILES
from examgen.core.words import Message, either, joined, tell
from examgen.site.abuse import Watched
from examgen.site.forms import MEGABYTE, Files, OptionsForm, form_of
from examgen.site.language import said
from examgen.site.workspace import manifest

EXAM = "exam:"
"""The prefix of a choice that is an exam, not a file."""


class SentFiles(Watched):
    """The form for uploading files for analyses."""

    given = Files(
        tell("Files"),
        tell("responses, totals, parameters, keys, ratings: {kinds}", kinds=either(TABLE_FILES)),
        most=200 * MEGABYTE,
    )


class Source(forms.ChoiceField):
    """A field for a file or, with `exams`, an exam of the unit; without `files`, only for an exam."""

    def __init__(
        self, label: str, help: str = "", *, exams: bool = False, files: bool = True, needed: bool = False
    ) -> None:
        super().__init__(label=said(label), help_text=said(help), required=needed)
        self.exams, self.files = exams, files


class Sources(forms.MultipleChoiceField):
    """A field for files or, with `exams`, exams of the unit."""

    def __init__(self, label: str, help: str = "", *, exams: bool = False, needed: bool = False) -> None:
        super().__init__(
            label=said(label), help_text=said(help), required=needed, widget=forms.CheckboxSelectMultiple
        )
        self.exams, self.files = exams, True


def parted(choice: str | None) -> tuple[str, str]:
    """Splits a choice into the file or exam, and the form of the exam; the form is empty if there is none."""
    source = choice or ""
    if not source.startswith(EXAM):
        return source, ""
    exam, _, form = source.rpartition("/")
    return exam, form


def forms_of(exam: str) -> list[str]:
    """Returns the forms of an exam. Personal forms count as the form they are made from."""
    return [*dict.fromkeys(base_form(form) for form in manifest(exam)["forms"])]


class AnalysisForm(OptionsForm):
    """The form of an analysis, with its files and options."""

    folded: ClassVar[frozenset[str]] = frozenset()
    """Options that this form shows among the rare ones."""

    of_forms: ClassVar[bool] = False
    """Whether a form of an exam is chosen, as `exam:NAME/FORM`."""

    implied: ClassVar[frozenset[str]] = frozenset()
    """Options that follow from other fields and have no field."""

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """Returns fields that replace those made from the declaration."""
        return {}

    @classmethod
    def began(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the initial values of the fields for options that were used before."""
        return dict(options)

    @classmethod
    def of_exam(cls, exam: str) -> dict[str, Any]:
        """Returns the initial values of the fields for a form opened from the page of an exam."""
        name = next(name for name in ("exam", "files", "x", "new") if name in cls.base_fields)
        return {name: [EXAM + exam] if name == "files" else EXAM + exam}

    @classmethod
    def with_sent(cls, filled: Mapping[str, Any], sent: list[str]) -> dict[str, Any]:
        """Returns what was filled in, with the files just uploaded put into the empty file fields, in
        order."""
        found, left = dict(filled), [*sent]
        for name, field in cls.base_fields.items():
            if left and isinstance(field, Source | Sources) and field.files and not found.get(name):
                found[name], left = (left, []) if isinstance(field, Sources) else (left[0], left[1:])
        return found

    @property
    def others(self) -> frozenset[str]:
        """The names of options that few need, and of those that describe files of responses."""
        declared = self.options.declared()
        rare = {name for name in self.fields if name in declared and declared[name].option.is_rare}
        return frozenset(rare | {*ResponseOptions.model_fields} & {*self.fields}) | self.folded

    @property
    def opens_others(self) -> bool:
        """Whether one of the rare options was filled in or has an error."""
        return self.is_bound and any(name in self.errors or self.data.get(name) for name in self.others)

    def __init__(self, *args: Any, exams: Mapping[str, str], files: Mapping[str, str], **more: Any) -> None:
        """`exams` and `files` are the possible choices, with their labels."""
        super().__init__(*args, **more)
        for field in self.fields.values():
            if isinstance(field, Source | Sources):
                own = [(EXAM + exam, title) for exam, title in exams.items()] if field.exams else []
                sent = [*files.items()] if field.files else []
                named = ((tell("Exams"), own), (tell("Files that you sent"), sent))
                first = [("", "–")] if isinstance(field, Source) else []
                field.choices = [*first, *((said(title), some) for title, some in named if some)]


class OfExamOrFiles(AnalysisForm):
    """The form for decisions or pairs of an exam or files. Options that an exam makes unnecessary are among
    the rare ones."""

    folded = frozenset({"cut", "items", "model", "reliability", "max_score", "min_score", "room", "run"})


class CutForm(AnalysisForm):
    """The form for a cut. Options that few need are among the rare ones."""

    folded = frozenset(
        {"totals", "points", "adjust_se", "kind", "round_", "scale", "statistics", "rp", "place", "centre"}
    )


class DifForm(AnalysisForm):
    """The form for comparing groups of candidates on one form, because total scores on different items are
    not on a common scale."""

    of_forms = True

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """Returns a field for a single source, and one for a file with the group of each candidate."""
        return {
            "files": Source(tell("A form of an exam, or a file of responses"), exams=True, needed=True),
            "people": Source(
                tell("File of the candidates' groups"),
                tell(
                    "For a form of an exam, where the list of candidates does not say the group: the number "
                    "of each candidate with columns such as sex."
                ),
            ),
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["group"].widget.attrs["list"] = "groups"
        self.fields["group"].help_text = said(
            tell("For the list of candidates room, centre or organisation; else the heading of a column.")
        )

    @classmethod
    def began(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the options of the command as initial values of the fields."""
        found = {name: value for name, value in options.items() if name != "form"}
        [source] = options.get("files") or [""]
        return found | {"files": f"{source}/{options['form']}" if options.get("form") else source}

    @classmethod
    def of_exam(cls, exam: str) -> dict[str, Any]:
        """Returns the initial values for a form opened from the page of an exam."""
        return {"files": f"{EXAM}{exam}/{forms_of(exam)[0]}"}

    def clean(self) -> dict[str, Any]:
        """Returns the options of the command, and the form of the exam."""
        _, form = parted(self.cleaned_data.get("files"))
        if self.cleaned_data.get("people") and not form and self.cleaned_data.get("files"):
            self.add_error("people", said(tell("choose a form of an exam to use a file of groups")))
        found = super().clean()
        return found if self.errors else {**self.given(found), "form": form}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """Returns the options of the command."""
        source, _ = parted(found.get("files"))
        return {**found, "files": [source] if source else []}


_OF_THE_MACHINE = ("processes", "dask")
"""Options that only whoever runs the machine may set."""


def analysis_form(
    words: str,
    command: type[Options],
    base: type[AnalysisForm] = AnalysisForm,
    ticks: Collection[str] = (),
    without: Collection[str] = (),
) -> type[AnalysisForm]:
    """Returns the form class of a command: fields for all its options except those in `without`. Output files
    in `ticks` are check boxes."""
    fields = base.extra()
    declared = command.declared()
    names = [name for name in declared if name not in {*without, *_OF_THE_MACHINE, *base.implied}]
    for name in names:
        if name in fields:
            continue
        one = declared[name]
        source = {"exams": one.option.exams, "needed": one.is_required}
        if one.shape == "path" and name in ticks:
            label, help = said(one.label), said(_hint(one))
            fields[name] = forms.BooleanField(label=label, help_text=help, required=False)
        elif one.shape == "path" and one.is_several:
            fields[name] = Sources(one.label, _hint(one), **source)
        elif one.shape == "path":
            fields[name] = Source(one.label, _hint(one), files=one.option.files, **source)
    made = form_of(command, base, [*dict.fromkeys([*fields, *names])], fields)
    made.command = words
    return made


def _hint(one: Declared) -> str:
    return one.option.help if one.option.hint is None else one.option.hint


class Collected(NamedTuple):
    """A way of collecting the scores of two forms: the design of the command, and its labels."""

    design: str
    title: Message
    about: Message


COLLECTED: dict[str, Collected] = {
    "common": Collected(
        "neat",
        tell("Two forms with common items"),
        tell(
            "Different people sat the two forms, and some items stand in both: these tell how far apart the "
            "groups are."
        ),
    ),
    "administrations": Collected(
        "neat",
        tell("Two administrations with common items"),
        tell(
            "A form of this exam and a form of an earlier one, with items in common: points of now on the "
            "scale of then."
        ),
    ),
    "alike": Collected(
        "eg",
        tell("Groups that are alike"),
        tell(
            "Forms were dealt at random, as by turns in every room: the groups differ by chance alone, and "
            "no common items are needed."
        ),
    ),
    "one": Collected(
        "eg",
        tell("One group sat both forms"),
        tell(
            "The same people sat both. It is computed as for groups that are alike, so the standard errors "
            "are rather too large."
        ),
    ),
}
"""The ways of collecting scores by name, in the order of the page."""

USUAL: tuple[tuple[str, Message], ...] = (
    (
        "",
        tell(
            "As the number of candidates has it: circle arc where the smaller group has fewer than 100, "
            "linear from 100, equipercentile from 1,500"
        ),
    ),
    (
        "circle-arc",
        tell(
            "Circle arc: usual for short tests and small groups; a gentle bow between the ends of the scales"
        ),
    ),
    ("linear", tell("Linear: usual from 400 candidates of each form; mean and spread are made alike")),
    (
        "equipercentile",
        tell("Equipercentile: from 1,500 candidates of each form; equal ranks get equal scores"),
    ),
)
RARE: tuple[tuple[str, Message], ...] = (
    ("mean", tell("Mean: the same number of points is added everywhere")),
    ("levine", tell("Linear by Levine: for groups that are far apart and forms that measure the same")),
    (
        "chained-linear",
        tell("Chained linear: through the common items, nothing assumed of the whole group"),
    ),
    (
        "chained-equipercentile",
        tell("Chained equipercentile: the same with ranks, for large groups that are far apart"),
    ),
)


class EquatingForm(AnalysisForm):
    """The form for an equating. A choice of X or Y is a file, or a form of an exam as `exam:NAME/FORM`."""

    of_forms = True
    implied = frozenset({"design", "forms"})
    folded = frozenset({"key", "not_anchor", "points", "anchor_points", "runs", "decimals"})

    @staticmethod
    def extra() -> dict[str, forms.Field]:
        """Returns the fields that do not come from the command."""
        choices = [(name, said(joined([one.title, one.about], ": "))) for name, one in COLLECTED.items()]
        usual, rare = ([(name, said(words)) for name, words in some] for some in (USUAL, RARE))
        method = [*usual, (said(tell("Rare methods")), rare)]
        return {
            "collected": forms.ChoiceField(
                label=said(tell("How were the scores collected?")), choices=choices, widget=forms.RadioSelect
            ),
            "method": forms.ChoiceField(
                label=said(tell("Method")), required=False, choices=method, widget=forms.RadioSelect
            ),
        }

    @classmethod
    def began(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the options of the command as initial values of the fields."""
        found = {name: value for name, value in options.items() if name not in ("design", "forms")}
        x, y = options.get("x"), options.get("y")
        named = [*(options.get("forms") or ())]
        if len(named) == 2:
            found |= {"x": f"{x}/{named[0]}", "y": f"{y or x}/{named[1]}"}
        neat = options.get("design") == "neat"
        found.setdefault("collected", ("administrations" if y else "common") if neat else "alike")
        method = options.get("method") or ""
        return found | {"method": "mean" if method == "chained-mean" else method}

    @classmethod
    def of_exam(cls, exam: str) -> dict[str, Any]:
        """Returns the initial values for a form opened from the page of an exam: its second form on the scale
        of its first."""
        names = forms_of(exam)
        found = {"x": f"{EXAM}{exam}/{names[min(1, len(names) - 1)]}"}
        if len(names) > 1:
            found["y"] = f"{EXAM}{exam}/{names[0]}"
            found["collected"] = "common" if manifest(exam)["blueprint"].get("anchor") else "alike"
        return found

    def clean(self) -> dict[str, Any]:
        """Returns the options of the command, and how the scores were collected."""
        (x, of_x), (y, of_y) = parted(self.cleaned_data.get("x")), parted(self.cleaned_data.get("y"))
        collected = self.cleaned_data.get("collected")
        if of_x and not y:
            self.add_error("y", said(tell("choose the form on whose scale the points are to be")))
        elif y and bool(of_x) != bool(of_y):
            self.add_error("y", said(tell("choose two forms of exams, or two files")))
        elif x and (x, of_x) == (y, of_y):
            self.add_error("y", said(tell("this is the form of X: choose another one")))
        elif of_x and x == y and collected == "administrations":
            self.add_error(
                "collected", said(tell("X and Y are forms of one exam: choose forms of two, or common items"))
            )
        found = super().clean()
        return found if self.errors else {**self.given(found), "collected": collected}

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """Returns the options of the command."""
        (x, of_x), (y, of_y) = parted(found["x"]), parted(found["y"])
        design = COLLECTED[found["collected"]].design
        options = {name: value for name, value in found.items() if name != "collected"}
        options |= {"x": x, "y": "" if of_y and y == x else y, "design": design}
        if of_x:
            options["forms"] = [of_x, of_y]
        if design == "neat" and found["method"] == "mean":
            options["method"] = "chained-mean"
        return options
