// What a wallet reads before it can do anything.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import {
  QueryClient,
  StargateClient,
  setupAuthExtension,
  setupBankExtension,
  setupMintExtension,
  setupStakingExtension,
  setupTxExtension,
} from "@cosmjs/stargate";
import { Comet38Client, connectComet, isComet38Client } from "@cosmjs/tendermint-rpc";

import { network, reader, stranger, wallet } from "./network.js";

describe("reading", () => {
  let client, comet, query, address;

  before(async () => {
    client = await reader();
    comet = await connectComet(network.rpc[0]);
    query = QueryClient.withExtensions(comet, setupAuthExtension, setupBankExtension, setupMintExtension, setupStakingExtension, setupTxExtension);
    [{ address }] = await (await wallet("reader")).getAccounts();
  });

  after(() => {
    client.disconnect();
    comet.disconnect();
  });

  it("connects with the client for CometBFT 0.38", () => {
    assert.ok(isComet38Client(comet));
  });

  it("tells the chain's name and a height that grows", async () => {
    assert.equal(await client.getChainId(), network.chainId);
    const height = await client.getHeight();
    assert.ok(height >= 2);
    while ((await client.getHeight()) === height) await new Promise((done) => setTimeout(done, 50));
  });

  it("connects with an explicit client", async () => {
    const explicit = StargateClient.create(await Comet38Client.connect(network.rpc[1]));
    assert.equal(await explicit.getChainId(), network.chainId);
    explicit.disconnect();
  });

  it("gives an account that has not signed yet", async () => {
    const account = await client.getAccount(address);
    assert.equal(account.address, address);
    assert.equal(account.pubkey, null);
    assert.equal(account.sequence, 0);
    assert.ok(account.accountNumber > 0n);
    assert.deepEqual(await client.getSequence(address), { accountNumber: account.accountNumber, sequence: 0 });
  });

  it("gives null for an account that does not exist, and refuses its sequence", async () => {
    const { address: nobody } = await stranger();
    assert.equal(await client.getAccount(nobody), null);
    await assert.rejects(client.getSequence(nobody), /does not exist on chain/);
  });

  it("gives balances, zero where there is nothing", async () => {
    assert.deepEqual(await client.getBalance(address, network.denom), { denom: network.denom, amount: "1000000000000" });
    assert.deepEqual(await client.getBalance(address, "nothing"), { denom: "nothing", amount: "0" });
    const { address: nobody } = await stranger();
    assert.deepEqual(await client.getBalance(nobody, network.denom), { denom: network.denom, amount: "0" });
  });

  it("gives all balances sorted by denomination", async () => {
    assert.deepEqual(await client.getAllBalances(address), [
      { denom: "ugold", amount: "18446744073709551616" },
      { denom: network.denom, amount: "1000000000000" },
    ]);
    const { address: nobody } = await stranger();
    assert.deepEqual(await client.getAllBalances(nobody), []);
  });

  it("gives supplies", async () => {
    assert.deepEqual(await query.bank.supplyOf("ugold"), { denom: "ugold", amount: "18446744073709551616" });
    assert.deepEqual(await query.bank.supplyOf("nothing"), { denom: "nothing", amount: "0" });
    const { supply } = await query.bank.totalSupply();
    assert.deepEqual(supply.map((coin) => coin.denom), ["ugold", network.denom]);
  });

  it("describes denominations", async () => {
    const metadata = await query.bank.denomMetadata(network.denom);
    assert.equal(metadata.base, network.denom);
    assert.equal(metadata.display, "xpx");
    assert.equal(metadata.symbol, "XPX");
    assert.deepEqual(
      metadata.denomUnits.map(({ denom, exponent }) => [denom, exponent]),
      [[network.denom, 0], ["xpx", 6]],
    );
    const all = await query.bank.denomsMetadata();
    assert.deepEqual(all.map((each) => each.base).sort(), ["ugold", network.denom]);
    await assert.rejects(query.bank.denomMetadata("nothing"), /not found|NotFound/);
  });

  it("gives the raw account through the auth extension", async () => {
    const any = await query.auth.account(address);
    assert.equal(any.typeUrl, "/cosmos.auth.v1beta1.BaseAccount");
    const { address: nobody } = await stranger();
    await assert.rejects(query.auth.account(nobody), /rpc error: code = NotFound/);
  });

  it("says which question it does not know", async () => {
    await assert.rejects(query.mint.params(), /unknown query path/);
  });

  it("reads the validators through the staking extension", async () => {
    const { validators } = await query.staking.validators("BOND_STATUS_BONDED");
    assert.equal(validators.length, 4);
    assert.ok(validators.every(({ operatorAddress, tokens }) => operatorAddress.includes("valoper") && BigInt(tokens) > 0n));
    const { params } = await query.staking.params();
    assert.ok(params.maxValidators >= 4);
  });

  it("refuses an address of another chain", async () => {
    await assert.rejects(client.getBalance("cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6", network.denom), /address/);
  });

  it("gives blocks by height and the latest", async () => {
    const height = await client.getHeight();
    const block = await client.getBlock(height - 1);
    assert.equal(block.header.height, height - 1);
    assert.equal(block.header.chainId, network.chainId);
    assert.match(block.id, /^[0-9A-F]{64}$/);
    assert.ok((await client.getBlock()).header.height >= height);
    await assert.rejects(client.getBlock(height + 1_000_000), /must be less than or equal to/);
  });

  it("answers at a height, says which, and refuses one in the future", async () => {
    const height = await client.getHeight();
    const latest = await query.queryAbci("/cosmos.auth.v1beta1.Query/Params", new Uint8Array());
    assert.ok(latest.height >= height - 1);
    const past = await query.queryAbci("/cosmos.auth.v1beta1.Query/Params", new Uint8Array(), 1);
    assert.equal(past.height, 1);
    await assert.rejects(
      query.queryAbci("/cosmos.auth.v1beta1.Query/Params", new Uint8Array(), height + 1_000_000),
      /height/,
    );
  });

  it("lists validators, the network's and each block's", async () => {
    const { validators } = await comet.validatorsAll();
    assert.equal(validators.length, network.rpc.length);
    const { blockId } = await comet.block(1);
    assert.equal(blockId.hash.length, 32);
    const results = await comet.blockResults(1);
    assert.equal(results.height, 1);
    const genesis = await comet.genesis();
    assert.equal(genesis.chainId, network.chainId);
    const info = await comet.abciInfo();
    assert.ok(info.lastBlockHeight > 0);
  });
});
