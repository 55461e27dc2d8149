//! `skywarden whoami`: who the clouds say the configured accounts are.

use clap::Args;
use cloud::{CloudError, Unseen};
use model::Identity;
use warden::Exit;

use super::lines::{AccountLine, ask_all, exit_of_sight, lines};
use super::run_time::block_on;
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::Site;

/// Arguments of `skywarden whoami`.
#[derive(Debug, Args)]
pub(crate) struct WhoamiArgs {
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
}

/// What became of asking one account.
struct Answer {
    line: AccountLine,
    identity: Result<Identity, Refusal>,
    site: Option<String>,
}

enum Refusal {
    /// The cloud refused, or did not answer.
    Cloud(CloudError),
    /// There is no line to it.
    NoLine(String),
}

/// Asks every account who it is; one that is somebody else than expected counts as not seen.
pub(crate) fn run(args: &WhoamiArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let config = Context::load(global, ui)?.config;
    let lines = lines(&config, &args.account, ui)?;
    if lines.is_empty() {
        let text = ui.say("accounts-none", &[]);
        return Err(CliError::usage(text).hint(ui.say("accounts-add", &[])));
    }
    let answers = block_on(ask_all(lines, ask))?;
    let mut sheet = Sheet::new(&[
        "account",
        "cloud",
        "number",
        "principal",
        "sort",
        "site",
        "regions",
        "state",
        "detail",
    ]);
    let mut seen = 0;
    for answer in &answers {
        let (cells, is_seen) = row(answer, ui);
        seen += usize::from(is_seen);
        sheet.rows.push(cells);
    }
    if ui.format() == OutputFormat::Table {
        leave_out_empty(&mut sheet, &["regions", "detail"]);
    }
    ui.sheet(&sheet)?;
    Ok(exit_of_sight(seen, answers.len()))
}

async fn ask(line: AccountLine) -> Answer {
    let (identity, site) = match &line.watched {
        Ok(watched) => {
            let identity = watched.provider.identity().await.map_err(Refusal::Cloud);
            (identity, watched.provider.site().map(str::to_owned))
        }
        Err(error) => (Err(Refusal::NoLine(error.text.clone())), None),
    };
    Answer {
        line,
        identity,
        site,
    }
}

fn row(answer: &Answer, ui: &Ui) -> (Vec<Cell>, bool) {
    let account = &answer.line.account;
    let configured = match account.site {
        Site::Auto => "auto",
        Site::Domestic => "domestic",
        Site::International => "international",
    };
    let regions: Vec<&str> = account.regions.iter().map(|it| it.as_str()).collect();
    let (identity, state, detail) = match &answer.identity {
        Ok(identity) => match &account.expect_identity {
            Some(expected) if *expected != identity.account => {
                let places = [
                    ("expected", expected.as_str().into()),
                    ("found", identity.account.as_str().into()),
                ];
                let detail = ui.say("identity-mismatch", &places);
                (Some(identity), Cell::Urgent("mismatch".to_owned()), detail)
            }
            _ => (Some(identity), Cell::Good("seen".to_owned()), String::new()),
        },
        Err(Refusal::Cloud(error)) => {
            let unseen = Unseen::from(error);
            (
                None,
                Cell::Urgent(unseen.why.word().to_owned()),
                unseen.detail,
            )
        }
        Err(Refusal::NoLine(text)) => (None, Cell::Urgent("credentials".to_owned()), text.clone()),
    };
    let is_seen = matches!(state, Cell::Good(_));
    let of = |part: fn(&Identity) -> &str| identity.map_or(Cell::None, |it| Cell::text(part(it)));
    let cells = vec![
        Cell::text(account.name.as_str()),
        Cell::text(account.cloud.as_str()),
        of(|it| &it.account),
        of(|it| &it.principal),
        of(|it| &it.sort),
        Cell::text(answer.site.clone().unwrap_or_else(|| configured.to_owned())),
        Cell::text(regions.join(" ")),
        state,
        Cell::text(detail),
    ];
    (cells, is_seen)
}

/// Takes columns that say nothing out of a table; machines get all of them.
pub(crate) fn leave_out_empty(sheet: &mut Sheet, columns: &[&str]) {
    for name in columns {
        let Some(at) = sheet.columns.iter().position(|it| it == name) else {
            continue;
        };
        if sheet
            .rows
            .iter()
            .all(|row| row.get(at) == Some(&Cell::None))
        {
            sheet.columns.remove(at);
            for row in &mut sheet.rows {
                row.remove(at);
            }
        }
    }
}
