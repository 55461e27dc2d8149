//! The word "no" of the cloud: status, code and message of a refused call.

/// Who was missing which right; becomes `AccessDeniedDetail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedDetail {
    /// The RAM action that was not granted.
    pub action: String,
    /// The name the principal is shown with.
    pub principal: String,
    /// The account that owns the principal.
    pub owner: String,
    /// `SubUser` or `AssumedRoleUser`.
    pub principal_type: &'static str,
}

/// Why a call was refused, as the cloud words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 200 for products that answer `"Success": false`.
    pub status: u16,
    /// The error code, what callers decide by.
    pub code: String,
    /// The text for people.
    pub message: String,
    /// The missing right, where the cloud tells it.
    pub denied: Option<Box<DeniedDetail>>,
    /// How long the cloud asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// Returns a refusal with `status`, `code` and `message`.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            denied: None,
            retry_after_ms: None,
        }
    }

    /// Returns the refusal of a value that is not valid.
    #[must_use]
    pub fn invalid(parameter: &str) -> Self {
        Self::new(
            400,
            "InvalidParameter",
            format!("The specified parameter {parameter} is not valid."),
        )
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
