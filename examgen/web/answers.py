"""Answers that are no pages of ours: documents that workflow made, in a frame; files to keep."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
"""Of a document in a frame: of its own origin, runs nothing, asks for nothing."""
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}


def framed(data: bytes | str) -> HttpResponse:
    """An HTML document of workflow for an `<iframe sandbox>`."""
    answer = HttpResponse(data, content_type=TYPES["html"])
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def attachment(data: bytes, name: str) -> HttpResponse:
    """A file to keep; a browser opens none of them in the site."""
    kind = TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
