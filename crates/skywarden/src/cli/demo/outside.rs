//! The demo's outside: three simulated clouds and three simulated robots, on one clock.

use std::sync::Arc;

use base::Clock as _;
use cloudsim::robots::{Robots, Security};
use cloudsim::{Offer, Options, Sim, estate};
use jiff::Timestamp;

use super::clock::SkippingClock;
use crate::cli::CliError;

const ROBOT_SECRET: &str = "SECdemo-robot-secret";
pub(super) const KEYWORD: &str = "巡检";

/// The simulated outside of a demo.
pub(super) struct Outside {
    pub(super) sim: Sim,
    pub(super) robots: Robots,
    pub(super) channels: Vec<DemoChannel>,
    clock: Arc<SkippingClock>,
}

/// One robot that the demo's configuration knows.
pub(super) struct DemoChannel {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) address: String,
    pub(super) secret: Option<&'static str>,
}

impl Outside {
    /// Opens a world that will look as it should on `today`, with what goes wrong in it for good.
    pub(super) async fn open(
        clock: &Arc<SkippingClock>,
        today: Timestamp,
    ) -> Result<Self, CliError> {
        let failed =
            |error: std::io::Error| CliError::internal("cannot start the simulated clouds", &error);
        let world = estate::demo(today);
        world.set_now(clock.now());
        let options = Options::offering(Offer::WATCHING).clock(clock.clone());
        let sim = Sim::start(world, options).await.map_err(failed)?;
        estate::demo::plant(sim.faults());
        let robots = Robots::start(clock.clone()).await.map_err(failed)?;
        let channels = channels(&robots);
        Ok(Self {
            sim,
            robots,
            channels,
            clock: clock.clone(),
        })
    }

    /// Lets time go by until `moment`, for the clouds, the robots and the product alike.
    pub(super) fn go_by_until(&self, moment: Timestamp) {
        self.clock.skip_to(moment);
        self.sim.world().set_now(self.clock.now());
    }
}

fn channels(robots: &Robots) -> Vec<DemoChannel> {
    let channel = |name, kind, address: url::Url, secret| DemoChannel {
        name,
        kind,
        address: address.into(),
        secret,
    };
    let signed = Security::sign(ROBOT_SECRET);
    vec![
        channel(
            "ops",
            "dingtalk",
            robots.dingtalk("ops", signed.clone().and_keyword(KEYWORD)),
            Some(ROBOT_SECRET),
        ),
        channel(
            "feishu",
            "feishu",
            robots.feishu("feishu", signed),
            Some(ROBOT_SECRET),
        ),
        channel("wecom", "wecom", robots.wecom("wecom"), None),
    ]
}
