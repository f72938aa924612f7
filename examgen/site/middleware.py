"""Middleware: headers, methods, sizes, lives of sessions; refusals as pages with reasons."""

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
"""Of every answer, files and faults included; the rest of them Django's own settings give."""
MOST_OF_STRANGERS, MOST = 1_000_000, 2_200_000_000
"""Bytes that a request may hold: of who has not signed in, and of anybody (pages set limits of their own)."""
_SMALL, _SPARE = 2_000_000, 50_000_000
"""Bytes that a request may have in any case, and that stay free on the disk; of what is larger a second copy
is made when it is taken over."""
_EXACT = 5 * 60
"""Seconds to which it is known when the last request was: writing it each time would make readers write."""


class Safety(Middleware):
    """Middleware, the outermost but the measuring one."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with its headers."""
        answer = self.get_response(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.method == "POST" and request.path == reverse("account_logout"):
            answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer


def not_so(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """The answer to a method that a page does not know, with words for people."""
    if isinstance(answer, HttpResponse) and not answer.content:
        answer.content = render_to_string("405.html", request=request).encode()
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


class Whole(LimitedStream):
    """The body of a request, which is as long as its head says: of one that breaks off Django would take what
    came for all of it, and half a text for the text."""

    def __init__(self, request: HttpRequest, length: int) -> None:
        super().__init__(request.META["wsgi.input"], length)
        self.request, self.left = request, length

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes of it; raises BadRequest where it has ended too early."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        data = super().read(wanted)
        if len(data) < wanted:
            for handler in self.request.upload_handlers:
                handler.upload_interrupted()  # Django leaves the file that it was writing
            raise BadRequest("the request broke off on its way")
        self.left -= wanted
        return data


class Lives(Middleware):
    """Middleware: sessions end, and nobody sends more than he may, nor less than he says. After the one that
    knows the user."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; as to a stranger where the session is over, 405 for a method that no page knows."""
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
    """Middleware: an `ExamgenError` of a view is a page with its reasons, status 422; a refusal is logged."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refusal; None, and with it Django's own way, for our own faults."""
        if isinstance(error, PermissionDenied):
            page = request.resolver_match.url_name if request.resolver_match else ""
            log.warning("refused", extra={"page": page, "user": request.user.pk, "method": request.method})
        if isinstance(error, ExamgenError):
            return render(request, "refused.html", {"error": error}, status=REFUSED)
        return None
