//! Long-lived keys: the older one is, the more places it may have got to.

use cloud::Seen;
use duty::{Finding, Severity};
use model::{AccessKey, Kind, ResourceId};

use super::desk::{Desk, note};
use crate::facts;
use crate::kind::PatrolKind;

/// Returns the keys that can be used and are older than so many days, and those whose age the cloud
/// does not tell.
pub(super) fn findings(desk: &Desk<'_>, keys: &Seen<Vec<AccessKey>>, days: u16) -> Vec<Finding> {
    let judged = keys.get().iter().filter(|it| it.active).filter_map(|key| {
        let age = key.created.map(|it| -desk.days_left(it));
        let severity = match age {
            Some(age) if age <= i64::from(days) => return None,
            Some(_) => Severity::Warning,
            None => Severity::Notice,
        };
        // The shortened id alone may stand for two keys.
        let resource = match key.user.as_str() {
            "" => key.id.clone(),
            user => ResourceId::new(format!("{user}/{}", key.id)),
        };
        let looks = &[Kind::ACCESS_KEY];
        let mut finding = desk.finding(PatrolKind::AccessKey, &resource, severity, looks);
        note(&mut finding, facts::PRODUCT, Kind::ACCESS_KEY);
        note(&mut finding, facts::USER, &key.user);
        if let Some(created) = key.created {
            note(&mut finding, facts::CREATED, created);
        }
        if let Some(age) = age {
            note(&mut finding, facts::AGE_DAYS, age);
        }
        if let Some(used) = key.last_used {
            note(&mut finding, facts::LAST_USED, used);
        }
        Some(finding)
    });
    judged.collect()
}
