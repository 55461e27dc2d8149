//! What the report of any duty says of its run: what was not seen, and what was delivered.

use duty::coverage::UnseenRow;
use serde_json::{Value, json};
use warden::Outcome;

use super::output::printable_line;
use super::{CliError, Ui};

/// One scope that was not seen.
pub(crate) struct Gap<'a> {
    pub(crate) scope: &'a str,
    pub(crate) why: &'a str,
    pub(crate) permission: Option<&'a str>,
    pub(crate) detail: &'a str,
    pub(crate) accepted: bool,
}

impl<'a> Gap<'a> {
    pub(crate) fn of(row: &'a UnseenRow) -> Self {
        Self {
            scope: &row.scope,
            why: row.why,
            permission: row.permission.as_deref(),
            detail: &row.detail,
            accepted: row.accepted,
        }
    }
}

/// Says what was not seen, what is told of several scopes once, and what to do about it.
pub(crate) fn unseen(rows: &[Gap<'_>], ui: &mut Ui) -> Result<(), CliError> {
    if rows.is_empty() {
        return Ok(());
    }
    let title = ui.say("patrol-unseen", &[("many", rows.len().into())]);
    ui.data(&format!("{title}\n"))?;
    let mut told: Vec<(&Gap<'_>, Vec<String>)> = Vec::new();
    for row in rows {
        let name = match row.accepted {
            true => ui.say("patrol-ignored", &[("scope", row.scope.into())]),
            false => row.scope.to_owned(),
        };
        match told
            .iter_mut()
            .find(|it| it.0.detail == row.detail && it.0.why == row.why)
        {
            Some((_, scopes)) => scopes.push(name),
            None => told.push((row, vec![name])),
        }
    }
    for (row, scopes) in told {
        let detail = printable_line(row.detail);
        ui.data(&format!("  {}\n    {detail}\n", scopes.join(", ")))?;
        let account = row.scope.rsplitn(3, '/').nth(2).unwrap_or_default();
        let permission = row.permission.unwrap_or("?");
        let key = format!("unseen-hint-{}", row.why.replace('_', "-"));
        let places = [
            ("account", account.into()),
            ("permission", permission.into()),
        ];
        let hint = ui.say(&key, &places);
        let hint = ui.say("talk-hint", &[("text", hint.into())]);
        ui.data(&format!("    {hint}\n"))?;
    }
    ui.data("\n")
}

/// Returns what became of the messages, a line for each channel.
pub(crate) fn deliveries(outcome: &Outcome, ui: &Ui) -> Vec<String> {
    let channels = outcome.deliveries.iter().flat_map(|it| &it.channels);
    channels
        .map(|it| {
            let mut line = ui.say(
                "patrol-delivery",
                &[
                    ("channel", it.channel.as_str().into()),
                    ("delivered", it.delivered.len().into()),
                    ("waiting", it.waiting.len().into()),
                    ("dead", it.dead.len().into()),
                ],
            );
            for trouble in troubles(it) {
                line.push_str("\n  ");
                line.push_str(trouble);
            }
            line
        })
        .collect()
}

/// Why parts of a channel were not delivered, in the other side's words.
fn troubles(report: &notify::ChannelReport) -> impl Iterator<Item = &str> {
    let waiting = report
        .waiting
        .iter()
        .filter_map(|part| part.error.as_deref());
    let dead = report.dead.iter().map(|part| part.error.as_str());
    waiting.chain(dead).chain(report.outbox_error.as_deref())
}

/// Returns what became of the messages as JSON; its names are a promise.
pub(crate) fn delivery_documents(outcome: &Outcome) -> Value {
    let channels = outcome.deliveries.iter().flat_map(|it| &it.channels);
    channels
        .map(|it| {
            json!({
                "channel": it.channel,
                "delivered": it.delivered.len(),
                "waiting": it.waiting.len(),
                "dead": it.dead.len(),
                "errors": troubles(it).collect::<Vec<_>>(),
            })
        })
        .collect()
}
