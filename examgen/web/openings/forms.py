"""What somebody asks to open, and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from examgen.web.abuse import Watched
from examgen.web.language import said
from examgen.words import tell

LEAST_REASON = 10


class AskForm(Watched):
    """Files of an exam and a reason."""

    wanted = forms.MultipleChoiceField(
        label=said(tell("Files")), widget=forms.CheckboxSelectMultiple, choices=()
    )
    reason = forms.CharField(
        label=said(tell("Reason")),
        help_text=said(tell("Who grants it reads this, and it stays in the record: no answers in it")),
        min_length=LEAST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, files: Collection[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = [*files]  # type: ignore[attr-defined] # of a field with choices
