//! What trust promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::Arc;

use sirius_primitives::Hash;

use super::*;
use crate::fake::{CHAIN_ID, FakeBlock, FakeChain, FakeNode, Validators};

fn genesis_json(validators: &Validators, chain_id: &str) -> String {
    let members: Vec<_> = validators
        .set()
        .validators()
        .iter()
        .map(|info| serde_json::json!({ "address": info.address, "pub_key": info.pub_key, "power": "10", "name": "x" }))
        .collect();
    serde_json::json!({
        "genesis_time": "2026-01-01T00:00:00Z", "chain_id": chain_id, "initial_height": "1",
        "validators": members, "app_hash": "", "app_state": { "anything": [1, 2, 3] },
    })
    .to_string()
}

struct Setting {
    chain: Arc<FakeChain>,
    node: Arc<FakeNode>,
    folder: tempfile::TempDir,
}

impl Setting {
    fn new(blocks: usize) -> Self {
        let chain = FakeChain::new();
        for _ in 0..blocks {
            chain.commit();
        }
        let node = FakeNode::new(&chain);
        Self { chain, node, folder: tempfile::tempdir().unwrap() }
    }

    fn genesis(&self, validators: &Validators) -> Anchor {
        let path = self.folder.path().join("genesis.json");
        std::fs::write(&path, genesis_json(validators, CHAIN_ID)).unwrap();
        Anchor::Genesis(Genesis::read(&path).unwrap())
    }

    fn settings(&self, anchor: Anchor) -> Settings {
        let file = Some(self.folder.path().join("trust.json"));
        Settings { chain_id: CHAIN_ID.into(), anchor, period: TRUSTING_PERIOD, file }
    }

    fn open(&self, anchor: Anchor) -> LightClient {
        LightClient::open(FakeNode::client(&[&self.node]), self.settings(anchor)).unwrap()
    }

    fn first(&self) -> Anchor {
        self.genesis(&Validators::numbered(1..5))
    }

    fn hash(&self, height: usize) -> Hash {
        let state = self.chain.state();
        let hash = state.blocks[height - 1].header.hash();
        Hash::new(hash.as_bytes().try_into().unwrap())
    }
}

#[tokio::test]
async fn genesis_vouches_for_every_header_of_its_chain() {
    let setting = Setting::new(9);
    let mut light = setting.open(setting.first());
    for height in [10, 3, 1, 7, 10] {
        let header = light.verify(Height(height as u64), setting.chain.now()).await.unwrap();
        assert_eq!((header.height.0, header.hash), (height as u64, setting.hash(height)));
    }
    assert_eq!(light.trusted().unwrap().height, Height(10));
}

#[tokio::test]
async fn validators_may_change_completely() {
    let setting = Setting::new(5);
    for first in [3_u8, 6, 9, 12, 15, 18] {
        setting.chain.elect(Validators::numbered(first..first + 4));
        for _ in 0..20 {
            setting.chain.commit();
        }
    }
    let latest = setting.chain.commit();
    let mut light = setting.open(setting.first());
    let header = light.verify(latest, setting.chain.now()).await.unwrap();
    assert_eq!(header.hash, setting.hash(usize::try_from(latest.0).unwrap()));
}

#[tokio::test]
async fn trust_is_kept_in_a_file_for_the_same_anchor() {
    let setting = Setting::new(9);
    let mut light = setting.open(setting.first());
    light.verify(Height(6), setting.chain.now()).await.unwrap();
    let again = setting.open(setting.first());
    assert_eq!(again.trusted(), light.trusted());
    let other = setting.open(Anchor::Header { height: Height(2), hash: setting.hash(2) });
    assert_eq!(other.trusted(), None);
    std::fs::write(setting.folder.path().join("trust.json"), "{").unwrap();
    let broken = LightClient::open(FakeNode::client(&[&setting.node]), setting.settings(setting.first()));
    assert!(matches!(broken, Err(TrustError::File { action: "reading", .. })));
}

#[tokio::test]
async fn a_header_of_a_friend_is_enough() {
    let setting = Setting::new(9);
    let mut light = setting.open(Anchor::Header { height: Height(5), hash: setting.hash(5) });
    for height in [9, 2] {
        let header = light.verify(Height(height as u64), setting.chain.now()).await.unwrap();
        assert_eq!(header.hash, setting.hash(height));
    }
    let mut wrong = setting.open(Anchor::Header { height: Height(5), hash: setting.hash(6) });
    let error = wrong.verify(Height(9), setting.chain.now()).await.unwrap_err();
    assert!(matches!(error, TrustError::OtherHeader { .. }), "{error}");
}

#[tokio::test]
async fn refuses_another_genesis() {
    let setting = Setting::new(3);
    let mut light = setting.open(setting.genesis(&Validators::numbered(1..4)));
    let error = light.verify(Height(3), setting.chain.now()).await.unwrap_err();
    assert!(matches!(error, TrustError::OtherGenesis { .. }), "{error}");
    let path = setting.folder.path().join("genesis.json");
    for text in ["", "{}", &genesis_json(&Validators::numbered(1..1), CHAIN_ID)] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Genesis::read(&path), Err(TrustError::Genesis { .. })), "{text}");
    }
    std::fs::write(&path, genesis_json(&Validators::numbered(1..5), "other-1")).unwrap();
    let mut light = setting.open(Anchor::Genesis(Genesis::read(&path).unwrap()));
    let error = light.verify(Height(3), setting.chain.now()).await.unwrap_err();
    assert!(matches!(error, TrustError::OtherChain { .. }), "{error}");
}

#[tokio::test]
async fn refuses_what_too_few_signed_or_somebody_changed() {
    let check = |change: fn(&mut FakeBlock), height: u64| async move {
        let setting = Setting::new(5);
        let mut light = setting.open(setting.first());
        light.verify(Height(2), setting.chain.now()).await.unwrap();
        change(&mut setting.chain.state().blocks[3]);
        light.verify(Height(height), setting.chain.now()).await
    };
    // Three of four are more than two thirds, two of four are not.
    let one_silent: fn(&mut FakeBlock) = |block| block.commit = block.validators.commit(&block.header, 1);
    let two_silent: fn(&mut FakeBlock) = |block| block.commit = block.validators.commit(&block.header, 2);
    assert!(check(one_silent, 4).await.is_ok());
    assert!(matches!(check(two_silent, 4).await, Err(TrustError::Invalid { .. })));
    let forged: fn(&mut FakeBlock) =
        |block| block.header.app_hash = tendermint::AppHash::try_from(vec![9; 32]).unwrap();
    assert!(matches!(check(forged, 4).await, Err(TrustError::Invalid { .. })));
    let usurped: fn(&mut FakeBlock) = |block| {
        block.validators = Validators::numbered(50..54);
        block.header.validators_hash = block.validators.set().hash();
        block.header.next_validators_hash = block.header.validators_hash;
        block.commit = block.validators.commit(&block.header, 0);
    };
    assert!(check(usurped, 4).await.is_err());
}

#[tokio::test]
async fn refuses_a_changed_header_before_the_trusted_one() {
    let setting = Setting::new(9);
    let mut light = setting.open(setting.first());
    light.verify(Height(9), setting.chain.now()).await.unwrap();
    {
        let mut state = setting.chain.state();
        let block = &mut state.blocks[4];
        block.header.app_hash = tendermint::AppHash::try_from(vec![9; 32]).unwrap();
    }
    let error = light.verify(Height(3), setting.chain.now()).await.unwrap_err();
    assert!(matches!(error, TrustError::BrokenChain { .. }), "{error}");
    assert!(light.verify(Height(7), setting.chain.now()).await.is_ok());
}

#[tokio::test]
async fn trust_ends_with_its_period_and_never_reaches_the_future() {
    let setting = Setting::new(5);
    let now = setting.chain.now();
    let later = now.checked_add(TRUSTING_PERIOD).unwrap();
    let mut light = setting.open(setting.first());
    light.verify(Height(3), now).await.unwrap();
    let error = light.verify(Height(4), later).await.unwrap_err();
    assert!(matches!(error, TrustError::Expired { days: 14, .. }), "{error}");
    let mut early = setting.open(Anchor::Header { height: Height(2), hash: setting.hash(2) });
    let before = now.checked_sub(Duration::from_secs(3600)).unwrap();
    let error = early.verify(Height(5), before).await.unwrap_err();
    assert!(error.to_string().contains("future"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn waits_for_the_next_header_but_not_for_ever() {
    let setting = Setting::new(1);
    let light = setting.open(setting.first());
    let error = light.wait_for(Height(3), Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(error, TrustError::NoHeader { seconds: 5, .. }), "{error}");
    let blocks = setting.chain.run();
    light.wait_for(Height(3), Duration::from_secs(5)).await.unwrap();
    blocks.abort();
}

#[test]
fn impossible_validators_are_refused_not_trusted() {
    let member = |number: u8, power: u64| {
        let set = Validators::numbered(number..number + 1).set();
        (set.validators()[0].pub_key, tendermint::vote::Power::try_from(power).unwrap())
    };
    assert!(block::validator_set(vec![member(1, 1), member(2, 1)]).is_ok());
    assert!(block::validator_set(vec![member(1, 1), member(1, 2)]).is_err());
    let most = i64::MAX as u64;
    assert!(block::validator_set(vec![member(1, most), member(2, most)]).is_err());
    assert!(block::validator_set(vec![member(1, 1); 10_001]).is_err());
}

#[tokio::test]
async fn evidence_convinces_offline_though_the_validators_changed_completely() {
    let setting = Setting::new(5);
    for first in [3_u8, 6, 9] {
        setting.chain.elect(Validators::numbered(first..first + 4));
        for _ in 0..10 {
            setting.chain.commit();
        }
    }
    let (latest, now) = (setting.chain.commit(), setting.chain.now());
    let evidence = setting.open(setting.first()).evidence(latest, now).await.unwrap();
    let text = serde_json::to_string(&evidence).unwrap();
    let read: Evidence = serde_json::from_str(&text).unwrap();
    assert_eq!(read, evidence);
    let header = read.verify(&setting.settings(setting.first()), now).unwrap();
    assert_eq!((header.height, header.hash), (latest, setting.hash(usize::try_from(latest.0).unwrap())));
    // Without the steps between, too few of the first validators signed the last header.
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let blocks = json["blocks"].as_array_mut().unwrap();
    assert!(blocks.len() > 2);
    blocks.drain(1..blocks.len() - 1);
    let short: Evidence = serde_json::from_value(json).unwrap();
    let error = short.verify(&setting.settings(setting.first()), now).unwrap_err();
    assert!(matches!(error, TrustError::NoWay { .. }), "{error}");
    let other = setting.genesis(&Validators::numbered(5..9));
    assert!(matches!(read.verify(&setting.settings(other), now), Err(TrustError::OtherGenesis { .. })));
}

#[tokio::test]
async fn evidence_without_a_fresh_anchor_is_one_header_for_who_knows_its_hash() {
    let setting = Setting::new(5);
    let late = setting.chain.now().checked_add(TRUSTING_PERIOD).unwrap();
    let evidence = setting.open(setting.first()).evidence(Height(4), late).await.unwrap();
    assert_eq!(evidence.chain_id(), CHAIN_ID);
    let hash = setting.hash(4);
    let height = evidence.height_of(&hash).unwrap();
    let settings = setting.settings(Anchor::Header { height, hash });
    assert_eq!(evidence.verify(&settings, setting.chain.now()).unwrap().height, Height(4));
    let genesis = evidence.verify(&setting.settings(setting.first()), setting.chain.now());
    assert!(matches!(genesis, Err(TrustError::NoWay { .. })));
    let vouched = setting.open(Anchor::Header { height: Height(5), hash: setting.hash(5) });
    let before = vouched.evidence(Height(3), setting.chain.now()).await.unwrap();
    assert!(before.height_of(&setting.hash(3)).is_ok());
}
