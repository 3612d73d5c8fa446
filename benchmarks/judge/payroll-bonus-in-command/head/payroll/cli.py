import argparse
import sqlite3
import sys
from dataclasses import replace
from decimal import Decimal

from payroll.pay import CENT, slip
from payroll.timesheets import Timesheets


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(prog="payroll")
    parser.add_argument("database")
    parser.add_argument("month", help="such as 2026-11")
    options = parser.parse_args(argv)
    with sqlite3.connect(options.database) as connection:
        for month in Timesheets(connection).months(options.month):
            pay = slip(month)
            if options.month.endswith("-11") and month.years >= 1:
                share = Decimal(1) if month.years >= 5 else Decimal("0.5")
                bonus = (share * month.contract_hours * month.hourly).quantize(CENT)
                pay = replace(pay, bonus=bonus)
            print(pay.employee, pay.regular, pay.overtime, pay.bonus, pay.gross, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
