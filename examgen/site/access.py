"""The pages of the site: each view declares its URL, its name and the roles that may open it. A test opens
every page with every role.

    @allowed("bank/<str:unit>/<str:item>/", "bank-item", read=BANK, write={Role.WRITER})
    def item(request, unit, item): ...

GET and HEAD are reading; everything else is writing. A role is required in the unit in the URL, or in every
unit of the exam in the URL. An auditor reads every page that is not `secret` and writes nothing; other roles
of an auditor are ignored (`grants_of`). No page reveals whether something exists that the user may not see:
without the role, the response is 403 either way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, wraps
from typing import Any, Literal, NamedTuple, TypeVar

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path, resolve

from examgen.core.problems import Refused
from examgen.site.accounts.models import EVERYBODY, Role, grants_of, is_auditor
from examgen.site.requests import this_page, wants_part
from examgen.site.workspace import exam_folders, units_of_exam

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
Within = Literal["site", "unit", "exam"]
READING = {"GET", "HEAD", "OPTIONS"}


class Access(NamedTuple):
    """The access rules of a page. Without any roles, nobody may open it."""

    read: frozenset[Role]
    write: frozenset[Role]
    within: Within
    is_secret: bool
    is_public: bool
    post_only: bool = False

    def roles(self, method: str) -> frozenset[Role]:
        """Returns the roles of which the user needs one for a request with this method."""
        if method not in READING:
            return self.write
        return self.read if self.is_secret else self.read | {Role.AUDITOR}


PAGES: list[URLPattern] = []
"""The URL patterns of all loaded views."""


def allowed(
    route: str,
    name: str,
    read: Collection[Role] = (),
    write: Collection[Role] = (),
    secret: bool = False,
    post_only: bool = False,
    is_fresh: bool = False,
) -> Callable[[View], View]:
    """Declares a view for some roles; `secret` excludes auditors as well. Roles that may write may also read.
    A `post_only` view accepts only POST, and `is_fresh` applies `fresh`."""
    within: Within = "exam" if "<str:exam>" in route else "unit" if "<str:unit>" in route else "site"
    access = Access(frozenset(read) | frozenset(write), frozenset(write), within, secret, False, post_only)
    return lambda view: _page(route, name, fresh(view) if is_fresh else view, access)


def public(route: str, name: str) -> Callable[[View], View]:
    """Declares a view for everybody, even without an account."""
    return lambda view: _page(route, name, view, Access(frozenset(), frozenset(), "site", False, True))


def signed_in(route: str, name: str) -> Callable[[View], View]:
    """Declares a view for every user with an account."""
    return lambda view: _page(route, name, view, Access(EVERYBODY, EVERYBODY, "site", False, False))


def fresh(view: View) -> View:
    """Requires for writing that the user entered password or second factor in the last ten minutes; what was
    sent is processed after that. Not required in a demo."""
    asks: Callable[[View], View] = reauthentication_required(
        allow_get=True, enabled=lambda request: not settings.SITE.is_demo
    )
    return asks(view)


def _page(route: str, name: str, view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.is_public:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            check(request, access, kwargs)
        if access.post_only and request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    PAGES.append(path(route, guarded, name=name))
    return guarded  # type: ignore[return-value]


def _to_sign_in(request: Any) -> HttpResponseBase:
    """Redirects to the sign-in page and back. If a form was sent, the page says that it was not accepted. A
    request for a part of a page gets status 401; a reading one reloads the whole page, and others keep what
    is being written."""
    if wants_part(request):
        headers = {"HX-Refresh": "true"} if request.method in READING else None
        return HttpResponse(status=401, headers=headers)
    answer = redirect_to_login(this_page(request))
    if request.method not in READING:
        answer.headers["location"] += "&unsent=1"
    return answer


def check(request: HttpRequest, access: Access, named: dict[str, Any]) -> None:
    """Raises PermissionDenied unless the user has one of the required roles for the unit or exam in the
    URL."""
    check_user(request.user, request.method or "POST", access, named)


def check_user(user: Any, method: str, access: Access, named: dict[str, Any]) -> None:
    """Does the same as `check` for a user and a method. Raises Http404 if the exam does not exist."""
    roles = access.roles(method)
    if access.is_public or access.write == EVERYBODY:
        return
    if method not in READING and is_auditor(user):
        raise PermissionDenied
    if access.within == "site":
        if not any(one.role in roles for one in grants_of(user)):
            raise PermissionDenied
        return
    units = {named["unit"]} if access.within == "unit" else units_of_exam(named["exam"])
    if not may(user, roles, units):
        raise PermissionDenied
    if units is None:
        raise Http404


@cache
def readers(address: str) -> frozenset[Role]:
    """Returns the roles that may open the page at this URL, in some unit or in all."""
    access: Access = resolve(address).func.access  # type: ignore[attr-defined]
    return access.roles("GET")


def opens(user: Any, address: str) -> bool:
    """Returns whether the user may open the page at this URL, so that no link leads to a refusal."""
    try:
        found = resolve(address.partition("?")[0])
        check_user(user, "GET", found.func.access, found.kwargs)  # type: ignore[attr-defined]
    except (Http404, PermissionDenied):
        return False
    return True


def may(user: Any, roles: Collection[Role], units: Collection[str] | None) -> bool:
    """Returns whether the user has one of the roles in each of the units. `units` is None for an exam that
    does not exist; a role in all units is then enough."""
    held = [one.unit for one in grants_of(user) if one.role in roles]
    return "" in held or (bool(units) and all(unit in held for unit in units or ()))


def exams_of_unit(user: Any, roles: Collection[Role], unit: str) -> list[str]:
    """Returns the exams that include a unit and for all of whose units the user has one of the roles."""
    found = ((name, units_of_exam(name) or ()) for name in exam_folders())
    return [name for name, units in found if unit in units and may(user, roles, units)]


def check_still(user: Any, roles: Collection[Role], units: Collection[str] | None) -> None:
    """Raises Refused if the user has lost the roles that a job requires by the time it runs."""
    if not may(user, roles, units):
        raise Refused.because("you may no longer do this: the role that it asks for was taken from you")


def units_for(user: Any, roles: Collection[Role]) -> set[str] | None:
    """Returns the units in which the user has one of the roles; None for all units."""
    held = {one.unit for one in grants_of(user) if one.role in roles}
    return None if "" in held else held
