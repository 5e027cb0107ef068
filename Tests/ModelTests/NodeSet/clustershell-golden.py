#!/usr/bin/env python3
"""Writes what the real ClusterShell makes of node sets, for GoldenTests.swift to compare with.

    python3 -m venv /tmp/clustershell && /tmp/clustershell/bin/pip install ClusterShell==1.10.1
    /tmp/clustershell/bin/python clustershell-golden.py                   # writes Golden/ beside this script
    /tmp/clustershell/bin/python clustershell-golden.py DIR SEED FACTOR   # more cases, elsewhere

Each line of a file is a case: `text` is parsed, or `list` is a list of single names, `groups` names the inventory
below. What must come out is `folded`, `count`, and `names` in order (or, for more than 24 of them, `order`: the
64-bit FNV-1a hash of the names, each followed by a newline); or, for `into`, the folded `parts` of the split set; or
`error`. Everything is derived from the seed, so the files only change when this script or ClusterShell does.
"""

import json
import os
import random
import sys

from ClusterShell.NodeSet import NodeSet, RESOLVER_NOGROUP
from ClusterShell.NodeUtils import GroupResolver, GroupSource

MOST_NAMES = 24

GROUPS = {
    "default": {
        "all": "gpu[01-32],cn[001-128],rack[1-4]n[1-8],head01,login[1-2]",
        "gpu": "gpu[01-32]",
        "compute": "@gpu,cn[001-128]",
        "head": "head01",
        "odd": "gpu[01-31/2]",
        "r1": "gpu[01-08]",
        "r2": "gpu[09-16]",
        "r3": "cn[001-064]",
        "grid": "rack[1-4]n[1-8]!rack2n3",
        "none": "head01!head01",
    },
    "rack": {
        "r1": "gpu[01-08],rack1n[1-8]",
        "r2": "gpu[09-16],rack2n[1-8]",
        "r03": "cn[001-064]",
        "a:b": "login1",
    },
}


class Source(GroupSource):
    """A source of groups made of the dictionary above."""

    def __init__(self, name, groups):
        GroupSource.__init__(self, name)
        self.groups = groups
        self.has_reverse = False

    def resolv_map(self, group):
        from ClusterShell.NodeUtils import GroupSourceQueryFailed
        if group not in self.groups:
            raise GroupSourceQueryFailed("unknown group %s" % group, self)
        return self.groups[group]

    def resolv_list(self):
        return " ".join(group for group in self.groups if group != "all")

    def resolv_all(self):
        if "all" in self.groups:
            return self.groups["all"]
        return ",".join(self.groups.values())


def resolver():
    made = GroupResolver(Source("default", GROUPS["default"]))
    made.add_source(Source("rack", GROUPS["rack"]))
    return made


RESOLVER = resolver()


def fnv(names):
    value = 0xCBF29CE484222325
    for byte in "".join(name + "\n" for name in names).encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return "%016x" % value


def outcome(case, make):
    try:
        made = make()
        names = list(made)
        case["folded"] = str(made)
        case["count"] = len(names)
        if len(names) <= MOST_NAMES:
            case["names"] = names
        else:
            case["order"] = fnv(names)
    except Exception:  # pylint: disable=broad-except
        case["error"] = True
    return case


def parsed(text):
    return outcome({"text": text}, lambda: NodeSet(text, resolver=RESOLVER_NOGROUP))


def listed(names):
    return outcome({"list": names}, lambda: NodeSet._fromlist1(names, resolver=RESOLVER_NOGROUP))


def grouped(text):
    return outcome({"text": text, "groups": True}, lambda: NodeSet(text, resolver=RESOLVER))


def split(text, into):
    made = NodeSet(text, resolver=RESOLVER_NOGROUP)
    return {"text": text, "into": into, "parts": [str(part) for part in made.split(into)]}


# What random texts are made of. None of it is among the deviations that NodeSet documents.

def number(rng, digits):
    return rng.randrange(10 ** digits)


def element(rng, most, padded):
    """One range or number for a bracket, of numbers below `most`."""
    first = rng.randrange(most)
    last = min(most - 1, first + rng.choice([0, 0, 1, 2, 3, 5, 8, 13]))
    write = "%0*d"
    width = len(str(most - 1)) + rng.choice([0, 0, 0, 1]) if padded else 0
    text = write % (width, first)
    if last > first or rng.random() < 0.1:
        text += "-" + write % (width, last)
        if rng.random() < 0.2:
            text += "/%d" % rng.choice([1, 2, 2, 3, 4, 7])
    return text


def bracket(rng, most, padded=None, elements=None):
    if padded is None:
        padded = rng.random() < 0.4
    count = elements or rng.choice([1, 1, 1, 2, 3])
    return "[" + ",".join(element(rng, most, padded) for _ in range(count)) + "]"


def place(rng, most):
    """A number in a name: plain or in a bracket."""
    if rng.random() < 0.35:
        return "%0*d" % (rng.choice([0, 0, 2, 3]), rng.randrange(most))
    return bracket(rng, most)


def operand(rng, names, dimensions, most):
    pieces = rng.choice(names)
    text = pieces[0]
    for axis in range(dimensions):
        text += place(rng, most) + pieces[axis + 1]
    return text


LINES = [["n", "", "", "", ""], ["gpu", "", "", "", ""], ["n", "-ib", "", "", ""], ["", "x", "", "", ""]]
GRIDS = [["r", "n", "-", ".", ""], ["r", "n", "-", ".", "x"]]


def expression(rng, operands, names, dimensions, most, operators=",,,!&^"):
    text = operand(rng, names, dimensions, most)
    for _ in range(operands - 1):
        text += rng.choice(["", "", " "]) + rng.choice(operators) + rng.choice(["", "", " "])
        text += operand(rng, names, dimensions, most)
    return text


def lines(rng, factor):
    for _ in range(220 * factor):
        yield parsed(expression(rng, rng.choice([1, 1, 2, 3, 5]), LINES, 1, rng.choice([5, 12, 30, 120, 1100])))
    for _ in range(60 * factor):  # dense mixtures of lengths and paddings of one name
        widths = rng.sample([0, 1, 2, 3, 4], rng.choice([2, 3]))
        names = []
        for _ in range(rng.choice([4, 8, 40])):
            names.append("n%0*d" % (rng.choice(widths), rng.choice([0, 1, 5, 8, 9, 10, 11, 12, 98, 99, 100, 101, 999, 1000])))
        yield listed(names)
    for _ in range(40 * factor):
        yield parsed(expression(rng, rng.choice([2, 6, 12]), LINES[:1], 1, 40, operators=",!&^"))


def grids(rng, factor):
    yield listed(["r8n1", "r8n2", "r12n1", "r12n2", "r13n1", "r15n1", "r14n2"])
    yield parsed(  # a box that, while others are merged into it, comes to differ from one on another axis alone
        "r[99-100]n[10-11]x[9,11-12]y[1-3]z1w,r98n[9-11]x[9,11-12]y[1-3]z1w,"
        "r[99-100]n10x[9-10,12]y[0,2]z2w,r99n9x[9-12]y[1-3]z1w,r100n9x[9,11-12]y[1-3]z1w,"
        "r100n9x[9-10,12]y0z[1-2]w,r101n9x[9-10,12]y[0-1]z1w,r99n9x[9-10,12]y[0,2]z2w,"
        "r[98,100]n11x10y[1-2]z1w,r100n9x[9-10,12]y2z2w,r101n11x10y[0-2]z1w,r101n8x[9-11]y0z1w,"
        "r101n11x[9,11]y0z1w,r101n11x9y[1-2]z1w,r100n9x10y1z1w"
    )
    for _ in range(160 * factor):
        dimensions = rng.choice([2, 2, 2, 3, 3, 4])
        yield parsed(expression(rng, rng.choice([1, 2, 3, 5, 8]), GRIDS, dimensions, rng.choice([3, 5, 12, 30])))
    for _ in range(300 * factor):  # random subsets of a small space, from very thin to nearly whole
        dimensions = rng.choice([2, 2, 3, 3, 4])
        sizes = [rng.choice([2, 3, 4, 6, 11]) for _ in range(dimensions)]
        starts = [rng.choice([0, 1, 8, 97]) for _ in range(dimensions)]
        widths = [rng.choice([0, 0, 2]) for _ in range(dimensions)]
        density = rng.choice([0.05, 0.2, 0.5, 0.8, 0.95])
        points = [[]]
        for axis in range(dimensions):
            points = [point + [value] for point in points for value in range(sizes[axis])]
        chosen = [point for point in points if rng.random() < density][:400]
        rng.shuffle(chosen)
        names = []
        for point in chosen:
            name = "r"
            for axis, value in enumerate(point):
                name += "%0*d" % (widths[axis], starts[axis] + value) + "n-.x"[axis]
            names.append(name.rstrip("."))
        yield listed(names)
    for _ in range(30 * factor):  # whole boxes less holes
        dimensions = rng.choice([2, 3])
        sizes = [rng.choice([3, 8, 16]) for _ in range(dimensions)]
        text = "r" + "n".join("[1-%d]" % size for size in sizes)
        for _ in range(rng.choice([1, 2, 5])):
            text += "!r" + "n".join(str(rng.randint(1, size)) for size in sizes)
        yield parsed(text)
    for _ in range(10 * factor):  # each number of one axis with one of another, scattered
        names = ["s%d-r%d" % (a, rng.randrange(5)) for a in rng.sample(range(2000), rng.choice([30, 100]))]
        yield listed(names)


def mixed(rng, factor):
    for _ in range(80 * factor):
        text = ""
        for place_ in range(rng.choice([2, 4, 7])):
            if place_:
                text += rng.choice(",,,!&^")
            dimensions = rng.choice([0, 1, 1, 2, 3])
            text += (rng.choice(["head", "login", "a.b-c_d", "x"]) if dimensions == 0
                     else operand(rng, LINES if dimensions == 1 else GRIDS, dimensions, 6))
        yield parsed(text)


def glued(rng, factor):
    """Digits beside brackets."""
    for _ in range(120 * factor):
        before = rng.choice(["", "", "1", "0", "12", "00", "07"])
        after = rng.choice(["", "0", "5", "05", "00", "12"]) if before == "" or rng.random() < 0.4 else ""
        most = rng.choice([10, 10, 100, 12])
        # Numbers of different lengths behind digits are a deviation, below.
        inside = bracket(rng, most, padded=True if before and most > 10 else None)
        rest = rng.choice(["", "", "-x", "b[1-2]", "b3[0-4]"])
        yield parsed("n" + before + inside + after + rest)


def names_only(rng, factor):
    alphabet = "abz09._-"
    for _ in range(60 * factor):
        names = []
        for _ in range(rng.choice([1, 3, 10])):
            names.append(rng.choice("azn019") + "".join(rng.choice(alphabet) for _ in range(rng.choice([0, 2, 5, 9]))))
        yield listed(names)
        yield parsed(",".join(names))


def splits(rng, factor):
    for _ in range(60 * factor):
        dimensions = rng.choice([1, 1, 2, 3])
        names = LINES if dimensions == 1 else GRIDS
        yield split(expression(rng, rng.choice([1, 3]), names, dimensions, 12, operators=","), rng.choice([1, 2, 3, 7, 50]))


TABLE = """
gpu[01-32]
gpu[1-3]
gpu[1-3],gpu[01-03]
gpu[001-003],gpu[01-03],gpu[1-3]
rack[1-4]n[01-16/2]
n[1-2]-ib[0-3]
n[0-10/3]
n[5/1]
n[5-5]
n[5-5/3]
n[1-2/5]
n[3-1000000/999997]
n[0]
n[00]
n[0-0]
n[00-00]
n[0-00]
n[000-001]
n[8-12]
n[98-102]
n[098-102]
n[08-12]
n[09,11-99,100]
n[05-06,11-99,100]
n[09,11-99],n100
n[1-9,01-09,10-20]
n[1,1,1]
n[3,1,2]
n[ 1 - 3 , 5 ]
n[1-3/ 2]
n[1-3 /2]
[1-3]
[1-3]x[4-5]
5
007
n007,n7,n07
a
a,b,a
a , b
  a,b
a	,b
a!a
a!b
a^a
a^b
a&a
a&b
a,b!a,c
a!b,b
a,b&b,a
a^b^c^a
a&b^c!c,d
n[1-10]!n[2-5]&n[4-8]^n[5-12],n1
n[1-10]&n[01-10]
n[1-10]^n[5-15]
n[1-10]!n[1-10]
n1[0-9]
n10[1-3]
n1[01-10]
n[1-2]5
n[9-10]5
n[01-02]5
n[1-3]05
n[1,3-5]0-x
n[1-2]5b[3-4]
n0[0-9],n[10-12]
a1b[1-2]c3d[4-5]
n[1-2]5b6[3-4]7
192.0.2.[11-26]
192.0.[2-3].[1-254]
head01.cluster.internal
i-0abcdef1234567890
ip-10-0-[0-3]-[1-20]
x[1-2]y[1-2],x3y1
x[1-2]y[1-2],x3y[1-2]
x[1-2]y[1-2],x[1-2]y3
x1y1,x2y2
x[1-3]y[1-3]!x2y2
x[1-3]y[1-3]&x[2-4]y[2-4]
x[1-3]y[1-3]^x[2-4]y[2-4]
x[1-3]y[1-3]!x[1-3]y[1-3]
x[1-3]y[1-3]!x[0-9]y[0-9]
x[1-3]y[1-3]!x[0-9]y2
x[9-11]y[9-11]!x10y10
x[1-2]y[01-02],x[1-2]y[1-2]
a[1-2]b[1-2]c[1-2]!a1b1c1
a[1-2]b[1-2]c[1-2]d[1-2]!a1b1c1d1!a2b2c2d2
n[1-100000]
n[1-9999/2]
a[1-100]b[1-100]
"""

ERRORS = """
,
a,
,a
a,,b
a, ,b
a!
!a
a!!b
a&
^a
n[
n]
n[]
n[1
n1]
n[1]]
n[[1]]
n[1[2]]
n[1][2]
n[1-2]5[3-4]
n[1,]
n[,1]
n[1,,2]
n[ ]
n[-]
n[1-]
n[a]
n[1-b]
n[1 2]
n[1;2]
n[3-1]
n[32-01]
n[01-1]
n[1-01]
n[01-100]
n[9-010]
n[00-0]
n[1-2/0]
n[1-2/]
n[1-2/x]
n[1-2/2/2]
n[1-2/-1]
n[5/2]
n[0-10]5
n[1-3/2]5
n[1 - 2]5
n[0-00]5
n0[1-12]
n0[9,10]
a],b[1]
a[1],b]
n[1-3,a[1]
n[1-2000000000]
"""

GROUP_TEXTS = """
@gpu
@compute
@gpu,head01
@gpu!@odd
@gpu&@r1
@gpu^@odd
@*
@*!@gpu
@r[1-2]
@r[1-3]!gpu[05-12]
@rack:r1
@rack:r2,@gpu
@rack:r[1-2]
@rack:r[03-03]
@rack:*
@rack:a:b
@default:gpu
@none
@none,a
@grid
@grid!@rack:r1
gpu*
gpu?[1-4]
gpu0?
gpu*!gpu[01-30]
*
*1
*1*
?
h*d01
rack*n1
rack[1-2]n*
rack[1-2]*[1-2]
cn*,gpu*!*[1-9]
*0*&@gpu
r*k?n?
gpu*,nothing*
nothing*
login?,head*
 @gpu , @head
@gpu!@none
"""

GROUP_ERRORS = """
@nothing
@rack:nothing
@nowhere:gpu
@gpu,@nothing
@r[1-9]
@
@rack:
@gpu,
"""


# What ClusterShell takes and NodeSet refuses.
DEVIATIONS = [
    "",
    " ",
    "a b",
    "n[1-2] m[1]",
    "-n1",
    "_n1",
    ".n1",
    "n%1",
    "n;reboot",
    "n$(id)",
    "n\u00e9",
    "@gpu",
    "gpu*",
    "gpu?1",
    "n[-5]",
    "n[-5--1]",
    "n[1-2-3]",
    "n[+1]",
    "n[1_0]",
    "n[1-9/+2]",
    "n[123456789012345678]",
    "n12345678901234567[1-2]",
    "n1[1-12]",
    "n1[9,10]",
    "n9[98-100]",
    "n[1-1000001]",
    "a[1-1000]b[1-1001]",
    "n" * 256,
]


def deviations(_rng, _factor):
    for text in DEVIATIONS:
        yield parsed(text)
    yield {"inventory": GROUPS}
    yield grouped("@@rack")


def table(_rng, _factor):
    for text in TABLE.strip("\n").split("\n"):
        yield parsed(text)


def errors(_rng, _factor):
    for text in ERRORS.strip("\n").split("\n"):
        yield parsed(text)


def groups(rng, factor):
    yield {"inventory": GROUPS}
    for text in GROUP_TEXTS.strip("\n").split("\n") + GROUP_ERRORS.strip("\n").split("\n"):
        yield grouped(text)
    parts = [text for text in GROUP_TEXTS.split("\n") if text] + ["gpu01", "rack[1-2]n[1-4]", "x[1-3]"]
    for _ in range(40 * factor):
        yield grouped(rng.choice(",!&^").join(rng.sample(parts, rng.choice([2, 3]))))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "Golden")
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    factor = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    os.makedirs(folder, exist_ok=True)
    for make in (table, errors, lines, grids, mixed, glued, names_only, splits, groups, deviations):
        rng = random.Random(seed + make.__name__)
        path = os.path.join(folder, make.__name__.replace("_", "-") + ".jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for case in make(rng, factor):
                file.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
