// Signing as hardware wallets and multisigs do: sorted JSON instead of protobuf.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createMultisigThresholdPubkey, encodeSecp256k1Pubkey, makeSignDoc, pubkeyToAddress, Secp256k1HdWallet } from "@cosmjs/amino";
import { Random } from "@cosmjs/crypto";
import { fromBase64 } from "@cosmjs/encoding";
import { Registry } from "@cosmjs/proto-signing";
import {
  AminoTypes,
  assertIsDeliverTxSuccess,
  createDefaultAminoConverters,
  defaultRegistryTypes,
  makeMultisignedTxBytes,
  SigningStargateClient,
} from "@cosmjs/stargate";

import { fee, network, reader, stranger, transfer, units } from "./network.js";

const amino = new AminoTypes(createDefaultAminoConverters());
const poll = { broadcastPollIntervalMs: 200, broadcastTimeoutMs: 15_000 };
/** What JSON within a page must escape, and what it need not. */
const memo = 'rent & <May> "é" \\ \n😀';

describe("a wallet that signs amino-JSON", () => {
  let client, address;

  before(async () => {
    const wallet = await Secp256k1HdWallet.fromMnemonic(network.wallets.ledger, { prefix: network.prefix });
    [{ address }] = await wallet.getAccounts();
    client = await SigningStargateClient.connectWithSigner(network.rpc[0], wallet, poll);
  });

  after(() => client.disconnect());

  it("pays", async () => {
    const { address: to } = await stranger();
    assertIsDeliverTxSuccess(await client.sendTokens(address, to, units(9), fee));
    assert.equal((await client.getBalance(to, network.denom)).amount, "9");
  });

  for (const text of ["a & b", "a < b", "a > b", memo]) {
    it(`pays with the memo ${JSON.stringify(text)}`, async () => {
      const { address: to } = await stranger();
      assertIsDeliverTxSuccess(await client.sendTokens(address, to, units(1), fee, text));
    });
  }

  it("pays several and with a timeout", async () => {
    const { address: to } = await stranger();
    const timeout = BigInt((await client.getHeight()) + 50);
    const messages = [transfer(address, to, 1), transfer(address, to, 2)];
    assertIsDeliverTxSuccess(await client.signAndBroadcast(address, messages, fee, memo, timeout));
    assert.equal((await client.getBalance(to, network.denom)).amount, "3");
  });

  it("grants fees and takes the grant back", async () => {
    const { address: grantee } = await stranger();
    const allowance = { spendLimit: units(7), expiration: undefined };
    const { BasicAllowance } = await import("cosmjs-types/cosmos/feegrant/v1beta1/feegrant");
    const packed = {
      typeUrl: "/cosmos.feegrant.v1beta1.BasicAllowance",
      value: BasicAllowance.encode(BasicAllowance.fromPartial(allowance)).finish(),
    };
    const types = new AminoTypes({
      ...createDefaultAminoConverters(),
      "/cosmos.feegrant.v1beta1.MsgGrantAllowance": {
        aminoType: "cosmos-sdk/MsgGrantAllowance",
        toAmino: ({ granter, grantee }) => ({
          allowance: { type: "cosmos-sdk/BasicAllowance", value: { spend_limit: units(7) } },
          grantee,
          granter,
        }),
        fromAmino: ({ granter, grantee }) => ({ granter, grantee, allowance: packed }),
      },
    });
    const wallet = await Secp256k1HdWallet.fromMnemonic(network.wallets.ledger, { prefix: network.prefix });
    const signing = await SigningStargateClient.connectWithSigner(network.rpc[0], wallet, { ...poll, aminoTypes: types });
    const message = {
      typeUrl: "/cosmos.feegrant.v1beta1.MsgGrantAllowance",
      value: { granter: address, grantee, allowance: packed },
    };
    assertIsDeliverTxSuccess(await signing.signAndBroadcast(address, [message], fee));
    signing.disconnect();
  });
});

describe("two of three", () => {
  let client, funder, payer, members, multisig, address;

  before(async () => {
    client = await reader();
    const wallet = await Secp256k1HdWallet.fromMnemonic(network.wallets.treasurer, { prefix: network.prefix });
    [{ address: payer }] = await wallet.getAccounts();
    funder = await SigningStargateClient.connectWithSigner(network.rpc[0], wallet, poll);
    members = await Promise.all([0, 1, 2].map(() => Secp256k1HdWallet.generate(12, { prefix: network.prefix })));
    const keys = await Promise.all(members.map(async (member) => encodeSecp256k1Pubkey((await member.getAccounts())[0].pubkey)));
    multisig = createMultisigThresholdPubkey(keys, 2);
    address = pubkeyToAddress(multisig, network.prefix);
    assertIsDeliverTxSuccess(await funder.sendTokens(payer, address, units(1_000_000), fee));
  });

  after(() => {
    client.disconnect();
    funder.disconnect();
  });

  /** A payment that those members sign; `forge` may change their signatures. */
  async function pay(to, signers, forge = () => {}) {
    const { accountNumber, sequence } = await client.getSequence(address);
    const message = transfer(address, to, 5);
    const doc = makeSignDoc([amino.toAmino(message)], fee, network.chainId, memo, accountNumber, sequence);
    const signatures = new Map();
    for (const signer of signers) {
      const [account] = await members[signer].getAccounts();
      const { signature } = await members[signer].signAmino(account.address, doc);
      signatures.set(account.address, fromBase64(signature.signature));
    }
    forge(signatures);
    const body = new Registry(defaultRegistryTypes).encodeTxBody({ messages: [message], memo });
    return makeMultisignedTxBytes(multisig, sequence, fee, body, signatures);
  }

  const send = (tx) => client.broadcastTx(tx, 15_000, 200);

  for (const signers of [[0, 1], [1, 2], [0, 1, 2]]) {
    it(`pay when ${signers.length} sign: ${signers}`, async () => {
      const { address: to } = await stranger();
      assertIsDeliverTxSuccess(await send(await pay(to, signers)));
      assert.equal((await client.getBalance(to, network.denom)).amount, "5");
    });
  }

  it("have an account whose key CosmJS reads", async () => {
    const account = await client.getAccount(address);
    assert.deepEqual(account.pubkey, multisig);
  });

  it("are refused when one signs", async () => {
    const { address: to } = await stranger();
    await assert.rejects(client.broadcastTxSync(await pay(to, [1])), /needs 2 signatures of its members, got 1/);
  });

  it("are refused when a signature is somebody else's", async () => {
    const { address: to } = await stranger();
    const forge = (signatures) => signatures.forEach((_, signer) => signatures.set(signer, Random.getBytes(64)));
    await assert.rejects(client.broadcastTxSync(await pay(to, [0, 2], forge)), /signature verification failed: member [12]: the signature (is not this key|has a high s)/);
  });
});
