"""Files that people send, shown to clamd before any page looks at them, where the workspace names its socket.

The protocol is that of clamd(8): `zINSTREAM`, then pieces led by their length as four bytes (network order),
ended by a piece of none; the answer is `stream: OK`, `stream: NAME FOUND` or `… ERROR`.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from examgen.bank.workspaces import site_settings
from examgen.core.problems import ExamgenError, Refused
from examgen.core.words import tell
from examgen.site.audit.record import record
from examgen.site.workspace import workspace

log = logging.getLogger("examgen.access")
_SECONDS = 60.0
_MOST_ANSWER = 4_096
REFUSED = 422


class Scanned:
    """Middleware: a request with a file that clamd finds something in reaches no page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """The page of a refusal; None where nothing was sent, or nothing found."""
        access = getattr(view, "access", None)
        if (
            request.method != "POST"
            or request.content_type != "multipart/form-data"
            or not request.user.is_authenticated  # what strangers send is dropped at the door
            or (access is not None and access.is_public)  # a picture to verify: measured first, kept nowhere
        ):
            return None
        try:
            said = site_settings(workspace())
            if said.clamd is None:
                return None
            for files in request.FILES.lists():
                for file in files[1]:
                    look(said.clamd, said.clamd_required, file)
        except ExamgenError as error:
            page = request.resolver_match.url_name if request.resolver_match else ""
            log.warning("a file was refused", extra={"page": page, "user": request.user.pk, "method": "POST"})
            record(request.user, "upload.refuse", str(page))
            return render(request, "refused.html", {"error": error}, status=REFUSED)
        return None


def look(path: str, is_required: bool, file: Any) -> None:
    """Raises Refused where clamd finds something in a file, or does not answer though it is to."""
    try:
        answer = asked(path, file.chunks())
    except OSError as error:
        log.error("clamd does not answer: %s", error.strerror or type(error).__name__)
        if is_required:
            raise Refused(
                tell("files cannot be looked through for viruses at present: try again later")
            ) from None
        return
    finally:
        file.seek(0)
    if answer.endswith(" FOUND"):
        name = answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise Refused(tell("{file} was refused: it holds {virus}", file=file.name, virus=name))
    if answer != "stream: OK":
        log.error("clamd could not look: %s", answer[:200])
        if is_required:
            raise Refused(
                tell("{file} could not be looked through for viruses: it may be too large", file=file.name)
            )


def asked(path: str, pieces: Iterable[bytes]) -> str:
    """What clamd says of a file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(_SECONDS)
        one.connect(path)
        one.sendall(b"zINSTREAM\0")
        try:
            for piece in pieces:
                one.sendall(struct.pack("!I", len(piece)) + piece)
            one.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it takes no more of a large file, and says so
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _MOST_ANSWER:
            got = one.recv(_MOST_ANSWER)
            if not got:
                break
            answer += got
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
