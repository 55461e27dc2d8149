//! `skywarden channels`: where messages go, and whether they arrive.

use std::sync::Arc;

use clap::{Args, Subcommand};
use model::message::{Block, Message, Span, Tone};
use notify::{Answer, ChannelSettings, Courier, MemoryOutbox, Outbox, Outcome, TestReport};
use warden::Exit;

use super::context::has_store;
use super::run_time::block_on;
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui, advice, ui};
use crate::config::{ChannelConfig, Config, Secrets};
use crate::wiring;
use crate::wiring::channels as wired;

#[derive(Debug, Args)]
pub(crate) struct ChannelsArgs {
    #[command(subcommand)]
    action: ChannelsAction,
}

#[derive(Debug, Subcommand)]
enum ChannelsAction {
    List,
    Test(TestArgs),
}

#[derive(Debug, Args)]
struct TestArgs {
    name: String,
}

/// Runs `skywarden channels`.
pub(crate) fn run(args: &ChannelsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let Context { config } = Context::load(global, ui)?;
    match &args.action {
        ChannelsAction::List => list(&config, ui),
        ChannelsAction::Test(args) => test(args, &config, ui),
    }
}

/// Lists every channel; one that cannot be used is shown all the same, and named on stderr.
fn list(config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let surroundings = ui.host.surroundings.clone();
    let secrets = Secrets::new(config, &surroundings);
    let mut sheet = Sheet::new(&["name", "kind", "target", "signed", "keyword", "language"]);
    let mut exit = Exit::Fine;
    for channel in &config.channels {
        let (kind, target, language) = match wired::one(config, channel, &secrets, ui.language) {
            Ok(settings) => (
                Cell::text(settings.kind.word()),
                Cell::text(settings.shown_target()),
                Cell::text(settings.language.tag()),
            ),
            Err(error) => {
                let error = advice::of_channel(&error, ui);
                ui.warn(&error.text);
                for hint in &error.hints {
                    let hint = ui.say("talk-hint", &[("text", hint.as_str().into())]);
                    ui.status(&hint);
                }
                exit = Exit::Usage;
                let kind = channel.kind.map(|it| it.as_str()).unwrap_or_default();
                (Cell::text(kind), Cell::None, Cell::None)
            }
        };
        sheet.rows.push(vec![
            Cell::text(channel.name.as_str()),
            kind,
            target,
            Cell::Flag(channel.section.secret.is_some()),
            Cell::text(channel.section.keyword.clone().unwrap_or_default()),
            language,
        ]);
    }
    if sheet.rows.is_empty() {
        let text = ui.say("channels-none", &[]);
        ui.status(&text);
    }
    ui.sheet(&sheet)?;
    Ok(exit)
}

/// Sends one real message past the outbox and prints what the other side answered.
fn test(args: &TestArgs, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let channel = find(&args.name, config, ui)?;
    let surroundings = ui.host.surroundings.clone();
    let secrets = Secrets::new(config, &surroundings);
    let settings = wired::one(config, channel, &secrets, ui.language)
        .map_err(|error| advice::of_channel(&error, ui))?;
    let message = test_message(&settings, config, ui);
    let report = block_on(async {
        let http = wiring::http(config, &secrets)?;
        let outbox = outbox(config, &secrets, ui).await;
        let (clock, chance) = (ui.host.clock.clone(), ui.host.chance.clone());
        let courier = Courier::new(outbox, Arc::new(http), clock, chance);
        Ok(courier.test(&settings, &message).await)
    })?;
    print(&settings, &report, ui)?;
    Ok(match report.outcome {
        Outcome::Delivered => Exit::Fine,
        _ => Exit::Undelivered,
    })
}

fn find<'a>(name: &str, config: &'a Config, ui: &Ui) -> Result<&'a ChannelConfig, CliError> {
    let found = config.channels.iter().find(|it| it.name.as_str() == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = config.channels.iter().map(|it| it.name.as_str()).collect();
        let error = CliError::usage(ui.say("channels-unknown", &[("name", name.into())]));
        match known.is_empty() {
            true => error.hint(ui.say("channels-none", &[])),
            false => error.hint(ui.say("channels-known", &[("names", known.join(", ").into())])),
        }
    })
}

/// The robot's pace is shared with the patrols where there is a store; without one a test is still
/// worth making.
async fn outbox(config: &Config, secrets: &Secrets<'_>, ui: &mut Ui) -> Arc<dyn Outbox> {
    if !has_store(config) {
        return Arc::new(MemoryOutbox::default());
    }
    match wiring::store(config, secrets).await {
        Ok(db) => Arc::new(db),
        Err(error) => {
            ui.warn(&error.text);
            Arc::new(MemoryOutbox::default())
        }
    }
}

fn test_message(settings: &ChannelSettings, config: &Config, ui: &Ui) -> Message {
    let texts = ui::texts(settings.language);
    let zone = config.patrol.timezone.time_zone().clone();
    let when = ui.host.clock.now().to_zoned(zone);
    let when = when.strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let places = [
        ("channel", settings.name.as_str().into()),
        ("when", when.into()),
    ];
    Message {
        title: texts.say("channels-test-title"),
        tone: Tone::Good,
        blocks: vec![Block::Lines(vec![
            vec![Span::plain(texts.say_with("channels-test-text", &places))],
            vec![Span::plain(texts.say("channels-test-next"))],
        ])],
        mention: Vec::new(),
        button: None,
    }
}

fn print(settings: &ChannelSettings, report: &TestReport, ui: &mut Ui) -> Result<(), CliError> {
    let reading = reading(&report.outcome, ui);
    let hint = match &report.outcome {
        Outcome::Permanent { reason } => Some(reason.hint(ui.language)),
        _ => None,
    };
    let Answer { status, text, .. } = &report.answer;
    if ui.format() == OutputFormat::Table {
        let lines = [
            ("channel", format!("{} ({})", settings.name, settings.kind)),
            ("target", settings.shown_target()),
            ("status", status_text(*status, ui)),
            ("answer", harmless(text)),
            ("reading", reading),
        ];
        for (column, value) in lines {
            let title = ui.say(&format!("column-{column}"), &[]);
            ui.data(&format!("{title}: {value}\n"))?;
        }
        if let Some(hint) = hint {
            let text = ui.say("talk-hint", &[("text", hint.into())]);
            ui.status(&text);
        }
        return Ok(());
    }
    let columns = [
        "channel",
        "kind",
        "target",
        "delivered",
        "status",
        "answer",
        "reading",
        "hint",
    ];
    let mut sheet = Sheet::new(&columns);
    sheet.rows.push(vec![
        Cell::text(&settings.name),
        Cell::text(settings.kind.word()),
        Cell::text(settings.shown_target()),
        Cell::Flag(report.outcome == Outcome::Delivered),
        Cell::Number((*status).into()),
        Cell::text(text),
        Cell::text(reading),
        Cell::text(hint.unwrap_or_default()),
    ]);
    ui.sheet(&sheet)
}

fn reading(outcome: &Outcome, ui: &Ui) -> String {
    match outcome {
        Outcome::Delivered => ui.say("reading-delivered", &[]),
        Outcome::Retry { .. } => ui.say("reading-retry", &[]),
        Outcome::Mute { period } => {
            let seconds = period.as_secs().to_string();
            ui.say("reading-mute", &[("seconds", seconds.into())])
        }
        Outcome::Split => ui.say("reading-split", &[]),
        Outcome::Downgrade => ui.say("reading-downgrade", &[]),
        Outcome::Unfamiliar => ui.say("reading-unfamiliar", &[]),
        Outcome::Permanent { .. } => ui.say("reading-permanent", &[]),
    }
}

fn status_text(status: u16, ui: &Ui) -> String {
    match status {
        0 => ui.say("channels-no-answer", &[]),
        status => status.to_string(),
    }
}

/// The answer is shown to the letter, but what could repaint the terminal is shown as its code.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\n' | '\t' => shown.push(it),
            it if it.is_control() => shown.extend(it.escape_default()),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => shown.extend(it.escape_default()),
            it => shown.push(it),
        }
    }
    shown
}
