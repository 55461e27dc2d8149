//! Changes the world did not make, as the caller meets them.

use std::collections::BTreeMap;

use cloud::{CloudError, ErrorKind, Removal};
use model::ResourceId;

use super::mishap::Bend;
use super::visitor::{Question, Visitor};
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::changes::Hindrance;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;

/// What a change gave, which no planted fault bends.
pub(super) struct Told<T>(pub(super) T);

impl<T: Send> Bend for Told<T> {}

/// The code of a refusal by what is to be done about it; the text says who or what is in the way.
const HELD: &str = "Held";
const EXISTS: &str = "Exists";
const TRY_LATER: &str = "TryLater";
const USED_UP: &str = "UsedUp";
const KEY: &str = "KeyUnusable";

impl From<Hindrance> for Refusal {
    fn from(hindrance: Hindrance) -> Self {
        let words = hindrance.to_string();
        let (status, code, words) = match hindrance {
            Hindrance::NotFound(_) => (404, "Resource.NotFound", words),
            Hindrance::InUse(by) => (403, HELD, by.join(", ")),
            Hindrance::Protected => (403, HELD, "protection".to_owned()),
            Hindrance::Locked => (403, HELD, "locked".to_owned()),
            Hindrance::Copying => (403, HELD, "copying".to_owned()),
            Hindrance::Archived => (403, HELD, "archived".to_owned()),
            Hindrance::Shared(_) => (403, HELD, "shared".to_owned()),
            Hindrance::Exists(_) => (400, EXISTS, words),
            Hindrance::WrongState(_)
            | Hindrance::NotReady(_)
            | Hindrance::TooManyPending { .. }
            | Hindrance::TooSoon { .. } => (403, TRY_LATER, words),
            Hindrance::UsedUp { .. } => (403, USED_UP, words),
            Hindrance::KeyUnusable(_) | Hindrance::DefaultKey => (403, KEY, words),
            Hindrance::OtherZone => (400, "InvalidZone", words),
            Hindrance::TokenMismatch => (400, "IdempotentParameterMismatch", words),
        };
        Self::new(status, code, words)
    }
}

/// Returns what the caller of a change that was refused does next, where that is a matter of changes alone.
pub(super) fn kind(refusal: &Refusal) -> Option<ErrorKind> {
    let code = refusal.code.as_str();
    let held = || ErrorKind::Held {
        by: refusal.message.clone(),
    };
    match code {
        HELD
        | "SnapshotCreatedImage"
        | "ImageUsingByInstance"
        | "ImageUseShared"
        | "OperationDenied.ImageCopying"
        | "InvalidOperation.DeletionProtection" => Some(held()),
        EXISTS => Some(ErrorKind::Exists),
        TRY_LATER | "IncorrectDiskStatus.CreatingSnapshot" | "OperationConflict" => {
            Some(ErrorKind::TryLater)
        }
        USED_UP | "InvalidAccountStatus.NotEnoughBalance" => Some(ErrorKind::Exhausted),
        KEY => Some(ErrorKind::Denied { permission: None }),
        _ if code.ends_with(".Duplicated") => Some(ErrorKind::Exists),
        _ if code.starts_with("QuotaExceed") => Some(ErrorKind::Exhausted),
        _ => None,
    }
}

/// Returns what became of something that was to go.
pub(super) fn removal(removed: Result<(), Hindrance>) -> Result<Removal, Refusal> {
    match removed {
        Ok(()) => Ok(Removal::Gone),
        Err(Hindrance::NotFound(_)) => Ok(Removal::WasGone),
        Err(Hindrance::WrongState(_)) => Ok(Removal::Held("state".to_owned())),
        Err(hindrance) => {
            let refusal = Refusal::from(hindrance);
            match refusal.code.as_str() {
                HELD => Ok(Removal::Held(refusal.message)),
                _ => Err(refusal),
            }
        }
    }
}

impl Visitor {
    /// Asks for a change in the region of `question`. It is never asked for twice: whoever did not hear the answer
    /// has to look.
    pub(super) async fn change<T: Send>(
        &self,
        question: Question<'_>,
        change: impl Fn(&mut Holdings, jiff::Timestamp) -> Result<T, Refusal> + Send + Sync,
    ) -> Result<T, CloudError> {
        let right = question.right();
        let answer = |world: &World, caller: &Caller| {
            caller.require(right)?;
            let done = world.change(caller.uid, question.region, &change);
            done.ok_or_else(gone_account)?.map(Told)
        };
        self.ask_once(question, answer).await.map(|it| it.0)
    }

    /// Asks for something to go in the region of `question`, once.
    pub(super) async fn remove(
        &self,
        question: Question<'_>,
        remove: impl Fn(&mut Holdings, jiff::Timestamp) -> Result<(), Hindrance> + Send + Sync,
    ) -> Result<Removal, CloudError> {
        self.change(question, |held, now| removal(remove(held, now)))
            .await
    }

    /// Looks at what is held in the region of `question`, as often as it takes.
    pub(super) async fn look<T: Send>(
        &self,
        question: Question<'_>,
        look: impl Fn(&Holdings) -> T + Send + Sync,
    ) -> Result<T, CloudError> {
        let right = question.right();
        let answer = |world: &World, caller: &Caller| {
            caller.require(right)?;
            let held = world.holdings(caller.uid, question.region);
            Ok(Told(look(&held)))
        };
        self.ask(question, answer).await.map(|it| it.0)
    }
}

fn gone_account() -> Refusal {
    let text = "Specified access key is not found.";
    Refusal::new(404, "InvalidAccessKeyId.NotFound", text)
}

/// Returns tags as the world keeps them.
pub(super) fn pairs(tags: &model::Tags) -> Vec<(String, String)> {
    let tags = tags.iter();
    tags.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Returns whether `tags` has `value` under `key`.
pub(super) fn has(tags: &[(String, String)], key: &str, value: &str) -> bool {
    tags.iter().any(|it| it.0 == key && it.1 == value)
}

/// Returns ids as the model writes them.
pub(super) fn ids(
    pairs: impl IntoIterator<Item = (String, String)>,
) -> BTreeMap<ResourceId, ResourceId> {
    let pairs = pairs.into_iter();
    pairs
        .map(|(one, other)| (ResourceId::new(one), ResourceId::new(other)))
        .collect()
}
