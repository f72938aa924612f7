"""Style and script of the site in a browser."""

from __future__ import annotations

from pathlib import Path

import django_htmx
import pytest

from examgen.site import settings
from tests.browser import PROGRAM, browser

STATIC = Path(settings.__file__).parent / "static"
PAGE = f"""<!doctype html><html lang="th"><link rel="stylesheet" href="{(STATIC / "site.css").as_uri()}">
<body><main><input type="time" id="time"><button>x</button></main></body></html>"""
OUTLINE = "(one => [one.id, one.tagName, getComputedStyle(one).outlineStyle])(document.activeElement)"


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_the_focus_is_seen_in_every_part_of_a_time(tmp_path: Path) -> None:
    """Also on the button of its clock, where Chromium says that the field itself has no focus."""
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    with browser(tmp_path / "browser") as one:
        tab, parts = one.open(tmp_path / "page.html"), 0
        while True:
            tab.key("Tab")
            name, tag, outline = tab.run(OUTLINE)
            assert outline == "solid", (tag, parts)
            if name != "time":
                break
            parts += 1
        assert (tag, parts >= 3) == ("BUTTON", True)  # hour, minute, clock


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_request_that_is_given_up_is_no_error_and_any_other_is(tmp_path: Path) -> None:
    """What is typed on replaces what was asked before; a site that does not answer is told all the same."""
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.js"
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body><p id="typed"></p><p id="other"></p>
        <script>
          const errors = [], sent = [];
          console.error = (said) => errors.push(said.split(",")[0]);
          class Asked extends XMLHttpRequest {{
            open() {{}} setRequestHeader() {{}} overrideMimeType() {{}} getAllResponseHeaders() {{ return ""; }}
            send() {{ sent.push(this); }} abort() {{ this.onabort(); }}
          }}
          window.XMLHttpRequest = Asked;
        </script>
        <script src="{htmx.as_uri()}"></script>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("htmx.config.selfRequestsOnly = false")
        tab.run("document.getElementById('typed').setAttribute('hx-sync', 'this:replace')")
        for n in (1, 2):
            tab.run(
                f"void htmx.ajax('GET', 'file:///{n}', {{source: '#typed', swap: 'none'}}).catch(() => 0)"
            )
            tab.wait(f"sent.length === {n}")
        assert tab.run("errors") == []
        tab.run("void htmx.ajax('GET', 'file:///3', {source: '#other', swap: 'none'}).catch(() => 0)")
        tab.wait("sent.length === 3")
        tab.run("sent[2].onerror()")
        assert tab.run("errors") == ["htmx:afterRequest", "htmx:sendError"]


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_what_was_written_stays_where_one_is_no_longer_signed_in(tmp_path: Path) -> None:
    """It went with the answer of the door; who has signed in anew on another page sends it with a new token."""
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body data-ended="ended" data-door="door" hx-headers="old">
        <form method="post"><input name="csrfmiddlewaretoken" value="old"><button id="send">x</button></form>
        <script>
          const sent = [], htmx = {{}}, own = Date.now;
          let at = "http://site/accounts/login/";
          window.fetch = async () => ({{url: at, text: async () =>
            '<body hx-headers="new"><input name="csrfmiddlewaretoken" value="new">'}});
          addEventListener("submit", (event) => {{
            event.preventDefault();
            sent.push(new FormData(event.target).get("csrfmiddlewaretoken") + document.body.getAttribute("hx-headers"));
          }});
        </script>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("document.getElementById('send').click()")
        assert tab.run("sent") == ["oldold"], "a page that was just opened is not asked for"
        tab.run("void (Date.now = () => own() + 3600000)")
        tab.run("document.getElementById('send').click()")
        tab.wait("document.querySelector('.note') !== null")
        assert tab.run("[sent.length, document.querySelector('.note').textContent]") == [1, "ended door"]
        tab.run("void (at = 'http://site/page/')")
        tab.run("document.getElementById('send').click()")
        tab.wait("sent.length > 1")
        assert tab.run("[sent[1], document.querySelector('.note')]") == ["newnew", None]


KEPT = "document.getElementById('kept').textContent"
RATE = f"""<!doctype html><html lang="th"><body data-ended="ended" data-door="door">
<div id="sends" data-typed data-user="u" data-next="go on" data-waits="# wait" data-all="all" data-lost="lost"
 data-refused="refused" data-drop="drop"><div id="kept" class="note" hidden></div></div>
<form method="post" data-sent="I1" action="rate"><input type="hidden" name="csrfmiddlewaretoken" value="t">
<input name="value"><textarea name="comment"></textarea><button>go on</button></form>
<script>
window.fetch = async (address, asked) => {{  // a site that has what reaches it, as the real one answers
  if (localStorage.line === "cut") throw new TypeError("no line");
  if (!asked.body) return {{ url: location.href, text: async () => "" }};
  const value = new URLSearchParams(asked.body).get("value");
  if (value === "101") return new Response('{{"fault": "out of range"}}', {{status: 409}});
  localStorage.site = value;
  return new Response('{{"next": "next.html"}}');
}};
</script><script src="{(STATIC / "saving.js").as_uri()}"></script>"""
TYPED = (
    "Object.assign(document.querySelector('[name=value]'), {{value: '{}'}})"
    ".dispatchEvent(new Event('input', {{bubbles: true}}))"
)


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_rating_typed_without_a_line_waits_on_the_page_and_reaches_the_site(tmp_path: Path) -> None:
    """The page is not left for the browser's own."""
    (tmp_path / "page.html").write_text(RATE, "utf-8")
    (tmp_path / "next.html").write_text("<!doctype html><title>next</title>", "utf-8")
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("localStorage.line = 'cut'")
        tab.run(TYPED.format(62))
        tab.run("document.querySelector('button').click()")
        tab.wait(f"{KEPT} === '1 wait lost'")
        assert "page.html" in tab.run("location.href")
        assert tab.run("document.querySelector('[name=value]').value") == "62"
        tab.run("localStorage.line = 'there', window.dispatchEvent(new Event('online'))")
        tab.wait("location.href.includes('next.html')")
        assert tab.run("localStorage.site") == "62", "who pressed goes on when the line is back"
        tab = one.open(tmp_path / "page.html")
        tab.run(TYPED.format(61))
        tab.wait(f"{KEPT} === 'all' && localStorage.site === '61'")
        assert "page.html" in tab.run("location.href"), "who only types stays"
        tab.run(TYPED.format(101))
        tab.run("document.querySelector('button').click()")
        tab.wait(f"{KEPT}.includes('out of range')")
        assert "page.html" in tab.run("location.href"), "what is not taken is not left behind"
        tab.run(TYPED.format(63))
        tab.run("document.querySelector('button').click()")
        tab.wait("location.href.includes('next.html')")
        assert tab.run("localStorage.site") == "63"
        assert tab.run("Object.keys(localStorage).sort().join()") == "line,site", (
            "nothing is left on the device"
        )


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
@pytest.mark.parametrize(
    ("behind", "sent"),
    [("EG1:A%20B%25C*1", "EG1:A B%C*1"), ("TPQI-2569-00001", "TPQI-2569-00001"), ("%E0%A4%A", "%E0%A4%A")],
)
def test_what_stands_behind_an_address_is_sent_once_and_leaves_it(
    tmp_path: Path, behind: str, sent: str
) -> None:
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body><form id="verify" target="away"><textarea name="text"></textarea>
        <input type="file" name="picture"></form><iframe name="away"></iframe>
        <script>
        const sent = [];
        document.forms[0].addEventListener("submit", (one) => {{
          sent.push(new FormData(one.target).get("text")); one.preventDefault();
        }});
        history.replaceState(null, "", "#{behind}");
        </script><script src="{(STATIC / "verify.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.wait("document.readyState === 'complete'")
        assert tab.run("sent") == [sent]
        assert tab.run("location.hash") == ""


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_reason_without_a_line_stays_on_the_page(tmp_path: Path) -> None:
    """No button of its form leaves the page while what was typed last could not be kept."""
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body><form id="decide" target="away" action="away.html">
        <textarea name="comment" data-lost="lost">two keys</textarea><p id="reason-kept"></p>
        <button id="back">x</button></form><iframe name="away"></iframe>
        <script>const asked = [], htmx = {{trigger: (one, what) => asked.push(what)}}; let sent = 0;
        document.addEventListener("submit", () => {{ sent += 1; }});
        const field = document.querySelector("textarea"), said = document.getElementById("reason-kept");
        const hear = (name, detail) => field.dispatchEvent(new CustomEvent(name, {{bubbles: true, detail}}));
        </script><script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("hear('htmx:sendError', {elt: field, successful: false})")
        tab.run("document.getElementById('back').click()")
        assert tab.run("[sent, said.textContent, field.value, asked]") == [0, "lost", "two keys", ["again"]]
        tab.run("hear('htmx:afterRequest', {elt: field, successful: true, xhr: {status: 200}})")
        tab.run("document.getElementById('back').click()")
        assert tab.run("sent") == 1


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_keys_of_a_page_are_places_on_the_keyboard(tmp_path: Path) -> None:
    """With Alt, whatever the keyboard is set to; once for each stroke, and only with Alt alone."""
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body><h2 tabindex="-1" data-begin>x</h2>
        <textarea data-press="KeyW"></textarea><button data-press="KeyA" type="button">x</button>
        <script>let pressed = 0; document.querySelector("button").onclick = () => {{ pressed += 1; }};
        const press = (key, code, more = {{}}) => document.dispatchEvent(new KeyboardEvent("keydown",
          {{ key, code, altKey: true, bubbles: true, cancelable: true, ...more }}));</script>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        assert tab.run("document.activeElement.tagName") == "H2"
        tab.run("press('ไ', 'KeyW')")
        assert tab.run("document.activeElement.tagName") == "TEXTAREA"
        tab.run("press('ฟ', 'KeyA')")
        for more in ("{altKey: false}", "{ctrlKey: true}", "{repeat: true}"):
            tab.run(f"press('a', 'KeyA', {more})")
        assert tab.run("pressed") == 1


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_a_link_is_copied_whole_and_the_page_says_so(tmp_path: Path) -> None:
    """A page that is not served from a file or over TLS has no clipboard: the browser copies what is selected."""
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="th"><body><code id="link">https://host/a/b-c/</code>
        <p><button data-copies="link" data-copied="copied" hidden>x</button> <span role="status"></span></p>
        <script>document.execCommand = (what) => {{ window.copied = what + " " + getSelection(); return true; }};
          Object.defineProperty(navigator, "clipboard", {{ value: undefined }});</script>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.run("document.querySelector('button').click()")
        tab.wait("document.querySelector('[role=status]').textContent === 'copied'")
        assert tab.run("window.copied") == "copy https://host/a/b-c/"


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_on_a_phone_tabs_are_one_line_and_rows_are_blocks_and_on_paper_ways_are_gone(tmp_path: Path) -> None:
    tabs = "".join(
        f'<li><a href="#"{" aria-current=page" * (n == 9)}>page number {n}</a></li>' for n in range(13)
    )
    cells = "".join(f'<td data-head="column {n}">a cell that is long</td>' for n in range(8))
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
        <link rel="stylesheet" href="{(STATIC / "site.css").as_uri()}"><body><main>
        <nav class="tabs"><ul>{tabs}</ul></nav><section id="far"><h2>x</h2><ol class="steps"><li>y</li></ol></section>
        <div class="scroll"><table class="stack"><thead><tr><th>x</th></tr></thead>
        <tbody><tr><th>1</th>{cells}</tr></tbody></table></div></main>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.resize(390, 800, phone=True)
        tab.reload()
        assert tab.run("document.querySelector('.tabs ul').scrollLeft") == 0
        here = "document.querySelector('.tabs [aria-current]').getBoundingClientRect()"
        assert tab.run(f"{here}.left >= 0 && {here}.right <= innerWidth")
        assert tab.run("document.querySelector('.tabs').offsetHeight") < 90
        wide = "(one => one.scrollWidth <= one.clientWidth)"
        assert tab.run(f"{wide}(document.querySelector('.scroll'))")
        assert tab.run(f"{wide}(document.documentElement)")
        head = "getComputedStyle(document.querySelector('td'), '::before').content"
        assert tab.run(head) == '"column 0: "'
        tab.send("Emulation.setEmulatedMedia", media="print")
        for gone in (".tabs", "#far"):
            assert tab.run(f"getComputedStyle(document.querySelector('{gone}')).display") == "none"


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
def test_on_a_phone_a_cell_stands_behind_the_words_of_its_column_and_more_pages_behind_a_button(
    tmp_path: Path,
) -> None:
    """Cells that say nothing, and those with a box to tick, have no words before them."""
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
        <link rel="stylesheet" href="{(STATIC / "site.css").as_uri()}"><body><main>
        <nav class="tabs"><ul><li><a href="#">one that is open to everybody</a></li></ul>
        <details><summary>More</summary><ul><li><a href="#">two</a></li></ul></details></nav>
        <div class="scroll"><table class="stack" data-heads><thead><tr><th>Exam</th><th>Day</th><th>Units</th>
        <th><span class="hidden">Take</span></th><th>Choose</th></tr></thead><tbody><tr><th>A</th><td>1 May</td>
        <td> </td><td><a href="#">take</a></td><td><input type="checkbox"> this</td></tr></tbody></table></div></main>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        tab.resize(390, 800, phone=True)
        tab.reload("document.querySelector('td[data-head]') !== null")
        before = "getComputedStyle(one, '::before').content"
        said = tab.run(f"[...document.querySelectorAll('td')].map((one) => {before})")
        assert said == ['"Day: "', "none", "none", "none"]
        more = "document.querySelector('.tabs details')"
        tab.run(f"{more}.querySelector('summary').click()")
        here = f"{more}.querySelector('a').getBoundingClientRect()"
        assert tab.run(f"{here}.height > 40 && {here}.left >= 0 && {here}.right <= innerWidth")
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        tab.run("document.querySelector('table').click()")
        assert tab.run(f"{more}.open") is False


@pytest.mark.skipif(not PROGRAM, reason="no Chromium")
@pytest.mark.parametrize("language", ["en", "th"])
def test_thai_on_an_english_page_says_that_it_is_thai(tmp_path: Path, language: str) -> None:
    (tmp_path / "page.html").write_text(
        f"""<!doctype html><html lang="{language}"><meta charset="utf-8"><body><main>
        <h1>สอบ ระดับ 4</h1><p>0001 สมชาย ใจดี, room ห้อง ๑</p><p lang="th">ไทย</p><p>English</p>
        <select><option>กลุ่ม A</option></select><input value="ชื่อ"><textarea>โจทย์</textarea></main>
        <script src="{(STATIC / "site.js").as_uri()}"></script>""",
        "utf-8",
    )
    with browser(tmp_path / "browser") as one:
        tab = one.open(tmp_path / "page.html")
        marked = tab.run(
            "[...document.querySelectorAll('main [lang=th]')].map((one) => one.value || one.textContent)"
        )
        words = tab.run("document.querySelector('main').innerText")
    if language == "en":
        assert marked == ["สอบ ระดับ 4", "สมชาย ใจดี", "ห้อง ๑", "ไทย", "กลุ่ม A", "ชื่อ", "โจทย์"]
    else:
        assert marked == ["ไทย"]
    assert "0001 สมชาย ใจดี, room ห้อง ๑" in words


FORM = f"""<!doctype html><html lang="th"><body><form id="item" data-cell="# %" data-table="# %">
<select id="f-pcs" name="pcs"></select><textarea id="f-stem" name="stem"></textarea>
<details class="insert" id="picture"><input type="file" id="file"><textarea name="alt"></textarea>
<select id="into"></select><p role="alert"></p></details>
<details class="insert" id="table"><summary>x</summary><div class="field"><textarea id="cells"></textarea></div>
<div class="field" hidden><select id="which"><option value="">x</option></select></div>
<div class="row"><input type="number" id="n-rows" min="1" max="60" value="3">
<input type="number" id="n-columns" min="1" max="20" value="3"></div>
<div id="grid"></div><p role="alert"></p></details><p id="kept-at"></p><details id="more"></details></form>
<iframe name="preview"></iframe><p id="is-old"></p>
<div id="findings" style="height: 30px; overflow: auto"><p>x</p><details><summary>x</summary><label for="w">x</label>
<textarea id="w"></textarea></details></div>
<script>const htmx = {{trigger: () => {{}}}};</script>
<script src="{(STATIC / "editor.js").as_uri()}"></script>"""
CELLS = "[...document.querySelectorAll('#grid tr')].map((row) => [...row.querySelectorAll('input')].map((one) => one.value))"
