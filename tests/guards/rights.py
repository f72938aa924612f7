"""Asks every page of the site as everybody: prints a CSV of who is let in. Runs in a process of its own, so that the
site of another checkout (PYTHONPATH) can be asked; the workspace of the site is the folder given.

What it knows of examgen: the settings of the site, the accounts' models by name, and the attribute by which a view
declares who may open it.
"""

from __future__ import annotations

import csv
import logging
import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

SETTINGS, GRANT, DECLARED = "examgen.site.settings", "accounts.Grant", "access"
EXAM, UNIT, OTHER = "DG-TWRT-007", "DG-TWRT-007", "ASM-REE-5-059ZB"
"""An exam of the workspace, its unit, and a unit that it does not ask."""
SIGN_IN = "/accounts/login/"
NOBODYS = "00000000-0000-0000-0000-000000000000"
NAMED = {"unit": UNIT, "exam": EXAM, "opening": NOBODYS, "job": NOBODYS, "document": NOBODYS}
"""What stands for the names of an address; else 1, an id of nothing, or "none", by its kind."""
os.environ.update(
    DJANGO_SETTINGS_MODULE=SETTINGS,
    EXAMGEN_WORKSPACE=sys.argv[1],
    EXAMGEN_HOSTS="testserver",
    EXAMGEN_DEMO="1",
)

import django  # noqa: E402

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import URLPattern, get_resolver  # noqa: E402


def pages(patterns: Any, before: str = "") -> Iterator[tuple[str, str, Any]]:
    """Name, route and view of every address; those of allauth look after themselves."""
    for one in patterns:
        route = before + str(one.pattern)
        if not isinstance(one, URLPattern):
            yield from pages(one.url_patterns, route)
        elif not route.startswith("accounts/"):
            yield one.name or "", route, one.callback


def address(route: str) -> str:
    """An address of a route."""
    return "/" + "/".join(filled(part) if part.startswith("<") else part for part in route.split("/"))


def filled(part: str) -> str:
    """What stands for `<int:n>`."""
    kind, _, name = part.strip("<>").rpartition(":")
    return NAMED.get(name, {"int": "1", "uuid": NOBODYS}.get(kind, "none"))


def refusals(role: str | None, unit: str, asked: list[tuple[str, str]], hopeless: set[int]) -> set[int]:
    """Which pages refuse somebody with this role; "" for an account without one, None without an account. Those
    that are hopeless are not asked again."""
    found = set(hopeless)
    with transaction.atomic():
        client = Client(raise_request_exception=False)
        if role is not None:
            user = get_user_model().objects.create_user(
                f"{role or 'nobody'}-{unit or 'all'}", "a@example.org", "x"
            )
            if role:
                apps.get_model(GRANT).objects.create(user=user, role=role, unit=unit)
            client.force_login(user)
        cookies = client.cookies.output()
        for n, (method, route) in enumerate(asked):
            if n in hopeless:
                continue
            if client.cookies.output() != cookies:
                client.cookies.clear()
                if role is not None:
                    client.force_login(user)
                cookies = client.cookies.output()
            with transaction.atomic():
                answer = client.generic(method, address(route))
                if hasattr(answer, "streaming_content"):
                    answer.close()
                transaction.set_rollback(True)
            signs_in = answer.status_code == 302 and SIGN_IN in answer.headers["location"]
            if signs_in or answer.status_code in (401, 403):
                found.add(n)
        transaction.set_rollback(True)
    return found


def main() -> None:
    """Print the table."""
    setup_test_environment()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    logging.disable(logging.CRITICAL)
    for status in (403, 404):  # thousands of refusals need no page
        answer = partial(HttpResponse, status=status)
        setattr(get_resolver().urlconf_module, f"handler{status}", lambda *_, answer=answer, **__: answer())
    connection.creation.create_test_db(verbosity=0)
    views = sorted(pages(get_resolver().url_patterns), key=lambda one: one[:2])
    asked = [(method, route) for _, route, _ in views for method in ("GET", "POST")]
    roles = [role for role, _ in apps.get_model(GRANT)._meta.get_field("role").flatchoices]
    table = []
    for role in (None, ""):
        refused = refusals(role, "", asked, set())
        table.append(["no" if n in refused else "yes" for n in range(len(asked))])
    for role in roles:
        everywhere = refusals(role, "", asked, set())
        here = refusals(role, UNIT, asked, everywhere)
        elsewhere = refusals(role, OTHER, asked, here)
        table.append([
            "no" if n in everywhere else "all units" if n in here else "unit" if n in elsewhere else "yes"
            for n in range(len(asked))
        ])  # fmt: skip
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["name", "route", "method", "declares", "without an account", "without a role", *roles])
    declares = [name for _, _, view in views for name in ("yes" if hasattr(view, DECLARED) else "no",) * 2]
    names = [name for name, _, _ in views for _ in range(2)]
    for n, (method, route) in enumerate(asked):
        writer.writerow([names[n], route, method, declares[n], *(column[n] for column in table)])


if __name__ == "__main__":
    main()
