//! The envelope of one record: the value under a data key, the data key under the master key.
//!
//! Both layers authenticate the record's name, the layer and the version of the format, so that
//! neither half can be used for another record, as the other layer, or by another version.

use base::{Chance as _, SystemChance};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{KeyBytes, MasterKey, random_key};

/// The version of the envelope and of the file around it.
pub(crate) const FORMAT_VERSION: u64 = 1;

const TAG_BYTES: usize = 16;

/// One sealed record as it stands in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope {
    /// The data key, wrapped by the master key.
    data_key: Sealed,
    /// The value, under the data key.
    value: Sealed,
}

/// Bytes under a key: the nonce, and the ciphertext with its tag, in base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    nonce: String,
    sealed: String,
}

/// The envelope does not open: another key, another name, or a change.
#[derive(Debug)]
pub(crate) struct DoesNotOpen;

#[derive(Clone, Copy)]
enum Layer {
    DataKey,
    Value,
}

impl Envelope {
    /// Seals `value` under the name `name`, with a data key of its own.
    pub(crate) fn seal(master: &MasterKey, name: &str, value: &[u8]) -> Result<Self, DoesNotOpen> {
        let data_key = random_key();
        Ok(Self {
            data_key: seal(
                &wrapping_key(master),
                Layer::DataKey,
                name,
                data_key.as_slice(),
            )?,
            value: seal(&data_key, Layer::Value, name, value)?,
        })
    }

    /// Returns the value that was sealed under `name`.
    pub(crate) fn open(
        &self,
        master: &MasterKey,
        name: &str,
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        open(
            &self.data_key(master, name)?,
            Layer::Value,
            name,
            &self.value,
        )
    }

    /// Returns this record with its data key wrapped by `new` instead of `old`; the sealed value
    /// stays as it is.
    pub(crate) fn rewrap(
        &self,
        old: &MasterKey,
        new: &MasterKey,
        name: &str,
    ) -> Result<Self, DoesNotOpen> {
        let data_key = self.data_key(old, name)?;
        // A value that does not open any more must not get a fresh wrapping that looks sound.
        drop(open(&data_key, Layer::Value, name, &self.value)?);
        Ok(Self {
            data_key: seal(
                &wrapping_key(new),
                Layer::DataKey,
                name,
                data_key.as_slice(),
            )?,
            value: self.value.clone(),
        })
    }

    fn data_key(&self, master: &MasterKey, name: &str) -> Result<KeyBytes, DoesNotOpen> {
        let opened = open(&wrapping_key(master), Layer::DataKey, name, &self.data_key)?;
        let mut data_key = Zeroizing::new([0; 32]);
        if opened.len() != data_key.len() {
            return Err(DoesNotOpen);
        }
        data_key.copy_from_slice(&opened);
        Ok(data_key)
    }
}

fn wrapping_key(master: &MasterKey) -> KeyBytes {
    master.derive(b"skywarden 1 wrap")
}

fn seal(key: &KeyBytes, layer: Layer, name: &str, plain: &[u8]) -> Result<Sealed, DoesNotOpen> {
    let mut nonce = [0; 24];
    SystemChance.fill(&mut nonce);
    // Room for the tag from the start: a buffer that grows would leave a copy of the plain bytes.
    let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_BYTES));
    buffer.extend_from_slice(plain);
    XChaCha20Poly1305::new(&(**key).into())
        .encrypt_in_place(
            &XNonce::from(nonce),
            &associated_data(layer, name),
            &mut *buffer,
        )
        .map_err(|_| DoesNotOpen)?;
    Ok(Sealed {
        nonce: STANDARD.encode(nonce),
        sealed: STANDARD.encode(buffer.as_slice()),
    })
}

fn open(
    key: &KeyBytes,
    layer: Layer,
    name: &str,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
    let nonce = STANDARD.decode(&sealed.nonce).map_err(|_| DoesNotOpen)?;
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| DoesNotOpen)?;
    let mut buffer = Zeroizing::new(STANDARD.decode(&sealed.sealed).map_err(|_| DoesNotOpen)?);
    XChaCha20Poly1305::new(&(**key).into())
        .decrypt_in_place(
            &XNonce::from(nonce),
            &associated_data(layer, name),
            &mut *buffer,
        )
        .map_err(|_| DoesNotOpen)?;
    Ok(buffer)
}

fn associated_data(layer: Layer, name: &str) -> Vec<u8> {
    let layer = match layer {
        Layer::DataKey => "data key",
        Layer::Value => "value",
    };
    // The name comes last and everything before it has no zero byte, so no two inputs are alike.
    format!("skywarden sealed\0{FORMAT_VERSION}\0{layer}\0{name}").into_bytes()
}
