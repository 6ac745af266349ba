// The network under test: the lane that starts it describes it in SIRIUS_NETWORK, as JSON
// { rpc: [address…], chainId, prefix, denom, wallets: { name: mnemonic } }.

import { GasPrice, SigningStargateClient, StargateClient } from "@cosmjs/stargate";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";

const described = process.env.SIRIUS_NETWORK;
if (!described) throw new Error("SIRIUS_NETWORK is not set: run this through the lane e2e of the crate sirius-tests");

/** The network's description. */
export const network = JSON.parse(described);

/** How often CosmJS looks whether a transaction is in a block; its default of 3 s would be most of the tests' time. */
const poll = { broadcastPollIntervalMs: 200, broadcastTimeoutMs: 15_000 };

/** A client of a host that only reads. */
export function reader(host = 0) {
  return StargateClient.connect(network.rpc[host]);
}

/** The wallet of a funded account. */
export function wallet(name) {
  return DirectSecp256k1HdWallet.fromMnemonic(network.wallets[name], { prefix: network.prefix });
}

/** A client that signs for a funded account, with its address. Each test file uses an account of its own. */
export async function signer(name, { registry, host = 0 } = {}) {
  const own = await wallet(name);
  const [{ address }] = await own.getAccounts();
  const client = await SigningStargateClient.connectWithSigner(network.rpc[host], own, {
    ...poll,
    ...(registry && { registry }),
    gasPrice: GasPrice.fromString(`0.025${network.denom}`),
  });
  return { client, address, wallet: own };
}

/** A new address that nobody has sent anything to. */
export async function stranger() {
  const fresh = await DirectSecp256k1HdWallet.generate(12, { prefix: network.prefix });
  const [{ address }] = await fresh.getAccounts();
  return { address, wallet: fresh };
}

/** So many of the smallest units. */
export function units(amount) {
  return [{ denom: network.denom, amount: String(amount) }];
}

/** A fee that is enough for any transaction here. */
export const fee = { amount: units(5_000), gas: "200000" };

/** A bank transfer as CosmJS packs it. */
export function transfer(from, to, amount) {
  return {
    typeUrl: "/cosmos.bank.v1beta1.MsgSend",
    value: { fromAddress: from, toAddress: to, amount: units(amount) },
  };
}

/** The attribute of the first event of a kind. */
export function attribute(events, kind, key) {
  for (const event of events) {
    if (event.type !== kind) continue;
    const found = event.attributes.find((candidate) => candidate.key === key);
    if (found) return found.value;
  }
  return undefined;
}
