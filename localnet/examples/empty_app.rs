//! The smallest application that a host can run in place of `abci-app` and `mongo-ledger`: no state, every block accepted.
//!
//! The tests of this crate start it, so that they prove what happens to an application's process without the ledger.
//! It refuses to start while its home holds a file `refuse`.

use std::path::Path;

use sirius_host::{Endpoint, Options, Server};

#[derive(Clone)]
struct Empty;

impl tendermint_abci::Application for Empty {}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [start, flag, home] = arguments.as_slice() else { return Err("use: start --home DIR".into()) };
    if start != "start" || flag != "--home" {
        return Err("use: start --home DIR".into());
    }
    let home = Path::new(home);
    if home.join("refuse").exists() {
        return Err("the file `refuse` is there".into());
    }
    let file =
        ["app.toml", "mongo-ledger.toml"].map(|name| home.join(name)).into_iter().find(|file| file.exists());
    let file = file.ok_or("neither app.toml nor mongo-ledger.toml is there")?;
    let config: toml::Table = std::fs::read_to_string(file)?.parse()?;
    let listen = config.get("abci").and_then(|abci| abci.get("listen")).and_then(toml::Value::as_str);
    let endpoint: Endpoint = listen.ok_or("the settings have no abci.listen")?.parse()?;
    Ok(Server::bind(&endpoint, Empty, Options::default())?.run()?)
}
