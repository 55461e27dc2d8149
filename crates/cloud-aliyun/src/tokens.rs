//! What the cloud is told so that twice is once, and the names it takes.

use sha2::{Digest as _, Sha256};

/// How long a client token may be is 64 characters; so many keep two apart.
const TOKEN_BYTES: usize = 20;

/// Returns the client token of what `parts` name: the same parts, the same token, on any machine.
pub(crate) fn token(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length before each keeps `ab`, `c` and `a`, `bc` apart.
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    base::hex::encode(&hasher.finalize()[..TOKEN_BYTES])
}

/// The longest name of a snapshot, an image, a disk or a machine, in characters.
const LONGEST_NAME: usize = 128;
/// What a name may not begin with, besides anything that is no letter: the cloud keeps it for itself.
const KEPT_FOR_THE_CLOUD: [&str; 3] = ["auto", "aliyun", "acs:"];

/// Returns `wanted` as a name that the cloud takes: 2 to 128 letters, digits, `:`, `_` and `-`, a
/// letter first.
pub(crate) fn name(wanted: &str) -> String {
    let plain = |it: char| {
        if it.is_alphanumeric() || matches!(it, ':' | '_' | '-') {
            it
        } else {
            '-'
        }
    };
    let mut name: String = wanted.trim().chars().map(plain).collect();
    let lower = name.to_ascii_lowercase();
    let taken = KEPT_FOR_THE_CLOUD.iter().any(|it| lower.starts_with(it));
    let begins_well = name.chars().next().is_some_and(char::is_alphabetic);
    if taken || !begins_well || name.chars().count() < 2 {
        name.insert_str(0, "sw-");
    }
    name.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_of_what_it_is_for_and_nothing_else() {
        let one = token(&["set", "i-1/20261121T040000Z", "d-1"]);
        assert_eq!(one, token(&["set", "i-1/20261121T040000Z", "d-1"]));
        assert_ne!(one, token(&["set", "i-1/20261121T040000Z", "d-2"]));
        assert_ne!(token(&["ab", "c"]), token(&["a", "bc"]));
        assert!(one.len() == 40 && one.is_ascii());
    }

    #[test]
    fn any_name_becomes_one_that_is_taken() {
        for (wanted, expected) in [
            ("web-1-2026-47", "web-1-2026-47"),
            ("商城 1号", "商城-1号"),
            ("it's \"x\"/y", "it-s--x--y"),
            ("1st", "sw-1st"),
            ("auto-web", "sw-auto-web"),
            ("Aliyun_web", "sw-Aliyun_web"),
            ("", "sw-"),
            ("w", "sw-w"),
            ("http://web", "http:--web"),
        ] {
            assert_eq!(name(wanted), expected, "{wanted}");
        }
        assert_eq!(name(&"长".repeat(300)).chars().count(), 128);
    }
}
