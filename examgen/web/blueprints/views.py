"""The list of blueprints, the page of one, and its exam built."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from examgen.web.access import allowed, may, units_for
from examgen.web.accounts.roles import Role
from examgen.web.blueprints.files import (
    blueprint_file,
    blueprints_of,
    check_may,
    mark_of,
    read,
    text_of,
)
from examgen.web.jobs import queue
from examgen.web.requests import Request
from examgen.web.workspace import unit_folders

READ = (Role.ASSEMBLER, Role.PSYCHOMETRICIAN, Role.APPROVER)
WRITE = (Role.ASSEMBLER,)


@allowed(read=READ, write=WRITE)
def blueprints(request: Request) -> HttpResponse:
    """The blueprints of one's units."""
    held = units_for(request.user, {*READ, Role.AUDITOR})
    units = [
        {"code": code, "blueprints": [*blueprints_of(code)], "may_write": may(request.user, WRITE, [code])}
        for code in unit_folders()
        if held is None or code in held
    ]
    return render(request, "blueprints/list.html", {"units": units})


@allowed(read=READ, write=WRITE, within="unit")
def blueprint(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """A blueprint."""
    text = text_of(blueprint_file(unit, blueprint))
    shown = {
        "unit": unit,
        "blueprint": blueprint,
        "text": text,
        "mark": mark_of(text),
        "may_write": may(request.user, WRITE, [unit]),
    }
    return render(request, "blueprints/blueprint.html", shown)


@allowed(read=READ, write=WRITE, within="unit")
@require_POST
def build(request: Request, unit: str, blueprint: str) -> HttpResponse:
    """Asks for the exam of a blueprint as it is saved."""
    text = text_of(blueprint_file(unit, blueprint))
    found, _ = read(text, blueprint)
    check_may(request.user, found, is_built=True)
    job = queue.ask("build", found.exam, request.user, unit=unit, blueprint=blueprint, text=text)
    return redirect("job", job=job.id)
