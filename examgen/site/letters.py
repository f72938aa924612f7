"""A daily e-mail to users for whom work waits, if the body has set up mail: what, how much, and where.

It contains no more than the first page of the site: kinds of work, numbers, codes of units and exams; no name
of a candidate, no item, no key, and no link that signs anybody in.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from examgen.bank.settings import MailSettings
from examgen.bank.workspaces import site_settings
from examgen.core.files import read_input
from examgen.core.problems import ExamgenError
from examgen.core.words import tell, tell_n
from examgen.site.accounts.models import User
from examgen.site.language import told
from examgen.site.waiting import Task, tasks_of
from examgen.site.workspace import workspace

log = logging.getLogger("examgen.letters")
_PATIENCE = 20
"""The timeout of the mail server, in seconds."""


def mail_settings() -> MailSettings | None:
    """Returns the settings of the mail server; None if there are none, or the settings have faults."""
    try:
        return site_settings(workspace()).mail
    except ExamgenError:
        return None


def send_letters() -> int:
    """Sends an e-mail to every user with an address for whom work waits and who got none today, from the
    configured hour on. Returns the number of e-mails. Errors of the mail server are logged, and the next call
    tries again."""
    mail, now = mail_settings(), timezone.localtime()
    if mail is None or now.hour < mail.hour:
        return 0
    today = now.date()
    people = User.objects.filter(
        Q(written_on=None) | Q(written_on__lt=today), is_active=True, is_written_to=True
    )
    n = 0
    try:
        with _server(mail) as server:
            for user in people.exclude(email="").order_by("pk"):
                if tasks := tasks_of(user):
                    try:
                        n += bool(server.send_messages([_letter(user, tasks, mail)]))
                    except smtplib.SMTPRecipientsRefused as error:  # one address: those after it get theirs
                        log.error("letters: %s: %s", user.username, error)
                        continue
                User.objects.filter(pk=user.pk).update(written_on=today)
    except (OSError, smtplib.SMTPException, ExamgenError) as error:
        log.error("letters: %s", error)
    return n


def _server(mail: MailSettings) -> EmailBackend:
    """Returns the connection to the mail server, not yet opened."""
    path = mail.password_file
    return EmailBackend(
        host=mail.host,
        port=mail.port,
        username=mail.user,
        password="" if path is None else read_input(Path(path)).decode("utf-8").strip(),
        use_tls=mail.security == "starttls",
        use_ssl=mail.security == "tls",
        timeout=_PATIENCE,
    )


def _letter(user: Any, tasks: Sequence[Task], mail: MailSettings) -> EmailMessage:
    """Returns the e-mail about the work that waits for a user, in their language."""
    base = mail.address.rstrip("/")
    with override(user.language):
        n = len(tasks)
        subject = told(tell_n("{n} thing waits for you in examgen", "{n} things wait for you in examgen", n))
        lines = [
            told(tell("Hello, {name}", name=str(user))),
            "",
            *(f"- {told(one.words)} ({one.about})\n  {base}{one.address}" for one in tasks),
            "",
            told(
                tell(
                    "You get this letter once a day while something waits for you. "
                    "Your first page has a button that stops it: {address}",
                    address=f"{base}/",
                )
            ),
        ]
    return EmailMessage(subject, "\n".join(map(str, lines)) + "\n", mail.sender, [user.email])
