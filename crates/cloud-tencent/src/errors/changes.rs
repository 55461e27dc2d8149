//! Refusals of changes: what is held, what comes too early, what is used up, what is there already.

use cloud::ErrorKind;

/// What holds a thing, by the code the cloud refuses its removal with, in a word that stays.
const HELD: &[(&str, &str)] = &[
    ("InvalidImageId.InShared", "shared"),
    ("InvalidImageId.IncorrectState", "its state"),
    ("InvalidImageState", "its state"),
    ("UnsupportedOperation.SnapHasShared", "shared"),
    ("UnsupportedOperation.SnapshotHasBindedImage", "image"),
    ("UnsupportedOperation.InstanceStateRunning", "running"),
    ("UnsupportedOperation.InstanceStateStopped", "stopped"),
    ("UnsupportedOperation.StateError", "its state"),
    ("InvalidAddressStatus.NotPermit", "in use"),
    ("InvalidAddressIdStatus.NotPermit", "in use"),
    ("InvalidAddressState", "in use"),
    ("UnsupportedOperation.AddressStatusNotPermit", "in use"),
    ("UnsupportedOperation.InvalidAddressState", "in use"),
    ("ResourceUnavailable.Attached", "machine"),
    ("InvalidSnapshot.NotSupported", "its state"),
];

/// It is on its way from one state to another, or had too much of late; others go on.
const LATER: &[&str] = &[
    "FailedOperation.InvalidImageState",
    "InvalidDisk.SnapshotCreating",
    "InvalidParameterValue.InvalidImageState",
    "ResourceInUse.CopySnapshotConflict",
    "ResourceInUse.DiskMigrating",
    "ResourceInUse.DiskRollbacking",
    "ResourceUnavailable.DiskMigrating",
    "ResourceUnavailable.SnapshotCreating",
    "ResourceUnavailable.TooManyCreatingSnapshot",
    "MutexOperation",
    "InvalidDisk.Busy",
    "TradeDealConflict",
    "OperationDenied.InstanceOperationInProgress",
    "OperationConflict",
    "UnsupportedOperation.InstanceStatePending",
    "UnsupportedOperation.InstanceStateRebooting",
    "UnsupportedOperation.InstanceStateStarting",
    "UnsupportedOperation.InstanceStateStopping",
];

/// The quota of the account or its money: every other one of the kind is refused, too.
const EXHAUSTED: &[&str] = &[
    "LimitExceeded",
    "InsufficientSnapshotQuota",
    "ImageQuotaLimitExceeded",
    "InstancesQuotaLimitExceeded",
    "AddressQuotaLimitExceeded",
    "InsufficientBalance",
    "InvalidAccount.InsufficientBalance",
    "InsufficientRefundQuota",
    "ResourceInsufficient.OverQuota",
    "ResourceInsufficient.OverRefundQuota",
];

/// There is one of that name.
const EXISTS: &[&str] = &[
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
    if one_of(LATER) {
        return Some(ErrorKind::TryLater);
    }
    // Whoever uses it, or what protects it, is not said.
    if super::has_class(code, "ResourceInUse") || code.ends_with("Protected") {
        return Some(ErrorKind::Held { by: String::new() });
    }
    if one_of(EXHAUSTED) {
        return Some(ErrorKind::Exhausted);
    }
    one_of(EXISTS).then_some(ErrorKind::Exists)
}
