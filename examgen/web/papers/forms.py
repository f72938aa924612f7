"""What is asked of a printing, and the list of those who come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.words import tell

MOST_BYTES = 20_000_000


class ListForm(Watched):
    """A file with the candidates."""

    file = forms.FileField(
        label=said(tell("Candidate list")),
        help_text=said(tell("CSV or XLSX with candidate_id and, where they are known, name, room and seat")),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv,.parquet"}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        """The file, of a size that is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                said(tell("The file is larger than {n} MB: give the list alone", n=MOST_BYTES // 1_000_000))
            )
        return file


class PrintForm(Watched):
    """Options of a printing."""

    per = forms.ChoiceField(
        label=said(tell("A file of booklets for each")),
        choices=(
            ("room", said(tell("room"))),
            ("sitting", said(tell("sitting, all rooms together"))),
            ("candidate", said(tell("candidate"))),
        ),
        required=False,
    )
    together = forms.BooleanField(
        label=said(tell("Each answer sheet behind its booklet, in one file")), required=False
    )
    accessible = forms.BooleanField(
        label=said(tell("Also for screen readers, for candidates with an x in the column accessible")),
        required=False,
    )
    large_print = forms.BooleanField(
        label=said(tell("Also in large print, for candidates with an x in the column large_print")),
        required=False,
    )
    books = forms.BooleanField(
        label=said(tell("Also solutions and the book for reviewers, among the secret files")), required=False
    )
    password = forms.CharField(
        label=said(tell("Password of the key sheets")),
        help_text=said(tell("Empty: they are not encrypted. It is kept nowhere: write it down.")),
        required=False,
        max_length=127,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
