//! Reads small files: profiles, tokens.

use std::path::Path;

use tokio::io::AsyncReadExt as _;

use super::NoCredentials;

const LARGEST_FILE: u64 = 1 << 20;

/// Reads a file of profiles that may be missing.
pub(super) async fn read_if_there(path: &Path) -> Result<Option<String>, NoCredentials> {
    let body = match read_bounded(path, LARGEST_FILE).await {
        Ok(body) => body,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let what = format!("cannot read {}", path.display());
            return Err(NoCredentials::because(what, error));
        }
    };
    let text = String::from_utf8(body)
        .map_err(|_| NoCredentials::new(format!("{} is no text", path.display())))?;
    Ok(Some(text))
}

/// Reads the token that stands in a file, without white space around it.
pub(super) async fn read_token(path: &Path, limit: u64) -> Result<String, NoCredentials> {
    let body = read_bounded(path, limit).await.map_err(|error| {
        NoCredentials::because(format!("cannot read the token {}", path.display()), error)
    })?;
    match String::from_utf8(body) {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned()),
        _ => {
            let what = format!("{} holds no token", path.display());
            Err(NoCredentials::new(what))
        }
    }
}

async fn read_bounded(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(limit + 1).read_to_end(&mut body).await?;
    if body.len() as u64 > limit {
        return Err(std::io::Error::other(format!(
            "it is larger than {limit} bytes"
        )));
    }
    Ok(body)
}
