//! How a row of a product is read: by the names and codes that the product has for things.

use model::{Charge, Kind, Prepaid, Renewal, ResourceId, Tags};
use serde_json::Value;

use crate::decode::{Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed};
use crate::times;

/// The names and codes of one product.
pub(super) struct Columns {
    pub(super) kind: &'static str,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) charge: Gate,
    pub(super) end: &'static str,
    pub(super) created: &'static str,
    pub(super) renewal: &'static str,
    pub(super) codes: Codes,
    pub(super) isolated: Isolated,
    pub(super) tags: TagColumn,
}

/// What tells whether a thing is paid in advance; it is asked before its end is believed.
pub(super) enum Gate {
    /// A field with a word or number for each.
    Field {
        name: &'static str,
        prepaid: &'static [&'static str],
        used: &'static [&'static str],
    },
    /// A field whose words have this in them where it is paid in advance.
    Part {
        name: &'static str,
        part: &'static str,
    },
    /// There is an end only where it is.
    TheEnd,
    /// Everything is.
    Always,
}

/// What a product's codes of renewal mean.
pub(super) struct Codes {
    pub(super) auto: &'static [&'static str],
    pub(super) manual: &'static [&'static str],
    pub(super) never: &'static [&'static str],
}

/// What tells that a thing was shut away.
pub(super) enum Isolated {
    /// A field with one of these words.
    Word(&'static str, &'static [&'static str]),
    /// A field with an instant in it.
    Since(&'static str),
    /// Nothing.
    Untold,
}

/// Where the tags are, and how they are spelt.
pub(super) enum TagColumn {
    /// `Key` and `Value`.
    Short(&'static str),
    /// `TagKey` and `TagValue`.
    Long(&'static str),
    /// The list has none.
    None,
}

/// Reads a page of the product of `columns`.
pub(super) fn read(body: &str, columns: &Columns) -> Result<Listed<Prepaid>, Misread> {
    lists::read(body, &columns.shape, |row: Value| columns.row(&row))
}

impl Columns {
    fn row(&self, row: &Value) -> Result<Prepaid, Misread> {
        let id = text(row, self.id);
        if id.is_empty() {
            return Err(Misread::Lacks("id in one of its rows"));
        }
        let charge = self.charge(row);
        let isolated = match &self.isolated {
            Isolated::Word(name, words) => words.contains(&text(row, name).as_str()),
            Isolated::Since(name) => times::instant_of(&loose(row, name)).is_some(),
            Isolated::Untold => false,
        };
        Ok(Prepaid {
            kind: Kind::new(self.kind),
            product_type: "".into(),
            id: ResourceId::new(id),
            name: Some(text(row, self.name)).filter(|it| !it.is_empty()),
            region: None,
            tags: self.tags(row),
            created: times::instant_of(&loose(row, self.created)),
            expiry: times::expiry(&charge, &loose(row, self.end)),
            renewal: super::prepaid_only(&charge, self.renewal(row)),
            status: super::status(&charge, isolated),
            release: None,
            renewal_price: None,
        })
    }

    fn charge(&self, row: &Value) -> Charge {
        match &self.charge {
            Gate::Always => Charge::Prepaid,
            Gate::TheEnd => match times::instant_of(&loose(row, self.end)) {
                Some(_) => Charge::Prepaid,
                None if text(row, self.end) == "0" => Charge::OnDemand,
                None => Charge::Other(String::new()),
            },
            Gate::Field {
                name,
                prepaid,
                used,
            } => {
                let word = text(row, name);
                if prepaid.contains(&word.as_str()) {
                    Charge::Prepaid
                } else if used.contains(&word.as_str()) {
                    Charge::OnDemand
                } else {
                    Charge::Other(word)
                }
            }
            Gate::Part { name, part } => {
                let word = text(row, name);
                if word.is_empty() {
                    Charge::Other(word)
                } else if word.contains(part) {
                    Charge::Prepaid
                } else {
                    Charge::OnDemand
                }
            }
        }
    }

    fn renewal(&self, row: &Value) -> Renewal {
        let word = text(row, self.renewal);
        let one_of = |codes: &[&str]| codes.contains(&word.as_str());
        if one_of(self.codes.auto) {
            Renewal::Auto { months: None }
        } else if one_of(self.codes.manual) {
            Renewal::Manual
        } else if one_of(self.codes.never) {
            Renewal::Never
        } else {
            Renewal::Unknown(word)
        }
    }

    fn tags(&self, row: &Value) -> Tags {
        let (list, key, value) = match self.tags {
            TagColumn::Short(list) => (list, "Key", "Value"),
            TagColumn::Long(list) => (list, "TagKey", "TagValue"),
            TagColumn::None => return Tags::new(),
        };
        let list = row.get(list).and_then(Value::as_array);
        let tags = list.into_iter().flatten();
        tags.map(|it| (text(it, key), text(it, value))).collect()
    }
}

/// Returns a field, `A` or `A/B` inside of `A`, however it is written today.
fn loose<'a>(row: &'a Value, path: &str) -> Loose<'a> {
    let field = path.split('/').try_fold(row, |it, name| it.get(name));
    match field {
        Some(Value::String(text)) => Loose::Text(text.as_str().into()),
        Some(Value::Bool(flag)) => Loose::Flag(*flag),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(whole) => Loose::Whole(whole),
            None => Loose::Fraction(number.as_f64().unwrap_or_default()),
        },
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => Loose::Absent,
    }
}

fn text(row: &Value, path: &str) -> String {
    loose(row, path).into_text()
}
