"""What `make docs` adds to MkDocs: the pictures of the site, Sarabun, a page of the functions of
`examgen.stats`, and a search that knows Thai words.

Thai has no blanks between words, and the search of Material takes what stands between blanks as a word, so
that it would find nothing but beginnings of sentences. Here the index is cut into words by a dictionary; what
a reader types is cut by the words of the index, which the search does for Chinese by itself.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from pythainlp.tokenize import word_tokenize

ROOT = Path(__file__).resolve().parents[1]
BETWEEN = "\u200b"
"""Stands between Thai words in the index: no width; `separator` in mkdocs.yml names it."""
CUT, CUT_THAI = r"\\p{sc=Han}+", r"[\\p{sc=Han}\\p{sc=Thai}]+"
"""Which part of a question Material cuts by the words of the index, in the source of its worker."""


def on_files(files: Files, config: Any) -> Files:
    """Adds pictures/ and fonts/ to what is copied, and the pages for engineers with their picture."""
    for place in ("architecture.md", "images/architecture.svg", "validation/own-machinery.md"):
        files.append(File.generated(config, f"engineers/{place}", abs_src_path=str(ROOT / "docs" / place)))
    files.append(File.generated(config, "engineers/functions.md", content=functions()))
    for folder, pattern, there in (("docs/images", "site-*.png", "pictures"), ("templates/fonts/web", "Sarabun*.woff2", "fonts")):  # fmt: skip # noqa: E501
        for path in sorted((ROOT / folder).glob(pattern)):
            files.append(File.generated(config, f"{there}/{path.name}", abs_src_path=str(path)))
    return files


def functions() -> str:
    """The page of every public name of `examgen.stats`; mkdocstrings puts its docstring there."""
    import examgen.stats as es

    names = sorted(es.__all__, key=lambda name: (name[0].isupper(), name))
    lead = "# Statistics from Python\n\n`import examgen.stats as es`: every public name."
    return "\n\n".join([lead, *(f"::: examgen.stats.{name}" for name in names)])


@event_priority(-100)
def on_post_build(config: Any) -> None:
    """Cuts Thai in the index of the search into words, has the search cut what is asked."""
    site = Path(config["site_dir"])
    index = site / "search" / "search_index.json"
    document = json.loads(index.read_text("utf-8"))
    for one in document["docs"]:
        one["title"], one["text"] = words(one["title"]), words(one["text"])
    index.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    (worker,) = (site / "assets/javascripts/workers").glob("search.*.min.js")
    source = worker.read_text("utf-8")
    if source.count(CUT) != 1:
        raise SystemExit("the search of this mkdocs-material is another: see scripts/handbook_files.py")
    worker.write_text(source.replace(CUT, CUT_THAI), "utf-8")


def words(text: str) -> str:
    """The text with something of no width between Thai words."""
    return re.sub(r"[\u0e00-\u0e7f]+", lambda thai: BETWEEN.join(word_tokenize(thai[0])), text)
