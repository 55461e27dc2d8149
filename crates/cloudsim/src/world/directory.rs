//! The resource directory: one management account and its members.

use jiff::Timestamp;

use super::account::Uid;

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
