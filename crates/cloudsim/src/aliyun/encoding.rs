//! Percent-encoding and forms, as the gateway understands them.

use std::fmt::Write as _;

/// Encodes everything but `A-Z a-z 0-9 - _ . ~`, as signatures want it.
#[must_use]
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

/// Decodes `%XX`, and `+` as a space where `plus_is_space`; what is not UTF-8 becomes U+FFFD.
fn decode(text: &str, plus: Plus) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten();
        match (
            hex.and_then(|it| u8::from_str_radix(it, 16).ok()),
            bytes[at],
            plus,
        ) {
            (Some(byte), ..) => {
                out.push(byte);
                at += 2;
            }
            (None, b'+', Plus::Space) => out.push(b' '),
            (None, byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[derive(Clone, Copy)]
enum Plus {
    Space,
    Itself,
}

/// Decodes one segment of a path.
#[must_use]
pub(crate) fn segment(text: &str) -> String {
    decode(text, Plus::Itself)
}

/// Decodes a query or a form body into its pairs, in the order they came.
#[must_use]
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|it| !it.is_empty())
        .map(|it| it.split_once('=').unwrap_or((it, "")))
        .map(|(key, value)| (decode(key, Plus::Space), decode(value, Plus::Space)))
        .collect()
}

/// Returns `path` with every segment encoded once, however it came.
#[must_use]
pub(crate) fn canonical_path(path: &str) -> String {
    path.split('/')
        .map(|it| encode(&segment(it)))
        .collect::<Vec<_>>()
        .join("/")
}

/// Returns the pairs encoded, sorted and joined.
#[must_use]
pub(crate) fn canonical_query(pairs: &[(String, String)]) -> String {
    let mut encoded: Vec<_> = pairs
        .iter()
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    encoded.sort();
    encoded
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_spells_a_query_its_own_way_and_means_the_same() {
        let expected = "Name=a%20b%2Ac~&Tag=%E7%94%9F%2F";
        for query in [
            "Tag=%E7%94%9F%2F&Name=a+b%2Ac~",
            "Name=a%20b*c~&Tag=%E7%94%9F/",
            "Name=a%20b%2ac%7E&&Tag=%e7%94%9f%2f",
        ] {
            assert_eq!(canonical_query(&form(query)), expected, "{query}");
        }
        assert_eq!(canonical_query(&form("Empty&B=%zz")), "B=%25zz&Empty=");
        assert_eq!(
            canonical_path("/clusters/c%20x+y/nodes"),
            "/clusters/c%20x%2By/nodes"
        );
    }
}
