"""What the reference library makes of proofs and calendar answers.

usage: reference_merge.py ANSWERS.jsonl < names of proofs, one a line
Each line of ANSWERS holds "uri", "commitment" and "response_hex". For each proof
every pending attestation whose commitment and calendar stand there is merged,
as the reference client's upgrade merges what a calendar sends. Prints one JSON
object a proof: {"file", "complete", "attestations": [[kind, detail, message]...]}.
"""
import json
import sys

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

answers = {}
with open(sys.argv[1]) as f:
    for line in f:
        row = json.loads(line)
        answers[row["uri"], row["commitment"]] = row["response_hex"]


def nodes(t):
    yield t
    for child in t.ops.values():
        yield from nodes(child)


def kind(a):
    if isinstance(a, PendingAttestation):
        return ["pending", a.uri]
    if hasattr(a, "height"):
        return [type(a).__name__, str(a.height)]
    return [a.TAG.hex(), ""]


for name in sys.stdin.read().splitlines():
    with open(name, "rb") as f:
        proof = DetachedTimestampFile.deserialize(BytesDeserializationContext(f.read()))
    for node in list(nodes(proof.timestamp)):
        for a in list(node.attestations):
            if isinstance(a, PendingAttestation) and (a.uri, node.msg.hex()) in answers:
                raw = bytes.fromhex(answers[a.uri, node.msg.hex()])
                node.merge(Timestamp.deserialize(BytesDeserializationContext(raw), node.msg))
    rows = sorted(list(r) for r in {tuple(kind(a) + [m.hex()]) for m, a in proof.timestamp.all_attestations()})
    complete = any(isinstance(a, BitcoinBlockHeaderAttestation) for _, a in proof.timestamp.all_attestations())
    print(json.dumps({"file": name, "complete": complete, "attestations": rows}))
