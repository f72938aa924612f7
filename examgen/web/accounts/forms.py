"""Forms of accounts and roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator

from examgen.web.abuse import Watched
from examgen.web.accounts.models import User
from examgen.web.accounts.roles import Role
from examgen.web.language import said
from examgen.web.workspace import unit_folders
from examgen.words import tell


class NewPerson(Watched):
    """Somebody who is to have an account."""

    username = forms.CharField(
        label=said(tell("User name")),
        help_text=said(tell("a–z, 0–9, . _ - @; it is how records call this person, and never changes")),
        max_length=150,
        validators=[ASCIIUsernameValidator()],
    )
    name = forms.CharField(label=said(tell("Name")), max_length=120)
    email = forms.EmailField(label=said(tell("E-mail")), required=False)

    def clean_username(self) -> str:
        """The name, which nobody else has, whatever case it is written in."""
        name = str(self.cleaned_data["username"]).lower()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(said(tell("somebody has this user name already")))
        return name

    def clean_email(self) -> str:
        """The address, which nobody else has."""
        email = str(self.cleaned_data["email"]).lower()
        if email and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(said(tell("somebody has this e-mail address already")))
        return email


class NewGrant(Watched):
    """A role that somebody is to have."""

    role = forms.ChoiceField(label=said(tell("Role")), choices=Role.choices)
    unit = forms.ChoiceField(label=said(tell("Unit")), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", said(tell("all units"))), *((code, code) for code in unit_folders())]
