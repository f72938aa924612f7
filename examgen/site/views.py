"""The first page of the site."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from examgen.core.words import tell
from examgen.site.access import signed_in
from examgen.site.accounts.confirming import is_alone
from examgen.site.accounts.models import User
from examgen.site.accounts.roles import Role, grants_of, has
from examgen.site.bank.history import latest_decisions
from examgen.site.bank.units import SHOWN_WORDS
from examgen.site.bank.writer_items import own_items
from examgen.site.exams.summaries import exams_on_hand
from examgen.site.letters import mail_settings
from examgen.site.requests import Request, done
from examgen.site.waiting import first_steps, tasks_of, waits_for_others


@signed_in("", "home")
def home(request: Request) -> HttpResponse:
    """Shows the user's waiting tasks, the next step of each exam, and the first steps."""
    tasks = tasks_of(request.user)
    context = {
        "alone": has(request.user, Role.AUDITOR, Role.ADMINISTRATOR) and is_alone(),
        "has_role": bool(grants_of(request.user)),
        "tasks": tasks,
        "of_others": waits_for_others(request.user, tasks),
        "own": own_items(request.user) if has(request.user, Role.WRITER) else [],
        "decided": latest_decisions(request.user.username) if has(request.user, Role.REVIEWER) else [],
        "status_words": SHOWN_WORDS,
        "exams": exams_on_hand(request.user),
        "first_steps": first_steps(request.user),
        "may_be_written_to": bool(request.user.email) and mail_settings() is not None,
    }
    return render(request, "home.html", context)


@signed_in("letters/", "letters")
@require_POST
def letters(request: Request) -> HttpResponse:
    """Sets whether the user gets e-mails about waiting tasks."""
    wanted = request.POST.get("wanted") == "yes"
    User.objects.filter(pk=request.user.pk).update(is_written_to=wanted)
    words = (
        tell("You will be written to once a day while something waits for you.")
        if wanted
        else tell("You will not be written to any more.")
    )
    return done(request, words, "home")
