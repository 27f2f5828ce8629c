#!/usr/bin/python3
"""Values of Python's own types as pickles, and what each is as plain data.

  python_values.py write COUNT SEED    prints a line per value: its pickle in hex, a tab, the description of the data it should be read as.
  python_values.py check COUNT SEED    reads a pickle in hex per line, as another implementation wrote back what it has read, and compares the
                                       values in it with the descriptions of the same count and seed.

A description is JSON, a list of a type and its content: ["i", "1"], ["l", [...]] and so on, see describe(). What a value should be read as is
worked out here, by plain(), from the value and never from its pickle.
"""

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import json
import math
import pathlib
import pickle
import pickletools
import random
import struct
import sys
import types
import uuid
import zoneinfo


class Color(enum.Enum):
    RED = 1
    GREEN = "green"
    PAIR = (1, 2)


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 10


class Kind(str, enum.Enum):
    MAIL = "mail"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Mode(enum.IntFlag):
    A = 1
    B = 2


class Outer:
    class Inner(enum.Enum):
        ONE = "one"


Point = collections.namedtuple("Point", "x y")
Single = collections.namedtuple("Single", "x")


@dataclasses.dataclass
class Plain:
    first: object
    second: object


@dataclasses.dataclass(slots=True)
class Slotted:
    first: object
    second: object


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlotted:
    first: object
    second: object


@dataclasses.dataclass(frozen=True)
class Frozen:
    first: object
    second: object


class HalfSlotted(Plain):
    __slots__ = ("third",)


class OfState:
    def __init__(self, state):
        self.state = state

    def __getstate__(self):
        return {"kept": self.state}


class Keywords:
    def __new__(cls, *, value):
        made = super().__new__(cls)
        made.value = value
        return made

    def __getnewargs_ex__(self):
        return (), {"value": self.value}

    def __getstate__(self):
        return None


class Text(str): pass
class Number(int): pass
class Real(float): pass
class Raw(bytes): pass
class Items(list): pass
class Table(dict): pass
class Group(set): pass
class FrozenGroup(frozenset): pass
class Row(tuple): pass
class Deque(collections.deque): pass
class Ordered(collections.OrderedDict): pass
class Default(collections.defaultdict): pass
class When(dt.datetime): pass
class Day(dt.date): pass
class AppError(Exception): pass


# Python 3.11.0 to 3.11.3 write the names of enum members, all others their values.
WRITES_NAMES = b"getattr" in pickle.dumps(Color.RED, 4)
SCALARS = (bool, int, float, str, bytes)


def plain_enum(member):
    if not WRITES_NAMES:
        return member.value
    if isinstance(member, enum.Flag) and member.name not in type(member).__members__:
        return ", ".join(part.name for part in reversed(list(member))) if member.value else member.value
    return member.name


def plain(value, protocol):
    """The data that a value of a class is read as; builtin containers and value types stay."""
    if isinstance(value, enum.Enum):
        return plain_enum(value)
    kind = type(value)
    if kind is Single:
        # Its pickle is that of a subclass of str, int and so on, or of tuple.
        return value[0] if protocol >= 2 and type(value[0]) in SCALARS + (tuple,) else (value[0],)
    if kind in (Point, Row):
        return tuple(value)
    if kind is FrozenSlotted:
        return [value.first, value.second]
    if kind is HalfSlotted:
        return {"first": value.first, "second": value.second, "third": value.third}
    if kind in (Plain, Slotted, Frozen):
        return {"first": value.first, "second": value.second}
    if kind is OfState:
        return {"kept": value.state}
    if kind is Keywords:
        return {"value": value.value}
    for subclass, base in ((Text, str), (Number, int), (Real, float), (Raw, bytes), (Table, dict), (Ordered, dict), (Default, dict), (Items, list),
                           (Group, list), (FrozenGroup, list), (Deque, list)):
        if kind is subclass:
            return base(value)
    if protocol < 4 and isinstance(value, dt.datetime):
        # Those have no place for it.
        value = value.replace(fold=0)
    if kind is When:
        return dt.datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold)
    if kind is Day:
        return dt.date(value.year, value.month, value.day)
    if kind is AppError:
        if value.__dict__:
            return {"type": kind.__module__ + ".AppError", "args": list(value.args), **value.__dict__}
        return {} if not value.args else value.args[0] if len(value.args) == 1 else value.args
    if isinstance(value, BaseException):
        return {"type": "builtins." + kind.__name__, "args": list(value.args), **value.__dict__}
    if kind is types.SimpleNamespace:
        return value.__dict__
    if kind in (collections.UserDict, collections.UserList, collections.UserString):
        return value.data
    if isinstance(value, (collections.deque, range, array.array)):
        return list(value)
    if isinstance(value, (collections.OrderedDict, collections.Counter, collections.defaultdict)):
        return dict(value)
    if kind is fractions.Fraction:
        return f"{value.numerator}/{value.denominator}"
    if kind is bytearray:
        return bytes(value)
    if isinstance(value, (pathlib.PurePath, ipaddress._IPAddressBase)):
        return str(value)
    if kind is zoneinfo.ZoneInfo:
        return value.key
    if kind is dt.timezone:
        return offset_text(value.utcoffset(None)) if value.utcoffset(None) else "UTC"
    if kind is dt.time and value.tzinfo is not None:
        return value.replace(tzinfo=None).isoformat() + f"[{value.tzinfo.key}]" if type(value.tzinfo) is zoneinfo.ZoneInfo else value.isoformat()
    if kind is dt.timedelta and not -2**63 <= (value // dt.timedelta(microseconds=1)) * 10 < 2**63:
        return str(value)
    if kind is decimal.Decimal and not fits_dotnet(value):
        return str(value)
    if kind is dt.datetime and value.tzinfo is not None and type(value.tzinfo) is not dt.timezone:
        return value.replace(tzinfo=dt.timezone(value.utcoffset()), fold=0)
    return value


def offset_text(offset):
    return dt.time(0, tzinfo=dt.timezone(offset)).isoformat()[8:]


def fits_dotnet(number):
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    coefficient = int("".join(map(str, digits)))
    return -28 <= exponent <= 28 and len(str(coefficient)) <= 29 and coefficient * 10 ** max(exponent, 0) < 2**96


def describe(value, protocol=4):
    value = plain(value, protocol)
    again = lambda items: [describe(item, protocol) for item in items]
    kind = type(value)
    if value is None:
        return ["n"]
    if kind is bool:
        return ["b", value]
    if kind is int:
        return ["i", str(value)]
    if kind is float:
        return ["f", "nan" if math.isnan(value) else struct.pack(">d", value).hex()]
    if kind is complex:
        return ["c", again((value.real, value.imag))]
    if kind is str:
        return ["s", value]
    if kind is bytes:
        return ["y", value.hex()]
    if kind is list:
        return ["l", again(value)]
    if kind is tuple:
        return ["t", again(value)]
    if kind is dict:
        return ["d", [[describe_key(key, protocol), describe(item, protocol)] for key, item in value.items()]]
    if kind in (set, frozenset):
        return ["e", sorted((describe_key(item, protocol) for item in value), key=json.dumps)]
    if kind is decimal.Decimal:
        return ["dec", format(value, "f")]
    if kind is uuid.UUID:
        return ["u", str(value)]
    if kind is dt.date:
        return ["date", value.isoformat()]
    if kind is dt.time:
        return ["time", value.isoformat(timespec="microseconds")]
    if kind is dt.timedelta:
        return ["td", str(value // dt.timedelta(microseconds=1))]
    if kind is dt.datetime and value.tzinfo is None:
        return ["dt", value.isoformat(timespec="microseconds")]
    if kind is dt.datetime:
        offset = value.utcoffset()
        if offset % dt.timedelta(minutes=1) or abs(offset) > dt.timedelta(hours=14):
            value = value.astimezone(dt.timezone.utc)
        return ["dz", value.isoformat(timespec="microseconds")]
    # Another one of those in between, such as the value of an enum's member.
    plainer = plain(value, protocol)
    assert type(plainer) is not kind, kind
    return describe(plainer, protocol)


def describe_key(key, protocol):
    """An object with attributes, which is no key as a dict, is the tuple of their values."""
    if type(key) in (Frozen, FrozenSlotted):
        return ["t", [describe_key(key.first, protocol), describe_key(key.second, protocol)]]
    if isinstance(plain(key, protocol), tuple):
        return ["t", [describe_key(item, protocol) for item in plain(key, protocol)]]
    return describe(key, protocol)


class Maker:
    """Makes values at random, but the same for a seed."""

    # Zones and years whose rules have been the same in all versions of the time zone data.
    ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin", "America/St_Johns"]
    LETTERS = "abcXYZ 019_-'\"\\\n\t\r\0é߀€\u2028日本😀\uffff\x7f\x80"

    def __init__(self, seed, protocol):
        self.random = random.Random(seed)
        self.protocol = protocol

    def text(self, length=None):
        return "".join(self.random.choice(self.LETTERS) for _ in range(length or self.random.choice((0, 1, 3, 10, 300))))

    def raw(self):
        return self.random.randbytes(self.random.choice((0, 1, 3, 10, 300)))

    def integer(self):
        bits = self.random.choice((1, 7, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 200, 2100))
        return self.random.choice((1, -1)) * self.random.getrandbits(bits) + self.random.choice((0, 0, 1, -1))

    def real(self):
        return self.random.choice((0.0, -0.0, 1.5, -2.0**60, 1e300, 5e-324, math.inf, -math.inf, math.nan, self.random.uniform(-1e6, 1e6)))

    def decimal(self):
        if self.random.random() < 0.2:
            return decimal.Decimal(self.random.choice(("NaN", "sNaN12", "-NaN", "Infinity", "-Infinity", "-0", "0E+5", "-0.00", "0E-30", "1E+28", "1E-28",
                                                       "79228162514264337593543950335", "79228162514264337593543950336")))
        digits = tuple(self.random.randrange(10) for _ in range(self.random.randrange(1, 33)))
        return decimal.Decimal((self.random.randrange(2), digits, self.random.randrange(-32, 32)))

    def naive(self):
        return dt.datetime(self.random.randrange(1, 10000), self.random.randrange(1, 13), self.random.randrange(1, 29), self.random.randrange(24),
                           self.random.randrange(60), self.random.randrange(60), self.random.choice((0, self.random.randrange(10**6))))

    def time(self):
        return self.naive().time()

    def offset(self):
        unit = self.random.choice((3600, 60, 1))
        return dt.timezone(dt.timedelta(seconds=self.random.randrange(-82800, 86400) // unit * unit))

    def aware(self):
        local = self.naive().replace(year=self.random.randrange(1990, 2037))
        if self.random.random() < 0.4:
            return local.replace(tzinfo=self.random.choice((self.offset(), dt.timezone.utc, dt.timezone(dt.timedelta(hours=2), "CEST"))))
        zone = zoneinfo.ZoneInfo(self.random.choice(self.ZONES))
        if self.random.random() < 0.5:
            # About when clocks are changed, where a time may be shown twice or never.
            start = dt.datetime(local.year, self.random.randrange(1, 13), 1)
            day = next(day for day in (start + dt.timedelta(n) for n in range(400))
                       if day.replace(tzinfo=zone).utcoffset() != (day + dt.timedelta(1)).replace(tzinfo=zone).utcoffset() or zone.key in ("UTC", "Asia/Kolkata"))
            local = day + dt.timedelta(minutes=self.random.randrange(0, 24 * 12) * 5 if self.random.random() < 0.3 else self.random.randrange(0, 48) * 5)
        return local.replace(tzinfo=zone, fold=self.random.randrange(2))

    def timedelta(self):
        return dt.timedelta(self.random.choice((0, 1, -1, self.random.randrange(-10**7, 10**7), self.random.randrange(-999999999, 10**9))),
                            self.random.randrange(86400), self.random.choice((0, self.random.randrange(10**6))))

    def path(self):
        kind = self.random.choice((pathlib.PurePosixPath, pathlib.PosixPath, pathlib.PureWindowsPath))
        return kind(self.random.choice(("", "/", "a", "/a/b", "a/b c/é", "c:\\x\\y", "c:/x", "\\\\host\\share\\x", "//host/x")))

    def address(self):
        v4, v6 = self.random.getrandbits(32), self.random.choice((0, 1, self.random.getrandbits(128), self.random.getrandbits(64), self.random.getrandbits(40) << 88,
                                                                  (self.random.getrandbits(16) << 112) | (1 << 48) | 1))
        return self.random.choice((ipaddress.IPv4Address(v4), ipaddress.IPv6Address(v6), ipaddress.IPv4Network(v4 >> 8 << 8).supernet(new_prefix=8),
                                   ipaddress.IPv4Interface((v4, 20)), ipaddress.IPv6Network((v6, 128))))

    def array(self):
        code = self.random.choice("bBhHiIlLqQfdu")
        if code == "u":
            return array.array("u", "aé日")
        if code in "fd":
            return array.array(code, [0.5, -3.0, math.inf])
        bits = array.array(code).itemsize * 8 - (0 if code.isupper() else 1)
        return array.array(code, [self.random.getrandbits(bits) * (1 if code.isupper() else self.random.choice((1, -1))) for _ in range(self.random.randrange(5))])

    def member(self):
        return self.random.choice((Color.RED, Color.GREEN, Color.PAIR, Size.LARGE, Kind.MAIL, Right.READ, Right.READ | Right.WRITE, Right(0), Mode.A | Mode.B, Mode.B,
                                   Outer.Inner.ONE))

    def scalar(self):
        return self.random.choice((
            lambda: None, lambda: True, lambda: False, self.text, self.raw, self.integer, self.integer, self.real, self.decimal, self.naive, self.aware, self.aware, self.time,
            lambda: self.naive().date(), lambda: self.time().replace(tzinfo=self.random.choice((self.offset(), zoneinfo.ZoneInfo("Europe/Berlin")))), self.timedelta,
            lambda: complex(self.real(), self.real()), lambda: uuid.UUID(int=self.random.getrandbits(128)), lambda: fractions.Fraction(self.integer(), 7),
            lambda: bytearray(self.raw()), self.path, self.address, self.array, self.member, self.member, self.offset, lambda: dt.timezone.utc,
            lambda: zoneinfo.ZoneInfo("Asia/Kolkata"), lambda: range(self.random.randrange(-5, 5), self.random.randrange(-5, 15), self.random.choice((1, 2, -1, -3))),
            lambda: Text(self.text()), lambda: Number(self.integer()), lambda: Real(self.real()), lambda: Raw(self.raw()), lambda: collections.UserString(self.text()),
            lambda: When(2026, 1, 2, 3, 4, 5, 6), lambda: When(2026, 1, 2, tzinfo=dt.timezone.utc), lambda: Day(2026, 1, 2), lambda: AppError(self.text(3)),
            lambda: collections.Counter(self.text(20))))()

    def key(self, depth=2):
        made = self.random.choice((
            self.text, self.text, self.integer, self.raw, self.naive, self.aware, self.member, lambda: None, lambda: True, lambda: 1.5, lambda: uuid.UUID(int=self.random.getrandbits(128)),
            lambda: decimal.Decimal("1.50"), lambda: dt.date(2026, 1, 2), lambda: Text(self.text()), lambda: pathlib.PurePosixPath("/a"), lambda: ipaddress.IPv4Address(7), lambda: self.offset(),
            lambda: dt.timedelta(1), lambda: dt.time(1, 2)) + ((
                lambda: tuple(self.key(depth - 1) for _ in range(self.random.randrange(4))), lambda: frozenset(self.elements(depth - 1)),
                lambda: Point(self.key(depth - 1), self.key(depth - 1)), lambda: Frozen(self.key(depth - 1), self.key(depth - 1)),
                lambda: FrozenSlotted(self.key(depth - 1), 1) if self.protocol >= 2 else 1) if depth else ()))()
        return made

    def elements(self, depth=2):
        """Keys that stay different when they are plain data."""
        seen = {}
        for _ in range(self.random.randrange(5)):
            key = self.key(depth)
            described = json.dumps(describe_key(key, self.protocol)).replace('["b", true]', '["i", "1"]').replace('["b", false]', '["i", "0"]')
            seen.setdefault(described, key)
        return list(seen.values())

    def items(self, depth, least=0):
        return [self.value(depth - 1) for _ in range(self.random.randrange(least, 5))]

    def table(self, depth):
        return {key: self.value(depth - 1) for key in self.elements()}

    def object(self, depth):
        first, second = self.value(depth - 1), self.value(depth - 1)
        with_slots = (Slotted(first, second), self.half_slotted(first, second), FrozenSlotted(first, second)) if self.protocol >= 2 else ()
        with_keywords = (Keywords(value=first),) if self.protocol >= 4 else ()
        return self.random.choice((Plain(first, second), Frozen(first, second), Point(first, second), Single(first), Row((first, second)), OfState(first),
                                   types.SimpleNamespace(a=first, b=second), ValueError(first, second), KeyError(self.text(3)), self.with_attribute(RuntimeError(self.text(3)), first),
                                   self.with_attribute(AppError(self.text(3)), first), AppError(self.text(3), 7)) + with_slots + with_keywords)

    def half_slotted(self, first, second):
        made = HalfSlotted(first, second)
        made.third = self.scalar()
        return made

    def with_attribute(self, error, value):
        error.more = value
        return error

    def value(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            return self.scalar()
        return self.random.choice((
            lambda: self.items(depth), lambda: tuple(self.items(depth)), lambda: self.table(depth), lambda: self.table(depth), lambda: set(self.elements()), lambda: frozenset(self.elements()),
            lambda: [self.items(depth)] * 2, lambda: collections.OrderedDict(self.table(depth)), lambda: collections.defaultdict(list, self.table(depth)),
            lambda: collections.deque(self.items(depth), 9), lambda: collections.UserDict(self.table(depth)), lambda: collections.UserList(self.items(depth)),
            lambda: Items(self.items(depth, 1)), lambda: Table(a=self.value(depth - 1)), lambda: Group(self.elements()), lambda: FrozenGroup(self.elements()),
            lambda: Deque(self.items(depth, 1)), lambda: Ordered(a=self.value(depth - 1)), lambda: Default(list, {"a": self.value(depth - 1)}),
            lambda: self.object(depth), lambda: self.object(depth), lambda: self.object(depth)))()


def dump(value, protocol, way):
    if way == 0:
        return pickle.dumps(value, protocol)
    return pickle._dumps(value, protocol) if way == 1 else pickletools.optimize(pickle.dumps(value, protocol))


def samples(count, seed):
    """Pairs of pickle and description."""
    for n in range(count):
        protocol = n % 6
        value = Maker(f"{seed}/{n}", protocol).value(4)
        yield dump(value, protocol, n // 6 % 3), describe(value, protocol)


def main():
    command, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if command == "write":
        for made, description in samples(count, seed):
            print(made.hex(), json.dumps(description), sep="\t")
        return
    wrong = 0
    for n, ((_, description), line) in enumerate(zip(samples(count, seed), sys.stdin, strict=True)):
        found = describe(pickle.loads(bytes.fromhex(line)))
        if found != description:
            wrong += 1
            print(f"Value {n}: {json.dumps(found)} instead of {json.dumps(description)}"[:2000], file=sys.stderr)
    sys.exit(f"{wrong} of {count} values are wrong." if wrong else 0)


if __name__ == "__main__":
    main()
