//! The resource directory, and the way into its members.

use std::sync::Arc;

use cloud::{Member, Organization, PageSource, Provider};
use model::AccountId;

use super::lists::{LIST_PAGE, List};
use super::rows;
use super::visitor::Visitor;
use crate::world::World;
use crate::world::caller::Caller;
use crate::world::directory::{self, ACCESS_ROLE};
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;

pub(super) const MEMBERS: &str = "ListAccounts";

/// A page of the members.
pub(super) fn members(
    world: &World,
    caller: &Caller,
    asked: PageAsked,
) -> Result<Paged<directory::Member>, Refusal> {
    Ok(world.members_page(caller, &[], asked)?.1)
}

impl Organization for Visitor {
    fn members(&self) -> Box<dyn PageSource<Member> + '_> {
        Box::new(List {
            visitor: self,
            action: MEMBERS,
            size: LIST_PAGE,
            fetch: members,
            show: rows::member,
        })
    }

    fn enter(&self, member: &Member, role: &str) -> Arc<dyn Provider> {
        let role = if role.is_empty() { ACCESS_ROLE } else { role };
        let account = AccountId::new(format!("{}/{}", self.account(), member.number));
        Arc::new(self.taking_role(account, &member.number, role))
    }
}
