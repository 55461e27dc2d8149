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

/// The longest name of a snapshot, an image, a disk or a policy, in characters.
const LONGEST_NAME: usize = 60;

/// Returns `wanted` as a name that the cloud takes: one line of at most 60 characters.
pub(crate) fn name(wanted: &str) -> String {
    let plain = |it: char| if it.is_control() { ' ' } else { it };
    let name: String = wanted.trim().chars().map(plain).collect();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    if name.trim().is_empty() {
        "skywarden".to_owned()
    } else {
        name.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_of_what_it_is_for_and_nothing_else() {
        let one = token(&["disk", "0123", "snap-1"]);
        assert_eq!(one, token(&["disk", "0123", "snap-1"]));
        assert_ne!(one, token(&["disk", "0123", "snap-2"]));
        assert_ne!(token(&["ab", "c"]), token(&["a", "bc"]));
        assert!(one.len() == 40 && one.is_ascii());
    }

    #[test]
    fn any_name_becomes_one_that_is_taken() {
        assert_eq!(name(" 商城 1号\n"), "商城 1号");
        assert_eq!(name("a\nb"), "a b");
        assert_eq!(name(""), "skywarden");
        assert_eq!(name(&"长".repeat(90)).chars().count(), 60);
    }
}
