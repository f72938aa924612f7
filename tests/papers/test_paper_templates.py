"""Templates of a workspace: what they may change, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from examgen.core.problems import Refused
from examgen.papers.key_sheet import key_sheet
from examgen.rendering.line_breaks import SetLine, line_setter
from examgen.rendering.templates.filling import fill, filler
from examgen.rendering.templates.sandbox import TemplateSetting, filled, sandbox
from tests.papers.pages import TEMPLATES, exam, item, page_texts, write
from tests.papers.whole_booklets import booklet

SAMPLE = exam([item(1, stem="<STEM>")])
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'


def _print_with(folder: Path, text: str, name: str = "key-sheet.html") -> bytes:
    write(folder, name, text)
    return key_sheet(SAMPLE, SAMPLE.forms[0], (folder, *TEMPLATES))


def _booklet_with(folder: Path, text: str, name: str) -> bytes:
    write(folder, name, text)
    return booklet(SAMPLE, SAMPLE.forms[0], (folder, *TEMPLATES))


def test_a_workspace_replaces_one_block_of_a_part(tmp_path: Path) -> None:
    text = '{% extends "builtin/booklet/cover.html" %}{% block instructions %}<p>OWNRULES</p>{% endblock %}'
    cover, questions = page_texts(_booklet_with(tmp_path, text, "booklet/cover.html"))
    assert "OWNRULES" in cover
    assert "Instructions" not in cover
    assert "<STEM>" in questions


PARTS = {
    "number": ("<b>N{{ number }}</b>", "N1"),
    "stem": ("<p>ASKED {{ stem }}</p>", "ASKED<STEM>"),
    "letter": ("<b>L{{ letter }}</b>", "Lก"),
    "option": ("<p>OPTION {{ option }}</p>", "OPTION"),
    "foot": ("<p>FOOT {{ page }} OF {{ pages }}</p>", "FOOT2OF2"),
    "end": ("<p>ENDMARK</p>", "ENDMARK"),
    "form": ("<p>FORMWORD</p>", "FORMWORD"),
}
"""A template of each part of a booklet, and what its page shows then."""


def test_a_workspace_replaces_any_part(tmp_path: Path) -> None:
    for name, (text, _) in PARTS.items():
        write(tmp_path, f"booklet/{name}.html", text)
    _, questions = page_texts(booklet(SAMPLE, SAMPLE.forms[0], (tmp_path, *TEMPLATES)))
    assert [shown for _, shown in PARTS.values() if shown not in questions] == []


def test_a_workspace_adds_to_one_stylesheet(tmp_path: Path) -> None:
    text = '{% extends "builtin/booklet.css" %}{% block more %}.stem { padding-top: 900px }{% endblock %}'
    assert len(page_texts(_booklet_with(tmp_path, text, "booklet.css"))) > 2  # cover and question


def test_a_workspace_replaces_one_stylesheet(tmp_path: Path) -> None:
    shown = page_texts(_print_with(tmp_path, "h1 { display: none }", "key-sheet.css"))
    plain = page_texts(key_sheet(SAMPLE, SAMPLE.forms[0], TEMPLATES))
    assert len("".join(shown)) < len("".join(plain))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ok\n{{ ''.__class__.__mro__ }}", r"key-sheet\.html, line 2: .*unsafe"),
        ("{{ paper._asdict() }}", r"key-sheet\.html, line 1"),
        ("{{ ''|attr('__class__') }}{{ x }}", r"key-sheet\.html, line 1"),
        ("{{ '{0.__class__}'.format(fonts) }}", r"key-sheet\.html, line 1: .*unsafe"),
        ("{{ both.__globals__ }}", r"key-sheet\.html, line 1: .*unsafe"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", r"key-sheet\.html, line 1: .*unsafe"),
        ("{{ rows.append(1) }}", r"key-sheet\.html, line 1"),
        ("ok\n\n{% if %}", r"key-sheet\.html, line 3: "),
        ("{{ missing_name }}", r"key-sheet\.html, line 1: 'missing_name' is undefined"),
        ("{{ paper.missing }}", r"key-sheet\.html, line 1: .*no attribute 'missing'"),
        ("{{ 1 / 0 }}", r"key-sheet\.html, line 1: division"),
        ("{% for i in range(10**9) %}{% endfor %}", r"key-sheet\.html, line 1: Range too big"),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
            r"key-sheet\.html, line 1: its ranges count to more than 1,000,000",
        ),
        (
            "{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}",
            r"key-sheet\.html: it writes more than 20,000,000 characters",
        ),
        ("{{ 'a' * 10**12 }}", r"key-sheet\.html, line 1: a text repeated 1000000000000 times"),
        ("{{ 9 ** 387420489 }}", r"key-sheet\.html, line 1: a power of"),
        ('ok\n{% include "nothing.html" %}', r"key-sheet\.html, line 2: .*nothing\.html is not in"),
        ('ok\n{% from "nothing.html" import x %}', r"key-sheet\.html, line 2: .*nothing\.html is not in"),
        ('{% include "../secret.txt" %}', r"secret\.txt is not in"),
        ('{% include "booklet/../../secret.txt" %}', r"secret\.txt is not in"),
        ('{% include "builtin/../pyproject.toml" %}', r"pyproject\.toml is not in"),
        ('{% include "/etc/passwd" %}', "/etc/passwd is not in"),
        ('{% extends "key-sheet.html" %}', r"key-sheet\.html"),
    ],
)
def test_a_template_that_fails_or_reaches_out_is_refused_by_name_and_line(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(Refused, match=says):
        _print_with(tmp_path / "templates", text)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("secure.css", "h1 { }\n{{ nobody }}", r"secure\.css, line 2: 'nobody' is undefined"),
        ("frame.html", "\n\n{% endmacro %}", r"frame\.html, line 3: "),
        (
            "frame.html",
            "{% macro foot() %}{% endmacro %}\n{% macro head() %}\n{{ varargs[0].nothing }}{{ kwargs }}\n{% endmacro %}",
            r"frame\.html, line 3: .*no attribute 'nothing'",
        ),
    ],
)
def test_an_error_in_a_file_that_a_template_uses_names_that_file(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        _print_with(tmp_path, text, name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ok\n{{ stem.nothing }}", r"booklet/stem\.html, line 2: .*no attribute 'nothing'"),
        ("{{ stem }}\n\n{% endif %}", r"booklet/stem\.html, line 3: "),
        ("{{ key }}", r"booklet/stem\.html, line 1: 'key' is undefined"),
    ],
)
def test_an_error_in_a_part_of_a_booklet_names_that_part(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        _booklet_with(tmp_path, text, "booklet/stem.html")


def test_a_link_out_of_the_template_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "link.html").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "templates" / "link.png").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Refused, match=r"link\.html is not in"):
        _print_with(tmp_path / "templates", '{% include "link.html" %}')
    with pytest.raises(Refused, match=r"link\.png, which is outside the folders"):
        _print_with(tmp_path / "templates", '<img src="link.png">')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<img src="http://example.com/logo.png">', "http://example.com/logo.png"),
        ('<img src="https://example.com/x">', "https://example.com/x"),
        ('<link rel="stylesheet" href="ftp://example.com/x">', "ftp://example.com/x"),
        ('<object data="//example.com/x"></object>', "/x"),
        ('<link rel="attachment" href="http://example.com/x"><p>ก', "http://example.com/x"),
        (DRAWING.format('<image href="http://example.com/x" width="9" height="9"/>'), "http://example.com/x"),
        ('<style>@font-face { font-family: X; src: url(http://example.com/x) }</style><p style="font-family: X">ก', "/x"),
        ('<img src="../secret.png">', r"secret\.png, which is outside the folders"),
        ('<img src="%2e%2e/secret.png">', "which is outside the folders"),
        ('<img src="file:///etc/passwd">', "file:///etc/passwd, which is outside the folders"),
        ('<style>@import url("https://example.com/x.css")</style>', "https://example.com/x.css"),
        ("<style>@import 'file:///etc/passwd'</style>", "file:///etc/passwd, which is outside"),
        ("<style>p { background: url(http://example.com/x.png) }</style><p>x", "http://example.com/x.png"),
        ("<style>p::before { content: url(file:///etc/passwd) }</style><p>x", "file:///etc/passwd, which is outside"),
        ("<style>@font-face { font-family: X; src: url(file:///etc/passwd) }</style>", "passwd, which is outside"),
        ('<link rel="stylesheet" href="https://example.com/x.css">', "https://example.com/x.css"),
        ('<link rel="attachment" href="file:///etc/passwd">', "file:///etc/passwd, which is outside"),
        ('<a rel="attachment" href="file:///etc/passwd">x</a>', "file:///etc/passwd, which is outside"),
        ('<object data="file:///etc/passwd"></object>', "file:///etc/passwd, which is outside"),
        ('<base href="http://example.com/"><img src="logo.png">', "http://example.com/logo.png"),
        (DRAWING.format('<image href="file:///etc/passwd" width="9" height="9"/>'), "passwd, which is outside"),
        ('<img src="data:image/png;base64,iVBORw0KGgo=">', "refers to data:image/png.*only files"),
        ('<img src="logo.png">', r"logo\.png, which does not exist"),
    ],
)  # fmt: skip
def test_a_page_reads_nothing_but_its_own_folders(
    tmp_path: Path, text: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", no_network)
    monkeypatch.setattr("socket.getaddrinfo", no_network)
    (tmp_path / "secret.png").write_bytes(b"secret")
    head = '<style>{% include "paper.css" %}</style>'
    with pytest.raises(Refused, match=says):
        _print_with(tmp_path / "templates", head + text)


def test_a_drawing_of_the_workspace_reaches_no_further_than_its_page(tmp_path: Path) -> None:
    inner = '<image href="file:///etc/passwd" width="9" height="9"/>'
    write(tmp_path / "templates", "logo.svg", DRAWING.format(inner))
    with pytest.raises(Refused, match="file:///etc/passwd, which is outside the folders"):
        _print_with(tmp_path / "templates", '<img src="logo.svg">')


def test_a_filler_fills_as_fill_does_and_reads_its_templates_once(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{% include 'b.html' %}: {{ x|thai }}")
    (tmp_path / "b.html").write_text("ก")
    setter, contexts = line_setter(TEMPLATES), [{"x": "ห้อง 1203"}, {"x": "<b>"}, {"x": "ห้อง 1203"}]
    filled = filler("a.html", (tmp_path, *TEMPLATES), setter)
    assert [filled(one) for one in contexts] == [
        fill("a.html", one, (tmp_path, *TEMPLATES), setter) for one in contexts
    ]
    (tmp_path / "b.html").write_text("changed")
    assert filled({"x": ""}) == "ก: "
    assert fill("a.html", {"x": ""}, (tmp_path, *TEMPLATES), setter) == "changed: "
    with pytest.raises(Refused, match=r"a\.html, line 1: 'x' is undefined"):
        filled({})


def test_a_template_is_compiled_anew_for_other_words_and_another_text(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("{{ 'น้ำท่วม' | thai }}", "utf-8")

    def written(set_line: SetLine) -> str:
        return filled(sandbox(TemplateSetting((tmp_path,), frozenset(), set_line)), "a.html", {}, [tmp_path])

    assert [written(Markup), written(lambda _: Markup("set")), written(Markup)] == ["น้ำท่วม", "set", "น้ำท่วม"]
    page.write_text("new", "utf-8")
    assert written(Markup) == "new"
