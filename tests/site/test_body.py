"""Name and logo of the body: an administrator sets them, and every page has them at its head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from examgen.bank.settings import body_words
from examgen.site.audit.models import Entry
from tests.bank.test_body import DRAWN, png
from tests.site.bank.test_decisions import git
from tests.site.conftest import Browser, Client

NAMED = {"th": "สถาบัน <ตัวอย่าง>", "en": "The Example & Institute"}


def sent(client: Client, name: str = "", data: bytes = b"", **more: str) -> Any:
    files = {"logo": SimpleUploadedFile(name, data)} if name else {}
    return client.post("/body/", {**NAMED, **more, **files})


def test_an_administrator_sets_name_and_logo_and_every_page_has_them(
    workspace: Path, browser: Browser, person: Any
) -> None:
    (workspace / ".gitignore").write_text(".examgen-web/\n")
    (workspace / "examgen.yaml").write_text("# ours\nsite: {workers: 1}\n", "utf-8")
    git(workspace, "init", "-q")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "first")
    user = person("administrator")
    client, stranger = browser(user=user), Client()
    plain = stranger.page("/accounts/login/")
    assert '<a class="brand" href="/">examgen</a>' in plain
    assert sent(client, "ตรา.svg", DRAWN).status_code == 302
    assert (workspace / "examgen.yaml").read_text("utf-8").startswith("# ours\nsite: {workers: 1}\n")
    words = body_words(workspace)
    assert words.name is not None
    assert (words.name.th, words.name.en, words.logo) == (*NAMED.values(), "logo.svg")
    for page in (client.page("/body/"), client.page("/"), client.page("/nothing-here/")):
        assert "The Example &amp; Institute <small>examgen</small>" in page
    door = stranger.page("/accounts/login/")
    assert "สถาบัน &lt;ตัวอย่าง&gt; <small>examgen</small>" in door
    address = door.split('<img src="')[1].split('"')[0]
    picture = stranger.get(address)
    assert (picture.content, picture.headers["Content-Type"]) == (DRAWN, "image/svg+xml")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    entry = Entry.objects.filter(what="body.set").latest("number")
    assert (entry.who, entry.detail["logo"]) == (user.username, "logo.svg")
    assert git(workspace, "show", "--format=", "--name-only", "HEAD").split() == ["examgen.yaml", "logo.svg"]
    assert git(workspace, "log", "-1", "--format=%an").strip() == str(user)
    # another picture has another address, for browsers keep what they have
    assert sent(client, "b.png", png()).status_code == 302
    assert body_words(workspace).logo == "logo.png"
    again = stranger.page("/accounts/login/").split('<img src="')[1].split('"')[0]
    assert again != address
    assert stranger.get(again).headers["Content-Type"] == "image/png"
    assert sent(client, without="on").status_code == 302
    assert '<a class="brand" href="/">examgen</a>' in stranger.page("/accounts/login/")
    assert stranger.get("/body/logo/").status_code == 404


def test_the_address_under_which_results_are_checked_is_set_and_an_unfit_one_refused(
    workspace: Path, browser: Browser
) -> None:
    client = browser("administrator")
    assert "testserver/verify/" in client.page("/body/")
    assert sent(client, verify="exam.example.or.th").status_code == 422
    assert sent(client, verify="https://exam.example.or.th/verify/").status_code == 302
    assert body_words(workspace).verify == "https://exam.example.or.th/verify/"
    assert 'value="https://exam.example.or.th/verify/"' in client.page("/body/")
    assert sent(client).status_code == 302
    assert body_words(workspace).verify is None


def test_a_name_is_in_both_languages_and_others_set_none(workspace: Path, browser: Browser) -> None:
    answer = sent(browser("administrator"), en="")
    assert answer.status_code == 422
    assert "in both languages" in answer.content.decode()
    for role in ("assembler", "approver", "auditor"):
        assert sent(browser(role)).status_code == 403
    assert not (workspace / "examgen.yaml").exists()
