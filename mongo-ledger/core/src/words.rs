//! The words of a document by which a text search finds it.

use std::collections::BTreeMap;

use crate::json::Value;

/// How long a word may be, in bytes; what is longer is cut.
pub const LONGEST: usize = 64;
/// How many different words of one document are found.
pub const MOST: usize = 1_000;

/// How often each word stands in the texts of `value`: letters and digits, in lower case. Keys are no texts, and
/// numbers are none either, as in a MongoDB text index.
pub fn of(value: &Value) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    count(value, &mut found);
    found
}

fn count(value: &Value, found: &mut BTreeMap<String, u32>) {
    match value {
        Value::String(text) => {
            for word in split(text) {
                if let Some(times) = found.get_mut(&word) {
                    *times = times.saturating_add(1);
                } else if found.len() < MOST {
                    found.insert(word, 1);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| count(value, found)),
        Value::Object(object) => object.values().for_each(|value| count(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The words of a text, in its order.
pub fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let mut word = word.to_lowercase();
        word.truncate(word.floor_char_boundary(LONGEST));
        word
    })
}

/// What a search asks for, in MongoDB's own notation: words of which one suffices, `"phrases"` that must all be there,
/// and `-words` that must not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// One of them must be there, unless there are phrases.
    pub any: Vec<String>,
    /// Each must be there as it stands, whatever the case.
    pub phrases: Vec<String>,
    /// None may be there.
    pub none: Vec<String>,
}

impl Search {
    /// Reads a search as people write it.
    pub fn parse(text: &str) -> Self {
        let mut search = Self::default();
        for (place, part) in text.split('"').enumerate() {
            if place % 2 == 1 && !part.trim().is_empty() {
                search.any.extend(split(part));
                search.phrases.push(part.to_lowercase());
                continue;
            }
            for word in part.split_whitespace() {
                match word.strip_prefix('-') {
                    Some(unwanted) => search.none.extend(split(unwanted)),
                    None => search.any.extend(split(word)),
                }
            }
        }
        search
    }

    /// Whether anything can be found at all.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty()
    }

    /// How well a document fits; `None` when it does not.
    pub fn score(&self, value: &Value) -> Option<u64> {
        let words = of(value);
        if self.none.iter().any(|word| words.contains_key(word)) {
            return None;
        }
        if !self.phrases.iter().all(|phrase| says(value, phrase)) {
            return None;
        }
        let score = self.any.iter().filter_map(|word| words.get(word)).map(|times| u64::from(*times)).sum();
        (score > 0).then_some(score)
    }
}

fn says(value: &Value, phrase: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(phrase),
        Value::Array(values) => values.iter().any(|value| says(value, phrase)),
        Value::Object(object) => object.values().any(|value| says(value, phrase)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn value(text: &str) -> Value {
        crate::json::parse(text.as_bytes(), &crate::json::Limits::default()).unwrap()
    }

    #[test]
    fn words_are_those_of_the_texts_and_not_of_the_keys() {
        let words = of(&value(r#"{"bicycle":{"serial":"ABC-123, abc"},"n":[7,"Über 7"]}"#));
        let words: Vec<_> = words.iter().map(|(word, times)| (word.as_str(), *times)).collect();
        assert_eq!(words, [("123", 1), ("7", 1), ("abc", 2), ("über", 1)]);
    }

    #[test]
    fn long_words_and_many_words_are_cut() {
        let long = "ü".repeat(100);
        assert_eq!(split(&long).next().unwrap().len(), LONGEST);
        let many: Vec<String> = (0..2_000).map(|number| format!("w{number}")).collect();
        assert_eq!(of(&Value::String(many.join(" "))).len(), MOST);
    }

    #[test]
    fn a_search_has_the_notation_of_mongodb() {
        let document = value(r#"{"a":"The quick brown fox","b":"fox"}"#);
        let check = |text: &str, score: Option<u64>| {
            assert_eq!(Search::parse(text).score(&document), score, "{text}");
        };
        check("fox", Some(2));
        check("FOX dog", Some(2));
        check("dog", None);
        check("fox -quick", None);
        check("\"quick brown\"", Some(2));
        check("\"brown quick\"", None);
        check("-dog", None);
        check("", None);
        assert!(Search::parse("\"\" - ").is_empty());
    }
}
