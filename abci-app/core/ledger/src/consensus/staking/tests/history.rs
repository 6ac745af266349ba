//! Who could make the last blocks.

use super::{
    super::{parse_operator, wire::staking as wire},
    *,
};

fn ask(setting: &Setting, height: i64) -> Result<wire::HistoricalInfo, Refusal> {
    let request = wire::QueryHistoricalInfoRequest { height };
    let path = "/cosmos.staking.v1beta1.Query/HistoricalInfo";
    setting.bed.ask::<wire::QueryHistoricalInfoResponse>(path, &request).map(|answer| answer.hist.unwrap())
}

fn operators(info: &wire::HistoricalInfo) -> Vec<Address> {
    let prefix = sirius_primitives::Prefix::new("sirius").unwrap();
    info.valset.iter().map(|one| parse_operator(&one.operator_address, &prefix).unwrap()).collect()
}

/// How many records of the history there are.
fn kept(setting: &Setting) -> [usize; 2] {
    [b"staking/past/".as_slice(), b"staking/seats/"]
        .map(|beginning| setting.bed.state.keys().filter(|key| key.starts_with(beginning)).count())
}

#[test]
fn a_block_remembers_who_could_make_it_for_as_long_as_it_is_kept() {
    let mut setting = Setting::with(&[("staking.historical_entries", 3)]);
    setting.bed.block.proposer = vec![7; 20];
    setting.wait(2);
    let height = setting.bed.block.height.to_wire() - 1;
    let before = ask(&setting, height).unwrap();
    let header = before.header.clone().unwrap();
    assert_eq!((header.height, header.chain_id.as_str()), (height, "sirius-test-1"));
    assert_eq!(header.time.unwrap().seconds, setting.bed.block.time.seconds - 1);
    assert_eq!(header.proposer_address, [7; 20]);
    assert_eq!(operators(&before), [alice().address(), bob().address()]);
    assert_eq!(before.valset[0].tokens, "10000000");
    assert_eq!(kept(&setting), [2, 1], "the validators did not change");
    // A stake counts from the next block on.
    setting.deliver(&carol(), delegate(&carol(), &bob(), 9_000_000));
    setting.wait(1);
    assert_eq!(ask(&setting, height).unwrap(), before);
    let after = ask(&setting, height + 2).unwrap();
    assert_eq!(operators(&after), [bob().address(), alice().address()]);
    assert_eq!(kept(&setting), [3, 2]);
    setting.wait(1);
    let gone = ask(&setting, height).unwrap_err();
    assert!(gone.text.contains("historical info for height") && gone.text.contains("not found"), "{gone:?}");
    setting.wait(1);
    assert_eq!(kept(&setting), [3, 1], "nobody refers to the old validators any more");
    assert!(ask(&setting, -1).unwrap_err().text.contains("height cannot be negative"));
}

#[test]
fn a_shorter_history_shrinks_a_few_blocks_at_a_time() {
    let mut setting = Setting::with(&[("staking.historical_entries", 12)]);
    setting.wait(20);
    assert_eq!(kept(&setting), [12, 1]);
    setting.deliver(&alice(), crate::testing::update(&alice(), &[("staking.historical_entries", 2)]));
    setting.wait(1);
    assert_eq!(kept(&setting)[0], 9, "one came, four went");
    setting.wait(3);
    assert_eq!(kept(&setting)[0], 2);
    setting.deliver(&alice(), crate::testing::update(&alice(), &[("staking.historical_entries", 0)]));
    setting.wait(2);
    assert_eq!(kept(&setting), [0, 0]);
    assert!(keys::oldest().get(&setting.bed.state).unwrap().is_none());
    setting.deliver(&alice(), crate::testing::update(&alice(), &[("staking.historical_entries", 5)]));
    setting.wait(1);
    assert_eq!(kept(&setting), [1, 1]);
}
