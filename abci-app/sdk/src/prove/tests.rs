//! What prove promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use prost::Message as _;
use sirius_ledger::base::{
    auth::wire::auth::{QueryAccountInfoRequest, QueryAccountInfoResponse, QueryParamsRequest},
    bank::wire::bank::{QueryAllBalancesRequest, QueryBalanceRequest, QueryBalanceResponse},
};

use super::*;
use crate::{
    client::AbciAnswer,
    fake::{CHAIN_ID, FakeChain, FakeNode, key, prefix},
    trust::{Anchor, Settings, TRUSTING_PERIOD},
};

const BALANCE: &str = "/cosmos.bank.v1beta1.Query/Balance";

struct Setting {
    chain: Arc<FakeChain>,
    node: Arc<FakeNode>,
}

impl Setting {
    fn new() -> Self {
        let chain = FakeChain::new();
        for _ in 0..5 {
            chain.commit();
        }
        let node = FakeNode::new(&chain);
        Self { chain, node }
    }

    fn prover(&self, chain: Chain) -> Prover {
        let client = FakeNode::client(&[&self.node]);
        let hash = self.chain.state().blocks[1].header.hash();
        let anchor =
            Anchor::Header { height: Height(2), hash: Hash::new(hash.as_bytes().try_into().unwrap()) };
        let settings = Settings { chain_id: CHAIN_ID.into(), anchor, period: TRUSTING_PERIOD, file: None };
        let light = LightClient::open(client.clone(), settings).unwrap();
        Prover::new(client, light, Arc::new(Catalogue::new()), chain)
    }

    fn own(&self) -> Prover {
        self.prover(Chain { id: CHAIN_ID.into(), prefix: prefix() })
    }

    async fn ask(&self, path: &str, request: Vec<u8>, height: u64) -> Result<Proven, ProveError> {
        self.own().answer(path, &request, Some(Height(height)), self.chain.now()).await
    }
}

fn balance_of(number: u8) -> Vec<u8> {
    let address = key(number).address().bech32(&prefix());
    QueryBalanceRequest { address, denom: "uxpx".into() }.encode_to_vec()
}

#[tokio::test]
async fn point_questions_prove_themselves() {
    let setting = Setting::new();
    let proven = setting.ask(BALANCE, balance_of(1), 4).await.unwrap();
    let answer = QueryBalanceResponse::decode(proven.value.unwrap().as_slice()).unwrap();
    assert_eq!(answer.balance.unwrap().amount, "1000000000000");
    assert_eq!((proven.height, proven.header.height, proven.keys), (Height(4), Height(5), 2));

    let address = key(2).address().bech32(&prefix());
    let request = QueryAccountInfoRequest { address }.encode_to_vec();
    let proven = setting.ask("/cosmos.auth.v1beta1.Query/AccountInfo", request, 3).await.unwrap();
    let answer = QueryAccountInfoResponse::decode(proven.value.unwrap().as_slice()).unwrap();
    assert_eq!(answer.info.unwrap().account_number, 1);

    let request = QueryParamsRequest {}.encode_to_vec();
    let proven = setting.ask("/cosmos.auth.v1beta1.Query/Params", request, 3).await.unwrap();
    assert_eq!(proven.keys, 6);
}

#[tokio::test]
async fn absence_and_refusals_are_proven_too() {
    let setting = Setting::new();
    let proven = setting.ask(BALANCE, balance_of(9), 4).await.unwrap();
    let answer = QueryBalanceResponse::decode(proven.value.unwrap().as_slice()).unwrap();
    assert_eq!(answer.balance.unwrap().amount, "0");
    let address = key(9).address().bech32(&prefix());
    let request = QueryAccountInfoRequest { address }.encode_to_vec();
    let proven = setting.ask("/cosmos.auth.v1beta1.Query/AccountInfo", request, 4).await.unwrap();
    assert_eq!(proven.value.unwrap_err().code, 22);
    let proven = setting.ask("/no.such/Path", Vec::new(), 4).await.unwrap();
    assert_eq!(proven.value.unwrap_err().code, 6);
}

#[tokio::test(start_paused = true)]
async fn the_newest_state_waits_for_the_next_header() {
    let setting = Setting::new();
    let blocks = setting.chain.run();
    let proven = setting.own().answer(BALANCE, &balance_of(1), None, far()).await.unwrap();
    blocks.abort();
    assert_eq!((proven.height, proven.header.height), (Height(6), Height(7)));
}

/// A time after every block of the test.
fn far() -> Time {
    crate::fake::FakeChain::new().now().checked_add(Duration::from_secs(60)).unwrap()
}

#[tokio::test]
async fn a_range_is_refused_with_its_reason() {
    let setting = Setting::new();
    let address = key(1).address().bech32(&prefix());
    let request = QueryAllBalancesRequest { address, pagination: None }.encode_to_vec();
    let error = setting.ask("/cosmos.bank.v1beta1.Query/AllBalances", request, 4).await.unwrap_err();
    assert_eq!(error.cause(), crate::Cause::Refused);
    assert!(error.to_string().contains("reads a range"), "{error}");
}

#[tokio::test]
async fn forged_answers_are_refused() {
    let setting = Setting::new();
    let forgeries: [fn(&mut AbciAnswer); 6] = [
        |answer| answer.value = vec![0; 16],
        |answer| answer.value.clear(),
        |answer| answer.proof.clear(),
        |answer| answer.proof.reverse(),
        |answer| {
            let last = answer.proof[0].data.len() - 1;
            answer.proof[0].data[last] ^= 1;
        },
        |answer| {
            let middle = answer.proof[1].data.len() / 2;
            answer.proof[1].data[middle] ^= 1;
        },
    ];
    for (number, forge) in forgeries.into_iter().enumerate() {
        *setting.node.forge.lock().unwrap() = Some(forge);
        let error = setting.ask(BALANCE, balance_of(1), 4).await.unwrap_err();
        assert!(matches!(error, ProveError::Forged { .. }), "{number}: {error}");
        assert_eq!(error.cause(), crate::Cause::Broken);
    }
}

/// A value that was right once is no answer at another height.
#[tokio::test]
async fn an_old_state_does_not_pass_for_a_new_one() {
    let setting = Setting::new();
    let mut prover = setting.own();
    let header = prover.light.verify(Height(5), setting.chain.now()).await.unwrap();
    let key = sirius_ledger::base::bank::supply_key(&"uxpx".parse().unwrap());
    assert!(prover.fetch(key.as_bytes(), Height(4), &header.app_hash).await.unwrap().0.is_some());
    let other = Hash::new([7; 32]);
    assert!(matches!(prover.fetch(key.as_bytes(), Height(4), &other).await, Err(ProveError::Forged { .. })));
}

#[tokio::test]
async fn another_chain_is_noticed() {
    let setting = Setting::new();
    let chain = Chain { id: CHAIN_ID.into(), prefix: sirius_primitives::Prefix::new("other").unwrap() };
    let answer =
        setting.prover(chain).answer(BALANCE, &balance_of(1), Some(Height(4)), setting.chain.now()).await;
    assert!(matches!(answer, Err(ProveError::OtherChain { .. })));
}

#[tokio::test]
async fn raw_values_can_be_proven() {
    let setting = Setting::new();
    let mut prover = setting.own();
    let now = setting.chain.now();
    let (value, header) = prover.value(b"chain/info", Some(Height(4)), now).await.unwrap();
    assert!(value.unwrap().windows(CHAIN_ID.len()).any(|part| part == CHAIN_ID.as_bytes()));
    assert_eq!(header.height, Height(5));
    assert_eq!(prover.value(b"no/such/key", Some(Height(4)), now).await.unwrap().0, None);
}
