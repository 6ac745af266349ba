//! A filter that anybody may send: comparisons of fields, and how they are combined. What runs code, scans by
//! patterns, or reads beyond one collection is not known here.

use mongo_ledger_core::json::{Object, Value};
use mongodb::bson::{Bson, Document};

use super::super::answer::Refused;
use crate::documents::Shape;

/// What a field is compared by.
const COMPARISONS: [&str; 9] = ["$eq", "$exists", "$gt", "$gte", "$in", "$lt", "$lte", "$ne", "$nin"];

/// How many comparisons a filter has at most.
const MOST_COMPARISONS: usize = 256;

/// Reads a filter.
pub(super) fn read(filter: &Object, shape: Shape) -> Result<Document, Refused> {
    let mut reader = Reader { shape, comparisons: 0 };
    reader.filter(filter)
}

struct Reader {
    shape: Shape,
    comparisons: usize,
}

impl Reader {
    fn filter(&mut self, filter: &Object) -> Result<Document, Refused> {
        let mut read = Document::new();
        for (name, value) in filter {
            let wanted = match name.as_str() {
                "$and" | "$or" => self.parts(name, value)?,
                name if name.starts_with('$') => return Err(unknown(name)),
                _ => self.field(value)?,
            };
            read.insert(name, wanted);
        }
        Ok(read)
    }

    fn parts(&mut self, name: &str, value: &Value) -> Result<Bson, Refused> {
        let wrong = || Refused::bad(format!("{name} takes an array of filters, at least one"));
        let parts = value.as_array().filter(|parts| !parts.is_empty()).ok_or_else(wrong)?;
        let mut read = Vec::with_capacity(parts.len());
        for part in parts {
            read.push(Bson::Document(self.filter(part.as_object().ok_or_else(wrong)?)?));
        }
        Ok(Bson::Array(read))
    }

    fn field(&mut self, value: &Value) -> Result<Bson, Refused> {
        match value {
            Value::Object(operators) if operators.keys().any(|name| name.starts_with('$')) => {
                let mut read = Document::new();
                for (operator, bound) in operators {
                    self.count()?;
                    read.insert(operator, self.comparison(operator, bound)?);
                }
                Ok(Bson::Document(read))
            }
            value => {
                self.count()?;
                self.bound(value)
            }
        }
    }

    fn comparison(&self, operator: &str, bound: &Value) -> Result<Bson, Refused> {
        match (operator, bound) {
            (operator, _) if !COMPARISONS.contains(&operator) => Err(unknown(operator)),
            ("$exists", Value::Bool(_)) | ("$in" | "$nin", Value::Array(_)) => self.bound(bound),
            ("$exists", _) => Err(Refused::bad("$exists takes true or false")),
            ("$in" | "$nin", _) => Err(Refused::bad(format!("{operator} takes an array"))),
            _ => self.bound(bound),
        }
    }

    /// A value to compare with. No operator hides in it.
    fn bound(&self, value: &Value) -> Result<Bson, Refused> {
        match hidden(value) {
            Some(operator) => Err(unknown(operator)),
            None => Ok(self.shape.bson(value)),
        }
    }

    fn count(&mut self) -> Result<(), Refused> {
        self.comparisons = self.comparisons.saturating_add(1);
        match self.comparisons <= MOST_COMPARISONS {
            true => Ok(()),
            false => Err(Refused::bad(format!("a filter has at most {MOST_COMPARISONS} comparisons"))),
        }
    }
}

fn hidden(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| match name.starts_with('$') {
            true => Some(name.as_str()),
            false => hidden(value),
        }),
        Value::Array(values) => values.iter().find_map(hidden),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn unknown(operator: &str) -> Refused {
    Refused::bad(format!(
        "operator {operator} is not allowed here; use $and, $or, {}",
        COMPARISONS.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use mongo_ledger_core::json::{Limits, parse};
    use mongodb::bson::doc;

    use super::*;

    fn filter(text: &str) -> Result<Document, Refused> {
        let value = parse(text.as_bytes(), &Limits::default()).unwrap();
        read(value.as_object().unwrap(), Shape::FlatArrays)
    }

    #[test]
    fn reads_comparisons_and_their_combinations() {
        let check = |text: &str, expected: Document| assert_eq!(filter(text).unwrap(), expected, "{text}");
        check("{}", doc! {});
        check(r#"{"a.b":1,"c":"x"}"#, doc! { "a.b": 1_i64, "c": "x" });
        check(r#"{"n":{"$gt":1.5,"$lte":7}}"#, doc! { "n": { "$gt": 1.5, "$lte": 7_i64 } });
        check(r#"{"n":{"$in":[1,[2]]}}"#, doc! { "n": { "$in": [1_i64, { "[]": [2_i64] }] } });
        check(r#"{"a":{"b":1}}"#, doc! { "a": { "b": 1_i64 } });
        check(
            r#"{"$or":[{"a":null},{"$and":[{"b":{"$exists":true}}]}]}"#,
            doc! { "$or": [{ "a": null }, { "$and": [{ "b": { "$exists": true } }] }] },
        );
    }

    #[test]
    fn refuses_every_other_operator_by_its_name() {
        for (text, operator) in [
            (r#"{"$where":"sleep(1000)"}"#, "$where"),
            (r#"{"$nor":[{"a":1}]}"#, "$nor"),
            (r#"{"a":{"$regex":"(a+)+$"}}"#, "$regex"),
            (r#"{"a":{"$not":{"$eq":1}}}"#, "$not"),
            (r#"{"a":{"$eq":{"$function":1}}}"#, "$function"),
            (r#"{"a":{"$in":[{"b":[{"$expr":1}]}]}}"#, "$expr"),
            (r#"{"$and":[{"$text":{"$search":"x"}}]}"#, "$text"),
            (r#"{"a":{"b":{"$ne":1}}}"#, "$ne"),
        ] {
            let refused = filter(text).unwrap_err().text();
            assert!(refused.contains(&format!("operator {operator} ")), "{text}: {refused}");
        }
    }

    #[test]
    fn refuses_what_operators_do_not_take_and_too_many_of_them() {
        for text in [
            r#"{"$and":[]}"#,
            r#"{"$or":{"a":1}}"#,
            r#"{"$or":[1]}"#,
            r#"{"a":{"$in":1}}"#,
            r#"{"a":{"$exists":1}}"#,
        ] {
            assert!(filter(text).is_err(), "{text}");
        }
        let many: Vec<String> = (0..=MOST_COMPARISONS).map(|number| format!(r#""f{number}":1"#)).collect();
        assert!(filter(&format!("{{{}}}", many.join(","))).is_err());
    }
}
