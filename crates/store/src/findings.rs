//! Findings that are known: what a run made of them, and what people said about them.
//!
//! Whether a finding is new, still there, gone or frozen is decided by [`duty::reconcile`]; this room
//! only keeps the answer.
//!
//! Invariant: a run never overwrites what people said meanwhile: mutes, acknowledgments and what they
//! were told live in the store, and a run's copy of them is not written back.
//! Invariant: only a finding that the run itself had known is forgotten.

mod body;

use std::collections::{BTreeMap, BTreeSet};

use base::hex;
use duty::{Ack, Finding, FindingKey, FindingState, KnownFinding, Mute, Notified, Severity};
use jiff::Timestamp;
use model::{AccountId, ResourceId};
use sha2::{Digest as _, Sha256};

use crate::db::{Change, Db, Row, values};
use crate::duty_state;
use crate::error::StoreError;
use crate::outbox::{self, NewPart};

/// Which findings to list; what is `None` does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingFilter {
    /// Of which duty.
    pub duty: Option<String>,
    /// In which account.
    pub account: Option<AccountId>,
}

/// What a run tells, and what it remembers of having told it.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// Of which duty.
    pub duty: &'a str,
    /// The findings that are told.
    pub tells: &'a [FindingKey],
    /// The parts of the messages that tell them.
    pub parts: &'a [NewPart],
    /// Small state of the duty, by name.
    pub states: &'a [(String, String)],
}

impl Db {
    /// Returns the known findings, sorted by key.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn finding_list(
        &self,
        filter: &FindingFilter,
    ) -> Result<Vec<KnownFinding>, StoreError> {
        let rows = self
            .fetch(
                "read the findings",
                "SELECT duty, kind, account, resource, severity, body, state, frozen, first_seen_ms, \
                 last_seen_ms, notified_ms, notified_severity, muted_until_ms, muted_reason, muted_by, \
                 acked_ms, acked_by FROM findings \
                 WHERE ($1 IS NULL OR duty = $1) AND ($2 IS NULL OR account = $2)",
                values![
                    filter.duty.as_deref(),
                    filter.account.as_ref().map(AccountId::as_str)
                ],
            )
            .await?;
        let mut findings = rows
            .iter()
            .map(known_finding)
            .collect::<Result<Vec<_>, _>>()?;
        findings.sort_by(|a, b| a.finding.key.cmp(&b.finding.key));
        Ok(findings)
    }

    /// Records what a run that nobody hears of made of the findings, all or nothing, and forgets
    /// nothing.
    ///
    /// `before` is what it had read, `after` what [`duty::reconcile`] gave. Mutes, acknowledgments and
    /// what people were told stay as the store has them, and start anew with a finding that comes back
    /// after it was gone.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then nothing was recorded.
    pub async fn finding_note(
        &self,
        before: &[KnownFinding],
        after: &[&KnownFinding],
    ) -> Result<(), StoreError> {
        let mut change = self.change("note the findings").await?;
        note(&mut change, before, after).await?;
        change.commit().await
    }

    /// Records what a run made of the findings, as [`Db::finding_note`] does, queues all that it tells
    /// of them and remembers that it did, all or nothing: what is new or gone is told by the run that
    /// recorded it as such, or by the next one. What is in `before` and no longer in `after` is
    /// forgotten.
    ///
    /// # Errors
    ///
    /// When the store does not take it; then nothing was recorded, queued or told.
    pub async fn finding_record_and_tell(
        &self,
        before: &[KnownFinding],
        after: &[KnownFinding],
        telling: &Telling<'_>,
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        let mut change = self
            .change("record the findings and queue their messages")
            .await?;
        let after: Vec<&KnownFinding> = after.iter().collect();
        record(&mut change, before, &after).await?;
        let ids = tell(&mut change, telling.tells, telling.parts, now).await?;
        for (name, state) in telling.states {
            duty_state::put(&mut change, telling.duty, name, state, now).await?;
        }
        change.commit().await?;
        Ok(ids)
    }

    /// Queues the parts of a message and remembers that it tells of these findings, both or neither:
    /// a crash in between neither loses the message nor tells twice.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn finding_tell(
        &self,
        tells: &[FindingKey],
        parts: &[NewPart],
        now: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        let mut change = self.change("queue a message").await?;
        let ids = tell(&mut change, tells, parts, now).await?;
        change.commit().await?;
        Ok(ids)
    }

    /// Keeps a finding quiet, or with `None` no longer; returns whether there is such a finding.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn finding_mute(
        &self,
        key: &FindingKey,
        mute: Option<&Mute>,
    ) -> Result<bool, StoreError> {
        let muted = self
            .execute(
                "mute a finding",
                "UPDATE findings SET muted_until_ms = $2, muted_reason = $3, muted_by = $4 \
                 WHERE identity = $1",
                values![
                    identity(key),
                    mute.map(|it| it.until),
                    mute.map(|it| it.reason.as_str()),
                    mute.map(|it| it.by.as_str())
                ],
            )
            .await?;
        Ok(muted == 1)
    }

    /// Notes who has taken a finding on, or with `None` that nobody has; returns whether there is such a
    /// finding.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn finding_ack(
        &self,
        key: &FindingKey,
        ack: Option<&Ack>,
    ) -> Result<bool, StoreError> {
        let acked = self
            .execute(
                "acknowledge a finding",
                "UPDATE findings SET acked_ms = $2, acked_by = $3 WHERE identity = $1",
                values![
                    identity(key),
                    ack.map(|it| it.at),
                    ack.map(|it| it.by.as_str())
                ],
            )
            .await?;
        Ok(acked == 1)
    }
}

async fn record(
    change: &mut Change,
    before: &[KnownFinding],
    after: &[&KnownFinding],
) -> Result<(), StoreError> {
    note(change, before, after).await?;
    let kept: BTreeSet<&FindingKey> = after.iter().map(|it| &it.finding.key).collect();
    for known in before.iter().filter(|it| !kept.contains(&it.finding.key)) {
        // Somebody who saw it again meanwhile wins.
        change
            .execute(
                "DELETE FROM findings WHERE identity = $1 AND last_seen_ms <= $2",
                values![identity(&known.finding.key), known.last_seen],
            )
            .await?;
    }
    Ok(())
}

/// Puts findings, and of those that are as they were read, if they still are, only that they were
/// seen again: from one hour to the next that is almost all.
async fn note(
    change: &mut Change,
    before: &[KnownFinding],
    after: &[&KnownFinding],
) -> Result<(), StoreError> {
    change
        .alone_by("LOCK TABLE findings IN SHARE ROW EXCLUSIVE MODE")
        .await?;
    // Of several with one key the last.
    let mut by_key: BTreeMap<&FindingKey, &KnownFinding> =
        after.iter().map(|it| (&it.finding.key, *it)).collect();
    let same = before.iter().filter_map(|old| {
        let new = by_key.get(&old.finding.key)?;
        is_seen_again(old, new).then(|| (identity(&old.finding.key), old, *new))
    });
    let same: Vec<(String, &KnownFinding, &KnownFinding)> = same.collect();
    let rows = same.iter().map(|(identity, old, new)| {
        values![
            identity.as_str(),
            old.state.word(),
            i64::from(old.frozen),
            old.last_seen,
            new.last_seen
        ]
    });
    // Whoever wrote one meanwhile saw it, or took it for gone or unseen: such a one is put whole.
    let touched = change
        .rows_of(
            "UPDATE findings SET last_seen_ms = again.column5 FROM (",
            ") AS again WHERE findings.identity = again.column1 \
             AND findings.state = again.column2 AND findings.frozen = again.column3 \
             AND findings.last_seen_ms = again.column4 RETURNING identity",
            rows.collect(),
        )
        .await?;
    let touched: Result<BTreeSet<String>, _> =
        touched.iter().map(|it| it.text("identity")).collect();
    let touched = touched?;
    for (identity, old, _) in &same {
        if touched.contains(identity) {
            by_key.remove(&old.finding.key);
        }
    }
    put(change, by_key).await
}

/// Tells whether nothing is new about a finding but when it was seen last.
fn is_seen_again(old: &KnownFinding, new: &KnownFinding) -> bool {
    old.finding == new.finding
        && (old.state, old.frozen, old.first_seen) == (new.state, new.frozen, new.first_seen)
}

async fn tell(
    change: &mut Change,
    tells: &[FindingKey],
    parts: &[NewPart],
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let ids = outbox::put(change, parts, now).await?;
    let tells: BTreeSet<&FindingKey> = tells.iter().collect();
    for key in tells {
        change
            .execute(
                "UPDATE findings SET notified_ms = $2, notified_severity = severity \
                 WHERE identity = $1",
                values![identity(key), now],
            )
            .await?;
    }
    Ok(ids)
}

async fn put(
    change: &mut Change,
    by_key: BTreeMap<&FindingKey, &KnownFinding>,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(by_key.len());
    for (key, known) in by_key {
        let finding = &known.finding;
        let body = body::write(finding).map_err(|error| change.site.corrupt(error))?;
        rows.push(values![
            identity(key),
            key.duty.as_str(),
            key.kind.as_str(),
            key.account.as_str(),
            key.resource.as_str(),
            finding.severity.word(),
            body,
            known.state.word(),
            i64::from(known.frozen),
            known.first_seen,
            known.last_seen
        ]);
    }
    // One that was first seen at another time is another appearance: what was said of the old one ends.
    change
        .put_rows(
            "INSERT INTO findings (identity, duty, kind, account, resource, severity, body, state, \
             frozen, first_seen_ms, last_seen_ms)",
            "ON CONFLICT (identity) DO UPDATE SET severity = excluded.severity, body = excluded.body, \
             state = excluded.state, frozen = excluded.frozen, \
             first_seen_ms = excluded.first_seen_ms, last_seen_ms = excluded.last_seen_ms, \
             notified_ms = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.notified_ms END, \
             notified_severity = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.notified_severity END, \
             muted_until_ms = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.muted_until_ms END, \
             muted_reason = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.muted_reason END, \
             muted_by = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.muted_by END, \
             acked_ms = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.acked_ms END, \
             acked_by = CASE WHEN findings.first_seen_ms = excluded.first_seen_ms \
             THEN findings.acked_by END",
            rows,
        )
        .await
}

/// Returns what identifies a finding in the table: short, whatever a cloud calls its resources.
fn identity(key: &FindingKey) -> String {
    let mut digest = Sha256::new();
    for field in [
        &*key.duty,
        &*key.kind,
        key.account.as_str(),
        key.resource.as_str(),
    ] {
        // With its length, so that no two keys run into each other.
        digest.update(field.len().to_le_bytes());
        digest.update(field);
    }
    hex::encode(&digest.finalize())
}

fn known_finding(row: &Row) -> Result<KnownFinding, StoreError> {
    let notified = match row.instant_or_null("notified_ms")? {
        Some(at) => Some(Notified {
            at,
            severity: row.word("notified_severity", Severity::from_word)?,
        }),
        None => None,
    };
    let muted = match row.instant_or_null("muted_until_ms")? {
        Some(until) => Some(Mute {
            until,
            reason: row.text("muted_reason")?,
            by: row.text("muted_by")?,
        }),
        None => None,
    };
    let acked = match row.instant_or_null("acked_ms")? {
        Some(at) => Some(Ack {
            at,
            by: row.text("acked_by")?,
        }),
        None => None,
    };
    let body = body::read(&row.text("body")?).map_err(|error| row.site.corrupt(error))?;
    Ok(KnownFinding {
        finding: Finding {
            key: FindingKey {
                duty: row.text("duty")?,
                kind: row.text("kind")?,
                account: AccountId::new(row.text("account")?),
                resource: ResourceId::new(row.text("resource")?),
            },
            severity: row.word("severity", Severity::from_word)?,
            scopes: body.scopes,
            name: body.name,
            owner: body.owner,
            tags: body.tags,
            evidence: body.evidence,
        },
        state: row.word("state", FindingState::from_word)?,
        frozen: row.int("frozen")? == 1,
        first_seen: row.instant("first_seen_ms")?,
        last_seen: row.instant("last_seen_ms")?,
        notified,
        muted,
        acked,
    })
}

#[cfg(test)]
mod tests;
