"""`python -m parley_bench.helpdesk`: the peer of B5 that looks for old tickets, django-helpdesk's own `escalate_tickets` on SQLite."""

import sys
from datetime import timedelta
from types import ModuleType

from parley_bench import peers

APPS = ("contenttypes", "auth", "sites", "sessions", "messages", "admin", "humanize")


def main(items: int) -> None:
    """Tickets that have been open for two days, in a queue that gives them one."""
    peers.find()
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "helpdesk"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF=_urls(),
        HELPDESK_TEAMS_MODE_ENABLED=False,
        SECRET_KEY="bench",
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    _urls_of_helpdesk()
    from django.core import mail
    from django.core.management import call_command
    from django.utils import timezone
    from helpdesk.models import Queue, Ticket

    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    queue = Queue.objects.create(title="Orders", slug="orders", escalate_days=1, email_address="support@bench.example")
    for n in range(items):
        Ticket.objects.create(queue=queue, title=f"Where is parcel {n}?", submitter_email=f"anna-{n}@people.example", priority=3)
    Ticket.objects.update(created=timezone.now() - timedelta(days=2))
    mail.outbox = []
    peers.ready()
    call_command("escalate_tickets")
    peers.say(len(mail.outbox))
    sys.stdin.readline()


def _urls() -> str:
    """The module of addresses that Django asks for; a mail names its ticket's."""
    module = ModuleType("parley_bench_urls")
    module.urlpatterns = []  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    return module.__name__


def _urls_of_helpdesk() -> None:
    from django.urls import include, path

    sys.modules["parley_bench_urls"].urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))


if __name__ == "__main__":
    main(int(sys.argv[1]))
