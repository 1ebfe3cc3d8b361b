"""What the dispatcher tells about itself."""

from parley_chassis.telemetry import counter, gauge, histogram

ATTEMPTS = counter("parley_mail_attempts_total", "Attempts to hand over a mail, by what became of them", ["outcome"])
SETTLED = counter("parley_mails_settled_total", "Deliveries that ended without an attempt of their own, by how", ["state"])
DELAY = histogram(
    "parley_mail_delay_seconds",
    "From an event to the mail server's acceptance of its first mail",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 14400, 86400),
)
OLDEST = gauge("parley_mail_oldest_due_age_seconds", "How long the oldest mail that is due has been so")
BREAKER = gauge("parley_smtp_breaker_open", "1 while the mail server is left alone, but for a probe")
OPENED = counter("parley_smtp_breaker_opened_total", "How often the mail server was left alone after failures in a row")
RESTING = gauge("parley_mail_hosts_resting", "Recipients' mail hosts that are left alone for a while")
PAUSED = gauge("parley_mail_paused", "1 while a person holds back the mail of this market; `all` is that of every market", ["market"])
UNDER_WAY = gauge("parley_mails_under_way", "Mails that are being handed over now")
