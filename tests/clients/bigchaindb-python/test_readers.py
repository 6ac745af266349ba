"""The ledger's documents by an ordinary MongoDB driver."""

import hashlib
import json
import os

import pymongo
import pytest


@pytest.fixture(scope="module")
def database():
    client = pymongo.MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=10_000)
    return client[os.environ.get("MONGODB_DATABASE", "sirius")]


def counting(database, field):
    """A filter for what counts: documents of blocks up to the watermark."""
    return {field: {"$lte": database.meta.find_one({"_id": "state"})["height"]}}


def test_an_asset_is_found_with_its_whole_history(database, driver, alice, bob, create, transfer):
    made = create(alice, data={"grid": [[1, 2], [3, [4]]], "ml": 750.5}, metadata={"by": "alice"})
    moved = driver.transactions.send_commit(transfer(made, 0, alice, [([bob.public_key], 1)]))
    of_it = {"_l.asset": made["id"], **counting(database, "_l.h")}
    found = list(database.transactions.find(of_it).sort([("_l.n", 1)]))
    assert [one["_id"] for one in found] == [made["id"], moved["id"]]
    assert [one["_id"] for one in database.transactions.find({"asset.id": made["id"]})] == [moved["id"]]
    first, second = found
    assert second["_l"]["prev"] == first["_l"]["leaf"]
    # The exact text is there, and the id is its hash.
    text = json.loads(first["raw"])
    assert text == made
    unsigned = json.dumps({**text, "id": None}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha3_256(unsigned.encode()).hexdigest() == made["id"]
    # Fields to query, nested arrays among them: a server that holds none has them as {"[]": […]}.
    grid = database.assets.find_one({"_id": made["id"]})["data"]["grid"]
    assert grid in ([[1, 2], [3, [4]]], [{"[]": [1, 2]}, {"[]": [3, {"[]": [4]}]}])
    assert database.assets.find_one({"data.ml": {"$gt": 750}, "_id": made["id"]}) is not None
    assert database.metadata.find_one({"_id": made["id"]})["asset_id"] == made["id"]
    spent, unspent = f"{made['id']}:0", f"{moved['id']}:0"
    assert database.spends.find_one({"_id": spent})["by"] == moved["id"]
    assert database.utxos.find_one({"_id": spent}) is None
    assert database.utxos.find_one({"_id": unspent})["public_keys"] == [bob.public_key]


def test_the_watermark_is_that_of_the_last_block(database, driver, alice, create):
    made = create(alice)
    state = database.meta.find_one({"_id": "state"})
    height = driver.blocks.get(txid=made["id"])
    assert state["height"] >= height
    block = database.blocks.find_one({"_id": f"{height:020}"})
    assert made["id"] in block["transactions"] and len(block["app_hash"]) == 64
