//! A number as it was written, and as Python writes it.

use std::fmt::Write as _;

/// A number of JSON's grammar: an integer of `i64`, or a finite decimal fraction. Two numbers are equal when they are
/// written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(Box<str>);

impl Number {
    /// Takes a lexeme of JSON's grammar.
    ///
    /// # Errors
    /// The integer is outside `i64`, which MongoDB cannot hold, or the fraction is so large that it would be infinite.
    pub(super) fn new(lexeme: &str) -> Result<Self, OutOfRange> {
        let fits = match is_integer(lexeme) {
            true => lexeme.parse::<i64>().is_ok(),
            false => lexeme.parse::<f64>().is_ok_and(f64::is_finite),
        };
        if fits { Ok(Self(lexeme.into())) } else { Err(OutOfRange) }
    }

    /// The text as it was written.
    pub fn lexeme(&self) -> &str {
        &self.0
    }

    /// Whether it has neither a fraction nor an exponent.
    pub fn is_integer(&self) -> bool {
        is_integer(&self.0)
    }

    /// Its value, if it is an integer.
    pub fn as_i64(&self) -> Option<i64> {
        self.is_integer().then(|| self.0.parse().ok()).flatten()
    }

    /// Its nearest double, for documents and never for rules.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok()
    }

    /// As Python's `repr` writes it: an integer without a sign on zero; a fraction with the fewest digits that read
    /// back as the same double, with an exponent of a sign and at least two digits when the decimal exponent is under
    /// -4 or over 15, else with a point.
    pub fn python(&self) -> String {
        if self.is_integer() {
            return if &*self.0 == "-0" { "0".to_owned() } else { self.0.to_string() };
        }
        self.as_f64().map_or_else(|| self.0.to_string(), repr)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

/// A number that no document can hold.
pub(super) struct OutOfRange;

fn is_integer(lexeme: &str) -> bool {
    !lexeme.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

fn repr(double: f64) -> String {
    // Of two shortest texts equally near, Python and Ryu take the even one; the standard library may take the other.
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(double);
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (digits, exponent) = scientific(text);
    let mut out = sign.to_owned();
    match exponent {
        -4..=-1 => {
            out.push_str("0.");
            out.extend((exponent..-1).map(|_| '0'));
            out.push_str(&digits);
        }
        0..=15 => {
            let whole = usize::try_from(exponent).unwrap_or(0).saturating_add(1);
            let (before, after) = digits.split_at(whole.min(digits.len()));
            out.push_str(before);
            out.extend((before.len()..whole).map(|_| '0'));
            out.push('.');
            out.push_str(if after.is_empty() { "0" } else { after });
        }
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            // Writing to a string cannot fail.
            let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
        }
    }
    out
}

/// The significant digits of an unsigned decimal text, at least one, and the exponent of the first.
fn scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    if digits.is_empty() {
        return ("0".to_owned(), 0);
    }
    let zeros = all.len().saturating_sub(digits.len());
    // Both lengths are under 30.
    let place = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let first = place(whole.len()).saturating_sub(1).saturating_sub(place(zeros));
    let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(first);
    (digits.trim_end_matches('0').to_owned(), exponent)
}
