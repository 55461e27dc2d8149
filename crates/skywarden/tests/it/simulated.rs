//! A simulated cloud beside a house: the same time, doors on loopback, accounts with few rights.

use std::sync::Arc;

use base::ManualClock;
use cloudsim::{AccessKey, Account, Instance, Options, Prepaid, Rights, Role, Sim, Uid, World};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use crate::house::House;

pub(crate) const SHOP: Uid = Uid(1_690_700_000_000_001);
pub(crate) const GAME: Uid = Uid(1_690_700_000_000_002);

/// A secret that must be nowhere but where it was written.
pub(crate) const CANARY: &str = "CANARY-simulated-secret-3f8e";

/// What a patrol may read.
pub(crate) const READER: [&str; 8] = [
    "bss:DescribeInstances",
    "bss:DescribeAcccount",
    "ecs:Describe*",
    "yundun-cert:List*",
    "domain:QueryCommonInfo",
    "resourcemanager:List*",
    "resourcemanager:Get*",
    "sts:AssumeRole",
];

/// A running simulation; it ends when this is dropped.
pub(crate) struct Simulated {
    pub(crate) sim: Sim,
    // Dropped last: the simulation runs on it.
    _runtime: Runtime,
}

impl Simulated {
    /// Opens a world with two accounts, `shop` and `game`, that tells the time of `house`.
    pub(crate) fn beside(house: &House) -> Self {
        Self::at(house.clock.clone())
    }

    /// Opens the same world with a clock of its own.
    pub(crate) fn at(clock: ManualClock) -> Self {
        let runtime = Runtime::new().unwrap();
        let now: Timestamp = crate::house::NOW.parse().unwrap();
        let in_days = |days: i64| now + SignedDuration::from_hours(24 * days);
        let machine = |name: &str, uid| {
            Account::new(name, uid)
                .user(
                    "skywarden",
                    AccessKey::new(format!("LTAI5tSimulated{name}"), CANARY),
                    Rights::of(READER),
                )
                .role(Role::new("skywarden-member", SHOP, Rights::of(READER)))
                .prepaid(Prepaid::new("ecs", format!("i-{name}1"), in_days(3)))
                .prepaid(Prepaid::new("ecs", format!("i-{name}2"), in_days(300)))
                .instance(Instance::new(format!("i-{name}1"), "web-1", in_days(-9)))
                .instance(Instance::new(format!("i-{name}2"), "web-2", in_days(-9)))
        };
        let world = World::new(now)
            .with(machine("shop", SHOP))
            .with(machine("game", GAME));
        let options = Options::default().clock(Arc::new(clock));
        let sim = runtime.block_on(Sim::start(world, options)).unwrap();
        Self {
            sim,
            _runtime: runtime,
        }
    }

    /// Takes rights away from the user of an account.
    pub(crate) fn take_away(&self, uid: Uid, rights: &[&str]) {
        let taken = self.sim.world().edit(uid, |account| {
            for user in &mut account.users {
                for right in rights {
                    user.rights = user.rights.clone().without(*right);
                }
            }
        });
        taken.unwrap();
    }

    /// Returns the table of an account whose key is in the environment; `more` are lines of it.
    pub(crate) fn account(&self, house: &mut House, name: &str, more: &str) -> String {
        let prefix = name.to_uppercase();
        house.set(
            &format!("{prefix}_ACCESS_KEY_ID"),
            &format!("LTAI5tSimulated{name}"),
        );
        house.set(&format!("{prefix}_ACCESS_KEY_SECRET"), CANARY);
        let url = self.sim.url();
        format!(
            "[accounts.{name}]\ncloud = \"aliyun\"\ncredentials = {{ env = \"{prefix}\" }}\n\
             endpoints = {{ default = \"{url}\" }}\n{more}\n"
        )
    }

    /// Returns text without the address of the simulation.
    pub(crate) fn plain(&self, text: impl std::fmt::Display) -> String {
        let address = self.sim.address().to_string();
        text.to_string().replace(&address, "127.0.0.1:PORT")
    }
}
