//! The simulated world: accounts and what they own, a clock, and the questions that may be asked of them.
//!
//! Every door asks the same typed functions ([`World::prepaid_page`], [`World::instances_page`] …), which check
//! rights as the cloud does. Tests reach in with [`World::edit`].
//!
//! What stands in regions is in no cloud's words ([`World::holdings`], [`World::change`]): the door of each cloud
//! translates it, and checks rights in its own words.
//!
//! Invariant: the state is behind one lock that is never held across a wait.

pub mod account;
pub mod alarms;
pub mod balance;
pub mod caller;
pub mod certificates;
pub mod changes;
pub mod cloud;
pub mod clusters;
pub mod copies;
pub mod deeds;
pub mod directory;
pub mod domains;
pub mod holdings;
pub mod images;
pub mod instances;
pub mod machines;
pub mod network;
pub mod paging;
pub mod prepaid;
pub mod products;
pub mod protections;
pub mod refusal;
pub mod rows;
pub mod rules;
pub mod sessions;
pub mod storage;
pub mod terms;
pub mod traffic;
pub mod upkeep;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use self::account::{AccessKey, Account, Rights, Site, Uid};
use self::caller::{Caller, Principal};
use self::certificates::{Certificate, CertificateFilter};
use self::deeds::Deed;
use self::domains::{Domain, DomainFilter};
use self::paging::{PageAsked, Paged};
use self::prepaid::{Prepaid, PrepaidFilter};
use self::refusal::Refusal;
use self::sessions::Sessions;

/// One simulated world; clones share it.
#[derive(Debug, Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Counts the changes of all that pages show.
    version: u64,
    accounts: Vec<Account>,
    sessions: Sessions,
    deeds: Vec<Deed>,
}

impl State {
    fn account(&self, uid: Uid) -> Option<&Account> {
        self.accounts.iter().find(|it| it.uid == uid)
    }

    /// Returns account `uid`, whose things have grown as old as the world: they age when they are looked at.
    fn settled(&mut self, uid: Uid) -> Option<&mut Account> {
        let account = self.accounts.iter_mut().find(|it| it.uid == uid)?;
        account.regions.settle(self.now);
        Some(account)
    }

    /// Returns the account a caller acts in; it exists as long as the world does.
    fn of(&self, caller: &Caller) -> Result<&Account, Refusal> {
        self.account(caller.uid).ok_or_else(|| {
            Refusal::new(
                404,
                "InvalidAccessKeyId.NotFound",
                "Specified access key is not found.",
            )
        })
    }
}

/// What the billing service says of an account's money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// What can be spent, credit included.
    pub available: Decimal,
    /// What was paid in.
    pub cash: Decimal,
    /// The credit granted.
    pub credit: Decimal,
    /// CNY, USD or JPY.
    pub currency: &'static str,
}

impl World {
    /// Returns an empty world whose clock shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let state = State {
            now: whole_second(now),
            version: 0,
            accounts: Vec::new(),
            sessions: Sessions::default(),
            deeds: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Adds `account`.
    #[must_use]
    pub fn with(self, account: Account) -> Self {
        self.add(account);
        self
    }

    /// Adds `account`; its balance starts to run off now.
    pub fn add(&self, mut account: Account) {
        let mut state = self.changing();
        account.balance.since.get_or_insert(state.now);
        state.accounts.push(account);
    }

    /// Returns the world's own time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Sets the world's own time; it may go backwards.
    pub fn set_now(&self, now: Timestamp) {
        let mut state = self.changing();
        state.now = whole_second(now);
    }

    /// Moves the world's own time on.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.changing();
        state.now = whole_second(state.now.saturating_add(by).unwrap_or(state.now));
    }

    /// Moves the world's own time on to `at`, unless it is later already.
    pub fn advance_to(&self, at: Timestamp) {
        let at = whole_second(at);
        if self.now() < at {
            let mut state = self.changing();
            state.now = state.now.max(at);
        }
    }

    /// Returns copies of all accounts, in the order they were added.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let mut state = self.lock();
        let now = state.now;
        for account in &mut state.accounts {
            account.regions.settle(now);
        }
        state.accounts.clone()
    }

    /// Returns a copy of the account that is called `name`.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<Account> {
        self.lock()
            .accounts
            .iter()
            .find(|it| it.name == name)
            .cloned()
    }

    /// Returns the key that a patrol of the account called `name` would be configured with: its first user's, or
    /// its own if it has no users.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<AccessKey> {
        let state = self.lock();
        let account = state.accounts.iter().find(|it| it.name == name)?;
        account
            .users
            .iter()
            .flat_map(|it| &it.keys)
            .chain(&account.keys)
            .next()
            .cloned()
    }

    /// Shows account `uid` and the world's time to `look`, without a copy; returns `None` when there is no such
    /// account.
    pub fn look<T>(&self, uid: Uid, look: impl FnOnce(&Account, Timestamp) -> T) -> Option<T> {
        let mut state = self.lock();
        let now = state.now;
        state.settled(uid).map(|it| look(it, now))
    }

    /// Returns what `look` finds at the first account where it finds anything.
    pub fn find_account<T>(&self, look: impl FnMut(&Account) -> Option<T>) -> Option<T> {
        self.lock().accounts.iter().find_map(look)
    }

    /// Changes account `uid`; returns `None` when there is no such account.
    pub fn edit<T>(&self, uid: Uid, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.changing()
            .accounts
            .iter_mut()
            .find(|it| it.uid == uid)
            .map(change)
    }

    /// Returns one page of what the billing service knows of.
    ///
    /// # Errors
    ///
    /// `NotAuthorized` without `bss:DescribeInstances`.
    pub fn prepaid_page(
        &self,
        caller: &Caller,
        filter: &PrepaidFilter,
        asked: PageAsked,
    ) -> Result<Paged<Prepaid>, Refusal> {
        require_billing(caller, "bss:DescribeInstances")?;
        let state = self.lock();
        let account = state.of(caller)?;
        let (total, items) = account.prepaid.page(
            filter,
            state.now,
            &account.balance,
            (asked.skip(), asked.size),
        );
        Ok(Paged {
            items,
            total,
            asked,
        })
    }

    /// Returns what the account has to spend.
    ///
    /// # Errors
    ///
    /// `NotAuthorized` without `bss:DescribeAcccount` (three c, as the cloud spells it).
    pub fn money(&self, caller: &Caller) -> Result<Money, Refusal> {
        require_billing(caller, "bss:DescribeAcccount")?;
        let state = self.lock();
        let balance = &state.of(caller)?.balance;
        let cash = balance.at(state.now);
        Ok(Money {
            available: cash + balance.credit,
            cash,
            credit: balance.credit,
            currency: balance.currency,
        })
    }

    /// Returns one page of certificates.
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` without `right`.
    pub fn certificates_page(
        &self,
        caller: &Caller,
        right: &str,
        filter: &CertificateFilter,
        asked: PageAsked,
    ) -> Result<Paged<Certificate>, Refusal> {
        caller.require(right)?;
        let state = self.lock();
        Ok(certificates::page(
            &state.of(caller)?.certificates,
            filter,
            state.now,
            asked,
        ))
    }

    /// Returns one page of domain names.
    ///
    /// # Errors
    ///
    /// `Forbidden.RAM` without `domain:QueryCommonInfo`, the right behind the list.
    pub fn domains_page(
        &self,
        caller: &Caller,
        filter: &DomainFilter,
        asked: PageAsked,
    ) -> Result<Paged<Domain>, Refusal> {
        caller.require("domain:QueryCommonInfo")?;
        let state = self.lock();
        Ok(domains::page(
            &state.of(caller)?.domains,
            filter,
            state.now,
            asked,
        ))
    }

    /// Returns somebody who may do everything in account `uid`, for whoever stands inside the world.
    #[must_use]
    pub fn owner(&self, uid: Uid) -> Option<Caller> {
        let state = self.lock();
        let account = state.account(uid)?;
        Some(Caller {
            uid,
            cloud: account.cloud(),
            site: account.site,
            principal: Principal::Root,
            rights: Rights::all(),
        })
    }

    /// Returns a number that is another one after every change of the world.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    fn changing(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.version += 1;
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses in the words of the billing service, which tells no detail.
///
/// # Errors
///
/// `NotAuthorized` unless `caller` may do `action`.
pub(crate) fn require_billing(caller: &Caller, action: &str) -> Result<(), Refusal> {
    if caller.rights.allow(action) {
        return Ok(());
    }
    let mut refusal = Refusal::new(
        403,
        "NotAuthorized",
        "This API is not authorized for caller.",
    );
    refusal.denied = Some(Box::new(caller.denied_detail(action)));
    Err(refusal)
}

/// Returns `at` without its fraction of a second: the cloud knows none.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Returns whether `caller` is the main account itself.
#[must_use]
pub fn is_root(caller: &Caller) -> bool {
    caller.principal == Principal::Root
}

/// Returns whether an account of `site` is served by a host of `asked` (every host that is of no site serves both).
#[must_use]
pub fn serves(asked: Option<Site>, site: Site) -> bool {
    asked.is_none_or(|it| it == site)
}
