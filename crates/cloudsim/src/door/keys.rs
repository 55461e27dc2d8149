//! The long-lived keys of an account's users.

use cloud::{Keys, PageSource};
use jiff::Timestamp;
use model::{AccessKey, ResourceId};

use super::lists::List;
use super::visitor::Visitor;
use crate::world::World;
use crate::world::account;
use crate::world::caller::Caller;
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;

pub(super) const KEYS: &str = "ListUsers";
/// The largest page of users there is.
pub(super) const USERS_PAGE: u32 = 100;

/// A page of keys, each with its user.
pub(super) fn keys(
    world: &World,
    caller: &Caller,
    asked: PageAsked,
) -> Result<Paged<(String, account::AccessKey)>, Refusal> {
    caller.require("ram:ListUsers")?;
    caller.require("ram:ListAccessKeys")?;
    let users = world.users(caller)?.into_iter();
    Ok(asked.cut(users.flat_map(|user| {
        let name = user.name;
        user.keys.into_iter().map(move |key| (name.clone(), key))
    })))
}

/// A key; its id is shortened, so that it identifies and cannot be used.
fn key((user, key): &(String, account::AccessKey), _now: Timestamp) -> AccessKey {
    let (head, tail) = (&key.id, &key.id);
    let head: String = head.chars().take(4).collect();
    let tail: Vec<char> = tail.chars().rev().take(4).collect();
    let tail: String = tail.into_iter().rev().collect();
    AccessKey {
        id: ResourceId::new(format!("{head}…{tail}")),
        user: user.clone(),
        created: key.created,
        last_used: key.last_used,
        active: !key.disabled,
    }
}

impl Keys for Visitor {
    fn access_keys(&self) -> Box<dyn PageSource<AccessKey> + '_> {
        Box::new(List {
            visitor: self,
            action: KEYS,
            size: USERS_PAGE,
            fetch: keys,
            show: key,
        })
    }
}
