"""What the tests of this folder share: the node, its document server, and transactions made by the driver."""

import os
import uuid

import pytest
from bigchaindb_driver import BigchainDB
from bigchaindb_driver.crypto import generate_keypair


@pytest.fixture(scope="session")
def url():
    return f"http://{os.environ.get('BDB_HOST', '127.0.0.1')}:{os.environ.get('BDB_PORT', '9984')}"


@pytest.fixture(scope="session")
def driver(url):
    return BigchainDB(url)


@pytest.fixture()
def alice():
    return generate_keypair()


@pytest.fixture()
def bob():
    return generate_keypair()


@pytest.fixture()
def create(driver):
    """Creates an asset and waits for its block."""

    def made(owner, data=None, metadata=None, recipients=None):
        asset = {"data": {"serial": str(uuid.uuid4()), **(data or {})}}
        options = {"recipients": recipients} if recipients else {}
        prepared = driver.transactions.prepare(
            operation="CREATE", signers=owner.public_key, asset=asset, metadata=metadata, **options
        )
        signed = driver.transactions.fulfill(prepared, private_keys=owner.private_key)
        return driver.transactions.send_commit(signed)

    return made


@pytest.fixture()
def transfer(driver):
    """Prepares and signs a transfer of one output."""

    def moved(transaction, index, owner, recipients, metadata=None):
        output = transaction["outputs"][index]
        asset = transaction["id"] if transaction["operation"] == "CREATE" else transaction["asset"]["id"]
        prepared = driver.transactions.prepare(
            operation="TRANSFER",
            asset={"id": asset},
            metadata=metadata,
            recipients=recipients,
            inputs={
                "fulfillment": output["condition"]["details"],
                "fulfills": {"output_index": index, "transaction_id": transaction["id"]},
                "owners_before": output["public_keys"],
            },
        )
        return driver.transactions.fulfill(prepared, private_keys=owner.private_key)

    return moved
