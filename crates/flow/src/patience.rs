//! How long things are waited for.

use std::time::Duration;

/// How long things are waited for, and how much is under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a step is tried again that can only be done later.
    pub later: Duration,
    /// How long what was made may take to be ready.
    pub settle: Duration,
    /// How long it is looked for what an attempt left whose answer was lost, or what a step rests on
    /// once it was begun; then a later resume has to look. Clouds may show a new thing only minutes
    /// after they made it.
    pub unclear: Duration,
    /// How long a lane is claimed for; it is prolonged while work goes on. After a crash on another
    /// host nobody works in the lane for that long.
    pub lease: Duration,
    /// How long an outcome is tried to be written down while the store is held by others.
    pub journal: Duration,
    /// How many steps of one kind, in one lane and region, are being begun at once. It bounds what a
    /// crash leaves unclear; how fast they are begun is the pacer's matter.
    pub abreast: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            later: Duration::from_secs(30 * 60),
            settle: Duration::from_secs(6 * 60 * 60),
            unclear: Duration::from_secs(10 * 60),
            lease: Duration::from_secs(90),
            journal: Duration::from_secs(60),
            abreast: 64,
        }
    }
}
