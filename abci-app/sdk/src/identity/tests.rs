//! What identity promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sirius_primitives::{Hash, PublicKey as AccountKey};
use sirius_runtime::{Chain, tx::pack_public_key};

use super::*;
use crate::{
    Cause,
    catalogue::Catalogue,
    client::AbciAnswer,
    fake::{CHAIN_ID, FakeChain, FakeNode, GENESIS, key, prefix},
    key::{Key, Scheme},
    prove::ProveError,
    trust::{Anchor, LightClient, Settings, TRUSTING_PERIOD},
};

/// The database key of [`key`] 1, and the one that account 2 rotated to.
fn other(seed: u8) -> AccountKey {
    Key::from_secret_bytes(Scheme::Ed25519, &[seed; 32]).unwrap().public_key()
}

fn address(number: u8) -> String {
    key(number).address().bech32(&prefix())
}

fn lease(name: &str, seconds: i64, target: Option<String>) -> Value {
    let mut lease = json!({
        "name": name, "owner": address(1), "expires": { "seconds": seconds, "nanos": 0 },
        "below": [{ "name": format!("{name}.shop"), "target": address(2) }],
    });
    if let Some(target) = target {
        lease["target"] = json!(target);
    }
    lease
}

/// Account 1 has registered a key, account 2 has rotated to one, account 3 has neither.
fn genesis(state: &mut Value) {
    let packed = pack_public_key(&other(22));
    let public_key = json!({ "type_url": packed.type_url, "value": STANDARD.encode(packed.value) });
    state["auth"] = json!({ "accounts": [
        { "address": address(1), "database_key": { "key": STANDARD.encode(other(11).as_bytes()), "since": 7 } },
        { "address": address(2), "public_key": public_key, "rotated": 9 },
    ] });
    let far = GENESIS + 1_000_000;
    state["name"] = json!({ "leases": [
        lease("brief", GENESIS + 7, Some(address(1))),
        lease("company", far, Some(address(1))),
        lease("nobody", far, None),
        lease("poor", far, Some(address(3))),
    ] });
}

struct Setting {
    chain: Arc<FakeChain>,
    node: Arc<FakeNode>,
}

impl Setting {
    fn new() -> Self {
        let chain = FakeChain::with(genesis);
        for _ in 0..5 {
            chain.commit();
        }
        let node = FakeNode::new(&chain);
        Self { chain, node }
    }

    fn prover(&self) -> Prover {
        let client = FakeNode::client(&[&self.node]);
        let hash = self.chain.state().blocks[1].header.hash();
        let anchor =
            Anchor::Header { height: Height(2), hash: Hash::new(hash.as_bytes().try_into().unwrap()) };
        let settings = Settings { chain_id: CHAIN_ID.into(), anchor, period: TRUSTING_PERIOD, file: None };
        let light = LightClient::open(client.clone(), settings).unwrap();
        Prover::new(
            client,
            light,
            Arc::new(Catalogue::new()),
            Chain { id: CHAIN_ID.into(), prefix: prefix() },
        )
    }

    /// Asks while blocks come, one a second.
    async fn name(&self, name: &str) -> Result<Identity, IdentityError> {
        let blocks = self.chain.run();
        let name = Name::parse(name).unwrap();
        let found = self.prover().identity_of_name(&name, || self.chain.now()).await;
        blocks.abort();
        found
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_leads_to_an_account_and_its_key() {
    let setting = Setting::new();
    let found = setting.name("company").await.unwrap();
    assert_eq!(found.name, Some(Name::parse("company").unwrap()));
    assert_eq!((found.address, found.key.as_bytes().as_slice()), (key(1).address(), other(11).as_bytes()));
    assert_eq!((found.source, found.since), (Source::Registered, Height(7)));
    assert_eq!(found.header.height, found.height.next());
}

#[tokio::test(start_paused = true)]
async fn a_rotated_account_is_known_by_its_new_key_since_the_rotation() {
    let setting = Setting::new();
    let found = setting.name("company.shop").await.unwrap();
    assert_eq!((found.address, found.key.as_bytes().as_slice()), (key(2).address(), other(22).as_bytes()));
    assert_eq!((found.source, found.since), (Source::Own, Height(9)));
}

#[tokio::test(start_paused = true)]
async fn an_address_leads_to_its_key() {
    let setting = Setting::new();
    let blocks = setting.chain.run();
    let found = setting.prover().identity_of(&key(1).address(), || setting.chain.now()).await.unwrap();
    blocks.abort();
    assert_eq!((found.name, found.key.as_bytes().as_slice()), (None, other(11).as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn what_leads_nowhere_is_refused_by_its_reason() {
    let check = async |name: &str, text: &str| {
        let error = Setting::new().name(name).await.unwrap_err();
        assert!(error.to_string().contains(text), "{name}: {error}");
        assert_eq!(error.cause(), Cause::Refused, "{name}");
    };
    check("stranger", "name stranger not found").await;
    check("company.bank", "name company.bank not found").await;
    check("nobody", "stands for nobody; ask its owner to set its target").await;
    check("poor", "database key of account").await;
}

/// The state still says that the name lives; the time of the header does not.
#[tokio::test(start_paused = true)]
async fn a_lease_that_is_over_leads_nowhere_whatever_the_state_says() {
    let setting = Setting::new();
    let error = setting.name("brief").await.unwrap_err();
    assert_eq!(error, IdentityError::Lapsed { name: "brief".into() });
    let error = setting.name("brief.shop").await.unwrap_err();
    assert_eq!(error, IdentityError::Lapsed { name: "brief.shop".into() });
}

#[tokio::test(start_paused = true)]
async fn a_forged_answer_is_refused() {
    let forgeries: [fn(&mut AbciAnswer); 4] = [
        |answer| answer.value = vec![1; 60],
        |answer| answer.value.clear(),
        |answer| answer.proof.clear(),
        |answer| {
            let last = answer.value.len() - 1;
            answer.value[last] ^= 1;
        },
    ];
    for (number, forge) in forgeries.into_iter().enumerate() {
        let setting = Setting::new();
        *setting.node.forge.lock().unwrap() = Some(forge);
        let error = setting.name("company").await.unwrap_err();
        assert!(matches!(error, IdentityError::Prove(ProveError::Forged { .. })), "{number}: {error}");
        assert_eq!(error.cause(), Cause::Broken);
    }
}

/// A header is trusted for two weeks, but who has a name is asked of the present.
#[tokio::test(start_paused = true)]
async fn an_old_state_says_nothing_about_now() {
    let setting = Setting::new();
    let blocks = setting.chain.run();
    let late = || setting.chain.now().checked_add(MOST_AGE + Duration::from_secs(5)).unwrap();
    let name = Name::parse("company").unwrap();
    let error = setting.prover().identity_of_name(&name, late).await.unwrap_err();
    blocks.abort();
    assert!(matches!(error, IdentityError::Stale { .. }), "{error}");
}
