"""The story from beginning to end; it fails with Missing where something that belongs to it does not happen."""

from parley_local.demo.aftermath import aftermath
from parley_local.demo.complaint import complaint
from parley_local.demo.guest import guest
from parley_local.demo.scene import Scene
from parley_local.demo.silence import silence
from parley_local.demo.telling import Teller
from parley_local.layout import Layout
from parley_local.people import PEOPLE
from parley_local.ports import HOST

QUEUES = ("support@fastlane.example", "support@marktplatz.example")


async def tell(layout: Layout, teller: Teller) -> None:
    async with Scene(layout, teller) as scene:
        await scene.inbox.forget(*QUEUES, *(person.email for person in PEOPLE))
        conversations = [await complaint(scene), await guest(scene), await silence(scene)]
        await aftermath(scene, conversations)
        teller.chapter(f"That was the story, in {teller.seconds():.0f} s. All mails: http://{HOST}:{layout.port('inbox')}")
