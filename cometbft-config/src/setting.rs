//! A line of `config.toml`, with CometBFT's default beside the value, and how it is written.

use std::fmt;
use std::time::Duration;

/// A value as `config.toml` writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl From<&[&str]> for Value {
    fn from(list: &[&str]) -> Self {
        Self::List(list.iter().map(|text| (*text).to_owned()).collect())
    }
}

impl From<Duration> for Value {
    /// As Go reads it: whole seconds where possible, otherwise milliseconds.
    fn from(duration: Duration) -> Self {
        Self::Text(match duration.subsec_millis() {
            0 => format!("{}s", duration.as_secs()),
            _ => format!("{}ms", duration.as_millis()),
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(&quote(text)),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Flag(flag) => write!(formatter, "{flag}"),
            Self::List(list) => {
                let parts: Vec<String> = list.iter().map(|text| quote(text)).collect();
                write!(formatter, "[{}]", parts.join(", "))
            }
        }
    }
}

/// A TOML basic string. JSON's escapes are a subset of TOML's, and control characters were refused before.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One key, its value, CometBFT's default, and why they differ when they do.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    key: &'static str,
    value: Value,
    default: Value,
    reason: &'static str,
}

impl Setting {
    /// A key that keeps CometBFT's default.
    pub(crate) fn keep(key: &'static str, default: impl Into<Value>) -> Self {
        let default = default.into();
        Self { key, value: default.clone(), default, reason: "" }
    }

    /// A key whose value may differ from CometBFT's default, for the given reason.
    pub(crate) fn set(
        key: &'static str,
        default: impl Into<Value>,
        value: impl Into<Value>,
        reason: &'static str,
    ) -> Self {
        Self { key, value: value.into(), default: default.into(), reason }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value != self.default {
            writeln!(formatter, "# default {}: {}", self.default, self.reason)?;
        }
        writeln!(formatter, "{} = {}", self.key, self.value)
    }
}

/// A table of `config.toml`; the first one has no name.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) settings: Vec<Setting>,
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "# {}", self.purpose)?;
        if !self.name.is_empty() {
            writeln!(formatter, "[{}]", self.name)?;
        }
        self.settings.iter().try_for_each(|setting| setting.fmt(formatter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: impl Into<Value>, expected: &str) {
        assert_eq!(value.into().to_string(), expected);
    }

    #[test]
    fn writes_values_as_toml() {
        check("plain", r#""plain""#);
        check(r#"a "quoted" \ path"#, r#""a \"quoted\" \\ path""#);
        check(7, "7");
        check(true, "true");
        check(vec!["a".to_owned(), "b".to_owned()], r#"["a", "b"]"#);
        check(Duration::from_secs(1), r#""1s""#);
        check(Duration::from_millis(200), r#""200ms""#);
        check(Duration::from_millis(1500), r#""1500ms""#);
    }

    #[test]
    fn gives_a_reason_only_where_the_default_is_left() {
        assert_eq!(Setting::keep("pex", true).to_string(), "pex = true\n");
        assert_eq!(Setting::set("pex", true, true, "why").to_string(), "pex = true\n");
        assert_eq!(Setting::set("pex", true, false, "why").to_string(), "# default true: why\npex = false\n");
    }
}
