"""What workflow refuses, on a page: every reason, and nothing was written."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from examgen.problems import ExamgenError

REFUSED = 422
log = logging.getLogger("examgen.access")


class Outcomes:
    """Middleware: an `ExamgenError` of a view is a page with its reasons, status 422; a refusal is logged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the view."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refusal; None, and with it Django's own way, for our own faults."""
        if isinstance(error, PermissionDenied):
            page = request.resolver_match.url_name if request.resolver_match else ""
            log.warning("refused", extra={"page": page, "user": request.user.pk, "method": request.method})
        if isinstance(error, ExamgenError):
            return render(request, "refused.html", {"error": error}, status=REFUSED)
        return None
