"""What the handbook takes from elsewhere in the sources: the pictures of the site, Sarabun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]


def on_files(files: Files, config: Any) -> Files:
    """Adds pictures/ and fonts/ to what is copied."""
    for folder, pattern, there in (("docs/images", "site-*.png", "pictures"), ("templates/fonts/web", "Sarabun*.woff2", "fonts")):  # fmt: skip # noqa: E501
        for path in sorted((ROOT / folder).glob(pattern)):
            files.append(File.generated(config, f"{there}/{path.name}", abs_src_path=str(path)))
    return files
