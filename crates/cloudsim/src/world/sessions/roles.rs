//! Taking a role, in no cloud's words: the door of each cloud has its own.

use base::Chance;
use jiff::{SignedDuration, Timestamp};

use super::{KEPT_AFTER_END, Session, SessionKeys};
use crate::world::World;
use crate::world::account::{AccessKey, Role, Uid};
use crate::world::caller::{Caller, Principal};
use crate::world::cloud::Cloud;

/// How long every role of Tencent Cloud may be taken for.
const TENCENT_ROLE_SECONDS: u64 = 43_200;

/// A role somebody wants to take, in no cloud's words.
#[derive(Debug, Clone, Copy)]
pub struct RoleNamed<'a> {
    /// The account it belongs to.
    pub uid: Uid,
    /// Its name.
    pub name: &'a str,
    /// The name of the session.
    pub session: &'a str,
    /// How long it shall live.
    pub seconds: u64,
    /// The word agreed with the owner of the role.
    pub external_id: Option<&'a str>,
}

/// Why a role was not given, in no cloud's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleTrouble {
    /// There is no such account at this cloud, or it has no such role.
    NoSuchRole,
    /// A session lives for 900 to so many seconds.
    Duration {
        /// So many.
        most: u64,
    },
    /// The role does not trust the caller, or the agreed word is wrong.
    NotTrusted,
}

impl World {
    /// Opens a session of a role for `caller`, in its own cloud, at wall time `wall`. Whether the caller has the
    /// right to take roles at all is the door's to check.
    ///
    /// # Errors
    ///
    /// In no cloud's words: the door has its own.
    pub fn enter_role(
        &self,
        caller: &Caller,
        named: &RoleNamed<'_>,
        wall: Timestamp,
        chance: &dyn Chance,
    ) -> Result<SessionKeys, RoleTrouble> {
        self.open_role(caller.cloud, named, wall, chance, |role| {
            let word = role.external_id.as_deref();
            role.trusted.contains(&caller.uid)
                && word.is_none_or(|it| named.external_id == Some(it))
        })
    }

    pub(crate) fn open_role(
        &self,
        cloud: Cloud,
        named: &RoleNamed<'_>,
        wall: Timestamp,
        chance: &dyn Chance,
        trusts: impl FnOnce(&Role) -> bool,
    ) -> Result<SessionKeys, RoleTrouble> {
        let uid = named.uid;
        let mut state = self.lock();
        let account = state.account(uid).filter(|it| it.cloud() == cloud);
        let Some((site, role)) = account.and_then(|account| {
            let mut roles = account.roles.iter();
            let role = roles.find(|it| it.name.eq_ignore_ascii_case(named.name))?;
            Some((account.site, role.clone()))
        }) else {
            return Err(RoleTrouble::NoSuchRole);
        };
        let most = match cloud {
            Cloud::Tencent => role.max_session_seconds.max(TENCENT_ROLE_SECONDS),
            Cloud::Aliyun | Cloud::Aws(_) => role.max_session_seconds,
        };
        if !(900..=most).contains(&named.seconds) {
            return Err(RoleTrouble::Duration { most });
        }
        if !trusts(&role) {
            return Err(RoleTrouble::NotTrusted);
        }
        let expires = wall
            .saturating_add(SignedDuration::from_secs(named.seconds.cast_signed()))
            .unwrap_or(wall);
        let (id, token) = temporary(cloud, chance);
        let keys = SessionKeys {
            key: AccessKey::new(id, chance.token()),
            token,
            expires: crate::world::whole_second(expires),
            arn: session_arn(cloud, uid, &role, named.session),
            assumed_role_id: format!("{}:{}", role.id, named.session),
        };
        let name = match cloud {
            Cloud::Aliyun => role.name.to_lowercase(),
            Cloud::Tencent | Cloud::Aws(_) => role.name.clone(),
        };
        let principal = Principal::Session {
            role: name,
            role_id: role.id,
            session: named.session.to_owned(),
        };
        let caller = Caller {
            uid,
            cloud,
            site,
            principal,
            rights: role.rights,
        };
        state
            .sessions
            .by_key
            .retain(|_, it| it.keys.expires + KEPT_AFTER_END > wall);
        state.sessions.by_key.insert(
            keys.key.id.clone(),
            Session {
                keys: keys.clone(),
                caller,
            },
        );
        Ok(keys)
    }
}

/// Returns the id and the token of a key that lives for an hour, as `cloud` spells them.
fn temporary(cloud: Cloud, chance: &dyn Chance) -> (String, String) {
    let (one, two) = (chance.token(), chance.token());
    match cloud {
        Cloud::Aliyun => (
            format!("STS.NU{}", &one[..24]),
            format!("CAIS{two}+{one}/="),
        ),
        Cloud::Tencent => (format!("AKID{one}{}", &two[..32]), format!("{two}{one}==")),
        Cloud::Aws(_) => {
            let id = one[..16].to_uppercase();
            (
                format!("ASIA{id}"),
                format!("IQoJb3JpZ2luX2Vj{two}{one}//=="),
            )
        }
    }
}

fn session_arn(cloud: Cloud, uid: Uid, role: &Role, session: &str) -> String {
    let number = cloud.number(uid);
    match cloud {
        Cloud::Aliyun => format!("{}/{session}", role.arn(uid)),
        Cloud::Tencent => format!("qcs::sts:{number}:assumed-role/{}", role.id),
        Cloud::Aws(partition) => {
            let partition = partition.as_str();
            format!(
                "arn:{partition}:sts::{number}:assumed-role/{}/{session}",
                role.name
            )
        }
    }
}
