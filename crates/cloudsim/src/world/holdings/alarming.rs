//! Alarms and whom they tell, as somebody asks a cloud for them; and tags of everything.

use jiff::Timestamp;

use super::Holdings;
use crate::world::alarms::{Alarm, Listener, Target};
use crate::world::changes::Hindrance;
use crate::world::deeds::{Act, Sort};
use crate::world::machines::Tags;

impl Holdings {
    /// Puts an alarm; one with its id is written over whole, whoever made it, and keeps when it was made.
    ///
    /// # Errors
    ///
    /// When there are as many as there may be.
    pub fn put_alarm(&mut self, alarm: Alarm, now: Timestamp) -> Result<(), Hindrance> {
        let before = self.alarms.get(&alarm.id).cloned();
        if let (None, Some(most)) = (&before, self.rules.most_alarms)
            && self.alarms.len() >= most
        {
            let what = "alarms";
            return Err(Hindrance::UsedUp { what, most });
        }
        let act = match before {
            Some(_) => Act::Altered,
            None => Act::Created,
        };
        let watched = alarm.watches.first().and_then(|it| it.first());
        let watched = watched.map(|it| it.1.clone()).unwrap_or_default();
        self.note_deed(act, Sort::Alarm, &alarm.id, &watched, &alarm.tags, now);
        let shown_from = match &before {
            Some(before) => before.shown_from,
            None => self.shown_from(now),
        };
        self.alarms.put(Alarm {
            created: before.map_or(now, |it| it.created),
            written: now,
            shown_from,
            ..alarm
        });
        Ok(())
    }

    /// Makes an alarm that the cloud finds an id for; returns that.
    ///
    /// # Errors
    ///
    /// When there are as many as there may be.
    pub fn begin_alarm(&mut self, alarm: Alarm, now: Timestamp) -> Result<String, Hindrance> {
        let id = self.fresh_id(Sort::Alarm);
        let alarm = Alarm {
            id: id.clone(),
            ..alarm
        };
        self.put_alarm(alarm, now).map(|()| id)
    }

    /// Deletes an alarm.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn delete_alarm(&mut self, id: &str, now: Timestamp) -> Result<(), Hindrance> {
        let alarm = self.alarms.remove(id);
        let alarm = alarm.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        self.note_deed(Act::Deleted, Sort::Alarm, id, "", &alarm.tags, now);
        Ok(())
    }

    /// Makes a target, unless there is one with its id: then that is it.
    pub fn put_target(&mut self, target: Target, now: Timestamp) {
        if self.targets.get(&target.id).is_none() {
            self.note_deed(
                Act::Created,
                Sort::Target,
                &target.id,
                "",
                &target.tags,
                now,
            );
            self.targets.put(target);
        }
    }

    /// Invites somebody to hear what a target is told; twice is once.
    ///
    /// # Errors
    ///
    /// When there is no such target.
    pub fn subscribe(&mut self, target: &str, listener: Listener) -> Result<(), Hindrance> {
        let add = |it: &mut Target| {
            let same = |it: &Listener| it.endpoint == listener.endpoint;
            if !it.listeners.iter().any(same) {
                it.listeners.push(listener);
            }
        };
        let added = self.targets.change(target, add);
        added.ok_or_else(|| Hindrance::NotFound(target.to_owned()))
    }

    /// Lets whoever was invited accept.
    ///
    /// # Errors
    ///
    /// When there is no such target, or nobody of that name was invited.
    pub fn confirm(&mut self, target: &str, endpoint: &str) -> Result<(), Hindrance> {
        let confirm = |it: &mut Target| {
            let mut listeners = it.listeners.iter_mut();
            let found = listeners.find(|it| it.endpoint == endpoint);
            found.map(|it| it.confirmed = true)
        };
        let confirmed = self.targets.change(target, confirm).flatten();
        confirmed.ok_or_else(|| Hindrance::NotFound(endpoint.to_owned()))
    }

    /// Puts tags on a thing, in place of those with the same keys; other tags stay.
    ///
    /// # Errors
    ///
    /// When there is no such thing.
    pub fn put_tags(
        &mut self,
        sort: Sort,
        id: &str,
        tags: &[(String, String)],
        now: Timestamp,
    ) -> Result<(), Hindrance> {
        self.change_tags(sort, id, now, |has| {
            for (key, value) in tags {
                match has.iter_mut().find(|it| it.0 == *key) {
                    Some(tag) => tag.1.clone_from(value),
                    None => has.push((key.clone(), value.clone())),
                }
            }
        })
    }

    /// Takes tags off a thing: those with one of `keys`, or all.
    ///
    /// # Errors
    ///
    /// When there is no such thing.
    pub fn remove_tags(
        &mut self,
        sort: Sort,
        id: &str,
        keys: Option<&[String]>,
        now: Timestamp,
    ) -> Result<(), Hindrance> {
        self.change_tags(sort, id, now, |has| {
            has.retain(|it| keys.is_some_and(|keys| !keys.contains(&it.0)));
        })
    }

    /// Returns the tags of a thing, or `None` when there is no such thing.
    #[must_use]
    pub fn tags_of(&self, sort: Sort, id: &str) -> Option<&Tags> {
        match sort {
            Sort::Machine => self.machines.get(id).map(|it| &it.tags),
            Sort::Disk => self.disks.get(id).map(|it| &it.tags),
            Sort::Snapshot => self.snapshots.get(id).map(|it| &it.tags),
            Sort::SnapshotSet => self.sets.get(id).map(|it| &it.tags),
            Sort::Image => self.images.get(id).map(|it| &it.tags),
            Sort::Address => self.addresses.get(id).map(|it| &it.tags),
            Sort::Alarm => self.alarms.get(id).map(|it| &it.tags),
            Sort::Target => self.targets.get(id).map(|it| &it.tags),
        }
    }

    fn change_tags(
        &mut self,
        sort: Sort,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Tags),
    ) -> Result<(), Hindrance> {
        let changed = match sort {
            Sort::Machine => self.machines.change(id, |it| change(&mut it.tags)),
            Sort::Disk => self.disks.change(id, |it| change(&mut it.tags)),
            Sort::Snapshot => self.snapshots.change(id, |it| change(&mut it.tags)),
            Sort::SnapshotSet => self.sets.change(id, |it| change(&mut it.tags)),
            Sort::Image => self.images.change(id, |it| change(&mut it.tags)),
            Sort::Address => self.addresses.change(id, |it| change(&mut it.tags)),
            Sort::Alarm => self.alarms.change(id, |it| change(&mut it.tags)),
            Sort::Target => self.targets.change(id, |it| change(&mut it.tags)),
        };
        changed.ok_or_else(|| Hindrance::NotFound(id.to_owned()))?;
        let tags = self.tags_of(sort, id).cloned().unwrap_or_default();
        self.note_deed(Act::Tagged, sort, id, "", &tags, now);
        Ok(())
    }
}
