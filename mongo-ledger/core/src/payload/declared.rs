//! What documents say of bodies: the members `erasable` and `erase`.

use std::collections::BTreeSet;

use super::commitment::{Commitment, CommitmentError};
use crate::{
    json::{Object, Value, object},
    refusal::Refusal,
};

/// The member of a document that names its bodies.
pub const MEMBER: &str = "erasable";
/// The member of an `ERASE`'s metadata that names what is erased.
pub const ERASE: &str = "erase";
/// The most bodies of one transaction, and the most that one `ERASE` names.
pub const MOST: usize = 16;
/// The largest body, in bytes.
pub const MOST_BYTES: u32 = 1 << 20;
/// The bodies of one transaction together, in bytes.
pub const MOST_TOTAL: u32 = 4 << 20;

/// What a document says of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Which.
    pub commitment: Commitment,
    /// How long it is, from 1 to [`MOST_BYTES`].
    pub bytes: u32,
}

/// The value of the member `erasable` for these bodies.
pub fn member(declared: &[Declared]) -> Value {
    let one = |declared: &Declared| {
        object([
            ("bytes", i64::from(declared.bytes).into()),
            ("commitment", declared.commitment.to_string().into()),
        ])
    };
    declared.iter().map(one).collect::<Vec<_>>().into()
}

/// The bodies that the documents of a transaction name.
///
/// # Errors
/// `SchemaValidationError` for a member of another shape, for too many or too large ones, and for one named twice.
pub(crate) fn declared<'a>(documents: impl Iterator<Item = &'a Object>) -> Result<Vec<Declared>, Refusal> {
    let mut found = Vec::new();
    for list in documents.filter_map(|document| document.get(MEMBER)) {
        let list = list.as_array().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| schema("`erasable` is a list with at least one body"))?;
        if found.len().saturating_add(list.len()) > MOST {
            return Err(schema(&format!("a transaction names at most {MOST} erasable bodies")));
        }
        for value in list {
            found.push(read(value)?);
        }
    }
    let once: BTreeSet<Commitment> = found.iter().map(|one| one.commitment).collect();
    if once.len() != found.len() {
        return Err(schema("`erasable` names a body twice"));
    }
    let total = found.iter().fold(0_u32, |total, one| total.saturating_add(one.bytes));
    if total > MOST_TOTAL {
        return Err(schema(&format!("erasable bodies have {total} bytes together, at most {MOST_TOTAL}")));
    }
    Ok(found)
}

fn read(value: &Value) -> Result<Declared, Refusal> {
    let members = value.as_object().filter(|object| object.keys().eq(["bytes", "commitment"]));
    let members =
        members.ok_or_else(|| schema("a body in `erasable` has exactly `bytes` and `commitment`"))?;
    let bytes = members.get("bytes").and_then(Value::as_i64).and_then(|bytes| u32::try_from(bytes).ok());
    let bytes = bytes.filter(|bytes| (1..=MOST_BYTES).contains(bytes));
    let bytes = bytes.ok_or_else(|| {
        schema(&format!("`bytes` of an erasable body is a whole number from 1 to {MOST_BYTES}"))
    })?;
    Ok(Declared { commitment: commitment(members.get("commitment"))?, bytes })
}

/// What an `ERASE` names: from 1 to [`MOST`], each once.
///
/// # Errors
/// `SchemaValidationError`.
pub(crate) fn erased(metadata: Option<&Object>) -> Result<Vec<Commitment>, Refusal> {
    let list = metadata.and_then(|metadata| metadata.get(ERASE)).and_then(Value::as_array);
    let list = list.filter(|list| (1..=MOST).contains(&list.len())).ok_or_else(|| {
        schema(&format!("`metadata` of ERASE has `erase`, a list of 1 to {MOST} commitments"))
    })?;
    let found = list.iter().map(|value| commitment(Some(value))).collect::<Result<Vec<_>, _>>()?;
    match found.iter().collect::<BTreeSet<_>>().len() == found.len() {
        true => Ok(found),
        false => Err(schema("`erase` names a commitment twice")),
    }
}

fn commitment(value: Option<&Value>) -> Result<Commitment, Refusal> {
    let found = value.and_then(Value::as_str).and_then(|text| text.parse().ok());
    found.ok_or_else(|| schema(&CommitmentError.to_string()))
}

fn schema(text: &str) -> Refusal {
    Refusal::SchemaValidationError(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use super::*;
    use crate::json::{Limits, parse};

    fn document(text: &str) -> Object {
        parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn bodies_are_named_once_in_bounds_and_in_this_shape_alone() {
        let id = "ab".repeat(32);
        let one = |bytes: &str| format!(r#"{{"bytes":{bytes},"commitment":"{id}"}}"#);
        let read = |list: &str| declared([&document(&format!(r#"{{"erasable":{list}}}"#))].into_iter());
        let found = read(&format!("[{}]", one("5"))).unwrap();
        assert_eq!(found, [Declared { commitment: id.parse().unwrap(), bytes: 5 }]);
        assert_eq!(member(&found), document(&format!(r#"{{"a":[{}]}}"#, one("5"))).remove("a").unwrap());
        assert_eq!(declared([&document(r#"{"a":1}"#)].into_iter()).unwrap(), []);
        let many = |count: u32, bytes: u32| {
            let each =
                (0..count).map(|number| format!(r#"{{"bytes":{bytes},"commitment":"{number:064x}"}}"#));
            format!("[{}]", each.collect::<Vec<_>>().join(","))
        };
        assert_eq!(read(&many(16, 1)).unwrap().len(), 16);
        assert_eq!(read(&many(4, MOST_BYTES)).unwrap().len(), 4);
        for list in [
            "7".to_owned(),
            "[]".to_owned(),
            "[7]".to_owned(),
            "{}".to_owned(),
            format!("[{},{}]", one("5"), one("6")),
            format!("[{}]", one("0")),
            format!("[{}]", one("-1")),
            format!("[{}]", one("1.0")),
            format!("[{}]", one(&(MOST_BYTES + 1).to_string())),
            format!(r#"[{{"commitment":"{id}"}}]"#),
            format!(r#"[{{"bytes":1,"commitment":"{id}","more":1}}]"#),
            format!(r#"[{{"bytes":1,"commitment":"{}"}}]"#, &id[1..]),
            many(17, 1),
            many(5, MOST_BYTES),
        ] {
            assert_eq!(read(&list).unwrap_err().name(), "SchemaValidationError", "{list}");
        }
        // The documents of one transaction count together.
        let data = document(&format!(r#"{{"erasable":[{}]}}"#, one("5")));
        let full = document(&format!(r#"{{"erasable":{}}}"#, many(16, 1)));
        assert!(declared([&data, &data].into_iter()).is_err(), "the same twice");
        assert!(declared([&data, &full].into_iter()).is_err(), "17 of them");
    }
}
