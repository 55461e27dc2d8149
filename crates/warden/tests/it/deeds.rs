//! Plans of the duties that change little: traffic alarms, and orphans that may be acted on.

use std::sync::Arc;
use std::time::Duration;

use duty::{Backlog, Duty, PlanFile};
use duty_orphans::{Acts, OrphanSettings, Orphans, Settings};
use flow::Fate;
use jiff::SignedDuration;
use warden::{Applied, ApplyError, ApplyRequest, Confirm, Planning, RunRequest, Silent, Tell};

use crate::house::House;

mod addresses;
mod alarms;
mod orphans;

/// Returns the duty of orphans that may be acted on, everywhere as `acts` says.
fn acting(acts: Acts) -> Orphans {
    Orphans {
        settings: Settings {
            defaults: OrphanSettings {
                acts,
                ..OrphanSettings::default()
            },
            ..Settings::default()
        },
    }
}

/// Says yes, after something has happened.
pub(crate) struct Yes<F: Fn() + Send + Sync>(pub(crate) F);

impl<F: Fn() + Send + Sync> Confirm for Yes<F> {
    fn confirms(&self, _planning: &Planning) -> bool {
        (self.0)();
        true
    }
}

fn request<'a>(house: &'a House, duty: &'a dyn Duty) -> RunRequest<'a> {
    RunRequest {
        duty,
        tell: Tell::Nobody,
        ignore_unseen: &house.ignore_unseen,
        patience: Duration::from_secs(60),
        progress: Arc::new(Silent),
    }
}

/// Two runs never begin in the same second, so that their ids differ.
fn a_second_later(house: &House) {
    house.door.world().advance(SignedDuration::from_secs(1));
}

async fn planned(house: &House, duty: &dyn Duty) -> Planning {
    let (warden, request) = (house.warden(), request(house, duty));
    let planned = warden.plan(&request, Backlog::Refused).await;
    a_second_later(house);
    planned.unwrap()
}

async fn tried(
    house: &House,
    duty: &dyn Duty,
    file: Option<&PlanFile>,
    confirm: &dyn Confirm,
) -> Result<Applied, ApplyError> {
    let request = ApplyRequest {
        run: request(house, duty),
        backlog: Backlog::Refused,
        file,
        confirm,
    };
    let applied = house.warden().apply(&request).await;
    a_second_later(house);
    applied
}

async fn applied(house: &House, duty: &dyn Duty) -> Applied {
    tried(house, duty, None, &Yes(|| {})).await.unwrap()
}

/// Returns each step as `word subject fate`.
fn fates(applied: &Applied) -> Vec<String> {
    let word = |fate: &Fate| match fate {
        Fate::Done { .. } => "done".to_owned(),
        Fate::Undone { why } => format!("undone: {why}"),
        Fate::Refused { why } => format!("refused: {why}"),
        other => format!("{other:?}"),
    };
    let steps = applied.steps.iter();
    let line = |(planned, fate): &(duty::Planned, Fate)| {
        let step = &planned.step;
        format!("{} {} {}", step.word(), step.subject(), word(fate))
    };
    steps.map(line).collect()
}
