//! The regions that machines stand in.

use crate::ids::RegionId;

/// A region an account can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// Its name for people, in the language that was asked for.
    pub name: String,
}
