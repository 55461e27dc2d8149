//! A courier on a clock of its own, with simulated robots behind a real HTTP client.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, ManualClock, SeededChance};
use cloudsim::robots::{Message as Heard, Robots, Security};
use model::Message;
use net::{Http, NetworkSettings};
use notify::{ChannelReport, ChannelSettings, Courier, Dispatch, Kind, MemoryOutbox, Outbox};
use url::Url;

use crate::samples::{at, now};

/// What a waiting person bears.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) robots: Robots,
    pub(crate) courier: Courier,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Arc::new(MemoryOutbox::default())).await
    }

    pub(crate) async fn with(outbox: Arc<dyn Outbox>) -> Self {
        let clock = ManualClock::hurrying(now());
        let robots = Robots::start(Arc::new(clock.clone())).await.unwrap();
        let courier = courier(outbox, &clock);
        Self {
            clock,
            robots,
            courier,
        }
    }

    /// Adds a robot of a kind and returns a channel of the same name to it.
    pub(crate) fn robot(&self, kind: Kind, name: &str, security: Security) -> ChannelSettings {
        let url: Url = match kind {
            Kind::DingTalk => self.robots.dingtalk(name, security),
            Kind::Feishu => self.robots.feishu(name, security),
            Kind::WeCom => self.robots.wecom(name),
            Kind::Slack => self.robots.slack(name),
            Kind::Webhook => self.robots.webhook(name, security),
            Kind::Mail => unreachable!("mail is no robot"),
        };
        ChannelSettings {
            name: name.to_owned(),
            ..at(kind, url.as_str())
        }
    }

    /// Queues one message and delivers what is due; the one report.
    pub(crate) async fn send(
        &self,
        channel: &ChannelSettings,
        message: &Message,
        run: &str,
    ) -> ChannelReport {
        self.courier
            .queue(run, &[Dispatch { channel, message }])
            .await
            .unwrap();
        self.deliver(channel).await
    }

    pub(crate) async fn deliver(&self, channel: &ChannelSettings) -> ChannelReport {
        let report = self.courier.deliver(&[channel], PATIENCE).await;
        let [report] = <[ChannelReport; 1]>::try_from(report.channels).unwrap();
        report
    }

    pub(crate) fn heard(&self, name: &str) -> Vec<Heard> {
        self.robots.messages(name)
    }
}

pub(crate) fn courier(outbox: Arc<dyn Outbox>, clock: &ManualClock) -> Courier {
    let http = Http::new(&NetworkSettings::default()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Courier::new(
        outbox,
        Arc::new(http),
        clock,
        Arc::new(SeededChance::new(7)),
    )
}
