//! Filters of lists: a name and values, of which one has to match; `*` and `?` stand for anything.

use super::arguments::Filter;
use super::catalog::Asked;
use super::words::Trouble;
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

/// What a row has under the name of a filter.
pub(super) enum Has {
    /// These values; none of them matches nothing.
    Values(Vec<String>),
    /// There is no such filter.
    NoFilter,
}

impl Has {
    pub(super) fn one(value: impl Into<String>) -> Self {
        Self::Values(vec![value.into()])
    }

    pub(super) fn maybe(value: Option<impl Into<String>>) -> Self {
        Self::Values(value.into_iter().map(Into::into).collect())
    }
}

/// The filters of one call.
pub(super) struct Filters {
    filters: Vec<Filter>,
}

impl Filters {
    /// Reads the filters of `asked`; `names` are those of its list beside `tag:<key>` and `tag-key`.
    pub(super) fn read(asked: &Asked<'_>, names: &[&str]) -> Result<Self, Refusal> {
        let filters = asked.arguments.filters();
        let known = |name: &str| {
            names.contains(&name)
                || name == "tag-key"
                || name.strip_prefix("tag:").is_some_and(|it| !it.is_empty())
        };
        if let Some(filter) = filters.iter().find(|it| !known(&it.name)) {
            let text = format!("The filter '{}' is invalid", filter.name);
            return Err(Refusal::new(400, "InvalidParameterValue", text));
        }
        Ok(Self { filters })
    }

    /// Returns whether a row is kept that has what `tags` gives, and what `value_of` gives under other names.
    pub(super) fn keep(&self, tags: impl Fn() -> Tags, value_of: impl Fn(&str) -> Has) -> bool {
        self.filters.iter().all(|filter| {
            let matches = |has: &str| filter.values.iter().any(|pattern| wildcard(pattern, has));
            if let Some(key) = filter.name.strip_prefix("tag:") {
                return tags()
                    .iter()
                    .any(|(has, value)| has == key && matches(value));
            }
            if filter.name == "tag-key" {
                return tags().iter().any(|(key, _)| matches(key));
            }
            match value_of(&filter.name) {
                Has::Values(values) => values.iter().any(|it| matches(it)),
                Has::NoFilter => false,
            }
        })
    }
}

/// Returns whether `text` is what `pattern` describes: `*` stands for any run of letters, `?` for any one.
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((of_star, taken)) = star else {
                    return false;
                };
                star = Some((of_star, taken + 1));
                (at, read) = (of_star + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|it| *it == '*')
}

/// Returns the rows' ids that were asked for under `name`; refuses those that are not spelled like ids, and those
/// that `exists` does not know.
pub(super) fn ids<'a>(
    asked: &'a Asked<'_>,
    (name, prefix): (&str, &str),
    (code, noun): (&str, &str),
    exists: impl Fn(&str) -> bool,
) -> Result<Option<Vec<&'a str>>, Refusal> {
    let Some(ids) = asked.arguments.texts(name) else {
        return Ok(None);
    };
    if let Some(id) = ids.iter().find(|it| !it.starts_with(prefix)) {
        let text = format!("Invalid id: \"{id}\"");
        return Err(Refusal::new(400, format!("{code}.Malformed"), text));
    }
    let paging = asked.spec.paging();
    if paging.is_some_and(|it| asked.arguments.whole(it.size).is_some()) {
        let text = format!("The parameter {noun}Set cannot be used with the parameter maxResults");
        return Err(Refusal::new(400, "InvalidParameterCombination", text));
    }
    let unknown: Vec<&str> = ids.iter().copied().filter(|it| !exists(it)).collect();
    match unknown[..] {
        [] => Ok(Some(ids)),
        [one] => {
            let text = format!("The {noun} ID '{one}' does not exist");
            Err(Refusal::new(400, format!("{code}.NotFound"), text))
        }
        _ => {
            let text = format!("The {noun} IDs '{}' do not exist", unknown.join(", "));
            Err(Refusal::new(400, format!("{code}.NotFound"), text))
        }
    }
}

/// Returns whether one of the owners that were asked for is the caller's account; `None` when none was.
pub(super) fn is_own(asked: &Asked<'_>, number: &str) -> Result<Option<bool>, Refusal> {
    let Some(owners) = asked.arguments.texts("Owner") else {
        return Ok(None);
    };
    let known = |it: &&&str| {
        ["self", "amazon", "aws-marketplace"].contains(*it)
            || it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit())
    };
    if let Some(owner) = owners.iter().find(|it| !known(it)) {
        let why = format!("{owner} is neither an account nor self.");
        return Err(asked.refuse(Trouble::Invalid("Owner", why)));
    }
    Ok(Some(owners.iter().any(|it| *it == "self" || *it == number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("i-*9", "i-0129", true),
            ("i-*9", "i-0128", false),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("*a*b", "xaybzb", true),
            ("Web", "web", false),
            ("生*", "生产", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
