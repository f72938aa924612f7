"""Who is an auditor is nothing else; addresses tell the two apart who open keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from examgen.core.problems import Refused
from examgen.site.accounts.models import Grant, User
from examgen.site.accounts.roles import Role, administrators
from examgen.site.audit.models import Entry
from examgen.site.openings import steps
from examgen.site.openings.models import Opening
from examgen.site.server import first_link
from tests.site.conftest import UNIT, Browser


@pytest.mark.parametrize(("has", "given"), [("auditor", "writer"), ("grader,writer", "auditor")])
def test_an_auditor_is_given_no_other_role_nor_is_somebody_with_one_made_an_auditor(
    served: Path, browser: Browser, person: Any, has: str, given: str
) -> None:
    of = person(has)
    page = browser("administrator").post(f"/people/{of.pk}/", {"role": given, "unit": ""})
    assert page.status_code == 422
    assert b"first" in page.content
    assert not of.grants.filter(role=given).exists()


def test_of_who_was_given_both_the_auditor_holds(served: Path, browser: Browser, person: Any) -> None:
    both = person("auditor,administrator,writer,reviewer", name="audall")
    client = browser(user=both)
    assert client.get(f"/bank/{UNIT}/export/gift/").status_code == 403
    assert client.post("/people/", {"username": "x", "name": "x"}).status_code == 403
    assert "auditor alone" in browser("administrator").page("/people/")


def test_an_administrator_who_is_an_auditor_too_is_none(served: Path, person: Any) -> None:
    both = person("auditor,administrator", name="administrator")
    assert not administrators().exists()
    assert first_link("http://testserver/") is not None, "somebody has to be one"
    assert [*administrators().values_list("username", flat=True)] == ["administrator-2"]
    assert Grant.objects.filter(user=both, role=Role.ADMINISTRATOR).exists()


LIST = """ชื่อผู้ใช้	ชื่อ	บทบาท	หน่วย	อีเมล
Malee	มาลี ดี	ผู้เขียนข้อสอบ; ผู้ทบทวนข้อสอบ		malee@b.org
somchai		grader
"""


# ── addresses ────────────────────────────────────────────────────────────────────────────────


def test_nobody_sets_an_address_and_no_two_have_one(served: Path, browser: Browser, person: Any) -> None:
    one, other = person("approver"), person("grader")
    for method in ("get", "post"):
        answer = getattr(browser(user=one), method)(
            "/accounts/email/", {"action_add": "", "email": "a@b.org"}
        )
        assert answer.status_code == 404
    assert not EmailAddress.objects.exists()
    assert browser(user=one).post(f"/people/{one.pk}/address/", {"email": "a@b.org"}).status_code == 403
    administrator = browser("administrator")
    assert administrator.post(f"/people/{one.pk}/address/", {"email": "Ann@B.org"}).status_code == 302
    one.refresh_from_db()
    assert one.email == "ann@b.org"
    assert Entry.objects.get(what="account.address").about == one.username
    taken = administrator.post(f"/people/{other.pk}/address/", {"email": "aNN@b.ORG"})
    assert taken.status_code == 422
    assert b"somebody has this e-mail address already" in taken.content
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.pk).update(email="ANN@b.org")


def test_two_without_addresses_open_nothing(served: Path, person: Any) -> None:
    one, other = person("approver"), person("grader")
    User.objects.filter(pk=one.pk).update(email="")
    one.refresh_from_db()
    with pytest.raises(Refused) as refused:
        steps.ask(one, "no-exam", ["secure/key.csv"], "the committee looks at it")
    assert "address" in refused.value.message.en
    asked = Opening.objects.create(exam="no-exam", by=one, fingerprint="", reason="asked for before")
    for by in (one, other):
        with pytest.raises(Refused):
            steps.answer(by, "no-exam", asked.pk, True)
