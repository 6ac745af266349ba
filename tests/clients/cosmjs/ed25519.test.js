// An account with an ed25519 key: CosmJS has all the parts, though its signing client has no button for it.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertIsDeliverTxSuccess, StargateClient } from "@cosmjs/stargate";
import { Registry, encodePubkey, makeAuthInfoBytes, makeSignBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { defaultRegistryTypes } from "@cosmjs/stargate";
import { Bip39, Ed25519, EnglishMnemonic, Slip10, Slip10Curve, Slip10RawIndex, sha256 } from "@cosmjs/crypto";
import { toBase64, toBech32 } from "@cosmjs/encoding";
import { TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

import { fee, network, stranger, transfer } from "./network.js";

/** The SLIP-10 path of the account's key, every step hardened. */
const path = [44, 118, 0, 0, 0].map((step) => Slip10RawIndex.hardened(step));

describe("an ed25519 account", () => {
  let client, keys, address, pubkey;

  before(async () => {
    client = await StargateClient.connect(network.rpc[0]);
    const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(network.wallets.edward));
    const { privkey } = Slip10.derivePath(Slip10Curve.Ed25519, seed, path);
    keys = await Ed25519.makeKeypair(privkey);
    address = toBech32(network.prefix, sha256(keys.pubkey).slice(0, 20));
    pubkey = encodePubkey({ type: "tendermint/PubKeyEd25519", value: toBase64(keys.pubkey) });
  });

  after(() => client.disconnect());

  async function pay(to, amount, chainId = network.chainId) {
    const { accountNumber, sequence } = await client.getSequence(address);
    const registry = new Registry(defaultRegistryTypes);
    const body = registry.encodeTxBody({ messages: [transfer(address, to, amount)], memo: "" });
    const auth = makeAuthInfoBytes([{ pubkey, sequence }], fee.amount, Number(fee.gas), undefined, undefined);
    const doc = makeSignDoc(body, auth, chainId, Number(accountNumber));
    const signature = await Ed25519.createSignature(makeSignBytes(doc), keys);
    return TxRaw.encode({ bodyBytes: body, authInfoBytes: auth, signatures: [signature] }).finish();
  }

  it("has the address that genesis funded for its mnemonic", () => {
    assert.equal(address, network.accounts.edward);
  });

  it("pays", async () => {
    const { address: to } = await stranger();
    assertIsDeliverTxSuccess(await client.broadcastTx(await pay(to, 9), 30_000, 200));
    assert.equal((await client.getBalance(to, network.denom)).amount, "9");
    const account = await client.getAccount(address);
    assert.equal(account.pubkey.type, "tendermint/PubKeyEd25519");
    assert.equal(account.pubkey.value, toBase64(keys.pubkey));
  });

  it("is refused when it signed for another chain", async () => {
    const { address: to } = await stranger();
    await assert.rejects(client.broadcastTxSync(await pay(to, 9, "other-1")), /signature verification failed/);
  });
});
