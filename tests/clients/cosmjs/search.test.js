// Looking up what happened.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { coins } from "@cosmjs/stargate";
import { decodeTxRaw } from "@cosmjs/proto-signing";

import { fee, network, reader, signer, stranger, units } from "./network.js";

describe("searching", () => {
  let client, address, to, sent;

  before(async () => {
    ({ client, address } = await signer("searcher", { host: 1 }));
    ({ address: to } = await stranger());
    sent = [];
    for (const amount of [1, 2, 3]) {
      sent.push(await client.sendTokens(address, to, units(amount), fee, `number ${amount}`));
    }
  });

  after(() => client.disconnect());

  const hashes = (found) => found.map((tx) => tx.hash);

  it("finds a transaction by its hash, on every host", async () => {
    for (let host = 0; host < network.rpc.length; host++) {
      const other = await reader(host);
      for (let tries = 0; (await other.getHeight()) <= sent[0].height && tries < 100; tries++) {
        await new Promise((done) => setTimeout(done, 100));
      }
      const found = await other.getTx(sent[0].transactionHash);
      assert.equal(found.height, sent[0].height);
      assert.equal(found.code, 0);
      assert.equal(decodeTxRaw(found.tx).body.memo, "number 1");
      assert.equal(found.msgResponses[0].typeUrl, "/cosmos.bank.v1beta1.MsgSendResponse");
      other.disconnect();
    }
  });

  it("gives null for a hash that nobody has sent", async () => {
    assert.equal(await client.getTx("AB".repeat(32)), null);
  });

  it("finds by height", async () => {
    const found = await client.searchTx(`tx.height=${sent[1].height}`);
    assert.ok(hashes(found).includes(sent[1].transactionHash));
    assert.deepEqual(await client.searchTx(`tx.height=1`), []);
  });

  it("finds by receiver", async () => {
    const found = await client.searchTx([{ key: "transfer.recipient", value: to }]);
    assert.deepEqual(hashes(found).sort(), sent.map((tx) => tx.transactionHash).sort());
  });

  it("finds by receiver and height", async () => {
    const found = await client.searchTx(`transfer.recipient='${to}' AND tx.height=${sent[2].height}`);
    assert.deepEqual(hashes(found), [sent[2].transactionHash]);
  });

  it("finds by sender", async () => {
    const found = await client.searchTx([{ key: "message.sender", value: address }]);
    assert.equal(found.length, 3);
    const moved = await client.searchTx([{ key: "transfer.sender", value: address }]);
    assert.equal(moved.length, 3);
  });

  it("finds by action and sender", async () => {
    const found = await client.searchTx([
      { key: "message.action", value: "/cosmos.bank.v1beta1.MsgSend" },
      { key: "message.sender", value: address },
    ]);
    assert.deepEqual(hashes(found).sort(), sent.map((tx) => tx.transactionHash).sort());
    const other = await client.searchTx([
      { key: "message.action", value: "/cosmos.bank.v1beta1.MsgMultiSend" },
      { key: "message.sender", value: address },
    ]);
    assert.deepEqual(other, []);
  });

  it("shows a transaction in its block", async () => {
    const block = await client.getBlock(sent[0].height);
    const memos = block.txs.map((tx) => decodeTxRaw(tx).body.memo);
    assert.ok(memos.includes("number 1"));
    assert.deepEqual(await client.getAllBalances(to), coins(6, network.denom));
  });
});
