//! What units promises, as tests.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use proptest::prelude::*;
use sirius_ledger::base::bank::wire::bank::DenomUnit;

use super::*;

fn units() -> Units {
    let unit = |denom: &str, exponent, alias: &str| DenomUnit {
        denom: denom.into(),
        exponent,
        aliases: if alias.is_empty() { Vec::new() } else { vec![alias.into()] },
    };
    let metadata = |base: &str, display: &str, exponent, symbol: &str| Metadata {
        base: base.into(),
        display: display.into(),
        symbol: symbol.into(),
        denom_units: vec![unit(base, 0, ""), unit(display, exponent, &display.to_uppercase())],
        ..Metadata::default()
    };
    Units::new(&[
        metadata("uxpx", "xpx", 6, "XPX"),
        metadata("aeth", "eth", 18, ""),
        metadata("uthief", "xpx", 2, "XPX"),
        metadata("bad", "worse", 39, "W"),
    ])
}

#[test]
fn reads_amounts() {
    let check = |text: &str, expected: &str| {
        assert_eq!(units().parse(text).unwrap().to_string(), expected, "{text}");
    };
    check("1.5xpx", "1500000uxpx");
    check("1.5 xpx", "1500000uxpx");
    check(" 1.5XPX ", "1500000uxpx");
    check("0.000001xpx", "1uxpx");
    check("0.0000010000xpx", "1uxpx");
    check("007xpx", "7000000uxpx");
    check("0xpx", "0uxpx");
    check("0.0xpx", "0uxpx");
    check("1500000uxpx", "1500000uxpx");
    check("15.0uxpx", "15uxpx");
    check("3uatom", "3uatom");
    check("3ibc/ABC", "3ibc/ABC");
    check("1.000000000000000001eth", "1000000000000000001aeth");
    check("340282366920938463463374607431768211455uxpx", "340282366920938463463374607431768211455uxpx");
    check("340282366920938463463374607431768.211455xpx", "340282366920938463463374607431768211455uxpx");
}

#[test]
fn refuses_what_is_no_amount() {
    let check = |text: &str, expected: &str| {
        let error = units().parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    check("", "names no unit");
    check("1.5", "names no unit");
    check("xpx", "decimal number");
    check("-1xpx", "invalid denom");
    check(".5xpx", "decimal number");
    check("5.xpx", "decimal number");
    check("1.2.3xpx", "decimal number");
    check("1,5xpx", "invalid denom");
    check("1.0000001xpx", "7 decimals, a xpx has 6");
    check("1.5uxpx", "1 decimals, a uxpx has 0");
    check("1.5uatom", "a uatom has 0");
    check("1x", "invalid denom");
    check("340282366920938463463374607431768211456uxpx", "2^128");
    check("340282366920938463463374607431769xpx", "2^128");
}

#[test]
fn reads_several_in_any_order() {
    let check = |text: &str| units().parse_all(text).map(|coins| coins.to_string());
    assert_eq!(check("3uatom,1.5xpx").unwrap(), "3uatom,1500000uxpx");
    assert_eq!(check("1.5xpx, 3uatom").unwrap(), "3uatom,1500000uxpx");
    assert_eq!(check("").unwrap(), "");
    assert!(check("1xpx,2uxpx").unwrap_err().to_string().contains("twice"));
    assert!(check("0xpx").unwrap_err().to_string().contains("zero"));
    assert!(check("1xpx,").is_err());
}

#[test]
fn shows_amounts() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(units().show(&text.parse().unwrap()).as_deref(), expected, "{text}");
    };
    check("1500000uxpx", Some("1.5 XPX"));
    check("1000000uxpx", Some("1 XPX"));
    check("1uxpx", Some("0.000001 XPX"));
    check("0uxpx", Some("0 XPX"));
    check("1000000000000000001aeth", Some("1.000000000000000001 eth"));
    check("3uatom", None);
    check("3bad", None);
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(units_of: u128) {
        let coin = Coin { denom: "uxpx".parse().unwrap(), amount: Amount::new(units_of) };
        let shown = units().show(&coin).unwrap();
        prop_assert_eq!(units().parse(&shown).unwrap(), coin);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = units().parse_all(&text);
    }

    #[test]
    fn number_like_text_is_read_or_refused(text in "[0-9.,]{0,45}[a-z]{0,5}") {
        let _ = units().parse_all(&text);
    }
}
