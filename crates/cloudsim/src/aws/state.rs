//! What the door of AWS remembers beside the world: page tokens and buckets.

use base::Chance;

use super::buckets::{Buckets, Defaults};
use super::tokens::Tokens;

/// What the door of AWS remembers beside the world.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tokens: Tokens,
    pub(crate) buckets: Buckets,
}

impl State {
    pub(crate) fn new(chance: &dyn Chance, defaults: Defaults) -> Self {
        Self {
            tokens: Tokens::new(chance.token()),
            buckets: Buckets::new(defaults),
        }
    }
}
