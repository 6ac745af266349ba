//! Legal and illegal logs, written as `connection:event@height` separated by blanks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use proptest::prelude::*;

use super::*;

fn log(text: &str) -> Vec<Entry> {
    let lines = text.split_whitespace().enumerate();
    lines.map(|(position, line)| entry(position as u64, line)).collect()
}

fn entry(seq: u64, line: &str) -> Entry {
    let (connection, event) = line.split_once(':').unwrap_or(("0", line));
    let (event, height) = match event.split_once('@') {
        Some((event, height)) => (event, Some(height.parse().unwrap())),
        None => (event, None),
    };
    let name = match event {
        "init" => "init_chain",
        "offer" => "offer_snapshot",
        "apply" => "apply_snapshot_chunk",
        "prepare" => "prepare_proposal",
        "process" => "process_proposal",
        "extend" => "extend_vote",
        "verify" => "verify_vote_extension",
        "finalize" => "finalize_block",
        other => other,
    };
    Entry {
        seq,
        at_ms: 0,
        connection: connection.parse().unwrap(),
        event: Event::try_from(name.to_owned()).unwrap(),
        height,
        hash: String::new(),
        app_hash: String::new(),
        outcome: "ok".to_owned(),
        micros: 1,
    }
}

#[test]
fn accepts_what_cometbft_does() {
    let check_blocks = |text: &str, blocks: u64| match check(&log(text)) {
        Ok(seen) => assert_eq!(seen.blocks, blocks, "{text}"),
        Err(violation) => panic!("{text}: {violation}"),
    };
    // Clean start, with and without the handshake's Info.
    check_blocks("started 1:info@0 4:init@1 4:prepare@1 4:process@1 4:finalize@1 4:commit@1", 1);
    check_blocks("started 4:init@1 4:finalize@1 4:commit@1 4:finalize@2 4:commit@2", 2);
    // A chain whose first height is not 1.
    check_blocks("started 1:info@0 4:init@100 4:process@100 4:finalize@100 4:commit@100 4:process@101", 1);
    // Several rounds, votes early and late, and Info from an RPC client in between.
    check_blocks(
        "started 1:info@0 4:init@1 4:verify@1 4:process@1 4:prepare@1 4:process@1 4:verify@1 4:extend@1 \
         4:verify@1 1:info@0 4:finalize@1 1:info@0 4:commit@1 1:info@1 4:prepare@2",
        1,
    );
    // Recovery: the application's process was restarted.
    check_blocks("started 1:info@7 4:finalize@8 4:commit@8 4:process@9", 1);
    check_blocks(
        "started 1:info@0 4:init@1 4:finalize@1 started 1:info@0 4:init@1 4:finalize@1 4:commit@1",
        1,
    );
    // Recovery: CometBFT was restarted, between execution and commit, and replays.
    check_blocks(
        "started 1:info@0 4:init@1 4:finalize@1 4:closed 5:info@0 8:init@1 8:finalize@1 8:commit@1",
        1,
    );
    check_blocks("started 1:info@6 4:finalize@7 4:commit@7 4:closed 5:info@7 8:process@8", 1);
    // The new CometBFT asks while the old one's last call is still being executed.
    check_blocks("started 1:info@6 4:process@7 5:info@6 4:finalize@7 4:closed 8:finalize@7 8:commit@7", 1);
    check_blocks("started 1:info@6 4:process@7 2:closed 5:info@6 4:finalize@7 8:finalize@7 8:commit@7", 1);
    // State sync: refused offers, a broken attempt, then one that works.
    check_blocks("started 2:offer@50 2:apply 2:apply 1:info@50 4:finalize@51 4:commit@51", 1);
    check_blocks("started 4:init@1 2:offer@50 2:apply 1:info@50 4:process@51", 0);
    check_blocks(
        "started 1:info@0 2:offer@60 2:offer@50 2:apply 2:offer@50 2:apply 2:apply 1:info@50 4:finalize@51",
        0,
    );
    check_blocks("started 2:offer@50 2:apply 2:closed 6:offer@60 6:apply 5:info@60 8:finalize@61", 0);
    // Snapshots for other nodes, at any time.
    check_blocks("started 1:info@7 2:list_snapshots 4:finalize@8 2:load_snapshot_chunk@5 4:commit@8", 1);
    // A log whose beginning was rotated away.
    check_blocks("4:commit@7 4:process@8 4:finalize@8 4:commit@8", 2);
    check_blocks("2:apply 1:info@50 4:finalize@51", 0);
    check_blocks("", 0);
}

#[test]
fn refuses_what_cometbft_never_does() {
    let check_refused = |text: &str, position: u64, expected: &str| {
        let violation = check(&log(text)).expect_err(text);
        assert_eq!((violation.seq, violation.expected.as_str()), (position, expected), "{text}");
    };
    check_refused("started 4:finalize@1", 1, "info, init_chain or offer_snapshot");
    check_refused("started 4:commit@1", 1, "info, init_chain or offer_snapshot");
    check_refused("started 1:info@0 4:finalize@1", 2, "init_chain or offer_snapshot");
    check_refused("started 1:info@7 4:init@1", 2, "a round or finalize_block at height 8");
    check_refused("started 1:info@7 4:finalize@7", 2, "a round or finalize_block at height 8");
    check_refused("started 1:info@7 4:finalize@9", 2, "a round or finalize_block at height 8");
    check_refused("started 4:init@1 4:init@1", 2, "offer_snapshot, a round or finalize_block at height 1");
    check_refused("started 4:init@5 4:process@1", 2, "offer_snapshot, a round or finalize_block at height 5");
    check_refused("started 4:init@1 4:commit@1", 2, "offer_snapshot, a round or finalize_block at height 1");
    check_refused("started 4:init@1 4:finalize@1 4:finalize@1", 3, "commit at height 1");
    check_refused("started 4:init@1 4:finalize@1 4:prepare@2", 3, "commit at height 1");
    check_refused("started 4:init@1 4:finalize@1 4:verify@1", 3, "commit at height 1");
    check_refused("started 4:init@1 4:finalize@1 4:commit@2", 3, "commit at height 1");
    check_refused("started 4:init@1 4:finalize@1 2:offer@9", 3, "commit at height 1");
    check_refused("started 4:init@1 4:process@1 4:process@2", 3, "a round or finalize_block at height 1");
    check_refused(
        "started 4:init@1 4:finalize@1 4:commit@1 4:commit@1",
        4,
        "a round or finalize_block at height 2",
    );
    check_refused(
        "started 4:init@1 4:finalize@1 4:commit@1 4:finalize@3",
        4,
        "a round or finalize_block at height 2",
    );
    check_refused("started 2:apply", 1, "info, init_chain or offer_snapshot");
    check_refused("started 2:offer@50 4:finalize@51", 2, "apply_snapshot_chunk or another offer_snapshot");
    check_refused(
        "started 2:offer@50 1:info@0 4:finalize@1",
        3,
        "apply_snapshot_chunk or another offer_snapshot",
    );
    check_refused(
        "started 2:offer@50 2:apply 4:finalize@51",
        3,
        "apply_snapshot_chunk, offer_snapshot or info",
    );
    check_refused(
        "started 2:offer@50 2:apply 1:info@50 4:finalize@50",
        4,
        "a round or finalize_block at height 51",
    );
    // A new run without a handshake, after either process ended.
    check_refused(
        "started 1:info@6 4:finalize@7 started 4:finalize@7",
        4,
        "info, init_chain or offer_snapshot",
    );
    check_refused(
        "started 1:info@6 4:finalize@7 4:closed 8:commit@7",
        4,
        "info, init_chain or offer_snapshot",
    );
    check_refused("started 1:info@6 4:finalize@7 5:commit@7", 3, "info, init_chain or offer_snapshot");
}

#[test]
fn a_gap_in_the_log_is_no_violation_and_hides_none_behind_it() {
    let mut entries = log("started 4:init@1 4:finalize@1 4:commit@1 4:finalize@2 4:finalize@2");
    entries.remove(3);
    assert_eq!(check(&entries).unwrap_err().seq, 5);
    entries.pop();
    assert_eq!(check(&entries).unwrap().calls, 3);
}

#[test]
fn one_violation_is_reported_once() {
    let mut checker = Checker::new();
    let entries = log("started 4:init@1 4:finalize@1 4:process@2 4:finalize@2 4:commit@2 4:finalize@3");
    let wrong: Vec<u64> =
        entries.iter().filter_map(|entry| checker.feed(entry).err()).map(|v| v.seq).collect();
    assert_eq!(wrong, [3]);
}

#[test]
fn a_violation_says_what_was_found_and_what_was_expected() {
    let violation = check(&log("started 4:init@1 4:finalize@1 4:commit@2")).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "call 3 on connection 4: commit at height 2 is against the grammar, expected commit at height 1"
    );
}

/// A legal log: how it starts, the calls of the rounds of each height, and whether CometBFT restarts behind a height.
fn legal() -> impl Strategy<Value = (String, usize)> {
    let round = prop::sample::select(vec!["prepare", "process", "extend", "verify"]);
    let height = (prop::collection::vec(round, 0..6), any::<bool>());
    let start = prop::sample::select(vec![
        ("started 4:init@1", 1),
        ("started 1:info@0 4:init@1", 1),
        ("started 1:info@41", 42),
        ("started 2:offer@9 2:offer@8 2:apply 2:apply 1:info@8", 9),
    ]);
    (start, prop::collection::vec(height, 1..12)).prop_map(|((start, first), heights)| {
        let (mut text, mut consensus) = (start.to_owned(), 4);
        for (height, (calls, restart)) in (first..).zip(&heights) {
            for call in calls.iter().chain(&["finalize", "commit"]) {
                text += &format!(" {consensus}:{call}@{height}");
            }
            if *restart {
                text += &format!(" {consensus}:closed {}:info@{height}", consensus + 1);
                consensus += 4;
            }
        }
        (text, heights.len())
    })
}

proptest! {
    #[test]
    fn every_legal_log_is_accepted((text, blocks) in legal()) {
        prop_assert_eq!(check(&log(&text)).map(|seen| seen.blocks), Ok(blocks as u64), "{}", text);
    }

    #[test]
    fn a_legal_log_without_one_of_its_commits_is_refused((text, _) in legal(), which in any::<prop::sample::Index>()) {
        let lines: Vec<&str> = text.split(' ').collect();
        let commits: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].contains("commit")).collect();
        let dropped = commits[which.index(commits.len())];
        let left: Vec<&str> = (0..lines.len()).filter(|&line| line != dropped).map(|line| lines[line]).collect();
        let restarted = lines.get(dropped + 1).is_none_or(|next| next.ends_with("closed"));
        // The last commit may still be to come, and a run may end between execution and commit.
        prop_assert_eq!(check(&log(&left.join(" "))).is_ok(), restarted, "{}", left.join(" "));
    }
}
