//! A machine beside the one that its copies are of.

use duty::{Reason, Step};
use model::{CopyState, Disk, Image, Machine, ResourceId, SET_TAG, SetId, Tags};

use super::source::Source;
use super::{Beyond, RESTORED_TAG};
use crate::rules::draft::Draft;
use crate::rules::ground::root_of;
use crate::rules::keeping::set_of_image;
use crate::rules::making::called;
use crate::rules::names::mapped;
use crate::rules::stock::Set;
use crate::rules::{IMAGE_TAG, ROOT_TAG, YES};

impl<'a> Source<'_, 'a> {
    /// Writes down a machine of the set beside the one it is of.
    pub(super) fn beside(&self, who: &str, set: &Set, draft: &mut Draft) -> Result<(), Beyond> {
        let Some(machine) = self.machine else {
            return Err(Beyond::NothingLike {
                who: who.to_owned(),
            });
        };
        let id = self.set_id(set);
        let facts = || {
            [
                ("machine", called(machine)),
                ("period", id.period.to_string()),
            ]
        };
        let ready = self.image_of(&id);
        let made_by = match ready {
            Some(_) => None,
            None => {
                let step = self.image(machine, set)?;
                let reason = Reason::new("restore_image", facts());
                Some(draft.step(self.spot(), step, reason, Vec::new(), None))
            }
        };
        let name = format!("{}-restored", called(machine));
        let tags = [
            ("Name".to_owned(), name.clone()),
            (RESTORED_TAG.to_owned(), id.to_string()),
        ];
        let step = Step::RunBeside {
            like: machine.id.clone(),
            image: ready.map(|it| it.id.clone()),
            made_by,
            name,
            tags: Tags::from(tags),
        };
        let reason = Reason::new("restore_machine", facts());
        draft.step(
            self.spot(),
            step,
            reason,
            made_by.into_iter().collect(),
            None,
        );
        Ok(())
    }

    /// Returns an image of all of a set that can be used already.
    fn image_of(&self, set: &SetId) -> Option<&'a Image> {
        let images = self.ground.images?;
        let whole = |it: &&Image| {
            let is_ready = it.state == CopyState::Ready && !it.disabled;
            is_ready && set_of_image(it).as_ref() == Some(set)
        };
        images.rows.iter().filter(whole).min_by_key(|it| &it.id)
    }

    fn image(&self, machine: &Machine, set: &Set) -> Result<Step, Beyond> {
        let id = self.set_id(set);
        let snapshots = self.snapshots(set);
        let disks = self.ground.disks_by_machine();
        let disks: &[&Disk] = disks.get(&machine.id).map_or(&[], Vec::as_slice);
        let root = root_of(machine, disks).map(|it| &it.id);
        let tagged = snapshots
            .iter()
            .find(|it| it.tags.get(ROOT_TAG).map(String::as_str) == Some(YES));
        let root = tagged.and_then(|it| it.disk.as_ref()).or(root);
        let holds = |root: &&ResourceId| snapshots.iter().any(|it| it.disk.as_ref() == Some(*root));
        let Some(root) = root.filter(holds) else {
            return Err(Beyond::NoRoot {
                set: id.to_string(),
            });
        };
        let all = snapshots.iter().filter_map(|it| it.disk.clone());
        let others = all.filter(|it| it != root);
        let base = mapped(&called(machine));
        let base: String = base.chars().take(30).collect();
        let stamp = id.period.strftime("%Y%m%dT%H%M%SZ");
        let tags = [
            // It goes by itself once nothing uses it and its time has come.
            (IMAGE_TAG.to_owned(), YES.to_owned()),
            (SET_TAG.to_owned(), id.to_string()),
            ("Name".to_owned(), called(machine)),
        ];
        Ok(Step::MakeImage {
            machine: machine.id.clone(),
            root: root.clone(),
            disks: std::iter::once(root.clone()).chain(others).collect(),
            name: format!("{base}-restore-{stamp}"),
            tags: Tags::from(tags),
            set: id,
        })
    }
}
