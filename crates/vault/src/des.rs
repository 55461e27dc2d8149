//! The old "encryption" of the Python sentry's `config.ini`, read once so that it can be replaced.
//!
//! A value is `B_` and the hexadecimal digits of DES-CBC with PKCS#5 padding, where key and
//! initialisation vector are both the eight bytes `yunshenq` that stand in that program's source.
//! Whoever has the file has the secret, so nothing here is a protection.
//!
//! Invariant: this module only reads; nothing in the product ever writes such a value.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use secrecy::SecretString;
use zeroize::Zeroizing;

const MARK: &str = "B_";
const KEY: &[u8; 8] = b"yunshenq";
const BLOCK_BYTES: usize = 8;

/// Why an old value could not be read. The value itself is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OldValueError {
    /// There is nothing after the mark, or nothing at all.
    #[error("it is empty")]
    Empty,
    /// What follows `B_` is not hexadecimal.
    #[error("what follows B_ is not hexadecimal")]
    NotHexadecimal,
    /// The ciphertext is not a whole number of blocks: characters are missing or were added.
    #[error("what follows B_ has {digits} digits, which is not a multiple of 16: some are missing")]
    Length {
        /// How many hexadecimal digits there are.
        digits: usize,
    },
    /// The ciphertext does not decrypt under the old program's key.
    #[error("it does not decrypt with the old program's key: it was changed or cut")]
    Padding,
    /// What was decrypted is not text.
    #[error("it decrypts to something that is not text")]
    NotText,
}

/// Returns the secret that the old program would have used for `value`: decrypted when it starts
/// with `B_`, as it stands otherwise.
///
/// # Errors
///
/// [`OldValueError`] says what is wrong; the caller names the section and key of the file.
pub fn open_sentry_value(value: &str) -> Result<SecretString, OldValueError> {
    let value = value.trim();
    let Some(digits) = value.strip_prefix(MARK) else {
        return match value {
            "" => Err(OldValueError::Empty),
            plain => Ok(SecretString::from(plain)),
        };
    };
    if digits.is_empty() {
        return Err(OldValueError::Empty);
    }
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(OldValueError::NotHexadecimal);
    }
    if !digits.len().is_multiple_of(BLOCK_BYTES * 2) {
        return Err(OldValueError::Length {
            digits: digits.len(),
        });
    }
    let mut bytes = Zeroizing::new(base::hex::decode(digits).ok_or(OldValueError::NotHexadecimal)?);
    let plain = cbc::Decryptor::<des::Des>::new(KEY.into(), KEY.into())
        .decrypt_padded::<Pkcs7>(&mut bytes)
        .map_err(|_| OldValueError::Padding)?;
    match std::str::from_utf8(plain) {
        Ok("") => Err(OldValueError::Empty),
        Ok(text) => Ok(SecretString::from(text)),
        Err(_) => Err(OldValueError::NotText),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use secrecy::ExposeSecret as _;

    use super::*;

    /// Made with pyDes 2.0.1, which the old program uses, and confirmed with pycryptodome.
    const VECTORS: [(&str, &str); 7] = [
        ("a", "B_0a40015cbe2bc9ce"),
        ("1234567", "B_f114083b4d9de2d1"),
        ("12345678", "B_40a6f0cf276bbfd9ff1bc23d9ede64a8"),
        ("123456789", "B_40a6f0cf276bbfd9101dcbd143ca20da"),
        (
            "LTAI4Fake0000001",
            "B_39343890ac02bcd9b79236d9ef8b4a3a066cb0f06ed7c458",
        ),
        (
            "LTAI5tFakeKeyIdForTests1",
            "B_e237fc79d9959a0f2ebe28bac16b048d0faaccea9b2a37c5ee70c7cf2b719ad5",
        ),
        (
            "FakeSecretForTestsOnly00000001",
            "B_bcde4ecd927000ed630387e0539f4571de60e1b0f1fa3ff2a97c535a401a8453",
        ),
    ];

    #[test]
    fn values_of_the_old_program_open() {
        for (plain, value) in VECTORS {
            assert_eq!(open_sentry_value(value).unwrap().expose_secret(), plain);
            assert_eq!(
                open_sentry_value(&format!(" {}\n", value.to_uppercase()))
                    .unwrap()
                    .expose_secret(),
                plain,
                "upper-case digits and white space do not matter"
            );
        }
    }

    #[test]
    fn a_value_without_the_mark_is_taken_as_it_stands() {
        for plain in [
            "LTAI5tFakeKeyIdForTests1",
            "b_0a40015cbe2bc9ce",
            "0a40015cbe2bc9ce",
        ] {
            assert_eq!(open_sentry_value(plain).unwrap().expose_secret(), plain);
        }
    }

    #[test]
    fn what_cannot_be_read_says_why_and_never_what() {
        let mut said = String::new();
        for value in [
            "",
            "B_",
            "B_4502cbc1f8306ba8",
            "B_0a40015cbe2bc9cg",
            "B_0a40015cbe2bc9中",
            "B_c31f34addb5f08f365b322dd199f92092b34142e64e",
            "B_0a40015cbe2bc9c",
            "B_40a6f0cf276bbfd9",
            "B_40a6f0cf276bbfd9101dcbd143ca20db",
            "B_ee9dd2659f9b4b3f",
        ] {
            let error = open_sentry_value(value).unwrap_err().to_string();
            assert!(value.len() < 4 || !error.contains(&value[2..8]), "{error}");
            said.push_str(&error);
            said.push('\n');
        }
        expect![[r#"
            it is empty
            it is empty
            it is empty
            what follows B_ is not hexadecimal
            what follows B_ is not hexadecimal
            what follows B_ has 43 digits, which is not a multiple of 16: some are missing
            what follows B_ has 15 digits, which is not a multiple of 16: some are missing
            it does not decrypt with the old program's key: it was changed or cut
            it does not decrypt with the old program's key: it was changed or cut
            it decrypts to something that is not text
        "#]]
        .assert_eq(&said);
    }
}
