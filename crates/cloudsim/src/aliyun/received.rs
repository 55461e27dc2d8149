//! A request as it arrived: decoded, but nothing believed yet.

use axum::http::HeaderMap;

use super::encoding::form;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, encoded as it came.
    pub path: String,
    /// The pairs of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The pairs of the body, decoded, if it is a form.
    pub form: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Received {
    /// Decodes a request.
    #[must_use]
    pub fn new(method: &str, path: &str, query: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        let is_form = headers
            .get("content-type")
            .and_then(|it| it.to_str().ok())
            .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
        let pairs = if is_form {
            form(&String::from_utf8_lossy(&body))
        } else {
            Vec::new()
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: form(query),
            form: pairs,
            body,
            headers,
        }
    }

    /// Returns a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the names of all headers, lower-case.
    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(axum::http::HeaderName::as_str)
    }

    /// Returns all parameters, those of the query first.
    pub fn parameters(&self) -> impl Iterator<Item = &(String, String)> {
        self.query.iter().chain(&self.form)
    }

    /// Returns the parameter `name`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns all that is said, for faults that hit what is about one thing.
    #[must_use]
    pub(super) fn said(&self) -> String {
        let values = self.parameters().map(|(_, value)| value.as_str());
        std::iter::once(self.path.as_str())
            .chain(values)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns the action asked for: by header (V3) or by parameter (V1).
    #[must_use]
    pub fn action(&self) -> &str {
        self.parameter("Action")
            .or_else(|| self.header("x-acs-action"))
            .unwrap_or_default()
    }

    /// Returns the version asked for: by header (V3) or by parameter (V1).
    #[must_use]
    pub fn version(&self) -> &str {
        self.parameter("Version")
            .or_else(|| self.header("x-acs-version"))
            .unwrap_or_default()
    }
}
