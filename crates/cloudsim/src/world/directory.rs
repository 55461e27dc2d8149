//! The resource directory: one management account and its members.

use jiff::Timestamp;

use super::World;
use super::account::Uid;
use super::caller::Caller;
use super::paging::{PageAsked, Paged};
use super::refusal::Refusal;

/// A member of a resource directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member account.
    pub uid: Uid,
    /// The name the directory shows.
    pub display_name: String,
    /// `CreateSuccess` or `InviteSuccess` for members in use; others are on their way in or out.
    pub status: &'static str,
    /// When it joined.
    pub joined: Timestamp,
    /// Tags of the member.
    pub tags: Vec<(String, String)>,
}

/// The role that the management account may assume in every member created inside the directory.
pub const ACCESS_ROLE: &str = "ResourceDirectoryAccountAccessRole";

/// A resource directory, held by its management account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// `rd-…`.
    pub id: String,
    /// When it was set up.
    pub created: Timestamp,
    /// The members, without the management account.
    pub members: Vec<Member>,
}

impl Directory {
    /// Returns a directory without members.
    #[must_use]
    pub fn new(id: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            created,
            members: Vec::new(),
        }
    }

    /// Adds a member that was created inside the directory.
    #[must_use]
    pub fn member(mut self, uid: Uid, display_name: impl Into<String>) -> Self {
        self.members.push(Member {
            uid,
            display_name: display_name.into(),
            status: "CreateSuccess",
            joined: self.created,
            tags: Vec::new(),
        });
        self
    }
}

impl World {
    /// Returns the directory the caller's account manages or belongs to, with its management account.
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` without the right, `EntityNotExists.ResourceDirectory` when there is none.
    pub fn directory(&self, caller: &Caller) -> Result<(Uid, String, Directory), Refusal> {
        caller.require("resourcemanager:GetResourceDirectory")?;
        let state = self.lock();
        state
            .accounts
            .iter()
            .filter_map(|it| Some((it, it.directory.as_ref()?)))
            .find(|(it, directory)| {
                it.uid == caller.uid || directory.members.iter().any(|it| it.uid == caller.uid)
            })
            .map(|(it, directory)| (it.uid, it.name.clone(), directory.clone()))
            .ok_or_else(no_directory)
    }

    /// Returns one page of the members, having all of `tags`, of the directory the caller's account manages.
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` without the right, `EntityNotExists.ResourceDirectory` when there is none, `NoPermission`
    /// for a mere member.
    pub fn members_page(
        &self,
        caller: &Caller,
        tags: &[(String, Option<String>)],
        asked: PageAsked,
    ) -> Result<(String, Paged<Member>), Refusal> {
        caller.require("resourcemanager:ListAccounts")?;
        let state = self.lock();
        let Some(directory) = state.of(caller)?.directory.as_ref() else {
            let is_member = |it: &Directory| it.members.iter().any(|it| it.uid == caller.uid);
            return Err(
                match state
                    .accounts
                    .iter()
                    .filter_map(|it| it.directory.as_ref())
                    .any(is_member)
                {
                    true => Refusal::new(
                        403,
                        "NoPermission",
                        "You are not authorized to do this action.",
                    ),
                    false => no_directory(),
                },
            );
        };
        let wanted = |member: &&Member| {
            tags.iter().all(|(key, value)| {
                member
                    .tags
                    .iter()
                    .any(|(has, text)| has == key && value.as_ref().is_none_or(|it| it == text))
            })
        };
        Ok((
            directory.id.clone(),
            asked.cut(directory.members.iter().filter(wanted).cloned()),
        ))
    }
}

fn no_directory() -> Refusal {
    Refusal::new(
        404,
        "EntityNotExists.ResourceDirectory",
        "The resource directory for the account is not enabled.",
    )
}
