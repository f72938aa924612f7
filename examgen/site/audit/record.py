"""Entries added to the record, and the chain checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from examgen.site.audit.models import Entry, Head

NOTHING_BEFORE = "0" * 64


def record(who: Any, what: str, about: str = "", **detail: Any) -> Entry:
    """Adds an entry. `who` is a user or None; `detail` never holds keys, marks or passwords."""
    name = getattr(who, "username", "") if who is not None else ""
    with transaction.atomic():
        head = alone()
        entry = Entry(
            number=head.number + 1,
            at=timezone.now(),
            who=name,
            what=what,
            about=about,
            detail=detail,
            before=head.hash,
        )
        entry.hash = entry.computed()
        entry.save(force_insert=True)
        head.number, head.hash = entry.number, entry.hash
        head.save()
    return entry


def putter(path: Path, acts: Collection[str], about: str, **detail: Any) -> Entry | None:
    """Who has put a file into its place, or taken it away, by such acts: what was entered next after it was
    written; None where a command or a hand has done it."""
    named = {f"detail__{name}": value for name, value in detail.items()}
    entries = Entry.objects.filter(what__in=acts, about=about, **named)
    if not path.is_file():
        return entries.last()
    return entries.filter(at__gte=datetime.fromtimestamp(path.stat().st_mtime, UTC)).first()


def alone() -> Head:
    """The end of the chain under its lock: until the transaction ends nobody else adds to the record. By this
    two who decide at once do so one after the other, each on what is there then: of the last two
    administrators, the second who goes finds that he is the last."""
    head = Head.objects.select_for_update().filter(pk=1).order_by().first()
    if head is None:
        Head.objects.get_or_create(pk=1)
        head = Head.objects.select_for_update().get(pk=1)
    return head


def faults() -> Iterator[int]:
    """Numbers of entries that are not as they were written, that are gone, or that stand past the end."""
    before, expected = NOTHING_BEFORE, 1
    for entry in Entry.objects.order_by("number").iterator():
        if entry.number != expected or entry.before != before or entry.hash != entry.computed():
            yield expected if entry.number != expected else entry.number
        before, expected = entry.hash, entry.number + 1
    head = Head.objects.filter(pk=1).first()
    if head is not None and (head.number != expected - 1 or head.hash != before):
        yield expected
