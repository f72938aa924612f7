"""The form by which somebody gives a unit document."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.words import tell

ENDINGS = (".txt", ".md", ".html", ".htm", ".pdf")
MOST_TEXT, MOST_PDF = 2_000_000, 20_000_000
"""Bytes."""
MOST_PASTED = 100_000
"""Characters, as `standards` reads at most."""


class DocumentForm(Watched):
    """A file or pasted text: one of the two."""

    file = forms.FileField(
        required=False,
        label=said(tell("Unit document")),
        help_text=said(tell("The unit's page of the standards web site: .html, .pdf, .txt or .md")),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
    )
    text = forms.CharField(
        required=False,
        label=said(tell("Or the text of the unit, pasted")),
        help_text=said(tell("Whole, from the code of the unit to the methods of assessment")),
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        """The file, of a kind and a size that are read."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return None
        ending = PurePath(file.name or "").suffix.lower()
        if ending not in ENDINGS:
            raise forms.ValidationError(
                said(
                    tell(
                        "Give a file that ends in {endings}: a Word document is saved as .html or .pdf first",
                        endings=", ".join(ENDINGS),
                    )
                )
            )
        most = MOST_PDF if ending == ".pdf" else MOST_TEXT
        if (file.size or 0) > most:
            raise forms.ValidationError(
                said(
                    tell(
                        "The file is larger than {n} MB: give the unit's own page alone", n=most // 1_000_000
                    )
                )
            )
        return file

    def clean(self) -> dict[str, Any]:
        """One of the two, and not both."""
        data = super().clean() or {}
        given = [bool(data.get("file")), bool((data.get("text") or "").strip())]
        if not self.errors and sum(given) != 1:
            self.add_error(None, said(tell("Give a file, or paste the text: one of the two")))
        return data
