//! One task for each account, so that one that breaks off takes nobody with it.

use std::future::Future;

use base::Tasks;
use cloud::{Unseen, Why};

/// Runs every future as a task of its own and returns what they gave, in the order they came in;
/// `None` for one that panicked.
pub(crate) async fn each<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<Option<T>> {
    let mut tasks = Tasks::new();
    let mut given = Vec::new();
    for (place, future) in futures.into_iter().enumerate() {
        given.push(None);
        tasks.start(async move { (place, future.await) });
    }
    while let Some(finished) = tasks.next().await {
        match finished {
            Ok((place, value)) => given[place] = Some(value),
            // A defect of ours; what the others gave is still worth having.
            Err(error) => tracing::error!("a look at an account broke off: {error}"),
        }
    }
    given
}

/// Returns why nothing is known of what such a task was to look at.
pub(crate) fn broken_off() -> Unseen {
    Unseen::new(
        Why::Defect,
        "the look broke off by a defect of this program; its log says where",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_panics_takes_nobody_with_it() {
        let given = each((0..4).map(|number| async move {
            assert!(number != 2, "the second one breaks off");
            number
        }))
        .await;
        assert_eq!(given, [Some(0), Some(1), None, Some(3)]);
    }
}
