"""The form of an analysis, made from the declaration of its command.

A file is one of those that who asks has sent to the unit, or an exam of it. Every option that is left empty
is left out; what a value means, and what does not go together, the declaration says, as for the command.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html

from examgen.analyses.options import ResponseOptions
from examgen.capture.tabular.containers import TABLE_FILES
from examgen.commands.tree import declaration
from examgen.core.options import Argument
from examgen.core.words import either, tell
from examgen.site.abuse import Watched
from examgen.site.forms import MEGABYTE, Files, OptionsForm, form_of
from examgen.site.language import said

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


class AnalysisForm(OptionsForm):
    """Files and options of an analysis. Labels name the options of the command, too."""

    @property
    def responses(self) -> frozenset[str]:
        """Its fields of what files of responses do not tell."""
        return frozenset(ResponseOptions.model_fields) & self.fields.keys()

    @property
    def others(self) -> frozenset[str]:
        """Options that few use."""
        declared = self.options.declared()
        return frozenset(name for name in self.fields if declared[name].option.is_rare)

    @property
    def has_faulty_others(self) -> bool:
        """Whether one of these is not right yet."""
        return self.is_bound and not self.others.isdisjoint(self.errors)

    @property
    def names_responses(self) -> bool:
        """Whether one of these was filled in."""
        return self.is_bound and any(self.data.get(name) for name in self.responses)

    def __init__(self, *args: Any, exams: Mapping[str, str], files: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        declared = self.options.declared()
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


def analysis_form(
    words: str, ticks: Collection[str] = (), without: Collection[str] = ()
) -> type[AnalysisForm]:
    """The form of an analysis, by the words of its command: all its options but those `without`; paths of
    `ticks` are ticked."""
    command = declaration(words)
    fields: dict[str, forms.Field] = {}
    names = [name for name in command.declared() if name not in without]
    for name in names:
        one = command.declared()[name]
        source = {"exams": one.option.exams, "needed": one.is_required}
        if one.shape == "path" and name in ticks:
            label, help = said(one.label), said(one.option.help)
            fields[name] = forms.BooleanField(label=label, help_text=help, required=False)
        elif one.shape == "path" and one.is_several:
            fields[name] = Sources(one.label, one.option.help, **source)
        elif one.shape == "path":
            fields[name] = Source(one.label, one.option.help, files=one.option.files, **source)
    made = form_of(command, AnalysisForm, names, fields)
    made.command = words
    return made
