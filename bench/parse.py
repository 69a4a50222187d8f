"""Parses every small proof of a corpus with the reference library, as fast as it goes.

usage: parse.py CORPUS    (prints proofs a second; deserialising evaluates every operation)
"""
import json
import os
import sys
import time

from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

corpus = sys.argv[1]
files = []
with open(os.path.join(corpus, "expected.jsonl")) as f:
    for line in f:
        row = json.loads(line)
        if row["ok"] and row["size"] < 1024:
            with open(os.path.join(corpus, row["file"]), "rb") as proof:
                files.append(proof.read())
if not files:
    sys.exit("no small proof in the corpus")
n, start = 0, time.perf_counter()
while time.perf_counter() - start < 3:
    for raw in files:
        DetachedTimestampFile.deserialize(BytesDeserializationContext(raw))
    n += len(files)
print("%.0f" % (n / (time.perf_counter() - start)))
