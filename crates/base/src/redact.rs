//! What may be shown of a thing that is half secret.

use url::Url;

/// Returns an access key id as its first six and last three characters: enough to recognise it.
#[must_use]
pub fn key_id(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() < 12 {
        return "***".to_owned();
    }
    let head: String = characters[..6].iter().collect();
    let tail: String = characters[characters.len() - 3..].iter().collect();
    format!("{head}***{tail}")
}

/// Returns scheme and host of a URL; path and query are hidden, since a webhook's are the credential.
#[must_use]
pub fn url(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{}://{host}:{port}/***", url.scheme()),
        (Some(host), None) => format!("{}://{host}/***", url.scheme()),
        (None, _) => format!("{}:***", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_show_their_ends_only() {
        assert_eq!(key_id("LTAI5tExampleKeyId99"), "LTAI5t***d99");
        assert_eq!(key_id("short"), "***");
    }

    #[test]
    fn urls_show_their_host_only() {
        let hook =
            Url::parse("https://user:pw@oapi.dingtalk.com/robot/send?access_token=T").unwrap();
        assert_eq!(url(&hook), "https://oapi.dingtalk.com/***");
    }
}
