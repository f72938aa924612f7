"""Decisions on items: by the rule of steps, on record, never on one's own; what became of an item is shown."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.bank.reviews.moves import move_items
from examgen.site.audit.models import Entry, record, text_name
from examgen.site.bank.authors import authors_of, judged
from examgen.site.bank.units import opened
from tests.site.bank.test_items import UNIT, first, form, items
from tests.site.conftest import Browser, Client


def git(workspace: Path, *arguments: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=workspace, capture_output=True, text=True, check=True
    )
    return done.stdout


def give(client: Client, workspace: Path, name: str, to: str, **more: str) -> Any:
    unit = opened(UNIT)
    sent = {"to": to, "hash": judged(unit, unit.items[name]), **more}
    return client.post(f"/bank/{UNIT}/{name}/status/", sent)


def keys_tried(workspace: Path, auditor: Client) -> list[str]:
    """The items whose key the record gives to whoever has the question in print: by a hash that one of its
    letters fits."""
    told = b"".join(auditor.get("/record/record.jsonl")).decode()
    assert UNIT in told
    found = items(workspace).values()
    return [
        one.id
        for one in found
        for key in one.options
        if one.model_copy(update={"key": (key,)}).sha256() in told
    ]


def test_nobody_approves_what_he_wrote(workspace: Path, browser: Browser, person: Any) -> None:
    one = first(workspace)
    both, other = person("writer,reviewer", UNIT), person("reviewer", UNIT)
    address = f"/bank/{UNIT}/{one.id}/"
    client = browser(user=both)
    sent = form(client, address)
    sent["stem"] = ["โจทย์ที่เขียนใหม่ ข้อใดถูกต้อง"]
    assert client.post(address, sent).status_code == 302
    assert give(client, workspace, one.id, "review").status_code == 302
    assert "another person must approve it" in client.page(address)
    refused = give(client, workspace, one.id, "approved")
    assert refused.status_code == 422
    assert "you wrote this item" in refused.content.decode()
    assert items(workspace)[one.id].status == "review"
    second = browser(user=other)
    page = second.page(address)
    assert "The writer of this item is not recorded" in page  # of the text before it nobody knows
    assert give(second, workspace, one.id, "approved").status_code == 302
    assert give(second, workspace, one.id, "approved").status_code == 302
    assert items(workspace)[one.id].status == "review"  # one person, however often, is one
    assert give(client, workspace, one.id, "approved").status_code == 422  # not by its author either
    third = browser(user=person("reviewer", UNIT))
    assert f"{other} has approved it" in third.page(address)
    assert give(third, workspace, one.id, "approved").status_code == 302
    assert items(workspace)[one.id].status == "approved"
    entry = Entry.objects.filter(what="item.status").latest("number")
    assert (entry.detail["second"], entry.detail["to"]) == (other.username, "approved")
    page = second.page(f"{address}history/")
    assert "โจทย์" not in page
    assert str(other) in page
    assert keys_tried(workspace, browser("auditor")) == []


def test_a_writer_alone_changes_nothing_that_candidates_see_of_an_approved_item(
    workspace: Path, browser: Browser
) -> None:
    """Not the case that it is asked with, nor the criterion that it counts for."""
    name, other = [one.id for one in items(workspace).values() if one.shared_stimulus is None][:2]
    bank = workspace / "item_bank"
    for one in (name, other):
        for to in ("review", "approved"):
            move_items(bank, UNIT, [one], to, "somebody", "2026-11-20", "because")
    writer = browser("writer", UNIT)
    for one, field, value in ((name, "shared_stimulus", "case-scholarship-sla"), (other, "pcs", "DG402.03")):
        address = f"/bank/{UNIT}/{one}/"
        sent = form(writer, address)
        sent[field] = [value]
        assert writer.post(address, sent).status_code == 302
        assert one in opened(UNIT).voided
        assert "approval void" in writer.page(f"/bank/{UNIT}/")
    assert give(browser("reviewer", UNIT), workspace, name, "pilot").status_code == 422


def test_what_is_approved_is_what_was_read(workspace: Path, browser: Browser, person: Any) -> None:
    one = next(one for one in items(workspace).values() if one.shared_stimulus is not None)
    path = workspace / "item_bank" / UNIT / "stimuli.yaml"
    reviewers = [browser("reviewer", UNIT) for _ in range(3)]
    assert give(reviewers[0], workspace, one.id, "review").status_code == 302
    unit = opened(UNIT)
    read = judged(unit, unit.items[one.id])
    assert give(reviewers[0], workspace, one.id, "approved").status_code == 302
    cases = yaml.safe_load(path.read_text("utf-8"))
    for case in cases:
        case["text"] += " และอีกหนึ่งประโยค"
    path.write_text(yaml.safe_dump(cases, allow_unicode=True, sort_keys=False), "utf-8")
    refused = give(reviewers[1], workspace, one.id, "approved", hash=read)
    assert refused.status_code == 422
    assert "was changed after you opened it" in refused.content.decode()
    assert give(reviewers[1], workspace, one.id, "approved").status_code == 302
    assert items(workspace)[one.id].status == "review", "the first approval was of another case"
    assert give(reviewers[2], workspace, one.id, "approved").status_code == 302
    assert items(workspace)[one.id].status == "approved"


def test_a_decision_keeps_the_steps_and_the_text_that_was_read(workspace: Path, browser: Browser) -> None:
    one = first(workspace)
    writer, reviewer = browser("writer", UNIT), browser("reviewer", UNIT)
    assert give(writer, workspace, one.id, "retired").status_code == 422
    assert give(reviewer, workspace, one.id, "operational").status_code == 422
    assert give(reviewer, workspace, one.id, "nonsense").status_code == 422
    assert give(reviewer, workspace, one.id, "review", hash="0" * 64).status_code == 422
    assert browser("auditor").post(f"/bank/{UNIT}/{one.id}/status/").status_code == 403
    assert items(workspace)[one.id].status == "draft"


def test_with_git_a_change_is_a_commit(workspace: Path, browser: Browser, person: Any) -> None:
    (workspace / ".gitignore").write_text(".examgen-web/\n")
    git(workspace, "init", "-q")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-qm", "first")
    staged = workspace / "item_bank" / "other.txt"
    staged.write_text("somebody's own")
    git(workspace, "add", "item_bank/other.txt")
    one = first(workspace)
    user = person("writer,reviewer", UNIT, "malee")
    client = browser(user=user)
    address = f"/bank/{UNIT}/{one.id}/"
    sent = form(client, address)
    sent["options.a"] = [one.options["a"] + " อย่างเหมาะสม"]
    assert client.post(address, sent).status_code == 302
    assert git(workspace, "log", "-1", "--format=%an %ae").strip() == f"{user} malee@examgen.invalid"
    assert git(workspace, "show", "--format=", "--name-only", "HEAD").split() == [
        f"item_bank/{UNIT}/items/{one.pc}.yaml"
    ]
    assert git(workspace, "diff", "--cached", "--name-only").split() == ["item_bank/other.txt"]
    earlier = re.findall(r'href="[^"]*/(\?version=\w+)"', client.page(f"{address}history/"))
    assert len(earlier) == 1, "not the newest, which the bank has"
    assert "?version=" not in browser("reviewer", UNIT).page(f"{address}history/")
    again = form(client, address + earlier[0])
    assert again["options.a"] == [one.options["a"]]
    assert client.post(address, again).status_code == 302
    assert items(workspace)[one.id] == one
    assert client.get(f"{address}?version=0000000").status_code == 404
    assert give(client, workspace, one.id, "review").status_code == 302
    assert "reviews.yaml" in git(workspace, "show", "--format=", "--name-only", "HEAD")


def test_an_approved_item_whose_text_was_changed_is_shown_as_void_wherever_its_status_stands(
    workspace: Path, browser: Browser, person: Any
) -> None:
    one, other = list(items(workspace).values())[:2]
    move_items(workspace / "item_bank", UNIT, [one.id, other.id], "review", "x", "2026-01-01")
    move_items(workspace / "item_bank", UNIT, [one.id, other.id], "approved", "x", "2026-01-02", "read")
    client = browser("writer", UNIT)
    approved = f"/bank/{UNIT}/?status=approved"
    assert one.id in client.page(approved)
    address = f"/bank/{UNIT}/{one.id}/"
    sent = form(client, address)
    sent["stem"] = ["โจทย์ที่เขียนใหม่ ข้อใดถูกต้อง"]
    assert client.post(address, sent).status_code == 302
    assert items(workspace)[one.id].status == "approved"
    page = client.page(address)
    assert '<span class="state void">approval void</span>' in page
    assert "its present text is not approved" in page
    assert "This item is approved" not in page
    assert ">approval void<" not in client.page(f"/bank/{UNIT}/{other.id}/")
    assert [name in client.page(approved) for name in (one.id, other.id)] == [False, True]
    void = client.page(f"/bank/{UNIT}/?status=void")
    assert one.id in void
    assert "1 item<" in void
    assert ">approval void</span> 1" in client.page("/bank/")
    coverage = client.page(f"/bank/{UNIT}/coverage/")
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", coverage.split("<thead>")[1].split("</thead>")[0])
    row = coverage.split(f">{one.pc}</a></th>")[1].split("</tr>")[0]
    cells = ["", *re.findall(r"<td[^>]*>([^<]*)(?: <a.*?</a>)?</td>", row)]
    counts = dict(zip(heads, cells, strict=False))
    assert (counts["approved"], counts["approval void"]) == (str(int(other.pc == one.pc)), "1")


@pytest.mark.parametrize("is_on_site", [True, False])
@pytest.mark.parametrize("is_changed_back", [True, False])
def test_who_changed_the_case_since_the_approval_wrote_the_item_whoever_changed_its_text_after(
    workspace: Path, browser: Browser, person: Any, is_on_site: bool, is_changed_back: bool
) -> None:
    """Else a writer who is a reviewer, too, changes the case of an approved item, waits for somebody to mend
    a word, and approves it; nor does it help to change a word and change it back."""
    name = next(one.id for one in items(workspace).values() if one.shared_stimulus is None)
    stem, address = items(workspace)[name].stem, f"/bank/{UNIT}/{name}/"
    people = {who: person(roles, UNIT, who) for who, roles in PEOPLE.items()}
    if is_on_site:
        hash = text_name(items(workspace)[name].sha256())
        record(people["somchai"], "item.write", f"{UNIT}/{name}", hash=hash, was="")
        for to in ("review", "approved"):
            assert give(browser(user=people["ladda"]), workspace, name, to).status_code == 302
    else:
        for to in ("review", "approved"):
            move_items(workspace / "item_bank", UNIT, [name], to, "somebody", "2026-11-20", "because")

    def change(who: str, **fields: str) -> None:
        client = browser(user=people[who])
        assert client.post(address, {**form(client, address), **fields}).status_code == 302

    if is_changed_back:
        change("malee", stem=f"{stem} (เก่า)")
    change("malee", stem=stem, shared_stimulus="case-scholarship-sla")
    change("wichai", stem=f"{stem} (ใหม่)")
    told = authors_of(opened(UNIT), [name])[name]
    assert (told.since, told.is_told) == ({"malee", "wichai"}, True)
    for to in ("draft", "review"):
        assert give(browser(user=people["wichai"]), workspace, name, to).status_code == 302
    assert give(browser(user=people["malee"]), workspace, name, "approved").status_code == 422
    assert give(browser(user=people["somchai"]), workspace, name, "approved").status_code == 302, (
        "he wrote before"
    )


PEOPLE = {"malee": "writer,reviewer", "wichai": "writer", "somchai": "writer,reviewer", "ladda": "reviewer"}
