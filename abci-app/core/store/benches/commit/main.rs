//! scratch
mod redb;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
use sirius_primitives::{Blocks, Height};
use sirius_store::{Changes, Disk, DiskOptions, Memory, Options, Read, Store, backend::Backend};
use std::{path::Path, sync::Arc, time::Instant};

fn rng(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
fn address(i: u64) -> [u8; 32] {
    *sirius_primitives::sha256(&i.to_be_bytes()).as_bytes()
}
fn account(i: u64) -> Vec<u8> {
    [b"auth/account/".as_slice(), &address(i)[..20]].concat()
}
fn balance(i: u64) -> Vec<u8> {
    [b"bank/balance/".as_slice(), &address(i)[..20], b"uxpx"].concat()
}
fn io() -> u64 {
    std::fs::read_to_string("/proc/self/io")
        .unwrap()
        .lines()
        .find_map(|l| l.strip_prefix("write_bytes: "))
        .unwrap()
        .parse()
        .unwrap()
}
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap()
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse::<u64>()
        .unwrap()
        / 1024
}
fn du(p: &Path) -> u64 {
    if p.is_file() {
        use std::os::unix::fs::MetadataExt;
        return p.metadata().map(|m| m.blocks() * 512).unwrap_or(0);
    };
    std::fs::read_dir(p).map(|d| d.flatten().map(|e| du(&e.path())).sum()).unwrap_or(0)
}

fn cpu_of(worker: bool) -> f64 { std::fs::read_dir("/proc/self/task").unwrap().flatten().filter(|t| std::fs::read_to_string(t.path().join("comm")).unwrap_or_default().starts_with("fjall") == worker).map(|t| std::fs::read_to_string(t.path().join("schedstat")).unwrap_or_default().split(' ').next().unwrap_or("0").parse::<f64>().unwrap_or(0.0)).sum::<f64>() / 1e6 }
fn cpu() -> f64 { cpu_of(false) }
fn miss(what: &str) { println!("{what} misses {:?}", sirius_store::history::MISS.each_ref().map(|m| m.swap(0, std::sync::atomic::Ordering::Relaxed))); }
fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let kind = args.first().cloned().unwrap_or("memory".into());
    let accounts: u64 = args.get(1).map_or(100_000, |a| a.parse().unwrap());
    let transfers: u64 = args.get(2).map_or(10_000, |a| a.parse().unwrap());
    let blocks: u64 = args.get(3).map_or(20, |a| a.parse().unwrap());
    let keep: u64 = args.get(4).map_or(1000, |a| a.parse().unwrap());
    let dir = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or("/tmp".into())).unwrap();
    let backend: Arc<dyn Backend> = match kind.as_str() {
        "memory" => Arc::new(Memory::new()),
        "fjall" => Arc::new(Disk::open(dir.path(), DiskOptions::default()).unwrap()),
        "redb" => Arc::new(redb::Redb::open(&dir.path().join("db"), 64 << 20).unwrap()),
        _ => panic!(),
    };
    let store = Store::open(
        backend,
        Options {
            keep_versions: Blocks(keep),
            page_cache: std::env::var("PC").map_or(64, |a| a.parse::<usize>().unwrap()) << 20,
            ..Options::default()
        },
    )
    .unwrap();
    let mut changes = Changes::new();
    let mut height = Height(0);
    let t = Instant::now();
    for i in 0..accounts {
        changes.insert(account(i), Some(vec![1; 46]));
        changes.insert(balance(i), Some(vec![2; 16]));
        if changes.len() >= 200_000 || i + 1 == accounts {
            height = height.next();
            let p = store.prepare(height, &changes).unwrap();
            store.commit(p, vec![]).unwrap();
            changes.clear();
        }
    }
    println!("load {:?} rss {} MB", t.elapsed(), rss());
    let mut seed = 88172645463325252;
    let (mut prep, mut comm) = (vec![], vec![]);
    miss("load"); let start_io = io(); let start_bg = cpu_of(true);
    let mut keys = 0;
    let (mut cp, mut cc) = (0.0, 0.0);
    for _ in 0..blocks {
        changes.clear();
        for _ in 0..transfers {
            let (a, b) = (rng(&mut seed) % accounts, rng(&mut seed) % accounts);
            changes.insert(account(a), Some(rng(&mut seed).to_be_bytes().repeat(6)[..46].to_vec()));
            changes.insert(balance(a), Some(rng(&mut seed).to_be_bytes().repeat(2)));
            changes.insert(balance(b), Some(rng(&mut seed).to_be_bytes().repeat(2)));
        }
        keys += changes.len();
        height = height.next();
        let c = cpu();
        let t = Instant::now();
        let p = store.prepare(height, &changes).unwrap();
        cp += cpu() - c;
        prep.push(t.elapsed());
        let rows =
            (0..transfers).map(|_| (address(rng(&mut seed)).to_vec(), Some(vec![7; 60]))).collect::<Vec<_>>();
        let rows = if std::env::var("ROWS").is_ok() { rows } else { vec![] };
        let c = cpu();
        let t = Instant::now();
        store.commit(p, rows).unwrap();
        cc += cpu() - c;
        comm.push(t.elapsed());
    }
    prep.sort();
    comm.sort();
    let q = |v: &Vec<std::time::Duration>, p: f64| v[((v.len() - 1) as f64 * p) as usize];
    println!(
        "{kind} accounts {accounts} transfers {transfers} keys/block {} prepare p50 {:?} p99 {:?} commit p50 {:?} p99 {:?} max {:?} written/block {} KB disk {} MB rss {} MB",
        keys as u64 / blocks,
        q(&prep, 0.5),
        q(&prep, 0.99),
        q(&comm, 0.5),
        q(&comm, 0.99),
        q(&comm, 1.0),
        (io() - start_io) / blocks / 1024,
        du(dir.path()) >> 20,
        rss()
    );
    println!("cpu/block prepare {:.1} ms commit {:.1} ms, background {:.1} ms", cp / blocks as f64, cc / blocks as f64, (cpu_of(true) - start_bg) / blocks as f64);
    let snap = store.latest();
    let c = cpu(); let t = Instant::now();
    for i in 0..std::env::var("GETS").map_or(10000, |g| g.parse().unwrap()) {
        snap.get_bytes(&balance(i * 7 % accounts)).unwrap();
    }
    miss("gets"); println!("get {:?} cpu {:.2} us", t.elapsed() / 10000, (cpu() - c) / 10.0);
    let t = Instant::now();
    for i in 0..1000 {
        snap.prove(&balance(i * 7 % accounts)).unwrap();
    }
    println!("prove latest {:?}", t.elapsed() / 1000);
    let snap = store.at(Height(height.0.saturating_sub(blocks / 2))).unwrap();
    let t = Instant::now();
    for i in 0..1000 {
        snap.prove(&balance(i * 7 % accounts)).unwrap();
    }
    println!("prove {} blocks back {:?}", blocks / 2, t.elapsed() / 1000);
}
