"""The gallery in a browser: decided from the keyboard, kept, saved; what users' texts cannot do; how quick it is."""

from __future__ import annotations

import io
import json
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from examgen.scanning.gallery.commands import GalleryOptions, take_decisions, write_gallery
from examgen.scanning.gallery.crops import Crop, CropPicture
from examgen.scanning.gallery.in_doubt import (
    Ask,
    Doubt,
    DoubtBubbles,
    ResponseLine,
    ScanInDoubt,
    ScannedExam,
    ScannedPage,
    crop_code,
)
from examgen.scanning.gallery.page import gallery_records, write_page
from tests.browser import PROGRAM, Browser, Tab, browser
from tests.scanning.scan_folders import Folder, write_scan
from tests.scanning.test_gallery_decisions import records, table

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium here")

EVIL = '<img src=x onerror="document.title=1">&amp;</script><!--"\'.tif'
"""Name of a file."""
DRAWN = "[...document.querySelectorAll('.card img')].some(i => i.complete && i.naturalWidth)"
COUNTS = "document.querySelector('#counts').textContent"
HERE = "document.querySelector('.card[aria-selected=true]')"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """105 marks and a sheet of nobody, in scans with names that look like markup."""
    folder = tmp_path_factory.mktemp("page") / "scan"
    found = write_scan(folder, n_pages=7, doubts_per_page=15, names=("ห้อง 301.tif", EVIL), unknown=(5,))
    write_gallery(folder, GalleryOptions(share=0.04))
    return found


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


def begin(tab: Tab, name: str, task: str = "first") -> None:
    tab.wait("document.querySelector('#start').open")
    tab.run(f"document.querySelector('#task-{task}').checked = true")
    tab.run("document.querySelector('#name').value = ''; document.querySelector('#name').focus()")
    tab.type(name)
    tab.key("Enter")
    tab.wait(f"!document.querySelector('#start').open && {DRAWN}")


def press(tab: Tab, mark: str, thai: bool = False) -> None:
    """The keys of a mark; `thai` on a Thai keyboard."""
    if mark == "-":
        tab.key(" ", "Space")
    elif "|" in mark:
        tab.key("m" if not thai else "ท", "KeyM")
        for letter in mark.split("|"):
            press(tab, letter, thai)
        tab.key("Enter")
    elif thai:
        letter, code = {"A": ("ก", "KeyD"), "B": ("ข", "Minus"), "C": ("ค", "Digit8"), "D": ("ง", "Quote")}[
            mark
        ]
        tab.key(letter, code)
    else:
        tab.key(mark.lower())


def test_a_hundred_crops_are_decided_from_the_keyboard_kept_and_saved(
    made: Folder, chromium: Browser, tmp_path: Path
) -> None:
    of = records(made.path)
    per_source = [4, 3]
    truth = {(one.page, one.question): one.truth for one in made.doubts}
    wanted = [
        truth[
            of["pages"][one["page"]]["page"]
            + (4 if of["sources"][of["pages"][one["page"]]["source"]] == EVIL else 0),
            one["question"],
        ]
        for one in of["marks"]
    ]
    assert (len(wanted), sum(per_source)) == (105, 7)
    tab = chromium.open(made.path / "gallery.html")
    begin(tab, "สมศรี ใจดี")
    for n, mark in enumerate(wanted[:100]):
        press(tab, mark, thai=n % 3 == 0)
    assert re.match("เหลือ 5 จาก 105|5 of 105 left", tab.run(COUNTS))
    # a slip is taken back, a crop is skipped and comes again at the end
    press(tab, "A")
    tab.key("u")
    tab.key("s")
    for mark in wanted[101:]:
        press(tab, mark)
    assert tab.run(f"Number({HERE}.ariaPosInSet)") == 101
    press(tab, wanted[100])
    assert re.search("0 จาก 105|0 of 105", tab.run(COUNTS))
    # what was decided is there again when the page is
    chromium.goto(tab, made.path / "gallery.html")
    begin(tab, "สมศรี  ใจดี ")
    assert tab.run("document.querySelector('#marks-left').textContent") == "0"
    tab.key("s", control=True)
    tab.click("#save-decisions")
    name = f"decisions-{of['scan'][:8]}-first-สมศรี-ใจดี.csv"
    saved = tmp_path / "saved.csv"
    saved.write_bytes(chromium.downloaded(name))
    done = take_decisions(made.path, [saved])
    assert (done.n_new, done.n_marks, done.n_left) == (105, 105, 1)
    decided = {one["code"]: one["decided"].lstrip("'") for one in table(made.path / "review/decisions.csv")}
    assert [decided[one["code"]] for one in of["marks"]] == wanted
    assert tab.told == []
    assert {address.split(":")[0] for address in chromium.asked} <= {"file", "data", "blob", "about"}


def test_a_sheet_that_is_one_case_is_one_decision(chromium: Browser, tmp_path: Path) -> None:
    """But for the rows that are put right or put out first; who likes decides it row by row."""
    made = write_scan(
        tmp_path / "scan", n_pages=4, doubts_per_page=6, why={2: "faint", 3: "faint", 4: "several"}
    )
    write_gallery(made.path, GalleryOptions(share=0.0))
    of = records(made.path)
    sheets = {one["page"]: one["case"] for one in of["marks"] if one["case"]}
    assert [*sheets.values()] == ["faint", "faint"], "several marks are looked at row by row"
    truth = {(one.page, one.question): one.truth for one in made.doubts}
    tab = chromium.open(made.path / "gallery.html", 1440, 900)
    begin(tab, "สมศรี")
    left = "document.querySelector('#marks-left').textContent"
    assert tab.run(f"[{left}, {HERE}.className]") == ["14", "card sheet"]
    first = [one for one in of["marks"] if one["page"] == of["marks"][0]["page"]]
    ringed = sum(len(one["likely"].split("|")) for one in first if one["likely"] != "-")
    assert tab.run("document.querySelectorAll('#rings circle').length") == ringed
    off = tab.run(
        "(one => [...document.querySelectorAll('#rings circle')].map(r => { const [a, b] = [r, one].map(e => "
        "e.getBoundingClientRect()); return b.top <= a.top && a.bottom <= b.bottom && b.left <= a.left && "
        "a.right <= b.right }))(document.querySelector('#sheet-room'))"
    )
    assert all(off), "every ring is in sight"
    tab.key("b")
    assert tab.run("document.querySelector('#notice').textContent"), "no row is chosen"
    tab.key("ArrowDown")
    other = "A" if first[0]["likely"] != "A" else "B"
    press(tab, other)
    tab.key("ArrowDown")
    press(tab, "A|C")
    tab.key("ArrowDown")
    tab.key("x", "KeyX")
    tab.key("Enter")
    assert tab.run(f"[{left}, {HERE}.className]") == ["14", "card"], "the row that was put out comes next"
    tab.key("u")
    assert tab.run(f"[{left}, {HERE}.className]") == ["14", "card sheet"]
    assert tab.run("document.querySelectorAll('#proposals .changed').length") == 2 - (
        first[1]["likely"] == "A|C"
    )
    tab.key("Enter")
    press(tab, "D")
    tab.key("r", "KeyR")
    assert tab.run(left) == "18"
    rows = [one for one in of["marks"] if one["page"] == of["marks"][6]["page"]]
    for one in rows[:2]:
        press(tab, truth[of["pages"][one["page"]]["page"], one["question"]])
    chromium.goto(tab, made.path / "gallery.html")
    begin(tab, "สมศรี")
    assert tab.run(f"[{left}, {HERE}.className]") == ["16", "card"], (
        "a sheet that was begun by row is kept so"
    )
    for _ in rows[2:]:
        tab.key("Enter")  # what is likely
    tab.key("s", control=True)
    tab.click("#save-decisions")
    saved = tmp_path / "saved.csv"
    saved.write_bytes(chromium.downloaded(f"decisions-{of['scan'][:8]}-first-สมศรี.csv"))
    assert take_decisions(made.path, [saved]).n_new == 12
    found = {one["code"]: one for one in table(made.path / "review/decisions.csv")}
    decided = [found[one["code"]]["decided"].lstrip("'") for one in first]
    assert decided == [other, "A|C", "D", *(one["likely"] for one in first[3:])]
    assert [found[one["code"]]["way"] for one in first] == [
        "sheet",
        "sheet",
        "row",
        "sheet",
        "sheet",
        "sheet",
    ]
    assert [found[one["code"]]["decided"].lstrip("'") for one in rows] == [one["likely"] for one in rows]
    assert {found[one["code"]]["way"] for one in rows} == {"row"}
    assert tab.told == []


def test_a_click_on_a_bubble_of_the_sheet_says_what_is_marked(chromium: Browser, tmp_path: Path) -> None:
    made = write_scan(tmp_path / "scan", n_pages=1, doubts_per_page=5, why={1: "crossed"})
    write_gallery(made.path, GalleryOptions(share=0.0))
    of = records(made.path)
    tab = chromium.open(made.path / "gallery.html", 390, 844, phone=True)
    begin(tab, "มานะ")
    assert tab.run("document.documentElement.scrollWidth <= 390")
    one = of["marks"][2]
    letter = next(n for n in range(4) if "ABCD"[n] not in one["likely"])
    x, y = one["spots"][letter]
    place = f"(b => [b.x + {x} * b.width, b.y + {y} * b.height])(document.querySelector('#sheet-frame').getBoundingClientRect())"
    at = tab.run(place)
    for kind in ("mousePressed", "mouseReleased"):
        tab.send("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)
    shown = tab.run("document.querySelector('#proposals').children[2].textContent")
    assert shown.endswith("ABCD"[letter])
    assert tab.run("document.querySelectorAll('#proposals .changed').length") == 1
    tab.key("n", "KeyN")
    assert tab.run("document.querySelectorAll('#rings circle').length") == 0
    assert tab.run("document.querySelectorAll('#rings .none, #rings .now').length") == 5
    tab.key("u")
    assert tab.run("document.querySelector('#proposals').children[2].textContent") == shown
    nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
    named = [
        one.get("name", {}).get("value") for one in nodes if one.get("role", {}).get("value") == "button"
    ]
    assert all(named)
    assert (
        sum(
            one["aria"]
            for one in tab.run(
                "[...document.querySelectorAll('#proposals button')].map(b => ({aria: b.hasAttribute('aria-pressed') && b.ariaLabel.length > 3}))"
            )
        )
        == 5
    )
    tab.click("#accept")
    assert tab.run("document.querySelector('#marks-left').textContent") == "0"


def test_texts_of_users_are_never_markup_and_the_page_asks_nothing(made: Folder, chromium: Browser) -> None:
    tab = chromium.open(made.path / "gallery.html")
    begin(tab, '<b>มานะ</b>"')
    assert tab.run("document.querySelectorAll('b, img[src=x]').length") == tab.run(
        "document.querySelectorAll('header b').length"
    )
    assert tab.run("document.querySelector('#who').textContent").startswith('<b>มานะ</b>"')
    tab.wait(
        "(go => (go(), [...document.querySelectorAll('.from')].some(e => e.textContent.includes('<img src=x'))))(() => document.querySelector('#list').scrollTop += 300)"
    )
    assert tab.run("document.title").startswith(tab.run("document.querySelector('h1 span').textContent"))
    assert tab.told == []
    # what was slipped in all the same would be refused by the policy
    tries = {
        "markup": "document.body.innerHTML = '<i>x</i>'",
        "script": "document.head.append(Object.assign(document.createElement('script'), {text: 'window.slipped = 1'}))",
        "address": "fetch('https://example.org/')",
    }
    refused = tab.run(
        f"(async () => {{ let n = 0; for (const one of {json.dumps([*tries.values()])}) {{ try {{ await (0, eval)(one) }} catch {{ n++ }} }} return [n, window.slipped ?? 0] }})()"
    )
    assert refused == [3, 0]


def test_focus_goes_where_one_writes_without_autofocus_which_is_refused_in_the_frame_of_the_site(
    made: Folder, chromium: Browser
) -> None:
    tab = chromium.open(made.path / "gallery.html")
    tab.wait("document.querySelector('#start').open")
    assert tab.run("document.activeElement.id") == "name"
    begin(tab, "มานะ")
    tab.key("w", code="KeyW")
    tab.wait("document.querySelector('#large').open")
    assert tab.run("document.activeElement.id") == "large-room"
    assert tab.run("document.querySelectorAll('[autofocus]').length") == 0


def test_sheets_of_nobody_second_checks_and_a_phone(made: Folder, chromium: Browser, tmp_path: Path) -> None:
    of = records(made.path)
    tab = chromium.open(made.path / "gallery.html", 390, 844, phone=True)
    begin(tab, "มานีวรรณรักเผ่าไทยเจริญสุข", "second")
    n = sum("second" in one["tasks"] for one in of["marks"])
    assert (n, tab.run("document.querySelector('#marks-left').textContent")) == (5, "5")
    assert tab.run("document.documentElement.scrollWidth <= 390")
    assert tab.run(
        "[...document.querySelectorAll('footer button')].filter(b => b.offsetParent).every(b => b.getBoundingClientRect().height >= 44)"
    )
    tab.click("#letters button")
    tab.click("#whole")
    tab.wait(
        "document.querySelector('#large').open && document.querySelector('#large-picture').naturalWidth > 300"
    )
    tab.key("b")  # decided on the sheet itself
    tab.key("w")
    assert tab.run("document.querySelector('#marks-left').textContent") == "3"
    tab.click("#people-view")
    why = tab.run("document.querySelector('#asked').innerText")  # what is not shown has none
    assert why == of["people"][0]["reason"][tab.run("document.documentElement.lang")]
    tab.run("document.querySelector('#candidate').focus()")
    tab.type(" 00005 ")
    tab.key("Enter")
    assert tab.run("document.querySelector('#people-left').textContent") == "0"
    tab.click("#save")
    assert tab.run(
        "document.querySelector('#save-decisions').getBoundingClientRect().right <= "
        "document.querySelector('#saving h2').getBoundingClientRect().right"
    )
    tab.click("#save-decisions")
    saved = tmp_path / "second.csv"
    saved.write_bytes(chromium.downloaded(f"decisions-{of['scan'][:8]}-second-มานีวรรณรักเผ่าไทยเจริญสุข.csv"))
    assert [(one["task"], one["decided"]) for one in table(saved)] == [
        ("second", mark) for mark in ("A", "B", "00005")
    ]
    assert tab.told == []


def test_everything_has_a_name_and_its_state_is_told(made: Folder, chromium: Browser) -> None:
    tab = chromium.open(made.path / "gallery.html")
    begin(tab, "ปิติ")
    for language in ("th", "en"):
        if tab.run("document.documentElement.lang") != language:
            tab.click("#language")
        assert tab.run(
            "[...document.querySelectorAll('[data-word]')].every(e => e.textContent && e.textContent !== e.dataset.word)"
        )
        nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
        nameless = [
            one["role"]["value"]
            for one in nodes
            if not one["ignored"]
            and one["role"]["value"]
            in ("button", "textbox", "combobox", "option", "listbox", "progressbar", "image")
            and not one.get("name", {}).get("value")
        ]
        assert nameless == []
    assert tab.run(f"[document.activeElement === {HERE}, {HERE}.getAttribute('aria-setsize')]") == [
        True,
        str(len(records(made.path)["marks"])),
    ]
    before = tab.run(f"{HERE}.getAttribute('aria-label')")
    tab.key("e")  # the exam has four letters
    assert "E" in tab.run("document.querySelector('#notice').textContent")
    assert tab.run(f"{HERE}.getAttribute('aria-label')") == before
    tab.key("ฟ", "KeyA")  # another key of a Thai keyboard is no letter of an answer
    assert "ฟ" in tab.run("document.querySelector('#notice').textContent")
    assert tab.run(f"{HERE}.getAttribute('aria-label')") == before


@pytest.mark.long("a bound on time in a browser")
def test_five_thousand_crops_stay_quick(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "gallery.html"
    write_many(path, 5000)
    tab = chromium.open(path)
    begin(tab, "วีระ")
    times = tab.run(
        """(async () => {
          const times = [];
          for (let n = 0; n < 120; n++) {
            const key = "abcd"[n % 4];
            const began = performance.now();
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, code: "Key" + key.toUpperCase(), bubbles: true}));
            document.body.offsetHeight;
            times.push(performance.now() - began);
            await new Promise(requestAnimationFrame);
          }
          return times;
        })()"""
    )
    assert tab.run("document.querySelector('#marks-left').textContent") == "4880"
    assert tab.run("document.querySelectorAll('.card').length") < 60
    paint = tab.run("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    # a machine that does ten other things must pass, too: ordinarily 0.3 s and 8 ms
    assert paint < 5000
    assert statistics.median(times) < 100
    tab.key("End")
    tab.wait(
        f"Number({HERE}.ariaPosInSet) === 5000 && [...document.querySelectorAll('.card img')].every(i => i.complete && i.naturalWidth)"
    )


def write_many(path: Path, n: int) -> None:
    """A gallery of so many crops, 20 a page, all with one picture of the usual weight."""
    noise = Image.effect_noise((300, 115), 22)
    out = io.BytesIO()
    noise.save(out, "WEBP", quality=20)
    crop = Crop(CropPicture(out.getvalue(), 300, 115), (0.3, 0.4), (0.1, 0.2, 0.2, 0.02))
    pages = {
        ("a.pdf", k): ScannedPage(
            "a.pdf", k, "0" * 64, "X", f"S-{k}", f"{k:05d}", "A", 0, ResponseLine(k + 1, "?," * 60)
        )
        for k in range(1, n // 20 + 1)
    }
    bubbles = DoubtBubbles((1.0, 2.0, 3.0, 4.0), (1.0,) * 4, 1.0, (0.1, 0.2, 0.3, 0.4))
    asks = [
        Ask(
            Doubt(crop_code("0" * 64, k, q), "mark", key, q, "?", "uncertain", 0.01, bubbles, 4),
            ("first",),
            (),
            (),
        )
        for key in pages
        for k in key[1:]
        for q in range(1, 21)
    ]
    scan = ScanInDoubt(path.parent, "f" * 32, (ScannedExam("X", tuple("ABCD")),), pages, ())
    found, pictures = gallery_records(scan, asks, {one.doubt.code: crop for one in asks}, {})
    with path.open("wb") as file:
        write_page(found, pictures, file.write)


def test_a_file_cut_off_and_a_browser_that_keeps_nothing_are_told(
    made: Folder, chromium: Browser, tmp_path: Path
) -> None:
    whole = (made.path / "gallery.html").read_bytes()
    cut = tmp_path / "gallery.html"
    cut.write_bytes(
        whole[
            : whole.rindex(b'<script type="text/plain"')
            + 1001
            + len('<script type="text/plain" id="picture-999">')
        ]
    )
    tab = chromium.open(cut)
    notice = "document.querySelector('#notice').textContent"
    assert tab.run(notice) == tab.run(
        "JSON.parse(document.querySelector('#words').textContent).cut_off[document.documentElement.lang]"
    )
    tab.run("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }")
    begin(tab, "ชูใจ")
    press(tab, "B")
    assert tab.run(notice) == tab.run(
        "JSON.parse(document.querySelector('#words').textContent).not_kept[document.documentElement.lang]"
    )
    assert tab.run(COUNTS).count("105") == 1
    asks = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert tab.run(asks), "who leaves is asked first"
    left = "document.querySelector('#marks-left').textContent"
    tab.click("#who")
    begin(tab, "อื่น")
    assert tab.run(left) == "105"
    tab.click("#who")
    begin(tab, "ชูใจ")
    assert tab.run(left) == "104", "what one has decided stays while the page is open"
    tab.click("#save")
    tab.click("#save-decisions")
    assert not tab.run(asks), "it is in a file"
    tab.key("Escape")
    press(tab, "C")
    assert tab.run(asks)


def test_in_the_frame_of_the_site_the_page_says_what_holds_there(
    made: Folder, chromium: Browser, tmp_path: Path
) -> None:
    """What is decided is kept there, and nobody types a command."""
    around = tmp_path / "around.html"
    address = (made.path / "gallery.html").as_uri()
    around.write_text(f'<iframe width="1200" height="700" src="{address}"></iframe>', "utf-8")
    tab = chromium.open(around)
    [child] = tab.send("Page.getFrameTree")["frameTree"]["childFrames"]
    world = tab.send("Page.createIsolatedWorld", frameId=child["frame"]["id"])["executionContextId"]

    def shown(expression: str) -> str:
        found = tab.send("Runtime.evaluate", contextId=world, expression=expression, returnByValue=True)
        return str(found["result"].get("value"))

    shown("document.documentElement.lang === 'th' || document.querySelector('#start-language').click()")
    texts = shown("[...document.querySelectorAll('dialog')].map(one => one.textContent).join(' ')")
    assert "เก็บไว้ในเบราว์เซอร์" not in texts
    assert "examgen take" not in texts
    assert "ลงบันทึกไปเรื่อย ๆ" in texts
    tab = chromium.open(made.path / "gallery.html")
    tab.run("document.documentElement.lang === 'th' || document.querySelector('#start-language').click()")
    alone = tab.run("[...document.querySelectorAll('dialog')].map(one => one.textContent).join(' ')")
    assert "เก็บไว้ในเบราว์เซอร์" in alone
