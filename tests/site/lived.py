"""A small site in which things have happened: who did them, and how."""

from __future__ import annotations

import re
from datetime import date

from examgen.site.accounts.models import Role, User
from examgen.site.jobs.models import Job, State
from tests.site.conftest import Client, Make, done
from tests.site.sittings.conftest import AT, EXAM, FAULTY, UNIT, scored, upload

EVERY_ROLE = ",".join(one for one in Role.values if one != Role.AUDITOR)


def signed_in(person: Make, roles: str, name: str, unit: str = "") -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["language"] = "th"
    client.force_login(person(roles, unit, name))
    return client


def happened(one: Client, other: Client) -> None:
    """Answers that are read, set aside and scored, a decision, a correction tried, an opening asked for, a
    round, a release, reports, an analysis, and work of every outcome."""
    upload(one, ("1.csv", FAULTY))
    scored(one)
    page = one.page(f"{AT}/aside/1/2/")
    decision = {"what": "identity", "candidate_id": "0005", "form": "A", "reason": "อ่านจากกระดาษ"}
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert one.post(f"{AT}/aside/1/2/", {**decision, "seen": seen}).status_code == 302
    scored(one)
    correction = {"kind": "credit_all", "form": "A", "question": "1", "where": "only_here"}
    more = {"reason": "โจทย์ผิด", "by": "กรรมการ", "date": "2026-11-20"}
    done(one.post(f"{AT}/corrections/", {**correction, **more}))
    done(one.post(f"{AT}/results/analysis/make/"))
    done(one.post(f"{AT}/results/make/", {"kind": ["centre"], "lang": "th"}))
    done(
        other.post(
            f"{AT}/runs/2/release/",
            {
                "minutes": "8",
                "day": date.today().isoformat(),
                "reason": "ครบถ้วน",
                "sha256": run_sha256(other),
            },
        )
    )
    wanted = re.findall(r'name="wanted" value="([^"]+)"', one.page(f"{AT}/openings/"))
    assert (
        one.post(f"{AT}/openings/", {"wanted": wanted[:1], "reason": "ตรวจเฉลยก่อนส่งให้คณะกรรมการ"}).status_code
        == 302
    )
    asked = {"kind": "ioc", "number": 1, "items": ["E1.01-001", "E1.01-002"], "experts": ["1002"]}
    answer = one.post(f"/reviews/unit/{UNIT}/new/", asked)
    assert answer.status_code == 302, re.findall("(?s)fault.*?</|note error.*?</p>", answer.content.decode())
    for state in State.values:
        Job.objects.create(kind="score", about=EXAM, state=state, by=User.objects.get(username="1001"))


def run_sha256(client: Client) -> str:
    page = client.page(f"{AT}/runs/2/release/")
    return re.findall(r'name="sha256" value="(\w+)"', page)[0]
