"""Requests and responses beyond Django's own: typed requests, framed documents, files to download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.site.language import said

if TYPE_CHECKING:
    from examgen.site.accounts.models import User


class Request(HttpRequest):
    """A request of a user who has signed in; `htmx` is true when htmx sent it."""

    user: User
    htmx: HtmxDetails


def wants_part(request: Request) -> bool:
    """Whether htmx asks for only a part of a page."""
    return bool(request.htmx) and not request.htmx.boosted


def this_page(request: HttpRequest) -> str:
    """The address at which the user can load the page again.

    For the answer to a form, this is the page of the form: the address of the answer may accept only POST.
    """
    form = request.headers.get("referer", "") if request.method == "POST" else ""
    if not form or not url_has_allowed_host_and_scheme(
        form, {request.get_host()}, require_https=request.is_secure()
    ):
        return request.get_full_path()
    return urlsplit(form)._replace(scheme="", netloc="", fragment="").geturl()


class Middleware:
    """A layer around the views; what it does, its other methods do."""

    def __init__(self, get_response: Callable[[Any], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """The answer of the view."""
        return self.get_response(request)


FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
"""The policy of a framed document: it has an origin of its own, runs no script and loads nothing."""
MEASURED_POLICY = f"{FRAME_POLICY} allow-same-origin"
"""The same of a document that has the site's origin, so that the page around it can see how tall it is; what
runs no script and loads nothing can do nothing with it."""
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
    "yaml": "application/yaml",
}


def framed(data: bytes | str) -> HttpResponse:
    """An HTML document of a report for an `<iframe sandbox>`."""
    answer = HttpResponse(data, content_type=TYPES["html"])
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def attachment(data: bytes, name: str) -> HttpResponse:
    """A file to download; no browser opens it as a page of the site."""
    return _to_download(HttpResponse(data), name)


def attached_file(file: BinaryIO, name: str) -> FileResponse:
    """The same of an open file, which the answer closes."""
    return _to_download(FileResponse(file), name)


Answer = TypeVar("Answer", bound=HttpResponseBase)


def _to_download(answer: Answer, name: str) -> Answer:
    answer.headers["Content-Type"] = TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def check_whose(request: Request) -> None:
    """Raises Refused where the form was opened by somebody else."""
    if request.POST.get("whose", request.user.username) != request.user.username:
        raise Refused(tell("somebody else has signed in since this page was opened"))


Value = TypeVar("Value")


def or_404(value: Value | None) -> Value:
    """What is there; raises Http404 where nothing is."""
    if value is None:
        raise Http404
    return value


def numbered(values: Sequence[Value], number: int) -> Value:
    """The value of that number, counted from 1; raises Http404 where there is none."""
    if not 1 <= number <= len(values):
        raise Http404
    return values[number - 1]


def say(request: HttpRequest, words: str, level: str = "success") -> None:
    """Tells something at the top of the page that comes next: a success, info, warning or error."""
    getattr(messages, level)(request, said(words))


def done(request: Request, words: str, to: str, **named: Any) -> HttpResponse:
    """Goes on to the page of that name, of the same exam or unit, which says what was done."""
    say(request, words)
    here: dict[str, Any] = request.resolver_match.kwargs if request.resolver_match else {}
    of = {name: here[name] for name in ("exam", "unit") if name in here} | named
    answer: HttpResponse = redirect(to, **of)
    return answer
