//! A request as it arrived: the raw parts that signatures are about, and nothing believed yet.

use axum::http::HeaderMap;

use super::encoding::form;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, encoded as it came.
    pub path: String,
    /// The query, encoded as it came, without its question mark.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
    headers: HeaderMap,
    form: Vec<(String, String)>,
}

impl Received {
    /// Keeps the parts of a request; a form body is decoded.
    #[must_use]
    pub fn new(method: &str, path: &str, query: &str, headers: HeaderMap, body: Vec<u8>) -> Self {
        let is_form = headers
            .get("content-type")
            .and_then(|it| it.to_str().ok())
            .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
        let form = if is_form {
            form(&String::from_utf8_lossy(&body))
        } else {
            Vec::new()
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body,
            headers,
            form,
        }
    }

    /// Returns a header, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns all values of a header, in the order they came.
    pub(super) fn header_values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|it| it.to_str().ok())
    }

    /// Returns the names of all headers, lower-case.
    pub(super) fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(axum::http::HeaderName::as_str)
    }

    /// Returns the pairs of a form body, or of the query where there is no body.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        if self.form.is_empty() && self.body.is_empty() {
            form(&self.query)
        } else {
            self.form.clone()
        }
    }
}
