"""Many people at a site at once, by locust: pages that read, pages that write.

locust is not in our lock; it needs an environment of its own:

    python -m venv /tmp/load && /tmp/load/bin/pip install locust
    PYTHONPATH=. python -m benchmarks.site_load prepare FOLDER --people 200      # workspace and sessions
    PYTHONPATH=. python -m examgen serve FOLDER --demo --port 8199 --processes 2
    SESSIONS=FOLDER/../sessions.json /tmp/load/bin/locust -f benchmarks/site_load.py --headless \\
        --users 200 --spawn-rate 20 --run-time 5m --host http://127.0.0.1:8199

People have signed in beforehand: the door hears thirty a minute from one address, and all come from one.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from pathlib import Path
from typing import Any

UNIT = EXAM = "DG-TWRT-007"
ROLES = ("writer", "reviewer", "assembler", "grader", "psychometrician", "approver", "auditor")


def prepare(folder: Path, people: int) -> None:
    """The workspace of the demo, its database, and a session for each of so many people."""
    from examgen.web import server
    from examgen.web.demo import make_workspace
    from examgen.web.site import Site

    make_workspace(folder, print)
    place = Site(folder.resolve(), os.environ.get("EXAMGEN_DATABASE", ""), ("127.0.0.1",), False, True)
    server.begin(place)
    server.make_ready(place)
    import time

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from examgen.web.accounts.models import Grant, User

    said = []
    for n in range(people):
        role = ROLES[n % len(ROLES)]
        user, _ = User.objects.get_or_create(username=f"load{n}", defaults={"name": f"คน {n}"})
        Grant.objects.get_or_create(user=user, role=role, unit="")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session["begun"] = session["seen"] = int(time.time())
        session.save()
        said.append([role, session.session_key])
    (folder.parent / "sessions.json").write_text(json.dumps(said))


if "locust" in sys.modules:
    from locust import HttpUser, between, task

    SESSIONS: list[list[str]] = json.loads(Path(os.environ["SESSIONS"]).read_text())

    class Somebody(HttpUser):  # type: ignore[misc] # locust is not in our environment
        """Somebody with a role, who reads a page every few seconds and saves now and then."""

        wait_time = between(3, 9)

        def on_start(self) -> None:
            self.role, key = SESSIONS.pop()
            self.client.cookies.set("session", key)
            self.get("/")

        def get(self, path: str, name: str = "", **more: Any) -> Any:
            return self.client.get(path, name=name or path, **more)

        @task(2)
        def first(self) -> None:
            self.get("/")

        @task(1)
        def work(self) -> None:
            self.get("/work/")

        @task(6)
        def own(self) -> None:
            """The pages of the role."""
            getattr(self, self.role)()

        def writer(self) -> None:
            self.get(f"/bank/{UNIT}/", "/bank/UNIT/")
            page = self.get(f"/bank/{UNIT}/", "/bank/UNIT/").text
            items = re.findall(rf"/bank/{UNIT}/([\w.-]+-\d+)/", page)
            if items:
                self.save(random.choice(items))

        def save(self, item: str) -> None:
            """An item with another reference; 409 is an answer, too: somebody else was first."""
            path = f"/bank/{UNIT}/{item}/"
            page = self.get(path, "/bank/UNIT/ITEM/").text
            data = sent(page, reference=f"แหล่ง {random.randint(1, 10**6)}")
            with self.client.post(
                path, data, name="save /bank/UNIT/ITEM/", catch_response=True, allow_redirects=False
            ) as answer:
                if answer.status_code in {302, 409}:
                    answer.success()

        def reviewer(self) -> None:
            self.get(f"/bank/{UNIT}/?words=ข้อมูล", "/bank/UNIT/?words=")
            self.get("/reviews/")

        def assembler(self) -> None:
            self.get("/blueprints/")
            self.get(f"/exams/{EXAM}/", "/exams/EXAM/")

        def grader(self) -> None:
            self.get("/sittings/")
            self.get(f"/exams/{EXAM}/aside/", "/exams/EXAM/aside/")
            self.get(f"/exams/{EXAM}/runs/", "/exams/EXAM/runs/")

        def psychometrician(self) -> None:
            self.get(f"/bank/{UNIT}/coverage/", "/bank/UNIT/coverage/")
            self.get(f"/exams/{EXAM}/figures/", "/exams/EXAM/figures/")

        def approver(self) -> None:
            self.get("/exams/")
            self.get(f"/exams/{EXAM}/", "/exams/EXAM/")

        def auditor(self) -> None:
            self.get("/record/")
            self.get("/exams/")


def sent(page: str, **changed: str) -> dict[str, Any]:
    """The fields of the form of an item as a browser would send them."""
    from html.parser import HTMLParser

    class Fields(HTMLParser):
        """The fields of the form that has a `base`."""

        def __init__(self) -> None:
            super().__init__()
            self.forms: list[dict[str, list[str]]] = []
            self.text: str | None = None
            self.choice = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            said = {name: value or "" for name, value in attrs}
            if tag == "form":
                self.forms.append({})
            name = said.get("name", "")
            if not self.forms:
                return
            if tag == "input" and name and said.get("type") not in {"checkbox", "radio", "submit"}:
                self.forms[-1].setdefault(name, []).append(said.get("value", ""))
            elif tag == "input" and "checked" in said:
                self.forms[-1].setdefault(name, []).append(said.get("value", "on"))
            elif tag == "textarea":
                self.text = name
                self.forms[-1].setdefault(name, []).append("")
            elif tag == "select":
                self.choice = name
            elif tag == "option" and "selected" in said:
                self.forms[-1].setdefault(self.choice, []).append(said.get("value", ""))

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.text = None

        def handle_data(self, data: str) -> None:
            if self.text is not None:
                self.forms[-1][self.text][-1] += data

    fields = Fields()
    fields.feed(page)
    form = next((one for one in fields.forms if "base" in one), {})
    data: dict[str, Any] = {
        name: [value.removeprefix("\n") for value in values] for name, values in form.items()
    }
    return {**data, **changed}


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["prepare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=200)
    asked = parser.parse_args()
    prepare(asked.folder, asked.people)
