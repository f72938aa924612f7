"""Requests and responses beyond Django's own: typed requests, framed documents, files to download."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.site.language import said, told

if TYPE_CHECKING:
    from examgen.site.accounts.models import User


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Request(HttpRequest):
    """A request of a signed-in user; `htmx` is true if htmx sent it."""

    user: User
    htmx: HtmxDetails


def wants_part(request: Request) -> bool:
    """Returns whether htmx requests only a part of a page."""
    return bool(request.htmx) and not request.htmx.boosted


def this_page(request: HttpRequest) -> str:
    """Returns the URL at which the user can load the page again.

    For the response to a form, this is the page of the form, because the form's own URL may accept only POST.
    """
    form = request.headers.get("referer", "") if request.method == "POST" else ""
    if not form or not url_has_allowed_host_and_scheme(
        form, {request.get_host()}, require_https=request.is_secure()
    ):
        return request.get_full_path()
    return urlsplit(form)._replace(scheme="", netloc="", fragment="").geturl()


class Middleware:
    """The base class of middleware. Subclasses add the behaviour."""

    def __init__(self, get_response: Callable[[Any], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Returns the response of the view."""
        return self.get_response(request)


FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
"""The policy of a framed document: it has its own origin, runs no script and loads nothing."""
MEASURED_POLICY = f"{FRAME_POLICY} allow-same-origin"
"""The policy of a framed document that shares the site's origin, so that the page can measure its height.
This is safe, because the document runs no script and loads nothing."""
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
    """Returns an HTML document as a response for an `<iframe sandbox>`."""
    answer = HttpResponse(data, content_type=TYPES["html"])
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def attachment(data: bytes, name: str) -> HttpResponse:
    """Returns a file as a download, which no browser opens as a page of the site."""
    return _to_download(HttpResponse(data), name)


def attached_file(file: BinaryIO, name: str) -> FileResponse:
    """Returns an open file as a download. The response closes the file."""
    return _to_download(FileResponse(file), name)


def attached_archive(files: Iterable[tuple[str, bytes | Path]], name: str) -> FileResponse:
    """Returns files, given by content or path, each with its path in the archive, as a zip to download."""
    packed = tempfile.TemporaryFile(dir=settings.SITE.uploads)  # noqa: SIM115 # the answer closes it
    try:
        with zipfile.ZipFile(packed, "w") as archive:
            for path, data in files:
                member = zipfile.ZipInfo(path)
                member.compress_type = zipfile.ZIP_STORED if path.endswith(".pdf") else zipfile.ZIP_DEFLATED
                source = data.open("rb") if isinstance(data, Path) else BytesIO(data)
                with source, archive.open(member, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)
    except BaseException:
        packed.close()
        raise
    packed.seek(0)
    return attached_file(packed, f"{name}.zip")


Answer = TypeVar("Answer", bound=HttpResponseBase)


def _to_download(answer: Answer, name: str) -> Answer:
    answer.headers["Content-Type"] = TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


class Past(Refused):
    """What a page sent too late to count, so that the page drops it."""


def is_of_program(request: Request) -> bool:
    """Returns whether a program of a page sent the request, which shows no HTML."""
    return request.headers.get("Accept") == TYPES["json"]


def fault(message: Any, status: int) -> JsonResponse:
    """Returns the reason for a refusal as JSON, for a program of a page."""
    return JsonResponse({"fault": told(message)}, status=status)


def sent_by_program(view: View) -> View:
    """Lets a program of the page send the form of a view, which can wait for a connection. The response is
    JSON: the URL of the next page, or the reason for a refusal. The form names its user, because another may
    be signed in by the time it is sent."""

    @wraps(view)
    def answered(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not is_of_program(request):
            return view(request, *args, **kwargs)
        try:
            if request.POST.get("user") != request.user.username:
                raise Refused.because("somebody else is signed in now: sign in as who began")
            answer = view(request, *args, **kwargs)
        except Http404:
            return fault(tell("what the page shows was changed meanwhile: load it anew"), 409)
        except ExamgenError as error:
            return fault(error.message, 410 if isinstance(error, Past) else 409)
        if isinstance(answer, HttpResponseRedirect):
            return JsonResponse({"next": answer.url})
        return fault(tell("what you sent has an error: look at the page, then decide again"), 422)

    return answered  # type: ignore[return-value]


def check_whose(request: Request) -> None:
    """Raises Refused if another user opened the form."""
    if request.POST.get("whose", request.user.username) != request.user.username:
        raise Refused.because("somebody else has signed in since this page was opened")


Value = TypeVar("Value")


def or_404(value: Value | None) -> Value:
    """Returns the value. Raises Http404 if it is None."""
    if value is None:
        raise Http404
    return value


def numbered(values: Sequence[Value], number: int) -> Value:
    """Returns the value with that number, counted from 1. Raises Http404 if there is none."""
    if not 1 <= number <= len(values):
        raise Http404
    return values[number - 1]


def say(request: HttpRequest, words: str, level: str = "success") -> None:
    """Shows a message at the top of the next page; `level` is success, info, warning or error."""
    getattr(messages, level)(request, said(words))


def done(request: Request, words: str, to: str, **named: Any) -> HttpResponse:
    """Redirects to the page with that URL name, of the same exam or unit, which shows the message."""
    say(request, words)
    here: dict[str, Any] = request.resolver_match.kwargs if request.resolver_match else {}
    of = {name: here[name] for name in ("exam", "unit") if name in here} | named
    answer: HttpResponse = redirect(to, **of)
    return answer
