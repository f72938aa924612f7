"""What a request carries here beside what Django gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from examgen.web.accounts.models import User


class Request(HttpRequest):
    """A request of somebody who has signed in; `htmx` is true where a part of a page is asked for."""

    user: User
    htmx: HtmxDetails


def wants_part(request: Request) -> bool:
    """Whether a part of a page alone is wanted, as htmx asks for it."""
    return bool(request.htmx) and not request.htmx.boosted
