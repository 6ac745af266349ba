//! What a proof costs beside the round trips it needs: asks the network of the home in `SIRIUS_HOME`, and prints the
//! median of 101 runs of each operation.
#![allow(clippy::unwrap_used, reason = "a measurement that panics has failed")]

use std::{env, path::Path, sync::Arc, time::Instant};

use prost::Message as _;
use sirius_ledger::base::bank::{supply_key, wire::bank::QuerySupplyOfRequest};
use sirius_primitives::Height;
use sirius_sdk::{
    catalogue::Catalogue,
    client::{AbciQuestion, Client},
    config::Config,
    prove::Prover,
    trust::LightClient,
};
use tendermint::Time;

const SUPPLY: &str = "/cosmos.bank.v1beta1.Query/SupplyOf";
const RUNS: usize = 101;

#[tokio::main]
async fn main() {
    let Some(home) = env::var_os("SIRIUS_HOME") else {
        println!("set SIRIUS_HOME to the home of a running network");
        return;
    };
    let config = Config::load(Path::new(&home)).unwrap();
    let client = config.client().unwrap();
    let height = Height(client.committed().await.unwrap().0.checked_sub(1).unwrap());
    let request = QuerySupplyOfRequest { denom: config.fee_denom.to_string() }.encode_to_vec();

    let mut plain = Vec::with_capacity(RUNS);
    let mut status = Vec::with_capacity(RUNS);
    let mut raw = Vec::with_capacity(RUNS);
    let mut proven = Vec::with_capacity(RUNS);
    let mut prover = prover(&config, &client);
    for _ in 0..RUNS {
        let begun = Instant::now();
        client.ask_bytes(SUPPLY, request.clone(), Some(height)).await.unwrap();
        plain.push(begun.elapsed());

        let begun = Instant::now();
        client.status().await.unwrap();
        status.push(begun.elapsed());

        let begun = Instant::now();
        client.abci_query(raw_question(&config, height)).await.unwrap();
        raw.push(begun.elapsed());

        let begun = Instant::now();
        prover.answer(SUPPLY, &request, Some(height), now()).await.unwrap().value.unwrap();
        proven.push(begun.elapsed());
    }
    for (name, mut times) in
        [("question", plain), ("status", status), ("raw key with proof", raw), ("proven answer", proven)]
    {
        times.sort_unstable();
        println!("{name:<20} {:>8.2} ms", times.get(RUNS / 2).unwrap().as_secs_f64() * 1e3);
    }
}

fn prover(config: &Config, client: &Client) -> Prover {
    let light = LightClient::open(client.clone(), config.trust().unwrap()).unwrap();
    Prover::new(client.clone(), light, Arc::new(Catalogue::new()), config.chain.clone())
}

fn raw_question(config: &Config, height: Height) -> AbciQuestion {
    let data = supply_key(&config.fee_denom).as_bytes().to_vec();
    AbciQuestion { path: "/store/ledger/key".into(), data, height: Some(height), prove: true }
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_unix_timestamp(i64::try_from(since.as_secs()).unwrap(), since.subsec_nanos()).unwrap()
}
