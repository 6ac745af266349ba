// Payments: those that go through, and how those that do not are refused.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { BroadcastTxError, assertIsDeliverTxSuccess, QueryClient, setupTxExtension } from "@cosmjs/stargate";
import { encodePubkey } from "@cosmjs/proto-signing";
import { encodeSecp256k1Pubkey } from "@cosmjs/amino";
import { connectComet } from "@cosmjs/tendermint-rpc";
import { QueryBalanceRequest, QueryBalanceResponse } from "cosmjs-types/cosmos/bank/v1beta1/query";
import { TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

import { attribute, fee, network, signer, stranger, transfer, units } from "./network.js";

describe("sending", () => {
  let client, address, own;

  before(async () => {
    ({ client, address, wallet: own } = await signer("sender"));
  });

  after(() => client.disconnect());

  const balance = (of) => client.getBalance(of, network.denom).then((coin) => BigInt(coin.amount));

  /** Signs without asking the chain, so that a test decides what is wrong with it. */
  async function signed(messages, { sequence, accountNumber, chainId, memo = "", timeout, with: paid = fee } = {}) {
    const known = await client.getSequence(address);
    const data = {
      accountNumber: accountNumber ?? known.accountNumber,
      sequence: sequence ?? known.sequence,
      chainId: chainId ?? network.chainId,
    };
    return TxRaw.encode(await client.sign(address, messages, paid, memo, data, timeout)).finish();
  }

  async function refused(tx, code, codespace, log) {
    await assert.rejects(client.broadcastTxSync(tx), (error) => {
      assert.ok(error instanceof BroadcastTxError, String(error));
      assert.deepEqual([error.code, error.codespace], [code, codespace], error.log);
      assert.match(error.log, log);
      return true;
    });
  }

  it("moves coins, pays the fee, counts the sequence and says so in events", async () => {
    const { address: to } = await stranger();
    const [before, { sequence }] = [await balance(address), await client.getSequence(address)];
    const result = await client.sendTokens(address, to, units(1_500_000), fee, "for the coffee");
    assertIsDeliverTxSuccess(result);
    assert.equal(result.rawLog, "");
    assert.equal(result.gasWanted, 200_000n);
    assert.ok(result.gasUsed > 0n && result.gasUsed < 200_000n);
    assert.equal(result.msgResponses[0].typeUrl, "/cosmos.bank.v1beta1.MsgSendResponse");
    assert.equal(await balance(to), 1_500_000n);
    assert.equal(await balance(address), before - 1_500_000n - 5_000n);
    const account = await client.getAccount(address);
    assert.equal(account.sequence, sequence + 1);
    const [{ pubkey }] = await own.getAccounts();
    assert.deepEqual(account.pubkey, encodeSecp256k1Pubkey(pubkey));

    const find = (kind, key) => attribute(result.events, kind, key);
    assert.equal(find("tx", "fee"), `5000${network.denom}`);
    assert.equal(find("tx", "fee_payer"), address);
    assert.equal(find("tx", "acc_seq"), `${address}/${sequence}`);
    assert.equal(find("message", "action"), "/cosmos.bank.v1beta1.MsgSend");
    assert.equal(find("message", "sender"), address);
    assert.equal(find("message", "module"), "bank");
    assert.equal(find("coin_spent", "spender"), address);
    assert.equal(find("coin_spent", "amount"), `1500000${network.denom}`);
    assert.equal(find("coin_received", "receiver"), to);
    assert.equal(find("transfer", "recipient"), to);
    assert.equal(find("transfer", "sender"), address);
    assert.equal(find("transfer", "amount"), `1500000${network.denom}`);
    assert.equal(find("transfer", "msg_index"), "0");
  });

  it("finds out the fee by simulation", async () => {
    const { address: to } = await stranger();
    const gas = await client.simulate(address, [transfer(address, to, 7)], "");
    assert.ok(gas > 0);
    const before = await balance(address);
    const result = await client.sendTokens(address, to, units(7), "auto");
    assertIsDeliverTxSuccess(result);
    assert.equal(await balance(to), 7n);
    const limit = Math.round(gas * 1.4);
    assert.equal(result.gasWanted, BigInt(limit));
    assert.ok(result.gasUsed <= result.gasWanted);
    assert.equal(await balance(address), before - 7n - BigInt(Math.ceil(limit * 0.025)));
    assertIsDeliverTxSuccess(await client.sendTokens(address, to, units(1), 2.5));
  });

  it("says while simulating that a payment cannot be made", async () => {
    const { address: to } = await stranger();
    await assert.rejects(client.simulate(address, [transfer(address, to, 10n ** 30n)], ""), /insufficient funds/);
    await assert.rejects(client.sendTokens(address, to, units(10n ** 30n), "auto"), /insufficient funds/);
  });

  it("sends several messages in one transaction, all or none", async () => {
    const [one, other] = [await stranger(), await stranger()];
    const both = [transfer(address, one.address, 3), transfer(address, other.address, 4)];
    assertIsDeliverTxSuccess(await client.signAndBroadcast(address, both, fee));
    assert.deepEqual([await balance(one.address), await balance(other.address)], [3n, 4n]);
    const broken = [transfer(address, one.address, 3), transfer(address, other.address, 10n ** 30n)];
    await refused(await signed(broken), 5, "sdk", /insufficient funds/);
    assert.equal(await balance(one.address), 3n);
  });

  it("sends to many in one message", async () => {
    const [one, other] = [await stranger(), await stranger()];
    const message = {
      typeUrl: "/cosmos.bank.v1beta1.MsgMultiSend",
      value: {
        inputs: [{ address, coins: units(30) }],
        outputs: [
          { address: one.address, coins: units(10) },
          { address: other.address, coins: units(20) },
        ],
      },
    };
    const result = await client.signAndBroadcast(address, [message], "auto");
    assertIsDeliverTxSuccess(result);
    assert.equal(result.msgResponses[0].typeUrl, "/cosmos.bank.v1beta1.MsgMultiSendResponse");
    assert.deepEqual([await balance(one.address), await balance(other.address)], [10n, 20n]);
  });

  it("takes two payments one after the other without waiting for a block", async () => {
    const { address: to } = await stranger();
    const { sequence } = await client.getSequence(address);
    const first = await client.broadcastTxSync(await signed([transfer(address, to, 1)], { sequence }));
    const second = await client.broadcastTxSync(await signed([transfer(address, to, 2)], { sequence: sequence + 1 }));
    const arrived = async (hash) => {
      for (let tries = 0; tries < 100; tries++) {
        const found = await client.getTx(hash);
        if (found) return found;
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error(`${hash} is in no block`);
    };
    assert.deepEqual([(await arrived(first)).code, (await arrived(second)).code], [0, 0]);
    assert.equal(await balance(to), 3n);
  });

  it("gives the past balance at a past height", async () => {
    const { address: to } = await stranger();
    const early = await client.sendTokens(address, to, units(11), fee);
    const late = await client.sendTokens(address, to, units(31), fee);
    const comet = await connectComet(network.rpc[0]);
    const query = new QueryClient(comet);
    const at = async (height) => {
      const request = QueryBalanceRequest.encode({ address: to, denom: network.denom }).finish();
      const answer = await query.queryAbci("/cosmos.bank.v1beta1.Query/Balance", request, height);
      assert.equal(answer.height, height);
      return QueryBalanceResponse.decode(answer.value).balance.amount;
    };
    assert.deepEqual(
      [await at(early.height - 1), await at(early.height), await at(late.height - 1), await at(late.height)],
      ["0", "11", "11", "42"],
    );
    comet.disconnect();
  });

  it("gives a transaction through the tx extension of the application itself", async () => {
    const { address: to } = await stranger();
    const result = await client.sendTokens(address, to, units(1), fee, "kept by the application");
    const comet = await connectComet(network.rpc[0]);
    const query = QueryClient.withExtensions(comet, setupTxExtension);
    const found = await query.tx.getTx(result.transactionHash);
    assert.equal(found.txResponse.height, BigInt(result.height));
    assert.equal(found.txResponse.code, 0);
    assert.equal(found.tx.body.memo, "kept by the application");
    await assert.rejects(query.tx.getTx("00".repeat(32)), /not found/);
    const [{ pubkey }] = await own.getAccounts();
    const simulated = await query.tx.simulate(
      [client.registry.encodeAsAny(transfer(address, to, 1))],
      "",
      encodeSecp256k1Pubkey(pubkey),
      (await client.getSequence(address)).sequence,
    );
    assert.ok(simulated.gasInfo.gasUsed > 0n);
    assert.ok(encodePubkey(encodeSecp256k1Pubkey(pubkey)).value.length > 0);
    comet.disconnect();
  });

  describe("refuses in the mempool, with a code and what to do:", () => {
    let to;
    before(async () => ({ address: to } = await stranger()));
    const pay = (amount = 1) => [transfer(address, to, amount)];

    it("more than the balance", async () => refused(await signed(pay(10n ** 20n)), 5, "sdk", /spendable balance .* insufficient funds/));
    it("an amount of zero", async () => refused(await signed(pay(0)), 10, "sdk", /invalid coins/));
    it("an unknown denomination", async () => {
      const message = transfer(address, to, 1);
      message.value.amount = [{ denom: "nothing", amount: "1" }];
      await refused(await signed([message]), 2, "bank", /no denomination nothing/);
    });
    it("a receiver of another chain", async () =>
      refused(await signed([transfer(address, "cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6", 1)]), 7, "sdk", /invalid address/));
    it("too little fee", async () =>
      refused(await signed(pay(), { with: { amount: units(1), gas: "200000" } }), 13, "sdk", /insufficient fees; got: 1uxpx required: 5000uxpx|insufficient fee/));
    it("too little gas", async () =>
      refused(await signed(pay(), { with: { amount: units(5_000), gas: "3000" } }), 11, "sdk", /out of gas.*gasWanted: 3000, gasUsed: \d+/));
    it("a fee beyond the balance", async () =>
      refused(await signed(pay(), { with: { amount: units(10n ** 25n), gas: "200000" } }), 5, "sdk", /insufficient funds/));
    it("a sequence that was used", async () => {
      const { sequence } = await client.getSequence(address);
      const expected = new RegExp(`account sequence mismatch, expected ${sequence}, got ${sequence - 1}: incorrect account sequence`);
      await refused(await signed(pay(), { sequence: sequence - 1 }), 32, "sdk", expected);
    });
    it("a sequence to come", async () => {
      const { sequence } = await client.getSequence(address);
      const expected = new RegExp(`account sequence mismatch, expected ${sequence}, got ${sequence + 5}: incorrect account sequence`);
      await refused(await signed(pay(), { sequence: sequence + 5 }), 32, "sdk", expected);
    });
    it("a signature for another chain", async () => refused(await signed(pay(), { chainId: "other-1" }), 7, "ante", /signature verification failed/));
    it("a signature for another account number", async () =>
      refused(await signed(pay(), { accountNumber: 999_999n }), 7, "ante", /signature verification failed/));
    it("a payment for somebody else", async () => {
      const { accounts } = network;
      await refused(await signed([transfer(accounts.alice, to, 1)]), 6, "ante", /not that of account/);
    });
    it("a memo that is too long", async () => refused(await signed(pay(), { memo: "x".repeat(257) }), 12, "sdk", /memo too large/));
    it("what has expired", async () => refused(await signed(pay(), { timeout: 1n }), 30, "sdk", /timeout height/));
    it("a message of an unknown type", async () => {
      const exec = { typeUrl: "/cosmos.authz.v1beta1.MsgExec", value: { grantee: address, msgs: [] } };
      await refused(await signed([exec]), 6, "sdk", /no handler for message \/cosmos.authz.v1beta1.MsgExec/);
    });
    it("bytes that are no transaction", async () => refused(new Uint8Array([0xff, 0xff, 0xff]), 2, "sdk", /tx parse error/));
    it("the same transaction twice", async () => {
      const tx = await signed(pay());
      await client.broadcastTx(tx, 30_000, 200);
      await assert.rejects(client.broadcastTxSync(tx), /tx already exists in cache|incorrect account sequence/);
    });
  });
});
