"""Middleware: headers, methods, sizes of requests, ends of sessions, and refusals as pages with reasons."""

from __future__ import annotations

import logging
import shutil
import time
from typing import BinaryIO, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import get_user
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from examgen.core.problems import ExamgenError
from examgen.site.accounts.sessions import BEGUN, SEEN, is_over
from examgen.site.requests import Middleware

log = logging.getLogger("examgen.access")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
HEADERS = {
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
"""The headers of every response, including files and errors. Others come from Django's settings."""
MOST_OF_STRANGERS, MOST = 1_000_000, 2_200_000_000
"""The maximum size of a request in bytes: without signing in, and for all users. Pages have limits of their
own."""
_SMALL, _SPARE = 2_000_000, 50_000_000
"""The size in bytes below which the free disk space is not checked, and the bytes that remain free. A larger
request needs twice its size, because it is copied when it is used."""
_EXACT = 5 * 60
"""The precision of the time of a session's last request, in seconds: saving it each time would make every
request write."""


class Safety(Middleware):
    """Middleware that sets headers. It is the first in the list."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Returns the response with its headers."""
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.method == "POST" and request.path == reverse("account_logout"):
            answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer


def not_so(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Returns the response to a method that a page does not allow, as a page for people."""
    if isinstance(answer, HttpResponse) and not answer.content:
        answer.content = render_to_string("405.html", request=request).encode()
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


class Whole(LimitedStream):
    """The body of a request, which must be as long as its header says. Without this check, Django would take
    the part received before an interruption as the whole body."""

    def __init__(self, request: HttpRequest, length: int) -> None:
        super().__init__(request.META["wsgi.input"], length)
        self.request, self.left = request, length

    def read(self, size: int | None = -1, /) -> bytes:
        """Returns bytes of the body. Raises BadRequest if it ends too early."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        data = super().read(wanted)
        if len(data) < wanted:
            for handler in self.request.upload_handlers:
                handler.upload_interrupted()  # Django leaves the file that it was writing
            raise BadRequest("the request broke off on its way")
        self.left -= wanted
        return data


class Lives(Middleware):
    """Middleware: ends expired sessions, and rejects requests that are too large or incomplete. Comes after
    the one that sets the user."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Returns the response. If the session has expired, the user is signed out first; a method that no
        page allows is answered with 405."""
        if request.method not in METHODS:
            return not_so(request, HttpResponseNotAllowed(METHODS))
        length = request.META.get("CONTENT_LENGTH") or "0"
        n = int(length) if length.isdecimal() else 0
        if n > MOST or (n > MOST_OF_STRANGERS and not request.user.is_authenticated):
            return render(request, "unread.html", {"status": 413}, status=413)
        if n > _SMALL and shutil.disk_usage(settings.SITE.uploads).free < 2 * n + _SPARE:
            log.error("the disk has no room for a request of %s bytes", n)
            return render(request, "unread.html", {"status": 507}, status=507)
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            return render(
                request, "unread.html", {"status": 411}, status=411
            )  # Django would read nothing of it
        if n:
            request._stream = cast(BinaryIO, Whole(request, n))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.user = get_user(request)  # pages ask it a hundred times, and Django's is a lazy one
            if request.user.is_authenticated:
                self._go_on(request)
        answer = self.get_response(request)
        return not_so(request, answer) if answer.status_code == 405 else answer

    def _go_on(self, request: HttpRequest) -> None:
        """Says when the last request was, or ends the session that is over."""
        now = int(time.time())
        begun, seen = request.session.setdefault(BEGUN, now), request.session.get(SEEN, now)
        if is_over(begun, seen, now):
            logout(request)
        elif now - seen > _EXACT or SEEN not in request.session:
            request.session[SEEN] = now


REFUSED = 422


class Outcomes(Middleware):
    """Middleware: shows an `ExamgenError` of a view as a page with its reasons and status 422, and logs
    refusals."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Returns the page of a refusal; None for other errors, which Django handles."""
        if isinstance(error, PermissionDenied):
            page = request.resolver_match.url_name if request.resolver_match else ""
            log.warning("refused", extra={"page": page, "user": request.user.pk, "method": request.method})
        if isinstance(error, ExamgenError):
            return render(request, "refused.html", {"error": error}, status=REFUSED)
        return None
