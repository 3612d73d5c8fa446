import argparse
import sqlite3
import sys

from payroll.pay import slip
from payroll.timesheets import Timesheets


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(prog="payroll")
    parser.add_argument("database")
    parser.add_argument("month", help="such as 2026-11")
    options = parser.parse_args(argv)
    with sqlite3.connect(options.database) as connection:
        for month in Timesheets(connection).months(options.month):
            pay = slip(month)
            print(pay.employee, pay.regular, pay.overtime, pay.gross, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
