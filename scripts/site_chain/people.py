"""Steps at the door: passwords, codes, passkeys, accounts and roles; and the pages of errors."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

from site_chain.chain import PASSWORD, PEOPLE, Chain, step
from site_chain.hands import one

FORM = "main form:has({}) button[type=submit]"
CODE = FORM.format("input[name=code]")


def choose_password(chain: Chain, page: Page, link: str, shot: str = "") -> None:
    """A password chosen by a link that was handed over."""
    page.goto(chain.base + urlsplit(link).path)
    if shot:
        chain.shot(page, shot)
    for field in page.locator("input[type=password]").all():
        chain.hand.write(page, field, PASSWORD)
    chain.pressed(page, FORM.format("input[type=password]"))
    if shot:
        chain.shot(page, f"{shot}-done")


def add_codes(chain: Chain, name: str, shot: str = "") -> None:
    """An app with codes for somebody who has just signed in."""
    page = chain.person(name)
    chain.go(page, "/accounts/2fa/")
    if shot:
        chain.shot(page, f"{shot}-none")
    chain.pressed(page, "a[href$='/totp/activate/']")
    secret = one(page, "#authenticator_secret").input_value()
    if shot:
        chain.hand.write(page, "input[name=code]", "000000")
        chain.pressed(page, CODE)
        assert page.locator("input[name=code]").count(), "any code is taken"
        chain.shot(page, f"{shot}-activate-wrong")
    chain.kept["secrets"][name] = one(page, "#authenticator_secret").input_value()
    assert chain.kept["secrets"][name] == secret, "the secret is drawn anew after a wrong code"
    chain.give_code(page, name, CODE)
    if shot:
        chain.shot(page, f"{shot}-codes")
    chain.keep()


@step("the first administrator comes by the printed link, and gets a second factor")
def administrator(chain: Chain) -> None:
    if "administrator" in chain.kept["secrets"]:
        return
    page = chain.window("administrator")
    choose_password(chain, page, chain.link, "choose-password")
    page.goto(f"{chain.base}/accounts/login/")
    chain.shot(page, "login")
    page.context.close()
    add_codes(chain, "administrator", "factor")
    page = chain.person("administrator")
    chain.go(page, "/")
    chain.shot(page, "home")


@step("a second administrator; accounts with roles that she confirms; passwords and codes of each person")
def accounts(chain: Chain) -> None:
    admin = chain.person("administrator")
    for number, (name, (spoken, role)) in enumerate(PEOPLE.items()):
        if name in chain.kept["secrets"]:
            continue
        chain.go(admin, "/people/")
        is_first = number < 2  # alone, and with a second administrator
        if is_first:
            chain.shot(admin, "people" if number == 0 else "people-two")
        chain.hand.press(admin, "#new-account > summary")
        chain.hand.write(admin, "input[name=username]", name)
        chain.hand.write(admin, "input[name=name]", spoken)
        chain.hand.write(admin, "input[name=email]", f"{name}@body.example")
        chain.send(admin, "#new-account form button")
        if not re.search(r"/people/\d+/$", admin.url):
            chain.hand.press(admin, f"main tr:has-text('{name}') a")
        chain.hand.tick(admin, f"input[name=role][value={role}]")
        chain.send(admin, "section.card form:has(input[name=role]) button")
        if is_first:
            chain.shot(admin, "person" if number == 0 else "person-waiting")
        chain.send(admin, "form[action$='/link/'] button")
        link = admin.inner_text("main .note code")
        if is_first:
            chain.shot(admin, "link")
        page = chain.window(name)
        choose_password(chain, page, link)
        page.context.close()
        if number:
            _confirm(chain, name, "people-waiting" if is_first else "")
        add_codes(chain, name)
    chain.go(admin, "/people/")
    chain.shot(admin, "people-all")
    chain.go(admin, "/me/")
    chain.shot(admin, "me")


def _confirm(chain: Chain, name: str, shot: str) -> None:
    """The second administrator confirms the role of somebody; who asked for it could not."""
    own = chain.person("administrator")
    waiting = f"section.card li:has-text('({name})')"
    chain.go(own, "/people/")
    assert own.locator(f"{waiting} button[value=decline]").count(), f"the role of {name} does not wait"
    assert not own.locator(f"{waiting} button[value=confirm]").count(), "who asked may confirm"
    page = chain.person("suda")
    chain.go(page, "/people/")
    if shot:
        chain.shot(page, shot)
    chain.send(page, f"{waiting} button[value=confirm]")
    if shot:
        chain.shot(page, f"{shot}-confirmed")


@step("signing in with a code, a passkey, codes for an emergency; asked again; a new password")
def door(chain: Chain) -> None:
    page = chain.window("arun again")
    page.goto(f"{chain.base}/accounts/login/")
    chain.hand.write(page, "input[name=login]", "arun")
    chain.hand.write(page, "input[name=password]", "not the password at all")
    chain.pressed(page, FORM.format("input[name=login]") + ":not(#passkey_login)")
    chain.shot(page, "login-wrong")
    chain.hand.write(page, "input[name=login]", "arun")
    chain.hand.write(page, "input[name=password]", PASSWORD)
    chain.pressed(page, FORM.format("input[name=login]") + ":not(#passkey_login)")
    chain.shot(page, "login-code")
    chain.give_code(page, "arun", CODE)
    assert urlsplit(page.url).path == "/", page.url
    _reauthenticate(chain, page)
    _passkey(chain, page)
    for path, name in (
        ("/accounts/2fa/", "factor"),
        ("/accounts/2fa/recovery-codes/", "recovery-codes"),
        ("/accounts/2fa/recovery-codes/generate/", "recovery-codes-again"),
        ("/accounts/2fa/totp/deactivate/", "factor-remove"),
        ("/accounts/password/change/", "password-change"),
        ("/accounts/3rdparty/", "connections"),
        ("/accounts/logout/", "logout"),
    ):
        answer = page.goto(chain.base + path)
        assert answer is not None
        if answer.status < 400 and urlsplit(page.url).path == path:
            chain.shot(page, name)
    chain.pressed(page, "header form[action$='/logout/'] button, main form[action$='/logout/'] button")
    for path, name in (
        ("/accounts/password/reset/", "password-reset"),
        ("/accounts/password/reset/key/1-wrong/", "password-link-wrong"),
        ("/accounts/signup/", "signup-closed"),
        ("/accounts/inactive/", "inactive"),
        ("/accounts/3rdparty/login/cancelled/", "elsewhere-cancelled"),
        ("/accounts/3rdparty/login/error/", "elsewhere-error"),
    ):
        answer = page.goto(chain.base + path)
        assert answer is not None
        if answer.status != 404 and urlsplit(page.url).path == path:
            chain.shot(page, name)
    page.context.close()
    if "arun" in chain.pages:
        chain.pages.pop("arun").context.close()  # who adds a key is signed out elsewhere


def _reauthenticate(chain: Chain, page: Page) -> None:
    page.goto(f"{chain.base}/accounts/reauthenticate/?next=/me/")
    chain.shot(page, "reauthenticate")
    page.goto(f"{chain.base}/accounts/2fa/reauthenticate/?next=/me/")
    if page.locator("input[name=code]").count():
        chain.shot(page, "reauthenticate-code")
        chain.give_code(page, "arun", CODE)
    assert urlsplit(page.url).path == "/me/", page.url


def _passkey(chain: Chain, page: Page) -> None:
    """A passkey by the browser's own made-up authenticator; then its pages."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        **{"protocol": "ctap2", "transport": "internal", "hasResidentKey": True},
        **{"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True},
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{chain.base}/accounts/2fa/webauthn/add/")
    chain.shot(page, "passkey-add")
    chain.hand.write(page, "input[name=name]", "กุญแจในโทรศัพท์")
    if page.locator("input[name=passwordless]").count():
        chain.hand.tick(page, "input[name=passwordless]")
    chain.pressed(page, "#mfa_webauthn_add")
    page.goto(f"{chain.base}/accounts/2fa/webauthn/")
    chain.shot(page, "passkeys")
    for end in ("/edit/", "/remove/"):
        link = page.locator(f"main a[href$='{end}']")
        if link.count():
            chain.pressed(page, link)
            chain.shot(page, f"passkey{end.strip('/')}")
            page.goto(f"{chain.base}/accounts/2fa/webauthn/")
    chain.pressed(page, "header form[action$='/logout/'] button")
    page.goto(f"{chain.base}/accounts/login/")
    with page.expect_navigation(url=f"{chain.base}/"):
        chain.hand.press(page, "#passkey_login")


@step("pages that refuse: not there, not allowed, cannot be done, form gone stale")
def refusals(chain: Chain) -> None:
    page = chain.person("malee")
    for path, name in (("/no-such-page/", "not-found"), ("/people/", "refused"), ("/bank/NO-UNIT/", "no-such-unit")):  # fmt: skip # noqa: E501
        page.goto(chain.base + path)
        chain.shot(page, name)
    chain.go(page, "/me/")
    page.context.clear_cookies(name=re.compile("^csrf-"))
    page.evaluate("document.querySelector(\"input[name=csrfmiddlewaretoken]\").value = 'x'.repeat(64)")
    chain.pressed(page, "header form[action$='/language/'] button")
    chain.shot(page, "stale-form")
