//! What all changes have in common: how an answer names what it made, and what became of something
//! that was to go.

use cloud::{CloudError, ErrorKind, Removal};
use model::{Place, RegionId};

use crate::Aliyun;
use crate::decode::Misread;
use crate::operations::Operation;
use crate::rpc::{Decode, Rpc};

/// Reads the id of what was made from the field of an answer that names it.
macro_rules! made {
    ($field:literal) => {
        |body: &str| -> Result<model::ResourceId, $crate::decode::Misread> {
            #[derive(serde::Deserialize)]
            struct Answer<'a> {
                #[serde(borrow, default, rename = $field)]
                id: $crate::decode::Loose<'a>,
            }
            let answer: Answer<'_> = serde_json::from_str(body)?;
            $crate::lists::id(&answer.id, $field)
        }
    };
}
pub(crate) use made;

/// Reads an answer that says nothing but that it was done.
pub(crate) fn done(body: &str) -> Result<(), Misread> {
    crate::decode::succeeded(body)
}

impl Aliyun {
    /// Begins a call about a region. The region is said even where its host alone decides: a
    /// gateway in between needs it, and the cloud does not mind.
    pub(crate) fn call_in<T: Send>(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        decode: Decode<T>,
    ) -> Rpc<'_, T> {
        self.call(operation, decode)
            .at(Place::Region(region.clone()))
            .with("RegionId", region.as_str())
    }

    /// Returns an error of our own about a call of a region.
    pub(crate) fn trouble(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        kind: ErrorKind,
        words: impl Into<String>,
    ) -> CloudError {
        let place = Place::Region(region.clone());
        CloudError::new(self.call_site(operation, &place), kind, words)
    }
}

/// Returns what became of something that was to go.
///
/// The wrong state of a thing is no matter of time here: nobody but its user ends it.
pub(crate) fn removal(answer: Result<(), CloudError>) -> Result<Removal, CloudError> {
    match Removal::of(answer) {
        Err(error) if error.kind == ErrorKind::TryLater && error.code.starts_with("Incorrect") => {
            Ok(Removal::Held(error.code))
        }
        removal => removal,
    }
}

#[cfg(test)]
mod tests;
