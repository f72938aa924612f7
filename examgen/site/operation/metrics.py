"""Numbers for Prometheus: requests of all processes, and what waits in the database."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from examgen.site.site import Site

__all__ = ["CONTENT_TYPE", "Measured", "exposition"]

_SECONDS = Histogram(
    "examgen_request_seconds",
    "Time from a request to its answer",
    ("page", "method"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 10),
)
_ANSWERS = Counter("examgen_answers", "Answers by page and status", ("page", "status"))


_MEMORY = Path("/dev/shm")
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Of the environment of processes: the folder that they count in."""


class Measured:
    """Middleware: how long each page takes, by the name of its address, never by the address itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, measured."""
        begun = time.perf_counter()
        answer = self.get_response(request)
        match = request.resolver_match
        page = (match.url_name or "unnamed") if match else "none"
        method = request.method if request.method in {"GET", "POST", "HEAD"} else "other"
        _SECONDS.labels(page, method).observe(time.perf_counter() - begun)
        _ANSWERS.labels(page, answer.status_code).inc()
        return answer


class _Waiting(Collector):
    """What the database and the disk say when they are asked."""

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        from django.contrib.sessions.models import Session
        from django.db.models import Count, Min
        from django.utils import timezone

        from examgen.site.audit.models import Entry
        from examgen.site.jobs.models import Job, State

        jobs = GaugeMetricFamily("examgen_jobs", "Jobs by state", labels=["state"])
        counted = dict(Job.objects.values_list("state").annotate(n=Count("pk")).order_by())
        for state in State.values:
            jobs.add_metric([state], counted.get(state, 0))
        yield jobs
        oldest = Job.objects.filter(state=State.WAITING).aggregate(at=Min("asked_at"))["at"]
        waited = (timezone.now() - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("examgen_jobs_waiting_seconds", "How long the oldest job has waited", waited)
        live = Session.objects.filter(expire_date__gt=timezone.now()).count()
        yield GaugeMetricFamily("examgen_sessions", "Sessions that have not ended", live)
        n = Entry.objects.count()
        yield GaugeMetricFamily("examgen_record_entries", "Entries of the record", n)
        free = shutil.disk_usage(settings.SITE.workspace).free
        yield GaugeMetricFamily("examgen_disk_free_bytes", "Free bytes where the workspace is", free)


def exposition() -> bytes:
    """All of it, in the text format of Prometheus."""
    registry = CollectorRegistry()
    if os.environ.get(COUNTS):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # it has no types
    else:
        registry.register(_SECONDS)
        registry.register(_ANSWERS)
    registry.register(_Waiting())
    return generate_latest(registry)


@contextmanager
def counting_in(site: Site) -> Iterator[None]:
    """Processes begun here count in an empty folder: counts begin anew with the server. It is in memory where
    the system has files there: a process that writes into a mapped file when the disk is full is killed, and
    would be with every page."""
    folder = site.state / "metrics"
    for place in (_MEMORY / f"examgen-{site.mark()}", folder):
        shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):  # somebody else's, or no such system
            place.mkdir(mode=0o700)
            folder = place
            break
    os.environ[COUNTS] = str(folder)
    try:
        yield
    finally:
        del os.environ[COUNTS]
        shutil.rmtree(folder, ignore_errors=True)
