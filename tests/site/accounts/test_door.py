"""The door: a first link, passwords, a second factor, sessions that end, and what an attacker tries there."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings

from examgen.site.accounts.models import Grant, User
from examgen.site.audit.models import Entry
from examgen.site.server import first_link
from tests.site.conftest import PASSWORD, Browser, Client

LOGIN = "/accounts/login/"


def sign_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"login": name, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def code_of(secret: str) -> str:
    """What the app shows now; not a code that is about to end, which a slow machine sends too late."""
    if (left := 30 - time.time() % 30) < 2:
        time.sleep(left)
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def test_the_first_administrator_chooses_a_password_by_a_link_good_once(served: Path, db: None) -> None:
    link = first_link("http://testserver/")
    assert link is not None
    client = Client()
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    assert "<b>administrator</b>" in page.content.decode()  # by which name to sign in
    assert "<h1>ตั้งรหัสผ่าน</h1>" in page.content.decode()  # there is none yet that could be changed
    there = page.redirect_chain[-1][0]
    client.post(there, {"password1": "short", "password2": "short"})
    assert not User.objects.get().has_usable_password()
    chosen = client.post(there, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert chosen.redirect_chain[-1][0] == "/"
    assert is_in(client), "whoever has just chosen the password need not type it once more"
    assert User.objects.get().has_usable_password()
    assert first_link("http://testserver/") is None
    assert b"password1" not in Client().get(link.removeprefix("http://testserver"), follow=True).content
    assert [*Entry.objects.filter(what="door.in").values_list("who", flat=True)] == ["administrator"]


def test_who_has_lost_a_password_is_sent_to_an_administrator(served: Path, db: None) -> None:
    door = Client().page(LOGIN)
    address = re.search(r'href="(/accounts/password/[^"]+)"', door)
    assert address is not None
    page = Client().page(address[1])
    assert "ขอลิงก์สำหรับตั้งรหัสผ่านใหม่จากผู้ดูแลระบบ" in page
    assert 'type="email"' not in page  # nothing would be sent
    assert Client().post(address[1], {"email": "a@example.org"}).status_code == 405


def test_a_password_alone_does_not_open_where_there_is_a_second_factor(served: Path, person: Any) -> None:
    user, secret = person("administrator", name="anna"), generate_totp_secret()
    TOTP.activate(user, secret)
    client = Client()
    assert sign_in(client, "anna").headers["location"].startswith("/accounts/2fa/authenticate/")
    for address in ("/", "/people/", "/accounts/2fa/", "/accounts/password/change/"):
        assert client.get(address).status_code == 302, address
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(client)
    code = code_of(secret)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(client)
    other = Client()
    sign_in(other, "anna")
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_in(other), "a code opened twice"


def test_a_second_factor_goes_only_with_the_password(served: Path, person: Any) -> None:
    user = person("writer", name="wit")
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    client.force_login(user)
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=user).exists()


def test_passkeys_are_listed_and_a_wrong_code_is_told_beside_its_field(served: Path, person: Any) -> None:
    user = person("writer", name="wit")
    data = {"name": "<b>phone</b>", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}}
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
    client = Client()
    client.force_login(user)
    page = client.page("/accounts/2fa/webauthn/")
    assert "&lt;b&gt;phone&lt;/b&gt;" in page
    assert f"{date.today().year + 543}" in page  # years of the Buddhist era
    assert "พาสคีย์" in page
    again = {"password": "not it", "next": "/me/"}
    page = client.post("/accounts/reauthenticate/", again).content.decode()
    assert '<ul class="faults" id="id_password_error">' in page
    assert 'aria-describedby="id_password_error"' in page.replace("id_password_helptext ", "")


def test_a_wrong_password_is_told_as_an_unknown_name_and_soon_unheard(served: Path, person: Any) -> None:
    person("writer", name="wit")

    def said(name: str) -> str:
        page = sign_in(Client(), name, "wrong password 99").content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    assert said("wit") == said("nobody-here")
    for _ in range(6):
        sign_in(Client(), "wit", "wrong password 99")
    client = Client()
    sign_in(client, "wit")
    assert not is_in(client), "locked out for a while"
    assert "nobody-here" not in Entry.objects.filter(what="door.failed").values_list("about", flat=True)


def test_the_session_is_another_after_signing_in(served: Path, person: Any) -> None:
    person("writer", name="wit")
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    sign_in(client, "wit")
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_a_closed_account_and_a_new_link_end_sessions(served: Path, browser: Browser, person: Any) -> None:
    admin, user = browser("administrator"), person("writer", name="wit")
    one, two = Client(), Client()
    sign_in(one, "wit")
    assert is_in(one)
    page = admin.post(f"/people/{user.pk}/link/")
    assert not is_in(one)
    assert 'href="/people/">To the next person</a>' in page.content.decode()
    link = re.search(r"http://testserver(/[^<\s]+)", page.content.decode())
    assert link is not None
    sign_in(two, "wit")
    assert not is_in(two)
    there = two.get(link[1], follow=True).redirect_chain[-1][0]
    two.post(there, {"password1": PASSWORD, "password2": PASSWORD})
    sign_in(two, "wit")
    assert is_in(two)
    admin.post(f"/people/{user.pk}/close/")
    assert not is_in(two)
    sign_in(two, "wit")
    assert not is_in(two)


def test_the_last_administrator_stays_one(served: Path, browser: Browser) -> None:
    admin = browser("administrator")
    grant = Grant.objects.get()
    admin.post(f"/people/{grant.user_id}/roles/{grant.pk}/")
    admin.post(f"/people/{grant.user_id}/close/")
    assert Grant.objects.filter(role="administrator", user__is_active=True).exists()


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(served: Path, person: Any, address: str) -> None:
    person("writer", name="wit")
    answer = Client().post(LOGIN, {"login": "wit", "password": PASSWORD, "next": address})
    assert answer.headers["location"] == "/"
    answer = Client().post("/language/", {"language": "en", "next": address})
    assert "evil" not in answer.headers["location"]
    assert "javascript" not in answer.headers["location"]


def test_nobody_signs_up(served: Path, db: None) -> None:
    data = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    assert "โปรดติดต่อผู้ดูแลระบบ" in Client().post("/accounts/signup/", data).content.decode()  # whom to ask
    for address in ("/accounts/confirm-email/", "/accounts/confirm-email/MQ:1:x/"):
        assert Client().get(address).status_code == 404  # nothing is sent that could be confirmed
    Client().post("/accounts/2fa/webauthn/signup/", data)
    assert not User.objects.exists()


def test_a_post_without_its_token_is_refused(served: Path, person: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("administrator"))
    assert client.post("/people/", {"username": "eve", "name": "Eve"}).status_code == 403
    assert not User.objects.filter(username="eve").exists()


def test_names_are_no_markup(served: Path, browser: Browser) -> None:
    admin, bad = browser("administrator"), "<script>alert(1)</script>"
    admin.post("/people/", {"username": "eve", "name": bad})
    page = admin.page("/people/")
    assert bad not in page
    assert "&lt;script&gt;" in page


def test_pages_of_people_are_kept_by_no_browser(served: Path, browser: Browser) -> None:
    answer = browser("writer").get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("name", "language"), [("มาลี ดี", "th"), ("Malee Dee", "en")])
def test_the_name_on_pages_of_allauth_says_its_language(
    served: Path, browser: Browser, person: Any, name: str, language: str
) -> None:
    user = person("writer")
    user.name = name
    user.save()
    assert f'lang="{language}">{name}</a>' in browser(user=user).page("/accounts/password/change/")
