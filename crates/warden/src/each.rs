//! One task for each account, so that one that breaks off takes nobody with it.
//!
//! One alone is done where it is asked for: allocators keep the memory of threads apart, and what was
//! seen of a large account would leave a hole that nobody else can use.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use base::Tasks;
use cloud::{Unseen, Why};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Runs every future as a task of its own and returns what they gave, in the order they came in;
/// `None` for one that panicked.
pub(crate) async fn each<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<Option<T>> {
    let mut futures: Vec<_> = futures.into_iter().collect();
    if futures.len() == 1 {
        return match futures.pop() {
            Some(only) => vec![alone(only.boxed()).await],
            None => Vec::new(),
        };
    }
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

async fn alone<T>(future: BoxFuture<'static, T>) -> Option<T> {
    // Nothing that it holds is looked at after a panic.
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(value) => Some(value),
        Err(panic) => {
            tracing::error!("a look at an account broke off: {}", words_of(&*panic));
            None
        }
    }
}

/// Returns what a panic said.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked without a word")
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn one_alone_is_done_by_who_asks_and_takes_nobody_with_it_either() {
        let asking = std::thread::current().id();
        let thread = || async { std::thread::current().id() };
        assert_eq!(each([thread()]).await, [Some(asking)]);
        let broken = |text: String| async move { panic!("{text}") };
        assert_eq!(each::<()>([broken("a defect".to_owned())]).await, [None]);
        assert_eq!(words_of(&"plain"), "plain");
        assert_eq!(words_of(&"made".to_owned()), "made");
    }
}
