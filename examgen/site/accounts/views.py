"""Accounts and roles, for administrators; and the user's own account."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from examgen.core.files import sha256
from examgen.core.words import tell, tell_n
from examgen.site.access import allowed, fresh, public, signed_in
from examgen.site.accounts import confirming
from examgen.site.accounts.forms import Address, NewAccount, NewGrant, SeveralPeople
from examgen.site.accounts.models import DUTIES, WORDS, Grant, Kind, Role, User, Waiting, grants_of
from examgen.site.accounts.sessions import end_session, end_sessions, sessions_of
from examgen.site.accounts.several import MOST, Line, lines_of, made, make
from examgen.site.audit.models import alone, record
from examgen.site.language import said
from examgen.site.requests import Request, done, say
from examgen.site.workspace import unit_folders

ADMINISTRATORS = {Role.ADMINISTRATOR}


@signed_in("me/", "me")
def me(request: Request) -> HttpResponse:
    """Shows the user's own account: password, second factor, roles, and sessions."""
    shown = {
        "grants": grants_of(request.user),
        "duties": DUTIES,
        "sessions": sessions_of(request.user),
        "here": request.session.session_key,
    }
    return render(request, "accounts/me.html", shown)


@signed_in("me/sessions/", "end-own-sessions")
@require_POST
@fresh
def end_own(request: Request) -> HttpResponseBase:
    """Ends the user's other sessions: one of them, or all except the current one."""
    here, wanted = request.session.session_key, request.POST.get("session", "")
    if wanted == "all":
        n = end_sessions(request.user, but=here)
    else:
        n = end_session(next((one for one in sessions_of(request.user) if one.id == wanted), None))
    record(request.user, "sessions.end", request.user.username, n=n)
    return done(request, tell_n("{n} session was ended", "{n} sessions were ended", n), "me")


@public("accounts/password/reset/", "lost-password")
@require_safe
def lost_password(request: Request) -> HttpResponse:
    """Shows who can make a link for a new password. Replaces allauth's page, which promises an e-mail."""
    return render(request, "accounts/lost.html")


@public("accounts/email/", "no-addresses")
@public("accounts/confirm-email/", "no-address-confirmed")
@public("accounts/confirm-email/<str:key>/", "no-address-confirmed-by")
def no_addresses(request: Request, key: str = "") -> HttpResponse:
    """Raises Http404. Replaces allauth's pages for e-mail addresses, because users do not set or confirm
    their own address: the two persons of an opening must have different addresses, and no e-mail is sent to
    confirm one."""
    raise Http404


@allowed("people/<int:person>/address/", "address", write=ADMINISTRATORS, post_only=True, is_fresh=True)
def address(request: Request, person: int) -> HttpResponseBase:
    """Sets the e-mail address of an account."""
    of = get_object_or_404(User, pk=person)
    form = Address(request.POST, of=of)
    with transaction.atomic():
        alone()  # whether somebody has the address, and taking it, are one
        if form.is_valid():
            of.email = form.cleaned_data["email"]
            of.save(update_fields=["email"])
            record(request.user, "account.address", of.username, is_set=bool(of.email))
            return redirect("person", person=person)
    shown = {"person": of, "form": NewGrant(of=of), "address": form, "duties": DUTIES}
    return render(request, "accounts/person.html", shown, status=422)


@allowed("people/", "people", write=ADMINISTRATORS, is_fresh=True)
@sensitive_variables("link")
def people(request: Request) -> HttpResponseBase:
    """Shows all accounts. POST makes a new account with its roles, and shows the link to choose a
    password."""
    form = NewAccount(request.POST or None)
    if request.method == "POST":
        with transaction.atomic():
            alone()  # whether somebody has the name or the address, and taking it, are one
            if form.is_valid():
                given = form.cleaned_data
                user = made(request.user, given["username"], given["name"], given["email"])
                for role in given["role"]:
                    confirming.ask(request.user, Kind.ROLE, user, role, given["unit"])
                link = confirming.ask(request.user, Kind.LINK, user)
                say(request, tell("{name} has an account", name=user.name))
                _tell_waiting(request, Kind.ROLE, user)
                return _links(request, [(user, link)])
    found = User.objects.prefetch_related("grants").order_by("-is_active", "username")
    for one in found:
        roles = {grant.role for grant in one.grants.all()}
        one.is_mixed = Role.AUDITOR in roles and len(roles) > 1  # type: ignore[attr-defined] # for the page
    waiting = [
        (one, confirming.may_confirm(request.user, one)) for one in Waiting.objects.select_related("of", "by")
    ]
    shown = {
        "people": found,
        "form": form,
        "waiting": waiting,
        "new": [one for one in found if one.is_active and not one.has_usable_password()],
        "alone": confirming.is_alone(),
        "WORDS": WORDS,
    }
    return render(request, "accounts/people.html", shown, status=422 if form.errors else 200)


@allowed("people/<int:person>/", "person", write=ADMINISTRATORS, is_fresh=True)
def person(request: Request, person: int) -> HttpResponseBase:
    """Shows an account with its roles. POST grants roles."""
    of = get_object_or_404(User.objects.prefetch_related("grants__by"), pk=person)
    form = NewGrant(request.POST or None, of=of)
    if request.method == "POST" and form.is_valid():
        for role in form.cleaned_data["role"]:
            confirming.ask(request.user, Kind.ROLE, of, role, form.cleaned_data["unit"])
        _tell_waiting(request, Kind.ROLE, of)
        return redirect("person", person=of.pk)
    address = Address(initial={"email": of.email}, of=of)
    shown = {"person": of, "form": form, "address": address, "duties": DUTIES}
    return render(request, "accounts/person.html", shown, status=422 if form.errors else 200)


def _tell_waiting(request: Request, kind: Kind, of: User) -> bool:
    """Tells the user if the change waits for a second administrator. Returns whether it does."""
    is_waiting = Waiting.objects.filter(kind=kind, of=of).exists()
    if is_waiting:
        say(request, tell("It waits for a second administrator, who confirms it on People"), "info")
    return is_waiting


@allowed("people/several/", "several-people", write=ADMINISTRATORS, is_fresh=True)
def several(request: Request) -> HttpResponseBase:
    """Shows the accounts and roles of a pasted list, and makes them once that is confirmed."""
    form = SeveralPeople(request.POST or None)
    lines, is_made, n_waiting = list[Line](), False, 0
    mark = sha256(request.POST.get("people", "").encode())
    if request.method == "POST":
        with transaction.atomic():
            alone()  # whether somebody has a name or an address, and taking it, are one
            if form.is_valid():
                lines = lines_of(form.cleaned_data["people"], request.user)
                if not lines:
                    form.add_error("people", said(tell("no line names anybody")))
                elif len(lines) > MOST:
                    form.add_error("people", said(tell("a list has {most} lines at most", most=MOST)))
                elif request.POST.get("make") == mark and not any(one.faults for one in lines):
                    n_waiting, is_made = make(lines, request.user), True
    if is_made:
        n = len(lines)
        say(request, tell_n("The list was taken: {n} person", "The list was taken: {n} people", n))
        if any(one.person is None for one in lines):
            say(request, tell("New people have no password yet. Create links for them on this page."), "info")
        if n_waiting:
            say(request, tell("Roles wait for a second administrator, who confirms them on People"), "info")
        return redirect("people")
    is_faulty = bool(form.errors) or any(one.faults for one in lines)
    shown = {
        "form": form,
        "lines": lines,
        "is_faulty": is_faulty,
        "mark": mark,
        "WORDS": WORDS,
        "unit": next(iter(unit_folders()), ""),
    }
    return render(request, "accounts/several.html", shown, status=422 if is_faulty else 200)


@allowed(
    "people/waiting/<int:waiting>/",
    "second-administrator",
    write=ADMINISTRATORS,
    post_only=True,
    is_fresh=True,
)
@sensitive_variables("link")
def second(request: Request, waiting: int) -> HttpResponseBase:
    """Confirms or declines a change that waits for a second administrator. Its requester can withdraw it."""
    one = get_object_or_404(Waiting.objects.select_related("of", "by"), pk=waiting)
    is_confirmed = request.POST.get("answer") == "confirm"
    link = confirming.answer(request.user, one, is_confirmed)
    if link:
        return _links(request, [(one.of, link)])
    return done(request, tell("Confirmed: it holds now") if is_confirmed else tell("Declined"), "people")


@allowed("people/<int:person>/roles/<int:grant>/", "take-role", write=ADMINISTRATORS, is_fresh=True)
def take_role(request: Request, person: int, grant: int) -> HttpResponseBase:
    """Revokes a role. The last administrator keeps theirs."""
    given = get_object_or_404(Grant.objects.select_related("user"), pk=grant, user_id=person)
    if request.method == "POST":
        of = given.user
        if given.role == Role.ADMINISTRATOR:
            confirming.ask(request.user, Kind.TAKE, of, given.role, given.unit)
            _tell_waiting(request, Kind.TAKE, of)
        else:
            with transaction.atomic():
                given.delete()
                record(request.user, "role.take", of.username, role=given.role, unit=given.unit)
    return redirect("person", person=person)


@allowed("people/<int:person>/close/", "close-account", write=ADMINISTRATORS, is_fresh=True)
def close(request: Request, person: int) -> HttpResponseBase:
    """Closes an account or reopens it. Records keep the name."""
    of = get_object_or_404(User, pk=person)
    if request.method == "POST":
        kind = Kind.CLOSE if of.is_active else Kind.OPEN
        confirming.ask(request.user, kind, of)
        _tell_waiting(request, kind, of)
    return redirect("person", person=person)


@allowed("people/<int:person>/link/", "new-link", write=ADMINISTRATORS, is_fresh=True)
@sensitive_variables("link")
def new_link(request: Request, person: int) -> HttpResponseBase:
    """Makes a link with which the user chooses a password, and shows it once to the administrator."""
    of = get_object_or_404(User, pk=person, is_active=True)
    if request.method != "POST":
        return redirect("person", person=person)
    if of == request.user:
        say(request, tell("change your own password on the page of your account"), "error")
        return redirect("person", person=person)
    link = confirming.ask(request.user, Kind.LINK, of)
    if not link:
        _tell_waiting(request, Kind.LINK, of)
        return redirect("person", person=person)
    return _links(request, [(of, link)])


@allowed("people/links/", "new-links", write=ADMINISTRATORS, post_only=True, is_fresh=True)
@sensitive_variables("links")
def new_links(request: Request) -> HttpResponseBase:
    """Makes links for the selected users who have no password yet, and shows them once. If a second
    administrator has to confirm a link, it waits."""
    wanted = [int(one) for one in request.POST.getlist("person") if one.isdecimal()]
    chosen = User.objects.filter(pk__in=wanted, is_active=True).order_by("username")
    links, n_waiting = list[tuple[User, str]](), 0
    for of in chosen:
        if of.has_usable_password() or of == request.user:
            continue
        if link := confirming.ask(request.user, Kind.LINK, of):
            links.append((of, link))
        else:
            n_waiting += 1
    if n_waiting:
        say(request, tell("It waits for a second administrator, who confirms it on People"), "info")
    return _links(request, links) if links else redirect("people")


def _links(request: Request, links: Sequence[tuple[User, str]]) -> HttpResponse:
    """Returns the page with the links of these users, shown once to the administrator who hands them over."""
    whole = [(of, request.build_absolute_uri(link)) for of, link in links]
    return render(request, "accounts/links.html", {"links": whole})


@allowed("people/<int:person>/sessions/", "end-sessions", write=ADMINISTRATORS, post_only=True, is_fresh=True)
def end_of(request: Request, person: int) -> HttpResponseBase:
    """Ends all sessions of a user."""
    of = get_object_or_404(User, pk=person)
    n = end_sessions(of, but=request.session.session_key)
    record(request.user, "sessions.end", of.username, n=n)
    return done(
        request, tell_n("{n} session was ended", "{n} sessions were ended", n), "person", person=person
    )


@allowed("people/sessions/", "end-all-sessions", write=ADMINISTRATORS, post_only=True, is_fresh=True)
def end_all(request: Request) -> HttpResponseBase:
    """Ends all sessions of all users, except the current one."""
    n = end_sessions(None, but=request.session.session_key)
    record(request.user, "sessions.end", "", n=n)
    return done(request, tell_n("{n} session was ended", "{n} sessions were ended", n), "people")


@allowed("people/<int:person>/factor/", "forget-factor", write=ADMINISTRATORS, post_only=True, is_fresh=True)
def forget_factor(request: Request, person: int) -> HttpResponseBase:
    """Removes a user's lost second factor. The user then signs in by password and adds another."""
    of = get_object_or_404(User, pk=person, is_active=True)
    if of == request.user:
        say(request, tell("another administrator resets your own second factor"), "error")
    elif not Authenticator.objects.filter(user=of).exists():
        say(request, tell("this person has no second factor yet"), "info")
    else:
        confirming.ask(request.user, Kind.FACTOR, of)
        if not _tell_waiting(request, Kind.FACTOR, of):
            say(request, tell("{name} signs in by password and adds a new second factor", name=of.name))
    return redirect("person", person=person)
