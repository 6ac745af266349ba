//! What became of a transaction, for people.

use sirius_primitives::Coins;
use sirius_sdk::{submit::Receipt, units::Units};

use super::table;
use crate::names::Names;

/// The receipt as lines.
pub(crate) fn receipt(receipt: &Receipt, units: &Units, names: &Names) -> String {
    let result = match receipt.code {
        0 => "done".to_owned(),
        code => format!("refused ({} {code}): {}", receipt.codespace, receipt.log),
    };
    let mut rows = vec![
        ["hash".to_owned(), receipt.hash.to_string()],
        ["height".into(), format!("{}, transaction {} of the block", receipt.height, receipt.index)],
        ["result".into(), result],
        ["fee".into(), amounts(&receipt.fee, units)],
        ["gas".into(), format!("{} used of {}", receipt.gas_used, receipt.gas_wanted)],
    ];
    if !receipt.memo.is_empty() {
        rows.push(["memo".into(), receipt.memo.escape_debug().to_string()]);
    }
    let mut text = table(&rows);
    if !receipt.events.is_empty() {
        text += "events\n";
    }
    let rows = receipt.events.iter().flat_map(|event| {
        event.attributes.iter().enumerate().map(|(position, attribute)| {
            let kind = if position == 0 { event.kind.as_str() } else { "" };
            let value = readable(&attribute.value, units, names);
            [format!("  {}", kind.escape_debug()), attribute.key.escape_debug().to_string(), value]
        })
    });
    text + &table(&rows.collect::<Vec<_>>())
}

/// Amounts beside how people write them.
fn amounts(coins: &Coins, units: &Units) -> String {
    if coins.is_empty() {
        return "none".into();
    }
    let each = coins
        .iter()
        .map(|coin| units.show(coin).map_or_else(|| coin.to_string(), |shown| format!("{shown} ({coin})")));
    each.collect::<Vec<_>>().join(", ")
}

/// A value of an event: an amount or an address is told in words too. Control characters do not reach the terminal.
fn readable(value: &str, units: &Units, names: &Names) -> String {
    if let Some(name) = names.name_of(value) {
        return format!("{value} ({name})");
    }
    let shown = value.split(',').map(|part| part.parse().ok().and_then(|coin| units.show(&coin)));
    match shown.collect::<Option<Vec<_>>>() {
        Some(shown) => format!("{} ({value})", shown.join(", ")),
        None => value.escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use sirius_primitives::{Gas, Hash, Height};
    use sirius_sdk::submit::{Attribute, Event};

    use super::*;
    use crate::names::tests::names;

    #[test]
    fn a_receipt_is_aligned_and_harmless() {
        let attribute = |key: &str, value: &str| Attribute { key: key.into(), value: value.into() };
        let events = vec![Event {
            kind: "transfer".into(),
            attributes: vec![attribute("amount", "5uatom"), attribute("memo", "a\u{1b}[2J")],
        }];
        let shown = receipt(
            &Receipt {
                hash: Hash::new([1; 32]),
                height: Height(7),
                index: 2,
                code: 5,
                codespace: "sdk".into(),
                log: "no".into(),
                gas_wanted: Gas(10),
                gas_used: Gas(9),
                fee: Coins::default(),
                memo: String::new(),
                events,
                tx: Vec::new(),
            },
            &Units::default(),
            &names(),
        );
        let hash = "01".repeat(32);
        let expected = format!(
            "hash    {hash}\nheight  7, transaction 2 of the block\nresult  refused (sdk 5): no\nfee     none\ngas     9 \
             used of 10\nevents\n  transfer  amount  5uatom\n            memo    a\\u{{1b}}[2J\n"
        );
        assert_eq!(shown, expected);
    }
}
