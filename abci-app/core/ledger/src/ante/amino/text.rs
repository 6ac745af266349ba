//! Text within JSON, as Go's `encoding/json` writes it, which the Cosmos SDK signs.

/// Appends `text` in quotes. Beyond JSON's own escapes, `<`, `>`, `&`, U+2028 and U+2029 are escaped, which keeps the
/// JSON harmless within a page; everything else stands for itself.
pub(super) fn push(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => escape(out, character),
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// `\u` and four lower-case hexadecimal digits.
fn escape(out: &mut String, character: char) {
    out.push_str("\\u");
    let code = u32::from(character);
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit((code >> shift) & 0xf, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_go_does() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            push(&mut out, text);
            assert_eq!(out, expected);
        };
        check("", r#""""#);
        check("a & b <c>", r#""a \u0026 b \u003cc\u003e""#);
        check("\"\\/", r#""\"\\/""#);
        check("\u{8}\u{c}\n\r\t\0\u{1}\u{1f}\u{7f}", "\"\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\u{7f}\"");
        check("é😀\u{2028}\u{2029}\u{2027}", "\"é😀\\u2028\\u2029\u{2027}\"");
    }
}
