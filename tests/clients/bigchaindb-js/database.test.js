// BigchainDB's JavaScript driver, as it comes, against a node: BDB_HOST and BDB_PORT say where.
// The tests run one after the other, so that each finds what the one before it made.

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const { before, test } = require("node:test");

const base58 = require("bs58");
const conditions = require("crypto-conditions");
const driver = require("bigchaindb-driver");
const { sha3_256 } = require("js-sha3");

const { Connection, Ed25519Keypair, Transaction } = driver;
const { BDB_HOST = "127.0.0.1", BDB_PORT = "9984" } = process.env;

const connection = new Connection(`http://${BDB_HOST}:${BDB_PORT}/api/v1/`);
const [alice, bob, carol] = [0, 1, 2].map(() => new Ed25519Keypair(randomBytes(32)));
const word = `bottle${randomBytes(6).toString("hex")}`;

const to = (owner, amount = "1") =>
  Transaction.makeOutput(Transaction.makeEd25519Condition(owner.publicKey), amount);

/** What one input signs. */
function digest(serialized, input) {
  const { transaction_id: id, output_index: index } = input.fulfills;
  return Buffer.from(sha3_256.create().update(serialized).update(`${id}${index}`).hex(), "hex");
}

/** A threshold fulfilment by those who sign; the others are there by their conditions. */
function fulfilment(message, threshold, signers, others) {
  const whole = new conditions.ThresholdSha256();
  whole.setThreshold(threshold);
  for (const { privateKey } of signers) {
    const part = new conditions.Ed25519Sha256();
    part.sign(message, base58.decode(privateKey));
    whole.addSubfulfillment(part);
  }
  for (const { publicKey } of others) {
    whole.addSubcondition(Transaction.makeEd25519Condition(publicKey, false).getCondition());
  }
  return whole.serializeUri();
}

let made;
let moved;

before(async () => {
  const unsigned = Transaction.makeCreateTransaction(
    { name: word, small: 1e-7, large: 1e21, list: [[1, [2.5]], null] },
    { seller: "Bella" },
    [to(alice, "5")],
    alice.publicKey,
  );
  made = Transaction.signTransaction(unsigned, alice.privateKey);
  assert.deepEqual(await connection.postTransactionCommit(made), made);
});

test("a transaction is read as it was sent", async () => {
  assert.deepEqual(await connection.getTransaction(made.id), made);
  const [height] = await connection.listBlocks(made.id);
  const block = await connection.getBlock(height);
  assert.ok(block.transactions.some(({ id }) => id === made.id));
});

test("shares move to their next owners", async () => {
  const unsigned = Transaction.makeTransferTransaction(
    [{ tx: made, output_index: 0 }],
    [to(bob, "3"), to(alice, "2")],
    { price: "100 euro" },
  );
  moved = Transaction.signTransaction(unsigned, alice.privateKey);
  await connection.postTransactionCommit(moved);
  const unspent = await connection.listOutputs(bob.publicKey, false);
  assert.deepEqual(unspent, [{ output_index: 0, transaction_id: moved.id }]);
  const spent = await connection.listOutputs(alice.publicKey, true);
  assert.deepEqual(spent, [{ output_index: 0, transaction_id: made.id }]);
  const history = await connection.listTransactions(made.id);
  assert.deepEqual(history.map(({ id }) => id), [made.id, moved.id]);
  assert.equal((await connection.listTransactions(made.id, "TRANSFER")).length, 1);
});

test("what was spent is not spent again", async () => {
  const unsigned = Transaction.makeTransferTransaction(
    [{ tx: made, output_index: 0 }],
    [to(carol, "5")],
    { price: "1 euro" },
  );
  const again = Transaction.signTransaction(unsigned, alice.privateKey);
  for (const send of ["postTransactionCommit", "postTransactionSync", "postTransactionAsync"]) {
    await assert.rejects(connection[send](again), (error) => error.status.startsWith("400"));
  }
});

test("documents are found by their words", async () => {
  const assets = await connection.searchAssets(word);
  assert.deepEqual(assets, [{ data: made.asset.data, id: made.id }]);
  const [metadata] = await connection.searchMetadata("Bella");
  assert.ok(metadata.metadata.seller === "Bella" && metadata.id.length === 64);
});

test("two of three owners suffice, and one does not", async () => {
  const owners = [alice, bob, carol].map(({ publicKey }) => Transaction.makeEd25519Condition(publicKey, false));
  const shared = Transaction.makeOutput(Transaction.makeThresholdCondition(2, owners), "3");
  shared.public_keys = [alice, bob, carol].map(({ publicKey }) => publicKey);
  const share = Transaction.makeTransferTransaction([{ tx: moved, output_index: 0 }], [shared], null);
  const held = Transaction.signTransaction(share, bob.privateKey);
  await connection.postTransactionCommit(held);
  for (const { publicKey } of [alice, bob, carol]) {
    const outputs = await connection.listOutputs(publicKey, false);
    assert.ok(outputs.some(({ transaction_id: id }) => id === held.id));
  }
  const back = Transaction.makeTransferTransaction([{ tx: held, output_index: 0 }], [to(carol, "3")], null);
  const signed = (threshold, signers, others) =>
    Transaction.delegateSignTransaction(back, (serialized, input) =>
      fulfilment(digest(serialized, input), threshold, signers, others),
    );
  await assert.rejects(connection.postTransactionCommit(signed(1, [carol], [alice, bob])));
  const whole = signed(2, [alice, carol], [bob]);
  await connection.postTransactionCommit(whole);
  assert.deepEqual(await connection.getTransaction(whole.id), whole);
});
