"""Tickets that nobody answered go to the manager."""

from datetime import datetime, timedelta

from helpdesk.directory import Directory

PATIENCE = timedelta(hours=48)


class Escalation:
    def __init__(self, tickets, directory: Directory, mailer):
        self._tickets = tickets
        self._directory = directory
        self._mailer = mailer

    def run(self, now: datetime, batch: int = 50) -> int:
        """Escalate up to *batch* tickets; how many there were. Each is escalated once."""
        overdue = self._tickets.unanswered_since(now - PATIENCE, batch)
        for ticket in overdue:
            manager = self._directory.manager_of(ticket.assignee)
            deputy = self._directory.deputy_of(manager)
            text = f"Ticket {ticket.number} waits since {ticket.opened}"
            for address in filter(None, (manager, deputy)):
                self._mailer.send(address, text)
            self._tickets.mark_escalated(ticket.number, now)
        return len(overdue)
