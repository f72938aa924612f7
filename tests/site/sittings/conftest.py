"""An exam that was built and not sat yet, in a workspace of each test's own; jobs done at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from examgen.site.jobs import worker
from examgen.site.jobs.models import Job
from tests.site.conftest import Browser, Client, Make, done, point
from tests.sittings import small_package

UNIT = "T-1"
"""The unit of the exam."""
EXAM = "T-EXAM"
AT = f"/exams/{EXAM}"
PLAIN = b"candidate_id,form,Q1,Q2,Q3,Q4\n0001,A,A,B,C,D\n0002,B,A,A,A,A\n0003,A,B,B,B,B\n"
FAULTY = PLAIN + b"=1+1,Z,A,B,C,D\n0005,Z,A,A,A,A\n0006,A,?,B,C,D\n"
"""Three rows that are scored, and three that are set aside: two of a form that is not there, one of them with
an id like a formula, and one with a mark in doubt."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exam, which nobody changes."""
    return small_package(tmp_path_factory.mktemp("sat") / EXAM)


@pytest.fixture
def unsat(built: Path, settings: Any, tmp_path: Path, db: None) -> Path:
    """The exam in a workspace of the test's own, which the site serves; nobody has stated that it was sat."""
    folder = tmp_path / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    (folder / "output").mkdir()
    point(settings, folder)
    copied = Path(shutil.copytree(built, folder / "output" / EXAM))
    printed(copied)
    return copied


def printed(exam: Path) -> None:
    """A booklet, so that candidates can have sat the exam."""
    (exam / "papers").mkdir(exist_ok=True)
    (exam / "papers/booklet-A.pdf").write_bytes(b"%PDF")


@pytest.fixture
def exam(unsat: Path, person: Make) -> Path:
    """The same, sat: an invigilator has stated it."""
    stated(person)
    return unsat


def stated(person: Make) -> None:
    """An invigilator states that the exam was sat; it was printed."""
    from examgen.site.sittings import sitting_confirmation as held
    from examgen.site.workspace import exam_folder

    printed(exam_folder(EXAM))
    held.state(person("invigilator", "", "held-by"), EXAM, timezone.localdate())


@pytest.fixture
def sitting(exam: Path) -> Path:
    """The folder of what is kept of the sitting."""
    return exam / "sitting"


@pytest.fixture
def grader(exam: Path, browser: Browser) -> Client:
    return browser("grader", UNIT)


def file(name: str, data: bytes) -> BytesIO:
    """A file as a browser sends it."""
    made = BytesIO(data)
    made.name = name
    return made


def hidden(page: Any, action: str = "") -> dict[str, str]:
    """The hidden fields of the form of a page that goes there, or that has no other address and a button."""
    text = page.content.decode()
    forms = re.findall(r"<form method=\"post\"[^>]*>.*?</form>", text, re.DOTALL)
    wanted = f'action="{action}"' if action else "<button"
    [form, *_] = [one for one in forms if wanted in one and (action or "action=" not in one.split(">")[0])]
    found = re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', form)
    return {name: unescape(value) for name, value in found}


def upload(client: Client, *files: tuple[str, bytes], **more: Any) -> Any:
    """Answer files; with `replace` they take the place of those of their names, once it is asked."""
    replace = more.pop("replace", None)
    answer = client.post(f"{AT}/answers/", {"given": [file(*one) for one in files]})
    if not replace or answer.status_code != 409:
        return answer
    page = answer.content.decode()
    asked = {name: re.findall(rf'name="{name}" value="(.*?)"', page) for name in ("waits", "seen")}
    return client.post(f"{AT}/answers/", {**asked, **more})


def removed(client: Client, name: str) -> None:
    """Takes an answer file away that stands on the page."""
    page = client.page(f"{AT}/answers/")
    seen = page.split(f'name="name" value="{name}"><input type="hidden" name="seen" value="')[-1].split('"')[
        0
    ]
    assert client.post(f"{AT}/answers/remove/", {"name": name, "seen": seen}).status_code == 302


def scored(client: Client, answers: bytes = b"", **more: Any) -> Job:
    """A scoring, of answers that are uploaded before it if any are given."""
    if answers:
        upload(client, ("north.csv", answers))
    return done(client.post(f"{AT}/score/", more))


class Forward(BaseHTTPRequestHandler):
    """Gives what a browser asks for to the client of a test, and its answer back; work that it asks for is
    done at once."""

    client: Client
    database: Any
    address = ""
    is_cut = False
    """Whether there is no line: what is posted is not answered."""
    is_late = False
    """Whether work is done only when a page asks for the second time how far it is."""

    def _answer(self, answer: Any) -> None:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name not in ("Content-Length", "Set-Cookie"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        connections["default"] = self.database
        is_part = "HX-Request" in self.headers
        if is_part and self.path.startswith("/work/"):
            worker.work(is_once=True)
        self._answer(self.client.get(self.path, **({"HTTP_HX_REQUEST": "true"} if is_part else {})))

    def do_POST(self) -> None:
        connections["default"] = self.database
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if type(self).is_cut:
            self.close_connection = True
            return
        names = ("X-CSRFToken", "HX-Request", "Accept")
        more = {
            f"HTTP_{one.upper().replace('-', '_')}": self.headers[one] for one in names if one in self.headers
        }
        answer = self.client.post(self.path, body, content_type=self.headers["Content-Type"], **more)
        if not type(self).is_late and answer.headers.get("location", "").startswith("/work/"):
            worker.work(is_once=True)
        self._answer(answer)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(client: Client) -> Iterator[type[Forward]]:
    """What a browser asks with the session of a client, at `address`."""
    client.handler.enforce_csrf_checks = True
    line = type("Line", (Forward,), {"client": client, "database": connections["default"]})
    connections["default"].inc_thread_sharing()
    server = HTTPServer(("127.0.0.1", 0), line)
    line.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        connections["default"].dec_thread_sharing()
