//! Tasks with an owner: whoever starts one also waits for it, or ends it.

use std::future::Future;

use tokio::task::{JoinError, JoinSet};

/// A set of running tasks; dropping it ends them.
#[derive(Debug, Default)]
pub struct Tasks<T: Send + 'static = ()> {
    set: JoinSet<T>,
}

impl<T: Send + 'static> Tasks<T> {
    /// Returns a set without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self {
            set: JoinSet::new(),
        }
    }

    /// Starts `future`, owned by this set.
    pub fn start(&mut self, future: impl Future<Output = T> + Send + 'static) {
        self.set.spawn(future);
    }

    /// Returns what the next finished task gave, or `None` when none is left.
    pub async fn next(&mut self) -> Option<Result<T, JoinError>> {
        self.set.join_next().await
    }

    /// Returns how many tasks have not been waited for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Returns whether no task is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Ends every task and waits until they are gone.
    pub async fn stop(&mut self) {
        self.set.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_are_waited_for_and_dropped_ones_end() {
        let mut tasks = Tasks::new();
        tasks.start(async { 7 });
        assert_eq!(tasks.next().await.unwrap().unwrap(), 7);
        tasks.start(std::future::pending());
        assert_eq!(tasks.len(), 1);
        tasks.stop().await;
        assert!(tasks.is_empty());
    }
}
