"""The health check for a load balancer, which names no person, exam or unit; and the contact for security
problems."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from examgen.bank.workspaces import site_settings
from examgen.core.locks import is_free
from examgen.site.access import public
from examgen.site.jobs.queue import workers
from examgen.site.requests import Request, or_404
from examgen.site.workspace import workspace


@public("health/", "health")
@require_safe
def health(request: Request) -> HttpResponse:
    """Returns status 200 if the database answers, the workspace exists and a worker runs; otherwise 503."""
    found = {
        "database": _database(),
        "workspace": (settings.SITE.workspace / "item_bank").is_dir(),
        "worker": any(not is_free(lock) for lock in workers().iterdir()),
    }
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever it is, the answer is no
        return False
    return True


@public(".well-known/security.txt", "security-txt")
@require_safe
def security_txt(request: Request) -> HttpResponse:
    """Returns `security.txt` with the contact for security problems (RFC 9116), if `examgen.yaml` names
    one."""
    contact = or_404(site_settings(workspace()).security_contact)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {contact}",
        f"Expires: {(today + EXPIRES).isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: th, en",
        f"Canonical: {request.build_absolute_uri()}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


EXPIRES = timedelta(days=180)
"""The period for which `security.txt` is valid."""
