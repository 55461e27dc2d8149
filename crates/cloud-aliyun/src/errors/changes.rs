//! Refusals of changes: what is held, what comes too early, what is used up, what is there already.

use cloud::ErrorKind;

/// What holds a thing, by the code the cloud refuses its removal with, in a word that stays.
const HELD: [(&str, &str); 21] = [
    ("SnapshotCreatedImage", "image"),
    ("SnapshotCreatedDisk", "disk"),
    ("ImageUsingByInstance", "instance"),
    ("ImageUseShared", "shared"),
    ("OperationDenied.ImageCopying", "copying"),
    ("ImageIsImporting", "importing"),
    ("ImageIsExporting", "exporting"),
    ("InvalidOperation.DeletionProtection", "deletion protection"),
    ("OperationDenied.DeletionProtection", "deletion protection"),
    ("InvalidOperation.EniLinked", "network interface"),
    ("DependencyViolation.SLBConfiguring", "load balancer"),
    ("DependencyViolation.RouteEntry", "route entry"),
    ("DependencyViolation", "something that needs it"),
    ("InstanceLockedForSecurity", "security lock"),
    ("ChargeTypeViolation", "prepaid"),
    ("Forbidden.ChargeTypeIsPrepaid", "prepaid"),
    (
        "TaskConflict.AssociateGlobalAccelerationInstance",
        "global acceleration",
    ),
    ("InvalidDisk.AlreadyAttached", "machine"),
    ("DiskCreatingSnapshot", "snapshot"),
    ("DiskInArrears", "arrears"),
    ("InstanceExpiredOrInArrears", "arrears"),
];

/// It is on its way from one state to another, or had too much of late; others go on.
const LATER: [&str; 12] = [
    "IncorrectDiskStatus",
    "IncorrectInstanceStatus",
    "IncorrectEipStatus",
    "IncorrectVolumeStatus",
    "InvalidSnapshotId.NotReady",
    "CreateSnapshot.Failed",
    "Operation.Conflict",
    "OperationConflict",
    "TaskConflict",
    "ServiceIsConfiguring",
    "LastOrderProcessing",
    "DependencyViolation.Processing",
];

/// The quota of the account or its money: every other one of the kind is refused, too.
const EXHAUSTED: [&str; 6] = [
    "QuotaExceeded",
    "InvalidAccountStatus.NotEnoughBalance",
    "InvalidAccountStatus.SnapshotServiceUnavailable",
    "InsufficientBalance",
    "Account.Arrearage",
    "Arrearage",
];

/// There is one of that name; or this token has made one before, of another order.
const EXISTS: [&str; 5] = [
    "InvalidImageName.Duplicated",
    "InvalidSnapshotName.Duplicated",
    "IdempotentParameterMismatch",
    "IdempotenceParamNotMatch",
    "EntityAlreadyExists",
];

/// The first request with this token is still being worked on: the next answer says what it made.
const TOKEN_AT_WORK: [&str; 2] = ["IdempotentProcessing", "LastTokenProcessing"];

/// The role by which the machine service reaches the keys of the key service; it is granted once in
/// the console.
const KEY_ROLE: &str = "AliyunECSDiskEncryptDefaultRole";

/// Returns what the refusal of a change is, or `None` when it is none of a change's own.
pub(super) fn kind(code: &str) -> Option<ErrorKind> {
    let is = |name: &str| {
        code.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some((_, by)) = HELD.iter().find(|(name, _)| is(name)) {
        let by = (*by).to_owned();
        return Some(ErrorKind::Held { by });
    }
    // Locks come under many names: of a snapshot, of a machine, of an address.
    let last = code.rsplit('.').next().unwrap_or(code);
    if last.ends_with("Locked") {
        let by = "lock".to_owned();
        return Some(ErrorKind::Held { by });
    }
    if TOKEN_AT_WORK.iter().any(|it| is(it)) {
        return Some(ErrorKind::Busy);
    }
    if LATER.iter().any(|it| is(it)) {
        return Some(ErrorKind::TryLater);
    }
    // The tags of one thing are full: others are not.
    let quota = is("QuotaExceed") && !is("QuotaExceed.Tags");
    if quota || EXHAUSTED.iter().any(|it| is(it)) {
        return Some(ErrorKind::Exhausted);
    }
    if EXISTS.iter().any(|it| is(it)) {
        return Some(ErrorKind::Exists);
    }
    if code.ends_with("KMSUnauthorized") {
        let permission = Some(KEY_ROLE.to_owned());
        return Some(ErrorKind::Denied { permission });
    }
    None
}
