"""Sessions of one's own and of others, lost second factors, emergency codes: who may end what, what is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.exceptions import InvalidTag
from django.conf import settings

from examgen.site.accounts import factors
from examgen.site.accounts.models import Waiting
from examgen.site.accounts.sessions import link_for
from examgen.site.audit.models import Entry
from tests.site.accounts.test_door import LOGIN, code_of, is_in, sign_in
from tests.site.conftest import PASSWORD, Browser, Client


@pytest.fixture
def strict(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that is no demo: everybody has a second factor. Codes are hashed quickly."""
    settings.SITE = settings.SITE._replace(is_demo=False)
    monkeypatch.setattr(factors, "_COST", (2**4, 8, 1))


def with_app(user: Any) -> tuple[Client, str]:
    """Somebody who has signed in by password and app; the secret of the app."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client = Client()
    sign_in(client, user.username)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    return client, secret


@pytest.mark.parametrize("role", ["writer", "reviewer", "invigilator", "auditor", ""])
def test_everybody_needs_a_second_factor(served: Path, person: Any, strict: None, role: str) -> None:
    client = Client()
    sign_in(client, person(role, name="wit").username)
    for address in ("/", "/bank/", "/me/", "/work/", "/verify/"):
        assert client.get(address).headers["location"] == "/accounts/2fa/", address


def test_a_new_user_adds_an_app_right_after_the_password(served: Path, person: Any, strict: None) -> None:
    user, client = person("writer", name="wit"), Client()
    there = client.get(link_for(user), follow=True).redirect_chain[-1][0]
    app = client.post(there, {"password1": PASSWORD, "password2": PASSWORD}).headers["location"]
    assert app == "/accounts/2fa/totp/activate/"
    assert "/accounts/2fa/webauthn/add/" in client.page(app), "or a passkey"
    codes = client.post(app, {"code": code_of(client.session["mfa.totp.secret"])}, follow=True)
    assert len(re.findall(r"\b\d{8}\b", codes.content.decode())) == 10
    assert is_in(client)
    assert Entry.objects.filter(what="door.again").count() == 0
    other = Client()
    user.refresh_from_db()
    there = other.get(link_for(user), follow=True).redirect_chain[-1][0]
    answer = other.post(there, {"password1": PASSWORD + "8", "password2": PASSWORD + "8"})
    assert answer.headers["location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(other), "a link does not stand for the second factor"


def test_the_record_says_by_which_factor_somebody_came_in(served: Path, person: Any, strict: None) -> None:
    user = person("writer", name="wit")
    client, secret = with_app(user)
    assert is_in(client)
    assert Entry.objects.get(what="door.in").detail == {"by": ["password", "totp"]}
    wrong = Client()
    sign_in(wrong, "wit")
    wrong.post("/accounts/2fa/authenticate/", {"code": "000000"})
    sign_in(Client(), "wit", "wrong password 99")
    found = Entry.objects.filter(what="door.failed").values_list("about", "detail__by")
    assert [*found] == [("wit", ["totp"]), ("wit", ["password"])]
    assert secret not in json.dumps([*Entry.objects.values("detail")])


def test_saying_the_password_again_renews_the_session(served: Path, person: Any, strict: None) -> None:
    client, _ = with_app(person("writer", name="wit"))
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/accounts/reauthenticate/", {"password": "wrong password 99"})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == before
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert is_in(client)
    old = Client()
    old.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_in(old)
    assert Entry.objects.filter(what="door.again", who="wit", detail__by=["password"]).count() == 1


def test_one_sees_ones_sessions_and_ends_them(served: Path, browser: Browser, person: Any) -> None:
    user, other = person("writer", name="wit"), browser("writer")
    here, there, third = (Client(headers={"user-agent": agent}) for agent in AGENTS)
    for client in (here, there, third):
        sign_in(client, "wit")
    page = here.page("/me/")
    assert all(name in page for name in AGENTS.values())
    assert here.session.session_key not in page
    assert there.session.session_key not in page
    rows = page.split("<tr>")
    ids = [re.findall(r'name="session" value="(\w{24})"', row) for row in rows]
    assert sum(map(len, ids)) == 2
    edge = next(one[0] for row, one in zip(rows, ids, strict=True) if "Edge, Windows</td>" in row)
    other.post("/me/sessions/", {"session": edge})
    assert is_in(there)
    assert is_in(third), "not those of somebody else"
    here.post("/me/sessions/", {"session": edge})
    assert [is_in(client) for client in (here, there, third)] == [True, False, True]
    here.post("/me/sessions/", {"session": "all"})
    assert [is_in(client) for client in (here, there, third)] == [True, False, False]
    assert is_in(other)
    assert [*Entry.objects.filter(what="sessions.end", who="wit").values_list("detail__n", flat=True)] == [
        1,
        1,
    ]
    assert user.is_active


AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0": "Edge, Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Version/17 Safari/604.1": "Safari, iPhone",
}


def test_ending_sessions_asks_who_one_is(served: Path, person: Any, strict: None) -> None:
    client, _ = with_app(person("administrator", name="anna"))
    wit = person("writer", name="wit")
    for address in ("/me/sessions/", "/people/sessions/", f"/people/{wit.pk}/sessions/"):
        answer = client.post(address, {"session": "all"})
        assert "/accounts/reauthenticate/" in answer.headers["location"], address
        assert client.get(address).status_code == 405
    assert not Entry.objects.filter(what="sessions.end").exists()


def test_administrators_end_sessions_of_one_and_all(served: Path, browser: Browser, person: Any) -> None:
    admin, user = browser("administrator"), person("writer", name="wit")
    one, two, other = browser(user=user), browser(user=user), browser("reviewer")
    admin.post(f"/people/{user.pk}/sessions/")
    assert [is_in(client) for client in (one, two, other, admin)] == [False, False, True, True]
    admin.post("/people/sessions/")
    assert [is_in(client) for client in (other, admin)] == [False, True]


# ── a second factor that was lost ────────────────────────────────────────────────────────────


def confirmed(client: Client) -> Any:
    """What waits, confirmed by a second administrator."""
    return client.post(f"/people/waiting/{Waiting.objects.get().pk}/", {"answer": "confirm"})


def test_a_lost_factor_is_taken_away_without_a_way_in(served: Path, browser: Browser, person: Any) -> None:
    user = person("grader", name="wit")
    client, _ = with_app(user)
    admin, second = browser("administrator"), browser("administrator")
    who = Entry.objects.filter(what="factor.forget")
    admin.post(f"/people/{user.pk}/factor/")
    assert is_in(client), "another administrator has to confirm it"
    confirmed(second)
    assert not is_in(client)
    assert not Authenticator.objects.filter(user=user).exists()
    assert [*who.values_list("about", flat=True)] == ["wit"]
    admin.post(f"/people/{user.pk}/link/")
    assert confirmed(second).status_code == 422, "who took the factor away gets no link"
    assert Client().login(username="wit", password=PASSWORD), "the password is still that of its owner"
    Waiting.objects.all().delete()
    second.post(f"/people/{user.pk}/link/")
    page = confirmed(admin).content.decode()
    assert "http://testserver/" in page, "another administrator helps whoever has lost the password, too"


def test_who_made_a_link_does_not_take_the_factor_away(served: Path, browser: Browser, person: Any) -> None:
    user = person("grader", name="wit")
    with_app(user)
    admin, second = browser("administrator"), browser("administrator")
    second.post(f"/people/{user.pk}/link/")
    confirmed(admin)
    second.post(f"/people/{user.pk}/factor/")
    assert confirmed(admin).status_code == 422
    assert Authenticator.objects.filter(user=user).exists()
    Waiting.objects.all().delete()
    admin.post(f"/people/{user.pk}/factor/")
    confirmed(second)
    assert not Authenticator.objects.filter(user=user).exists()


def test_nobody_takes_his_own_factor_away_so(served: Path, person: Any) -> None:
    admin = person("administrator", name="anna")
    client, _ = with_app(admin)
    client.post(f"/people/{admin.pk}/factor/")
    assert Authenticator.objects.filter(user=admin).exists()
    assert is_in(client)


# ── what is kept of factors ──────────────────────────────────────────────────────────────────


def test_emergency_codes_are_shown_once_and_kept_as_hashes(served: Path, person: Any, strict: None) -> None:
    user = person("writer", name="wit")
    client, _ = with_app(user)
    RecoveryCodes.activate(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.page("/accounts/2fa/recovery-codes/")
    codes = re.findall(r"\b\d{8}\b", page)
    assert len(codes) == 10
    assert '<a class="button" href="/">' in page  # the way on
    assert not re.findall(r"\b\d{8}\b", client.page("/accounts/2fa/recovery-codes/"))
    assert "10 จาก 10" in client.page("/accounts/2fa/")  # how many are left, no code
    assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 403
    kept = json.dumps(Authenticator.objects.get(user=user, type="recovery_codes").data)
    assert "seed" not in kept
    assert not any(code in kept for code in codes)
    for code, opens in ((codes[3], True), (codes[3], False), ("00000000", False), (codes[4], True)):
        one = Client()
        sign_in(one, "wit")
        one.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_in(one) is opens, code


def test_the_secret_of_an_app_is_not_in_the_database(served: Path, person: Any, settings: Any) -> None:
    user, secret = person("writer", name="wit"), generate_totp_secret()
    one = TOTP.activate(user, secret).instance
    assert secret not in json.dumps(one.data)
    assert factors.Factors().decrypt(one.data["secret"]) == secret
    assert factors.Factors().encrypt(secret) != one.data["secret"], "another nonce each time"
    broken = one.data["secret"][:-6] + "AAAAA="
    with pytest.raises(InvalidTag):
        factors.Factors().decrypt(broken)
    assert (settings.SITE.state / factors.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_an_account_with_a_factor_is_not_opened_by_a_link_alone(served: Path, person: Any) -> None:
    """MFA bypass: the pages of the door that follow a password, opened without the second factor."""
    user = person("administrator", name="anna")
    TOTP.activate(user, generate_totp_secret())
    client = Client()
    sign_in(client, "anna")
    for address in ("/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/generate/"):
        client.post(address)
    client.post("/accounts/2fa/reauthenticate/", {"code": "000000"})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post(LOGIN, {"login": "anna", "password": PASSWORD, "next": "/people/"})
    assert not is_in(client)
    assert Authenticator.objects.filter(user=user).count() == 1
