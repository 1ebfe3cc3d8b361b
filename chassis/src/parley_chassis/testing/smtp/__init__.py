"""A real SMTP server for tests and drills: inside a test, or as a process of its own (`python -m parley_chassis.testing.smtp`)."""

from parley_chassis.testing.smtp.rules import Rule, Stage
from parley_chassis.testing.smtp.sink import Login, Mail, SmtpSink, running_smtp_sink

__all__ = ["Login", "Mail", "Rule", "SmtpSink", "Stage", "running_smtp_sink"]
