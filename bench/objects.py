"""A git fast-import stream. usage: objects.py deltas|big N
deltas: N commits to 2000 texts, a few lines each; big: N blobs of 1 to 12 MB."""
import random
import sys

random.seed(7)
out = sys.stdout.buffer
words = [bytes(random.choices(b"abcdefghijklmnopqrstuvwxyz", k=random.randint(2, 11))) for _ in range(20000)]


def line():
    return b" ".join(random.choices(words, k=9))


def commit(n, path, content):
    out.write(b"commit refs/heads/main\ncommitter Bench <bench@example.org> %d +0000\n" % (1500000000 + n * 60))
    for head, data in (b"", b"Change %d\n" % n), (b"M 100644 inline %s\n" % path, content):
        out.write(head + b"data %d\n%s\n" % (len(data), data))


def deltas(n):
    texts = {}
    for i in range(n):
        k = random.randrange(2000)
        text = texts.setdefault(k, [line() for _ in range(random.randint(20, 400))])
        for _ in range(random.randint(1, 4)):
            text[random.randrange(len(text))] = line()
        commit(i, b"content/s%02d/p%02d/doc-%04d.md" % (k % 20, k // 20 % 10, k), b"\n".join(text) + b"\n")


def big(n):
    for i in range(n):
        pool, content = [line() for _ in range(3000)], bytearray()
        while len(content) < (1 + i % 12) << 20:
            content += b"\n".join(random.choices(pool, k=2000)) + random.randbytes(3000)
        commit(i, b"big/%d.bin" % i, bytes(content))


{"deltas": deltas, "big": big}[sys.argv[1]](int(sys.argv[2]))
