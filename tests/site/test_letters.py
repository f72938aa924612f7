"""What waits is sent by mail, once a day, to whoever has an address; nothing secret is in it."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from examgen.site.accounts.models import User
from examgen.site.jobs.models import Job, State
from examgen.site.waiting import send_letters

UNIT = "DG-TWRT-007"


class _Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is sent, and refuses `nobody@…` as sender and receiver."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.got: list[EmailMessage] = []


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        def say(line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        say("220 ready")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word in (b"MAIL", b"RCPT") and b"nobody@" in line:
                say("550 no")
            elif word == b"DATA":
                say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                message = email.message_from_bytes(data, policy=email.policy.default)
                assert isinstance(message, EmailMessage)
                assert isinstance(self.server, _Mailbox)
                self.server.got.append(message)
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 well")


@pytest.fixture
def mailbox() -> Iterator[_Mailbox]:
    with _Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _set_up(workspace: Path, server: _Mailbox, **more: Any) -> None:
    mail = {
        "host": "127.0.0.1",
        "port": server.server_address[1],
        "security": "none",
        "sender": "exams@body.example",
        "address": "https://exams.body.example/",
        "hour": 0,
        **more,
    }
    (workspace / "examgen.yaml").write_text(yaml.safe_dump({"site": {"mail": mail}}), "utf-8")


def _waits_for(user: User, address: str, language: str = "en") -> Job:
    user.email, user.language = address, language
    user.save()
    return Job.objects.create(kind="bank.read", about=UNIT, by=user, state=State.REFUSED)


def test_a_letter_says_what_waits_and_no_more(
    workspace: Path, db: None, person: Any, mailbox: _Mailbox
) -> None:
    _set_up(workspace, mailbox)
    writer = person("writer", UNIT)
    writer.name = "Malee\nBcc: other@body.example"
    job = _waits_for(writer, "malee@body.example")
    assert send_letters() == 1
    [letter] = mailbox.got
    assert (letter["To"], letter["From"]) == ("malee@body.example", "exams@body.example")
    assert letter["Bcc"] is None
    assert letter["Subject"] == "1 thing waits for you in examgen"
    text = letter.get_content().replace("\r\n", "\n")
    assert f"- a job that was not done ({UNIT})\n  https://exams.body.example/work/{job.id}/" in text
    assert "/en/" not in text


def test_a_letter_goes_once_a_day_and_again_the_next(
    workspace: Path, db: None, person: Any, mailbox: _Mailbox
) -> None:
    _set_up(workspace, mailbox)
    writer = person("writer", UNIT)
    _waits_for(writer, "malee@body.example", "th")
    assert [send_letters(), send_letters()] == [1, 0]
    assert mailbox.got[0]["Subject"].endswith("examgen")
    assert "thing" not in mailbox.got[0]["Subject"]
    User.objects.update(written_on=timezone.localdate() - timedelta(days=1))
    assert send_letters() == 1


def test_nobody_is_written_to_for_whom_nothing_waits_or_who_has_no_address_or_wants_none(
    workspace: Path, db: None, person: Any, browser: Any, mailbox: _Mailbox
) -> None:
    _set_up(workspace, mailbox)
    idle, silent, gone = person("writer", UNIT), person("writer", UNIT), person("writer", UNIT)
    idle.email = "idle@body.example"
    idle.save()
    _waits_for(silent, "silent@body.example")
    _waits_for(gone, "gone@body.example")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    _waits_for(person("writer", UNIT), "")
    client = browser(user=silent)
    assert "silent@body.example while something waits" in client.page("/")
    client.post("/letters/", {"wanted": "no"})
    assert send_letters() == 0
    User.objects.update(written_on=None)
    assert "may be sent to silent@body.example" in client.page("/")
    client.post("/letters/", {"wanted": "yes"})
    assert send_letters() == 1
    assert [one["To"] for one in mailbox.got] == ["silent@body.example"]


def test_what_the_mail_server_refuses_is_sent_later(
    workspace: Path, db: None, person: Any, mailbox: _Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    _set_up(workspace, mailbox, sender="nobody@body.example")
    _waits_for(person("writer", UNIT), "malee@body.example")
    assert send_letters() == 0
    assert "letters:" in caplog.text
    _set_up(workspace, mailbox)
    assert send_letters() == 1


def test_without_mail_nothing_is_sent_and_nothing_is_said_of_it(
    workspace: Path, db: None, person: Any, browser: Any, mailbox: _Mailbox
) -> None:
    writer = person("writer", UNIT)
    _waits_for(writer, "malee@body.example")
    assert send_letters() == 0
    assert "malee@body.example" not in browser(user=writer).page("/")
    _set_up(workspace, mailbox, hour=23)
    early = timezone.localtime().hour < 23
    assert send_letters() == (0 if early else 1)
