"""Passwords: words that they may not consist of on this site, in addition to common passwords; and links to
choose one."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.urls import reverse

from examgen.core.words import tell
from examgen.site.language import said
from examgen.site.workspace import unit_folders

WORDS = ("examgen", "competency", "certification", "itembank", "blueprint", "answerkey", "tpqi")
"""Words that are easy guesses for passwords of such a site. The codes of its units are added."""


class NoWordsOfHere:
    """A validator that rejects a password that is little more than a word of this site or the code of a
    unit."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError if fewer than eight characters are left without such words."""
        left = _plain(password)
        for word in (*WORDS, *map(_plain, unit_folders())):
            left = left.replace(word, "")
        if len(left) < _LEFT and len(left) < len(_plain(password)):
            raise ValidationError(said(tell("it is little more than a word that this site is known by")))

    def get_help_text(self) -> str:
        """Returns the requirement, for the form."""
        return str(said(tell("Not the name of this site or the code of a unit with a number after it.")))


_LEFT = 8


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def link_for(user: Any) -> str:
    """Returns the path at which a user chooses a password, for a new account or after a password was
    forgotten."""
    token = default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token}
    )
