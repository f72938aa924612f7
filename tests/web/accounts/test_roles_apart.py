"""Who is an auditor is nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from examgen.web.accounts.models import Grant
from examgen.web.accounts.roles import Role, administrators
from examgen.web.server import first_link
from tests.web.conftest import UNIT

Browser = Callable[..., Client]


@pytest.mark.parametrize(("has", "given"), [("auditor", "writer"), ("grader,writer", "auditor")])
def test_an_auditor_is_given_no_other_role_nor_is_somebody_with_one_made_an_auditor(
    served: Path, browser: Browser, person: Any, has: str, given: str
) -> None:
    of = person(has)
    page = browser("administrator").post(f"/people/{of.pk}/", {"role": given, "unit": ""})
    assert page.status_code == 422
    assert b"first" in page.content
    assert not of.grants.filter(role=given).exists()


def test_of_somebody_who_was_given_both_the_auditor_holds(
    served: Path, browser: Browser, person: Any
) -> None:
    both = person("auditor,administrator,writer,reviewer", name="audall")
    client = browser(user=both)
    assert client.get(f"/bank/{UNIT}/export/gift/").status_code == 403
    assert client.post("/people/", {"username": "x", "name": "x"}).status_code == 403
    assert "auditor alone" in browser("administrator").get("/people/").content.decode()


def test_an_administrator_who_is_an_auditor_too_is_none(served: Path, person: Any) -> None:
    both = person("auditor,administrator", name="administrator")
    assert not administrators().exists()
    link = first_link("http://testserver/")
    assert link is not None, "somebody has to be one"
    assert [*administrators().values_list("username", flat=True)] == ["administrator-2"]
    assert Grant.objects.filter(user=both, role=Role.ADMINISTRATOR).exists()
