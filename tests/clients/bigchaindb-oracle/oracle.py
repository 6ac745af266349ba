"""Writes what BigchainDB's own Python libraries say of random JSON, conditions and transactions.

    python oracle.py FOLDER [--seed N] [--trees N] [--conditions N] [--transactions N]

FOLDER/trees.jsonl         {"text", "canonical"}: JSON as somebody may write it, and python-rapidjson's canonical text
FOLDER/conditions.jsonl    {"details", "uri", "fulfillment", "message"}: by cryptoconditions
FOLDER/transactions.jsonl  {"tx", "canonical_id_null"}: prepared and signed by bigchaindb-driver

The test `codec_oracle` of mongo-ledger-core compares them when SIRIUS_ORACLE names the folder.
"""

import argparse
import base64
import json
import pathlib
import random
import struct

import base58
import rapidjson
from bigchaindb_driver import BigchainDB
from bigchaindb_driver.crypto import generate_keypair
from cryptoconditions import Ed25519Sha256, Fulfillment, ThresholdSha256
from nacl.signing import SigningKey


def canonical(tree):
    return rapidjson.dumps(tree, skipkeys=False, ensure_ascii=False, sort_keys=True)


def letter(rng):
    kind = rng.random()
    if kind < 0.4:
        return chr(rng.randrange(0x20, 0x7F))
    if kind < 0.6:
        return chr(rng.randrange(0, 0x20))
    if kind < 0.7:
        return rng.choice('"\\/\x7f\x80\u2028\u2029\ufeff\uffff')
    if kind < 0.85:
        return chr(rng.randrange(0xE000, 0x10000))
    return chr(rng.randrange(0x10000, 0x110000))


def text(rng):
    return "".join(letter(rng) for _ in range(rng.randrange(12)))


def fraction(rng):
    kind = rng.random()
    if kind < 0.4:
        while True:
            (number,) = struct.unpack("<d", rng.randbytes(8))
            if number - number == 0:
                return number
    if kind < 0.7:
        return rng.choice([-1, 1]) * rng.random() * 10.0 ** rng.randrange(-9, 21)
    return rng.choice([0.0, -0.0, 1.0, 1e15, 1e16, 1e-4, 1e-5, 5e-324, 2.0**53, 1e22, 1e23, 123456789012345680.0])


def tree(rng, depth=0):
    kind = rng.random()
    if depth < 5 and kind < 0.25:
        return [tree(rng, depth + 1) for _ in range(rng.randrange(5))]
    if depth < 5 and kind < 0.5 or depth == 0:
        return {text(rng): tree(rng, depth + 1) for _ in range(rng.randrange(6))}
    return rng.choice([
        lambda: None,
        lambda: rng.random() < 0.5,
        lambda: rng.randrange(-(2**63), 2**63),
        lambda: rng.randrange(-100, 100),
        lambda: fraction(rng),
        lambda: text(rng),
    ])()


def as_written(rng, value):
    """JSON with the members in another order, spaces, and escapes where they are allowed."""
    space = lambda: rng.choice(["", "", " ", "\n\t"])
    if isinstance(value, dict):
        members = list(value.items())
        rng.shuffle(members)
        inside = ",".join(space() + as_written(rng, k) + space() + ":" + as_written(rng, v) for k, v in members)
        return "{" + inside + space() + "}"
    if isinstance(value, list):
        return "[" + ",".join(space() + as_written(rng, v) for v in value) + space() + "]"
    if isinstance(value, float) and rng.random() < 0.5:
        return f"{value:.17e}"
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def condition(rng, depth=0):
    """A random tree: its `details`, and the same tree with all keys as the library has it."""
    if depth == 4 or depth > 0 and rng.random() < 0.55:
        seed = rng.randbytes(32)
        key = SigningKey(seed).verify_key.encode()
        return {"type": "ed25519-sha-256", "public_key": base58.b58encode(key).decode()}, seed
    parts = [condition(rng, depth + 1) for _ in range(rng.randrange(1, 5))]
    threshold = rng.randrange(1, len(parts) + 1)
    details = {"type": "threshold-sha-256", "threshold": threshold, "subconditions": [d for d, _ in parts]}
    return details, [p for _, p in parts]


def build(rng, details, secrets, message):
    if not isinstance(secrets, list):
        fulfillment = Ed25519Sha256(public_key=base58.b58decode(details["public_key"]))
        if message is not None:
            fulfillment.sign(message, secrets)
        return fulfillment
    parts = list(zip(details["subconditions"], secrets))
    signed = set(rng.sample(range(len(parts)), details["threshold"]))
    threshold = ThresholdSha256(threshold=details["threshold"])
    for place, (part, secret) in enumerate(parts):
        if message is not None and place in signed:
            threshold.add_subfulfillment(build(rng, part, secret, message))
        else:
            threshold.add_subcondition(build(rng, part, secret, None).condition)
    return threshold


def transaction(rng, driver):
    alice = generate_keypair(rng.randbytes(32))
    owners = [generate_keypair(rng.randbytes(32)) for _ in range(rng.randrange(1, 4))]
    signers = [alice] + owners[: rng.randrange(len(owners) + 1)]
    prepared = driver.transactions.prepare(
        operation="CREATE",
        signers=[pair.public_key for pair in signers],
        recipients=[([pair.public_key for pair in owners], rng.randrange(1, 10**6))],
        asset={"data": {"v": safe(tree(rng))}},
        metadata={"v": safe(tree(rng))} if rng.random() < 0.7 else None,
    )
    signed = driver.transactions.fulfill(prepared, private_keys=[pair.private_key for pair in signers])
    return signed


def safe(value):
    """Without the names that MongoDB refuses."""
    if isinstance(value, dict):
        return {k.replace("$", "S").replace(".", "-").replace("\0", "0"): safe(v) for k, v in value.items()}
    return [safe(v) for v in value] if isinstance(value, list) else value


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trees", type=int, default=10_000)
    parser.add_argument("--conditions", type=int, default=400)
    parser.add_argument("--transactions", type=int, default=100)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)

    def trees():
        for _ in range(options.trees):
            value = tree(rng)
            written = as_written(rng, value)
            yield {"text": written, "canonical": canonical(rapidjson.loads(written))}

    def conditions():
        for _ in range(options.conditions):
            details, secrets = condition(rng, depth=rng.randrange(2))
            message = rng.randbytes(32)
            fulfillment = build(rng, details, secrets, message)
            encoded = fulfillment.serialize_uri()
            assert Fulfillment.from_uri(encoded).validate(message=message)
            yield {
                "details": details,
                "uri": build(rng, details, secrets, None).condition_uri,
                "fulfillment": encoded,
                "message": message.hex(),
            }

    def transactions():
        driver = BigchainDB("http://127.0.0.1:9984")
        for _ in range(options.transactions):
            tx = transaction(rng, driver)
            yield {"tx": canonical(tx), "canonical_id_null": canonical({**tx, "id": None})}

    write(options.folder / "trees.jsonl", trees())
    write(options.folder / "conditions.jsonl", conditions())
    write(options.folder / "transactions.jsonl", transactions())


if __name__ == "__main__":
    main()
