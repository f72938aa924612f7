"""Assessors rate on the site: what they say is kept at once, given once, and nobody sees another's points first."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from examgen.core.problems import ExamgenError
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.scoring.sitting_record import read_acts
from examgen.site import settings as settings_of_site
from examgen.site.accounts.models import Grant, Role
from examgen.site.audit.models import Entry
from examgen.site.sittings import assessing
from examgen.site.sittings.assessed import candidate_of
from examgen.site.sittings.models import Rating
from examgen.site.workspace import fingerprints
from tests.browser import PROGRAM
from tests.browser import browser as chromium
from tests.rated import GUIDE, rated_package
from tests.site.conftest import Browser, Client, Make, point
from tests.site.sittings.conftest import AT, EXAM, UNIT, file, hidden, scored, stated
from tests.sittings import table

LIST = (
    "candidate_id,name,room,form,trainer\n0001,สมชาย,ห้อง 1,A,\n0002,สมหญิง,ห้อง 1,B,\n"
    "0003,สมศักดิ์,ห้อง 2,A,คุณone\n0004,สมปอง,ห้อง 2,,\n"
)
TASKS = {"A": ["E1.01-i1", "E1.02-i1", "E2.01-i1"], "B": ["E1.01-i2", "E1.02-i2", "E2.01-i2"]}
SECRET = "ความเห็นลับของคนแรก"


@pytest.fixture(scope="session")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exam, which nobody changes."""
    return rated_package(tmp_path_factory.mktemp("rated") / EXAM)


@pytest.fixture
def exam(rated: Path, settings: Any, tmp_path: Path, person: Make) -> Path:
    """The exam with its list, in a workspace of the test's own; it was held."""
    folder = tmp_path / "workspace"
    (folder / "item_bank").mkdir(parents=True)
    (folder / "output").mkdir()
    point(settings, folder)
    copied = Path(shutil.copytree(rated, folder / "output" / EXAM))
    stated(person)
    (copied / "sitting").mkdir(mode=0o700, exist_ok=True)
    (copied / "sitting/roster.csv").write_text(LIST, "utf-8")
    return copied


Assessors = dict[str, Client]


@pytest.fixture
def assessors(exam: Path, person: Make, browser: Browser) -> Assessors:
    """Three assessors, signed in."""
    people = {name: person("assessor", UNIT, name) for name in ("one", "two", "three")}
    return {name: browser(user=user) for name, user in people.items()}


@pytest.fixture
def grader(exam: Path, browser: Browser) -> Client:
    return browser("grader", UNIT)


def said(user: str, task: str, points: int | str | None, note: str = "", **more: Any) -> dict[str, Any]:
    """What the page of a candidate sends for one task; without a task, a remark on the whole assessment."""
    form = "B" if task in TASKS["B"] else "A"
    n = TASKS[form].index(task) + 1 if task else 0
    fields = {f"points-{n}": "" if points is None else points, f"note-{n}": note}
    return {"built": f"{fingerprints(EXAM).exam} {form}", "user": user, "round": 0, **fields, **more}


def save(client: Client, candidate: str, entry: Any, **more: Any) -> Any:
    return client.post(f"{AT}/assess/{candidate}/", entry, HTTP_ACCEPT="application/json", **more)


def rate(
    client: Client, user: str, candidate: str, points: list[int], note: str = "", form: str = "A"
) -> None:
    for task, one in zip(TASKS[form], points, strict=True):
        answer = save(client, candidate, said(user, task, one, note=note))
        assert answer.status_code == 200, answer.content.decode()


def done(client: Client, candidate: str, **more: str) -> Any:
    return client.post(f"{AT}/assess/{candidate}/", {"done": "1", **more})


def given(
    client: Client, user: str, candidate: str, points: list[int], note: str = "", form: str = "A"
) -> None:
    rate(client, user, candidate, points, note, form)
    assert done(client, candidate).status_code == 302


def take_away(grader: Client, name: str, reason: str = "ผิดคน") -> None:
    page = grader.page(f"{AT}/answers/")
    seen = page.split(f'name="name" value="answers/{name}">')[1].split('value="')[1].split('"')[0]
    asked = {"name": f"answers/{name}", "reason": reason, "seen": seen}
    assert grader.post(f"{AT}/answers/remove/", asked).status_code == 302


def files(exam: Path, kind: str = "answers") -> list[str]:
    return sorted(path.name for path in (exam / "sitting" / kind).glob("*"))


# ── who may ──────────────────────────────────────────────────────────────────────────────────


def test_pages_of_marks_are_hidden_and_those_of_assessors_shown(
    exam: Path, assessors: Assessors, browser: Browser
) -> None:
    page = browser("grader", UNIT).page(f"{AT}/answers/")
    assert f'href="{AT}/assess/"' in page
    assert f'href="{AT}/moderate/"' in page
    assert f'href="{AT}/scans/"' not in page
    page = assessors["one"].page(f"{AT}/assess/")
    assert f'href="{AT}/moderate/"' not in page
    assert f'href="{AT}/answers/"' not in page
    assert f'href="/exams/{EXAM}/"' not in page
    assert f'href="{AT}/assess/"' in assessors["one"].page("/")
    assert f'href="{AT}/assess/"' not in browser("psychometrician", UNIT).page(f"{AT}/answers/")


def test_guides_are_for_assessors(exam: Path, assessors: Assessors, browser: Browser) -> None:
    page = assessors["one"].page(f"{AT}/assess/0001/")
    assert page.count(f"{GUIDE} ของ") == 3
    assert "อาคารที่ 1" in page.replace("\u00a0", " ")
    assert "อาคารที่ 2" not in page.replace("\u00a0", " "), "another form"
    assert "<script>" not in page
    for role in (Role.GRADER, Role.APPROVER):
        assert GUIDE not in browser(role, UNIT).page(f"{AT}/assess/")


def test_a_trainer_does_not_assess_nor_one_without_a_form(exam: Path, assessors: Assessors) -> None:
    page = assessors["one"].page(f"{AT}/assess/")
    assert "you trained this candidate" in page
    assert f'href="{AT}/assess/0003/"' not in page
    refused = assessors["one"].get(f"{AT}/assess/0003/")
    assert refused.status_code >= 400
    assert GUIDE not in refused.content.decode()
    answer = save(assessors["one"], "0003", said("one", TASKS["A"][0], 1))
    assert (answer.status_code, Rating.objects.count()) == (409, 0)
    rate(assessors["two"], "two", "0003", [1, 1, 1])
    assert "which form" in assessors["one"].page(f"{AT}/assess/")
    assert save(assessors["one"], "0004", said("one", TASKS["A"][0], 1)).status_code == 409


def test_a_third_assessor_is_refused_until_one_leaves(exam: Path, assessors: Assessors) -> None:
    save(assessors["one"], "0001", said("one", TASKS["A"][0], 1))
    save(assessors["two"], "0001", said("two", TASKS["A"][0], 1))
    answer = save(assessors["three"], "0001", said("three", TASKS["A"][0], 1))
    assert answer.status_code == 409
    assert "2 assessors are already rating this candidate" in answer.json()["fault"]
    assert assessors["three"].get(f"{AT}/assess/0001/").status_code >= 400
    assert assessors["two"].post(f"{AT}/assess/0001/", {"give_up": "1"}).status_code == 302
    given(assessors["three"], "three", "0001", [1, 1, 1])
    given(assessors["one"], "one", "0001", [1, 1, 1])
    assert save(assessors["two"], "0001", said("two", TASKS["A"][0], 2)).status_code == 409
    assert files(exam) == ["one-0001.csv", "three-0001.csv"]


def test_who_sees_all_ratings_rates_nobody(exam: Path, browser: Browser) -> None:
    both = browser("assessor,grader", UNIT)
    assert "others rate" in both.page(f"{AT}/assess/")
    assert both.get(f"{AT}/assess/0001/").status_code >= 400
    user = Grant.objects.filter(role="assessor").get().user
    assert save(both, "0001", said(user.username, TASKS["A"][0], 1)).status_code == 409


def test_a_page_of_somebody_else_gives_nothing(exam: Path, assessors: Assessors) -> None:
    """Two share a tablet: one has signed in on another page, and presses on that of the other."""
    rate(assessors["two"], "two", "0001", [1, 1, 1])
    answer = done(assessors["two"], "0001", user="one", shown="1=1 2=1 3=1")
    assert answer.status_code >= 400
    assert "somebody else is signed in now" in answer.content.decode()
    assert assessors["two"].post(f"{AT}/assess/0001/", {"give_up": "1", "user": "one"}).status_code >= 400
    assert files(exam) == []
    assert done(assessors["two"], "0001", user="two").status_code == 302


# ── what is kept ─────────────────────────────────────────────────────────────────────────────


def test_what_was_sent_last_is_kept(exam: Path, assessors: Assessors) -> None:
    task, one = TASKS["A"][0], assessors["one"]
    for points, note in ((1, ""), (3, "x\ny"), (0, "z")):
        assert save(one, "0001", said("one", task, points, note)).status_code == 200
        kept = Rating.objects.get()
        assert (kept.points, kept.note) == (points, note.replace("\n", " "))
    save(one, "0001", said("one", task, None, "z"))
    assert Rating.objects.get().points == 0, "points that were chosen stay"
    assert 'value="0" checked' in one.page(f"{AT}/assess/0001/")
    assert "1 of 3 tasks" in one.page(f"{AT}/assess/")
    assert Entry.objects.filter(what="assess.begin").count() == 1


def test_without_javascript_the_form_saves(exam: Path, assessors: Assessors) -> None:
    one = assessors["one"]
    fields = {f"{name}-{n}": "" for n in (1, 2, 3) for name in ("points", "note")}
    answer = one.post(f"{AT}/assess/0001/", {**fields, "points-1": "2", "note-1": "a\r\nb", "save": "1"})
    assert answer.status_code == 302
    kept = Rating.objects.get()
    assert (kept.task, kept.points, kept.note) == (TASKS["A"][0], 2, "a b")
    answer = one.post(f"{AT}/assess/0001/", {**fields, "points-2": "1", "done": "1"})
    assert answer.status_code == 422
    assert "task 3 is not rated yet" in answer.content.decode()
    assert one.post(f"{AT}/assess/0001/", {**fields, "points-3": "0", "done": "1"}).status_code == 302
    assert [row["points"] for row in table(exam / "sitting/answers/one-0001.csv")] == ["2", "1", "0"]


BAD: dict[str, dict[str, Any]] = {
    "no anchor": {"points-1": 4},
    "less than none": {"points-1": -1},
    "half": {"points-1": "1.5"},
    "huge": {"points-1": 10**30},
    "a long note": {"note-1": "x" * 2001},
    "points of the whole": {"points-0": 1, "note-0": ""},
    "somebody else": {"user": "two"},
    "another exam": {"built": "0" * 64},
    "another form": {"built": "B"},
    "of before": {"round": 7},
}


@pytest.mark.parametrize("bad", BAD)
def test_what_no_page_sends_is_refused(exam: Path, assessors: Assessors, bad: str) -> None:
    answer = save(assessors["one"], "0001", {**said("one", TASKS["A"][0], 1), **BAD[bad]})
    assert answer.status_code in (409, 410)
    assert answer.json()["fault"]
    assert not Rating.objects.exists()


# ── what is given ────────────────────────────────────────────────────────────────────────────


def test_ratings_are_given_once_with_both_records(exam: Path, assessors: Assessors) -> None:
    one = assessors["one"]
    rate(one, "one", "0001", [1, 2, 3], 'ตอบครบ, "ดี"')
    answer = done(one, "0001", shown="1=1 2=2 3=0")
    assert answer.status_code == 422
    assert "another page has changed ratings" in answer.content.decode()
    assert files(exam) == []
    assert done(one, "0001", shown="3=3 1=1 2=2").status_code == 302
    rows = table(exam / "sitting/answers/one-0001.csv")
    assert [(row["candidate_id"], row["assessor"], row["task"], row["points"]) for row in rows] == [
        ("0001", "คุณone (one)", task, str(points)) for task, points in zip(TASKS["A"], (1, 2, 3), strict=True)
    ]
    assert {row["comment"] for row in rows} == {'ตอบครบ, "ดี"'}
    before = Entry.objects.count()
    assert done(one, "0001").status_code == 302, "a second click"
    assert files(exam) == ["one-0001.csv"]
    assert Entry.objects.count() == before
    [entry] = Entry.objects.filter(what="assess.done")
    assert (entry.who, entry.about, entry.detail["candidate"]) == ("one", EXAM, "0001")
    [act] = [act for act in read_acts(exam / "sitting") if act.kind == "ratings"]
    assert (act.by, act.act, act.file) == ("คุณone (one)", "taken", "answers/one-0001.csv")
    answer = save(one, "0001", said("one", TASKS["A"][0], 0))
    assert (answer.status_code, Rating.objects.get(task=TASKS["A"][0]).points) == (410, 1)
    page = one.page(f"{AT}/assess/0001/")
    assert "Your ratings of this candidate are given" in page
    assert '<form method="post" id="assess"' not in page


def test_a_grader_takes_ratings_back_and_they_are_given_anew(
    exam: Path, assessors: Assessors, grader: Client
) -> None:
    one = assessors["one"]
    given(one, "one", "0001", [1, 2, 3])
    page = grader.page(f"{AT}/answers/")
    assert "one-0001.csv" in page
    assert "can be read" not in page, "no answer file"
    take_away(grader, "one-0001.csv")
    assert files(exam) == []
    page = one.page(f"{AT}/assess/0001/")
    assert 'value="3" checked' in page, "what was said stands there still"
    assert "Your ratings were taken back" in page
    assert "ผิดคน" in page
    late = save(one, "0001", said("one", TASKS["A"][0], 3))
    assert late.status_code == 410, "of before: the page drops it"
    assert save(one, "0001", said("one", TASKS["A"][0], 0, round=1)).status_code == 200
    assert done(one, "0001").status_code == 302
    assert [row["points"] for row in table(exam / "sitting/answers/one-0001.csv")] == ["0", "2", "3"]


@pytest.mark.parametrize("form", ["A", "B"])
def test_nobody_sees_the_points_of_another_before_both_are_in(
    exam: Path, assessors: Assessors, form: str
) -> None:
    who = {"A": "0001", "B": "0002"}[form]
    one, two = assessors["one"], assessors["two"]
    rate(one, "one", who, [3, 3, 3], SECRET, form)
    pages = (f"{AT}/assess/", f"{AT}/assess/{who}/")

    def seen() -> str:
        """All that the other is shown, the JSON too."""
        own: str = save(two, who, said("two", TASKS[form][0], 1)).content.decode()
        return "".join(two.page(page) for page in pages) + own

    def tells(text: str) -> bool:
        """A note, a name, or points that are not one's own."""
        found = {(n, points) for n, points in re.findall(r'name="points-(\d)" value="(\d)" checked', text)}
        return SECRET in text or "คุณone" in text or not found <= {("1", "1")} or '"points": 3' in text

    assert not tells(seen())
    assert two.page(pages[0]).count("not done") == 1
    assert done(one, who).status_code == 302
    assert not tells(seen())
    assert two.page(pages[0]).count("not done") == 0, "that the other is done may be known"
    assert "คุณtwo" not in one.page(pages[1])
    assert "once all are given" in one.page(pages[1])
    given(two, "two", who, [1, 3, 3], "ของฉัน", form)
    assert done(two, who).status_code == 302
    for client in (one, two):
        page = client.page(pages[1])
        assert SECRET in page
        assert "คุณone" in page
        assert "คุณtwo" in page
        assert "1 task is to be moderated" in page
        assert GUIDE not in page
    assert SECRET not in assessors["three"].page(pages[0])
    assert SECRET not in assessors["three"].get(pages[1]).content.decode()


def test_faults_of_files_tell_assessors_and_auditors_no_points(
    exam: Path, assessors: Assessors, grader: Client, browser: Browser
) -> None:
    given(assessors["one"], "one", "0001", [0, 2, 3])
    other = "candidate_id,assessor,task,points\n0001,คุณone,E1.01-i1,3\n"
    (exam / "sitting/answers/x.csv").write_text(other, "utf-8")
    fault = "คุณone (one) gave 0001 other points"
    two = assessors["two"]
    for page in (f"{AT}/assess/", f"{AT}/assess/0001/", f"{AT}/assess/0002/"):
        shown = two.get(page).content.decode()
        assert "have errors" in shown
        assert "คุณone" not in shown
    fault_of_save = save(two, "0001", said("two", TASKS["A"][0], 1)).json()["fault"]
    assert "have errors" in fault_of_save
    assert "คุณone" not in fault_of_save
    assert fault in grader.page(f"{AT}/answers/")
    assert fault in grader.page(f"{AT}/moderate/")
    page = browser("auditor").page(f"{AT}/answers/")
    assert "x.csv" in page
    assert fault not in page


def test_what_comes_while_ratings_are_given_is_refused_not_left_out(
    exam: Path, assessors: Assessors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tap on another page, between the reading of what is kept and the file; it stays on the device."""
    rate(assessors["one"], "one", "0001", [1, 1, 1])
    late: list[Any] = []
    give_file = assessing.give_file

    def meanwhile(*given: Any) -> None:
        late.append(save(assessors["one"], "0001", said("one", TASKS["A"][0], 3)))
        give_file(*given)

    monkeypatch.setattr(assessing, "give_file", meanwhile)
    assert done(assessors["one"], "0001").status_code == 302
    assert (late[0].status_code, Rating.objects.get(task=TASKS["A"][0]).points) == (409, 1)
    assert "just now" in late[0].json()["fault"]
    # one that had begun before the file was there, and ends after
    before = candidate_of(EXAM, "0002")
    user = Grant.objects.get(user__username="one").user
    rate(assessors["one"], "one", "0002", [1, 1, 1], form="B")
    monkeypatch.setattr(assessing, "give_file", give_file)
    assert done(assessors["one"], "0002").status_code == 302
    with pytest.raises(ExamgenError, match="were given"):
        assessing.keep(user, EXAM, before, said("one", TASKS["B"][0], "3"))


def test_graders_see_how_far_all_are_without_points(exam: Path, assessors: Assessors, grader: Client) -> None:
    rate(assessors["one"], "one", "0001", [3, 3, 3], SECRET)
    save(assessors["two"], "0001", said("two", TASKS["A"][0], 0))
    page = grader.page(f"{AT}/assess/")
    assert 'คุณone (one): <span class="state warn">3 of 3 tasks, not given yet</span>' in page
    assert 'คุณtwo (two): <span class="state warn">1 of 3 tasks</span>' in page
    assert SECRET not in page
    assert grader.get(f"{AT}/assess/0001/").status_code == 403


# ── moderated and scored ─────────────────────────────────────────────────────────────────────


def decide(client: Client, points: str, **more: str) -> Any:
    page = client.get(f"{AT}/moderate/")
    return client.post(f"{AT}/moderate/", {**hidden(page), "points": points, "reason": "ฟังเสียงแล้ว", **more})


def test_what_is_far_apart_is_moderated_shown_to_both_and_scored_so(
    exam: Path, assessors: Assessors, grader: Client, browser: Browser
) -> None:
    given(assessors["one"], "one", "0001", [0, 2, 3], SECRET)
    given(assessors["two"], "two", "0001", [3, 3, 3])
    given(assessors["one"], "one", "0002", [1, 1, 1], form="B")
    given(assessors["three"], "three", "0002", [1, 2, 1], form="B")
    assert "to be moderated" in grader.page(f"{AT}/assess/")
    page = grader.page(f"{AT}/moderate/")
    assert page.count("<article") == 1
    assert SECRET in page
    assert GUIDE in page
    assert "อาคารที่ 1" in page.replace("\u00a0", " ")
    assert "ให้คะแนนตามลำพัง" in page
    assert "ฟังเสียงแล้ว" not in assessors["one"].page(f"{AT}/assess/0001/")
    for bad in ("4", "0.25", "x", ""):
        assert decide(grader, bad).status_code == 422
    assert decide(grader, "1.5", reason="").status_code == 422
    assert files(exam, "moderation") == []
    stale = hidden(grader.get(f"{AT}/moderate/"))
    approver = browser("approver", UNIT)
    assert decide(approver, "1.5").status_code == 302
    assert files(exam, "moderation") == ["0001-E1.01-i1.csv"]
    answer = grader.post(f"{AT}/moderate/", {**stale, "points": "2", "reason": "ช้า"})
    assert answer.status_code == 422
    assert files(exam, "moderation") == ["0001-E1.01-i1.csv"]
    page = grader.page(f"{AT}/moderate/")
    assert "No task waits" in page
    assert "ฟังเสียงแล้ว" in page
    assert 'Task 1<br><span class="help">E1.01-i1</span>' in page
    for name in ("one", "two"):
        page = assessors[name].page(f"{AT}/assess/0001/")
        assert "<b>1.5</b><br>decided by " in page
        assert "ฟังเสียงแล้ว" in page
        assert "<b>7</b>" in page, "what counts in all: 1.5, 2.5 and 3"
    assert scored(grader).state == "done"
    page = approver.page(f"{AT}/runs/1/release/")
    assert "decided on points that assessors rated far apart" in page, "who moderated releases nothing"
    rows = {(row["candidate_id"], row["task"]): row for row in table(exam / "results" / RATINGS)}
    points = {key: (row["settled"], row["how"]) for key, row in rows.items()}
    assert points == {
        ("0001", "E1.01-i1"): ("1.5", "moderated"),
        ("0001", "E1.02-i1"): ("2.5", "median"),
        ("0001", "E2.01-i1"): ("3", "agreed"),
        ("0002", "E1.01-i2"): ("1", "agreed"),
        ("0002", "E1.02-i2"): ("1.5", "median"),
        ("0002", "E2.01-i2"): ("1", "agreed"),
    }
    scores = {row["candidate_id"]: row["score"] for row in table(exam / "results/candidates.csv")}
    assert scores == {"0001": "7", "0002": "3.5"}


def test_an_assessor_of_the_candidate_does_not_moderate(exam: Path, assessors: Assessors) -> None:
    given(assessors["one"], "one", "0001", [0, 2, 3])
    given(assessors["two"], "two", "0001", [3, 3, 3])
    Grant.objects.create(user=Grant.objects.get(user__username="one").user, role="grader", unit=UNIT)
    one = assessors["one"]
    page = one.page(f"{AT}/moderate/")
    assert "You rated this candidate" in page
    assert 'name="points"' not in page
    asked = {"candidate": "0001", "task": TASKS["A"][0], "points": "3", "reason": "x"}
    answer = one.post(f"{AT}/moderate/", asked)
    assert answer.status_code == 422
    assert "somebody else decides" in answer.content.decode()
    assert files(exam, "moderation") == []


def test_a_grader_gives_files_of_ratings_and_of_moderated_points(
    exam: Path, assessors: Assessors, grader: Client
) -> None:
    given(assessors["one"], "one", "0001", [0, 2, 3])
    lines = "".join(f"0001,คุณtwo,{task},3\n" for task in TASKS["A"])
    ratings = f"candidate_id,assessor,task,points\n{lines}".encode()
    moderated = "candidate_id,task,points,by,date,reason\n0001,E1.01-i1,2,ครูใหญ่,2026-11-20,ฟังเสียง\n".encode()
    for name, data in (("paper.csv", ratings), ("decided.csv", moderated)):
        answer = grader.post(f"{AT}/answers/", {"given": [file(name, data)]})
        assert answer.status_code == 302, answer.content.decode()
    assert (files(exam), files(exam, "moderation")) == (["one-0001.csv", "paper.csv"], ["decided.csv"])
    page = grader.page(f"{AT}/answers/")
    assert "Files of ratings or of moderated points" in page
    assert "paper.csv" in page
    assert "decided.csv" in page
    page = assessors["two"].page(f"{AT}/assess/0001/")
    assert "Your ratings of this candidate are given" in page, "by its name alone"


# ── what does not go as it should ────────────────────────────────────────────────────────────


def test_a_remark_on_the_whole_is_kept_given_and_scored(
    exam: Path, assessors: Assessors, grader: Client
) -> None:
    one = assessors["one"]
    rate(one, "one", "0001", [0, 2, 3], "จดไว้")
    save(one, "0001", said("one", "", None, note="ไฟดับ 5 นาที"))
    page = one.page(f"{AT}/assess/0001/")
    assert "ไฟดับ 5 นาที</textarea>" in page
    assert "3 of 3 tasks" in one.page(f"{AT}/assess/")
    assert "ไฟดับ" not in grader.page(f"{AT}/assess/")
    assert done(one, "0001", shown="1=0 2=2 3=3").status_code == 302
    comments = [row["comment"] for row in table(exam / "sitting/answers/one-0001.csv")]
    assert comments == ["จดไว้ | การประเมินทั้งหมด: ไฟดับ 5 นาที", "จดไว้", "จดไว้"]
    assert "ไฟดับ 5 นาที" in grader.page(f"{AT}/assess/")
    given(assessors["two"], "two", "0001", [3, 3, 3])
    assert "the whole assessment: ไฟดับ 5 นาที" in grader.page(f"{AT}/moderate/")
    assert decide(grader, "1.5").status_code == 302
    assert scored(grader).state == "done"
    [result] = [row for row in table(exam / "results/method_results.csv") if row["candidate_id"] == "0001"]
    assert "ไฟดับ 5 นาที" in result["comment"]


def test_an_interview_that_was_stopped_gives_nothing_and_may_go_on(
    exam: Path, assessors: Assessors, grader: Client
) -> None:
    one, address = assessors["one"], f"{AT}/assess/0001/"
    save(one, "0001", said("one", TASKS["A"][0], 2))
    refused = one.post(address, {"stop": "1", "why": " \n "})
    assert refused.status_code == 422
    assert "write why" in refused.content.decode()
    fields = {"points-2": "1", "note-2": "", "stop": "1", "why": "ผู้สมัครเป็นลม"}
    assert one.post(address, fields).status_code == 302
    assert files(exam) == []
    page = one.page(address)
    assert "ผู้สมัครเป็นลม" in page
    assert GUIDE not in page
    assert "assessment stopped" in one.page(f"{AT}/assess/")
    assert "ผู้สมัครเป็นลม" not in assessors["two"].page(f"{AT}/assess/")
    page = grader.page(f"{AT}/assess/")
    assert "stopped: ผู้สมัครเป็นลม (คุณone (one), " in page
    late = save(one, "0001", said("one", TASKS["A"][0], 3))
    assert late.status_code == 409, "it stays on the device"
    assert done(one, "0001").status_code == 302
    user = Grant.objects.get(user__username="one").user
    rate_of = {rating.task: rating.points for rating in Rating.objects.all()}
    assert rate_of == {TASKS["A"][0]: 2, TASKS["A"][1]: 1}, "what was said with it is kept"
    with pytest.raises(ExamgenError):
        assessing.give(user, EXAM, candidate_of(EXAM, "0001").number, None)
    assert files(exam) == []
    assert one.post(address, {"go_on": "1"}).status_code == 302
    assert 'value="2" checked' in one.page(address)
    save(one, "0001", said("one", TASKS["A"][2], 3))
    assert done(one, "0001").status_code == 302
    assert files(exam) == ["one-0001.csv"]
    [stop] = Entry.objects.filter(what="assess.stop")
    assert stop.detail == {"candidate": "0001", "reason": "ผู้สมัครเป็นลม"}
    assert Entry.objects.filter(what="assess.go_on").count() == 1


def test_who_did_not_come_is_not_rated(exam: Path, assessors: Assessors, grader: Client) -> None:
    lines = "".join(
        f"{line},{status}\n"
        for line, status in zip(LIST.splitlines(), ("status", *["absent"] * 4), strict=True)
    )
    (exam / "sitting/roster.csv").write_text(lines, "utf-8")
    page = assessors["two"].page(f"{AT}/assess/")
    assert page.count("absent by the roster") == 4
    assert f'href="{AT}/assess/0001/"' not in page
    refused = assessors["two"].get(f"{AT}/assess/0001/")
    assert refused.status_code == 409
    assert "was absent" in refused.content.decode()
    assert f'href="{AT}/assess/"' in refused.content.decode()
    assert "correct the entry" not in refused.content.decode()
    assert save(assessors["two"], "0001", said("two", TASKS["A"][0], 1)).status_code == 409
    assert "absent by the roster" in grader.page(f"{AT}/assess/")


def test_who_rates_anew_having_seen_the_other_is_marked_so(
    exam: Path, assessors: Assessors, grader: Client
) -> None:
    one, two = assessors["one"], assessors["two"]
    given(one, "one", "0001", [0, 2, 3])
    given(two, "two", "0001", [3, 3, 3])
    assert "คุณtwo" in one.page(f"{AT}/assess/0001/")
    anew = "rated anew after the points of the other assessor were seen"
    assert anew not in grader.page(f"{AT}/assess/")
    take_away(grader, "one-0001.csv", "อีกคน")
    page = one.page(f"{AT}/assess/0001/")
    assert "Your ratings were taken back: " in page
    assert "Reason: อีกคน" in page
    assert "You have seen the points of the other assessor" in page
    assert done(one, "0001").status_code == 302
    assert grader.page(f"{AT}/assess/").count(anew) == 1
    page = grader.page(f"{AT}/moderate/")
    assert page.count(f"คุณone (one): {anew}") == 1
    comments = [row["comment"] for row in table(exam / "sitting/answers/one-0001.csv")]
    assert comments == ["ให้คะแนนใหม่หลังเห็นคะแนนของผู้ประเมินอีกคน", "", ""]
    entries = [
        entry.detail.get("saw_others") for entry in Entry.objects.filter(what="assess.done", who="one")
    ]
    assert entries == [None, True]
    # the other had not looked when theirs were taken back
    take_away(grader, "two-0001.csv")
    assert "You have seen the points" not in two.page(f"{AT}/assess/0001/")


# ── in a browser ─────────────────────────────────────────────────────────────────────────────

STATIC = Path(settings_of_site.__file__).parent / "static"


def as_file(page: str, folder: Path, answer: str) -> Path:
    """A page with its scripts, to which the site answers so."""
    page = re.sub(r"<script[^>]*></script>|<link[^>]*>", "", page)
    scripts = "".join(
        f'<script src="{(STATIC / name).as_uri()}"></script>'
        for name in ("site.js", "saving.js", "assess.js")
    )
    path = folder / "page.html"
    stub = f"<script>window.fetch = async () => {answer}; window.htmx = {{}};</script>"
    path.write_text(page.replace("</body>", f"{stub}{scripts}</body>"), "utf-8")
    return path


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_without_a_line_done_and_sign_out_say_so(exam: Path, assessors: Assessors, tmp_path: Path) -> None:
    rate(assessors["one"], "one", "0001", [1, 1, 1])
    page = assessors["one"].page(f"{AT}/assess/0001/")
    with chromium(tmp_path / "browser") as one:
        tab = one.open(as_file(page, tmp_path, "Promise.reject(new TypeError())"))
        tab.run("document.querySelector('button[name=done]').click()")
        tab.wait("document.getElementById('kept').textContent.includes('nothing was given')")
        tab.run("document.querySelector('form[action$=\"logout/\"] button').click()")
        tab.wait("document.querySelector('main .note.error').textContent.includes('still signed in')")
        assert tab.run("location.protocol") == "file:"
