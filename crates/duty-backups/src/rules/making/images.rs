//! One image of each machine a week.

use std::collections::{BTreeSet, HashSet};

use duty::{Reason, Step};
use model::{CopyState, Image, ResourceId, SET_TAG, SetId, Tags, WEEK_TAG};

use super::{Begun, Chosen, called};
use crate::rules::draft::Draft;
use crate::rules::ground::Ground;
use crate::rules::names::{Namer, Week, mapped};
use crate::rules::stock::Set;
use crate::rules::{IMAGE_TAG, YES};
use crate::settings::{ImageDisks, ImageRhythm};

/// A name of an image is not longer than this at any cloud that says nothing else.
const LONGEST_NAME: usize = 128;
/// An image is made of the newest set once there are so many: then the one before is still a way
/// back.
const SETS_NEEDED: usize = 2;

/// Writes down the images of this week that there are not.
pub(super) fn plan(
    ground: &Ground<'_>,
    chosen: &[Chosen<'_>],
    begun: &mut Begun,
    draft: &mut Draft,
) {
    if ground.settings.image == ImageRhythm::Off || chosen.is_empty() {
        return;
    }
    let (Some(stock), Some(images)) = (&ground.stock, ground.images) else {
        draft.undecided(&ground.spot(), "*", Reason::new("images_unseen", []));
        return;
    };
    let week = Week::of(draft.made(), &ground.settings.timezone);
    let machines = ground.sorted_machines();
    let longest = ground.all.longest_image_names.get(ground.cloud);
    let taken = images.rows.iter().map(|it| it.name.as_str());
    let mut namer = Namer::new(&machines, taken, *longest.unwrap_or(&LONGEST_NAME));
    let made = Made::of(&images.rows, week);
    for one in chosen {
        let Some(root) = one.root else {
            let reason = Reason::new("no_root", []);
            draft.undecided(&ground.spot(), one.machine.id.as_str(), reason);
            continue;
        };
        if made.has(one, &namer) {
            continue;
        }
        let with_root = |it: &&Set| {
            it.whole
                && stock
                    .snapshots(it)
                    .iter()
                    .any(|it| it.disk.as_ref() == Some(&root.id))
        };
        let sets = stock.sets_of(&one.machine.id).iter().filter(with_root);
        let sets: Vec<&Set> = sets.take(SETS_NEEDED).collect();
        let (SETS_NEEDED.., Some(newest)) = (sets.len(), sets.first()) else {
            continue;
        };
        let Some(name) = namer.name(one.machine, week) else {
            let reason = Reason::new("image_name_taken", [("week", week.to_string())]);
            draft.undecided(&ground.spot(), one.machine.id.as_str(), reason);
            continue;
        };
        let set = newest.id(one.machine.id.as_str());
        let tags = tags(one, &set, week);
        let mut disks = vec![root.id.clone()];
        if ground.settings.image_disks == ImageDisks::All {
            let all = stock.snapshots(newest).into_iter();
            let all = all.filter_map(|it| it.disk.clone());
            let others: BTreeSet<ResourceId> = all.filter(|it| *it != root.id).collect();
            disks.extend(others);
        }
        let facts = [
            ("week", week.to_string()),
            ("period", set.period.to_string()),
            ("disks", disks.len().to_string()),
        ];
        let step = Step::MakeImage {
            machine: one.machine.id.clone(),
            set,
            root: root.id.clone(),
            disks,
            name,
            tags,
        };
        let reason = Reason::new("image_due", facts);
        let place = draft.step(ground.spot(), step, reason, Vec::new(), None);
        begun
            .starts
            .entry(one.machine.id.clone())
            .or_default()
            .image = Some(place);
    }
}

fn tags(one: &Chosen<'_>, set: &SetId, week: Week) -> Tags {
    let tags = [
        (IMAGE_TAG, YES.to_owned()),
        (SET_TAG, set.to_string()),
        (WEEK_TAG, week.to_string()),
        ("Name", called(one.machine)),
    ];
    let tags = tags.into_iter();
    tags.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The images of a week that there are.
struct Made<'a> {
    /// By the machine that their tag names.
    machines: HashSet<ResourceId>,
    /// By the name of a machine: those that were made before there were tags.
    names: HashSet<&'a str>,
}

impl<'a> Made<'a> {
    fn of(images: &'a [Image], week: Week) -> Self {
        let label = week.to_string();
        let (mut machines, mut names) = (HashSet::new(), HashSet::new());
        for image in images.iter().filter(|it| it.state != CopyState::Failed) {
            let tag = |key: &str| image.tags.get(key).map(String::as_str);
            let machine = SetId::of_tags(&image.tags).map(|it| it.machine);
            let machine = machine.or_else(|| image.machine.clone());
            let by_name = Week::split(&image.name).filter(|it| it.1 == week);
            let of_week = match tag(WEEK_TAG) {
                Some(text) => text == label,
                None => tag(IMAGE_TAG) == Some(YES) && by_name.is_some(),
            };
            match (of_week, machine, by_name) {
                (true, Some(machine), _) => {
                    machines.insert(machine);
                }
                (true, None, Some((name, _))) => {
                    names.insert(name);
                }
                _ => {}
            }
        }
        Self { machines, names }
    }

    fn has(&self, one: &Chosen<'_>, namer: &Namer<'_>) -> bool {
        let name = mapped(&one.machine.name);
        let by_name =
            self.names.contains(name.as_str()) || self.names.contains(one.machine.name.as_str());
        self.machines.contains(&one.machine.id) || (by_name && namer.is_of_one(&name))
    }
}
