//! The words of the block storage for a change that was not made.

use crate::tencent::words::{Trouble, not_found};
use crate::world::changes::Hindrance;

/// Returns the refusal of a snapshot that cannot be handled so as it stands.
pub(super) fn not_supported() -> Trouble {
    Trouble::new(
        "InvalidSnapshot.NotSupported",
        "快照不支持该操作。",
        "The snapshot does not support this operation.",
    )
}

/// Returns the refusal of a snapshot that is not whole yet.
pub(super) fn is_creating() -> Trouble {
    Trouble::new(
        "ResourceUnavailable.SnapshotCreating",
        "快照尚未创建完成，暂时不可使用。",
        "The snapshot is being created and cannot be used yet.",
    )
}

/// Returns the refusal of a snapshot that images stand on.
pub(super) fn has_image() -> Trouble {
    Trouble::new(
        "UnsupportedOperation.SnapshotHasBindedImage",
        "该快照创建了自定义快照，请先删除对应镜像。",
        "A custom image was made of the snapshot. Delete the image first.",
    )
}

/// Returns the refusal of a snapshot that others may use.
pub(super) fn is_shared() -> Trouble {
    Trouble::new(
        "UnsupportedOperation.SnapHasShared",
        "该快照已经共享，请先解除共享。",
        "The snapshot is shared. Unshare it first.",
    )
}

/// Returns the words for a change that was not made.
pub(super) fn refusal(hindrance: Hindrance) -> Trouble {
    match hindrance {
        Hindrance::NotFound(id) => missing(&id),
        Hindrance::WrongState(id) if id.starts_with("ins-") => wrong_machine(),
        Hindrance::WrongState(_) => busy(),
        Hindrance::InUse(by) if by.iter().all(|it| it.starts_with("img-")) => has_image(),
        Hindrance::InUse(_) => attached(),
        Hindrance::Shared(_) => is_shared(),
        Hindrance::NotReady(_) => is_creating(),
        Hindrance::TooManyPending { .. } | Hindrance::TooSoon { .. } => Trouble::new(
            "InvalidDisk.SnapshotCreating",
            "云硬盘正在创建快照，请稍后重试。",
            "A snapshot of the disk is being created. Please try again later.",
        ),
        Hindrance::UsedUp { .. } => Trouble::new(
            "InsufficientSnapshotQuota",
            "快照配额不足。",
            "The snapshot quota is insufficient.",
        ),
        Hindrance::OtherZone => Trouble::new(
            "ResourceUnavailable.ZoneNotMatch",
            "云硬盘与实例不在同一可用区。",
            "The disk and the instance are not in the same availability zone.",
        ),
        Hindrance::TokenMismatch => Trouble::new(
            "InvalidParameter.InvalidClientToken",
            "ClientToken不可用。",
            "The ClientToken is not available.",
        ),
        Hindrance::Locked | Hindrance::Copying | Hindrance::Archived => not_supported(),
        Hindrance::Protected
        | Hindrance::Exists(_)
        | Hindrance::KeyUnusable(_)
        | Hindrance::DefaultKey => Trouble::new(
            "UnsupportedOperation",
            "操作不支持。",
            "The operation is not supported.",
        ),
    }
}

/// Returns the refusal of what there is not.
pub(super) fn missing(id: &str) -> Trouble {
    let code = match id.split('-').next() {
        Some("disk") => "InvalidDiskId.NotFound",
        Some("snap") => "InvalidSnapshotId.NotFound",
        Some("ins") => "InvalidInstanceId.NotFound",
        _ => "ResourceNotFound.NotFound",
    };
    not_found(code, id)
}

fn busy() -> Trouble {
    Trouble::new(
        "InvalidDisk.Busy",
        "云硬盘忙，请稍后重试。",
        "The disk is busy. Please try again later.",
    )
}

/// Returns the refusal of a disk that is on a machine.
pub(super) fn attached() -> Trouble {
    Trouble::new(
        "ResourceUnavailable.Attached",
        "云硬盘已挂载至其他云服务器上。",
        "The disk is attached to another instance.",
    )
}

fn wrong_machine() -> Trouble {
    Trouble::new(
        "InvalidInstance.NotSupported",
        "云服务器不支持挂载云盘。",
        "The instance does not support attaching disks.",
    )
}
