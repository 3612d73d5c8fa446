import csv
import sys
from datetime import datetime

import click

from fleet.durations import show_duration
from fleet.trips import Trip, check_trip


@click.group()
def main():
    """Figures of the fleet."""


@main.command()
@click.argument("table", type=click.File())
def longest(table):
    """The ten longest trips in TABLE."""
    trips = [read(row) for row in csv.DictReader(table)]
    for trip in sorted(trips, key=lambda trip: trip.start - trip.end)[:10]:
        print(trip.car, trip.driver, show_duration(trip.end - trip.start), sep="\t")


def read(row) -> Trip:
    start, end = (datetime.fromisoformat(row[name]) for name in ("start", "end"))
    trip = Trip(row["car"], row["driver"], start, end, int(row["km"]))
    try:
        check_trip(trip)
    except ValueError as error:
        sys.exit(f"{row['car']} {row['start']}: {error}")
    return trip
