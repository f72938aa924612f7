"""Forms made from declared options: one field for each, from the same declaration as the command line.

Type, bounds, default, choices, label and help are those of the declaration (`core/options.py`); its model
checks values and combinations. A job stores what was filled in as JSON of the model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from pydantic import ValidationError

from examgen.core.options import Declared, Options, faults, split
from examgen.core.text.thai import typed_day
from examgen.core.words import joined, tell
from examgen.site.abuse import Watched
from examgen.site.language import day, of_command, said

LONGEST, LONGEST_LIST = 500, 2000
"""The maximum number of characters in a text field, and in a field with several values."""
MOST_ANSWERS, MEGABYTE = 300_000_000, 1_000_000


AS_TYPED = tell("as 12 December 2026, 12/12/2026 or 2026-12-12, in either era")
"""The ways to type a day."""
NO_DAY = tell(
    "this is not a day: write it as 12 December 2026, 12/12/2026 or 2026-12-12, the year with four digits"
)


class DayField(forms.DateField):
    """A field for a day, typed in either era and shown as the reader writes it."""

    widget = forms.TextInput

    def __init__(self, label: str, help: str = "", required: bool = False) -> None:
        help_text = said(joined([AS_TYPED, help], " · ") if help else AS_TYPED)
        super().__init__(label=said(label), help_text=help_text, required=required)
        self.widget.attrs["autocomplete"] = "off"

    def to_python(self, value: Any) -> date | None:
        """Returns the day; None if the field is empty."""
        if value in self.empty_values or isinstance(value, date):
            return value or None
        found = typed_day(str(value)[:60])
        if found is None:
            raise forms.ValidationError(said(NO_DAY))
        return found

    def prepare_value(self, value: Any) -> Any:
        """Returns a day in words; any other value as it was typed."""
        return day(value) if isinstance(value, date) else value


def text_field(
    label: str, help: str = "", most: int = 200, required: bool = True, rows: int = 0, **more: Any
) -> forms.CharField:
    """Returns a text field; with `rows`, a box with so many lines."""
    if rows:
        more["widget"] = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=said(label), help_text=said(help), max_length=most, required=required, **more
    )


def tick_field(label: str, help: str = "") -> forms.BooleanField:
    """Returns a check box."""
    return forms.BooleanField(label=said(label), help_text=said(help), required=False)


def told_choices(words: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Returns the choices of a field, each value with its label in the reader's language."""
    return [(name, said(one)) for name, one in words.items()]


def choice_field(
    label: str,
    words: Mapping[str, str] = MappingProxyType({}),
    help: str = "",
    required: bool = True,
    is_list: bool = False,
) -> forms.ChoiceField:
    """Returns a field for one of several values: a drop-down list, or a radio button for each."""
    widget = forms.Select if is_list or not words else forms.RadioSelect
    return forms.ChoiceField(
        label=said(label),
        help_text=said(help),
        choices=told_choices(words),
        required=required,
        widget=widget,
    )


def ticks_field(
    label: str, words: Mapping[str, str] = MappingProxyType({}), help: str = "", required: bool = True
) -> forms.MultipleChoiceField:
    """Returns a field for any of several values, with a check box for each."""
    return forms.MultipleChoiceField(
        label=said(label),
        help_text=said(help),
        choices=told_choices(words),
        required=required,
        widget=forms.CheckboxSelectMultiple,
    )


class OneFile(forms.FileField):
    """A field for one file with a maximum size in bytes; the file dialog offers files with these
    `endings`."""

    def __init__(
        self, label: str, help: str = "", *, most: int, endings: Sequence[str] = (), required: bool = True
    ) -> None:
        self.most, self.endings = most, endings
        super().__init__(
            label=said(label),
            help_text=said(help),
            required=required,
            widget=forms.FileInput(attrs={"accept": ",".join(endings)} if endings else {}),
        )

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[Any] | None:
        """Returns the file; None if none was chosen."""
        file: UploadedFile[Any] | None = super().clean(data, initial)
        if file is not None and (file.size or 0) > self.most:
            message = tell("The file is larger than {most} MB", most=self.most // MEGABYTE)
            raise forms.ValidationError(said(message), code="large")
        return file or None


class Files(forms.FileField):
    """A field for several files with a maximum total size in bytes."""

    def __init__(self, label: str, help: str = "", most: int = MOST_ANSWERS, required: bool = True) -> None:
        self.most = most
        super().__init__(label=said(label), help_text=said(help), required=required, widget=_Several())

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Returns the files as they were uploaded."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            raise forms.ValidationError(said(tell("choose a file")))
        if sum(one.size or 0 for one in given) > self.most:
            raise forms.ValidationError(
                said(tell("the files are larger than {most:,} MB: send fewer", most=self.most // MEGABYTE))
            )
        return [forms.FileField.clean(self, one, initial) for one in given]


class _Several(forms.ClearableFileInput):
    allow_multiple_selected = True


class OptionsForm(Watched):
    """A form of declared options. `cleaned_data` contains only values that JSON can store."""

    options: ClassVar[type[Options]]
    command: ClassVar[str] = ""
    """The command whose options messages refer to; empty for `score`."""
    days_to_come: ClassVar[Collection[str]] = ()
    """The fields whose day may be in the future."""

    def __init__(self, *args: Any, known: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.known = known or {}
        """Values of options that the page knows, such as the exam."""

    def clean(self) -> dict[str, Any]:
        """Returns what was filled in. Adds to each field the errors that the command would report."""
        found = super().clean() or {}
        declared = self.options.declared()
        for name, value in [*found.items()]:
            if name in declared and declared[name].shape == "day":
                found[name] = value.isoformat() if value else ""
                if value and value > timezone.localdate() and name not in self.days_to_come:
                    self.add_error(name, said(tell("that day is in the future")))
        if self.errors:
            return found
        values: dict[str, Any] = {}
        for name, value in self.given(found).items():
            one = declared.get(name)
            if one is None or value in ("", None, []) or (value is False and one.default is not True):
                continue
            if one.shape == "path":  # what files hold is seen when the work is done
                values[name] = [*map(Path, value)] if isinstance(value, list) else Path(str(value))
            else:
                values[name] = split(value) if one.is_several else value
        try:
            self.made = self.options.model_validate({**self.known, **values})
        except ValidationError as error:
            for name, message in faults(error):
                self.add_error(name if name in self.fields else None, said(of_command(message, self.command)))
        return found

    def given(self, found: dict[str, Any]) -> dict[str, Any]:
        """Returns the values that apply. Subclasses leave out or add some."""
        return found

    def asked(self) -> dict[str, Any]:
        """Returns the options that were filled in as JSON of the model, as a job stores them."""
        return self.made.model_dump(mode="json", include={*self.fields}, exclude_unset=True)


Made = TypeVar("Made", bound=OptionsForm)


def form_of(
    options: type[Options],
    base: type[Made],
    names: Sequence[str],
    fields: Mapping[str, forms.Field] | None = None,
    required: Sequence[str] = (),
) -> type[Made]:
    """Returns a form class with fields for these options, in this order. `fields` replaces fields that
    the declaration cannot make; `required` names options that are required here, though not on the
    command line."""
    declared = options.declared()
    made = {name: (fields or {}).get(name) or field_of(declared[name]) for name in names}
    for name in required:
        made[name].required = True
    form: type[Made] = type(
        f"{options.__name__}Form", (base,), {**made, "options": options, "__doc__": base.__doc__}
    )
    return form


def field_of(one: Declared) -> forms.Field:
    """Returns the form field of an option that is not a path."""
    hint = one.option.help if one.option.hint is None else one.option.hint
    common: dict[str, Any] = {
        "label": said(one.label),
        "help_text": said(hint) if hint else "",
        "required": one.is_required,
    }
    named = [(value, said(words)) for value, words in one.option.values]
    if named and one.is_several:
        return forms.MultipleChoiceField(
            **common, choices=named, initial=[*one.default], widget=forms.CheckboxSelectMultiple
        )
    if named:
        is_open = one.is_open or not one.is_required
        return forms.ChoiceField(**{**common, "required": not is_open}, choices=named, initial=one.default)
    if one.shape == "switch":
        return forms.BooleanField(**{**common, "required": False}, initial=one.default)
    if one.is_several:
        initial = ", ".join(map(str, one.default or ()))
        return forms.CharField(max_length=LONGEST_LIST, initial=initial, **common)
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
        return DayField(one.label, hint or "", one.is_required)
    initial = "" if one.default is None else str(one.default)
    return forms.CharField(max_length=LONGEST, initial=initial, **common)
