//! Refusals of changes: what is in the way, and for how long.
//!
//! Source: "Error codes for the Amazon EC2 API", and the errors of CloudWatch, SNS and DLM. None of
//! the official clients retries these, and neither do we: the caller goes on with the next thing.

use cloud::ErrorKind;

/// One thing, or one sort of machine, had or has too much of late; others go on.
const LATER: &[&str] = &[
    "SnapshotCreationPerVolumeRateExceeded",
    "ConcurrentSnapshotLimitExceeded",
    "PendingSnapshotLimitExceeded",
    "PendingVolumeLimitExceeded",
    "ConcurrentCreateImageNoRebootLimitExceeded",
    "ConcurrentTagAccess",
    "MaxPendingRequestsExceeded",
    // By its own words: "for example, too many snapshot copies in progress".
    "ResourceLimitExceeded",
    "InsufficientAddressCapacity",
    "InsufficientCapacity",
    "InsufficientHostCapacity",
    "InsufficientInstanceCapacity",
    "InsufficientReservedInstanceCapacity",
    "InsufficientVolumeCapacity",
];

/// Limits of one thing, which say nothing of any other.
const OF_ONE_THING: &[&str] = &["TagLimitExceeded", "AttachmentLimitExceeded"];

/// Returns what a refusal of a change means, or `None` when the code is none of these.
pub(super) fn kind(code: &str, message: &str) -> Option<ErrorKind> {
    if LATER.contains(&code) {
        return Some(ErrorKind::TryLater);
    }
    if OF_ONE_THING.contains(&code) {
        return Some(ErrorKind::Invalid);
    }
    let is_quota = code.contains("LimitExceeded")
        || code.ends_with("QuotaExceeded")
        || matches!(
            code,
            "ServiceQuotaExceededException"
                | "InsufficientFreeAddressesInSubnet"
                | "MaxSpotInstanceCountExceeded"
                | "MaxSpotFleetRequestCountExceeded"
        );
    if is_quota {
        return Some(ErrorKind::Exhausted);
    }
    let is_there = code.ends_with(".Duplicate")
        || code.ends_with("AlreadyExists")
        || code.ends_with("AlreadyExistsException");
    if is_there {
        return Some(ErrorKind::Exists);
    }
    holder(code, message).map(|by| ErrorKind::Held { by })
}

/// Returns who or what holds a thing, by the code and the words of a refusal; empty when they do not
/// say.
fn holder(code: &str, message: &str) -> Option<String> {
    let named = |prefixes: &[&str]| named(message, prefixes).unwrap_or_default();
    let says = |word: &str| message.contains(word);
    Some(match code {
        "InvalidSnapshot.InUse" if says("copy") => "a copy that is being made of it".to_owned(),
        "InvalidSnapshot.InUse" => named(&["ami-"]),
        "SnapshotLocked" | "InvalidSnapshot.Locked" => "locked".to_owned(),
        // What is switched off by a person's own setting: termination, deregistration.
        "OperationNotPermitted" if says("shared") => "shared".to_owned(),
        "OperationNotPermitted" => "protected".to_owned(),
        "VolumeInUse" => named(&["i-"]),
        "InvalidIPAddress.InUse" => named(&["i-", "eni-", "eipassoc-"]),
        "DependencyViolation" | "ResourceInUse" | "ResourceInUseException" => {
            named(&["i-", "eni-", "ami-", "lt-"])
        }
        "IncorrectState" | "IncorrectInstanceState" | "InvalidAMIID.Unavailable" => String::new(),
        _ => return None,
    })
}

/// More than any id has behind its prefix.
const LONGEST_ID: usize = 32;

/// Returns the first id in a text that begins with one of `prefixes`.
fn named(text: &str, prefixes: &[&str]) -> Option<String> {
    let is_of_id = |it: char| it.is_ascii_alphanumeric() || it == '-';
    text.split(|it| !is_of_id(it))
        .find(|word| {
            let rest = prefixes.iter().find_map(|it| word.strip_prefix(it));
            rest.is_some_and(|it| !it.is_empty() && it.len() <= LONGEST_ID)
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(by: &str) -> Option<ErrorKind> {
        Some(ErrorKind::Held { by: by.to_owned() })
    }

    #[test]
    fn each_code_says_how_long_something_is_in_the_way() {
        let (later, exhausted) = (Some(ErrorKind::TryLater), Some(ErrorKind::Exhausted));
        let exists = Some(ErrorKind::Exists);
        for (code, expected) in [
            ("SnapshotCreationPerVolumeRateExceeded", &later),
            ("ConcurrentSnapshotLimitExceeded", &later),
            ("InsufficientInstanceCapacity", &later),
            ("InsufficientVolumeCapacity", &later),
            ("ResourceLimitExceeded", &later),
            ("SnapshotLimitExceeded", &exhausted),
            ("VolumeLimitExceeded", &exhausted),
            ("InstanceLimitExceeded", &exhausted),
            ("VcpuLimitExceeded", &exhausted),
            ("AddressLimitExceeded", &exhausted),
            ("LimitExceeded", &exhausted),
            ("LimitExceededFault", &exhausted),
            ("LimitExceededException", &exhausted),
            ("TopicLimitExceeded", &exhausted),
            ("AMIQuotaExceeded", &exhausted),
            ("MaxSpotInstanceCountExceeded", &exhausted),
            ("TagLimitExceeded", &Some(ErrorKind::Invalid)),
            ("InvalidAMIName.Duplicate", &exists),
            ("InvalidLaunchTemplateName.AlreadyExistsException", &exists),
            ("InvalidParameterValue", &None),
            ("IdempotentParameterMismatch", &None),
            ("InvalidSnapshot.NotFound", &None),
        ] {
            assert_eq!(kind(code, "Words."), *expected, "{code}");
        }
    }

    #[test]
    fn the_holder_is_taken_from_the_clouds_own_words() {
        for (code, words, by) in [
            (
                "InvalidSnapshot.InUse",
                "The snapshot snap-0f62d49785922b1cf is currently in use by ami-d30b2ed071837fbfc",
                "ami-d30b2ed071837fbfc",
            ),
            (
                "InvalidSnapshot.InUse",
                "The snapshot (snap-0f62d49785922b1cf) is used by 'ami-12345678', 'ami-87654321'.",
                "ami-12345678",
            ),
            ("InvalidSnapshot.InUse", "Used by ami-<script>.", ""),
            ("InvalidSnapshot.InUse", "", ""),
            (
                "InvalidSnapshot.InUse",
                "The snapshot snap-1 is currently in use by a copy that is under way",
                "a copy that is being made of it",
            ),
            (
                "OperationNotPermitted",
                "'ami-1' is shared with 123456789012.",
                "shared",
            ),
            ("SnapshotLocked", "Whatever", "locked"),
            (
                "OperationNotPermitted",
                "The instance 'i-0123456789abcdef0' may not be terminated.",
                "protected",
            ),
            (
                "VolumeInUse",
                "Volume vol-0123456789abcdef0 is currently attached to i-0123456789abcdef0",
                "i-0123456789abcdef0",
            ),
            (
                "InvalidAMIID.Unavailable",
                "The image ID is not available",
                "",
            ),
        ] {
            assert_eq!(kind(code, words), held(by), "{code} {words}");
        }
    }
}
