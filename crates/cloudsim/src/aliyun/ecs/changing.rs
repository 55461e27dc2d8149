//! What all changes of the machine service have in common: where they take place, their tokens, their refusals.

use jiff::{SignedDuration, Timestamp};

use super::known_region;
use super::snapshots::require;
use crate::aliyun::arguments::{Arguments, Parameter};
use crate::aliyun::catalog::{ActionSpec, Asked, Product, RPC, Style};
use crate::world::account::Uid;
use crate::world::changes::Hindrance;
use crate::world::holdings::{Holdings, Token};
use crate::world::machines::Tags;
use crate::world::refusal::Refusal;

/// Returns an action that changes something: it lists nothing.
pub(in crate::aliyun) const fn change(
    name: &'static str,
    right: &'static str,
    parameters: &'static [Parameter],
    serve: fn(&Asked<'_>) -> Result<Vec<u8>, Refusal>,
) -> ActionSpec {
    ActionSpec {
        product: Product::Ecs,
        name,
        right,
        style: Style::Signed,
        path: RPC,
        parameters,
        listing: None,
        serve,
    }
}

/// A change under way.
pub(in crate::aliyun) struct Change<'a> {
    asked: &'a Asked<'a>,
    pub(in crate::aliyun) uid: Uid,
    /// Where it takes place.
    pub(in crate::aliyun) region: String,
}

impl<'a> Change<'a> {
    /// Begins a change in the region that is said.
    ///
    /// # Errors
    ///
    /// When there is no such region, the caller has no right to it, or it is a dry run.
    pub(in crate::aliyun) fn said(asked: &'a Asked<'a>, right: &str) -> Result<Self, Refusal> {
        let region = known_region(asked)?.to_owned();
        Self::at(asked, right, region)
    }

    /// Begins a change of `id`, of which the host would tell the region: there is one host here, so that it is where
    /// the thing is, unless a region is said.
    ///
    /// # Errors
    ///
    /// As [`Change::said`].
    pub(in crate::aliyun) fn of(
        asked: &'a Asked<'a>,
        right: &str,
        id: &str,
    ) -> Result<Self, Refusal> {
        if asked.arguments.text("RegionId").is_some() {
            return Self::said(asked, right);
        }
        let everywhere = asked.world.everywhere(asked.caller()?.uid);
        let mut regions = everywhere.iter();
        let region = regions.find(|(_, held)| has(held, id)).map(|it| it.0);
        Self::at(asked, right, region.unwrap_or("cn-hangzhou").to_owned())
    }

    fn at(asked: &'a Asked<'a>, right: &str, region: String) -> Result<Self, Refusal> {
        require(asked, right)?;
        let uid = asked.caller()?.uid;
        Ok(Self { asked, uid, region })
    }

    /// Makes the change.
    pub(in crate::aliyun) fn make<T>(
        &self,
        change: impl FnOnce(&mut Holdings, Timestamp) -> Result<T, Hindrance>,
    ) -> Result<T, Refusal> {
        let made = self.asked.world.change(self.uid, &self.region, change);
        made.ok_or_else(no_account)?.map_err(refusal)
    }

    /// Makes something, once for each client token; returns its id.
    pub(in crate::aliyun) fn make_once(
        &self,
        make: impl FnOnce(&mut Holdings, Timestamp) -> Result<String, Hindrance>,
    ) -> Result<String, Refusal> {
        let token = token(self.asked.arguments, self.asked);
        let make = |held: &mut Holdings, now| {
            held.once(token, now, |held| make(held, now).map(|it| vec![it]))
        };
        let made = self.make(make)?;
        Ok(made.into_iter().next().unwrap_or_default())
    }
}

/// Returns the client token that was said, if one was, and all else that was.
pub(super) fn token(said: &Arguments, asked: &Asked<'_>) -> Option<Token> {
    Some(Token {
        action: asked.action.to_owned(),
        value: said.owned("ClientToken")?,
        says: said.all_but("ClientToken"),
    })
}

fn has(held: &Holdings, id: &str) -> bool {
    held.machines.get(id).is_some()
        || held.disks.get(id).is_some()
        || held.snapshots.get(id).is_some()
        || held.images.get(id).is_some()
        || held.addresses.get(id).is_some()
}

fn no_account() -> Refusal {
    let text = "Specified access key is not found.";
    Refusal::new(404, "InvalidAccessKeyId.NotFound", text)
}

/// Returns the tags that were said.
///
/// # Errors
///
/// When a key is said twice or belongs to the cloud.
pub(in crate::aliyun) fn said_tags(said: &Arguments) -> Result<Tags, Refusal> {
    let pairs = said.pairs("Tag", "Key", "Value").into_iter();
    let tags: Tags = pairs
        .map(|(key, value)| (key, value.unwrap_or_default()))
        .collect();
    for (at, (key, _)) in tags.iter().enumerate() {
        if tags[..at].iter().any(|it| it.0 == *key) {
            let text = "The Tag.N.Key contain duplicate key.";
            return Err(Refusal::new(400, "Duplicate.TagKey", text));
        }
        let lower = key.to_lowercase();
        if ["aliyun", "acs:", "http://", "https://"]
            .iter()
            .any(|it| lower.starts_with(it))
        {
            let text = "The specified Tag.n.Key is not valid.";
            return Err(Refusal::new(400, "InvalidTagKey.Malformed", text));
        }
    }
    Ok(tags)
}

/// Returns when something ends that is kept for the days said.
pub(super) fn ends(said: &Arguments, now: Timestamp) -> Option<Timestamp> {
    let days = said.whole("RetentionDays")?;
    now.checked_add(SignedDuration::from_hours(days.saturating_mul(24)))
        .ok()
}

/// Returns a name that was said, once it is one.
///
/// # Errors
///
/// `code` when it is too short or long, or begins as no name may.
pub(super) fn name(
    said: &Arguments,
    parameter: &str,
    code: &str,
    kept: &[&str],
) -> Result<String, Refusal> {
    let name = said.text(parameter).unwrap_or_default();
    let length = name.chars().count();
    let bad = |it: &str| name.starts_with(it);
    if !name.is_empty() && (!(2..=128).contains(&length) || kept.iter().any(|it| bad(it))) {
        let text = format!("The specified {parameter} is wrongly formed.");
        return Err(Refusal::new(400, code, text));
    }
    Ok(name.to_owned())
}

/// Returns the words of the machine service for a change that was not made.
pub(in crate::aliyun) fn refusal(hindrance: Hindrance) -> Refusal {
    let (status, code, text) = match &hindrance {
        Hindrance::NotFound(id) => return not_found(id),
        Hindrance::WrongState(id) => return wrong_state(id),
        Hindrance::Protected => (
            403,
            "InvalidOperation.DeletionProtection",
            "The operation is not allowed due to deletion protection.",
        ),
        Hindrance::Locked => (
            403,
            "OperationDenied.SnapshotLocked",
            "The specified snapshot is locked.",
        ),
        Hindrance::InUse(by) if by.iter().all(|it| it.starts_with("m-")) => (
            403,
            "SnapshotCreatedImage",
            "The snapshot has been used to create user defined image(s).",
        ),
        Hindrance::InUse(_) => (
            403,
            "IncorrectDiskStatus",
            "The current disk status does not support this operation.",
        ),
        Hindrance::Copying => (
            403,
            "Operation.Conflict",
            "The operation may conflicts with others, please retry later.",
        ),
        Hindrance::Archived => (
            403,
            "OperationDenied.InvalidSnapshotCategory",
            "The specified snapshot is archived.",
        ),
        Hindrance::DefaultKey => (
            403,
            "InvalidOperation.SnapshotEncrypted",
            "The specified snapshot is encrypted with the service key.",
        ),
        Hindrance::Shared(_) => (
            403,
            "ImageUseShared",
            "The specified image has been shared to others.",
        ),
        Hindrance::Exists(id) if id.starts_with("m-") => (
            400,
            "InvalidImageName.Duplicated",
            "The specified Image name has already bean used.",
        ),
        Hindrance::Exists(_) => (
            400,
            "InvalidDevice.InUse",
            "The specified device has been occupied.",
        ),
        Hindrance::NotReady(id) if id.starts_with("m-") => (
            403,
            "ImageNotAvailable",
            "The specified image is not available.",
        ),
        Hindrance::NotReady(_) => (
            403,
            "InvalidSnapshotId.NotReady",
            "The current status of the SnapshotId does not support this operation.",
        ),
        Hindrance::TooManyPending { .. } | Hindrance::TooSoon { .. } => (
            403,
            "IncorrectDiskStatus.CreatingSnapshot",
            "A previous snapshot creation is in process.",
        ),
        Hindrance::UsedUp { what: "images", .. } => {
            (403, "QuotaExceed.Image", "The Image Quota exceeds.")
        }
        Hindrance::UsedUp { .. } => (403, "QuotaExceed.Snapshot", "The snapshot quota exceeds."),
        Hindrance::KeyUnusable(_) => (
            403,
            "InvalidParameter.KMSKeyId.CMKNotEnabled",
            "The CMK needs to be enabled.",
        ),
        Hindrance::OtherZone => (
            403,
            "ResourcesNotInSameZone",
            "The specified instance and disk are not in the same zone.",
        ),
        Hindrance::TokenMismatch => (
            403,
            "IdempotentParameterMismatch",
            "The specified clientToken is used.",
        ),
    };
    Refusal::new(status, code, text)
}

fn not_found(id: &str) -> Refusal {
    let what = match id.split('-').next() {
        Some("d") => "DiskId",
        Some("s") => "SnapshotId",
        Some("ssg") => "SnapshotGroupId",
        Some("m") => "ImageId",
        Some("eip") => "AllocationId",
        _ => "InstanceId",
    };
    let text = format!("The specified {what} does not exist.");
    Refusal::new(404, format!("Invalid{what}.NotFound"), text)
}

fn wrong_state(id: &str) -> Refusal {
    match id.split('-').next() {
        Some("d") => Refusal::new(
            403,
            "IncorrectDiskStatus",
            "The current disk status does not support this operation.",
        ),
        Some("eip") => Refusal::new(
            400,
            "IncorrectEipStatus",
            "Current elastic IP status does not support this operation.",
        ),
        Some("m") => Refusal::new(403, "OperationDenied", "The image is being created."),
        _ => Refusal::new(
            403,
            "IncorrectInstanceStatus",
            "The current status of the resource does not support this operation.",
        ),
    }
}
