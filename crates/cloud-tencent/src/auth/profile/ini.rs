//! The file of the libraries: sections of `key = value` lines.

use std::path::Path;

use super::NoCredentials;

/// One section.
pub(super) struct Section {
    pub(super) name: String,
    pairs: Vec<(String, String)>,
}

impl Section {
    /// Returns a value that is set and not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let pair = self.pairs.iter().rev().find(|(name, _)| name == key)?;
        Some(pair.1.as_str()).filter(|it| !it.is_empty())
    }
}

/// Reads the sections of a file; lines that are none of its own are passed over, as the libraries do.
///
/// # Errors
///
/// When it is no text.
pub(super) fn read(body: &[u8], path: &Path) -> Result<Vec<Section>, NoCredentials> {
    let text = std::str::from_utf8(body)
        .map_err(|_| NoCredentials::new(format!("{} is no text", path.display())))?;
    let mut sections: Vec<Section> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            sections.push(Section {
                name: name.trim().to_owned(),
                pairs: Vec::new(),
            });
        } else if let (Some((key, value)), Some(section)) =
            (line.split_once('='), sections.last_mut())
        {
            let pair = (key.trim().to_ascii_lowercase(), value.trim().to_owned());
            section.pairs.push(pair);
        }
    }
    Ok(sections)
}
