//! Sessions of roles: made by the token service, ended by the wall's clock.
//!
//! Invariant: sessions live in wall time, because clients compare `Expiration` with their own clock.

mod roles;

use std::collections::HashMap;

use base::Chance;
use jiff::{SignedDuration, Timestamp};

use super::account::{AccessKey, Account, Rights, Role, Uid};
use super::caller::{Caller, Principal};
use super::cloud::Cloud;
use super::refusal::Refusal;
use super::{World, is_root};

pub use roles::{RoleNamed, RoleTrouble};

/// How long an ended session is remembered as ended; later its key is simply unknown.
const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24);

/// Short-lived keys, as the token service hands them out.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKeys {
    /// The key; its id begins with `STS.`.
    pub key: AccessKey,
    /// The token that goes with every request.
    pub token: String,
    /// When both end, in wall time.
    pub expires: Timestamp,
    /// `acs:ram::…:role/name/session`.
    pub arn: String,
    /// `<role number>:<session name>`.
    pub assumed_role_id: String,
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKeys")
            .field("key", &self.key)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
struct Session {
    keys: SessionKeys,
    caller: Caller,
}

#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_key: HashMap<String, Session>,
}

/// What is asked of the token service.
#[derive(Debug, Clone)]
pub struct RoleAsked<'a> {
    /// The role.
    pub arn: &'a str,
    /// The name of the session.
    pub session: &'a str,
    /// How long it shall live.
    pub seconds: u64,
    /// The word agreed with the owner of the role.
    pub external_id: Option<&'a str>,
}

/// A key the world knows, with whoever holds it.
#[derive(Debug, Clone)]
pub struct HeldKey {
    /// The key.
    pub key: AccessKey,
    /// Its holder.
    pub caller: Caller,
    /// The token that must come with it, and its end.
    pub session: Option<(String, Timestamp)>,
}

impl World {
    /// Returns who holds the key `access_key_id`.
    #[must_use]
    pub fn holder(&self, access_key_id: &str) -> Option<HeldKey> {
        let state = self.lock();
        if let Some(session) = state.sessions.by_key.get(access_key_id) {
            let SessionKeys {
                key,
                token,
                expires,
                ..
            } = session.keys.clone();
            return Some(HeldKey {
                key,
                caller: session.caller.clone(),
                session: Some((token, expires)),
            });
        }
        let held = |account: &Account, key, principal, rights| HeldKey {
            key,
            caller: Caller {
                uid: account.uid,
                cloud: account.cloud(),
                site: account.site,
                principal,
                rights,
            },
            session: None,
        };
        state.accounts.iter().find_map(|account| {
            let named =
                |keys: &'_ [AccessKey]| keys.iter().find(|it| it.id == access_key_id).cloned();
            if let Some(key) = named(&account.keys) {
                return Some(held(account, key, Principal::Root, Rights::all()));
            }
            account.users.iter().find_map(|user| {
                let key = named(&user.keys)?;
                let principal = Principal::User {
                    name: user.name.clone(),
                    id: user.id,
                };
                Some(held(account, key, principal, user.rights.clone()))
            })
        })
    }

    /// Opens a session of a role for `caller` at wall time `wall`.
    ///
    /// # Errors
    ///
    /// `NoPermission` for the main account, without `sts:AssumeRole`, or when the role does not trust the caller;
    /// `EntityNotExist.Role`; `InvalidParameter.*` for what is malformed.
    pub fn assume_role(
        &self,
        caller: &Caller,
        asked: &RoleAsked<'_>,
        wall: Timestamp,
        chance: &dyn Chance,
    ) -> Result<SessionKeys, Refusal> {
        if is_root(caller) {
            return Err(Refusal::new(
                403,
                "NoPermission",
                "Roles may not be assumed by root accounts.",
            ));
        }
        if !caller.rights.allow("sts:AssumeRole") {
            return Err(no_permission());
        }
        self.open_session(asked, wall, chance, |role| {
            role.trusted.contains(&caller.uid)
                && role
                    .external_id
                    .as_deref()
                    .is_none_or(|it| asked.external_id == Some(it))
        })
    }

    /// Opens a session of a role for whoever holds a token of the OIDC provider `provider`.
    ///
    /// # Errors
    ///
    /// As [`World::assume_role`], and `AuthenticationFail.OIDCToken.Invalid` for a token that is no JWT.
    pub fn assume_role_with_oidc(
        &self,
        asked: &RoleAsked<'_>,
        (provider, token): (&str, &str),
        wall: Timestamp,
        chance: &dyn Chance,
    ) -> Result<SessionKeys, Refusal> {
        if token.split('.').filter(|it| !it.is_empty()).count() != 3 {
            return Err(Refusal::new(
                400,
                "AuthenticationFail.OIDCToken.Invalid",
                "This JWT token is invalid.",
            ));
        }
        self.open_session(asked, wall, chance, |role| {
            role.trusted_oidc.iter().any(|it| it == provider)
        })
    }

    /// Opens a session of role `role` of account `uid`, as the metadata service of a machine does.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.Role` when the account has no such role.
    pub fn machine_session(
        &self,
        uid: Uid,
        role: &str,
        wall: Timestamp,
        chance: &dyn Chance,
    ) -> Result<SessionKeys, Refusal> {
        let named = RoleNamed {
            uid,
            name: role,
            session: "vm",
            seconds: 3600,
            external_id: None,
        };
        let cloud = self.lock().account(uid).map(Account::cloud);
        self.open_role(cloud.unwrap_or_default(), &named, wall, chance, |_| true)
            .map_err(|_| Refusal::new(404, "EntityNotExist.Role", "The specified Role not exists."))
    }

    /// Lets every session of account `uid` end at `wall`; returns how many there were.
    pub fn expire_sessions(&self, uid: Uid, wall: Timestamp) -> usize {
        let mut state = self.lock();
        let of_account = state
            .sessions
            .by_key
            .values_mut()
            .filter(|it| it.caller.uid == uid);
        of_account
            .map(|it| it.keys.expires = it.keys.expires.min(wall))
            .count()
    }

    fn open_session(
        &self,
        asked: &RoleAsked<'_>,
        wall: Timestamp,
        chance: &dyn Chance,
        trusts: impl FnOnce(&Role) -> bool,
    ) -> Result<SessionKeys, Refusal> {
        let (uid, name) = parse_role_arn(asked.arn)?;
        let legal = |it: char| it.is_ascii_alphanumeric() || ".@-_".contains(it);
        if !(2..=64).contains(&asked.session.len()) || !asked.session.chars().all(legal) {
            let text = "The parameter RoleSessionName is wrongly formed.";
            return Err(Refusal::new(400, "InvalidParameter.RoleSessionName", text));
        }
        let named = RoleNamed {
            uid,
            name,
            session: asked.session,
            seconds: asked.seconds,
            external_id: asked.external_id,
        };
        self.open_role(Cloud::Aliyun, &named, wall, chance, trusts)
            .map_err(|trouble| match trouble {
                RoleTrouble::NoSuchRole => {
                    Refusal::new(404, "EntityNotExist.Role", "The specified Role not exists.")
                }
                RoleTrouble::Duration { .. } => {
                    let text = "The Min/Max value of DurationSeconds is 15min/1hr.";
                    Refusal::new(400, "InvalidParameter.DurationSeconds", text)
                }
                RoleTrouble::NotTrusted => no_permission(),
            })
    }
}

fn no_permission() -> Refusal {
    Refusal::new(
        403,
        "NoPermission",
        "You are not authorized to do this action. You should be authorized by RAM.",
    )
}

fn parse_role_arn(arn: &str) -> Result<(Uid, &str), Refusal> {
    let wrong = || {
        Refusal::new(
            400,
            "InvalidParameter.RoleArn",
            "The parameter RoleArn is wrongly formed.",
        )
    };
    let (uid, name) = arn
        .strip_prefix("acs:ram::")
        .and_then(|it| it.split_once(":role/"))
        .ok_or_else(wrong)?;
    Ok((Uid(uid.parse().map_err(|_| wrong())?), name))
}
