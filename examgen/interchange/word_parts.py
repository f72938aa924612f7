"""The parts of our Word documents besides their text: styles, lists, pictures and labels."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from examgen.core.problems import ExamgenError
from examgen.core.resources import fonts
from examgen.core.words import Message, tell
from examgen.interchange import omml

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:m="{omml.SPACE}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

ABOUT: Mapping[str, Message] = {
    "id": tell("Item"),
    "criteria": tell("Criteria"),
    "levels": tell("Levels"),
    "cognitive": tell("Asks for"),
    "family": tell("Family"),
    "decided_by": tell("Decided by"),
    "anchored": tell("Keeps its place"),
}
"""What stands above an item, by the name of the field."""
KEY, REFERENCE = tell("Key"), tell("Reference")

OWN = "examgen "
"""What the names of our styles begin with."""
_FONT = "TH Sarabun New"
_FONTS = f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:eastAsia="{_FONT}" w:cs="{_FONT}"/>'
_KINDS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
_EMU = 9525
"""Of a pixel at 96 to the inch."""
_WIDEST, _HIGHEST = 560, 720
"""Pixels that a page has room for."""
_DOCUMENTS = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {
    **{name: name for name in ("styles", "numbering", "settings", "fontTable")},
    "footer1": "footer",
}


# ── styles and lists ─────────────────────────────────────────────────────────────────────────


def _style(
    identifier: str,
    name: str,
    paragraph: str = "",
    letters: str = "",
    after: str = "",
    kind: str = "paragraph",
) -> str:
    own = ' w:customStyle="1"' if name.startswith(OWN) else ""
    based = '<w:basedOn w:val="Normal"/>' if kind == "paragraph" else ""
    next_one = f'<w:next w:val="{after}"/>' if after else ""
    return (
        f'<w:style w:type="{kind}"{own} w:styleId="{identifier}"><w:name w:val="{name}"/>{based}{next_one}'
        f"<w:qFormat/>" + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{letters}</w:rPr>" if letters else "") + "</w:style>"
    )  # fmt: skip


def _size(points: float) -> str:
    return f'<w:sz w:val="{2 * points:g}"/><w:szCs w:val="{2 * points:g}"/>'


_GREY = '<w:color w:val="595959"/>'
_SMALL = f"{_GREY}{_size(13)}"
_KEPT = "<w:keepNext/><w:keepLines/>"
_BOLD = "<w:b/><w:bCs/>"


def _indent(left: int, hanging: int = 0) -> str:
    return f'<w:ind w:left="{left}" w:hanging="{hanging}"/>' if hanging else f'<w:ind w:left="{left}"/>'


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'


_BORDER = '<w:pBdr><w:top w:val="single" w:sz="4" w:space="4" w:color="BFBFBF"/></w:pBdr>'
_SIDE = '<w:pBdr><w:left w:val="single" w:sz="12" w:space="8" w:color="BFBFBF"/></w:pBdr>'
_EDGES = "".join(
    f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_MARGINS = '<w:left w:w="108" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
_STYLES = "".join(
    (
        f'<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{_spacing(0, 60)}</w:pPr></w:style>",
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>',
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:tblPr>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>{_MARGINS}</w:tblCellMar></w:tblPr></w:style>',
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{_EDGES}</w:tblBorders></w:tblPr></w:style>',
        _style("Title", "Title", _spacing(0, 120), f"{_BOLD}{_size(24)}", "Normal"),
        _style(
            "Heading1",
            "heading 1",
            f'{_KEPT}{_spacing(360, 120)}<w:outlineLvl w:val="0"/>',
            f"{_BOLD}{_size(18)}",
            "Normal",
        ),
        _style("examgenAbout", "examgen item", f"{_KEPT}{_BORDER}{_spacing(280, 40)}", _SMALL, "examgenStem"),
        _style("examgenStimulus", "examgen stimulus", f"{_KEPT}{_SIDE}{_spacing(0, 60)}{_indent(567)}"),
        _style(
            "examgenStem", "examgen stem", f"{_KEPT}{_spacing(60, 60)}{_indent(567)}", "", "examgenOption"
        ),
        _style("examgenList", "examgen list", f"{_KEPT}{_spacing(0, 20)}"),
        _style("examgenCell", "examgen cell", _spacing(20, 20)),
        _style("examgenHead", "examgen head", f"<w:keepNext/>{_spacing(20, 20)}", _BOLD),
        _style("examgenOption", "examgen option", f"<w:keepLines/>{_spacing(0, 20)}"),
        _style("examgenKey", "examgen key", f"{_spacing(80, 40)}{_indent(567)}", _BOLD, "examgenRationale"),
        _style(
            "examgenRationale",
            "examgen rationale",
            f'<w:tabs><w:tab w:val="left" w:pos="1021"/></w:tabs>{_spacing(0, 0)}{_indent(1021, 454)}',
            _SMALL,
        ),
        _style("examgenReference", "examgen reference", f"{_spacing(0, 60)}{_indent(567)}", _SMALL),
        _style("examgenLine", "examgen line", _spacing(0, 40)),
        _style("Strong", "Strong", "", _BOLD, kind="character"),
        _style("Emphasis", "Emphasis", "", "<w:i/><w:iCs/>", kind="character"),
        _style(
            "examgenStrongEmphasis",
            "examgen strong emphasis",
            "",
            f"{_BOLD}<w:i/><w:iCs/>",
            kind="character",
        ),
        _style(
            "examgenCode",
            "examgen code",
            "",
            '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New"/><w:sz w:val="24"/>',
            kind="character",
        ),
    )
)


def numbering(thai: bool, lists: Sequence[bool], own: int) -> str:
    """The lists of a document: its questions with their options, and those of texts, numbered or not."""

    def level(at: int, kind: str, text: str, left: int, hanging: int) -> str:
        return (
            f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:suff w:val="tab"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f"<w:pPr>{_indent(left, hanging)}</w:pPr></w:lvl>"
        )

    def abstract(number: int, levels: Iterable[str], kind: str = "multilevel") -> str:
        return (
            f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="{kind}"/>'
            f"{''.join(levels)}</w:abstractNum>"
        )

    letters = "thaiLetters" if thai else "upperLetter"
    nested = [(at, 1021 + 397 * at, 397) for at in range(9)]
    plain = (
        abstract(0, (level(0, "decimal", "%1.", 567, 567), level(1, letters, "%2.", 1021, 454)))
        + abstract(1, (level(at, "bullet", "•", left, by) for at, left, by in nested))
        + abstract(2, (level(at, "decimal", f"%{at + 1}.", left, by) for at, left, by in nested))
    )
    starts = "".join(
        f'<w:lvlOverride w:ilvl="{at}"><w:startOverride w:val="1"/></w:lvlOverride>' for at in range(9)
    )
    used = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>' + "".join(
        f'<w:num w:numId="{own + n}"><w:abstractNumId w:val="{2 if numbered else 1}"/>{starts}</w:num>'
        for n, numbered in enumerate(lists, 1)
    )
    return f"{_HEAD}<w:numbering {_SPACES}>{plain}{used}</w:numbering>"


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def media_name(name: str, data: bytes) -> str:
    """A name for a picture that no other picture has."""
    path = PurePosixPath(name)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "picture"
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix.lower()}"


def size_of(data: bytes, name: str) -> tuple[int, int]:
    """Width and height in pixels, as large as a page has room for."""
    width, height = 300.0, 200.0
    if not name.endswith(".svg"):
        with suppress(OSError, ValueError), Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
    else:
        head = data[:4000].decode("utf-8", "replace")
        box = re.search(r'viewBox\s*=\s*["\']\s*[-\d.e]+[ ,]+[-\d.e]+[ ,]+([\d.e]+)[ ,]+([\d.e]+)', head)
        sides = (
            re.search(rf'<svg[^>]*?\s{side}\s*=\s*["\']([\d.]+)(?:px)?["\']', head)
            for side in ("width", "height")
        )
        stated = [float(one[1]) or 300.0 for one in sides if one]
        if len(stated) == 2:
            width, height = stated
        elif box:
            width, height = float(box[1]) or 300.0, float(box[2]) or 200.0
    scale = min(1.0, _WIDEST / width, _HIGHEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shown_instead(data: bytes, name: str) -> bytes | None:
    """A PNG for programs that do not know the format of a picture; None for those that all know.

    A drawing (svg) has twice its size; a white field stands for it where this machine cannot draw it.
    """
    buffer = io.BytesIO()
    if name.endswith(".svg"):
        size = size_of(data, name)
        drawn = None
        with suppress(ImportError, OSError, ValueError, ExamgenError):
            drawn = _drawn(data, size)
        (drawn or Image.new("RGB", size, "white")).save(buffer, "PNG")
        return buffer.getvalue()
    if not name.endswith(".webp"):
        return None
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.convert("RGBA").save(buffer, "PNG")
    except (OSError, ValueError):
        return None
    return buffer.getvalue()


def _drawn(svg: bytes, size: tuple[int, int]) -> Any:
    """A drawing, laid out as a page and rendered. The libraries of PDF are loaded where there is one."""
    import pypdfium2

    from examgen.rendering.pdf.engine import lay_out

    width, height = size
    faces = "".join(
        f"@font-face{{font-family:Sarabun;src:url({(fonts() / f'Sarabun-{face}.ttf').as_uri()});"
        f"font-weight:{weight}}}"
        for face, weight in (("Regular", "normal"), ("Bold", "bold"))
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "drawing.svg").write_bytes(svg)
        html = (
            f"<style>{faces}@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}</style>"
            f'<img src="drawing.svg" style="width:{width}px;height:{height}px;display:block" alt="">'
        )
        _, raw, _ = lay_out(html, language="en", readable=[Path(folder), fonts()])
    document = pypdfium2.PdfDocument(raw)
    try:
        return document[0].render(scale=2 * 96 / 72).to_pil().convert("RGB")
    finally:
        document.close()


def drawing_of(
    number: int, name: str, alt: str, size: tuple[int, int], shown: str, vector: str | None
) -> str:
    """A picture in the line; `vector` is the relationship of the drawing that the shown one stands for."""
    extent = f'cx="{size[0] * _EMU}" cy="{size[1] * _EMU}"'
    svg = (
        '<a:extLst><a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}"><asvg:svgBlip '
        'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
        f'r:embed="{vector}"/></a:ext></a:extLst>'
        if vector
        else ""
    )
    named = f'id="{number}" name="{escape(name)}" descr="{escape(alt)}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/>'
        f"<wp:docPr {named}/><a:graphic>"
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f"<pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{shown}">{svg}</a:blip><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


# ── the package ──────────────────────────────────────────────────────────────────────────────


def members(body: str, lists: str, pictures: Sequence[str]) -> dict[str, bytes]:
    """The parts of a document, without the bytes of its pictures."""
    kinds = "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in _KINDS.items())
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_DOCUMENTS}.{kind}+xml"/>'
        for part, kind in {"document": "document.main", **_PARTS}.items()
    )
    types = (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{kinds}{overrides}</Types>'
    )
    related = "".join(
        f'<Relationship Id="r{part}" Type="{_R}/{kind}" Target="{part}.xml"/>'
        for part, kind in _PARTS.items()
    ) + "".join(
        f'<Relationship Id="rPic{n}" Type="{_R}/image" Target="media/{escape(name)}"/>'
        for n, name in enumerate(pictures, 1)
    )
    relations = f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
    document = (
        f'{_HEAD}<w:document {_SPACES}><w:body>{body}<w:sectPr><w:footerReference w:type="default" '
        'r:id="rfooter1"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" '
        'w:bottom="1134" w:left="1418" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body>'
        "</w:document>"
    )
    made = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'{relations}<Relationship Id="r1" '
        f'Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f"{relations}{related}</Relationships>",
        "word/document.xml": document,
        "word/styles.xml": f"{_HEAD}<w:styles {_SPACES}><w:docDefaults><w:rPrDefault><w:rPr>{_FONTS}"
        f'{_size(16)}<w:lang w:val="en-US" w:eastAsia="en-US" w:bidi="th-TH"/></w:rPr></w:rPrDefault>'
        f"<w:pPrDefault/></w:docDefaults>{_STYLES}</w:styles>",
        "word/numbering.xml": lists,
        "word/settings.xml": f'{_HEAD}<w:settings {_SPACES}><w:zoom w:percent="100"/>'
        '<w:defaultTabStop w:val="567"/><w:compat><w:applyBreakingRules/><w:compatSetting '
        'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US" w:bidi="th-TH"/></w:settings>',
        "word/fontTable.xml": f'{_HEAD}<w:fonts {_SPACES}><w:font w:name="{_FONT}"><w:altName '
        'w:val="TH SarabunPSK;Sarabun"/><w:charset w:val="DE"/><w:family w:val="swiss"/></w:font></w:fonts>',
        "word/footer1.xml": f'{_HEAD}<w:ftr {_SPACES}><w:p><w:pPr><w:jc w:val="right"/></w:pPr>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>',
    }
    return {name: text.encode() for name, text in made.items()}
