"""What a new member gets."""

from notify.mail import Mailer
from notify.templates import Templates


class Welcome:
    def __init__(self, templates: Templates, mailer: Mailer):
        self._templates = templates
        self._mailer = mailer

    def greet(self, name: str, address: str) -> None:
        message = self._templates.render("welcome", {"name": name})
        self._mailer.send(address, message)
