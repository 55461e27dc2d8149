//! Copies whose source is gone: snapshots of disks, images of machines.
//!
//! Invariant: a source is gone only if the whole list does not have it and the cloud, asked by id,
//! knows no such thing. The copy may be the last that is left of it: nothing more is said.

use std::collections::BTreeSet;

use cloud::{Kept, Sighting};
use duty::{Finding, Severity};
use model::{CopyState, Disk, Image, Machine, ResourceId, Snapshot};

use super::Doubts;
use super::desk::note;
use super::waste::{Heap, Thing, Yard};
use crate::facts;
use crate::kind::OrphanKind;
use crate::verdict::Reason;

/// Says which sources have to be asked for by id.
pub(super) fn doubt(yard: &Yard<'_>, doubts: &mut Doubts) {
    if let Some(heap) = snapshots(yard) {
        let sources = heap
            .kept
            .rows
            .iter()
            .filter_map(|it| source_disk(&heap, it));
        let sources: BTreeSet<ResourceId> = sources.cloned().collect();
        if !sources.is_empty() {
            let doubt = doubts.at(heap.desk.account, yard.region);
            doubt.disks.extend(sources);
        }
    }
    if let Some(heap) = images(yard) {
        let sources = heap
            .kept
            .rows
            .iter()
            .filter_map(|it| source_machine(&heap, it));
        let sources: BTreeSet<ResourceId> = sources.cloned().collect();
        if !sources.is_empty() {
            let doubt = doubts.at(heap.desk.account, yard.region);
            doubt.sources.extend(sources);
        }
    }
}

/// Returns the copies whose source is gone.
pub(super) fn findings(yard: &Yard<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(heap) = snapshots(yard) {
        let again = heap.sight.second.as_ref().and_then(|it| it.disks.as_ref());
        let again = again.and_then(Sighting::seen).map(|it| it.get());
        let again: Option<BTreeSet<&ResourceId>> = again.map(|it| ids(it, |disk| &disk.id));
        for snapshot in &heap.kept.rows {
            let source = source_disk(&heap, snapshot);
            found.extend(
                source.and_then(|it| of_snapshot(yard, &heap, snapshot, it, again.as_ref())),
            );
        }
    }
    if let Some(heap) = images(yard) {
        let again = heap
            .sight
            .second
            .as_ref()
            .and_then(|it| it.sources.as_ref());
        let again = again.and_then(Sighting::seen).map(|it| it.get());
        let again: Option<BTreeSet<&ResourceId>> = again.map(|it| ids(it, |machine| &machine.id));
        for image in &heap.kept.rows {
            let source = source_machine(&heap, image);
            found.extend(source.and_then(|it| of_image(yard, &heap, image, it, again.as_ref())));
        }
    }
    found
}

fn ids<'a, T>(all: &'a [T], id: impl Fn(&'a T) -> &'a ResourceId) -> BTreeSet<&'a ResourceId> {
    all.iter().map(id).collect()
}

fn snapshots<'a>(yard: &Yard<'a>) -> Option<Heap<'a, Snapshot>> {
    yard.heap(OrphanKind::Snapshot, |it| {
        disks(it)?;
        it.snapshots.as_ref()
    })
}

fn images<'a>(yard: &Yard<'a>) -> Option<Heap<'a, Image>> {
    yard.heap(OrphanKind::Image, |it| {
        machines(it)?;
        it.images.as_ref()
    })
}

fn disks(sight: &cloud::RegionSight) -> Option<&Kept<Disk>> {
    Some(sight.disks.as_ref()?.seen()?.get())
}

fn machines(sight: &cloud::RegionSight) -> Option<&Kept<Machine>> {
    Some(sight.machines.as_ref()?.seen()?.get())
}

/// Returns the disk of a whole snapshot that the whole list of disks does not have.
fn source_disk<'a>(heap: &Heap<'a, Snapshot>, snapshot: &'a Snapshot) -> Option<&'a ResourceId> {
    let (disk, all) = (snapshot.disk.as_ref()?, disks(heap.sight)?);
    (snapshot.state == CopyState::Ready && !all.ids.may_have(disk)).then_some(disk)
}

/// Returns the machine of a whole image that the whole list of machines does not have.
fn source_machine<'a>(heap: &Heap<'a, Image>, image: &'a Image) -> Option<&'a ResourceId> {
    let (machine, all) = (image.machine.as_ref()?, machines(heap.sight)?);
    (image.state == CopyState::Ready && !all.ids.may_have(machine)).then_some(machine)
}

/// Returns why it cannot be told whether a source is gone, if so; `None` when it is there.
fn gone(source: &ResourceId, again: Option<&BTreeSet<&ResourceId>>) -> Option<Option<Reason>> {
    match again {
        None => Some(Some(Reason::SourceUnseen)),
        Some(again) if again.contains(source) => None,
        Some(_) => Some(None),
    }
}

fn of_snapshot(
    yard: &Yard<'_>,
    heap: &Heap<'_, Snapshot>,
    snapshot: &Snapshot,
    source: &ResourceId,
    again: Option<&BTreeSet<&ResourceId>>,
) -> Option<Finding> {
    let thing = Thing {
        kind: OrphanKind::Snapshot,
        id: &snapshot.id,
        name: &snapshot.name,
        tags: &snapshot.tags,
        since: None,
        reason: gone(source, again)?,
    };
    let mut finding = yard.finding(&heap.desk, &thing)?;
    note(&mut finding, facts::SOURCE, source);
    note(&mut finding, facts::SIZE_GIB, snapshot.size_gib);
    if let Some(created) = snapshot.created {
        note(&mut finding, facts::CREATED, created);
    }
    if let Some(holder) = &snapshot.held_by {
        // It is not free to go: a person may know of it, and need do nothing.
        finding.severity = Severity::Notice;
        note(&mut finding, facts::HELD_BY, holder);
    }
    Some(finding)
}

fn of_image(
    yard: &Yard<'_>,
    heap: &Heap<'_, Image>,
    image: &Image,
    source: &ResourceId,
    again: Option<&BTreeSet<&ResourceId>>,
) -> Option<Finding> {
    let thing = Thing {
        kind: OrphanKind::Image,
        id: &image.id,
        name: &image.name,
        tags: &image.tags,
        since: None,
        reason: gone(source, again)?,
    };
    let mut finding = yard.finding(&heap.desk, &thing)?;
    // Made once and used for long is what images are for.
    finding.severity = Severity::Notice;
    note(&mut finding, facts::SOURCE, source);
    if let Some(size) = image.size_gib {
        note(&mut finding, facts::SIZE_GIB, size);
    }
    if let Some(created) = image.created {
        note(&mut finding, facts::CREATED, created);
    }
    if image.shared {
        note(&mut finding, facts::SHARED, true);
    }
    Some(finding)
}
