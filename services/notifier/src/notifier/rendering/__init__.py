"""What a mail says: words in the reader's language, a text and an HTML part, headers, one direct link."""

from notifier.rendering.links import LinkMaker
from notifier.rendering.renderer import BrokenTemplate, Renderer
from notifier.rendering.samples import sample_jobs
from notifier.rendering.showing import COMMAND as MAILS

__all__ = ["MAILS", "BrokenTemplate", "LinkMaker", "Renderer", "sample_jobs"]
