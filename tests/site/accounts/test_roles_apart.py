"""Who is an auditor is nothing else; addresses tell the two apart who open keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from examgen.core.problems import Refused
from examgen.site.accounts.models import Grant, Role, User, administrators
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


def test_a_list_is_shown_before_accounts_and_roles_are_made_of_it(
    served: Path, browser: Browser, person: Any
) -> None:
    administrator = browser("administrator")
    there = person("writer", name="somchai")
    page = administrator.post("/people/several/", {"people": LIST})
    assert page.status_code == 200
    assert "มาลี ดี" in page.content.decode()
    assert not User.objects.filter(username="malee").exists()
    mark = page.content.decode().split('name="make" value="')[1].split('"')[0]
    changed = administrator.post("/people/several/", {"people": LIST + "new,x,writer", "make": mark})
    assert changed.status_code == 422
    assert administrator.post("/people/several/", {"people": LIST, "make": mark}).status_code == 302
    malee = User.objects.get(username="malee")
    assert (malee.name, malee.email) == ("มาลี ดี", "malee@b.org")
    given = {*malee.grants.values_list("role", "unit")}
    assert given == {("writer", ""), ("reviewer", "")}
    assert {*there.grants.values_list("role", flat=True)} == {"writer", "grader"}


def test_roles_of_a_pasted_table_may_have_commas_and_a_unit_is_known_in_small_letters(
    served: Path, browser: Browser
) -> None:
    line = f"malee\tMalee\tWriter, Reviewer\t{UNIT.lower()}"
    page = browser("administrator").post("/people/several/", {"people": line})
    assert page.status_code == 200
    assert f"<td>Writer, Reviewer</td><td>{UNIT}</td>" in page.content.decode()


def test_links_are_made_for_all_who_have_no_password_yet(served: Path, browser: Browser, person: Any) -> None:
    administrator, in_use = browser("administrator"), person("writer")
    new = [User.objects.create(username=name, name=name.title(), password="!") for name in ("malee", "anan")]
    page = administrator.page("/people/")
    assert "2 people have no password yet" in page
    ticked = {"person": [str(one.pk) for one in (*new, in_use)]}
    given = administrator.post("/people/links/", ticked)
    links = re.findall(
        "http://testserver/\\S+", given.content.decode().split('id="links"')[1].split("</pre>")[0]
    )
    assert len({*links}) == 2, "none for who has a password"
    assert in_use.has_usable_password()
    assert {*Entry.objects.filter(what="account.link").values_list("about", flat=True)} == {"malee", "anan"}
    assert browser("assembler").post("/people/links/", ticked).status_code == 403
    person("administrator")
    new[0].grants.create(role="writer", by=in_use)
    waits = administrator.post("/people/links/", {"person": [str(new[0].pk)]}, follow=True)
    assert "It waits for a second administrator" in waits.content.decode()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("a,A,emperor", "there is no role emperor"),
        ("a,A,auditor;writer", "an auditor has no other role"),
        ("a,A,", "no role is named"),
        ("a,A,writer,NO-UNIT", "NO-UNIT is not one of the available choices"),
        ("a b,A,writer", "User name"),
        ("a,A,writer\na,B,writer", "stands in an earlier line"),
    ],
)
def test_of_a_list_with_a_fault_nothing_is_made(
    served: Path, browser: Browser, line: str, wrong: str
) -> None:
    page = browser("administrator").post("/people/several/", {"people": line})
    assert page.status_code == 422
    assert wrong in page.content.decode()
    assert 'name="make"' not in page.content.decode()
    assert not User.objects.filter(username="a").exists()
    assert browser("assembler").get("/people/several/").status_code == 403


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
