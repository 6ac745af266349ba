//! JSON for people: a line a value, indented; amounts as people write them, addresses with their names.

use serde_json::{Map, Value};
use sirius_primitives::Coin;
use sirius_sdk::units::Units;

use crate::names::Names;

/// The value as lines. A coin is one line: `1.5 XPX (1500000uxpx)`.
pub(crate) fn tree(value: &Value, units: &Units, names: &Names) -> String {
    let mut text = String::new();
    match value {
        Value::Object(fields) => Painter { units, names }.fields(fields, 0, &mut text),
        other => {
            text += &Painter { units, names }.leaf(other);
            text.push('\n');
        }
    }
    text
}

/// Every coin in the value.
pub(crate) fn coins_in(value: &Value) -> Vec<Coin> {
    match value {
        Value::Array(items) => items.iter().flat_map(coins_in).collect(),
        Value::Object(fields) => match coin(fields) {
            Some(coin) => vec![coin],
            None => fields.values().flat_map(coins_in).collect(),
        },
        _ => Vec::new(),
    }
}

/// The object as a coin, if it is one.
fn coin(fields: &Map<String, Value>) -> Option<Coin> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    match (fields.len(), text("denom"), text("amount")) {
        (2, Some(denom), Some(amount)) => {
            Some(Coin { denom: denom.parse().ok()?, amount: amount.parse().ok()? })
        }
        _ => None,
    }
}

struct Painter<'a> {
    units: &'a Units,
    names: &'a Names,
}

impl Painter<'_> {
    fn fields(&self, fields: &Map<String, Value>, depth: usize, text: &mut String) {
        let width = fields.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, value) in fields {
            let indent = "  ".repeat(depth);
            match self.line(value) {
                Some(line) => *text += &format!("{indent}{name:<width$}  {line}"),
                None => *text += &format!("{indent}{name}"),
            }
            *text = text.trim_end().to_owned();
            text.push('\n');
            if self.line(value).is_none() {
                self.below(value, depth.saturating_add(1), text);
            }
        }
    }

    fn below(&self, value: &Value, depth: usize, text: &mut String) {
        match value {
            Value::Object(fields) => self.fields(fields, depth, text),
            Value::Array(items) => {
                for item in items {
                    self.item(item, depth, text);
                }
            }
            _ => {}
        }
    }

    /// An element of a list, behind a dash.
    fn item(&self, item: &Value, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        if let Some(line) = self.line(item) {
            *text += &format!("{indent}- {line}\n");
            return;
        }
        let mut inner = String::new();
        self.below(item, depth.saturating_add(1), &mut inner);
        // The dash stands where the first line is indented.
        let place = indent.len();
        if let Some(rest) = inner.get(place.saturating_add(2)..) {
            *text += &format!("{indent}- {rest}");
        }
    }

    /// The value on one line, where it fits on one.
    fn line(&self, value: &Value) -> Option<String> {
        match value {
            Value::Object(fields) if fields.is_empty() => Some("none".into()),
            Value::Object(fields) => coin(fields).map(|coin| self.amount(&coin)),
            Value::Array(items) if items.is_empty() => Some("none".into()),
            Value::Array(_) => None,
            leaf => Some(self.leaf(leaf)),
        }
    }

    fn amount(&self, coin: &Coin) -> String {
        self.units.show(coin).map_or_else(|| coin.to_string(), |shown| format!("{shown} ({coin})"))
    }

    fn leaf(&self, value: &Value) -> String {
        match value {
            Value::Null => "none".into(),
            Value::String(text) => match self.names.name_of(text) {
                Some(name) => format!("{text} ({name})"),
                None => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            },
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use serde_json::json;
    use sirius_ledger::base::bank::wire::bank::{DenomUnit, Metadata};

    use super::*;
    use crate::names::tests::names;

    fn units() -> Units {
        let unit = |denom: &str, exponent| DenomUnit { denom: denom.into(), exponent, aliases: Vec::new() };
        Units::new(&[Metadata {
            base: "uxpx".into(),
            display: "xpx".into(),
            symbol: "XPX".into(),
            denom_units: vec![unit("uxpx", 0), unit("xpx", 6)],
            ..Metadata::default()
        }])
    }

    fn check(value: &Value, expected: &str) {
        assert_eq!(tree(value, &units(), &names()), expected);
    }

    #[test]
    fn values_are_lines() {
        check(
            &json!({ "balance": { "denom": "uxpx", "amount": "1500000" } }),
            "balance  1.5 XPX (1500000uxpx)\n",
        );
        check(
            &json!({ "a": 1, "long": true, "none": null, "text": "" }),
            "a     1\nlong  true\nnone  none\ntext\n",
        );
        check(&json!({ "list": [], "object": {} }), "list    none\nobject  none\n");
        check(&json!({ "coin": { "denom": "uatom", "amount": "3" } }), "coin  3uatom\n");
        check(&json!("plain"), "plain\n");
        check(
            &json!({ "coins": [{ "denom": "uxpx", "amount": "1" }, { "denom": "uatom", "amount": "3" }] }),
            "coins\n  - 0.000001 XPX (1uxpx)\n  - 3uatom\n",
        );
        check(
            &json!({ "rows": [{ "a": "x", "b": { "c": 1 } }, { "a": "y", "b": { "c": 2 } }] }),
            "rows\n  - a  x\n    b\n      c  1\n  - a  y\n    b\n      c  2\n",
        );
    }

    #[test]
    fn addresses_have_names_and_nothing_moves_the_cursor() {
        let names = names();
        let shop = names.text(&names.resolve("shop").unwrap());
        check(&json!({ "to": shop }), &format!("to  {shop} (shop)\n"));
        check(&json!({ "memo": "a\u{1b}[2Jb\nc" }), "memo  a [2Jb c\n");
    }

    #[test]
    fn finds_every_coin() {
        let value = json!({ "a": [{ "denom": "uxpx", "amount": "1" }], "b": { "c": { "denom": "uatom", "amount": "3" } } });
        let texts: Vec<_> = coins_in(&value).iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["1uxpx", "3uatom"]);
        assert!(coins_in(&json!({ "denom": "uxpx", "amount": "x" })).is_empty());
    }
}
