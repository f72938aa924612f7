"""Health for a load balancer, metrics for Prometheus; neither names a person, an exam or a unit."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from examgen.locks import is_free
from examgen.web.access import public
from examgen.web.jobs.queue import workers
from examgen.web.operation.metrics import CONTENT_TYPE, exposition
from examgen.web.requests import Request


@public
@require_safe
def health(request: Request) -> HttpResponse:
    """200 where the database answers, the workspace is there and a worker lives; 503 where not."""
    found = {"database": _database(), "workspace": _workspace(), "worker": _worker()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever it is, the answer is no
        return False
    return True


def _workspace() -> bool:
    return (settings.SITE.workspace / "item_bank").is_dir()


def _worker() -> bool:
    return any(not is_free(lock) for lock in workers().iterdir())


@public
@require_safe
def metrics(request: Request) -> HttpResponse:
    """For who knows the token of the site (`metrics-token` in its folder), as `Authorization: Bearer …`."""
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(said.encode(), settings.SITE.token("metrics-token").encode()):
        return HttpResponse("Authorization: Bearer …", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
