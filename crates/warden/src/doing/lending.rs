//! Copies a set to another account: each snapshot is lent to it, copied by it, and taken back.
//!
//! Invariant: a tag on the snapshot says that we lend it before we do, so that whoever comes after a
//! crash takes back what we gave, and never what a person gave.
//! Invariant: what is not copied is not lent: a leave stands only while a copy is made by it, or while
//! nobody knows whether one is.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use cloud::{CloudError, Copies, ErrorKind, Lending, MachineChanges, Provider, Taggable};
use duty::{Other, Step};
use flow::{Act, Settle, Undo};
use model::{
    CopyOrder, CopyState, LENT, LENT_TAG, RETURNED, RegionId, ResourceId, SetId, Snapshot, Tags,
};

use super::acts::{Done, copy_order, failed};
use super::remnants::by_disk;
use super::{Deed, Doer, lacks, not_done};

/// What was begun of a set in another account.
#[derive(Debug, Default)]
struct Begun {
    /// The copies by their disks.
    copies: BTreeMap<String, String>,
    /// Why not all of them were begun.
    why: Option<String>,
}

impl Begun {
    fn mark(copies: &BTreeMap<ResourceId, ResourceId>, why: Option<String>) -> String {
        let copies = copies.iter();
        let copies = copies.map(|(disk, copy)| (disk.to_string(), copy.to_string()));
        let copies: BTreeMap<String, String> = copies.collect();
        // Texts only: nothing here that JSON cannot say.
        serde_json::to_string(&(copies, why)).unwrap_or_default()
    }

    fn read(mark: &str) -> Self {
        let (copies, why) = serde_json::from_str(mark).unwrap_or_default();
        Self { copies, why }
    }
}

/// A deed in two accounts: what it is about, and what is used in each.
pub(super) struct Abroad<'a> {
    set: &'a SetId,
    /// Where the set stands.
    from: &'a RegionId,
    /// Where it is copied to.
    to: &'a RegionId,
    number: &'a str,
    copies: &'a dyn Copies,
    loans: Loans<'a>,
    their_copies: &'a dyn Copies,
    their_lending: &'a dyn Lending,
}

/// What lends snapshots of one region.
pub(super) struct Loans<'a> {
    region: &'a RegionId,
    lending: &'a dyn Lending,
    changes: &'a dyn MachineChanges,
}

/// Returns the key of the tag that says that a snapshot is lent to an account.
fn tag_of(number: &str) -> String {
    format!("{LENT_TAG}{number}")
}

fn is_lent(snapshot: &Snapshot, number: &str) -> bool {
    snapshot
        .tags
        .get(&tag_of(number))
        .is_some_and(|it| it == LENT)
}

impl<'a> Loans<'a> {
    pub(super) fn of(deed: &'a Deed<'_>) -> Result<Self, String> {
        let lending = deed.provider.lending();
        Ok(Self {
            region: deed.region(),
            lending: lending.ok_or_else(|| lacks(deed.provider, "loans of snapshots"))?,
            changes: deed.machine_changes()?,
        })
    }

    async fn write(&self, ids: &[ResourceId], number: &str, word: &str) -> Result<(), CloudError> {
        let tags = Tags::from([(tag_of(number), word.to_owned())]);
        let (region, kind) = (self.region, Taggable::Snapshot);
        match self.changes.put_tags(region, kind, ids, &tags).await {
            // What is gone is lent to nobody.
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            answered => answered,
        }
    }
}

impl Doer<'_> {
    /// Returns the account besides its own that a step works in, with who is to do it there.
    pub(super) fn other_of<'a>(
        &'a self,
        step: &'a Step,
    ) -> Result<Option<(&'a Other, &'a dyn Provider)>, String> {
        let Some(other) = step.other() else {
            return Ok(None);
        };
        let Some(provider) = self.clouds.get(&other.account) else {
            return Err(format!(
                "the account {} could not be entered",
                other.account
            ));
        };
        Ok(Some((other, &**provider)))
    }

    /// Returns what a copy to another account needs; `None` of every other step.
    pub(super) fn abroad<'a>(&'a self, deed: &'a Deed<'_>) -> Result<Option<Abroad<'a>>, String> {
        let Step::CopySet { set, to, .. } = &deed.planned.step else {
            return Ok(None);
        };
        let Some((other, provider)) = self.other_of(&deed.planned.step)? else {
            return Ok(None);
        };
        let lack = |what| lacks(provider, what);
        Ok(Some(Abroad {
            set,
            from: deed.region(),
            to,
            number: &other.number,
            copies: deed.copies()?,
            loans: Loans::of(deed)?,
            their_copies: provider.copies().ok_or_else(|| lack("snapshots"))?,
            their_lending: provider
                .lending()
                .ok_or_else(|| lack("loans of snapshots"))?,
        }))
    }

    /// Lends and copies what of the set is not there yet. Where the cloud certainly refuses one, what
    /// was begun is waited for all the same: it is copied by a leave that has to end.
    pub(super) async fn copy_abroad(&self, deed: &Deed<'_>, abroad: &Abroad<'_>) -> Done {
        let from = abroad.copies.of_set(abroad.from, abroad.set).await;
        let from = from.map_err(|it| not_done(&it))?;
        let usable = from.into_iter().filter(|it| it.state != CopyState::Failed);
        let from: BTreeMap<ResourceId, Snapshot> = usable
            .filter_map(|it| Some((it.disk.clone()?, it)))
            .collect();
        if from.is_empty() {
            return Err(failed(format!(
                "there is no snapshot of the set {}",
                abroad.set
            )));
        }
        let there = abroad.their_copies.of_set(abroad.to, abroad.set).await;
        let mut copies = by_disk(there.map_err(|it| not_done(&it))?);
        let mut why = None;
        for (disk, snapshot) in &from {
            if copies.contains_key(disk) {
                continue;
            }
            let order = copy_order(&deed.planned.step, abroad.from, disk, &snapshot.id)?;
            match self.copy_one(abroad, &order, snapshot).await {
                Ok(copy) => {
                    copies.insert(disk.clone(), copy);
                }
                Err(Act::Failed { why: refused }) => {
                    why = Some(refused);
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        match why {
            Some(why) if copies.is_empty() => Err(failed(why)),
            why => Ok(Begun::mark(&copies, why)),
        }
    }

    async fn copy_one(
        &self,
        abroad: &Abroad<'_>,
        order: &CopyOrder,
        snapshot: &Snapshot,
    ) -> Result<ResourceId, Act> {
        let number = abroad.number;
        let by_us = self.lend(&abroad.loans, snapshot, number).await?;
        let copied = abroad
            .their_lending
            .copy_lent(abroad.to, order, snapshot)
            .await;
        let act = match copied {
            Ok(copy) => return Ok(copy),
            Err(error) => not_done(&error),
        };
        // Where nobody knows whether a copy is being made, the leave stays until somebody does.
        if !by_us || matches!(act, Act::Unclear { .. }) {
            return Err(act);
        }
        let ids = std::slice::from_ref(&snapshot.id);
        match self.end_loans(&abroad.loans, ids, number).await {
            Ok(()) => Err(act),
            Err(error) => Err(and_stands(act, number, &error)),
        }
    }

    /// Lends a snapshot; returns whether the leave is ours, and not one that somebody else gave.
    async fn lend(
        &self,
        loans: &Loans<'_>,
        snapshot: &Snapshot,
        number: &str,
    ) -> Result<bool, Act> {
        let id = &snapshot.id;
        let borrowers = loans.lending.borrowers(loans.region, id).await;
        let borrowers = borrowers.map_err(|it| not_done(&it))?;
        let is_said = is_lent(snapshot, number) || self.has_lent(id, number);
        let stands = borrowers.iter().any(|it| it == number || it == "all");
        if stands && !is_said {
            return Ok(false);
        }
        let ids = std::slice::from_ref(id);
        if !is_lent(snapshot, number) {
            let written = loans.write(ids, number, LENT).await;
            written.map_err(|it| not_done(&it))?;
        }
        self.note_lent(id, number);
        if stands {
            return Ok(true);
        }
        if let Err(error) = loans.lending.lend(loans.region, id, number).await {
            let act = not_done(&error);
            if let Act::Failed { .. } = act
                && loans.write(ids, number, RETURNED).await.is_ok()
            {
                self.forget_lent(id, number);
            }
            return Err(act);
        }
        Ok(true)
    }

    /// Takes back what we lent of these; what a person lent is not among them.
    pub(super) async fn end_loans(
        &self,
        loans: &Loans<'_>,
        ids: &[ResourceId],
        number: &str,
    ) -> Result<(), CloudError> {
        for id in ids {
            loans.lending.take_back(loans.region, id, number).await?;
        }
        if !ids.is_empty() {
            loans.write(ids, number, RETURNED).await?;
        }
        ids.iter().for_each(|it| self.forget_lent(it, number));
        Ok(())
    }

    /// Takes back what we lent of the set.
    async fn end_loans_of(&self, abroad: &Abroad<'_>) -> Result<(), CloudError> {
        let number = abroad.number;
        let from = abroad.copies.of_set(abroad.from, abroad.set).await?;
        // The tag may be younger than what the cloud shows.
        let ours = |it: &Snapshot| is_lent(it, number) || self.has_lent(&it.id, number);
        let ours = from.into_iter().filter(ours).map(|it| it.id);
        let ours: Vec<ResourceId> = ours.collect();
        self.end_loans(&abroad.loans, &ours, number).await
    }

    /// Takes back a leave that was left standing; of one that does not say any more that it is ours,
    /// nothing.
    pub(super) async fn end_loan(&self, deed: &Deed<'_>) -> Done {
        let Step::EndLoan { snapshots, number } = &deed.planned.step else {
            return Err(failed("it ends no loan".to_owned()));
        };
        let loans = Loans::of(deed).map_err(failed)?;
        let copies = deed.copies().map_err(failed)?;
        let found = copies.snapshots_by_id(loans.region, snapshots).await;
        let found = found.map_err(|it| not_done(&it))?;
        let ours = found.into_iter().filter(|it| is_lent(it, number));
        let ours: Vec<ResourceId> = ours.map(|it| it.id).collect();
        let ended = self.end_loans(&loans, &ours, number).await;
        ended.map(|()| String::new()).map_err(|it| not_done(&it))
    }

    /// Looks whether the copies are whole, and takes back what was lent for them once none is being
    /// made any more.
    pub(super) async fn settle_abroad(
        &self,
        abroad: &Abroad<'_>,
        mark: &str,
        pause: Duration,
    ) -> Settle {
        let begun = Begun::read(mark);
        if begun.copies.is_empty() {
            let why = "the journal does not say what was made".to_owned();
            return Settle::Failed { why };
        }
        let ids: Vec<ResourceId> = begun.copies.values().map(ResourceId::new).collect();
        let not_yet = Settle::NotYet { after: pause };
        // A look that failed says nothing of the thing itself.
        let Ok(found) = abroad.their_copies.snapshots_by_id(abroad.to, &ids).await else {
            return not_yet;
        };
        let is_under_way =
            |it: &Snapshot| !matches!(it.state, CopyState::Ready | CopyState::Failed);
        if found.len() < ids.len() || found.iter().any(is_under_way) {
            return not_yet;
        }
        let bad = found.iter().find(|it| it.state == CopyState::Failed);
        let why = match (bad, begun.why) {
            (Some(bad), _) => Some(format!(
                "the copy {} failed: if the snapshot is encrypted, its key has to let the account {} \
                 use it, and the key there has to be in order",
                bad.id, abroad.number
            )),
            (None, why) => why,
        };
        // What went wrong is taken back on the way to its end, in `undo`.
        if let Some(why) = why {
            return Settle::Failed { why };
        }
        match self.end_loans_of(abroad).await {
            Ok(()) => {
                let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
                Settle::Ready {
                    note: ids.join(", "),
                }
            }
            Err(error) => match not_done(&error) {
                Act::Failed { why } => Settle::Failed { why },
                _ => not_yet,
            },
        }
    }

    /// Takes back what was lent; the copies stay.
    pub(super) async fn undo_abroad(&self, abroad: &Abroad<'_>) -> Undo {
        match self.end_loans_of(abroad).await {
            Ok(()) => Undo::Stays,
            Err(error) => Undo::Failed {
                why: stands(abroad.number, &error),
            },
        }
    }

    /// Looks for what an attempt left in the other account whose answer is not known.
    pub(super) async fn left_abroad(
        &self,
        abroad: &Abroad<'_>,
    ) -> Result<Option<String>, CloudError> {
        let from = by_disk(abroad.copies.of_set(abroad.from, abroad.set).await?);
        let there = by_disk(abroad.their_copies.of_set(abroad.to, abroad.set).await?);
        let is_whole = from.keys().all(|it| there.contains_key(it));
        Ok((is_whole && !there.is_empty()).then(|| Begun::mark(&there, None)))
    }

    fn has_lent(&self, id: &ResourceId, number: &str) -> bool {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.contains(&(id.clone(), number.to_owned()))
    }

    fn note_lent(&self, id: &ResourceId, number: &str) {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.insert((id.clone(), number.to_owned()));
    }

    fn forget_lent(&self, id: &ResourceId, number: &str) {
        let mut lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        lent.remove(&(id.clone(), number.to_owned()));
    }
}

fn stands(number: &str, error: &CloudError) -> String {
    format!(
        "the leave that was given to the account {number} to copy could not be taken back: {}",
        base::chain(error)
    )
}

/// Says of what was not done that a leave stands besides.
fn and_stands(act: Act, number: &str, error: &CloudError) -> Act {
    let more = stands(number, error);
    match act {
        Act::Failed { why } => Act::Failed {
            why: format!("{why}; {more}"),
        },
        Act::Later { why, after } => Act::Later {
            why: format!("{why}; {more}"),
            after,
        },
        other => other,
    }
}
