//! What a visitor shows to be let in: a key, or the session of a role that was taken with one.

use std::sync::{Mutex, PoisonError};

use base::Chance;
use cloud::{CloudError, Provider as _};

use super::visitor::{Question, Visitor};
use crate::aliyun::expired_token;
use crate::world::World;
use crate::world::account::{AccessKey, Uid};
use crate::world::caller::Caller;
use crate::world::cloud::Cloud;
use crate::world::refusal::Refusal;
use crate::world::sessions::{RoleAsked, RoleNamed, RoleTrouble, SessionKeys};

/// What proves who is asking.
#[derive(Debug)]
pub(super) enum Pass {
    /// A key that was given.
    Key(AccessKey),
    /// A role, taken with the key of somebody else.
    Role {
        by: Visitor,
        arn: String,
        session: Mutex<Option<SessionKeys>>,
    },
}

/// A key as it is shown with one call.
pub(super) struct Shown {
    /// The key.
    pub(super) key: AccessKey,
    /// The token that belongs to it, for the key of a session.
    token: Option<String>,
}

/// Returns the caller that a key stands for, once it is in order.
pub(super) fn admitted(world: &World, shown: &Shown) -> Result<Caller, Refusal> {
    let Some(held) = world.holder(&shown.key.id) else {
        return Err(Refusal::new(
            404,
            "InvalidAccessKeyId.NotFound",
            "Specified access key is not found.",
        ));
    };
    if held.key.disabled {
        return Err(Refusal::new(
            403,
            "InvalidAccessKeyId.Inactive",
            "Specified access key is disabled.",
        ));
    }
    if held.key.secret != shown.key.secret {
        return Err(Refusal::new(
            400,
            "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation.",
        ));
    }
    match (&held.session, &shown.token) {
        (None, _) => {}
        (Some((token, expires)), Some(brought)) if token == brought => {
            if *expires <= world.now() {
                return Err(expired_token());
            }
        }
        _ => {
            return Err(Refusal::new(
                400,
                "MissingSecurityToken",
                "SecurityToken is mandatory for this action.",
            ));
        }
    }
    Ok(held.caller)
}

/// Takes a role in the caller's own cloud.
fn take_role(
    world: &World,
    caller: &Caller,
    asked: &RoleAsked<'_>,
    chance: &dyn Chance,
) -> Result<SessionKeys, Refusal> {
    let parts = asked.arn.strip_prefix("acs:ram::");
    let named = parts.and_then(|it| it.split_once(":role/"));
    let (Some((uid, name)), true) = (named, caller.cloud != Cloud::Aliyun) else {
        return world.assume_role(caller, asked, world.now(), chance);
    };
    caller.require("sts:AssumeRole")?;
    let named = RoleNamed {
        uid: Uid(uid.parse().map_err(|_| Refusal::invalid("RoleArn"))?),
        name,
        session: asked.session,
        seconds: asked.seconds,
        external_id: asked.external_id,
    };
    let taken = world.enter_role(caller, &named, world.now(), chance);
    taken.map_err(|trouble| match trouble {
        RoleTrouble::NoSuchRole => {
            Refusal::new(404, "EntityNotExist.Role", "The specified Role not exists.")
        }
        RoleTrouble::Duration { .. } => Refusal::invalid("DurationSeconds"),
        RoleTrouble::NotTrusted => Refusal::new(
            403,
            "NoPermission",
            "You are not authorized to do this action.",
        ),
    })
}

impl Visitor {
    /// Returns the key to show, after taking the role where there is one and no session is left.
    pub(super) async fn shown(&self) -> Result<Shown, CloudError> {
        let (by, arn, session) = match &*self.pass {
            Pass::Key(key) => {
                return Ok(Shown {
                    key: key.clone(),
                    token: None,
                });
            }
            Pass::Role { by, arn, session } => (by, arn, session),
        };
        let inside = &self.door.inside;
        let kept = session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let keys = match kept.filter(|it| it.expires > inside.world.now()) {
            Some(keys) => keys,
            None => {
                let asked = RoleAsked {
                    arn,
                    session: "skywarden",
                    seconds: 3600,
                    external_id: None,
                };
                let take = |world: &World, caller: &Caller| {
                    take_role(world, caller, &asked, &inside.chance)
                };
                // Boxed, because whoever takes the role may have taken one himself.
                let taken: Result<SessionKeys, CloudError> =
                    Box::pin(by.ask(Question::plain("AssumeRole"), take)).await;
                let keys = taken.map_err(|mut error| {
                    error.site.account.clone_from(self.account());
                    error
                })?;
                *session.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
                keys
            }
        };
        Ok(Shown {
            key: keys.key,
            token: Some(keys.token),
        })
    }

    /// Forgets the session, so that the role is taken anew; returns whether there was one to forget.
    pub(super) fn forgets_session(&self) -> bool {
        match &*self.pass {
            Pass::Key(_) => false,
            Pass::Role { session, .. } => session
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
                .is_some(),
        }
    }
}
