"""Hours as the terminals at the gate report them."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

from payroll.pay import Month


class Timesheets:
    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def months(self, month: str) -> Iterator[Month]:
        """Everybody's *month* (`2026-11`), by employee, read as it is asked for."""
        rows = self._connection.execute(
            "SELECT employee, hours, contract_hours, hourly, years FROM months"
            " WHERE month = ? ORDER BY employee",
            [month],
        )
        for employee, hours, contract, hourly, years in rows:
            yield Month(employee, Decimal(hours), Decimal(contract), Decimal(hourly), years)
