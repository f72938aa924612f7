"""Who asks: the session, then the person and the roles given, in two questions for each request.

Both are asked anew each time, so that a role that was taken, an account that was closed and a session that
was ended hold no request longer. Their SQL is made once: to make it again took longer than to answer it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from examgen.site.accounts.models import Grant, User
from examgen.site.database import found, rows_of

_GIVEN = ("id", "role", "unit")


class SessionStore(db.SessionStore):
    """Sessions in the database, as Django keeps them."""

    def _get_session_from_db(self) -> Session | None:
        """The session; None, and no key, where there is none or it has ended."""
        for one in found(Session, "session_key = %s", [self.session_key]):
            if one.expire_date > timezone.now():
                return one
        self._session_key = None
        return None


class Backend(AuthenticationBackend):  # type: ignore[misc] # allauth has no types
    """People by name or address and password, as allauth has it; who has signed in, with what was given."""

    def get_user(self, user_id: Any) -> User | None:
        """The person with that number, whose account is open; `grants_of` then asks nothing more."""
        rows = rows_of(User, _of_people(), [user_id])
        if not rows or not self.user_can_authenticate(rows[0][0]):
            return None
        user = rows[0][0]
        names = ("id", "user_id", "role", "unit")  # in the order of the model
        given = ((number, user.pk, role, unit) for _, (number, role, unit) in rows)
        user.given_roles = tuple(
            Grant.from_db("default", names, values) for values in given if values[0] is not None
        )
        return user


@cache
def _of_people() -> str:
    quoted = connection.ops.quote_name
    own = [f"u.{quoted(one.attname)}" for one in User._meta.concrete_fields]
    given = [f"g.{quoted(name)}" for name in _GIVEN]
    return (
        f"SELECT {', '.join((*own, *given))} "
        f"FROM {User._meta.db_table} u LEFT JOIN {Grant._meta.db_table} g ON g.user_id = u.id "
        "WHERE u.id = %s ORDER BY g.role, g.unit"
    )
