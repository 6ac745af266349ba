//! What a block costs: the two candidate databases, the tree beside `jmt`, commits, proofs, opening again.
//!
//! `cargo bench -p sirius-store --profile release` takes about three minutes. After `--`:
//! `--long` adds a million accounts everywhere, `--blocks N` and `--accounts N` change the comparison of the databases,
//! `--only NAME` runs one part: `engines`, `tree`, `commit`, `proof` or `open`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark looks at clocks and its process, and stops when anything goes wrong"
)]

mod child;
mod engines;
mod measure;
mod parts;
mod redb;
mod workload;

/// The node's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line asks for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) long: bool,
    pub(crate) blocks: u64,
    pub(crate) accounts: u64,
    only: Option<String>,
}

impl Wish {
    fn read() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let after =
            |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned();
        let number = |name: &str, default: u64| after(name).map_or(default, |word| word.parse().unwrap());
        Self {
            long: words.iter().any(|word| word == "--long"),
            blocks: number("--blocks", 60),
            accounts: number("--accounts", 100_000),
            only: after("--only"),
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

fn main() {
    if child::is_asked_for() {
        return child::run();
    }
    let wish = Wish::read();
    println!("{}; commit {}", measure::machine(), measure::commit());
    type Part = fn(&Wish);
    let parts: [(&str, Part); 5] = [
        ("tree", parts::tree),
        ("commit", parts::commit),
        ("proof", parts::proof),
        ("open", parts::open),
        ("engines", engines::compare),
    ];
    for (name, part) in parts {
        if wish.wants(name) {
            println!("\n## {name}");
            part(&wish);
        }
    }
}
