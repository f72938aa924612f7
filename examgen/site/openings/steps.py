"""The steps of an opening: request, answer by another person, taking files, closing. All are recorded.

A step changes a row only if it is still in the expected state, so that of two steps at once one is refused.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from examgen.core.exam.bindings import fingerprints_of
from examgen.core.problems import Refused
from examgen.papers.secret_files import Copy, Opened, opened_copy, secret_files
from examgen.site.accounts.models import User
from examgen.site.audit.models import record
from examgen.site.openings.models import MOST_TAKEN, WAITS, Opening, Step
from examgen.site.workspace import exam_folder


def ask(by: User, exam: str, files: list[str], reason: str) -> Opening:
    """Requests files of an exam as they are now.

    Raises Refused if no such file is chosen, or if the user has no e-mail address.
    """
    _check_address(by)
    folder = exam_folder(exam)
    there = secret_files(folder)
    wanted = {path: there[path] for path in files if path in there}
    if not wanted:
        raise Refused.because("choose at least one file")
    with transaction.atomic():
        made = Opening.objects.create(
            exam=exam, fingerprint=fingerprints_of(folder).exam, files=wanted, reason=reason, by=by
        )
        record(by, "opening.ask", exam, opening=made.number, files=[*wanted], reason=reason)
    return made


def answer(by: User, exam: str, opening: UUID, is_granted: bool) -> None:
    """Grants or declines an opening on behalf of another person.

    Raises Refused to the person who asked, and if the opening no longer waits for an answer. To grant it,
    both need e-mail addresses, which must differ, and the exam and its files must be unchanged.
    """
    if is_granted:
        _check_address(by)
    with transaction.atomic():
        found = _locked(exam, opening)
        if found.by_id == by.pk or (is_granted and _is_one_person(found.by, by)):
            raise Refused.because("somebody else has to grant it: you asked for it yourself")
        if found.step == Step.WAITING and is_granted and not _stands(found):
            raise Refused.because("the exam has been built or printed anew since: let them ask again")
        now = timezone.now()
        waiting = Opening.objects.filter(
            pk=found.pk, answered_at__isnull=True, closed_at__isnull=True, asked_at__gt=now - WAITS
        )
        if not waiting.update(answered_by=by, answered_at=now, is_granted=is_granted):
            raise Refused.because(
                "this opening no longer waits: it was answered, closed or not granted in time"
            )
        what = "opening.grant" if is_granted else "opening.decline"
        record(by, what, exam, opening=found.number, asked_by=found.by.username, files=[*found.files])


def close(by: User, exam: str, opening: UUID) -> None:
    """Ends an opening early. Raises PermissionDenied unless the user asked for it or answered it."""
    with transaction.atomic():
        found = _locked(exam, opening)
        if by.pk not in (found.by_id, found.answered_by_id):
            raise PermissionDenied
        if found.step in (Step.WAITING, Step.OPEN):
            Opening.objects.filter(pk=found.pk, closed_at__isnull=True).update(closed_at=timezone.now())
            record(by, "opening.close", exam, opening=found.number)


def take(by: User, exam: str, opening: UUID, number: int, password: str | None) -> Copy:
    """Returns a copy of one of the files, marked with the names of those who opened it.

    Raises PermissionDenied unless the opening is open to `by`.
    """
    found = Opening.objects.select_related("by", "answered_by").filter(pk=opening, exam=exam).first()
    path = _open_file(found, by, number)
    assert found is not None
    assert found.answered_by is not None
    opened = Opened(
        exam,
        found.number,
        _called(found.by),
        by.username,
        _called(found.answered_by),
        timezone.localtime(timezone.now()),
    )
    copy = opened_copy(exam_folder(exam), path, found.files[path], opened, password)
    with transaction.atomic():
        again = _locked(exam, opening)
        _open_file(again, by, number)
        still = Opening.objects.filter(pk=again.pk, closed_at__isnull=True, taken__lt=MOST_TAKEN)
        if not still.update(taken=F("taken") + 1):
            raise PermissionDenied
        record(by, "opening.take", exam, opening=again.number, file=path, granted_by=_name(again.answered_by))
    return copy


def _locked(exam: str, opening: UUID) -> Opening:
    """Returns the opening with its row locked; raises PermissionDenied if this exam has no such opening."""
    found = Opening.objects.select_for_update().filter(pk=opening, exam=exam).first()
    if found is None:
        raise PermissionDenied
    return found


def _open_file(found: Opening | None, by: User, number: int) -> str:
    """Returns the path of a file; raises PermissionDenied unless the opening is open to this user."""
    if found is None or found.by_id != by.pk or found.step != Step.OPEN or not _stands(found):
        raise PermissionDenied
    if found.answered_by_id in (None, by.pk):
        raise PermissionDenied
    paths: list[str] = sorted(found.files)
    if not 0 <= number < len(paths):
        raise PermissionDenied
    return paths[number]


def _stands(found: Opening) -> bool:
    """Returns whether the exam and the files are unchanged since the request."""
    folder = exam_folder(found.exam)
    there = secret_files(folder)
    return fingerprints_of(folder).exam == found.fingerprint and all(
        there.get(path) == said for path, said in found.files.items()
    )


def _check_address(user: User) -> None:
    """Raises Refused if the user has no e-mail address; only administrators set addresses."""
    if not user.email:
        raise Refused.because(
            "an administrator has to set your address of e-mail first: the two have different ones"
        )


def _is_one_person(one: User, other: User) -> bool:
    """Returns whether two accounts may belong to one person.

    They may if the first has no e-mail address, or if both have the same.
    """
    return not one.email or one.email.casefold() == other.email.casefold()


def _called(user: User) -> str:
    return f"{user} ({user.username})"


def _name(user: Any) -> str:
    return user.username if user is not None else ""
