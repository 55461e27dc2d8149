//! Looks for what an earlier attempt left of a step.

use std::collections::BTreeMap;

use cloud::CloudError;
use duty::Step;
use model::{CopyState, Image, ResourceId, Snapshot, Tags, WEEK_TAG};

use super::{Deed, Doer, one, several};

impl Doer<'_> {
    /// Looks for what an attempt left whose answer is not known; `None` when nothing is to be seen
    /// of it.
    pub(super) async fn left_behind(&self, deed: &Deed<'_>) -> Result<Option<String>, CloudError> {
        if deed.planned.step.other().is_some() {
            // Where nobody can look, nothing is to be seen; whoever goes on fails for the same reason.
            return match self.abroad(deed) {
                Ok(Some(abroad)) => self.left_abroad(&abroad).await,
                Ok(None) | Err(_) => Ok(None),
            };
        }
        let (region, token) = (deed.region(), deed.job.token.as_str());
        let copies = deed.provider.copies();
        let found = match (&deed.planned.step, copies) {
            (Step::CreateSet { set, disks, .. }, Some(port)) => {
                let there = by_disk(port.of_set(region, set).await?);
                let whole = disks.iter().all(|it| there.contains_key(&it.disk));
                whole.then(|| several(&there))
            }
            (Step::CopySet { set, to, .. }, Some(port)) => {
                let from = by_disk(port.of_set(region, set).await?);
                let there = by_disk(port.of_set(to, set).await?);
                let whole = from.keys().all(|it| there.contains_key(it));
                (whole && !there.is_empty()).then(|| several(&there))
            }
            (Step::CreateDisk { .. }, Some(port)) => {
                let there = port.disks_of_step(region, token).await?;
                there.first().map(|it| one(&it.id))
            }
            (
                Step::MakeImage {
                    set, name, tags, ..
                },
                _,
            ) => match deed.provider.image_making() {
                Some(port) => {
                    let there = port.images_of_set(region, set).await?;
                    let ours = there.iter().find(|it| is_ordered(it, name, tags));
                    ours.map(|it| one(&it.id))
                }
                None => None,
            },
            (Step::RunBeside { .. }, _) => match deed.provider.machine_changes() {
                Some(port) => {
                    let there = port.machines_of_step(region, token).await?;
                    there.first().map(one)
                }
                None => None,
            },
            (Step::CreateAlarm { name, .. }, _) => match deed.provider.alarms() {
                Some(port) => {
                    let there = port.alarms_named(region, name).await?;
                    let whole = there.iter().find(|it| !it.watches_nothing());
                    whole.map(|it| one(&it.id))
                }
                None => None,
            },
            // The rest is the same when it is done twice.
            _ => None,
        };
        Ok(found)
    }
}

/// Returns the snapshots of a set by their disks. One that went wrong is none: another attempt may
/// stand beside it.
pub(super) fn by_disk(all: Vec<Snapshot>) -> BTreeMap<ResourceId, ResourceId> {
    let all = all.into_iter().filter(|it| it.state != CopyState::Failed);
    all.filter_map(|it| Some((it.disk?, it.id))).collect()
}

/// Returns whether an image of the set is the one that was ordered: by its name, which is then its
/// own, or by the week it is of, since a cloud may have been asked for a name that it takes. One that
/// went wrong is another attempt's, unless its name stands in the way of this one.
fn is_ordered(image: &Image, name: &str, tags: &Tags) -> bool {
    let is_alike = image.tags.get(WEEK_TAG) == tags.get(WEEK_TAG);
    image.name == name || (is_alike && image.state != CopyState::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, week: Option<&str>, state: CopyState) -> Image {
        Image {
            id: ResourceId::new("m-1"),
            name: name.to_owned(),
            machine: None,
            snapshots: Vec::new(),
            state,
            created: None,
            size_gib: None,
            shared: false,
            disabled: false,
            held_by: None,
            tags: tags(week),
        }
    }

    fn tags(week: Option<&str>) -> Tags {
        let week = week.map(|it| (WEEK_TAG.to_owned(), it.to_owned()));
        week.into_iter().collect()
    }

    #[test]
    fn an_image_is_known_by_its_week_where_the_cloud_took_another_name() {
        const NAME: &str = "web (blue)-2026-47";
        let week = Some("2026-W47");
        let ordered = |it: Image| is_ordered(&it, NAME, &tags(week));
        assert!(ordered(image(
            "web--blue--2026-47",
            week,
            CopyState::Pending
        )));
        assert!(ordered(image(NAME, week, CopyState::Ready)));
        assert!(!ordered(image(
            "web-2026-46",
            Some("2026-W46"),
            CopyState::Ready
        )));
        assert!(!ordered(image("web-restore", None, CopyState::Ready)));
        // What went wrong under another name is no remnant of this attempt; its own name is taken.
        assert!(!ordered(image("web-2026-47", week, CopyState::Failed)));
        assert!(ordered(image(NAME, week, CopyState::Failed)));
    }

    #[test]
    fn an_image_that_is_of_no_week_is_not_taken_for_the_weeks() {
        let ordered = |it: Image| is_ordered(&it, "web-restore-1", &tags(None));
        assert!(ordered(image("web.restore.1", None, CopyState::Ready)));
        assert!(!ordered(image(
            "web-47",
            Some("2026-W47"),
            CopyState::Ready
        )));
    }
}
