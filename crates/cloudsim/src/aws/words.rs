//! What can be wrong with a call, and how each service words it.

use super::service::{Protocol, Service};
use crate::world::refusal::Refusal;

/// What can be wrong with a call of any service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is not signed.
    Unsigned,
    /// It is signed in a way nobody understands.
    IncompleteSignature(String),
    /// Its key is not known here: never was, is of another partition, or the region was not switched on.
    UnknownKey,
    /// The signature does not match.
    WrongSignature(String),
    /// It was signed more than five minutes ago.
    Stale(String),
    /// The session is over.
    TokenExpired,
    /// There were too many.
    Throttled,
    /// The caller, given by its ARN, has no right to the action.
    Denied(String, String),
    /// The service has no such action.
    UnknownAction(String),
    /// The action has no such parameter.
    UnknownParameter(String),
    /// A parameter is missing.
    Missing(&'static str),
    /// A parameter is not valid: its name, and why.
    Invalid(&'static str, String),
    /// A page token was made for another list, or by nobody.
    ForeignToken,
    /// A page token is too old.
    ExpiredToken,
}

const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";

impl Trouble {
    /// Words the trouble as `service` does.
    pub(crate) fn told_by(self, service: Service) -> Refusal {
        let facts = service.facts();
        let (ec2, query, rest) = (
            facts.protocol == Protocol::Ec2,
            facts.protocol == Protocol::Query,
            facts.protocol == Protocol::Rest,
        );
        // The JSON services answer 400 where the others answer 403.
        let forbidden = if facts.protocol == Protocol::Json {
            400
        } else {
            403
        };
        let auth_failure = || {
            let text = "AWS was not able to validate the provided access credentials";
            Refusal::new(401, "AuthFailure", text)
        };
        let signature = |text: String| {
            let code = if query {
                "SignatureDoesNotMatch"
            } else {
                "InvalidSignatureException"
            };
            Refusal::new(forbidden, code, text)
        };
        match self {
            Self::Unsigned if ec2 => {
                let text = "The request must contain the parameter AWSAccessKeyId";
                Refusal::new(400, "MissingParameter", text)
            }
            Self::Unsigned => {
                let code = if query {
                    "MissingAuthenticationToken"
                } else {
                    "MissingAuthenticationTokenException"
                };
                Refusal::new(forbidden, code, "Request is missing Authentication Token")
            }
            Self::IncompleteSignature(text) => {
                let code = if ec2 || query {
                    "IncompleteSignature"
                } else {
                    "IncompleteSignatureException"
                };
                Refusal::new(if rest { 403 } else { 400 }, code, text)
            }
            Self::UnknownKey | Self::WrongSignature(_) if ec2 => auth_failure(),
            Self::UnknownKey if query => Refusal::new(403, "InvalidClientTokenId", UNKNOWN_KEY),
            Self::UnknownKey => Refusal::new(forbidden, "UnrecognizedClientException", UNKNOWN_KEY),
            Self::WrongSignature(text) => signature(text),
            Self::Stale(_) | Self::TokenExpired if ec2 => {
                Refusal::new(400, "RequestExpired", "Request has expired.")
            }
            Self::Stale(text) => signature(text),
            Self::TokenExpired => {
                let code = if query {
                    "ExpiredToken"
                } else {
                    "ExpiredTokenException"
                };
                let text = "The security token included in the request is expired";
                Refusal::new(forbidden, code, text)
            }
            Self::Throttled => {
                let (status, code) = facts.throttled;
                let text = if ec2 {
                    "Request limit exceeded."
                } else {
                    "Rate exceeded"
                };
                Refusal::new(status, code, text)
            }
            Self::Denied(arn, action) if ec2 => {
                let text = format!(
                    "You are not authorized to perform this operation. User: {arn} is not authorized to perform: {action} because no identity-based policy allows the {action} action. Encoded authorization failure message: c2ltdWxhdGVk"
                );
                Refusal::new(403, "UnauthorizedOperation", text)
            }
            Self::Denied(arn, action) if service == Service::Sns => {
                let text = format!(
                    "User: {arn} is not authorized to perform: {action} on resource: * because no identity-based policy allows the {action} action"
                );
                Refusal::new(403, "AuthorizationError", text)
            }
            Self::Denied(arn, action) => {
                let code = if query {
                    "AccessDenied"
                } else {
                    "AccessDeniedException"
                };
                let text = format!(
                    "User: {arn} is not authorized to perform: {action} on resource: * because no identity-based policy allows the {action} action"
                );
                Refusal::new(forbidden, code, text)
            }
            Self::UnknownAction(action) if ec2 || query => {
                let text = format!("The action {action} is not valid for this web service.");
                Refusal::new(400, "InvalidAction", text)
            }
            Self::UnknownAction(_) => Refusal::new(
                if rest { 404 } else { 400 },
                "UnknownOperationException",
                "The requested operation is not known to the service.",
            ),
            Self::UnknownParameter(name) if ec2 => {
                let text = format!("The parameter {name} is not recognized");
                Refusal::new(400, "UnknownParameter", text)
            }
            Self::UnknownParameter(name) => {
                let text = format!("The parameter {name} is not recognized");
                Refusal::new(400, facts.invalid, text)
            }
            Self::Missing(name) if ec2 || service == Service::Rds => {
                let text = format!("The request must contain the parameter {name}");
                Refusal::new(400, "MissingParameter", text)
            }
            Self::Missing(name) => {
                let text = format!(
                    "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                    lower_first(name)
                );
                Refusal::new(400, facts.invalid, text)
            }
            Self::Invalid(name, why) if ec2 => {
                let text = format!(
                    "Value for parameter {} is invalid. {why}",
                    lower_first(name)
                );
                Refusal::new(400, facts.invalid, text)
            }
            Self::Invalid(name, why) => {
                let text = format!(
                    "1 validation error detected: Value at '{}' failed to satisfy constraint: {why}",
                    lower_first(name)
                );
                Refusal::new(400, facts.invalid, text)
            }
            Self::ExpiredToken if ec2 => Refusal::new(
                400,
                "InvalidNextToken",
                "The specified NextToken is not valid.",
            ),
            Self::ForeignToken | Self::ExpiredToken => Refusal::new(
                400,
                facts.bad_token,
                "The token to go on with is not valid or has expired.",
            ),
        }
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
