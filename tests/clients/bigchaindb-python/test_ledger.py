"""What BigchainDB's acceptance tests show, by its Python driver: divisible assets, double spends, several owners, texts
that databases stumble over, and the stream."""

import copy
import json

import pytest
import requests
import websocket
from bigchaindb_driver.exceptions import BadRequest, MissingPrivateKeyError, NotFoundError

NAMES = ["$gt", "$", "a.b", ".", "nul\u0000", "$where"]
TEXTS = ["", "\u0000", "$gt", "a.b", "\u202e", "😀", "\ufeff", "ﬃ", "null", "' OR 1=1", "\u2028", "%s%n", "\x7f", "\x1f"]


def test_shares_are_divided_and_joined(driver, alice, bob, create, transfer):
    made = create(alice, recipients=[([bob.public_key], 4), ([alice.public_key], 6)])
    moved = driver.transactions.send_commit(transfer(made, 1, alice, [([bob.public_key], 5), ([alice.public_key], 1)]))
    assert [output["amount"] for output in moved["outputs"]] == ["5", "1"]
    with pytest.raises(BadRequest) as refused:
        driver.transactions.send_commit(transfer(made, 0, bob, [([alice.public_key], 5)]))
    assert "AmountError" in refused.value.error


def test_an_output_is_spent_once(driver, alice, bob, create, transfer):
    made = create(alice)
    first, second = (transfer(made, 0, alice, [([bob.public_key], 1)], metadata={"n": n}) for n in (1, 2))
    # One that waits for its block counts already.
    driver.transactions.send_sync(first)
    with pytest.raises(BadRequest) as refused:
        driver.transactions.send_sync(second)
    assert "Invalid transaction (DoubleSpend): " in refused.value.error
    third = transfer(made, 0, alice, [([bob.public_key], 1)], metadata={"n": 3})
    for send in (driver.transactions.send_commit, driver.transactions.send_sync, driver.transactions.send_async):
        with pytest.raises(BadRequest) as refused:
            send(third)
        assert "Invalid transaction (DoubleSpend): " in refused.value.error


def test_all_owners_sign(driver, alice, bob, create, transfer):
    made = create(alice, recipients=[([alice.public_key, bob.public_key], 1)])
    with pytest.raises(MissingPrivateKeyError):
        transfer(made, 0, alice, [([bob.public_key], 1)])
    both = copy.copy(alice)._replace(private_key=[alice.private_key, bob.private_key])
    moved = driver.transactions.send_commit(transfer(made, 0, both, [([bob.public_key], 1)]))
    assert driver.transactions.retrieve(moved["id"]) == moved
    assert len(driver.outputs.get(bob.public_key, spent=False)) == 1
    assert len(driver.outputs.get(alice.public_key, spent=True)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_names_that_mongodb_does_not_hold_are_refused(driver, alice, create, name):
    with pytest.raises(BadRequest) as refused:
        create(alice, data={"outer": {name: 1}})
    text = json.dumps(refused.value.error) if not isinstance(refused.value.error, str) else refused.value.error
    assert "Invalid key name" in text and "The key name cannot contain characters" in text
    assert text.index("message") < text.index("status")


@pytest.mark.parametrize("text", TEXTS)
def test_every_other_text_is_kept(driver, alice, create, text):
    metadata = {"text": text, "list": [[text, 1.5, None], [[]]]}
    made = create(alice, data={"text": text}, metadata=metadata)
    read = driver.transactions.retrieve(made["id"])
    assert read == made and read["metadata"] == metadata


def test_what_is_no_transaction_is_refused(url):
    for body in (b"", b"[]", b"1", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100_000, b'{"id":null}'):
        answer = requests.post(f"{url}/api/v1/transactions?mode=commit", data=body, timeout=20)
        assert answer.status_code == 400, body[:20]
        assert answer.json()["message"].startswith("Invalid transaction"), answer.text


def test_what_is_not_there_is_not_found(driver):
    with pytest.raises(NotFoundError):
        driver.transactions.retrieve("0" * 64)
    with pytest.raises(NotFoundError):
        driver.blocks.retrieve(block_height="1000000000")


def test_the_stream_tells_of_each_transaction_once_and_in_order(driver, alice, create):
    address = driver.api_info()["streams"]
    height = driver.blocks.get(txid=create(alice)["id"])
    live = websocket.create_connection(address, timeout=20)
    made = [create(alice)["id"] for _ in range(3)]
    resumed = websocket.create_connection(f"{address}?from_height={height + 1}&key={alice.public_key}", timeout=20)
    for stream in (live, resumed):
        lines = []
        while len(lines) < 3:
            line = json.loads(stream.recv())
            assert sorted(line) == ["asset_id", "height", "transaction_id"]
            if line["transaction_id"] in made:
                lines.append(line)
        assert [line["transaction_id"] for line in lines] == made
        stream.close()
