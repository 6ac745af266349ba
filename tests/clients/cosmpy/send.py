"""Sends coins with cosmpy, unmodified, over gRPC and over REST, and reads back what became of them.

    SIRIUS_NETWORK='{"chainId", "prefix", "denom", "rest", "grpc", "words", "to"}' python send.py

`rest` is an address such as http://127.0.0.1:1317, `grpc` one such as 127.0.0.1:9090, `words` the mnemonic of an account
with coins, `to` an address. Prints one line a face; exit code 0 when all of it went well.
"""

import json
import os
import subprocess
import sys

FACES = {"grpc": "grpc+http://{grpc}", "rest": "rest+{rest}"}


def send(network, face):
    """One transfer of a face, with gas estimated by it."""
    from cosmpy.aerial.client import LedgerClient, NetworkConfig
    from cosmpy.aerial.exceptions import NotFoundError
    from cosmpy.aerial.wallet import LocalWallet
    from cosmpy.crypto.address import Address

    config = NetworkConfig(
        chain_id=network["chainId"],
        url=FACES[face].format(**network),
        fee_minimum_gas_price=0.025,
        fee_denomination=network["denom"],
        staking_denomination=network["denom"],
    )
    client = LedgerClient(config)
    wallet = LocalWallet.from_mnemonic(network["words"], prefix=network["prefix"])
    to = Address(network["to"])
    before = client.query_bank_balance(to, network["denom"])
    amount = 7
    sent = client.send_tokens(to, amount, network["denom"], wallet, memo=f"by {face}")
    sent.wait_to_complete()
    assert sent.response.is_successful(), sent.response.raw_log
    after = client.query_bank_balance(to, network["denom"])
    assert after == before + amount, f"{before} and {amount} became {after}"
    found = client.query_tx(sent.tx_hash)
    assert found.height == sent.response.height and found.gas_used > 0, found
    # A transaction that does not exist is said so in words that cosmpy knows.
    try:
        client.query_tx("00" * 32)
    except NotFoundError:
        pass
    else:
        raise AssertionError("a transaction that nobody sent was found")
    return f"{face}: {sent.tx_hash} at height {found.height}, {found.gas_used} of {found.gas_wanted} gas"


def main():
    network = json.loads(os.environ["SIRIUS_NETWORK"])
    if len(sys.argv) > 1:
        print(send(network, sys.argv[1]))
        return
    for face in FACES:
        # Each face in a process of its own, so that one that hangs is ended.
        subprocess.run([sys.executable, __file__, face], check=True, timeout=120)


if __name__ == "__main__":
    main()
