"""What is to be verified: a code or a number, typed, or a picture of a code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.words import tell

MOST_BYTES = 5_000_000
"""Of a picture."""


class VerifyForm(Watched):
    """One of the two."""

    text = forms.CharField(
        label=said(tell("The text of the code, or the number of the badge")),
        help_text=said(tell("A code begins with EG1: and a number looks like 01234567-89ab-…")),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    picture = forms.FileField(
        label=said(tell("or a picture of the code (PNG or JPEG, at most 5 MB)")),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )

    def clean_picture(self) -> Any:
        """Not too large."""
        given = self.cleaned_data["picture"]
        if given and given.size > MOST_BYTES:
            raise ValidationError(said(tell("the picture is larger than 5 MB")))
        return given

    def clean(self) -> dict[str, Any]:
        """Something, and not both."""
        found = super().clean() or {}
        if not self.errors and bool((found.get("text") or "").strip()) == bool(found.get("picture")):
            raise ValidationError(said(tell("give either a text or a picture")))
        return found
