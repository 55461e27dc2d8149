use std::sync::{Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use model::{
    AccountId, Alarm, AlarmMetric, AlarmTarget, CloudId, Identity, Place, STEP_TAG, Traffic,
    TrafficRule, Watches,
};

use super::*;
use crate::error::CallSite;
use crate::pager::PageSource;
use crate::ports::Alarms;

/// How an adapter goes about changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Careful,
    /// It asks again whatever came, never looks before, and takes any answer for a good one.
    Careless,
}

#[derive(Debug, Default)]
struct Far {
    alarms: Vec<String>,
    mishap: Option<Mishap>,
    done: usize,
}

/// A cloud in memory that has alarms.
#[derive(Clone)]
struct Memory {
    cloud: CloudId,
    account: AccountId,
    far: Arc<Mutex<Far>>,
    manner: Manner,
}

impl Memory {
    fn new(manner: Manner) -> Self {
        let mut far = Far::default();
        far.alarms.push("old".to_owned());
        Self {
            cloud: CloudId::new("memory"),
            account: AccountId::new("shop"),
            far: Arc::new(Mutex::new(far)),
            manner,
        }
    }

    fn far(&self) -> MutexGuard<'_, Far> {
        self.far.lock().unwrap()
    }

    fn fails(&self, kind: ErrorKind) -> CloudError {
        let site = CallSite {
            account: self.account.clone(),
            place: Place::Global,
            operation: "Change",
        };
        CloudError::new(site, kind, "")
    }

    /// One call of the far side.
    fn call(&self, change: fn(&mut Vec<String>) -> bool) -> Result<bool, ErrorKind> {
        let mut far = self.far();
        match far.mishap {
            Some(Mishap::Throttled { calls }) if calls > 0 => {
                far.mishap = Some(Mishap::Throttled { calls: calls - 1 });
                return Err(ErrorKind::Throttled { retry_after: None });
            }
            Some(Mishap::Down) => return Err(ErrorKind::Busy),
            Some(Mishap::Denied) => return Err(ErrorKind::Denied { permission: None }),
            Some(Mishap::LogInPage) => return Err(ErrorKind::Undecodable),
            _ => {}
        }
        let changed = change(&mut far.alarms);
        far.done += usize::from(changed);
        match far.mishap.take() {
            Some(Mishap::LostAnswer) => Err(ErrorKind::Unanswered),
            _ => Ok(changed),
        }
    }

    fn ask(&self, change: fn(&mut Vec<String>) -> bool) -> Result<bool, CloudError> {
        for _ in 0..5 {
            match (self.call(change), self.manner) {
                (Err(ErrorKind::Throttled { .. }), _)
                | (Err(ErrorKind::Unanswered), Manner::Careless) => {}
                (Err(ErrorKind::Undecodable | ErrorKind::Busy), Manner::Careless) => {
                    return Ok(true);
                }
                (answered, _) => return answered.map_err(|kind| self.fails(kind)),
            }
        }
        Err(self.fails(ErrorKind::Busy))
    }
}

const NEW: &str = "new";

#[async_trait]
impl ChangingStage for Memory {
    fn provider(&self) -> Arc<dyn Provider> {
        Arc::new(self.clone())
    }

    fn region(&self) -> RegionId {
        RegionId::new("here")
    }

    async fn order(&self, deed: Deed) -> Option<Order> {
        match deed {
            Deed::CreateAlarm => Some(Order::Alarm(AlarmOrder {
                name: NEW.to_owned(),
                machine: ResourceId::new("i-1"),
                address: None,
                rule: TrafficRule {
                    bytes: 1,
                    period: SignedDuration::from_mins(5),
                    periods: 1,
                },
                notify: ResourceId::new("ops"),
                tags: Tags::from([(STEP_TAG.to_owned(), "1".to_owned())]),
            })),
            Deed::DeleteAlarm => Some(Order::Thing(ResourceId::new("old"))),
            _ => None,
        }
    }

    fn done(&self, _deed: Deed) -> usize {
        self.far().done
    }

    async fn mishap(&self, _deed: Deed, mishap: Mishap) {
        self.far().mishap = Some(mishap);
    }

    async fn calm(&self) {
        self.far().mishap = None;
    }
}

#[async_trait]
impl Provider for Memory {
    fn cloud(&self) -> &CloudId {
        &self.cloud
    }

    fn account(&self) -> &AccountId {
        &self.account
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        Err(self.fails(ErrorKind::Invalid))
    }

    fn renewal_page(&self) -> &str {
        ""
    }

    fn alarms(&self) -> Option<&dyn Alarms> {
        Some(self)
    }
}

#[async_trait]
impl Alarms for Memory {
    fn alarms(&self, _region: &RegionId) -> Box<dyn PageSource<Alarm> + '_> {
        unreachable!("only what changes is played")
    }

    fn targets(&self, _region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + '_> {
        unreachable!("only what changes is played")
    }

    async fn traffic(
        &self,
        _region: &RegionId,
        _machines: &[ResourceId],
        _rule: &TrafficRule,
        _from: Timestamp,
        _to: Timestamp,
    ) -> Result<Vec<Traffic>, CloudError> {
        Err(self.fails(ErrorKind::Invalid))
    }

    async fn alarms_named(&self, _region: &RegionId, name: &str) -> Result<Vec<Alarm>, CloudError> {
        let far = self.far();
        let named = far.alarms.iter().filter(|it| *it == name);
        let alarm = |name: &String| Alarm {
            id: ResourceId::new(name.as_str()),
            name: name.clone(),
            metric: AlarmMetric::Outbound,
            watches: Watches::All,
            enabled: true,
            firing: None,
            notifies: Vec::new(),
            tags: Tags::new(),
            anywhere: false,
        };
        Ok(named.map(alarm).collect())
    }

    async fn create_alarm(
        &self,
        _region: &RegionId,
        order: &AlarmOrder,
    ) -> Result<ResourceId, CloudError> {
        let is_there = self.far().alarms.contains(&order.name);
        if is_there && self.manner == Manner::Careful {
            return Err(self.fails(ErrorKind::Exists));
        }
        self.ask(|alarms| {
            alarms.push(NEW.to_owned());
            true
        })?;
        Ok(ResourceId::new(NEW))
    }

    async fn delete_alarm(
        &self,
        _region: &RegionId,
        _id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let gone = self.ask(|alarms| {
            let before = alarms.len();
            alarms.retain(|it| it != "old");
            alarms.len() < before
        })?;
        Ok(match gone || self.manner == Manner::Careless {
            true => Removal::Gone,
            false => Removal::WasGone,
        })
    }

    async fn create_target(
        &self,
        _region: &RegionId,
        _name: &str,
    ) -> Result<ResourceId, CloudError> {
        Err(self.fails(ErrorKind::Invalid))
    }

    async fn subscribe(
        &self,
        _region: &RegionId,
        _target: &ResourceId,
        _listener: &str,
    ) -> Result<(), CloudError> {
        Err(self.fails(ErrorKind::Invalid))
    }

    fn counts(&self) -> &'static str {
        "public"
    }
}

#[tokio::test]
async fn an_adapter_that_asks_once_makes_no_slip() {
    let make = || std::future::ready(Memory::new(Manner::Careful));
    assert_eq!(slips(make).await, []);
}

#[tokio::test]
async fn an_adapter_that_asks_again_whatever_came_is_found_out() {
    let make = || std::future::ready(Memory::new(Manner::Careless));
    let found = slips(make).await;
    let of = |deed| {
        let found = found.iter().filter(|it| it.deed == deed);
        found.map(|it| it.rule).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Deed::CreateAlarm),
        [
            "a lost answer does not make it happen twice, and its mark tells of it",
            "a far side that is down has done nothing, and nothing is said to be done",
            "a log-in page does not say that it was done",
            "one of that name that is there is not made again, nor altered",
        ]
    );
    assert_eq!(
        of(Deed::DeleteAlarm),
        [
            "a far side that is down has done nothing, and nothing is said to be done",
            "a log-in page does not say that it was done",
            "what is gone was gone",
        ]
    );
    let lost = found.iter().find(|it| it.deed == Deed::CreateAlarm);
    let lost = lost.unwrap().to_string();
    assert!(lost.ends_with("saw Done: 2 of 1 done, 2 found"), "{lost}");
}
