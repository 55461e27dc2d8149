//! One list that is several of the cloud's: read one after the other, each to its own end.
//!
//! The lists overlap, so their totals do not add up. Each is checked against its own, and what is
//! missing is added to the number of different rows: a list that came out short makes the whole one
//! short.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Keyed, Next, Page, PageAt, PageSource};

use crate::errors;
use crate::lists::{Listed, OffsetList};

/// When one of the lists is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Always: without it nothing is known.
    Always,
    /// Where the service knows it; there may be an older service that does not.
    WhereKnown,
    /// Only when no list before it was known.
    Instead,
}

/// One of the lists.
pub(crate) struct Stage<'a, T> {
    pub(crate) list: OffsetList<'a, T>,
    pub(crate) page_size: u64,
    pub(crate) need: Need,
}

/// All of them as one.
pub(crate) struct StagedList<'a, T> {
    stages: Vec<Stage<'a, T>>,
    read: Mutex<Read>,
}

/// What was read so far.
#[derive(Default)]
struct Read {
    /// The different rows of all lists.
    keys: HashSet<String>,
    /// Those of the present list.
    keys_here: HashSet<String>,
    /// The largest word of the present list on how many rows it has.
    most: u64,
    /// How many rows the lists that are done have kept back.
    missing: u64,
    /// How many lists gave an answer.
    known: usize,
}

impl Read {
    fn end_stage(&mut self) {
        let came = self.keys_here.len() as u64;
        self.missing += self.most.saturating_sub(came);
        self.known += 1;
        self.begin_stage();
    }

    fn begin_stage(&mut self) {
        self.keys_here.clear();
        self.most = 0;
    }
}

/// Where a page stands: in which list, after how many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    stage: usize,
    offset: u64,
}

impl At {
    const BEGIN: Self = Self {
        stage: 0,
        offset: 0,
    };

    fn parse(at: &PageAt) -> Self {
        let PageAt::Token(token) = at else {
            return Self::BEGIN;
        };
        let read = token.split_once(':').and_then(|(stage, offset)| {
            Some(Self {
                stage: stage.parse().ok()?,
                offset: offset.parse().ok()?,
            })
        });
        // Every token is of this list's own making; its begin again is found to be a repetition.
        read.unwrap_or(Self::BEGIN)
    }

    fn token(self) -> String {
        format!("{}:{}", self.stage, self.offset)
    }

    fn next_stage(self) -> Self {
        Self {
            stage: self.stage + 1,
            offset: 0,
        }
    }
}

impl<'a, T: Keyed + Send> StagedList<'a, T> {
    pub(crate) fn new(stages: Vec<Stage<'a, T>>) -> Self {
        Self {
            stages,
            read: Mutex::new(Read::default()),
        }
    }

    fn with_read<O>(&self, change: impl FnOnce(&mut Read) -> O) -> O {
        change(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts the rows of a page and returns where the next one stands.
    fn count(&self, at: At, stage: &Stage<'_, T>, listed: &Listed<T>) -> At {
        let came = listed.items.len() as u64;
        // A row that comes twice on a page makes it longer than it is.
        let offset = at.offset.saturating_add(came.min(stage.page_size));
        self.with_read(|read| {
            for item in &listed.items {
                read.keys.insert(item.key().to_text());
                read.keys_here.insert(item.key().to_text());
            }
            read.most = read.most.max(listed.total.unwrap_or(0));
            let done = match listed.total {
                Some(total) => came == 0 || offset >= total,
                None => came < stage.page_size,
            };
            if done {
                read.end_stage();
                at.next_stage()
            } else {
                At { offset, ..at }
            }
        })
    }
}

#[async_trait]
impl<T: Keyed + Send> PageSource<T> for StagedList<'_, T> {
    fn site(&self) -> CallSite {
        // There is always one list at least.
        self.stages[0].list.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<T>, CloudError> {
        let mut at = At::parse(at);
        if at == At::BEGIN {
            self.with_read(|read| *read = Read::default());
        }
        while let Some(stage) = self.stages.get(at.stage) {
            if stage.need == Need::Instead
                && at.offset == 0
                && self.with_read(|read| read.known) > 0
            {
                at = at.next_stage();
                continue;
            }
            let listed = match stage.list.rows(at.offset, stage.page_size).await {
                Err(error)
                    if stage.need == Need::WhereKnown
                        && at.offset == 0
                        && errors::is_unknown_question(&error) =>
                {
                    at = at.next_stage();
                    continue;
                }
                listed => listed?,
            };
            at = self.count(at, stage, &listed);
            return Ok(self.page_of(listed.items, at));
        }
        Ok(self.page_of(Vec::new(), at))
    }
}

impl<T> StagedList<'_, T> {
    fn page_of(&self, items: Vec<T>, next: At) -> Page<T> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let total = read.keys.len() as u64 + read.missing;
        Page {
            items,
            next: if next.stage < self.stages.len() {
                Next::Token(next.token())
            } else {
                Next::End
            },
            total: Some(total),
        }
    }
}
