// One account pays the fees of another: messages that CosmJS knows only after their types are registered.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { SigningStargateClient, assertIsDeliverTxSuccess, defaultRegistryTypes, QueryClient, setupFeegrantExtension } from "@cosmjs/stargate";
import { Registry } from "@cosmjs/proto-signing";
import { connectComet } from "@cosmjs/tendermint-rpc";
import { BasicAllowance } from "cosmjs-types/cosmos/feegrant/v1beta1/feegrant";
import { MsgGrantAllowance, MsgRevokeAllowance } from "cosmjs-types/cosmos/feegrant/v1beta1/tx";

import { fee, network, signer, stranger, transfer, units } from "./network.js";

describe("fee grants", () => {
  let granter, grantee, guest;

  before(async () => {
    const registry = new Registry([
      ...defaultRegistryTypes,
      ["/cosmos.feegrant.v1beta1.MsgGrantAllowance", MsgGrantAllowance],
      ["/cosmos.feegrant.v1beta1.MsgRevokeAllowance", MsgRevokeAllowance],
    ]);
    granter = await signer("granter", { registry });
    grantee = await stranger();
    guest = await SigningStargateClient.connectWithSigner(network.rpc[0], grantee.wallet, { broadcastPollIntervalMs: 200, broadcastTimeoutMs: 15_000 });
    // Just what it is to send on, and nothing for fees.
    assertIsDeliverTxSuccess(await granter.client.sendTokens(granter.address, grantee.address, units(100), fee));
  });

  after(() => {
    granter.client.disconnect();
    guest.disconnect();
  });

  const grant = (limit) => ({
    typeUrl: "/cosmos.feegrant.v1beta1.MsgGrantAllowance",
    value: {
      granter: granter.address,
      grantee: grantee.address,
      allowance: {
        typeUrl: "/cosmos.feegrant.v1beta1.BasicAllowance",
        value: BasicAllowance.encode({ spendLimit: units(limit) }).finish(),
      },
    },
  });
  const granted = { ...fee, granter: undefined };

  it("are refused while there are none", async () => {
    const { address: to } = await stranger();
    granted.granter = granter.address;
    await assert.rejects(guest.signAndBroadcast(grantee.address, [transfer(grantee.address, to, 1)], fee), /insufficient funds/);
    await assert.rejects(guest.signAndBroadcast(grantee.address, [transfer(grantee.address, to, 1)], granted), /fee-grant|allowance|grant/);
  });

  it("pay for another account until they are used up", async () => {
    assertIsDeliverTxSuccess(await granter.client.signAndBroadcast(granter.address, [grant(7_000)], "auto"));
    await assert.rejects(granter.client.signAndBroadcast(granter.address, [grant(7_000)], fee), /already grants/);

    const comet = await connectComet(network.rpc[0]);
    const query = QueryClient.withExtensions(comet, setupFeegrantExtension);
    const found = await query.feegrant.allowance(granter.address, grantee.address);
    assert.equal(found.allowance.allowance.typeUrl, "/cosmos.feegrant.v1beta1.BasicAllowance");
    assert.deepEqual(BasicAllowance.decode(found.allowance.allowance.value).spendLimit, units(7_000));
    const all = await query.feegrant.allowances(grantee.address);
    assert.equal(all.allowances.length, 1);
    comet.disconnect();

    const { address: to } = await stranger();
    const before = await granter.client.getBalance(granter.address, network.denom);
    const result = await guest.signAndBroadcast(grantee.address, [transfer(grantee.address, to, 40)], granted);
    assertIsDeliverTxSuccess(result);
    const after = await granter.client.getBalance(granter.address, network.denom);
    assert.equal(BigInt(before.amount) - BigInt(after.amount), 5_000n);
    assert.deepEqual(await guest.getBalance(grantee.address, network.denom), units(60)[0]);
    await assert.rejects(
      guest.signAndBroadcast(grantee.address, [transfer(grantee.address, to, 1)], granted),
      /allowance has 2000uxpx left, the fee is 5000uxpx/,
    );
  });

  it("can be taken back", async () => {
    const revoke = {
      typeUrl: "/cosmos.feegrant.v1beta1.MsgRevokeAllowance",
      value: { granter: granter.address, grantee: grantee.address },
    };
    assertIsDeliverTxSuccess(await granter.client.signAndBroadcast(granter.address, [revoke], fee));
    const { address: to } = await stranger();
    await assert.rejects(guest.signAndBroadcast(grantee.address, [transfer(grantee.address, to, 1)], granted), /grant|allowance/);
  });
});
