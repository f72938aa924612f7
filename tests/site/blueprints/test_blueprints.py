"""Blueprints: form and text say the same, are tried as one types, saved as they stand, and lose nothing."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from examgen.assembly.blueprints import blueprint_of
from examgen.assembly.building import build
from examgen.core.models.blueprint import AnchorRule, Blueprint
from examgen.site.audit.models import Entry
from examgen.site.blueprints import fields as field_groups
from examgen.site.blueprints.fields import applied, values
from examgen.site.blueprints.trials import Asked, Came, Trials
from examgen.site.jobs.models import State
from tests.site.conftest import OTHER, UNIT, Browser, Client, done
from tests.site.test_access import OURS, filled

TEXT = f"""# mine, and it stays
exam: typed  # the name
title:
  th: ทดสอบ
  en: <script>alert(1)</script>
units: [{UNIT}]
items: 6
criteria:
  all: 1
  # nothing below
statuses: [draft]
time_min: 10

seed: 4
"""
HARD = f"""exam: typed
title: {{th: ก, en: a}}
units: [{UNIT}]
items: 24
forms: 30
overlap: {{min: 0, max: 6}}
criteria: {{all: {{min: 1}}}}
statuses: [draft]
time_min: 60
"""
"""Over which the solver sits for more than a minute."""
ADDRESS = f"/blueprints/{UNIT}/typed/"


@pytest.fixture
def typed(workspace: Path) -> Path:
    path = workspace / "item_bank" / UNIT / "blueprints" / "typed.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def sent(page: str) -> dict[str, Any]:
    """What the form of a page would send, as it stands."""
    text = re.search(r'<textarea name="text".*?>\n(.*?)</textarea>', page, re.DOTALL)
    was = re.search(r'name="was" id="was" value="(.*?)"', page)
    mark = re.search(r'name="mark" value="(.*?)"', page)
    assert text
    assert was
    values = json.loads(unescape(was[1]))
    return {**values, "was": unescape(was[1]), "text": unescape(text[1]), "mark": mark[1] if mark else ""}


def opened(client: Client) -> dict[str, Any]:
    page = client.page(ADDRESS)
    assert "<script>alert" not in page
    return sent(page)


def test_what_is_typed_is_tried_and_nothing_is_written(typed: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    form = opened(client)

    def drafted(origin: str, **changed: str) -> str:
        for _ in range(200):  # a slow machine: the page asks again
            answer = client.post(f"{ADDRESS}draft/", {**form, "from": origin, **changed})
            if 'hx-trigger="load' not in answer.content.decode():
                break
        return answer.content.decode()

    good = drafted("form", time_min="20")
    assert "1 form can be built as asked" in good
    assert "time_min: 20" in good
    assert "How sure the judgement is" in good
    assert "20 of 20" in good
    bad = drafted("form", items="9")
    assert "What would help" in bad
    repairs = [unescape(one) for one in re.findall(r'name="repair" value="(.*?)"', bad)]
    assert repairs
    assert "1 form can be built as asked" in drafted("repair", **sent(bad), repair=repairs[0])
    assert typed.read_text("utf-8") == TEXT


def test_a_step_keeps_what_is_written_in_the_others(typed: Path, browser: Browser) -> None:
    """Also without scripts: the button of a step sends the form and has that step opened."""
    client = browser("assembler", UNIT)
    assert hidden_steps(client.page(ADDRESS)) == ["2", "3"]
    sent_on = {**opened(client), "title_en": "Another", "step": ["1", "2"]}  # as it stood, then the button
    page = client.post(ADDRESS, sent_on).content.decode()
    assert hidden_steps(page) == ["1", "3"]
    assert "en: Another" in sent(page)["text"]
    page = client.post(ADDRESS, {**sent(page), "pass_percent": "60", "step": "3"}).content.decode()
    assert hidden_steps(page) == ["1", "2"]
    answer = client.post(ADDRESS, {**sent(page), "step": "3", "save": "1"})
    assert answer.headers["location"] == f"{ADDRESS}?step=3"
    assert hidden_steps(client.page(f"{ADDRESS}?step=3")) == ["1", "2"]
    assert "en: Another" in typed.read_text("utf-8")
    assert "pass: {percent: 60}" in typed.read_text("utf-8")


def hidden_steps(page: str) -> list[str]:
    return re.findall(r'<section id="step-(\d)"[^>]* hidden>', page)


def part(page: str, name: str) -> str:
    """The words of a part of the page."""
    found = re.search(rf'<div id="{name}".*?\n</div>', page, re.DOTALL)
    assert found, name
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[0])))


def test_reasons_name_fields_by_their_words_and_lines_stand_at_the_text(
    typed: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    words = {
        "items: 6": ("items: x", "Items in each form: must be"),
        "  all: 1": ("  DG401.01: x", "DG401.01 "),
        "statuses: [draft]": ("cognitive: {apply: x}", "apply: write a count"),
        "time_min: 10": ("time_min: 10\nsets: [{name: a}]", "Sets of items 0.items: is missing"),
        "seed: 4": ("seed: 4\npapers: {columns: 9}", "Columns on a page: must be 1 or 2"),
    }
    text = TEXT
    for was, (now, _) in words.items():
        text = text.replace(was, now)
    page = client.post(f"{ADDRESS}draft/", {**opened(client), "text": text, "from": "text"}).content.decode()
    full, short, at_text = part(page, "why"), part(page, "fixes"), part(page, "faults")
    for _, said in words.values():
        assert said in full
    assert "typed.yaml" not in full
    assert "typed.yaml, line 7 items: must be" in at_text
    assert "7 reasons: " in short
    assert "Items in each form" in short
    assert "It cannot be built as it is written." in part(page, "trial")


def test_a_copy_is_for_an_exam_of_another_name(typed: Path, browser: Browser) -> None:
    client, folder = browser("assembler", UNIT), typed.parent
    assert f'action="{ADDRESS}copy/"' in client.page("/blueprints/")
    answer = client.post(f"{ADDRESS}copy/", {})
    assert answer.headers["location"] == f"/blueprints/{UNIT}/typed-2/"
    copied = TEXT.replace("exam: typed ", "exam: typed-2 ")
    assert (folder / "typed-2.yaml").read_text("utf-8") == copied
    assert typed.read_text("utf-8") == TEXT
    form = opened(client)
    answer = client.post(f"{ADDRESS}copy/", {**form, "items": "5"})  # what is on the page, not saved
    assert answer.headers["location"] == f"/blueprints/{UNIT}/typed-3/"
    copied = TEXT.replace("exam: typed ", "exam: typed-3 ").replace("items: 6", "items: 5")
    assert (folder / "typed-3.yaml").read_text("utf-8") == copied
    assert Entry.objects.filter(what="blueprint.copy").count() == 2
    answer = client.post(f"{ADDRESS}copy/", {**form, "items": "none"})
    assert answer.status_code == 422
    assert "items: none" in sent(answer.content.decode())["text"]
    other = TEXT.replace(f"[{UNIT}]", f"[{OTHER}]")
    assert client.post(f"{ADDRESS}copy/", {**form, "text": other}).status_code == 422
    typed.write_text("exam: [\n", "utf-8")
    assert client.post(f"{ADDRESS}copy/", {}).status_code == 422
    assert client.post(f"/blueprints/{UNIT}/none/copy/", form).status_code == 404
    assert client.get(f"{ADDRESS}copy/").status_code == 405
    assert browser("approver", UNIT).post(f"{ADDRESS}copy/", {}).status_code == 403
    assert browser("assembler", OTHER).post(f"{ADDRESS}copy/", {}).status_code == 403
    assert {path.stem for path in folder.glob("typed*")} == {"typed", "typed-2", "typed-3"}


def test_a_form_does_not_tell_of_one_letter_for_all(typed: Path, workspace: Path, browser: Browser) -> None:
    """Else all keys of a bank are found by trying forms, which nothing records: seven items that have one letter,
    then each other item in the place of one of them."""
    client, folder = browser("assembler", UNIT), workspace / "item_bank" / UNIT / "items"
    rows = [one for path in sorted(folder.glob("*.yaml")) for one in yaml.safe_load(path.read_text("utf-8"))]
    free = [one for one in rows if one["key"] == "a" and not {"shared_stimulus", "enemies"} & {*one}]
    alone = [*{one.get("family", one["id"]): one["id"] for one in free}.values()][::2][:7]
    asked = {"items": 7, "criteria": {}, "stimuli": {"min": 1}, "order": {"options": "as_written"}}
    chosen = [{"name": "chosen", "items": alone, "min": 7, "max": 7}]
    text = yaml.safe_dump({**yaml.safe_load(TEXT), **asked, "sets": chosen}, allow_unicode=True)
    assert client.post(ADDRESS, {**opened(client), "text": text, "save": "1"}).status_code == 302
    exam = build(typed, workspace).folder
    assert "one letter is right 7 times in a row" in (exam / "exam.yaml").read_text("utf-8")
    pages = [client.page("/exams/typed/")]
    while len(pages) < 2 or 'hx-trigger="load delay' in pages[-1]:
        pages.append(client.post(f"{ADDRESS}draft/", {**opened(client), "from": "text"}).content.decode())
    assert "1 form can be built as asked" in pages[-1]
    for page in (pages[0], pages[-1]):
        assert "criteria of the blueprint can never be judged" in page, "other notices stand there"
        assert "is right 7 times in a row" not in page


def test_an_assembler_sees_the_same_whatever_the_keys(typed: Path, workspace: Path, browser: Browser) -> None:
    client, folder = browser("assembler", UNIT), workspace / "item_bank" / UNIT / "items"
    routes = [route for route, _ in OURS if "<str:exam>" in route]
    ours = [
        "/" + re.sub("<.*?>", lambda part: filled(part[0]), one.replace("<str:exam>", "typed"))
        for one in routes
    ]

    def seen() -> dict[str, str]:
        while 'hx-trigger="load delay' in client.page(ADDRESS):
            pass  # the forms are being looked for
        answers = {address: client.get(address) for address in [ADDRESS, "/exams/", *ours]}
        return {
            address: re.sub(r'<code>[0-9a-f]{16}</code>|[A-Za-z0-9]{64}(?=")', "", answer.content.decode())
            for address, answer in answers.items()
            if answer.status_code == 200 and not answer.streaming
        }

    build(typed, workspace)
    was = seen()
    assert {"/exams/typed/", "/exams/typed/papers/", ADDRESS} <= was.keys()
    for path in folder.glob("*.yaml"):
        rows = yaml.safe_load(path.read_text("utf-8"))
        for row in rows:
            ids = sorted(row["options"], key=row["options"].__getitem__)  # of a family all the same way
            new = dict(zip(ids, [*ids[1:], ids[0]], strict=True))
            row["key"] = new[row["key"]] if isinstance(row["key"], str) else [new[one] for one in row["key"]]
            row["rationale"] = {new[option]: text for option, text in row["rationale"].items()}
        path.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    keys = (workspace / "output/typed/secure/key.csv").read_bytes()
    build(typed, workspace, replace=True)
    assert (workspace / "output/typed/secure/key.csv").read_bytes() != keys
    assert seen() == was


def test_a_trial_is_given_up_when_its_writer_writes_on_or_it_is_long(
    workspace: Path,
) -> None:
    def asked(trials: Trials, text: str, user: int, seconds: int = 30) -> Came | None:
        return trials.ask(Asked(workspace, "typed", text, seconds), text, user)

    def waited(trials: Trials, text: str, user: int, seconds: int = 30) -> Came:
        for _ in range(60):
            if came := asked(trials, text, user, seconds):
                return came
        raise AssertionError(text)

    easy = TEXT.replace("time_min: 10", "time_min: 20")
    trials = Trials()
    assert waited(trials, easy, 1).tried.found is not None
    assert asked(trials, easy, 2) is not None  # nobody tries the same twice
    assert asked(trials, HARD, 1) is None
    process = trials._kept[HARD].process
    assert waited(trials, easy.replace("seed: 4", "seed: 5"), 1).tried.found is not None  # at once
    process.join(10)
    assert process.exitcode == -signal.SIGKILL
    came = waited(trials, HARD, 1, 3)
    assert came.is_too_long  # ended by its own clock, and what the bank has is told
    assert came.tried.counts


def test_a_blueprint_with_faults_or_of_another_unit_is_not_saved(typed: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    form = opened(client)
    for text in ('exam: "\\ud800"', '"\\uD83D": 1'):
        assert client.post(ADDRESS, {**form, "text": text, "save": "1"}).status_code == 422
    odd = TEXT.replace("  all: 1", "  2020-01-01: 1\n  ? [x]\n  : 2\n  1: 2")
    assert client.post(f"{ADDRESS}draft/", {**form, "text": odd, "criteria:all:min": "3"}).status_code == 200
    faulty = (TEXT.replace("items: 6", "items: no"), "- a", "a: [", TEXT.replace(f"[{UNIT}]", f"[{OTHER}]"))
    for text in faulty:
        answer = client.post(ADDRESS, {**form, "text": text, "save": "1"})
        assert answer.status_code == 422
        assert sent(answer.content.decode())["text"].strip() == text.strip()
    assert typed.read_text("utf-8") == TEXT
    for role in ("assembler", "auditor"):
        assert browser(role, OTHER).get(ADDRESS).status_code == 403
    assert browser("approver", UNIT).post(ADDRESS, {**form, "save": "1"}).status_code == 403


def test_the_second_of_two_sees_what_the_first_saved_and_loses_nothing(typed: Path, browser: Browser) -> None:
    one, other = browser("assembler", UNIT), browser("assembler", UNIT)
    first, second = opened(one), opened(other)
    assert one.post(ADDRESS, {**first, "time_min": "30", "save": "1"}).status_code == 302
    answer = other.post(ADDRESS, {**second, "items": "5", "save": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "<del>-time_min: 30</del>" in page
    form = sent(page)
    assert "items: 5" in form["text"]
    assert "time_min: 30" in typed.read_text("utf-8")
    assert other.post(ADDRESS, {**form, "save": "1"}).status_code == 302
    assert "items: 5" in typed.read_text("utf-8")


def test_a_first_blueprint_is_that_of_the_command(workspace: Path, browser: Browser) -> None:
    git = ["git", "-C", str(workspace), "-c", "user.name=x", "-c", "user.email=x@y"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    client = browser("assembler", OTHER, language="th")
    answer = client.post(f"/blueprints/{OTHER}/", {"level": "4"})
    assert answer.status_code == 302
    assert client.get(answer.headers["location"]).status_code == 200
    log = subprocess.run([*git, "log", "-1", "--format=%an %s"], capture_output=True, text=True, check=True)
    assert f"Blueprint {OTHER}-L4-2" in log.stdout, "the starter bank has a blueprint for an exam -L4"
    written = workspace / "item_bank" / OTHER / "blueprints" / f"{OTHER}-L4-2.yaml"
    text = written.read_text("utf-8")
    assert yaml.safe_load(text)["exam"] == f"{OTHER}-L4-2", "blueprint and exam have one name"
    assert "# ผังข้อสอบตั้งต้นของ" in text
    assert client.post(f"/blueprints/{OTHER}/", {"level": "7"}).status_code == 422
    assert client.get(f"/blueprints/{UNIT}/").status_code == 403


def test_a_second_blueprint_of_a_level_has_its_own_name_and_the_numbers_typed(
    workspace: Path, browser: Browser
) -> None:
    client, folder = browser("assembler", OTHER), workspace / "item_bank" / OTHER / "blueprints"
    client.post(f"/blueprints/{OTHER}/", {"level": "4", "forms": "1", "items": "24"})
    first = (folder / f"{OTHER}-L4-2.yaml").read_text("utf-8")
    answer = client.post(f"/blueprints/{OTHER}/", {"level": "4", "forms": "1", "items": "23"})
    assert answer.headers["location"] == f"/blueprints/{OTHER}/{OTHER}-L4-3/"
    second = yaml.safe_load((folder / f"{OTHER}-L4-3.yaml").read_text("utf-8"))
    assert second["items"] == 23
    assert second["exam"] == f"{OTHER}-L4-3"
    assert (folder / f"{OTHER}-L4-2.yaml").read_text("utf-8") == first


def test_choices_are_those_of_the_schema_and_every_field_gives_what_the_schema_takes() -> None:
    said = {
        "forms": "3", "scope": "DG401.01, DG402.*",
        "pilot_items": "2", "anchor_items": "5", "pass_cut": "angoff", "judgement_certainty_percent": "90",
        "papers_columns": "2", "cognitive:apply:max": "30%",
    }  # fmt: skip
    text = TEXT.replace("exam:", "sets:\n  - {name: one, items: [a], min: 1}  # mine\nexam:")
    was = dict.fromkeys(said, "") | {
        name.rpartition(":")[0] + end: "" for name in said if ":" in name for end in (":min", ":max")
    }
    after = applied(text, {**was, **said, "statuses": []}, {**was, "statuses": []})
    assert after is not None
    made, _ = blueprint_of(after, "typed.yaml")
    assert "  - {name: one, items: [a], min: 1}  # mine" in after
    assert (made.anchor, made.papers.columns) == (AnchorRule(items=5), 2)
    assert made.cognitive["apply"].max == "30%"
    data = yaml.safe_load(after)
    plain = {name: value for name, value in said.items() if ":" not in name}
    again = values(data, [])
    assert {name: again[name] for name in plain} == plain
    assert applied(after, again, {**again, "forms": ""}) == after
    for one in (
        one for group in field_groups.GROUPS for one in group.fields if one.kind != "flag" and one.choices
    ):
        assert {value for value, _ in one.choices} == literals(one.path), one


def literals(path: tuple[str, ...]) -> set[str]:
    """What the schema lets a field say."""
    model: Any = Blueprint
    for step in path[:-1]:
        inside = (_field(model, step), *get_args(_field(model, step)))
        model = next(one for one in inside if isinstance(one, type) and issubclass(one, BaseModel))
    return {str(value) for value in _values(_field(model, path[-1]))}


def _field(model: Any, name: str) -> Any:
    return next(one.annotation for key, one in model.model_fields.items() if name in (key, one.alias))


def _values(annotation: Any) -> Iterator[Any]:
    for one in get_args(annotation):
        if isinstance(one, str | int):
            yield one
        elif one is not type(None):
            yield from _values(one)


def tried(client: Client, text: str, **sent: str) -> str:
    """What the page says of a text once it has been tried; a slow machine: the page asks again."""
    form = {**opened(client), "was": "{}", "text": text, "from": "text", **sent}
    page = ""
    for _ in range(60):
        page = client.post(f"{ADDRESS}draft/", form).content.decode()
        if 'hx-trigger="load' not in page:
            break
    return page


def changed_text(**changed: Any) -> str:
    return yaml.safe_dump({**yaml.safe_load(TEXT), **changed}, allow_unicode=True)


def test_numbers_that_contradict_each_other_are_told_first_and_shared_items_offered(
    typed: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    text = changed_text(items=40, forms=2, criteria={"all": 5}, time_min=60)
    page = tried(client, text)
    assert "the numbers entered contradict each other" in part(page, "trial")
    assert "the bank cannot give it" not in page
    assert "the maximum counts add up to 30, fewer than the 40 items of a form" in part(page, "trial")
    fixes = re.findall(r"<li>(.*?)</li>", page.split('id="fixes"')[1].split("</ul>")[0], re.DOTALL)
    shared = next(one for one in fixes if re.search(r"share.*?</th>", one))
    repair = unescape(re.search(r'name="repair" value="(.*?)"', shared)[1])  # type: ignore[index]
    assert "2 forms can be built as asked" in tried(client, text, **{"from": "repair"}, repair=repair)


def test_a_changed_length_moves_all_criteria_and_none_loses_its_judgement(
    typed: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    pcs = [f"DG40{element}.0{n}" for element in (1, 2) for n in (1, 2, 3)]
    text = changed_text(
        items=20, forms=2, criteria=dict.fromkeys(pcs, 5), cognitive={"analyse": {"min": 8, "max": 20}}
    )
    page = tried(client, text)
    assert "the numbers entered contradict each other" in part(page, "trial")
    first = re.findall(r"<li>(.*?)</li>", page.split('id="fixes"')[1], re.DOTALL)[0]
    assert "In proportion, with every criterion in it:" in first
    row = r'<th scope="row">(DG.*?)</th><td class="number">5</td><td class="number">(\d)</td>'
    rows = re.findall(row, first)
    assert [name for name, _ in rows] == pcs
    assert sorted(n for _, n in rows) == ["3", "3", "3", "3", "4", "4"]
    repair = unescape(re.search(r'name="repair" value="(.*?)"', first)[1])  # type: ignore[index]
    mended = tried(client, text, **{"from": "repair"}, repair=repair)
    assert "2 forms can be built as asked" in part(mended, "trial")
    assert "never be judged" not in mended


def test_a_first_blueprint_has_the_items_that_are_asked_for(workspace: Path, browser: Browser) -> None:
    client, folder = browser("assembler", UNIT), workspace / "item_bank" / UNIT / "blueprints"
    page = client.page("/blueprints/")
    assert "The standard of this unit states no level" in page
    answer = client.post(f"/blueprints/{UNIT}/", {"forms": "2", "items": "20"}, follow=True)
    path = folder / f"{UNIT}-2.yaml"
    written = yaml.safe_load(path.read_text("utf-8"))
    assert (written["items"], sorted(written["criteria"].values())) == (20, [3, 3, 3, 3, 4, 4])
    assert "exposure" not in written, "no exam has asked any item yet"
    assert "too few items" not in answer.content.decode()
    path.unlink()
    answer = client.post(f"/blueprints/{UNIT}/", {"forms": "1", "items": "5"})
    assert answer.status_code == 422
    assert "5 items are too few for 6 criteria" in answer.content.decode()
    answer = client.post(f"/blueprints/{UNIT}/", {"forms": "2", "items": "500"}, follow=True)
    assert "The bank has too few items for 500 in each form, so this blueprint asks for" in unescape(
        answer.content.decode()
    )


def test_forms_that_would_not_be_parallel_are_told_before_the_build_and_one_button_mends_it(
    typed: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    wide = {"items": 12, "forms": 2, "criteria": {"all": {"min": 1, "max": 4}}, "time_min": 30}
    for seed in range(1, 30):
        text = changed_text(**wide, seed=seed)
        page = tried(client, text)
        if "differ between forms" in part(page, "trial"):
            break
    changes = unescape(re.search(r'name="repair" value="(.*?)"', page)[1])  # type: ignore[index]
    mended = tried(client, text, **{"from": "repair"}, repair=changes)
    assert "2 forms can be built as asked" in part(mended, "trial")
    assert "differ between forms" not in mended
    assert "cognitive:" in sent(mended)["text"]


def test_what_is_not_saved_is_saved_and_built_by_one_button(typed: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    assert "Save and build" not in client.page(ADDRESS)
    form = {**opened(client), "items": "7", "criteria:all:min": "", "criteria:all:max": ""}
    assert "Save and build" in client.post(ADDRESS, {**form, "look": "1"}).content.decode()
    answer = client.post(ADDRESS, {**form, "save": "build"})
    assert answer.headers["location"].startswith("/work/")
    assert "items: 7" in typed.read_text("utf-8")
    job = done(answer)
    assert job.state == State.DONE, job.message
    assert job.asked["text"] == typed.read_text("utf-8")


def test_items_that_wait_for_approval_come_before_items_to_write(typed: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    page = tried(client, changed_text(statuses=["approved"]))
    fixes = page.split('id="fixes"')[1].split("</div>")[0]
    assert "items approved by experts that lack nothing else (draft)" in unescape(fixes)
    assert f"/reviews/unit/{UNIT}/" in fixes
    changes = unescape(re.search(r'name="repair" value="(.*?)"', fixes)[1])  # type: ignore[index]
    assert json.loads(changes) == [[["statuses"], ["approved", "draft"]]]
    assert "statuses:" not in part(page, "why")
    assert "suitable for trial" in client.page(ADDRESS), "why draft is ticked"
