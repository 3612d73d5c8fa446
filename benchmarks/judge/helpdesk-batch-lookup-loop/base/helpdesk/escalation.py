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
            self._mailer.send(manager, f"Ticket {ticket.number} waits since {ticket.opened}")
            self._tickets.mark_escalated(ticket.number, now)
        return len(overdue)
