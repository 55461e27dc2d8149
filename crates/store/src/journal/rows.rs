//! The journal's lines as rows, many with one statement: a run of thousands of steps ends many of
//! them at the same moment.

use base::hex;
use sha2::{Digest as _, Sha256};

use super::*;

/// Which rows of the journal listed entries are about: what has its fate is done with.
const OPEN_ENTRIES: &str = ") AS entry WHERE journal.run = entry.column1 \
    AND journal.place = entry.column2 AND journal.fate IS NULL RETURNING place";

pub(super) async fn duty_of(change: &mut Change, run: &RunId) -> Result<String, StoreError> {
    let rows = change
        .fetch("SELECT duty FROM runs WHERE id = $1", values![run.as_str()])
        .await?;
    match rows.first() {
        Some(row) => row.text("duty"),
        None => Err(change.site.corrupt(format!("no run {run} was started"))),
    }
}

pub(super) fn planned(run: &RunId, duty: &str, step: &JournalStep) -> Vec<Value> {
    values![
        run.as_str(),
        number(step.place),
        duty,
        step.token.as_str(),
        step.account.as_str(),
        step.region.as_str(),
        step.step.as_str(),
        step.subject.as_str(),
        matter([&step.account, &step.region, &step.step, &step.subject]),
        places_text(&step.after),
        step.body.as_str(),
        0_i64
    ]
}

/// Prolongs the leases that the intentions need and writes down those whose lease is still the
/// writer's; returns the places of the others.
pub(super) async fn intend(
    change: &mut Change,
    run: &RunId,
    entries: &[JournalEntry],
    writer: Writer<'_>,
    now: Timestamp,
) -> Result<BTreeSet<usize>, StoreError> {
    // In the order of their names, so that two writers wait for each other instead of locking each
    // other out.
    let mut wanted: BTreeMap<usize, &[String]> = BTreeMap::new();
    for entry in entries {
        if let JournalEntry::Intend { place, leases } = entry {
            wanted.insert(*place, leases);
        }
    }
    let names: BTreeSet<&str> = wanted
        .values()
        .copied()
        .flatten()
        .map(String::as_str)
        .collect();
    let mut ours = BTreeSet::new();
    for lease in names {
        // Nobody else had it meanwhile if it still has our name, even when it had run out.
        let held = change
            .execute(
                "UPDATE leases SET until_ms = $3 WHERE name = $1 AND holder = $2",
                values![lease, writer.holder, writer.until],
            )
            .await?;
        if held == 1 {
            ours.insert(lease);
        }
    }
    // What is done in two accounts needs the leases of both.
    let is_ours = |it: &&[String]| it.iter().all(|lease| ours.contains(lease.as_str()));
    let held = wanted.iter().filter(|(_, leases)| is_ours(leases));
    let rows: Vec<_> = held
        .map(|(place, _)| values![run.as_str(), number(*place), now])
        .collect();
    let mut wanted: BTreeSet<usize> = wanted.into_keys().collect();
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::is_forgotten("intend") {
        return Ok(BTreeSet::new());
    }
    let taken = change
        .rows_of(
            "UPDATE journal SET attempts = journal.attempts + 1, \
             intended_ms = COALESCE(journal.intended_ms, entry.column3) FROM (",
            OPEN_ENTRIES,
            rows,
        )
        .await?;
    for row in &taken {
        wanted.remove(&place(row)?);
    }
    Ok(wanted)
}

pub(super) async fn mark(
    change: &mut Change,
    run: &RunId,
    entries: &[JournalEntry],
    now: Timestamp,
) -> Result<(), StoreError> {
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::is_forgotten("mark") {
        return Ok(());
    }
    let row = |entry: &JournalEntry| match entry {
        JournalEntry::Mark { place, mark } => {
            Some(values![run.as_str(), number(*place), mark.as_str(), now])
        }
        _ => None,
    };
    change
        .rows_of(
            "UPDATE journal SET mark = entry.column3, marked_ms = entry.column4 FROM (",
            OPEN_ENTRIES,
            entries.iter().filter_map(row).collect(),
        )
        .await
        .map(drop)
}

pub(super) async fn end(
    change: &mut Change,
    run: &RunId,
    entries: &[JournalEntry],
    now: Timestamp,
) -> Result<(), StoreError> {
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::is_forgotten("end") {
        return Ok(());
    }
    let row = |entry: &JournalEntry| match entry {
        JournalEntry::End { place, fate } => {
            let (word, note) = fate_words(fate);
            Some(values![run.as_str(), number(*place), word, note, now])
        }
        _ => None,
    };
    change
        .rows_of(
            "UPDATE journal SET fate = entry.column3, note = entry.column4, \
             ended_ms = entry.column5 FROM (",
            OPEN_ENTRIES,
            entries.iter().filter_map(row).collect(),
        )
        .await
        .map(drop)
}

/// Commits; the one gate of every write of the journal, where rehearsals end the process.
pub(super) async fn written(change: Change) -> Result<(), StoreError> {
    #[cfg(feature = "rehearsal")]
    crate::rehearsal::before_a_journal_write();
    change.commit().await?;
    #[cfg(feature = "rehearsal")]
    crate::rehearsal::after_a_journal_write();
    Ok(())
}

pub(super) fn record(row: &Row) -> Result<JournalRecord, StoreError> {
    let end = match row.text_or_null("fate")? {
        None => None,
        Some(word) => Some((fate(row, &word)?, row.instant("ended_ms")?)),
    };
    let after = row.text("waits_for")?;
    let after = after.split(',').filter(|it| !it.is_empty());
    Ok(JournalRecord {
        step: JournalStep {
            place: place(row)?,
            token: row.text("token")?,
            account: row.text("account")?,
            region: row.text("region")?,
            step: row.text("step")?,
            subject: row.text("subject")?,
            after: after
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|error| row.site.corrupt(error))?,
            body: row.text("body")?,
        },
        attempts: row.count("attempts")?,
        intended: row.instant_or_null("intended_ms")?,
        mark: row.text_or_null("mark")?,
        end,
    })
}

fn fate(row: &Row, word: &str) -> Result<JournalFate, StoreError> {
    let note = row.text("note")?;
    Ok(match word {
        "done" => JournalFate::Done { note },
        "undone" => JournalFate::Undone { why: note },
        "refused" => JournalFate::Refused { why: note },
        "waited" => JournalFate::Waited {
            for_place: note.parse().map_err(|error| row.site.corrupt(error))?,
        },
        other => {
            let says = format!("the word {other:?} means nothing in fate");
            return Err(row.site.corrupt(says));
        }
    })
}

fn fate_words(fate: &JournalFate) -> (&'static str, String) {
    match fate {
        JournalFate::Done { note } => ("done", note.clone()),
        JournalFate::Undone { why } => ("undone", why.clone()),
        JournalFate::Refused { why } => ("refused", why.clone()),
        JournalFate::Waited { for_place } => ("waited", for_place.to_string()),
    }
}

/// Returns account, region, step and subject of a row.
pub(super) fn matter_of(row: &Row) -> Result<[String; 4], StoreError> {
    Ok([
        row.text("account")?,
        row.text("region")?,
        row.text("step")?,
        row.text("subject")?,
    ])
}

/// Returns what two steps have in common that want the same thing.
fn matter(parts: [&String; 4]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        // With its length, so that no two lists of parts are the same text.
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    hex::encode(&digest.finalize())
}

fn place(row: &Row) -> Result<usize, StoreError> {
    let place = row.count("place")?;
    usize::try_from(place).map_err(|error| row.site.corrupt(error))
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn places_text(places: &[usize]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.join(",")
}
