"""The forms for accounts and roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator

from examgen.core.words import Message, tell
from examgen.site.abuse import Watched
from examgen.site.accounts.models import Role, User
from examgen.site.forms import choice_field, text_field, ticks_field
from examgen.site.language import said
from examgen.site.workspace import unit_folders


class NewPerson(Watched):
    """The fields of a new account."""

    username = text_field(
        tell("User name"),
        tell("a–z, 0–9, . _ - @; it is how records call this person, and never changes"),
        most=150,
        validators=[ASCIIUsernameValidator()],
    )
    name = text_field(tell("Name"), most=120)
    email = forms.EmailField(
        label=said(tell("E-mail")),
        required=False,
        help_text=said(tell("whoever is one of two who open keys needs one; no two accounts have the same")),
    )

    def clean_username(self) -> str:
        """Returns the user name in lower case. Rejects one that exists in any case."""
        name = str(self.cleaned_data["username"]).lower()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(said(tell("somebody has this user name already")))
        return name

    def clean_name(self) -> str:
        """Returns the name on one line, because it is used in commits, in the record and at the head of
        opened files."""
        name = str(self.cleaned_data["name"])
        return " ".join("".join(one if one.isprintable() else " " for one in name).split())

    def clean_email(self) -> str:
        """Returns the e-mail address. Rejects one that another account has."""
        return _own(self.cleaned_data["email"], None)


class SeveralPeople(Watched):
    """The form for several accounts, with one line for each person: user name, name, roles, unit, e-mail."""

    people = text_field(
        tell("A line for each person"),
        tell(
            "User name, name, roles (with ; between several), unit (empty: all units), e-mail (may be "
            "empty), as copied from a table or with commas. Who has an account already gets the roles."
        ),
        most=50_000,
        rows=8,
    )


class Address(Watched):
    """The form for the e-mail address of an account; an empty one removes it."""

    email = forms.EmailField(label=said(tell("E-mail")), required=False)

    def __init__(self, *args: Any, of: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of

    def clean_email(self) -> str:
        """Returns the e-mail address. Rejects one that another account has."""
        return _own(self.cleaned_data["email"], self.of)


def _own(given: Any, of: User | None) -> str:
    email = str(given).casefold()
    others = User.objects.filter(email__iexact=email)
    if email and (others.exclude(pk=of.pk) if of else others).exists():
        raise forms.ValidationError(said(tell("somebody has this e-mail address already")))
    return email


class NewGrant(Watched):
    """The form for granting roles."""

    role = ticks_field(tell("Roles"), dict(Role.choices))
    unit = choice_field(tell("Unit"), required=False)

    def __init__(self, *args: Any, of: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        self.choose("unit", [("", said(tell("all units"))), *((code, code) for code in unit_folders())])

    def clean_role(self) -> list[str]:
        """Returns the roles. Rejects the role of auditor together with any other."""
        roles = list(self.cleaned_data["role"])
        if Role.AUDITOR in roles and len(roles) > 1:
            raise forms.ValidationError(said(tell("an auditor has no other role")))
        for role in roles:
            if self.of is not None and (fault := against(self.of, role)):
                raise forms.ValidationError(said(fault))
        return roles


class NewAccount(NewGrant, NewPerson):
    """The form for a new account with its roles."""

    field_order = ("username", "name", "email", "role", "unit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].required = False


def against(of: User, role: str) -> Message | None:
    """Returns why a user cannot have a role in addition to their present ones; None if they can."""
    held = {*of.grants.values_list("role", flat=True)}
    if role == Role.AUDITOR and held - {Role.AUDITOR}:
        return tell("a person with another role cannot be an auditor. Remove the other roles first.")
    if role != Role.AUDITOR and Role.AUDITOR in held:
        return tell("an auditor cannot have another role. Remove the role of auditor first.")
    return None
