"""The Thai that stands in place of allauth's: each text is one that Django or allauth says."""

from __future__ import annotations

from pathlib import Path

import allauth
import django
from babel.messages.pofile import read_po
from django.utils.translation import gettext, override

from tests.site.conftest import Client

OURS = "examgen/site/locale/th/LC_MESSAGES/django.po"


def texts(path: Path) -> set[str]:
    with path.open("rb") as file:
        return {one.id if isinstance(one.id, str) else one.id[0] for one in read_po(file) if one.id}


def test_each_text_is_said_by_somebody(root: Path) -> None:
    theirs: set[str] = set()
    for package in (allauth, django):
        for language in ("th", "en"):  # the Thai one of Django lacks what it says since 5.2
            for path in Path(package.__path__[0]).rglob(f"locale/{language}/LC_MESSAGES/django.po"):
                theirs |= texts(path)
    assert texts(root / OURS) - theirs == set()


def test_they_are_what_is_told(served: Path, db: None) -> None:
    with override("th"):
        assert gettext("Sign in with a passkey") == "เข้าสู่ระบบด้วยพาสคีย์"
    page = Client().page("/accounts/login/")
    assert ">ชื่อผู้ใช้หรืออีเมล</label>" in page
    assert "เข้าสู่ระบบด้วยพาสคีย์" in page
    assert "signup" not in page
