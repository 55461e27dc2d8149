//! Images that are past their time, and what images stand on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use duty::{Reason, Step};
use jiff::Timestamp;
use model::{CopyState, Image, Kind, ResourceId, SET_TAG, SetId, Snapshot, Tags};

use crate::rules::draft::Draft;
use crate::rules::ground::Ground;
use crate::rules::making::Begun;
use crate::rules::{IMAGE_TAG, YES};
use crate::settings::BackupSettings;

/// Which images stand on which snapshots, whatever became of them: one that is hidden or went wrong
/// holds them all the same.
pub(super) struct Holds<'a>(HashMap<&'a ResourceId, Vec<usize>>);

impl<'a> Holds<'a> {
    pub(super) fn of(ground: &Ground<'a>) -> Self {
        let mut holds: HashMap<&ResourceId, Vec<usize>> = HashMap::new();
        let images = ground.images.iter().flat_map(|it| &it.rows);
        for (place, image) in images.enumerate() {
            for snapshot in &image.snapshots {
                holds.entry(snapshot).or_default().push(place);
            }
        }
        Self(holds)
    }

    /// Returns the images that stand on a snapshot, by their places in the list.
    pub(super) fn of_snapshot(&self, snapshot: &ResourceId) -> &[usize] {
        self.0.get(snapshot).map_or(&[], Vec::as_slice)
    }
}

/// An image of ours that is past its time.
#[derive(Debug, Clone)]
pub(crate) struct Old<'a> {
    /// Where it stands in the list.
    pub(crate) place: usize,
    pub(crate) image: &'a Image,
    pub(crate) set: SetId,
    /// Who holds it; it stays then.
    pub(crate) holder: Option<String>,
}

/// Returns the images of ours that are past their time, sorted by their ids. Those that a tag
/// protects, that somebody shared or hid, and the newest of each machine are not among them.
pub(crate) fn old<'a>(ground: &Ground<'a>, now: Timestamp) -> Vec<Old<'a>> {
    let rows: &[Image] = ground.images.map_or(&[], |it| &it.rows);
    let settings = ground.settings;
    let ours: Vec<(usize, &Image, SetId)> = rows
        .iter()
        .enumerate()
        .filter_map(|(place, it)| Some((place, it, ours(it)?)))
        .collect();
    let lost = lost_snapshots(ground);
    // The newest one of a machine that can be used stays.
    let mut newest: HashMap<&ResourceId, (Timestamp, &ResourceId)> = HashMap::new();
    for (_, image, set) in &ours {
        let is_lost = image.snapshots.iter().any(|it| lost.contains(it));
        if let (CopyState::Ready, false, Some(created)) =
            (&image.state, image.disabled || is_lost, image.created)
        {
            let age = (created, &image.id);
            let best = newest.entry(&set.machine).or_insert(age);
            *best = age.max(*best);
        }
    }
    let uses = uses(ground);
    let mut old = Vec::new();
    for (place, image, set) in &ours {
        let is_newest = newest.get(&set.machine).is_some_and(|it| *it.1 == image.id);
        if is_newest || !is_past(image, settings, now) || is_protected(&image.tags, settings) {
            continue;
        }
        let used = uses.get(&image.id).map(|it| (*it).to_owned());
        old.push(Old {
            place: *place,
            image,
            set: set.clone(),
            holder: image.held_by.clone().or(used),
        });
    }
    old.sort_by(|a, b| a.image.id.cmp(&b.image.id));
    old
}

/// Returns the snapshots that stand under a key that cannot be used: of an image on one of them no
/// machine starts.
fn lost_snapshots<'a>(ground: &Ground<'a>) -> HashSet<&'a ResourceId> {
    let rows = ground.stock.iter().flat_map(|it| it.rows);
    let is_lost = |it: &&Snapshot| it.key.as_ref().is_some_and(|it| ground.barred.contains(it));
    match ground.barred.is_empty() {
        true => HashSet::new(),
        false => rows.filter(is_lost).map(|it| &it.id).collect(),
    }
}

/// Returns the set of an image that was made by itself.
pub(crate) fn ours(image: &Image) -> Option<SetId> {
    let is_ours = image.tags.get(IMAGE_TAG).map(String::as_str) == Some(YES);
    SetId::of_tags(&image.tags).filter(|_| is_ours)
}

fn is_past(image: &Image, settings: &BackupSettings, now: Timestamp) -> bool {
    let is_usable = image.state == CopyState::Ready && !image.shared && !image.disabled;
    let age = image.created.map(|it| now.duration_since(it));
    is_usable && age.is_some_and(|it| it + settings.tolerance >= settings.image_keep)
}

/// Returns whether a tag protects an image: the base of others, or what scales by itself, in every
/// spelling there has been, or what the config names.
fn is_protected(tags: &Tags, settings: &BackupSettings) -> bool {
    const KEYS: [&str; 5] = [
        "baseami",
        "autoscaling",
        "autoscalling",
        "autoscalingami",
        "autoscallingami",
    ];
    let speaks = |(key, value): (&String, &String)| {
        let letters = key.chars().filter(char::is_ascii_alphanumeric);
        let key: String = letters.map(|it| it.to_ascii_lowercase()).collect();
        let value = value.trim().to_ascii_lowercase();
        // Whoever writes anything but a plain no means yes.
        let is_no = ["", "false", "no", "0", "off"].contains(&value.as_str());
        KEYS.contains(&key.as_str()) && !is_no
    };
    tags.iter().any(speaks)
        || settings
            .limits
            .protected
            .iter()
            .any(|it| it.stands_on(tags))
}

/// Returns who uses each image: machines, and what starts machines.
fn uses<'a>(ground: &Ground<'a>) -> HashMap<&'a ResourceId, &'a str> {
    let machines = ground.machines.iter().flat_map(|it| &it.rows);
    let machines = machines.filter_map(|it| Some((it.image.as_ref()?, it.id.as_str())));
    let others = ground.uses.unwrap_or_default().iter();
    let others = others.map(|it| (&it.image, it.user.as_str()));
    let mut uses: HashMap<&ResourceId, &str> = HashMap::new();
    for (image, user) in machines.chain(others) {
        let first = uses.entry(image).or_insert(user);
        *first = user.min(*first);
    }
    uses
}

/// Returns the images that may go, and counts them all.
pub(super) fn leaving<'a>(ground: &Ground<'a>, draft: &mut Draft) -> Vec<Old<'a>> {
    let Some(images) = ground.images else {
        return Vec::new();
    };
    let ours = images.rows.iter().filter_map(ours);
    let ours: Vec<ResourceId> = ours.map(|it| it.machine).collect();
    let machines: HashSet<&ResourceId> = ours.iter().collect();
    // One a machine goes when a new one comes.
    let (total, steady) = (ours.len() as u64, machines.len() as u64);
    draft.count(ground.account, Kind::IMAGE, total, steady);
    let mut old = old(ground, draft.made());
    old.retain(|it| it.holder.is_none());
    let unseen = match (ground.machines, ground.uses) {
        (None, _) => Some("machines_unseen"),
        (_, None) => Some("image_uses_unseen"),
        _ => None,
    };
    if let (Some(word), false) = (unseen, old.is_empty()) {
        let many = ("images", old.len().to_string());
        draft.undecided(&ground.spot(), "*", Reason::new(word, [many]));
        return Vec::new();
    }
    old
}

/// The images that go, with the snapshots that go with them.
pub(super) struct Leaving<'a> {
    images: Vec<Old<'a>>,
    places: HashSet<usize>,
    carried: BTreeMap<usize, BTreeSet<ResourceId>>,
}

impl<'a> Leaving<'a> {
    pub(super) fn new(images: Vec<Old<'a>>) -> Self {
        Self {
            places: images.iter().map(|it| it.place).collect(),
            images,
            carried: BTreeMap::new(),
        }
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.places.contains(&place)
    }

    pub(super) fn carry(&mut self, place: usize, snapshot: &ResourceId) {
        let carried = self.carried.entry(place).or_default();
        carried.insert(snapshot.clone());
    }

    /// Writes them down, and returns their places in the plan by those in the list.
    pub(super) fn write(
        mut self,
        ground: &Ground<'_>,
        begun: &Begun,
        draft: &mut Draft,
    ) -> HashMap<usize, usize> {
        let mut places = HashMap::new();
        for old in &self.images {
            let start = begun.starts.get(&old.set.machine);
            let mut after: Vec<usize> = start
                .iter()
                .flat_map(|it| [it.set, it.image])
                .flatten()
                .collect();
            after.sort_unstable();
            let snapshots = self.carried.remove(&old.place).unwrap_or_default();
            let days = |it: Timestamp| draft.made().duration_since(it).as_hours() / 24;
            let facts = [
                ("name", old.image.name.clone()),
                ("machine", old.set.machine.to_string()),
                ("age_days", old.image.created.map_or(0, days).to_string()),
                (
                    "keep_days",
                    (ground.settings.image_keep.as_hours() / 24).to_string(),
                ),
                ("snapshots", snapshots.len().to_string()),
            ];
            let proof = [
                (IMAGE_TAG.to_owned(), YES.to_owned()),
                (SET_TAG.to_owned(), old.set.to_string()),
            ];
            let step = Step::DeleteImage {
                image: old.image.id.clone(),
                snapshots: snapshots.into_iter().collect(),
                proof: Tags::from(proof),
            };
            let reason = Reason::new("image_past", facts);
            let place = draft.step(ground.spot(), step, reason, after, None);
            places.insert(old.place, place);
        }
        places
    }
}
