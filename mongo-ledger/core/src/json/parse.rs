//! The parser: RFC 8259 and not a byte more, with bounds, for bytes that anybody may send.

use std::collections::btree_map::Entry;

use thiserror::Error;

use super::{Number, Object, Value};

/// Levels of arrays and objects: under MongoDB's own 100.
const DEPTH: usize = 64;

/// How much a text may ask of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// How many arrays and objects may stand inside each other; the parser calls itself once for each.
    pub depth: usize,
}

impl Default for Limits {
    /// 256 KiB, and 64 levels.
    fn default() -> Self {
        Self { bytes: 256 * 1024, depth: DEPTH }
    }
}

impl Limits {
    /// Limits for a text that was let in before: whoever reads it again must not refuse it for its length.
    pub const fn of_any_length() -> Self {
        Self { bytes: usize::MAX, depth: DEPTH }
    }
}

/// Why bytes are not a value. Places are counted in bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Longer than the limit.
    #[error("the text has {found} bytes; at most {limit} are allowed")]
    TooLong {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("the text is not UTF-8 from byte {at}")]
    Utf8 {
        /// The first byte that does not belong.
        at: usize,
    },
    /// Nested more deeply than the limit.
    #[error("arrays and objects are nested more than {limit} deep at byte {at}")]
    TooDeep {
        /// Where the level begins that is too much.
        at: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// A name twice in one object.
    #[error("the key \"{key}\" stands twice in one object")]
    DuplicateKey {
        /// The name.
        key: String,
    },
    /// An integer outside `i64`, or a fraction that would be infinite.
    #[error("the number at byte {at} is out of range: integers have 64 bits, fractions are finite doubles")]
    OutOfRange {
        /// Where the number begins.
        at: usize,
    },
    /// Half of a character: `\uD800` to `\uDFFF` without its pair.
    #[error("the escape before byte {at} is half of a surrogate pair")]
    Surrogate {
        /// Where the escape ends.
        at: usize,
    },
    /// Something else than the grammar wants.
    #[error("expected {expected} at byte {at}")]
    Expected {
        /// What may stand there.
        expected: &'static str,
        /// Where.
        at: usize,
    },
}

/// Parses one value that is all of `bytes`.
///
/// # Errors
/// Anything but one JSON text within the limits whose strings are Unicode, whose numbers a document can hold, and whose
/// objects have each name once.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLong { found: bytes.len(), limit: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::Utf8 { at: error.valid_up_to() })?;
    let mut parser = Parser { text, at: 0, limit: limits.depth };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.expected("the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    limit: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.skip();
        }
    }

    fn expected(&self, expected: &'static str) -> JsonError {
        JsonError::Expected { expected, at: self.at }
    }

    /// What was read since `start`.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return Err(self.expected(expected));
        }
        self.skip();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => Ok(Value::Object(self.object(self.deeper(depth)?)?)),
            Some(b'[') => Ok(Value::Array(self.array(self.deeper(depth)?)?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            _ => Err(self.expected("a value")),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, JsonError> {
        match depth < self.limit {
            true => Ok(depth.saturating_add(1)),
            false => Err(JsonError::TooDeep { at: self.at, limit: self.limit }),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at = self.at.saturating_add(word.len());
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, JsonError> {
        self.skip();
        let mut values = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.skip();
            return Ok(values);
        }
        loop {
            values.push(self.value(depth)?);
            self.space();
            match self.peek() {
                Some(b',') => self.skip(),
                Some(b']') => break self.skip(),
                _ => return Err(self.expected("`,` or `]`")),
            }
        }
        Ok(values)
    }

    fn object(&mut self, depth: usize) -> Result<Object, JsonError> {
        self.skip();
        let mut object = Object::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.skip();
            return Ok(object);
        }
        loop {
            self.member(&mut object, depth)?;
            self.space();
            match self.peek() {
                Some(b',') => self.skip(),
                Some(b'}') => break self.skip(),
                _ => return Err(self.expected("`,` or `}`")),
            }
        }
        Ok(object)
    }

    fn member(&mut self, object: &mut Object, depth: usize) -> Result<(), JsonError> {
        self.space();
        let name = self.string()?;
        self.space();
        self.take(b':', "`:`")?;
        let value = self.value(depth)?;
        match object.entry(name) {
            Entry::Vacant(vacant) => {
                vacant.insert(value);
                Ok(())
            }
            Entry::Occupied(occupied) => Err(JsonError::DuplicateKey { key: occupied.key().clone() }),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.skip();
        }
        match self.peek() {
            Some(b'0') => self.skip(),
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.skip();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.skip();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.skip();
            }
            self.digits()?;
        }
        Number::new(self.since(start)).map(Value::Number).map_err(|_| JsonError::OutOfRange { at: start })
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.skip();
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.take(b'"', "`\"`")?;
        let mut start = self.at;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    text.push_str(self.since(start));
                    self.skip();
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(self.since(start));
                    self.skip();
                    text.push(self.escape()?);
                    start = self.at;
                }
                Some(0..0x20) => return Err(self.expected("an escape in place of a control character")),
                Some(_) => self.skip(),
                None => return Err(self.expected("the end of the string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = match self.peek() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'u') => {
                self.skip();
                return self.unicode();
            }
            _ => return Err(self.expected("an escape")),
        };
        self.skip();
        Ok(letter)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first)
            && self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"))
        {
            self.at = self.at.saturating_add(2);
            units.push(self.unit()?);
        }
        let mut letters = char::decode_utf16(units);
        match (letters.next(), letters.next()) {
            (Some(Ok(letter)), None) => Ok(letter),
            _ => Err(JsonError::Surrogate { at: self.at }),
        }
    }

    /// The four digits of a UTF-16 unit.
    fn unit(&mut self) -> Result<u16, JsonError> {
        let digits = self.text.as_bytes().get(self.at..self.at.saturating_add(4)).unwrap_or_default();
        let mut unit = 0_u16;
        for digit in digits {
            let value = char::from(*digit).to_digit(16).and_then(|value| u16::try_from(value).ok());
            unit = (unit << 4) | value.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        }
        if digits.len() != 4 {
            return Err(self.expected("four hexadecimal digits"));
        }
        self.at = self.at.saturating_add(4);
        Ok(unit)
    }
}
