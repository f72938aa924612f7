"""People at a site, by locust: what each role reads and writes. `benchmarks.site_load` starts them.

locust is not in our lock; it has an environment of its own, which loads this file alone: nothing of ours is
imported here. `SESSIONS` names a file with the sessions of people who have signed in (`people`: role and key,
`graders`: keys; `spared`: items that nobody of them saves), `EACH` one for a line of each answer.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

UNIT = EXAM = "DG-TWRT-007"
THINK = (3, 9)
"""Seconds between what somebody does, drawn evenly."""
DECIDED = "มีผู้อื่นวินิจฉัยแถวนี้ในระหว่างนี้"
"""What who decides on a row is told where somebody else has done so meanwhile."""


if "locust" in sys.modules:
    from http.cookiejar import Cookie

    from locust import FastHttpUser, between, task

    SESSIONS: dict[str, Any] = json.loads(Path(os.environ["SESSIONS"]).read_text())
    if "EACH" in os.environ:
        from locust import events

        each = Path(os.environ["EACH"]).open("w", buffering=1)  # noqa: SIM115 # until the process ends

        @events.request.add_listener  # type: ignore[untyped-decorator] # locust is not in our environment
        def enter(name: str, response_time: float, exception: Exception | None = None, **_: Any) -> None:
            """A line for each answer: when it came, the page, how long it took, what was wrong with it."""
            each.write(json.dumps([time.time(), name, response_time, str(exception or "")]) + "\n")

    class Person(FastHttpUser):  # type: ignore[misc] # locust is not in our environment
        """Somebody who has signed in."""

        abstract = True
        wait_time = between(*THINK)

        def begin(self, key: str) -> None:
            where = ("127.0.0.1", False, False, "/", True)
            self.client.cookiejar.set_cookie(
                Cookie(0, SESSIONS["cookie"], key, None, False, *where, False, None, True, None, None, {})
            )
            self.get("/")

        def get(self, path: str, name: str = "", **more: Any) -> Any:
            return self.client.get(path, name=name or path, **more)

        def told(self, path: str, name: str, answers: set[int], data: Any = None, refusal: str = "") -> Any:
            """A request of which several answers are right: somebody else may have been first, which 422
            says by that sentence; another refusal fails."""
            with self.client.request(
                "GET" if data is None else "POST",
                path,
                name=name,
                data=None if data is None else urlencode(data, doseq=True),
                headers={} if data is None else {"Content-Type": "application/x-www-form-urlencoded"},
                catch_response=True,
                allow_redirects=False,
            ) as answer:
                if answer.status_code in answers or (
                    refusal and answer.status_code == 422 and refusal in answer.text
                ):
                    answer.success()
                else:
                    answer.failure(f"status {answer.status_code}")
            return answer

    class Somebody(Person):
        """Somebody with a role, who reads pages every few seconds; a writer saves each time."""

        fixed_count = len(SESSIONS["people"])

        def on_start(self) -> None:
            self.role, key = SESSIONS["people"].pop()
            self.begin(key)

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
            page = self.get(f"/bank/{UNIT}/?page={random.randint(1, 3)}", "/bank/UNIT/?page=").text
            items = re.findall(rf"/bank/{UNIT}/([\w.-]+-\d+)/", page)
            items = [one for one in items if one not in SESSIONS.get("spared", ())]
            if items:
                self.save(random.choice(items))

        def save(self, item: str) -> None:
            """An item with another reference; 409 shows what somebody else has saved meanwhile."""
            path = f"/bank/{UNIT}/{item}/"
            page = self.get(path, "/bank/UNIT/ITEM/").text
            data = sent(page, "base", reference=f"แหล่ง {random.randint(1, 10**6)}")
            self.told(path, "save /bank/UNIT/ITEM/", {302, 409}, data)

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

    class Grader(Person):
        """Somebody who decides on rows that were set aside, one after the other."""

        fixed_count = len(SESSIONS["graders"])

        def on_start(self) -> None:
            self.begin(SESSIONS["graders"].pop())

        @task(1)
        def look(self) -> None:
            self.get("/sittings/")
            self.get(f"/exams/{EXAM}/sitting/", "/exams/EXAM/sitting/")
            self.get(f"/exams/{EXAM}/runs/", "/exams/EXAM/runs/")

        @task(2)
        def decide(self) -> None:
            """Rows are of a run: what was listed is gone (404) where another scoring has ended meanwhile."""
            page = self.get(f"/exams/{EXAM}/aside/", "/exams/EXAM/aside/").text
            rows = re.findall(rf"/exams/{EXAM}/aside/\d+/\d+/", page)
            if not rows:
                return
            path = random.choice(rows)
            answer = self.told(path, "/exams/EXAM/aside/RUN/ROW/", {200, 404})
            if answer.status_code == 200:
                said = sent(answer.text, "seen", what="void", reason=f"เหตุผล {random.randint(1, 10**6)}")
                self.told(path, "decide /exams/EXAM/aside/RUN/ROW/", {302, 404}, said, DECIDED)


def sent(page: str, field: str = "base", **changed: str) -> dict[str, Any]:
    """What a browser would send of the form that has that field, with what is changed."""

    class Fields(HTMLParser):
        """The fields of every form."""

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
    form = next((one for one in fields.forms if field in one), {})
    data: dict[str, Any] = {
        name: [value.removeprefix("\n") for value in values] for name, values in form.items()
    }
    return {**data, **changed}
