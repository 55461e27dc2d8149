//! Why a change was not made, in the words of EC2.

use crate::world::changes::Hindrance;
use crate::world::refusal::Refusal;

/// Words what hindered a change of `id`, or of what it stands for.
pub(super) fn refusal(id: &str, why: Hindrance) -> Refusal {
    let (code, text) = match why {
        Hindrance::NotFound(id) => return not_found(&id),
        Hindrance::WrongState(id) => wrong_state(&id),
        Hindrance::Protected if id.starts_with("ami-") => (
            "OperationNotPermitted",
            format!("The image '{id}' is protected from deregistration. Disable deregistration protection and try again."),
        ),
        Hindrance::Protected => (
            "OperationNotPermitted",
            format!("The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."),
        ),
        Hindrance::Locked => (
            "SnapshotLocked",
            format!("The snapshot '{id}' is locked and cannot be deleted."),
        ),
        Hindrance::InUse(by) => in_use(id, &by.join(", ")),
        Hindrance::Copying => (
            "InvalidSnapshot.InUse",
            format!("The snapshot {id} is currently in use by a copy that is under way"),
        ),
        Hindrance::Archived => (
            "IncorrectState",
            format!("The snapshot '{id}' is in the archive tier. Restore it first."),
        ),
        Hindrance::DefaultKey => (
            "OperationNotPermitted",
            "Encrypted snapshots with EBS default key cannot be shared".to_owned(),
        ),
        Hindrance::Shared(with) => (
            "OperationNotPermitted",
            format!("'{id}' is shared with {}.", with.join(", ")),
        ),
        Hindrance::Exists(device) if device.starts_with("/dev/") => (
            "InvalidParameterValue",
            format!(
                "Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
            ),
        ),
        Hindrance::Exists(other) => (
            "InvalidAMIName.Duplicate",
            format!("AMI name {id} is already in use by AMI {other}"),
        ),
        Hindrance::NotReady(id) => (
            "IncorrectState",
            format!("Snapshot '{id}' is not 'completed'."),
        ),
        Hindrance::TooManyPending { .. } => (
            "ConcurrentSnapshotLimitExceeded",
            "Maximum allowed in-progress snapshots for a single volume exceeded.".to_owned(),
        ),
        Hindrance::TooSoon { .. } => (
            "SnapshotCreationPerVolumeRateExceeded",
            "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.".to_owned(),
        ),
        Hindrance::UsedUp { what, most } => used_up(what, most),
        Hindrance::KeyUnusable(key) => (
            "InvalidKMSKey.InvalidState",
            format!("The KMS key provided is in an incorrect state: {key}"),
        ),
        Hindrance::OtherZone => (
            "InvalidVolume.ZoneMismatch",
            format!("The volume '{id}' is not in the same availability zone as the instance"),
        ),
        Hindrance::TokenMismatch => (
            "IdempotentParameterMismatch",
            "The client token you have provided is associated with a resource you have already created with other parameters.".to_owned(),
        ),
    };
    Refusal::new(400, code, text)
}

/// Refuses what there is not.
pub(super) fn not_found(id: &str) -> Refusal {
    let (code, text) = match id.split_once('-').map(|it| it.0) {
        Some("snap") => (
            "InvalidSnapshot.NotFound",
            format!("The snapshot '{id}' does not exist."),
        ),
        Some("vol") => (
            "InvalidVolume.NotFound",
            format!("The volume '{id}' does not exist."),
        ),
        Some("i") => (
            "InvalidInstanceID.NotFound",
            format!("The instance ID '{id}' does not exist"),
        ),
        Some("ami") => (
            "InvalidAMIID.NotFound",
            format!("The image id '[{id}]' does not exist"),
        ),
        Some("eipalloc") => (
            "InvalidAllocationID.NotFound",
            format!("The allocation ID '{id}' does not exist"),
        ),
        _ => ("InvalidID", format!("The ID '{id}' is not valid")),
    };
    Refusal::new(400, code, text)
}

fn wrong_state(id: &str) -> (&'static str, String) {
    match id.split_once('-').map(|it| it.0) {
        Some("i") => (
            "IncorrectInstanceState",
            format!("The instance '{id}' is not in a state from which this can be done."),
        ),
        Some("ami") => (
            "InvalidAMIID.Unavailable",
            format!("The image ID '{id}' is no longer available"),
        ),
        Some("vol") => (
            "IncorrectState",
            format!("The volume '{id}' is not in a state in which this can be done."),
        ),
        _ => (
            "IncorrectState",
            format!("'{id}' is not in a state in which this can be done."),
        ),
    }
}

fn in_use(id: &str, by: &str) -> (&'static str, String) {
    match id.split_once('-').map(|it| it.0) {
        Some("snap") => (
            "InvalidSnapshot.InUse",
            format!("The snapshot {id} is currently in use by {by}"),
        ),
        Some("vol") => (
            "VolumeInUse",
            format!("Volume {id} is currently attached to {by}"),
        ),
        Some("eipalloc") => (
            "InvalidIPAddress.InUse",
            format!("Address {id} is in use by {by}."),
        ),
        _ => ("ResourceInUse", format!("{id} is in use by {by}")),
    }
}

fn used_up(what: &str, most: usize) -> (&'static str, String) {
    let code = match what {
        "snapshots" => "SnapshotLimitExceeded",
        "images" => "AMIQuotaExceeded",
        "addresses" => "AddressLimitExceeded",
        "disks" => "VolumeLimitExceeded",
        "machines" => "InstanceLimitExceeded",
        _ => "ResourceLimitExceeded",
    };
    (
        code,
        format!("The quota of {most} {what} has been reached."),
    )
}
