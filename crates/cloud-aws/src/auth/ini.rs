//! The format of `~/.aws/config` and `~/.aws/credentials`, as the official clients read it.
//!
//! Source: the shared configuration format of the SDK reference guide. Indented lines below a key
//! belong to that key (`s3 =`) and are no settings of the profile.

use std::collections::BTreeMap;
use std::fmt;

use super::NoCredentials;

/// The settings of one profile, by name in lower case. Some are secrets.
#[derive(Clone, Default)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Returns a setting that is there and not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(|it| it.trim())
            .filter(|it| !it.is_empty())
    }

    /// Adds what another file says of the same profile; it beats what was said before.
    pub(super) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl fmt::Debug for Settings {
    /// Shows no value: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Which of the two files it is: they name profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// `[default]` and `[profile NAME]`.
    Config,
    /// `[NAME]`.
    Credentials,
}

/// Reads the profiles of one file; `path` names it in errors.
///
/// # Errors
///
/// When a line is none of the format. It is not shown: it may be half of a secret.
pub(super) fn parse(
    text: &str,
    kind: FileKind,
    path: &str,
) -> Result<BTreeMap<String, Settings>, NoCredentials> {
    let mut profiles: BTreeMap<String, Settings> = BTreeMap::new();
    // `None` before the first section, and inside of sections that are no profile.
    let mut current: Option<String> = None;
    let mut is_in_section = false;
    for (at, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let bad = |why: &str| NoCredentials::new(format!("{path}, line {at}: {why}"));
        let is_comment = line.starts_with(['#', ';']);
        if line.trim().is_empty() || is_comment {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (name, _) = rest
                .split_once(']')
                .ok_or_else(|| bad("the name of a section is not closed"))?;
            current = profile_name(name, kind);
            is_in_section = true;
            if let Some(name) = &current {
                profiles.entry(name.clone()).or_default();
            }
            continue;
        }
        if !is_in_section {
            return Err(bad("a setting stands before the first section"));
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| bad("it is neither a section nor a setting"))?;
        if let Some(name) = &current {
            let settings = profiles.entry(name.clone()).or_default();
            let key = key.trim().to_ascii_lowercase();
            settings.0.insert(key, without_comment(value).to_owned());
        }
    }
    Ok(profiles)
}

/// Returns the profile that a section is of; other sections (`sso-session`, `services`) are of none.
fn profile_name(section: &str, kind: FileKind) -> Option<String> {
    let section = section.trim();
    let named = match section.strip_prefix("profile") {
        Some(rest) if rest.starts_with(char::is_whitespace) => Some(rest.trim()),
        _ => None,
    };
    match (kind, named) {
        (FileKind::Config, Some(name)) => Some(name.trim_matches(['"', '\'']).to_owned()),
        (FileKind::Config, None) => (section == "default").then(|| section.to_owned()),
        (FileKind::Credentials, _) => Some(section.to_owned()),
    }
}

/// A comment begins with white space and a mark.
fn without_comment(value: &str) -> &str {
    let marks = [" #", " ;", "\t#", "\t;"];
    let end = marks.iter().filter_map(|mark| value.find(mark)).min();
    end.map_or(value, |at| &value[..at]).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str, kind: FileKind, profile: &str, key: &str) -> Option<String> {
        let profiles = parse(text, kind, "config").unwrap();
        profiles.get(profile)?.get(key).map(str::to_owned)
    }

    const CONFIG: &str = "\u{feff}# a comment
[default]
region = cn-north-1
s3 =
  region = nested
  max_concurrent_requests = 20
[profile ops ] # trailing
ROLE_ARN=arn:aws-cn:iam::1:role/ops ; why
external_id = a#b
[profile \"with space\"]
region= us-east-1
[sso-session corp]
sso_region = eu-west-1
[plain]
region = nobody
";

    #[test]
    fn both_files_name_their_profiles_in_their_own_way() {
        let config = |profile: &str, key: &str| get(CONFIG, FileKind::Config, profile, key);
        assert_eq!(config("default", "region").unwrap(), "cn-north-1");
        assert_eq!(config("default", "max_concurrent_requests"), None);
        assert_eq!(
            config("ops", "role_arn").unwrap(),
            "arn:aws-cn:iam::1:role/ops"
        );
        assert_eq!(config("ops", "external_id").unwrap(), "a#b");
        assert_eq!(config("with space", "region").unwrap(), "us-east-1");
        assert_eq!(config("plain", "region"), None);
        assert_eq!(config("corp", "sso_region"), None);
        let credentials = "[plain]\naws_access_key_id = AKIDEXAMPLE\r\n";
        let id = get(
            credentials,
            FileKind::Credentials,
            "plain",
            "aws_access_key_id",
        );
        assert_eq!(id.unwrap(), "AKIDEXAMPLE");
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_and_not_shown() {
        for (text, expected) in [
            (
                "[default\nx=1",
                "config, line 1: the name of a section is not closed",
            ),
            (
                "x = CANARY",
                "config, line 1: a setting stands before the first section",
            ),
            (
                "[default]\nCANARY",
                "config, line 2: it is neither a section nor a setting",
            ),
        ] {
            let refused = parse(text, FileKind::Config, "config").unwrap_err();
            assert_eq!(refused.to_string(), expected);
        }
        let profiles = parse("[a]\nx = CANARY", FileKind::Credentials, "c").unwrap();
        assert_eq!(format!("{profiles:?}"), "{\"a\": {\"x\"}}");
    }

    #[test]
    fn a_later_word_beats_an_earlier_one() {
        let text = "[a]\nx = 1\n[b]\n[a]\nx = 2\ny =\n";
        assert_eq!(get(text, FileKind::Credentials, "a", "x").unwrap(), "2");
        assert_eq!(get(text, FileKind::Credentials, "a", "y"), None);
    }
}
