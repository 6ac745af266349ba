// News over a WebSocket.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Comet38Client, WebsocketClient } from "@cosmjs/tendermint-rpc";
import { toHex } from "@cosmjs/encoding";

import { fee, network, signer, stranger, units } from "./network.js";

/** The first so many of a stream, or an error after 30 s. */
function take(stream, count) {
  return new Promise((resolve, reject) => {
    const events = [];
    const timer = setTimeout(() => finish(reject, new Error(`only ${events.length} of ${count} events came`)), 30_000);
    const subscription = stream.subscribe({
      next: (event) => {
        events.push(event);
        if (events.length === count) finish(resolve, events);
      },
      error: (error) => finish(reject, error),
    });
    function finish(how, what) {
      clearTimeout(timer);
      // Unsubscribing inside of `next` would end a stream that is not there yet.
      setTimeout(() => subscription.unsubscribe(), 0);
      how(what);
    }
  });
}

describe("subscribing", () => {
  const connect = () => Comet38Client.create(new WebsocketClient(network.rpc[2].replace("http", "ws")));

  it("tells of new blocks and headers in order", async () => {
    const comet = connect();
    const blocks = await take(comet.subscribeNewBlock(), 3);
    const heights = blocks.map((block) => block.header.height);
    assert.deepEqual(heights, [heights[0], heights[0] + 1, heights[0] + 2]);
    assert.equal(blocks[0].header.chainId, network.chainId);
    const [header] = await take(comet.subscribeNewBlockHeader(), 1);
    assert.ok(header.height > heights[2]);
    comet.disconnect();
  });

  it("tells of a transaction by what it does", async () => {
    const { client, address } = await signer("subscriber", { host: 3 });
    const { address: to } = await stranger();
    // CosmJS 0.39 hears nothing on a connection that was open for a while before its first question.
    const comet = connect();
    const news = take(comet.subscribeTx(`transfer.recipient='${to}'`), 1);
    const sent = await client.sendTokens(address, to, units(5), fee);
    const [event] = await news;
    assert.equal(toHex(event.hash).toUpperCase(), sent.transactionHash);
    assert.equal(event.height, sent.height);
    assert.equal(event.result.code, 0);
    client.disconnect();
    comet.disconnect();
  });

  it("asks questions over the same connection", async () => {
    const comet = connect();
    const status = await comet.status();
    assert.equal(status.nodeInfo.network, network.chainId);
    comet.disconnect();
  });
});
