//! What a simulation offers: every action, or only those that look.
//!
//! Tables are handed over and not looked up, so that a program that shows a world and changes nothing
//! in it is linked without the actions that do: half a megabyte of `skywarden` (measured).

use crate::{aliyun, aws, fault, tencent};

/// The actions of a simulation, by cloud.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub(crate) aliyun: Tables<aliyun::catalog::ActionSpec>,
    pub(crate) tencent: Tables<tencent::catalog::ActionSpec>,
    pub(crate) aws: Tables<aws::catalog::ActionSpec>,
}

impl Offer {
    /// Every action there is.
    pub const EVERYTHING: Self = Self {
        aliyun: Tables(&[aliyun::catalog::WATCHED, aliyun::catalog::CHANGED]),
        tencent: Tables(&[tencent::catalog::WATCHED, tencent::catalog::CHANGED]),
        aws: Tables(&[aws::catalog::WATCHED, aws::catalog::CHANGED]),
    };

    /// What is asked by who only looks: the patrol, the search for orphans, and at AWS the plans.
    pub const WATCHING: Self = Self {
        aliyun: Tables(&[aliyun::catalog::WATCHED]),
        tencent: Tables(&[tencent::catalog::WATCHED]),
        aws: Tables(&[aws::catalog::WATCHED]),
    };

    /// Returns whether an action is called `name`, in short or, where its cloud has that, in full.
    pub(crate) fn serves(&self, name: &str) -> bool {
        let in_full = |it: &aws::catalog::ActionSpec| {
            let facts = it.service.facts();
            format!("{}:{}:{}", facts.name, facts.version, it.name)
        };
        self.aliyun.actions().any(|it| it.name == name)
            || (self.tencent.actions()).any(|it| fault::names(name, &it.full_name()))
            || (self.aws.actions()).any(|it| fault::names(name, &in_full(it)))
    }
}

/// Tables of actions of one cloud.
#[derive(Debug)]
pub(crate) struct Tables<S: 'static>(&'static [&'static [&'static [S]]]);

impl<S> Tables<S> {
    /// Returns every action in them.
    pub(crate) fn actions(self) -> impl Iterator<Item = &'static S> {
        self.0
            .iter()
            .flat_map(|it| it.iter())
            .flat_map(|it| it.iter())
    }
}

// Not derived: that would ask for `S: Copy`.
impl<S> Clone for Tables<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Tables<S> {}
