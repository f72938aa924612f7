"""The checks of a site's configuration and data: what is unsafe or broken, and what administrators should
know."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping

from examgen.core.exam.names import MANIFEST, RECORD, SITTING
from examgen.core.problems import Problem, Refused
from examgen.core.record import fingerprint_of, read_acts
from examgen.core.words import tell, tell_n
from examgen.evidence.certificates import RECORD as REGISTER_RECORD
from examgen.evidence.certificates import REGISTER, acts_lacking, checked_register
from examgen.site.site import STATE, Site

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LOCAL = {"localhost", "127.0.0.1", "[::1]"}
_FREE = 2 << 30
"""Free bytes that the disk of the workspace should have."""


def findings(site: Site) -> list[Problem]:
    """Returns every fault and warning. A site must not be served with errors."""
    return [
        *_files(site),
        *_address(site),
        *_database(site),
        *_django(),
    ]


def _files(site: Site) -> Iterator[Problem]:
    for name in ("", "secret", "factor-key", "record-key", "site.sqlite3"):
        path = site.state / name if name else site.state
        if path.exists() and path.stat().st_mode & _OTHERS:
            message = tell("others on this machine may read it: chmod go= {path}", path=path)
            yield Problem(f"{STATE}/{name}".rstrip("/"), "open-to-others", message)
    if not os.access(site.workspace, os.W_OK):
        yield Problem(str(site.workspace), "not-writable", tell("the site may not write there"))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        message = tell("the site is served by root: give it a user of its own")
        yield Problem("user", "root", message, severity="warning")
    disk = os.statvfs(site.workspace)
    if disk.f_bavail * disk.f_frsize < _FREE:
        message = tell("less than 2 GB are free on this disk")
        yield Problem(str(site.workspace), "disk-full", message, severity="warning")


def _address(site: Site) -> Iterator[Problem]:
    if "*" in site.hosts:
        yield Problem("--name", "any-host", tell("any name is accepted: name the hosts"))
    if {*site.hosts} - _LOCAL and not site.is_secure:
        message = tell("people elsewhere would send passwords in the clear: put HTTPS before it, say --https")
        yield Problem("--https", "no-https", message)
    if site.is_demo:
        message = tell("a demo asks nobody for a second factor: never serve real items so")
        yield Problem("--demo", "demo", message, severity="warning")


def _database(site: Site) -> Iterator[Problem]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # whatever the database says
        yield Problem("database", "no-database", tell("cannot be reached: {error}", error=str(error).strip()))
        return
    if waiting and connection.introspection.table_names():
        message = tell_n(
            "the database needs {n} change, which `examgen serve` makes",
            "the database needs {n} changes, which `examgen serve` makes",
            len(waiting),
        )
        yield Problem("database", "old-database", message, severity="notice")
    if waiting:
        yield from _records(site, {})
        return
    yield from _records(site, _named_acts())
    from examgen.site.accounts import confirming, models

    administrators = models.administrators().count()
    if administrators and confirming.is_alone():
        message = tell(
            "there is only one administrator, who could give roles to a second account and open keys alone; "
            "and nobody on the site could help with a lost second factor"
        )
        yield Problem("people", "one-administrator", message, severity="notice")
    if not administrators:
        message = tell("nobody is an administrator: `examgen serve` prints a link for the first one")
        yield Problem("people", "no-administrator", message, severity="notice")


def _named_acts() -> dict[str, dict[str, int]]:
    """Returns, by record, the digests of acts named in the log of the site, each with the number of the last
    entry that names it."""
    from examgen.site.audit.models import Entry

    found: dict[str, dict[str, int]] = {}
    for number, act in Entry.objects.filter(detail__has_key="act").values_list("number", "detail__act"):
        path, _, digest = str(act).rpartition(" ")
        found.setdefault(path, {})[digest] = number
    return found


def _records(site: Site, named: Mapping[str, Mapping[str, int]]) -> Iterator[Problem]:
    """Yields problems of the records of exams and of the register: altered records, and missing acts that a
    certificate or an entry of the site names."""
    faults, register = checked_register(site.workspace)
    yield from faults
    known, broken = set(register), set[str]()
    if faults:
        broken.add(f"{REGISTER}/{REGISTER_RECORD}")
    exams = [path.parent for path in sorted((site.workspace / "output").glob(f"*/{MANIFEST}"))]
    for exam in exams:
        path = exam / SITTING / RECORD
        try:
            known |= {one.digest for one in read_acts(path)}
        except Refused as refused:
            broken.add(name := path.relative_to(site.workspace).as_posix())
            yield from (one._replace(source=name) for one in refused.problems)
        yield from acts_lacking(site.workspace, exam)
    for name, acts in named.items():
        is_there = name.startswith(f"{REGISTER}/") or (site.workspace / name).parent.parent in exams
        lost = {digest: number for digest, number in acts.items() if digest not in known}
        if lost and is_there and name not in broken:
            last, number = max(lost.items(), key=lambda pair: pair[1])
            message = tell_n(
                "lacks {n:,} entry that the site recorded (the last: site log entry "
                "{number}, record entry {fingerprint}): it was shortened or rewritten",
                "lacks {n:,} entries that the site recorded (the last: site log entry "
                "{number}, record entry {fingerprint}): it was shortened or rewritten",
                len(lost),
                number=number,
                fingerprint=fingerprint_of(last),
            )
            yield Problem(name, "record-cut", message)


def _django() -> Iterator[Problem]:
    """Yields the findings of Django's deployment check; without those about HTTPS if the site does not
    use it."""
    from django.conf import settings
    from django.core.checks import Tags, run_checks

    for one in run_checks(tags=[Tags.security, Tags.database, Tags.models], include_deployment_checks=True):
        if not settings.SITE.is_secure and one.id in _OF_HTTPS:
            continue
        severity = "error" if one.is_serious() else "warning"
        yield Problem(str(one.id), "django", one.msg, severity=severity)  # type: ignore[arg-type]


_OF_HTTPS = {f"security.W0{n}" for n in ("04", "05", "08", "12", "16", "21")}
"""The checks of Django whose findings `no-https` reports once."""
