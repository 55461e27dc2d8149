//! A simulated mail server on loopback: takes mails over SMTP and keeps them for a look.
//!
//! Strict where senders go wrong: lines end in CR LF, commands come in order, addresses are in
//! angle brackets, sizes are counted, logins are verified. It speaks no TLS; a sender that insists
//! on TLS is right to refuse it.
//!
//! Invariant: memory is bounded: mails, their size, recipients and connections have limits.

mod conversation;
mod mail;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{Clock, Tasks};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use self::mail::{Mail, Part};

/// How many mails are kept; the oldest goes first.
const MAX_MAILS: usize = 1000;
/// How many connections are open at once; more are told to come back.
const MAX_CONNECTIONS: usize = 64;

/// What the server demands.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The largest mail, in bytes, announced as `SIZE`.
    pub max_bytes: usize,
    /// The only user and password; `None` takes mails from anyone and offers no login.
    pub login: Option<Login>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_bytes: 10 << 20,
            login: None,
        }
    }
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user, mostly a mail address.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Where in the conversation a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Instead of the greeting.
    Greeting,
    /// At `EHLO` or `HELO`.
    Hello,
    /// At `AUTH`, before anything is verified.
    Login,
    /// At `MAIL FROM`.
    Sender,
    /// At `RCPT TO`.
    Recipient,
    /// At `DATA`, before the mail.
    Data,
    /// After the mail came whole.
    Mail,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFault {
    /// This reply, for instance `451 4.3.2 try later` or `550 5.1.1 no such user`; at
    /// [`Stage::Mail`] the mail is not kept.
    Reply(String),
    /// The connection is closed without a word; at [`Stage::Mail`] the mail **is** kept.
    HangUp,
    /// Nothing is answered, ever; at [`Stage::Mail`] the mail **is** kept.
    Silence,
}

/// The running server; dropping it closes the door.
#[derive(Debug)]
pub struct Mailbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    closing: watch::Sender<bool>,
    tasks: Tasks,
}

impl Mailbox {
    /// Starts the server on a free port of loopback.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: Arc<dyn Clock>, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (closing, closed) = watch::channel(false);
        let state = Mutex::new(State {
            mails: VecDeque::new(),
            faults: Vec::new(),
        });
        let shared = Arc::new(Shared {
            clock,
            settings,
            state,
        });
        let mut tasks = Tasks::new();
        tasks.start(accept(listener, Arc::clone(&shared), closed));
        Ok(Self {
            shared,
            address,
            closing,
            tasks,
        })
    }

    /// Returns where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the mails taken so far, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().mails.iter().cloned().collect()
    }

    /// Arms a fault for the next `times` occasions of `stage`.
    pub fn arm(&self, stage: Stage, fault: MailFault, times: u32) {
        self.shared.lock().faults.push((stage, fault, times));
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        self.shared.lock().faults.clear();
    }

    /// Closes the door, conversations under way cut short.
    pub async fn stop(mut self) {
        self.closing.send_replace(true);
        while self.tasks.next().await.is_some() {}
    }
}

/// Takes connections until told to close; the conversations end with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut closing: watch::Receiver<bool>) {
    let mut conversations: Tasks = Tasks::new();
    loop {
        tokio::select! {
            // An error means that the handle is gone, which closes the door as well.
            _was_told = closing.wait_for(|it| *it) => break,
            Some(_ended) = conversations.next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let is_full = conversations.len() >= MAX_CONNECTIONS;
                conversations.start(conversation::hold(stream, Arc::clone(&shared), is_full));
            }
        }
    }
    conversations.stop().await;
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    settings: Settings,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    mails: VecDeque<Mail>,
    faults: Vec<(Stage, MailFault, u32)>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, mail: Mail) {
        let mut state = self.lock();
        if state.mails.len() == MAX_MAILS {
            state.mails.pop_front();
        }
        state.mails.push_back(mail);
    }

    /// Returns the fault of this stage, if one is armed, and counts it.
    fn strike(&self, stage: Stage) -> Option<MailFault> {
        let mut state = self.lock();
        let (_, fault, times) = state
            .faults
            .iter_mut()
            .find(|(at, _, times)| *at == stage && *times > 0)?;
        *times -= 1;
        Some(fault.clone())
    }
}
