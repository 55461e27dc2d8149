//! What is remembered of machines, read when somebody wants to know.

use std::sync::Arc;

use cloud::Remembered;
use futures_util::FutureExt as _;
use futures_util::future::Shared;
use model::{AccountId, ResourceId};
use tokio::sync::{mpsc, oneshot};

/// What is known of the machines that are kept whatever they look like.
///
/// A large estate remembers very many, which takes its time to read. So they are read when the first
/// list wants to know of them, and by then the first questions are on their way everywhere.
#[derive(Debug, Clone)]
pub struct Recall {
    wants: mpsc::Sender<()>,
    told: Shared<oneshot::Receiver<Arc<Remembered>>>,
}

/// Tells what is remembered, once, when it is wanted.
#[derive(Debug)]
pub(crate) struct Recalling {
    wanted: mpsc::Receiver<()>,
    tells: oneshot::Sender<Arc<Remembered>>,
}

impl Recall {
    /// Returns what will be known, and whoever tells it.
    pub(crate) fn later() -> (Recalling, Self) {
        let (wants, wanted) = mpsc::channel(1);
        let (tells, told) = oneshot::channel();
        let told = told.shared();
        (Recalling { wanted, tells }, Self { wants, told })
    }

    /// Waits until all is told; `None` when nobody could.
    pub(crate) async fn all(&self) -> Option<Arc<Remembered>> {
        // That it is wanted may have been said before.
        self.wants.try_send(()).ok();
        self.told.clone().await.ok()
    }

    /// Waits until it is told which machines of an account are remembered.
    pub(super) async fn of(&self, account: &AccountId) -> Recalled {
        Recalled {
            account: account.clone(),
            all: self.all().await,
        }
    }
}

impl Default for Recall {
    /// Nothing is remembered.
    fn default() -> Self {
        let (recalling, recall) = Self::later();
        recalling.tell(Remembered::new());
        recall
    }
}

impl Recalling {
    /// Waits until somebody wants to know; `false` when nobody is left who could.
    pub(crate) async fn is_wanted(&mut self) -> bool {
        self.wanted.recv().await.is_some()
    }

    /// Tells what is remembered.
    pub(crate) fn tell(self, remembered: Remembered) {
        // Whoever wanted to know may be gone.
        self.tells.send(Arc::new(remembered)).ok();
    }
}

/// The remembered machines of one account.
pub(super) struct Recalled {
    account: AccountId,
    all: Option<Arc<Remembered>>,
}

impl Recalled {
    /// Returns whether a machine is kept whatever it looks like: each, when nobody could tell.
    pub(super) fn has(&self, machine: &ResourceId) -> bool {
        let Some(all) = &self.all else {
            return true;
        };
        let own = all.get(&self.account);
        own.is_some_and(|it| it.may_have(machine))
    }
}
