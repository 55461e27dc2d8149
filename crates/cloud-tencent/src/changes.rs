//! What all changes have in common: how an answer names what it made, how tags are said, and what
//! became of something that was to go.

use cloud::{CloudError, ErrorKind};
use model::{Place, RegionId, ResourceId, SET_TAG, STEP_TAG, Tags};
use serde_json::{Map, Value, json};

use crate::Tencent;
use crate::decode::{self, Loose, Misread};
use crate::operations::Operation;
use crate::rpc::{Decode, Rpc};

/// Reads the id of what was made from the field of an answer that names it, or the first of a list.
macro_rules! made {
    ($field:literal) => {
        |body: &str| -> Result<model::ResourceId, $crate::decode::Misread> {
            #[derive(serde::Deserialize)]
            struct Answer<'a> {
                #[serde(borrow, default, rename = $field)]
                id: $crate::changes::OneOrMany<'a>,
            }
            let answer: Answer<'_> = $crate::decode::object(body)?;
            let id = answer.id.first();
            let id = id.ok_or($crate::decode::Misread::Lacks($field))?;
            Ok(model::ResourceId::new(id))
        }
    };
}
pub(crate) use made;

/// An id, or a list of them of which one is expected.
#[derive(Default)]
pub(crate) struct OneOrMany<'a>(Vec<Loose<'a>>);

impl OneOrMany<'_> {
    pub(crate) fn first(&self) -> Option<String> {
        self.0.iter().find_map(Loose::some_text)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Vec<Loose<'de>>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id or a list of ids")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(vec![Loose::Text(value.into())])
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(vec![Loose::Text(value.to_owned().into())])
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(Either).map(Self)
    }
}

/// Reads an answer that says nothing but that it was done.
pub(crate) fn done(body: &str) -> Result<(), Misread> {
    decode::succeeded(body)
}

/// Says tags: `[{"Key": …, "Value": …}]`.
pub(crate) fn said_tags(tags: &Tags) -> Value {
    let tags = tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }));
    tags.collect()
}

/// Asks for what carries a tag.
pub(crate) fn tagged(key: &str, value: &str) -> Map<String, Value> {
    let filter = json!([{ "Name": format!("tag:{key}"), "Values": [value] }]);
    Map::from_iter([("Filters".to_owned(), filter)])
}

/// Returns what the tags of a thing say it is for.
pub(crate) fn mark(tags: &Tags) -> &str {
    let mark = tags.get(STEP_TAG).or_else(|| tags.get(SET_TAG));
    mark.map_or("", String::as_str)
}

impl Tencent {
    /// Begins a call in a region.
    pub(crate) fn call_in<T: Send>(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        decode: Decode<T>,
    ) -> Rpc<'_, T> {
        self.call(operation, decode)
            .at(Place::Region(region.clone()))
    }

    /// Begins a call about one thing.
    pub(crate) fn call_about<T: Send>(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        field: &str,
        id: &ResourceId,
        decode: Decode<T>,
    ) -> Rpc<'_, T> {
        self.call_in(operation, region, decode)
            .with(field, json!([id.as_str()]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_what_it_made_alone_or_in_a_list() {
        let one = made!("SnapshotId");
        let id = one(r#"{"Response":{"SnapshotId":"snap-1","RequestId":"r"}}"#);
        assert_eq!(id.unwrap().as_str(), "snap-1");
        let many = made!("DiskIdSet");
        let id = many(r#"{"Response":{"DiskIdSet":["disk-1"],"RequestId":"r"}}"#);
        assert_eq!(id.unwrap().as_str(), "disk-1");
        for body in [
            r#"{"Response":{"RequestId":"r"}}"#,
            r#"{"Response":{"SnapshotId":null,"RequestId":"r"}}"#,
            r#"{"Response":{"SnapshotId":"","RequestId":"r"}}"#,
        ] {
            assert!(matches!(one(body), Err(Misread::Lacks(_))));
        }
        let refused = one(r#"{"Response":{"Error":{"Code":"X","Message":"no"},"RequestId":"r"}}"#);
        assert!(matches!(refused, Err(Misread::Refused(_))));
    }
}
