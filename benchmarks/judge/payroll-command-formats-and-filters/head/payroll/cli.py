import argparse
import json
import sqlite3
import sys

from payroll.pay import slip
from payroll.timesheets import Timesheets


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(prog="payroll")
    parser.add_argument("database")
    parser.add_argument("month", help="such as 2026-11")
    parser.add_argument("--employee", action="append", default=[], metavar="NAME")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    missing = set(options.employee)
    with sqlite3.connect(options.database) as connection:
        for month in Timesheets(connection).months(options.month):
            if options.employee and month.employee not in options.employee:
                continue
            missing.discard(month.employee)
            pay = slip(month)
            row = [pay.employee, str(pay.regular), str(pay.overtime), str(pay.gross)]
            if options.json:
                names = ("employee", "regular", "overtime", "gross")
                print(json.dumps(dict(zip(names, row, strict=True))))
            else:
                print(*row, sep="\t")
    if missing:
        print(f"no hours: {', '.join(sorted(missing))}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
