//! Sealed secrets: what a configuration must not hold in the clear lives here, under a key that
//! only the user holds.
//!
//! A [`Vault`] is one file of records. Each record is sealed with a data key of its own
//! (XChaCha20-Poly1305, random nonces), and each data key is wrapped by the [`MasterKey`]. The name
//! of the record and the version of the format are authenticated with both, so a record that was
//! moved under another name does not open. Without the master key a copy of the file is useless.
//!
//! Invariant: this room knows nothing but bytes and files; it never reads the environment, and the
//! value of a secret leaves it only as a [`secrecy::SecretString`], never through `Debug`, `Display`
//! or an error.

mod atomic_file;
pub mod des;
mod envelope;
mod error;
mod key;
mod sealed_file;
mod vault;

pub use atomic_file::{write_new, write_replacing};
pub use error::VaultError;
pub use key::{Fingerprint, MasterKey};
pub use vault::{Vault, check_name};
