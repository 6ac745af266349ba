//! Garbage to every RPC at once, while honest accounts pay.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use serde_json::{Value, json};
use sirius_sdk::key::Scheme;
use sirius_tests::bed::{Bed, LOAD_SEED};
use sirius_tests::load::{Account, Accounts, Transfers};
use sirius_tests::rpc::Rpc;
use sirius_tests::trade::Trade;

use crate::setting::{ACCOUNTS, PAYING, Setting};

/// For how many blocks garbage comes: enough for each account to pay some ten times, however slow the machine is.
const LASTS: u64 = 40;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Transactions in one request.
const BATCH: usize = 40;
/// Bytes of a transaction that is too large for a block's worth of anything.
const LARGE: usize = 400_000;
/// Accounts that are not there, in whose name is paid.
const STRANGERS: u32 = 50;
/// Payments that make a percentile worth its name.
const ENOUGH: usize = 200;
/// In how many blocks 99 of 100 honest payments are.
const BLOCKS: u64 = 3;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let bed = setting.bed()?;
    let trade = Trade::open(bed, PAYING)?;
    let (sent, payments) = trade.during(|| flood(bed))?;
    ensure!(payments.len() >= ENOUGH, "only {} payments were made meanwhile", payments.len());
    let mut waited: Vec<u64> =
        payments.iter().map(|payment| payment.height.saturating_sub(payment.taken)).collect();
    waited.sort_unstable();
    let p99 = waited[(waited.len() * 99).div_ceil(100) - 1];
    println!(
        "  {sent} pieces of garbage beside {} payments: in a block after {} blocks (p50), {p99} (p99), {} (worst)",
        payments.len(),
        waited[waited.len() / 2],
        waited.last().context("there are payments")?,
    );
    ensure!(p99 <= BLOCKS, "p99 is {p99} blocks");
    trade.close(&payments, 0)?;
    Ok(())
}

/// Sends garbage to every host until its time is over, and returns how much.
fn flood(bed: &Bed) -> Result<u64> {
    let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let own = Accounts::find(&bed.rpc(0), &bed.prefix()?, LOAD_SEED, ACCOUNTS, Scheme::Secp256k1)?.0;
    let own = own.into_iter().skip(PAYING as usize);
    let garbage = own.zip(0_u64..).map(|(own, host)| Garbage::new(bed, host, own));
    let garbage = garbage.collect::<Result<Vec<_>>>()?;
    let height = bed.rpc(0).status()?.height + LASTS;
    thread::scope(|scope| {
        let mut senders = Vec::new();
        for (rpc, garbage) in bed.rpcs().into_iter().zip(garbage) {
            let (stop, sent) = (&stop, &sent);
            senders.push(scope.spawn(move || garbage.send(&rpc, stop, sent)));
        }
        let reached = bed.network().wait_height(height, PATIENCE);
        stop.store(true, Ordering::SeqCst);
        let ended =
            senders.into_iter().map(|sender| sender.join().map_err(|_| anyhow!("a sender panicked"))?);
        ended.collect::<Result<Vec<()>>>()?;
        anyhow::Ok(reached?)
    })?;
    Ok(sent.into_inner())
}

/// Who sends garbage to a host.
struct Garbage {
    dice: StdRng,
    transfers: Transfers,
    /// An account with coins that nobody else uses.
    own: Account,
    /// Accounts that are not there.
    strangers: Vec<Account>,
}

impl Garbage {
    fn new(bed: &Bed, seed: u64, own: Account) -> Result<Self> {
        let prefix = bed.prefix()?;
        let stranger = |index| {
            let key = localnet::load::key("strangers", index, Scheme::Secp256k1)?;
            let address = key.address().bech32(&prefix);
            Ok(Account { key, address, number: u64::from(index), sequence: 0, key_known: false })
        };
        let strangers = (0..STRANGERS).map(stranger).collect::<Result<_>>()?;
        let transfers = Transfers::new(bed.chain_id());
        Ok(Self { dice: StdRng::seed_from_u64(seed), transfers, own, strangers })
    }

    fn send(mut self, rpc: &Rpc, stop: &AtomicBool, sent: &AtomicU64) -> Result<()> {
        while !stop.load(Ordering::SeqCst) {
            let pieces = match self.dice.gen_ratio(1, 20) {
                true => vec![self.large()],
                false => (0..BATCH).map(|_| self.piece()).collect(),
            };
            sent.fetch_add(pieces.len() as u64, Ordering::SeqCst);
            let ask = |(id, tx): (usize, &Vec<u8>)| {
                let params = json!({ "tx": STANDARD.encode(tx) });
                json!({ "jsonrpc": "2.0", "id": id, "method": "broadcast_tx_async", "params": params })
            };
            let body = serde_json::to_vec(&pieces.iter().enumerate().map(ask).collect::<Vec<_>>())?;
            // Whatever is refused is refused as it should be; a host that is busy answers late.
            let _ = rpc.batch::<Value>("broadcast_tx_async", body);
        }
        Ok(())
    }

    /// Bytes of chance, or a payment that looks right: of an account that is not there, with a sequence that will never
    /// be, with a broken signature, with a fee that nobody has, or one that is too small.
    fn piece(&mut self) -> Vec<u8> {
        let Self { dice, transfers, own, strangers } = self;
        transfers.amount = u128::from(dice.next_u32()) + 1;
        let to = own.address.clone();
        let (sequence, fee) = (own.sequence, transfers.fee.amount);
        let bytes = match dice.gen_range(0..6_u8) {
            0 => {
                let mut bytes = vec![0; dice.gen_range(1..2_000)];
                dice.fill_bytes(&mut bytes);
                bytes
            }
            1 => transfers.transfer(&strangers[dice.gen_range(0..strangers.len())], &to),
            2 => {
                own.sequence += 1 + u64::from(dice.next_u32());
                transfers.transfer(own, &to)
            }
            3 => {
                let mut bytes = transfers.transfer(own, &to);
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                bytes
            }
            4 => {
                transfers.fee.amount = u128::from(u64::MAX);
                transfers.transfer(own, &to)
            }
            _ => {
                transfers.fee.amount = 1;
                transfers.transfer(own, &to)
            }
        };
        (own.sequence, transfers.fee.amount) = (sequence, fee);
        bytes
    }

    /// A payment with a note that no block has room for.
    fn large(&mut self) -> Vec<u8> {
        self.transfers.memo = "x".repeat(LARGE);
        let bytes = self.transfers.transfer(&self.own, &self.own.address);
        self.transfers.memo.clear();
        bytes
    }
}
