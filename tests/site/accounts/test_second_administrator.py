"""One administrator alone is not two people: nobody gives a role to himself, and another one confirms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examgen.site.accounts import confirming
from examgen.site.accounts.models import Grant, User, Waiting
from examgen.site.audit.models import Entry
from tests.site.conftest import PASSWORD, UNIT, Browser, Client


@pytest.fixture
def two(served: Path, person: Any) -> tuple[User, User]:
    return person("administrator", name="anna"), person("administrator", name="boon")


def give(client: Client, of: User, role: str = "writer") -> int:
    return client.post(f"/people/{of.pk}/", {"role": role, "unit": UNIT}).status_code


def answered(client: Client, answer: str = "confirm") -> Any:
    return client.post(f"/people/waiting/{Waiting.objects.get().pk}/", {"answer": answer})


def test_a_role_holds_once_another_confirms_it(two: tuple[User, User], browser: Browser, person: Any) -> None:
    (anna, boon), of = (browser(user=one) for one in two), person("", name="new")
    assert give(anna, of) == 302
    assert not of.grants.exists()
    assert answered(anna).status_code == 403, "not who asked for it"
    assert answered(browser("writer")).status_code == 403
    assert "Waiting for a second administrator" in boon.page("/people/")
    assert answered(boon).status_code == 302
    assert of.grants.get().role == "writer"
    entry = Entry.objects.get(what="role.give")
    assert (entry.who, entry.detail["asked_by"]) == ("boon", "anna")
    give(anna, of, "reviewer")
    assert answered(boon, "decline").status_code == 302
    assert of.grants.count() == 1


def test_an_account_is_made_with_roles_and_link_in_one_form(two: tuple[User, User], browser: Browser) -> None:
    anna, boon = (browser(user=one) for one in two)
    made = anna.post(
        "/people/", {"username": "new", "name": "New", "role": ["writer", "reviewer"], "unit": UNIT}
    )
    assert "http://testserver/accounts/password/reset/key/" in made.content.decode()
    of = User.objects.get(username="new")
    assert not of.grants.exists(), "roles wait for a second administrator"
    for one in Waiting.objects.filter(of=of):
        assert boon.post(f"/people/waiting/{one.pk}/", {"answer": "confirm"}).status_code == 302
    assert {(one.role, one.unit) for one in of.grants.all()} == {("writer", UNIT), ("reviewer", UNIT)}
    refused = anna.post("/people/", {"username": "two", "name": "Two", "role": ["auditor", "writer"]})
    assert (refused.status_code, User.objects.filter(username="two").exists()) == (422, False)


def test_nobody_has_a_part_in_giving_a_role_to_himself(two: tuple[User, User], browser: Browser) -> None:
    anna, boon = (browser(user=one) for one in two)
    assert give(anna, two[1], "grader") == 302
    assert answered(boon).status_code == 403
    assert not Grant.objects.filter(role="grader").exists()


@pytest.mark.parametrize("way", ["link", "close", "roles", "factor"])
def test_an_administrator_does_not_become_alone(two: tuple[User, User], browser: Browser, way: str) -> None:
    """By another's password, account, role or second factor: it waits, and nothing has changed."""
    from allauth.mfa.models import Authenticator

    anna, other = browser(user=two[0]), two[1]
    Authenticator.objects.create(user=other, type="totp", data={"secret": "x"})
    path = f"roles/{other.grants.get().pk}" if way == "roles" else way
    answer = anna.post(f"/people/{other.pk}/{path}/")
    assert answer.status_code == 302
    assert b"http://testserver/accounts" not in answer.content
    other.refresh_from_db()
    assert other.is_active
    assert other.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=other).exists()
    assert not confirming.is_alone()
    assert answered(anna).status_code == 403
    agreed = answered(browser(user=User.objects.get(pk=other.pk))).status_code
    assert agreed == (302 if way == "roles" else 403), "one may agree that one's role is taken"


def test_a_closed_account_is_opened_by_two(two: tuple[User, User], browser: Browser, person: Any) -> None:
    gone = person("grader")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    browser(user=two[0]).post(f"/people/{gone.pk}/close/")
    assert not User.objects.get(pk=gone.pk).is_active
    answered(browser(user=two[1]))
    assert User.objects.get(pk=gone.pk).is_active


def test_auditors_are_told_who_is_alone(served: Path, browser: Browser, person: Any) -> None:
    alone, of = browser("administrator"), person("", name="new")
    give(alone, of)
    assert Entry.objects.get(what="role.give").detail["alone"] is True
    told = "There is only one administrator"
    assert told in browser("auditor").page("/")
    assert told not in browser("writer").page("/")
    person("administrator")
    assert told not in browser("auditor").page("/")
