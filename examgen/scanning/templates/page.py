"""STUB"""

from examgen.core.words import Message
from examgen.scanning.templates.layout import Template


def form_page(template: Template, unsure: tuple[Message, ...]) -> bytes:
    return b""
