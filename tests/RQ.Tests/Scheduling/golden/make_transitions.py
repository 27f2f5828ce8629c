#!/usr/bin/python3
"""Writes transitions.txt: when three cron expressions are due around each change of clocks from 2020 to 2030.

The rule, as CronSchedule.TimeZone words it: a local time that is skipped because clocks go forward is due once, right after
the gap; one that comes twice because they go back is due once, the first time; expressions that are intervals go on through both.

It is worked out here minute by minute, with Python's zoneinfo and the time zone data of the system (or of the directory PYTHONTZPATH), without any of the
code under test. Run it in this directory when a new version of NodaTime has changed a zone's rules: ./make_transitions.py > transitions.txt
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran", "UTC"]
YEARS = range(2020, 2031)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# expression -> (does the wall clock match, is it an interval)
EXPRESSIONS = {
    "30 2 * * *": (lambda wall: (wall.hour, wall.minute) == (2, 30), False),
    "*/15 * * * *": (lambda wall: wall.minute % 15 == 0, True),
    "0 0 * * *": (lambda wall: (wall.hour, wall.minute) == (0, 0), False),
}


def wall_clock(instant, zone):
    return instant.astimezone(zone).replace(tzinfo=None)


def transitions(zone):
    """Pairs of instant and (offset before, offset after)."""
    instant, end = datetime(YEARS[0], 1, 1, tzinfo=timezone.utc), datetime(YEARS[-1] + 1, 1, 1, tzinfo=timezone.utc)
    while instant < end:
        later = instant + HOUR
        if instant.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            at = next(m for m in (instant + MINUTE * n for n in range(1, 61))
                      if m.astimezone(zone).utcoffset() != instant.astimezone(zone).utcoffset())
            yield at, instant.astimezone(zone).utcoffset(), at.astimezone(zone).utcoffset()
        instant = later


def due(expression, zone, start, end):
    """The instants in [start, end) at which the expression is due."""
    matches, is_interval = EXPRESSIONS[expression]
    # Everything that the wall clock showed on the days before, so that a second time is known.
    shown = set()
    instant = start - 2 * DAY
    before = wall_clock(instant - MINUTE, zone)
    while instant < end:
        wall = wall_clock(instant, zone)
        skipped = [before + MINUTE * n for n in range(1, (wall - before) // MINUTE)]
        hit = any(matches(s) for s in skipped if s not in shown) or (matches(wall) and (is_interval or wall not in shown))
        if hit and instant >= start:
            yield instant
        shown.add(wall)
        before = wall
        instant += MINUTE


def window(title, zone_name, start, end, expression):
    zone = ZoneInfo(zone_name)
    text = lambda t: t.strftime("%Y-%m-%dT%H:%MZ")
    print(f"{title}\t{zone_name}\t{expression}\t{text(start)}\t{text(end)}")
    for instant in due(expression, zone, start, end):
        print(f"\t{instant.astimezone(zone).isoformat(timespec='minutes')}\t{text(instant)}")


def local_midnight(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def main():
    version = open(Path(TZPATH[0], "tzdata.zi")).readline().split()[-1]
    print(f"# Made by make_transitions.py with tzdata {version}.")
    print("# change: zone, instant, minutes from UTC before and after it")
    print("# around | quiet: zone, expression, from, until; below it when the expression is due in between, locally and in UTC")
    for name in ZONES:
        zone = ZoneInfo(name)
        changes = list(transitions(zone))
        for at, old, new in changes:
            print(f"change\t{name}\t{at.strftime('%Y-%m-%dT%H:%MZ')}\t{old // MINUTE}\t{new // MINUTE}")
            day = wall_clock(at, zone).date()
            for expression, (_, is_interval) in EXPRESSIONS.items():
                if is_interval:
                    window("around", name, at - 4 * HOUR, at + 4 * HOUR, expression)
                else:
                    window("around", name, local_midnight(day - DAY, zone), local_midnight(day + 2 * DAY, zone), expression)
        for year in YEARS:
            # The first day of the year from which on nothing changes for four days.
            day = next(d for d in (datetime(year, 1, 10, 12, tzinfo=timezone.utc) + DAY * n for n in range(300))
                       if all(abs(at - d) > 4 * DAY for at, _, _ in changes))
            for expression, (_, is_interval) in EXPRESSIONS.items():
                window("quiet", name, day, day + (2 * HOUR if is_interval else 2 * DAY), expression)


main()
