//! Who is calling, and the words in which a call is denied.

use super::World;
use super::account::{AccessKey, Rights, Site, Uid, User};
use super::cloud::Cloud;
use super::refusal::{DeniedDetail, Refusal};

/// What sort of principal is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The main account itself.
    Root,
    /// A RAM user.
    User {
        /// Its name.
        name: String,
        /// Its number.
        id: u64,
    },
    /// A session of a role.
    Session {
        /// The role's name.
        role: String,
        /// The role's number.
        role_id: u64,
        /// The name the session was given.
        session: String,
    },
}

/// Who is calling, in which account, with which rights.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account acted in.
    pub uid: Uid,
    /// The cloud of that account.
    pub cloud: Cloud,
    /// The site of that account.
    pub site: Site,
    /// The principal.
    pub principal: Principal,
    /// What it may do.
    pub rights: Rights,
}

impl Caller {
    /// Refuses unless `action` is granted, in the words of ECS and most others.
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` with the missing right.
    pub fn require(&self, action: &str) -> Result<(), Refusal> {
        if self.rights.allow(action) {
            return Ok(());
        }
        let mut refusal = Refusal::new(
            403,
            "Forbidden.RAM",
            "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        );
        refusal.denied = Some(Box::new(self.denied_detail(action)));
        Err(refusal)
    }

    pub(crate) fn denied_detail(&self, action: &str) -> DeniedDetail {
        let (principal, principal_type) = match &self.principal {
            Principal::Root => (self.uid.to_string(), "RootUser"),
            Principal::User { name, .. } => (name.clone(), "SubUser"),
            Principal::Session { role, session, .. } => {
                (format!("{role}:{session}"), "AssumedRoleUser")
            }
        };
        DeniedDetail {
            action: action.to_owned(),
            principal,
            owner: self.uid.to_string(),
            principal_type,
        }
    }
}

impl World {
    /// Returns the users of the caller's account, with their keys; rights are the door's to check.
    ///
    /// # Errors
    ///
    /// When the caller's account is gone.
    pub fn users(&self, caller: &Caller) -> Result<Vec<User>, Refusal> {
        Ok(self.lock().of(caller)?.users.clone())
    }

    /// Returns the keys of the caller's account itself; rights are the door's to check.
    ///
    /// # Errors
    ///
    /// When the caller's account is gone.
    pub fn root_keys(&self, caller: &Caller) -> Result<Vec<AccessKey>, Refusal> {
        Ok(self.lock().of(caller)?.keys.clone())
    }
}
