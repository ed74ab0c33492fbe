"""Writes pickles of random data in every protocol into a folder, each with its
value in words that do not depend on Python."""
import pickle, pickletools, random, struct, sys

folder, count = sys.argv[1], int(sys.argv[2])
r = random.Random(7)


def value(depth, protocol, known):
    kind = r.randrange(12 if depth > 0 else 7)
    if known and r.random() < 0.15:
        return r.choice(known)
    if kind == 0:
        made = r.choice([None, True, False])
    elif kind in (1, 2):
        made = r.choice([r.randint(-300, 300), r.randint(-2**31 - 5, 2**31 + 5), r.randint(-2**63, 2**64 - 1), 2**r.randint(0, 63), -(2**r.randint(0, 63))])
    elif kind == 3:
        made = r.choice([0.0, -1.5, r.random(), r.random() * 10**r.randint(-300, 300), float("inf")])
    elif kind in (4, 5):
        made = "".join(r.choice("abcäß\n\\'\"\0\x1b€😀 u00") for _ in range(r.choice([0, 1, 5, 300])))
    elif kind == 6:
        made = r.randbytes(r.choice([0, 3, 300])) if protocol >= 3 else "instead"
    elif kind in (7, 8):
        made = [value(depth - 1, protocol, known) for _ in range(r.choice([0, 1, 2, 5, 1200 if depth == 1 else 3]))]
    elif kind == 9:
        made = tuple(value(depth - 1, protocol, known) for _ in range(r.randrange(6)))
    else:
        made = {"k%d" % r.randrange(1500): value(depth - 1, protocol, known) for _ in range(r.choice([0, 1, 4, 9, 1300 if depth == 1 else 3]))}
    known.append(made)
    return made


def words(v, out):
    if v is None or v is True or v is False:
        out.append(str(v))
    elif isinstance(v, int):
        out.append("i%d" % v)
    elif isinstance(v, float):
        out.append("f" + struct.pack(">d", v).hex())
    elif isinstance(v, str):
        out.append("s" + v.encode().hex())
    elif isinstance(v, bytes):
        out.append("bytes")
    elif isinstance(v, dict):
        out.append("{")
        for key, item in v.items():
            words(key, out)
            words(item, out)
        out.append("}")
    else:
        out.append("[" if isinstance(v, list) else "(")
        for item in v:
            words(item, out)
        out.append("]" if isinstance(v, list) else ")")


for n in range(count):
    for protocol in range(6):
        data = value(3, protocol, [])
        pickled = pickle.dumps(data, protocol)
        out = []
        words(data, out)
        if len(out) > 100_000: # shared parts, spelled out
            continue
        for suffix, content in (("", pickled), ("o", pickletools.optimize(pickled))):
            with open("%s/%d-%d%s.pickle" % (folder, n, protocol, suffix), "wb") as file:
                file.write(content)
            with open("%s/%d-%d%s.words" % (folder, n, protocol, suffix), "w") as file:
                file.write(" ".join(out))
