//! Percent-encoding and forms, as AWS understands them.

use std::fmt::Write as _;

/// Encodes everything but `A-Z a-z 0-9 - _ . ~`, as signatures want it.
#[must_use]
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

/// Decodes `%XX`; a stray `%` stands for itself.
#[must_use]
pub(super) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        out.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    out
}

/// Decodes a segment of a path, or a part of a query; what is not UTF-8 becomes U+FFFD.
#[must_use]
pub(super) fn decode_text(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

/// Decodes a form body or a query into its pairs, in the order they came.
#[must_use]
pub(super) fn form(text: &str) -> Vec<(String, String)> {
    let plain = |it: &str| decode_text(&it.replace('+', " "));
    pairs(text)
        .map(|(key, value)| (plain(key), plain(value)))
        .collect()
}

/// Splits a form or a query into its pairs, still encoded.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&')
        .filter(|it| !it.is_empty())
        .map(|it| it.split_once('=').unwrap_or((it, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_once_and_a_stray_percent_is_kept() {
        let expected = [
            ("Filter.1.Name", "tag:生产 web"),
            ("Empty", ""),
            ("B", "%zz%25"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let sent = "Filter.1.Name=tag%3A%E7%94%9F%E4%BA%A7+web&Empty=&&B=%zz%2525";
        assert_eq!(form(sent), expected);
        assert_eq!(encode("a b/~é".as_bytes()), "a%20b%2F~%C3%A9");
    }
}
