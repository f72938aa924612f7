"""What an attacker tries on a site as a whole: see docs/validation/asvs.md for the requirement each test is of."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from examgen.site import middleware
from examgen.site.accounts import sessions
from examgen.site.accounts.models import Grant
from examgen.site.accounts.sessions import NoWordsOfHere
from examgen.site.jobs import worker
from examgen.site.jobs.models import Job, State
from examgen.site.operation.logs import Lines
from examgen.site.site import Site
from tests.effort import promptly
from tests.site.conftest import PASSWORD, UNIT, Browser, Client

LOGIN = "/accounts/login/"


def test_every_answer_has_the_headers_files_and_faults_included(served: Path, browser: Browser) -> None:
    client = browser("writer")
    client.raise_request_exception = False
    for address in ("/", "/static/site.css", "/no-such-page/", "/people/", LOGIN, "/health/"):
        answer = client.get(address)
        answer.close()
        for name in (
            *middleware.HEADERS,
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
        ):
            assert name in answer.headers, (address, name)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        kind = answer.headers["Content-Type"].replace(chr(34), "")
        assert "charset=utf-8" in kind or "json" in kind


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "FOO"])
def test_a_method_that_no_page_knows_does_nothing(served: Path, browser: Browser, method: str) -> None:
    client = browser("administrator")
    grant = Grant.objects.get()
    answer = client.generic(method, f"/people/{grant.user_id}/roles/{grant.pk}/")
    assert answer.status_code == 405
    assert answer.headers["X-Content-Type-Options"] == "nosniff", "every answer has its headers"
    assert "Content-Security-Policy" in answer.headers
    assert Grant.objects.exists()
    assert client.get(f"/people/{grant.user_id}/roles/{grant.pk}/").status_code == 302
    assert Grant.objects.exists(), "reading changes nothing"


def test_a_method_named_in_the_form_or_a_header_is_not_the_method(served: Path, browser: Browser) -> None:
    client = browser("auditor")
    assert client.get("/exams/?_method=POST", headers={"X-HTTP-Method-Override": "POST"}).status_code == 200
    assert client.post("/exams/no/score/", {"_method": "GET"}).status_code == 403, "an auditor writes nothing"


def test_a_stranger_sends_no_large_request(served: Path, browser: Browser) -> None:
    """Before anybody has signed in, a megabyte is all that is read; the rest is not even received."""
    big = {"login": "x", "password": "y", "file": io.BytesIO(b"0" * (middleware.MOST_OF_STRANGERS + 1))}
    assert Client().post(LOGIN, big).status_code == 413
    answer = browser("writer").generic("POST", "/language/", b"", CONTENT_LENGTH=str(middleware.MOST + 1))
    assert answer.status_code == 413


def test_what_comes_in_pieces_is_told_so(served: Path, browser: Browser) -> None:
    client = Client(enforce_csrf_checks=True)
    pieces = {"HTTP_TRANSFER_ENCODING": "chunked"}
    for one in (client, browser("grader", language="th")):
        answer = one.generic("POST", "/exams/none/answers/", b"", **pieces)
        assert answer.status_code == 411
        assert "Content-Length" in answer.content.decode()
        assert "signed in or out" not in answer.content.decode()
    large = client.generic("POST", LOGIN, b"", CONTENT_LENGTH=str(middleware.MOST_OF_STRANGERS + 1))
    assert large.status_code == 413
    assert "1 MB" in large.content.decode()
    small = client.generic("POST", "/verify/", b"0" * 1_100_000)
    assert small.status_code == 413, "no page takes a file of who has not signed in"


def test_what_breaks_off_is_not_taken_for_the_whole(served: Path, browser: Browser, settings: Any) -> None:
    """A connection that is lost in a form, or in the second of two files, writes nothing."""
    client = browser("grader")
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    form = b"kind=cut&text=whole"
    files = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="given"; filename="%d"\r\n\r\n%s\r\n'
        % (n, b"x" * 70_000)
        for n in (1, 2)
    )
    for kind, sent in (
        ("application/x-www-form-urlencoded", form),
        ("multipart/form-data; boundary=b", files + b"--b--\r\n"),
    ):
        for n in (len(sent), len(sent) - 5):
            head = {"wsgi.input": io.BytesIO(sent[:n]), "CONTENT_LENGTH": str(len(sent))}
            answer = client.generic("POST", "/language/", CONTENT_TYPE=kind, **head)
            assert (answer.status_code == 400) == (n < len(sent)), (kind, n)
        assert "was not understood" in answer.content.decode()
        assert not [*Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*")]


def test_what_the_disk_has_no_room_for_is_not_begun_and_leaves_nothing(
    served: Path, browser: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("grader")
    large = str(10_000_000)
    with monkeypatch.context() as full:
        full.setattr(middleware.shutil, "disk_usage", lambda _: SimpleNamespace(free=60_000_000))
        answer = client.generic("POST", "/language/", CONTENT_LENGTH=large)
    assert answer.status_code == 507
    assert "The disk of the site is full" in answer.content.decode()
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0

    def no_room(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", no_room)
    with pytest.raises(OSError, match="No space"):
        client.post("/language/", {"given": io.BytesIO(b"x" * 999)})
    assert not [*Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*")]


def ago(client: Client, **seconds: int) -> None:
    """The session as it was begun, and last seen, so many seconds ago."""
    session = client.session
    for name, n in seconds.items():
        session[name] = int(time.time()) - n
    session.save()


@pytest.mark.parametrize(
    ("seconds", "is_in"),
    [
        ({"seen": sessions.IDLE - 60, "begun": sessions.ABSOLUTE - 60}, True),
        ({"seen": sessions.IDLE + 1, "begun": 2 * sessions.IDLE}, False),
        ({"seen": 1, "begun": sessions.ABSOLUTE + 1}, False),
    ],
)
def test_a_session_ends(served: Path, browser: Browser, seconds: dict[str, int], is_in: bool) -> None:
    client = browser("writer")
    ago(client, **seconds)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert (client.get("/me/").status_code == 200) is is_in
    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = key
    assert (again.get("/me/").status_code == 200) is is_in


def test_signing_out_ends_the_session_and_empties_the_browser(served: Path, browser: Browser) -> None:
    client = browser("writer")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'
    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = key
    assert again.get("/me/").status_code == 302


def test_giving_a_role_asks_for_the_password_again_and_then_does_what_was_asked(
    served: Path, browser: Browser, person: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examgen.site.accounts import factors

    monkeypatch.setattr(factors, "is_mfa_enabled", lambda user: True)
    admin, user = browser("administrator"), person("", name="wit")
    settings.SITE = settings.SITE._replace(is_demo=False)
    answer = admin.post(f"/people/{user.pk}/", {"role": "writer", "unit": UNIT})
    assert "/accounts/reauthenticate/" in answer.headers["location"]
    assert not user.grants.exists()
    where = answer.headers["location"]
    admin.post(where, {"password": "wrong password 99"})
    assert not user.grants.exists()
    admin.post(where, {"password": PASSWORD})
    assert [*user.grants.values_list("role", "unit")] == [("writer", UNIT)]
    admin.post(f"/people/{user.pk}/roles/{user.grants.get().pk}/")
    assert not user.grants.exists(), "for ten minutes it is not asked again"


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("examgen-2569-09", False),
        (f"{UNIT}-2569", False),
        ("Certification99", False),
        ("ก" * 64, True),
        ("correct horse battery 7", True),
        ("examgen makes me write long passwords", True),
        ("a b" * 40, True),
    ],
)
def test_passwords_of_local_words_are_refused(served: Path, password: str, is_good: bool) -> None:
    try:
        NoWordsOfHere().validate(password)
    except ValidationError:
        assert not is_good
    else:
        assert is_good


def test_a_password_is_taken_as_it_is_typed(served: Path, person: Any) -> None:
    user, password = person("writer", name="wit"), "  ไม่มีใครเดา ได้หรอก 7  "
    user.set_password(password)
    user.save()
    for said, is_in in ((password.strip(), False), (password, True)):
        client = Client()
        client.post(LOGIN, {"login": "wit", "password": said})
        assert (client.get("/me/").status_code == 200) is is_in


def test_unknown_names_take_as_long(served: Path, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many passwords are hashed, which is what takes the time."""
    person("writer", name="wit")
    hashed: list[str] = []
    hasher = type(hashers.get_hasher())
    plain = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *a: hashed.append(a[0]) or plain(self, *a))
    counts = []
    for name in ("wit", "nobody-here", "nobody@example.org"):
        hashed.clear()
        Client().post(LOGIN, {"login": name, "password": "wrong password 99"})
        counts.append(len(hashed))
    assert counts[0] == counts[1] > 0, counts
    assert counts[2] > 0


def test_refusals_are_logged_by_number(
    served: Path, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser("writer")
    with caplog.at_level(logging.WARNING, "examgen.access"):
        client.get("/people/?secret=1")
    entry = next(one for one in caplog.records if one.name == "examgen.access")
    said = json.loads(Lines().format(entry))
    assert (said["page"], said["user"], said["method"]) == (
        "people",
        int(client.session["_auth_user_id"]),
        "GET",
    )
    assert "secret" not in json.dumps(said)


def test_a_line_break_in_a_log_is_no_new_line() -> None:
    entry = logging.LogRecord("x", logging.WARNING, "", 1, "%s", ('a\n{"level": "forged"}',), None)
    assert len(Lines().format(entry).splitlines()) == 1


def test_another_second_factor_ends_the_sessions_elsewhere(served: Path, person: Any) -> None:
    from allauth.mfa.signals import authenticator_added

    user, here, there = person("writer", name="wit"), Client(), Client()
    for client in (here, there):
        client.force_login(user)
    request = here.get("/me/").wsgi_request
    authenticator_added.send(sender=None, request=request, user=user, authenticator=None)
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302


def test_over_https_cookies_go_nowhere_else(tmp_path: Path) -> None:
    """In a process of its own: the settings of a site with --https."""
    code = (
        "import django; django.setup()\n"
        "from django.test import Client; from django.conf import settings; import json\n"
        "from django.core.management import call_command as call\n"
        "call('migrate', verbosity=0); call('createcachetable', verbosity=0)\n"
        "one = Client(headers={'host': 'exams.example'})\n"
        "page = one.get('/accounts/login/', headers={'x-forwarded-proto': 'https'})\n"
        "page = one.post('/language/', {'language': 'en'}, headers={'x-forwarded-proto': 'https'})\n"
        "said = {name: [bool(c['secure']), c['samesite'], bool(c['httponly']), c['path'], c['domain']]"
        " for name, c in one.cookies.items()}\n"
        "plain = one.get('/accounts/login/'); health = one.get('/health/')\n"
        "print(json.dumps([said, page.headers['Strict-Transport-Security'], plain.status_code,"
        " plain.headers['location'], health.status_code, settings.SESSION_COOKIE_NAME]))"
    )
    site = {
        "DJANGO_SETTINGS_MODULE": "examgen.site.settings",
        "EXAMGEN_WORKSPACE": str(tmp_path),
        "EXAMGEN_DATABASE": "",
        "EXAMGEN_HOSTS": "exams.example",
        "EXAMGEN_HTTPS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **site}, capture_output=True, text=True, check=True
    )
    cookies, hsts, status, where, health, session = json.loads(done.stdout)
    mark = Site(tmp_path.resolve(), "", (), True, False).mark()
    assert {*cookies} == {f"__Host-csrf-{mark}", "__Host-language"}
    assert session == f"__Host-session-{mark}"
    assert all(said == [True, "Lax", True, "/", ""] for said in cookies.values()), cookies
    assert hsts == "max-age=31536000; includeSubDomains; preload"
    assert (status, where) == (301, "https://exams.example/accounts/login/")
    assert health == 503, "asked by machines, which follow nowhere"


# ── files ────────────────────────────────────────────────────────────────────────────────────


def bomb(name: str = "xl/worksheets/sheet1.xml", size: int = 300_000_000) -> bytes:
    """A small archive that says and holds much."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(name, "w", force_zip64=True) as file:
            for _ in range(size // 10_000_000):
                file.write(b"\0" * 10_000_000)
    return out.getvalue()


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def small_bomb() -> bytes:
    return bomb()


@pytest.mark.parametrize("name", ["items.xlsx", "items.zip", "items.h5p", "items.docx"])
def test_a_bomb_is_not_unpacked(workspace: Path, browser: Browser, small_bomb: bytes, name: str) -> None:
    before = left(workspace / "item_bank")
    file = SimpleUploadedFile(name, small_bomb)
    answer = browser("writer").post(f"/bank/{UNIT}/import/", {"file": file, "cognitive": "understand"})
    if answer.status_code == 302:
        with promptly():
            worker.work(is_once=True)
        assert Job.objects.get().state in {State.REFUSED}, Job.objects.get().message
    else:
        assert answer.status_code == 422
    assert left(workspace / "item_bank") == before


@pytest.mark.parametrize(
    "name",
    ["../../../evil.xlsx", "..\\..\\evil.xlsx", "/etc/evil.xlsx", "a\0b.xlsx", "..", ".xlsx", "ก" * 300],
)
def test_a_file_is_put_where_its_name_does_not_say(workspace: Path, browser: Browser, name: str) -> None:
    before = left(workspace.parent)
    client = browser("writer")
    client.raise_request_exception = False
    file = SimpleUploadedFile("x", b"id\n1\n")
    file._name = name  # as a client may send it
    answer = client.post(f"/bank/{UNIT}/import/", {"file": file, "cognitive": "understand"})
    assert answer.status_code in {302, 400, 422}, answer
    new = left(workspace.parent) - before
    uploads = (workspace / ".examgen-web" / "uploads").relative_to(workspace.parent).as_posix()
    assert all(one.startswith(uploads) for one in new), new


@pytest.mark.parametrize(
    "address",
    [
        f"/bank/{UNIT}/media/../unit.yaml",
        f"/bank/{UNIT}/media/..%2f..%2funit.yaml",
        f"/bank/{UNIT}/media/%2e%2e/unit.yaml",
        f"/bank/{UNIT}/media//etc/passwd",
        "/bank/..%2f..%2fetc/",
        "/bank/../",
        f"/blueprints/{UNIT}/..%2funit/",
        "/exams/..%2f..%2f/papers/",
        "/exams/.examgen-web/",
        "/static/../settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/.examgen-web/secret",
        "/.git/config",
    ],
)
def test_no_address_leads_out_of_its_folder(served: Path, browser: Browser, address: str) -> None:
    client = browser(",".join(role for role in ("writer", "reviewer", "assembler", "psychometrician")))
    assert client.get(address).status_code in {302, 400, 403, 404}


def test_the_word_of_a_proxy_counts_only_with_https(served: Path, db: None) -> None:
    """Nobody says by a header by what name or way he came."""
    client = Client(raise_request_exception=False)
    answer = client.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert "evil" not in answer.headers["location"]
    assert b"evil.example" not in client.get(LOGIN, headers={"X-Forwarded-Host": "evil.example"}).content
    for host in ("evil.example", "testserver.evil.example", "testserver:80@evil.example", "testserver\n"):
        assert client.get(LOGIN, headers={"host": host}).status_code == 400, host


def test_a_field_sent_twice_or_too_many_times_is_no_way_round(served: Path, browser: Browser) -> None:
    client = browser("administrator")
    client.raise_request_exception = False
    many = "&".join(f"f{n}=1" for n in range(5_001))
    assert client.post("/people/", many, content_type="application/x-www-form-urlencoded").status_code == 400
    client.post(
        "/people/",
        "username=eve&name=Eve&is_superuser=on&is_staff=1&grants=1",
        content_type="application/x-www-form-urlencoded",
    )
    from examgen.site.accounts.models import User

    eve = User.objects.get(username="eve")
    assert (eve.is_superuser, eve.is_staff, eve.grants.exists()) == (False, False, False)


def test_the_table_of_asvs_names_tests_that_are_there() -> None:
    text = Path("docs/validation/asvs.md").read_text("utf-8")
    sources = "".join(path.read_text("utf-8") for path in Path("tests/site").rglob("test_*.py"))
    named = {*re.findall(r"\btest_\w+", re.sub(r"tests/[\w/]+\.py", "", text))} - {"test_", "test_access"}
    assert sorted(name for name in named if f"def {name}(" not in sources) == []
    for path in re.findall(r"`?((?:tests|benchmarks|deploy)/[\w/]+\.\w+)`?", text):
        assert Path(path).is_file(), path
    rows = re.findall(r"^\| \d+\.\d+\.\d+ \| [12] \|.*", text, re.MULTILINE)
    counts = [
        sum(f"| {what} |" in row for row in rows) for what in ("holds", "not applicable", "**not held**")
    ]
    told = (
        f"{len(rows)} requirements: {counts[0]} hold, {counts[1]} are not applicable, **{counts[2]} are not"
    )
    assert told in text
