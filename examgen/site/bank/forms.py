"""Forms of the bank that are not an item."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from examgen.core.models.base import CATEGORY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.words import tell
from examgen.interchange.importing import formats_read
from examgen.site.abuse import Watched
from examgen.site.language import said

MOST_BYTES = 30_000_000
MOST_PICTURE = 20_000_000


class FileOfItems(Watched):
    """A workbook, or questions of another program, with what such a file does not say."""

    file = forms.FileField(label=said(tell("File")))
    format = forms.ChoiceField(label=said(tell("Kind of file")), required=False)
    pc = forms.ChoiceField(label=said(tell("Criterion for questions that do not give one")), required=False)
    levels = forms.MultipleChoiceField(
        label=said(tell("Levels that the questions suit (default: all of the unit)")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    cognitive = forms.ChoiceField(label=said(tell("Cognitive category")), required=False)

    def __init__(self, unit: Unit, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        told = tell("from its content; a workbook or CSV of the bank by its ending")
        read = [(name, said(words)) for name, words in formats_read()]
        self.choose("format", [("", said(told)), *read])
        pcs = [(one.code, f"{one.code} {one.text}") for one in unit.criteria]
        self.choose("pc", [("", said(tell("none"))), *pcs])
        self.choose("levels", [(str(level), str(level)) for level in unit.levels])
        if not unit.levels:
            del self.fields["levels"]
        self.choose("cognitive", [(name, said(word)) for name, word in CATEGORY_WORDS.items()])
        self.fields["cognitive"].initial = "understand"

    def clean_file(self) -> UploadedFile[Any]:
        """No larger than what is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        return _not_larger(file, MOST_BYTES)


class Picture(Watched):
    """A picture for the media folder."""

    file = forms.FileField(label=said(tell("Picture: PNG, JPEG, GIF, WebP or SVG")))

    def clean_file(self) -> UploadedFile[Any]:
        """No larger than a page needs."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        return _not_larger(file, MOST_PICTURE)


def _not_larger(file: UploadedFile[Any], most: int) -> UploadedFile[Any]:
    if (file.size or 0) > most:
        raise forms.ValidationError(
            said(tell("The file is larger than {most} MB", most=most // 1_000_000)), code="large"
        )
    return file
