//! Runs duties: observe, assess, record, notify. The command line and the server both come here.
//!
//! Invariant: no one cloud and no one duty is named here; HTTP is not spoken here.
//! Invariant: what was not seen whole reaches a duty as unseen, never as a shorter list.

pub mod change;
mod doing;
mod each;
pub mod exit;
pub mod observe;
pub mod outcome;
pub mod run;
mod watch;

pub use change::{Applied, ApplyError, ApplyRequest, Confirm, Planning};
pub use exit::Exit;
pub use observe::{Begun, LastLook, Looks, Observed, Observer, Progress, Silent};
pub use outcome::Outcome;
pub use run::{Post, Ran, RunRequest, Tell, Warden};
pub use watch::{Discover, Watched};
