//! Unmodified CosmJS, as its packages come from npm: `clients/cosmjs`.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;
use sirius_tests::outside;

use crate::setting::Setting;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let bed = &setting.bed;
    let record = bed.network().record();
    let addresses: BTreeMap<_, _> =
        record.accounts.iter().map(|account| (&account.name, &account.address)).collect();
    let wallets: BTreeMap<_, _> =
        setting.wallets.iter().map(|(name, words)| (name, words.phrase().to_string())).collect();
    let network = json!({
        "rpc": bed.rpcs().iter().map(|rpc| rpc.url().to_owned()).collect::<Vec<_>>(),
        "chainId": record.chain_id,
        "prefix": record.prefix,
        "denom": record.fee_denom(),
        "accounts": addresses,
        "wallets": wallets,
    });
    println!("  {}", outside::node_tests("cosmjs", &[("SIRIUS_NETWORK", network.to_string())])?);
    Ok(())
}
