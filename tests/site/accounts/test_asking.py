"""Who asks is asked for anew with each request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from examgen.site.accounts.models import Grant, User
from tests.site.conftest import OTHER, UNIT, Browser

PAGE = f"/bank/{UNIT}/"


def take_role(user: User) -> None:
    user.grants.all().delete()


def other_unit(user: User) -> None:
    user.grants.update(unit=OTHER)


def close(user: User) -> None:
    user.is_active = False
    user.save()


def end(user: User) -> None:
    Session.objects.all().delete()


def outdate(user: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def new_password(user: User) -> None:
    user.set_password("another horse battery 8")
    user.save()


def remove(user: User) -> None:
    user.delete()


@pytest.mark.parametrize(
    ("what", "status"),
    [
        (take_role, 403),
        (other_unit, 403),
        (close, 302),
        (end, 302),
        (outdate, 302),
        (new_password, 302),
        (remove, 302),
    ],
)
def test_what_was_taken_holds_for_no_request_more(
    served: Path, browser: Browser, person: Any, what: Callable[[User], None], status: int
) -> None:
    user = person("writer", UNIT)
    client = browser(user=user)
    assert client.get(PAGE).status_code == 200
    what(user)
    assert client.get(PAGE).status_code == status


def test_what_was_given_holds_at_once(served: Path, browser: Browser, person: Any) -> None:
    user = person("")
    client = browser(user=user)
    assert client.get(PAGE).status_code == 403
    Grant.objects.create(user=user, role="writer", unit=UNIT)
    assert client.get(PAGE).status_code == 200
