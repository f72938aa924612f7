"""Links by which somebody chooses a password, good once and for a while."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse


def link_for(user: Any) -> str:
    """The address below the site's own: for a new account, or for a password that was forgotten."""
    token = default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token}
    )
