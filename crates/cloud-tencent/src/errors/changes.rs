//! Refusals of changes: what is held, what comes too early, what is used up, what is there already.

use cloud::ErrorKind;

/// What holds a thing, by the code the cloud refuses its removal with, in a word that stays.
const HELD: [(&str, &str); 13] = [
    ("InvalidImageId.InShared", "shared"),
    ("InvalidImageId.IncorrectState", "its state"),
    ("InvalidImageState", "its state"),
    ("UnsupportedOperation.SnapHasShared", "shared"),
    ("UnsupportedOperation.SnapHasBindedImage", "image"),
    ("UnsupportedOperation.InstanceStateRunning", "running"),
    ("UnsupportedOperation.InstanceStateStopped", "stopped"),
    ("UnsupportedOperation.StateError", "its state"),
    ("InvalidAddressStatus.NotPermit", "in use"),
    ("InvalidAddressIdStatus.NotPermit", "in use"),
    ("AddressStatusNotPermit", "in use"),
    ("ResourceUnavailable.Attached", "machine"),
    ("InvalidSnapshot.NotSupported", "its state"),
];

/// It is on its way from one state to another, or had too much of late; others go on.
const LATER: [&str; 9] = [
    "ResourceInUse.DiskMigrating",
    "ResourceUnavailable.DiskMigrating",
    "ResourceUnavailable.SnapshotCreating",
    "ResourceUnavailable.TooManyCreatingSnapshot",
    "MutexOperation",
    "InvalidDisk.Busy",
    "TradeDealConflict",
    "OperationDenied.InstanceOperationInProgress",
    "OperationConflict",
];

/// The quota of the account or its money: every other one of the kind is refused, too.
const EXHAUSTED: [&str; 7] = [
    "LimitExceeded",
    "InsufficientSnapshotQuota",
    "ImageQuotaLimitExceeded",
    "InstancesQuotaLimitExceeded",
    "AddressQuotaLimitExceeded",
    "InsufficientBalance",
    "InvalidAccount.InsufficientBalance",
];

/// There is one of that name.
const EXISTS: [&str; 2] = [
    "InvalidImageName.Duplicate",
    "ResourceInsufficient.NameExists",
];

/// Returns what the refusal of a change is, or `None` when it is none of a change's own.
pub(super) fn kind(code: &str) -> Option<ErrorKind> {
    let one_of = |classes: &[&str]| classes.iter().any(|it| super::has_class(code, it));
    if let Some((_, by)) = HELD.iter().find(|(name, _)| super::has_class(code, name)) {
        let by = (*by).to_owned();
        return Some(ErrorKind::Held { by });
    }
    if one_of(&LATER) {
        return Some(ErrorKind::TryLater);
    }
    // Whoever uses it, or what protects it, is not said.
    if super::has_class(code, "ResourceInUse") || code.ends_with("Protected") {
        return Some(ErrorKind::Held { by: String::new() });
    }
    if one_of(&EXHAUSTED) {
        return Some(ErrorKind::Exhausted);
    }
    one_of(&EXISTS).then_some(ErrorKind::Exists)
}
