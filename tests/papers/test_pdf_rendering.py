"""HTML → PDF: the same bytes anywhere, no network, our fonts only."""

from __future__ import annotations

import builtins
import gc
import io
import subprocess
import sys
import tempfile
from ctypes import util
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from examgen.core.problems import MissingDependency, Refused
from examgen.core.resources import fonts
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.document import render_pdf

FACE = f'<style>@font-face {{ font-family: Sarabun; src: url("{(fonts() / "Sarabun-Regular.ttf").as_uri()}") }} body {{ font-family: Sarabun }}</style>'


def _render(body: str, *folders: Path) -> bytes:
    return render_pdf(FACE + body, title="ทดสอบ", language="th", readable=(*folders, fonts()))


def test_dates_are_those_of_source_date_epoch_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert _info(_render("<p>ก")) == {"/Title": "ทดสอบ", "/Producer": "examgen"}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    dated = _info(_render("<p>ก"))
    assert dated["/CreationDate"] == dated["/ModDate"] == "D:19700102000000+00'00'"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(Refused, match="SOURCE_DATE_EPOCH"):
        _render("<p>ก")


def _info(data: bytes) -> dict[str, str]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.Root.Lang == "th"
        return {name: str(value) for name, value in pdf.docinfo.items()}


def test_a_folder_reached_by_a_link_is_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "ok.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert _render('<img src="ok.svg">', tmp_path / "link").startswith(b"%PDF")


def test_a_character_without_a_glyph_is_refused() -> None:
    with pytest.raises(Refused, match=r"font of this machine|notdef"):
        _render("<p>漢")


def test_css_that_is_not_known_is_a_warning() -> None:
    with pytest.warns(UserWarning, match="colr"):
        _render("<style>p { colr: red }</style><p>ก")


@pytest.mark.parametrize(
    "fault", [OSError("cannot load library 'libpango-1.0-0'"), ImportError("weasyprint")]
)
def test_without_pango_the_message_says_what_to_install(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise fault
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(MissingDependency, match="apt-get install libpango"):
        render_pdf("<p>", title="t", language="th", readable=())


def test_copies_of_fonts_last_as_long_as_their_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    laid_out = engine.lay_out(f"{FACE}<p>a", language="en", readable=[fonts()])
    assert [*tmp_path.iterdir()]
    del laid_out
    gc.collect()
    assert not [*tmp_path.iterdir()]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere libraries have names of their own")
def test_neither_compiler_nor_linker_is_asked_for_pango_unless_it_lies_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, module, tries = builtins.__import__, engine.weasyprint(), 0
    started: list[object] = []

    def by_file_alone(name: str, *rest: Any) -> Any:
        nonlocal tries
        if name != "weasyprint":
            return plain(name, *rest)
        tries += 1
        util.find_library("libpango-1.0-0")
        assert bool(started) == (tries > 1)
        if tries == 1:
            raise OSError("cannot load library 'libpango-1.0.so.0'")
        return module

    def none(words: object, **more: object) -> None:
        started.append(words)
        raise OSError(words)

    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr(subprocess, "Popen", none)
    monkeypatch.setattr(builtins, "__import__", by_file_alone)
    assert engine.weasyprint() is module
    assert tries == 2


def test_a_pango_that_cannot_break_thai_is_not_printed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.breaks_thai_words()
    monkeypatch.setattr(engine, "breaks_thai_words", lambda: False)
    with pytest.raises(MissingDependency, match="libthai"):
        _render("<p>ก")
