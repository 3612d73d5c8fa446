import smtplib
from email.message import EmailMessage

from notify.templates import Message


class Mailer:
    def __init__(self, host: str, sender: str):
        self._host = host
        self._sender = sender

    def send(self, address: str, message: Message) -> None:
        """Raises smtplib.SMTPException and OSError."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, address
        mail["Subject"] = message.subject
        mail.set_content(message.body, subtype="html")
        with smtplib.SMTP(self._host, timeout=10) as smtp:
            smtp.send_message(mail)
