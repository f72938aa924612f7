"""The accounts of allauth, which only administrators make, and second factors: users without one are sent to
add one, and how secrets are stored.

Secrets of authenticator apps are encrypted, and recovery codes are hashed once they were shown. The
encryption key is in a file of the site and not in the database, so that a copy of the database is not enough
to make a code. The user sees the recovery codes once; from then on only their scrypt hashes are stored (OWASP
ASVS 5.0, 6.5.2).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import auth, flows
from allauth.mfa.utils import is_mfa_enabled
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from examgen.core.words import tell
from examgen.site.requests import Middleware, say

NEEDED = tell("this site asks everybody for a second factor: add an app with codes or a passkey first")
OPEN = ("/accounts/", "/language/", "/static/")


class SecondFactor(Middleware):
    """Middleware: a signed-in user without a second factor sees only the pages for adding one."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Returns the response, which browsers must not store, or redirects to the page for second
        factors."""
        user = request.user
        if (
            not settings.SITE.is_demo
            and user.is_authenticated
            and not request.path.startswith(OPEN)
            and not is_mfa_enabled(user)
        ):
            say(request, NEEDED, "warning")
            return redirect("mfa_index")
        answer = self.get_response(request)
        if user.is_authenticated and "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer


KEY_FILE = "factor-key"
"""The file of the site with the key that encrypts secrets of authenticator apps."""
_SEALED, _NONCE = "aes1:", 12
_COST = (2**14, 8, 5)
"""N, r and p of scrypt, as for passwords."""
_SALT = 16


class Factors(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """The adapter through which allauth stores second factors."""

    def encrypt(self, text: str) -> str:
        """Encrypts a text with AES-256-GCM under the key of the site and a new nonce."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(_key()).encrypt(nonce, text.encode(), _SEALED.encode())
        return _SEALED + base64.b64encode(nonce + sealed).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypts a text that `encrypt` returned."""
        data = base64.b64decode(encrypted_text.removeprefix(_SEALED))
        return AESGCM(_key()).decrypt(data[:_NONCE], data[_NONCE:], _SEALED.encode()).decode()


def _key() -> bytes:
    secret = settings.SITE.token(KEY_FILE).encode("ascii")
    return HKDF(SHA256(), 32, salt=None, info=b"examgen second factors").derive(secret)


class EmergencyCodes(auth.RecoveryCodes):  # type: ignore[misc] # allauth has no types
    """Recovery codes, which are hashed as soon as the user has seen them."""

    instance: Authenticator
    _shown: list[str] | None = None

    def mark_as_viewed(self) -> None:
        """Hashes the codes. Only this object still has them in plain text, to show them."""
        if not self._are_hashed:
            self._shown = super().get_unused_codes()
            self._hash()

    @property
    def _are_hashed(self) -> bool:
        return "hashes" in self.instance.data

    def _hash(self) -> None:
        """One salt for all codes of a person, so that a code is looked up by one computation of scrypt."""
        salt = os.urandom(_SALT).hex()
        self.instance.data = {
            "scrypt": [*_COST],
            "salt": salt,
            "hashes": [_hashed(code, salt, _COST) for code in super().get_unused_codes()],
            "viewed_at": self.instance.data.get("viewed_at") or time.time(),
        }
        self.instance.save(update_fields=["data"])

    def generate_codes(self) -> list[str]:
        """Returns all codes as long as they may be shown; after that as many empty texts, for pages that
        count them."""
        made: list[str] = (
            [""] * app_settings.RECOVERY_CODE_COUNT if self._are_hashed else super().generate_codes()
        )
        return made

    def get_unused_codes(self) -> list[str]:
        """Returns the unused codes as long as they may be shown; after that as many empty texts as codes are
        unused."""
        if self._shown is not None:
            return self._shown
        return [""] * len(self.instance.data["hashes"]) if self._are_hashed else super().get_unused_codes()

    @transaction.atomic
    def validate_code(self, code: str) -> bool:
        """Returns whether the code is valid, and marks it as used."""
        self.instance = Authenticator.objects.select_for_update().get(pk=self.instance.pk)
        if not self._are_hashed:
            if not self.did_view:
                return bool(super().validate_code(code))
            self._hash()
        data = self.instance.data
        said = _hashed(str(code).strip(), data["salt"], data["scrypt"])
        left = [one for one in data["hashes"] if not hmac.compare_digest(one, said)]
        if len(left) == len(data["hashes"]):
            return False
        self.instance.data = {**data, "hashes": left}
        self.instance.save(update_fields=["data"])
        return True


def _hashed(code: str, salt: str, cost: Sequence[int]) -> str:
    n, r, p = cost
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=n, r=r, p=p, dklen=32).hex()


def install() -> None:
    """Makes allauth use `EmergencyCodes`, by replacing the class in its modules, because there is no setting
    for it."""
    auth.RecoveryCodes = flows.RecoveryCodes = EmergencyCodes


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's adapter for accounts that only administrators create."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Shows a page on how to get an account, in place of allauth's sign-up page."""
        raise ImmediateHttpResponse(render(request, "accounts/uninvited.html"))

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Lets a user without a second factor add one at once: the password was given a moment ago, so it is
        not requested again before the time after which everybody confirms access anew."""
        if not is_mfa_enabled(user):
            for one in get_authentication_records(request, user)[-1:]:
                one["reauthenticated"] = True
            request.session.modified = True
        answer: HttpResponse = super().post_login(request, user, **more)
        return answer

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Returns the page for adding an app with codes to a user without a second factor, otherwise the
        first page."""
        if not settings.SITE.is_demo and not is_mfa_enabled(request.user):
            return reverse("mfa_activate_totp")
        return str(super().get_login_redirect_url(request))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Does nothing, to keep the user name that the administrator chose."""
