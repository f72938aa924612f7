"""The form of an analysis, made from the declaration of its command.

A file is one of those that who asks has sent to the unit, or an exam of it. Every option that is left empty
is left out; what a value means, and what does not go together, the declaration says, as for the command.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from pydantic import ValidationError

from examgen.analyses.options import ResponseOptions
from examgen.capture.tabular.containers import TABLE_FILES
from examgen.commands.declared import Command
from examgen.core.options import Argument, Declared, faults
from examgen.core.words import either, tell
from examgen.site.abuse import Watched
from examgen.site.language import said
from examgen.site.sittings.forms import MEGABYTE, Files

LONGEST = 500
EXAM = "exam:"
"""Begins the value of a choice that is an exam, not a file."""


class SentFiles(Watched):
    """Files for analyses."""

    given = Files(
        label=said(tell("Files")),
        help_text=said(
            tell("responses, totals, parameters, keys, ratings: {kinds}", kinds=either(TABLE_FILES))
        ),
        most=200 * MEGABYTE,
    )


class Source(forms.ChoiceField):
    """A file, or with `exams` an exam of the unit; without `files` an exam alone."""

    def __init__(
        self, label: str, help: str = "", *, exams: bool = False, files: bool = True, needed: bool = False
    ) -> None:
        super().__init__(label=said(label), help_text=said(help), required=needed)
        self.exams, self.files = exams, files


class Sources(forms.MultipleChoiceField):
    """Files, or with `exams` an exam of the unit."""

    def __init__(self, label: str, help: str = "", *, exams: bool = False, needed: bool = False) -> None:
        super().__init__(
            label=said(label), help_text=said(help), required=needed, widget=forms.CheckboxSelectMultiple
        )
        self.exams, self.files = exams, True


class Asked(Watched):
    """Files and options; `cleaned_data` has what JSON can hold. Labels name the options of the command."""

    command: ClassVar[type[Command]]
    ticks: ClassVar[frozenset[str]]
    """Paths that the site names: here they are ticked."""

    @property
    def responses(self) -> frozenset[str]:
        """Its fields of what files of responses do not tell."""
        return frozenset(ResponseOptions.model_fields) & self.fields.keys()

    @property
    def others(self) -> frozenset[str]:
        """Options that few use."""
        declared = self.command.declared()
        return frozenset(name for name in self.fields if declared[name].option.is_rare)

    @property
    def has_faulty_others(self) -> bool:
        """Whether one of these is not right yet."""
        return self.is_bound and not self.others.isdisjoint(self.errors)

    @property
    def has_said_responses(self) -> bool:
        """Whether one of these was filled in."""
        return self.is_bound and any(self.data.get(name) for name in self.responses)

    def __init__(self, *args: Any, exams: Mapping[str, str], files: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        declared = self.command.declared()
        for name, field in self.fields.items():
            if isinstance(field, Source | Sources):
                own = [(EXAM + exam, title) for exam, title in exams.items()] if field.exams else []
                sent = [*files.items()] if field.files else []
                groups: list[Any] = []
                if own:
                    groups.append((said(tell("Exams")), own))
                if sent:
                    groups.append((said(tell("Files that you sent")), sent))
                first = [("", "–")] if isinstance(field, Source) else []
                field.choices = [*first, *groups]
            if not isinstance(declared[name].option, Argument):
                field.label = format_html("{} <code>{}</code>", field.label, declared[name].words)

    def clean(self) -> dict[str, Any]:
        """What was filled in, as JSON holds it; what the command would refuse is refused here."""
        found = super().clean() or {}
        declared = self.command.declared()
        for name, day in list(found.items()):
            if declared[name].shape == "day":
                found[name] = day.isoformat() if day else ""
                if day and day > timezone.localdate():
                    self.add_error(name, said(tell("that day is still to come")))
        if self.errors:
            return found
        values = {
            name: value for name, value in found.items() if value is not False and value not in ("", None, [])
        }
        for name in values.keys() & {name for name, one in declared.items() if one.shape == "path"}:
            # what files hold is seen when the work is done
            several = isinstance(values[name], list)
            values[name] = [Path(one) for one in values[name]] if several else Path(str(values[name]))
        try:
            self.command.model_validate(values)
        except ValidationError as error:
            for name, message in faults(self.command, error):
                self.add_error(name if name in self.fields else None, said(message))
        return found


def form_of(
    command: type[Command], ticks: Collection[str] = (), without: Collection[str] = ()
) -> type[Asked]:
    """The form of a command: a field for each option but those `without`; paths of `ticks` are ticked."""
    fields = {
        name: _field(one, name in ticks) for name, one in command.declared().items() if name not in without
    }
    made = type(f"{command.__name__}Form", (Asked,), {**fields, "__doc__": command.__doc__})
    assert issubclass(made, Asked)
    made.command, made.ticks = command, frozenset(ticks)
    return made


def _field(one: Declared, is_ticked: bool) -> forms.Field:
    label, help = said(one.label), said(one.option.help)
    if one.shape == "path" and not is_ticked:
        exams, needed = one.option.exams, one.is_required
        if one.is_several:
            return Sources(one.label, one.option.help, exams=exams, needed=needed)
        return Source(one.label, one.option.help, exams=exams, files=one.option.files, needed=needed)
    common: dict[str, Any] = {"label": label, "help_text": help, "required": one.is_required}
    if one.shape == "switch" or is_ticked:
        return forms.BooleanField(**{**common, "required": False})
    if one.is_several:
        return forms.CharField(max_length=LONGEST, initial=", ".join(map(str, one.default or ())), **common)
    if one.shape == "choice":
        first = [("", said(tell("left open")))] if one.is_open else []
        choices = [*first, *((name, name) for name in one.choices)]
        return forms.ChoiceField(
            **{**common, "required": not one.is_open}, choices=choices, initial=one.default
        )
    if one.shape == "whole":
        most = 2**31 if one.most is None else one.most
        return forms.IntegerField(min_value=one.least, max_value=most, initial=one.default, **common)
    if one.shape == "number":
        return forms.FloatField(min_value=one.least, max_value=one.most, initial=one.default, **common)
    if one.shape == "day":
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(widget=widget, **common)
    initial = "" if one.default is None else str(one.default)
    return forms.CharField(max_length=LONGEST, initial=initial, **common)
