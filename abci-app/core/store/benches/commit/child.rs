//! Parts that need a process of their own: one that is killed while it commits, one whose memory is looked at.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use crate::{
    measure::resident,
    workload::{Chain, Engine},
};

/// The role of a child: `fill`, `write` or `open`.
const ROLE: &str = "SIRIUS_STORE_BENCH_ROLE";

/// What else it is to know: `engine accounts blocks folder`.
const TASK: &str = "SIRIUS_STORE_BENCH_TASK";

/// Whether this process is such a child.
pub(crate) fn is_asked_for() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// Does what the parent asks for.
pub(crate) fn run() {
    let task = std::env::var(TASK).unwrap();
    let words: Vec<&str> = task.splitn(4, ' ').collect();
    let engine = if words[0] == "redb" { Engine::Redb } else { Engine::Fjall };
    let [accounts, blocks] = [words[1], words[2]].map(|word| word.parse::<u64>().unwrap());
    let start = Instant::now();
    let backend = engine.open(Path::new(words[3]));
    match std::env::var(ROLE).unwrap().as_str() {
        "fill" => {
            let mut chain = Chain::filled(backend, accounts);
            chain.blocks(blocks, 5000);
        }
        "write" => {
            let mut chain = Chain::open(backend, accounts);
            loop {
                chain.block(5000);
                println!("committed");
            }
        }
        _ => {
            let mut chain = Chain::open(backend, accounts);
            println!("{}", start.elapsed().as_secs_f64() * 1e3);
            chain.blocks(blocks, 5000);
            println!("{}", resident());
        }
    }
}

fn spawn(role: &str, engine: Engine, accounts: u64, blocks: u64, folder: &Path) -> Child {
    let task = format!("{} {accounts} {blocks} {}", engine.name(), folder.display());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, role).env(TASK, task).stdout(Stdio::piped()).spawn().unwrap()
}

/// Fills a store and makes some blocks, in a process that ends cleanly.
pub(crate) fn fill(engine: Engine, accounts: u64, blocks: u64, folder: &Path) {
    assert!(spawn("fill", engine, accounts, blocks, folder).wait().unwrap().success());
}

/// Kills a process that has committed `blocks` blocks and is about the next.
pub(crate) fn kill_while_writing(engine: Engine, accounts: u64, blocks: usize, folder: &Path) {
    let mut child = spawn("write", engine, accounts, 0, folder);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.take(blocks).flatten().count(), blocks);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Milliseconds until a store is open again, and its megabytes of memory after `blocks` blocks more.
pub(crate) fn open(engine: Engine, accounts: u64, blocks: u64, folder: &Path) -> (f64, f64) {
    let output = spawn("open", engine, accounts, blocks, folder).wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.lines().map(|line| line.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
