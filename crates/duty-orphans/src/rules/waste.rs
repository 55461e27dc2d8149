//! What nobody uses: disks on no machine, addresses at nothing, load balancers with nothing behind
//! them.
//!
//! Invariant: a thing is unused only after it was so for a while; things come and go all day.

use cloud::{Kept, RegionSight, Sighting};
use duty::{Finding, Severity};
use jiff::Timestamp;
use model::{Address, AddressState, Disk, DiskState, LoadBalancer, RegionId, ResourceId, Tags};

use super::desk::{Desk, note};
use super::house::House;
use super::past::Past;
use crate::facts::{self, Facts};
use crate::kind::OrphanKind;
use crate::settings::Settings;
use crate::verdict::{Reason, Verdict, reasons_text};

/// One region of one identity, where things may lie about.
pub(super) struct Yard<'a> {
    pub(super) house: &'a House<'a>,
    pub(super) region: &'a RegionId,
    pub(super) past: &'a Past<'a>,
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

/// A list of a yard that was seen whole, with whose sight it is.
pub(super) struct Heap<'a, T> {
    pub(super) desk: Desk<'a>,
    pub(super) sight: &'a RegionSight,
    pub(super) kept: &'a Kept<T>,
}

/// A thing that nobody uses, before anything is said of it.
pub(super) struct Thing<'a> {
    pub(super) kind: OrphanKind,
    pub(super) id: &'a ResourceId,
    pub(super) name: &'a str,
    pub(super) tags: &'a Tags,
    /// Since when nobody uses it, where the cloud says.
    pub(super) since: Option<Timestamp>,
    /// Why it cannot be told whether anybody does.
    pub(super) reason: Option<Reason>,
}

impl<'a> Yard<'a> {
    /// Returns the list of a kind as the first login saw it that is asked for it and saw it whole.
    pub(super) fn heap<T>(
        &self,
        kind: OrphanKind,
        list: impl Fn(&'a RegionSight) -> Option<&'a Sighting<Kept<T>>>,
    ) -> Option<Heap<'a, T>> {
        let asked = self.house.sights(self.region);
        let mut asked =
            asked.filter(|(account, _)| self.settings.of(account).kinds.contains(&kind));
        asked.find_map(|(account, sight)| {
            let kept = list(sight)?.seen()?.get();
            let desk = Desk {
                house: self.house,
                account,
                region: self.region,
                past: self.past,
                settings: self.settings.of(account),
            };
            Some(Heap { desk, sight, kept })
        })
    }

    /// Returns what is said of a thing that nobody uses, or `None` while nothing is.
    pub(super) fn finding(&self, desk: &Desk<'_>, thing: &Thing<'_>) -> Option<Finding> {
        let allowed = desk
            .settings
            .allowance(thing.id, thing.name, thing.tags, self.now);
        if allowed.is_some() {
            return None;
        }
        let mut finding = desk.finding(thing.kind, thing.id);
        finding.name = thing.name.to_owned();
        desk.note_tags(&mut finding, thing.tags);
        if let Some(reason) = &thing.reason {
            let reasons = std::iter::once(reason.clone()).collect();
            note(&mut finding, facts::WHY, reasons_text(&reasons));
            note(&mut finding, facts::VERDICT, Verdict::UNKNOWN);
            return Some(finding);
        }
        let since = thing.since.unwrap_or_else(|| self.first_seen(desk, thing));
        let verdict = if self.now.duration_since(since) >= desk.settings.waste_age {
            Verdict::Unused { since }
        } else {
            Verdict::Recent { since }
        };
        finding.severity = match verdict {
            Verdict::Unused { .. } => desk.settings.waste_severity,
            _ => Severity::Notice,
        };
        note(&mut finding, facts::VERDICT, verdict.word());
        note(&mut finding, facts::SINCE, since);
        Some(finding)
    }

    /// Returns the first look in a row that showed a thing unused.
    fn first_seen(&self, desk: &Desk<'_>, thing: &Thing<'_>) -> Timestamp {
        let known = self.past.finding(desk.house, thing.kind, thing.id);
        let since = known.and_then(|it| Facts::of(&it.finding).time(facts::SINCE));
        since.filter(|it| *it <= self.now).unwrap_or(self.now)
    }
}

/// Returns what lies about in a region.
pub(super) fn findings(yard: &Yard<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(heap) = yard.heap(OrphanKind::Disk, |it| it.disks.as_ref()) {
        let rows = heap.kept.rows.iter();
        found.extend(rows.filter_map(|it| disk(yard, &heap.desk, it)));
    }
    if let Some(heap) = yard.heap(OrphanKind::Address, |it| it.addresses.as_ref()) {
        let rows = heap.kept.rows.iter();
        found.extend(rows.filter_map(|it| address(yard, &heap.desk, it)));
    }
    if let Some(heap) = yard.heap(OrphanKind::LoadBalancer, |it| it.load_balancers.as_ref()) {
        let rows = heap.kept.rows.iter();
        found.extend(rows.filter_map(|it| balancer(yard, &heap.desk, it)));
    }
    found
}

fn disk(yard: &Yard<'_>, desk: &Desk<'_>, disk: &Disk) -> Option<Finding> {
    if disk.state != DiskState::Unattached {
        return None;
    }
    let thing = Thing {
        kind: OrphanKind::Disk,
        id: &disk.id,
        name: &disk.name,
        tags: &disk.tags,
        since: disk.detached,
        reason: None,
    };
    let mut finding = yard.finding(desk, &thing)?;
    note(&mut finding, facts::TYPE, &disk.category);
    note(&mut finding, facts::ZONE, &disk.zone);
    note(&mut finding, facts::SIZE_GIB, disk.size_gib);
    desk.note_terms(&mut finding, &disk.charge, disk.created, disk.expiry);
    Some(finding)
}

fn address(yard: &Yard<'_>, desk: &Desk<'_>, address: &Address) -> Option<Finding> {
    if address.state != AddressState::Unbound {
        return None;
    }
    let thing = Thing {
        kind: OrphanKind::Address,
        id: &address.id,
        name: &address.name,
        tags: &address.tags,
        since: None,
        reason: None,
    };
    let mut finding = yard.finding(desk, &thing)?;
    if let Some(ip) = address.ip {
        note(&mut finding, facts::PUBLIC_IPS, ip);
    }
    desk.note_terms(
        &mut finding,
        &address.charge,
        address.created,
        address.expiry,
    );
    Some(finding)
}

fn balancer(yard: &Yard<'_>, desk: &Desk<'_>, balancer: &LoadBalancer) -> Option<Finding> {
    let reason = match balancer.backends {
        Some(0) => None,
        Some(_) => return None,
        None => Some(Reason::BackendsUnseen),
    };
    let thing = Thing {
        kind: OrphanKind::LoadBalancer,
        id: &balancer.id,
        name: &balancer.name,
        tags: &balancer.tags,
        since: None,
        reason,
    };
    let mut finding = yard.finding(desk, &thing)?;
    note(&mut finding, facts::TYPE, &balancer.sort);
    note(&mut finding, facts::ANSWERS_AT, &balancer.answers_at);
    desk.note_terms(
        &mut finding,
        &balancer.charge,
        balancer.created,
        model::Expiry::Never,
    );
    Some(finding)
}
