"""The certification body: its name and logo at the head of every page, and the page on which an administrator
sets them and the URL where anybody can check a result."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from examgen.bank.body import MOST_MEGABYTES, logo_of, set_body
from examgen.bank.settings import SETTINGS_FILE, body_words
from examgen.core.files import read_input, sha256
from examgen.core.models.field_types import Bilingual
from examgen.core.models.sitting import BodyWords
from examgen.core.problems import ExamgenError
from examgen.core.readings import Readings, stamp_of
from examgen.core.words import tell
from examgen.site.abuse import Watched
from examgen.site.access import allowed, public
from examgen.site.accounts.models import Role
from examgen.site.forms import MEGABYTE, OneFile, text_field, tick_field
from examgen.site.language import address, reader, said
from examgen.site.requests import Request, done, or_404
from examgen.site.sittings.pages import told
from examgen.site.workspace import workspace
from examgen.site.writing import setting

log = logging.getLogger("examgen.body")
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class _Shown(NamedTuple):
    """The logo as last read from its file, and the name shown beside it."""

    path: Path
    digest: str
    name: Bilingual | None


_words = Readings[BodyWords](4)
_shown = Readings[_Shown | None](4)


def has_body() -> bool:
    """Returns whether the workspace names the body, as letters and certificates require."""
    return body_words(workspace()).name is not None


def _body() -> _Shown | None:
    """Returns the logo and name at the head of pages; None without a usable logo, which is logged and makes
    no page fail."""
    place = workspace()
    settings = place / SETTINGS_FILE
    if stamp_of(settings) is None:
        return None
    try:
        words = _words.of(place, [settings], lambda: body_words(place))
        return None if words.logo is None else _shown.of(place, [settings, place / words.logo], _look)
    except (ExamgenError, OSError):  # faults of the file are told where it is needed
        return None


def _look() -> _Shown | None:
    place = workspace()
    try:
        path = logo_of(place)
        return None if path is None else _Shown(path, sha256(read_input(path)), body_words(place).name)
    except (ExamgenError, OSError) as error:
        log.error("the logo of the body is not shown: %s", error)
        return None


def brand() -> dict[str, str] | None:
    """Returns the name and the URL of the logo for the head of a page; None if the workspace has no usable
    logo."""
    found = _body()
    if found is None:
        return None
    name = "" if found.name is None else str(getattr(found.name, reader()))
    return {"name": name, "logo": f"{reverse('logo')}?{found.digest[:12]}"}


@public("body/logo/", "logo")
@require_safe
def logo(request: Request) -> HttpResponse:
    """Returns the logo. It is public, because the sign-in page shows it, and its policy forbids scripts."""
    found = or_404(_body())
    answer = HttpResponse(read_input(found.path), content_type=KINDS[found.path.suffix.lower()])
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "max-age=86400"
    return answer


class BodyForm(Watched):
    """The form for name and logo of the body, and the URL where results are checked."""

    th = text_field(tell("Name in Thai"), required=False)
    en = text_field(tell("Name in English"), required=False)
    verify = forms.RegexField(
        r"^https?://[!-~]{3,200}$",
        label=said(tell("Address at which anybody may check a result")),
        required=False,
        error_messages={
            "invalid": said(tell("Write the whole address, as in https://exam.example.or.th/verify/"))
        },
    )
    logo = OneFile(
        tell("Logo: PNG or SVG"),
        tell("At most {n} MB; an SVG holds all it shows, no script, and its text as paths", n=MOST_MEGABYTES),
        most=MOST_MEGABYTES * MEGABYTE,
        endings=(".png", ".svg"),
        required=False,
    )
    without = tick_field(tell("Take the logo away"))

    def clean(self) -> dict[str, Any]:
        """Requires the name in both languages, because papers have both."""
        data = super().clean() or {}
        if not self.errors and bool(data["th"]) != bool(data["en"]):
            lacking = "en" if data["th"] else "th"
            self.add_error(lacking, said(tell("Papers name the body in both languages: write this one, too")))
        return data

    @property
    def name(self) -> Bilingual | None:
        """The name that was filled in; None if it was left empty."""
        data = self.cleaned_data
        return Bilingual(th=data["th"], en=data["en"]) if data["th"] else None


@allowed("body/", "body", write={Role.ADMINISTRATOR})
def body(request: Request) -> HttpResponse:
    """Shows the name and logo of the body and the URL where results are checked. POST writes them to
    `examgen.yaml`."""
    words, faults = body_words(workspace()), list[dict[str, str]]()
    named = {"verify": words.verify or "", **({} if words.name is None else words.name.model_dump())}
    form = BodyForm(request.POST, request.FILES) if request.method == "POST" else BodyForm(initial=named)
    here = f"{request.get_host()}{address('verify')}"
    form.fields["verify"].help_text = said(
        tell(
            "The QR code of a report or certificate leads there, and both name it. The page of this site is "
            "{here}: write the address by which people outside reach it.",
            here=here,
        )
    )
    if words.logo is None:
        del form.fields["without"]
    if request.method == "POST" and form.is_valid():
        file, removes = form.cleaned_data["logo"], bool(form.cleaned_data.get("without"))
        given = None if file is None else (str(file.name), file.read())
        try:
            with setting(request.user, "body.set", "body: name, logo and address") as change:
                set_body(workspace(), form.name, form.cleaned_data["verify"] or None, given, removes)
                after = body_words(workspace())
                change.did(
                    "body.set",
                    "",
                    name="" if after.name is None else after.name.th,
                    logo=after.logo or "",
                    verify=after.verify or "",
                    hash="" if given is None else sha256(given[1]),
                )
        except ExamgenError as error:
            if given is None or error.problems:
                faults = told(error)
            else:
                form.add_error("logo", said(error.message))
        else:
            change.warn(request)
            return done(request, tell("Saved: papers and reports that are made from now on have it."), "body")
    if words.logo is not None and not form.is_bound:
        try:
            logo_of(workspace())
        except ExamgenError as error:
            faults = told(error)
    shown = {"form": form, "faults": faults}
    return render(request, "body.html", shown, status=422 if form.is_bound else 200)
