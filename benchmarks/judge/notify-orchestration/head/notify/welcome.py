"""What a new member gets."""

from notify.mail import Mailer
from notify.templates import Templates


class Welcome:
    def __init__(self, templates: Templates, mailer: Mailer, contacts):
        self._templates = templates
        self._mailer = mailer
        self._contacts = contacts

    def greet(self, name: str, address: str, sponsor: str | None = None) -> None:
        self._send("welcome", name, address)
        if sponsor is not None:
            self._send("sponsor", name, sponsor)

    def _send(self, template: str, name: str, address: str) -> None:
        message = self._templates.render(template, {"name": name})
        self._mailer.send(address, message)
        self._contacts.record(address, template)
