"""Messages of the templates: each in Thai and in English, none forgotten, none left over."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract

from examgen.core.catalogue import translations
from examgen.core.problems import Refused
from examgen.rendering.language import CATALOGUE, messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.templates.filling import fill
from tests.papers.pages import TEMPLATES, write

KEYWORDS = {
    "th": None, "en": None, "both": None, "th_n": (1, 2), "en_n": (1, 2), "both_n": (1, 2), "say": None,
    "say_n": (1, 2), "words": None, "words_n": (1, 2),
}  # fmt: skip
"""Functions of templates whose arguments are messages, as Babel's extractors want to know them."""
FOLDER = TEMPLATES[0]
PAPERS = Path(__file__).parents[2] / "examgen" / "papers"
REPORTS = PAPERS.parent / "reports"
DECLARED = [PAPERS.parent / name for name in ("core/models/scoring.py", "capture/quarantine_reasons.py")]
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
CODES = re.compile(r"\bDRAFT\b|&[a-z]+;|\b[a-z-]+: ?(mm|px)")
"""What stands in a template in neither language: a mark, an entity, a measure of CSS."""

_THAI = re.compile("[ก-ฮ]")


class Found(NamedTuple):
    """A message of a template."""

    source: str
    message: tuple[str, ...]


def templates() -> list[Path]:
    return sorted(FOLDER.rglob("*.html"))


def found_messages() -> Iterator[Found]:
    places = (
        (babel_extract, templates(), KEYWORDS),
        ("python", sorted(PAPERS.rglob("*.py")), KEYWORDS),
        (
            "python",
            [*sorted(REPORTS.rglob("*.py")), *DECLARED],
            {"words": None, "spoken": None, "of_n": (1, 2)},
        ),
    )
    for method, paths, keywords in places:
        for path in paths:
            text = io.BytesIO(path.read_bytes())
            options = JINJA if method is babel_extract else {}
            for line, message, _, _ in extract(method, text, keywords=keywords, options=options):
                said = (message,) if isinstance(message, str) else tuple(message)
                yield Found(f"{path.name}:{line}", said)


def test_every_message_has_its_thai_and_no_thai_is_left_over() -> None:
    used = {one.message: one.source for one in found_messages()}
    assert len(used) > 100
    known = {
        (one.english,) if one.plural is None else (one.english, one.plural)
        for one in translations(FOLDER / CATALOGUE)
        if one.thai
    }
    said = known | {message[:1] for message in known}  # a singular may stand alone elsewhere
    assert {message: source for message, source in used.items() if message not in said} == {}
    assert known - set(used) == set()


def test_the_catalogue_is_whole() -> None:
    text = (FOLDER / CATALOGUE).read_text("utf-8")
    catalogue = read_po(io.StringIO(text), locale="th")
    assert not catalogue.obsolete
    assert not [one.id for one in catalogue if one.id and one.fuzzy]
    assert catalogue.num_plurals == 1
    given = re.findall(r"^msgid (.*)$", text, flags=re.M)
    assert [one for one in set(given) if given.count(one) > 1] == []  # the second would be lost


def test_a_message_is_written_out_where_it_is_used() -> None:
    """An expression in place of a message would escape the extraction."""
    environment = Environment()
    faults = []
    for path in templates():
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS:
                n = 2 if KEYWORDS[call.node.name] else 1
                if not all(isinstance(arg, nodes.Const) for arg in call.args[:n]):
                    faults.append(f"{path.name}:{call.lineno}")
    assert faults == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_text_stands_in_a_template_but_in_a_message(path: Path) -> None:
    assert list(bare_texts(path.read_text("utf-8"))) == []


def bare_texts(source: str) -> Iterator[str]:
    tree = Environment(trim_blocks=True, lstrip_blocks=True).parse(source)
    style = [data for block in tree.find_all(nodes.Block) if block.name == "style" for data in _data(block)]
    outside = "".join(data.data if data not in style else "" for data in _data(tree))
    outside = re.sub(r"<style.*?</style>|<!--.*?-->", " ", outside, flags=re.S)
    yield from _THAI.findall(outside)
    shown = re.sub(r"<svg.*?</svg>|<[^>]*>?", " ", outside, flags=re.S)  # in a drawing no span may stand
    yield from re.findall("[A-Za-z]{2,}", CODES.sub(" ", shown))
    messages = {
        id(arg)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS
        for arg in call.args
    }
    for constant in tree.find_all(nodes.Const):
        if id(constant) not in messages and isinstance(constant.value, str):
            yield from _THAI.findall(constant.value)


def _data(node: nodes.Node) -> list[nodes.TemplateData]:
    return list(node.find_all(nodes.TemplateData))


# ── what the functions say ───────────────────────────────────────────────────────────────────


def said(template: str, tmp_path: Path, po: str = "", **context: object) -> str:
    write(tmp_path, "page.html", template)
    if po:
        write(tmp_path / "locale", "th.po", po)
    folders = (tmp_path, *TEMPLATES)
    return fill("page.html", context, folders, line_setter(folders))


def test_thai_first_english_always(tmp_path: Path) -> None:
    assert said("{{ both('Key') }}", tmp_path) == 'เฉลย <span lang="en">· Key</span>'
    assert said("{{ both('Key', '\\n') }}", tmp_path) == 'เฉลย<br><span lang="en">Key</span>'
    assert said("{{ both('Key', sep=' / ') }}", tmp_path) == 'เฉลย <span lang="en">/ Key</span>'
    assert said("{{ th('Key') }}|{{ en('Key') }}", tmp_path) == 'เฉลย|<span lang="en">Key</span>'


def test_english_has_its_plural(tmp_path: Path) -> None:
    text = "{{ both_n('{n} item', '{n} items', n) }}|{{ en_n('{n} item', '{n} items', n) }}"
    one, many = (re.sub("<[^>]*>", "", said(text, tmp_path, n=n)) for n in (1, 40))
    assert one.replace("\xa0", " ") == "1 ข้อ · 1 item|1 item"
    assert many.replace("\xa0", " ") == "40 ข้อ · 40 items|40 items"
    assert said("{{ th_n('{n} item', '{n} items', 1) }}", tmp_path).endswith("ข้อ")


def test_a_number_stays_with_what_it_counts(tmp_path: Path) -> None:
    assert "40<span></span>\xa0<span></span>ข้อ" in said("{{ th_n('{n} item', '{n} items', 40) }}", tmp_path)


def test_a_workspace_adds_messages_and_overrides_others(tmp_path: Path) -> None:
    po = 'msgid "Key"\nmsgstr "ทางออก"\n\nmsgid "Our own rule"\nmsgstr "กติกา"\n'
    text = "{{ th('Key') }} {{ th('Our own rule') }} {{ th('Reference') }}"
    assert said(text, tmp_path, po) == "ทางออก กติกา อ้างอิง"


def test_a_message_without_thai_stands_in_english_once(tmp_path: Path) -> None:
    po = '#, fuzzy\nmsgid "Guess"\nmsgstr "เดา"\n\nmsgid "Empty"\nmsgstr ""\n'
    for message in ("Nowhere known", "Guess", "Empty"):
        assert said(f"{{{{ both('{message}') }}}}", tmp_path, po) == f'<span lang="en">{message}</span>'


def test_values_are_escaped_and_never_read_as_placeholders(tmp_path: Path) -> None:
    text = "{{ en('Form {form}', form=x) }}"
    assert said(text, tmp_path, x="<b>&{form}") == '<span lang="en">Form &lt;b&gt;&amp;{form}</span>'
    marked = "{% set b %}<b>{{ x }}</b>{% endset %}{{ th('Form {form}', form=b) }}"
    assert "<b>{form}&lt;</b>" in said(marked, tmp_path, x="{form}<")
    forged = "{% set b %}<b>{{ x }}</b>{% endset %}{{ en('{a} {b}', a=y, b=b) }}"
    assert said(forged, tmp_path, x="X", y="\ufdd0b\ufdd1").count("<b>X</b>") == 1


def test_a_template_and_a_catalogue_that_have_changed_are_read_anew(tmp_path: Path) -> None:
    assert said("{{ th('Key') }}", tmp_path) == "เฉลย"
    assert said("{{ th('Key') }}!", tmp_path) == "เฉลย!"
    assert said("{{ th('Key') }}!", tmp_path, 'msgid "Key"\nmsgstr "ทางออก"\n') == "ทางออก!"
    write(tmp_path, "parts.html", "mine")
    assert said("{% include 'parts.html' %}", tmp_path) == "mine"


def test_a_value_that_is_lacking_names_template_and_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"page\.html, line 2: .*'Form \{form\}' needs a value for \{form\}"):
        said("ok\n{{ both('Form {form}') }}", tmp_path)


@pytest.mark.parametrize(
    ("po", "line", "says"),
    [
        ('msgid "Key"\nmsgstr "คำตอบ\n', 2, "not a line of a .po file"),
        ("hello\n", 1, "not a line of a .po file"),
        ('msgid "A"\nmsgstr "ก"\n\nmsgid "B"\nmsgid "C"\nmsgstr "ค"\n', 4, "missing msgstr"),
        ('# ok\nmsgid "Form {form}"\nmsgstr "ชุด {from}"\n', 2, "uses {from}, which"),
        ('msgid "Key"\nmsgstr "คำ"ตอบ"\n', 2, "not a line of a .po file"),
    ],
)
def test_a_malformed_catalogue_names_file_and_line(tmp_path: Path, po: str, line: int, says: str) -> None:
    write(tmp_path / "locale", "th.po", po)
    with pytest.raises(Refused) as refusal:
        messages([tmp_path, *TEMPLATES])
    [problem] = refusal.value.problems
    assert problem.source == f"{tmp_path / CATALOGUE}:{line}"
    assert says in problem.message


def test_a_catalogue_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / CATALOGUE).write_bytes('msgid "Key"\nmsgstr "คำตอบ"\n'.encode("cp874"))
    with pytest.raises(Refused, match=r"th\.po is not UTF-8"):
        messages([tmp_path])
