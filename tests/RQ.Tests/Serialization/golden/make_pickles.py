#!/usr/bin/python3
"""Writes pickles.txt: values of libraries that Python programs use, as pickles, and what each is read as.

One value a line: its name, the pickle in hex, and its description as in python_values.py, which the library's own tolist(), item() and so on
have helped to work out. The first part are values of Python itself. Run it in this directory, with Debian's python3-numpy, python3-tz,
python3-dateutil, python3-pandas, python3-psycopg2 and python3-pendulum: ./make_pickles.py > pickles.txt
"""

import datetime as dt
import json
import pickle
import warnings
import zoneinfo

import dateutil.tz
import numpy as np
import pandas as pd
import pendulum
import psycopg2.tz
import pytz

from python_values import describe, samples

warnings.simplefilter("ignore")


def line(name, value, expected, protocols=(0, 2, 4, 5)):
    for protocol in protocols:
        print(f"{name}, protocol {protocol}", pickle.dumps(value, protocol).hex(), json.dumps(describe(expected)), sep="\t")


def numpy_values():
    for kind in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"):
        info = np.iinfo(kind) if "int" in kind else None
        sample = [info.min, info.max, 1] if info else [0, 1, 1.5]
        for order in "<>":
            dtype = np.dtype(kind).newbyteorder(order)
            one = np.array(sample, dtype)
            line(f"numpy {order}{kind} array", one, one.tolist(), (0, 2, 4, 5))
        line(f"numpy {kind}", one.astype(kind)[1], one[1].item())
    for name, array in {
        "2 x 3": np.arange(6).reshape(2, 3),
        "2 x 3 x 4 Fortran": np.asfortranarray(np.arange(24, dtype=">i2").reshape(2, 3, 4)),
        "sliced": np.arange(20)[::3],
        "transposed": np.arange(6.0).reshape(2, 3).T,
        "no dimension": np.array(5),
        "0 x 3": np.zeros((0, 3)),
        "3 x 0": np.zeros((3, 0)),
        "text": np.array(["a", "é😀", ""]),
        "text big-endian": np.array(["a", "日"], dtype=">U3"),
        "bytes": np.array([b"a", b"bc\0d", b""]),
        "objects": np.array([1, "x", None, [2, (3,)]], dtype=object),
        "2 x 2 objects": np.array([[1, "x"], [None, 2.5]], dtype=object),
        "Fortran objects": np.asfortranarray(np.array([[1, "x"], [None, 2.5]], dtype=object)),
        "special floats": np.array([np.nan, np.inf, -np.inf, -0.0], dtype="f4"),
    }.items():
        line(f"numpy {name}", array, array.tolist())
    shared = np.arange(3)
    line("numpy shared", [shared, {"a": shared}], [[0, 1, 2], {"a": [0, 1, 2]}])
    for text in (np.str_("é日"), np.bytes_(b"ab\xff"), np.str_(""), np.bytes_(b"")):
        line(f"numpy {type(text).__name__}", text, text.item())
    for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us"):
        time = np.datetime64("2026-03-04T05:06:07.089", unit) if unit not in "YMWD" else np.datetime64("2026-03-04", unit)
        line(f"numpy datetime64[{unit}]", time, time.item(), (0, 2, 4, 5))
        if unit not in "YM":
            line(f"numpy timedelta64[{unit}]", np.timedelta64(-5, unit), np.timedelta64(-5, unit).item(), (2, 4))
    line("numpy datetime64[ns]", np.datetime64("2026-03-04T05:06:07.123456", "ns"), dt.datetime(2026, 3, 4, 5, 6, 7, 123456))
    line("numpy before 1970", np.datetime64("1969-12-31T23:59:59.999999", "ns"), dt.datetime(1969, 12, 31, 23, 59, 59, 999999))
    line("numpy NaT", np.datetime64("NaT"), None)
    line("numpy days", np.array(["2026-01-02", "NaT"], dtype="M8[D]"), [dt.date(2026, 1, 2), None])
    line("numpy in a dict", {"mean": np.float64(1.5), "n": np.int64(3), "ok": np.bool_(True)}, {"mean": 1.5, "n": 3, "ok": True})
    line("numpy as key", {np.int64(3): 1, (np.str_("x"), 1): 2}, {3: 1, ("x", 1): 2})


def zones():
    berlin = pytz.timezone("Europe/Berlin")
    moment = dt.datetime(2026, 7, 1, 12, 30, 15, 5)
    cest = dt.timezone(dt.timedelta(hours=2))
    line("pytz UTC", moment.replace(tzinfo=pytz.utc), moment.replace(tzinfo=dt.timezone.utc))
    line("pytz localized", berlin.localize(moment), moment.replace(tzinfo=cest))
    first, second = dt.datetime(2026, 10, 25, 0, 30, tzinfo=pytz.utc).astimezone(berlin), dt.datetime(2026, 10, 25, 1, 30, tzinfo=pytz.utc).astimezone(berlin)
    line("pytz shown twice", [first, second], [dt.datetime(2026, 10, 25, 2, 30, tzinfo=cest), dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))])
    # 53 minutes: what pytz has of before there were zones.
    line("pytz misused", moment.replace(tzinfo=berlin), moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=53))))
    line("pytz fixed", moment.replace(tzinfo=pytz.FixedOffset(-90)), moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=-90))))
    line("pytz static", moment.replace(tzinfo=pytz.timezone("Etc/GMT+5")), moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=-5))))
    line("pytz alone", [berlin, pytz.utc, pytz.FixedOffset(90)], ["Europe/Berlin", "UTC", "+01:30"])
    for name, zone in {"tzutc": dateutil.tz.tzutc(), "tzoffset": dateutil.tz.tzoffset("X", 5400), "gettz": dateutil.tz.gettz("America/New_York")}.items():
        for at in (moment, moment.replace(month=1)):
            line(f"dateutil {name}", [at.replace(tzinfo=zone)] * 2, [at.replace(tzinfo=dt.timezone(at.replace(tzinfo=zone).utcoffset()))] * 2)
    line("psycopg2", moment.replace(tzinfo=psycopg2.tz.FixedOffsetTimezone(offset=-90)), moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=-90))))


def pandas_values():
    moment = dt.datetime(2026, 7, 1, 12, 30, 15, 5)
    cest = dt.timezone(dt.timedelta(hours=2))
    line("pandas Timestamp", pd.Timestamp(moment), moment)
    line("pandas Timestamp before 1970", pd.Timestamp(1901, 1, 1, 1, 1, 1, 1), dt.datetime(1901, 1, 1, 1, 1, 1, 1))
    line("pandas Timestamp with zone", pd.Timestamp(moment.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))), moment.replace(tzinfo=cest))
    line("pandas Timestamp with pytz", pd.Timestamp(moment, tz="Europe/Berlin"), moment.replace(tzinfo=cest))
    line("pandas Timestamp in UTC", pd.Timestamp(moment, tz="UTC"), moment.replace(tzinfo=dt.timezone.utc))
    line("pandas NaT", [pd.NaT, {"at": pd.NaT}], [None, {"at": None}])
    line("pandas Timedelta", pd.Timedelta(days=-3, microseconds=5), dt.timedelta(days=-3, microseconds=5))


def main():
    for n, (made, description) in enumerate(samples(300, "golden")):
        print(f"Python's own {n}", made.hex(), json.dumps(description), sep="\t")
    numpy_values()
    zones()
    pandas_values()
    moment = dt.datetime(2026, 7, 1, 12, 30, 15, 5)
    line("pendulum in UTC", pendulum.instance(moment, tz="UTC"), moment.replace(tzinfo=dt.timezone.utc))


main()
