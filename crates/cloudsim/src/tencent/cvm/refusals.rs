//! The words of the machine service for a change that was not made.

use crate::tencent::words::{Trouble, not_found};
use crate::world::changes::Hindrance;
use crate::world::copies::CopyState;
use crate::world::holdings::Holdings;
use crate::world::machines::{Machine, MachineState};

/// Returns the words for a change that was not made.
pub(in crate::tencent) fn refusal(hindrance: Hindrance) -> Trouble {
    match hindrance {
        Hindrance::NotFound(id) => missing(&id),
        Hindrance::WrongState(id) | Hindrance::NotReady(id) if id.starts_with("img-") => {
            wrong_image()
        }
        Hindrance::NotReady(_) => Trouble::new(
            "ResourceUnavailable.SnapshotCreating",
            "快照正在创建过程中。",
            "The snapshot is being created.",
        ),
        Hindrance::WrongState(_) => Trouble::new(
            "InvalidInstanceState",
            "指定实例的当前状态不能进行该操作。",
            "The current state of the instance does not allow this operation.",
        ),
        Hindrance::Protected => is_protected(),
        Hindrance::Exists(_) => Trouble::new(
            "InvalidImageName.Duplicate",
            "镜像名称与原有镜像重复。",
            "There is an image of this name already.",
        ),
        Hindrance::UsedUp { what: "images", .. } => Trouble::new(
            "ImageQuotaLimitExceeded",
            "镜像配额超过了限制。",
            "The quota of images is exceeded.",
        ),
        Hindrance::UsedUp { .. } => {
            Trouble::new("LimitExceeded", "超过配额限制。", "The quota is exceeded.")
        }
        Hindrance::Shared(_) => is_shared(),
        Hindrance::Copying => wrong_image(),
        Hindrance::TokenMismatch => Trouble::new(
            "InvalidParameterConflict",
            "ClientToken 已用于其他参数的请求。",
            "The ClientToken was used with other parameters.",
        ),
        Hindrance::Locked
        | Hindrance::Archived
        | Hindrance::InUse(_)
        | Hindrance::TooManyPending { .. }
        | Hindrance::TooSoon { .. }
        | Hindrance::KeyUnusable(_)
        | Hindrance::DefaultKey
        | Hindrance::OtherZone => Trouble::new(
            "UnsupportedOperation",
            "操作不支持。",
            "The operation is not supported.",
        ),
    }
}

fn missing(id: &str) -> Trouble {
    let code = match id.split('-').next() {
        Some("img") => "InvalidImageId.NotFound",
        Some("snap") => "InvalidParameter.SnapshotNotFound",
        Some("lt") => "InvalidParameterValue.LaunchTemplateIdNotExisted",
        _ => "InvalidInstanceId.NotFound",
    };
    not_found(code, id)
}

fn wrong_image() -> Trouble {
    Trouble::new(
        "InvalidImageId.IncorrectState",
        "镜像状态不合法。",
        "The state of the image does not allow this operation.",
    )
}

fn is_shared() -> Trouble {
    Trouble::new(
        "InvalidImageId.InShared",
        "镜像处于共享中。",
        "The image is shared.",
    )
}

pub(super) fn is_protected() -> Trouble {
    Trouble::new(
        "UnsupportedOperation.InstancesProtected",
        "不支持已启用销毁保护的实例，请先到设置实例销毁保护，关闭实例销毁保护，然后重试。",
        "The instance is protected from termination. Disable the protection and try again.",
    )
}

/// Returns why image `id` cannot go.
///
/// # Errors
///
/// When there is none, it is being made or copied, or it is shared.
pub(in crate::tencent) fn image_may_go(held: &Holdings, id: &str) -> Result<(), Trouble> {
    let image = held.images.get(id).ok_or_else(|| missing(id))?;
    if image.state == CopyState::Pending || image.copying {
        return Err(wrong_image());
    }
    match image.shared_with.is_empty() {
        true => Ok(()),
        false => Err(is_shared()),
    }
}

/// Returns the refusal of a machine for the state it is in.
pub(super) fn wrong_state(machine: &Machine) -> Trouble {
    let (detail, word) = match machine.state {
        MachineState::Pending => ("InstanceStatePending", "创建中"),
        MachineState::Running => ("InstanceStateRunning", "开机"),
        MachineState::Stopping => ("InstanceStateStopping", "关机中"),
        MachineState::Stopped => ("InstanceStateStopped", "已关机"),
        MachineState::Starting => ("InstanceStateStarting", "开机中"),
        MachineState::Rebooting => ("InstanceStateRebooting", "重启中"),
        MachineState::Recycled => ("InstanceStateShutdown", "隔离"),
        MachineState::Terminating => ("InstanceStateTerminating", "销毁中"),
        MachineState::Terminated => ("InstanceStateTerminated", "已销毁"),
        MachineState::Failed => ("InstanceStateLaunchFailed", "创建失败"),
        MachineState::Odd(_) => ("InstanceStateCorrupted", "故障"),
    };
    Trouble::new(
        format!("UnsupportedOperation.{detail}"),
        format!("不支持状态为{word}的实例 `{}`。", machine.id),
        format!(
            "The state of the instance `{}` does not allow this operation.",
            machine.id
        ),
    )
}
