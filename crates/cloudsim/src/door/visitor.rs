//! One account, as somebody with a key sees it through the in-process door.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base::{Chance as _, Clock as _};
use cloud::{
    Access, Addresses, Alarms, Billing, CallSite, Certificates, CloudError, Clusters, Copies,
    Disks, Domains, ErrorKind, ImageMaking, Images, Inventory, Keys, LoadBalancers, MachineChanges,
    Machines, Organization, Provider, Terms,
};
use model::{AccountId, CloudId, Identity, Place, RegionId};

use super::Door;
use super::hindered::Told;
use super::mishap::{self, Bend};
use super::pass::{self, Pass, Shown};
use crate::Offer;
use crate::aliyun::catalog::Product;
use crate::aliyun::{effects, verdict_of};
use crate::fault::{Effect, Target};
use crate::stats::{CallRecord, Verdict};
use crate::world::World;
use crate::world::account::{AccessKey, Site};
use crate::world::caller::{Caller, Principal};
use crate::world::cloud::Cloud;
use crate::world::refusal::Refusal;
use crate::world::sessions::SessionKeys;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// One account of the world and a key to it; clones share the session, if there is one.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub(super) door: Door,
    pub(super) pass: Arc<Pass>,
    account: AccountId,
    cloud: CloudId,
    at: Cloud,
    site: Site,
}

/// What is asked, for faults, quotas and statistics.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// The action.
    pub(super) action: &'static str,
    /// The region; empty where there is none.
    pub(super) region: &'a str,
    /// What it says: the things it names.
    pub(super) about: &'a str,
    /// The page, counted from 1, where there are pages.
    pub(super) page: Option<usize>,
}

impl Question<'_> {
    /// Returns a question that belongs to no region and has one answer.
    pub(super) fn plain(action: &'static str) -> Self {
        Self {
            action,
            region: "",
            about: "",
            page: None,
        }
    }

    /// Returns the product that answers it, and the RAM action behind it.
    fn served(&self) -> (Product, &'static str) {
        let spec = Offer::EVERYTHING
            .aliyun
            .actions()
            .find(|it| it.name == self.action);
        spec.map_or((Product::Ecs, ""), |it| (it.product, it.right))
    }

    /// Returns the RAM action behind the question.
    pub(super) fn right(&self) -> &'static str {
        self.served().1
    }
}

impl Bend for SessionKeys {}
impl Bend for Identity {}
impl Bend for crate::world::Money {}
impl Bend for () {}

impl Visitor {
    pub(super) fn with_key(door: Door, account: AccountId, key: AccessKey) -> Self {
        let held = door.world().holder(&key.id);
        let (at, site) = held.map_or((Cloud::Aliyun, Site::Domestic), |it| {
            (it.caller.cloud, it.caller.site)
        });
        Self {
            site,
            cloud: CloudId::new(at.as_str()),
            at,
            pass: Arc::new(Pass::Key(key)),
            door,
            account,
        }
    }

    /// Returns the account `uid` of the world, entered by taking `role` there with this visitor's key.
    pub(super) fn taking_role(&self, account: AccountId, uid: &str, role: &str) -> Self {
        let pass = Pass::Role {
            by: self.clone(),
            arn: format!("acs:ram::{uid}:role/{role}"),
            session: Mutex::default(),
        };
        Self {
            pass: Arc::new(pass),
            account,
            ..self.clone()
        }
    }

    /// Returns the cloud of the account.
    pub(super) fn at(&self) -> Cloud {
        self.at
    }

    /// Returns the number of the account the caller acts in.
    pub(super) async fn number(&self) -> Result<String, CloudError> {
        let number = |_: &World, caller: &Caller| Ok(Told(caller.cloud.number(caller.uid)));
        let asked = self.ask(Question::plain("GetCallerIdentity"), number).await;
        asked.map(|it| it.0)
    }

    /// Returns where a question is asked, for errors.
    pub(super) fn call_site(&self, question: &Question<'_>) -> CallSite {
        let place = match question.region {
            "" => Place::Global,
            region => Place::Region(RegionId::new(region)),
        };
        CallSite {
            account: self.account.clone(),
            place,
            operation: question.action,
        }
    }

    /// Asks the world until it answers, cannot answer, or the patience is over.
    pub(super) async fn ask<T: Bend>(
        &self,
        question: Question<'_>,
        answer: impl Fn(&World, &Caller) -> Result<T, Refusal> + Send + Sync,
    ) -> Result<T, CloudError> {
        self.asked(question, Doubt::AskAgain, answer).await
    }

    /// Asks the world for what may not be done twice: once it may have been done, it is not asked for again.
    pub(super) async fn ask_once<T: Bend>(
        &self,
        question: Question<'_>,
        answer: impl Fn(&World, &Caller) -> Result<T, Refusal> + Send + Sync,
    ) -> Result<T, CloudError> {
        self.asked(question, Doubt::Tell, answer).await
    }

    async fn asked<T: Bend>(
        &self,
        question: Question<'_>,
        doubt: Doubt,
        answer: impl Fn(&World, &Caller) -> Result<T, Refusal> + Send + Sync,
    ) -> Result<T, CloudError> {
        let inside = &self.door.inside;
        let (mut spent, mut pause, mut renewed) = (Duration::ZERO, Duration::ZERO, false);
        loop {
            let error = match self.try_once(question, &answer).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match error.kind {
                ErrorKind::Throttled { retry_after } => {
                    pause = retry_after.unwrap_or_else(|| longer(pause));
                }
                ErrorKind::Busy | ErrorKind::Unanswered if doubt == Doubt::AskAgain => {
                    pause = longer(pause);
                }
                ErrorKind::StaleCredentials if !renewed && self.forgets_session() => {
                    renewed = true;
                    continue;
                }
                _ => return Err(error),
            }
            spent = spent.saturating_add(pause.max(Duration::from_millis(1)));
            if spent > inside.patience {
                return Err(error);
            }
            inside.clock.sleep(pause).await;
        }
    }

    async fn try_once<T: Bend>(
        &self,
        question: Question<'_>,
        answer: &(impl Fn(&World, &Caller) -> Result<T, Refusal> + Send + Sync),
    ) -> Result<T, CloudError> {
        let inside = &self.door.inside;
        let shown = self.shown().await?;
        let _under_way = inside.counters.begin();
        // Others come between the question and the answer, as on a wire.
        tokio::task::yield_now().await;
        let holder = inside.world.holder(&shown.key.id).map(|it| it.caller);
        let uid = holder.as_ref().map(|it| it.uid);
        let effects = inside.faults.strike_saying(
            Target {
                uid,
                action: question.action,
                region: question.region,
                page: question.page.and_then(|it| u64::try_from(it).ok()),
            },
            question.about,
        );
        for effect in &effects {
            if let Effect::Slow { milliseconds } = effect {
                inside
                    .clock
                    .sleep(Duration::from_millis(*milliseconds))
                    .await;
            }
        }
        let answered = self.answered(question, answer, &shown, holder.as_ref(), &effects);
        let (outcome, verdict) = match &answered {
            _ if !effects.is_empty() => (effects[0].name().to_owned(), Verdict::Faulted),
            Ok(_) => ("OK".to_owned(), Verdict::Served),
            Err(NoAnswer::Refused(refusal)) => (refusal.code.clone(), verdict_of(refusal)),
            Err(NoAnswer::Failed(..)) => ("failed".to_owned(), Verdict::Refused),
        };
        let record = CallRecord {
            uid,
            region: question.region.to_owned(),
            action: question.action.to_owned(),
            page: question.page.and_then(|it| u64::try_from(it).ok()),
            outcome,
        };
        inside.counters.finish(record, verdict);
        answered.map_err(|why| self.error(question, why))
    }

    /// Serves one question as the world would, with what `effects` make of it.
    fn answered<T: Bend>(
        &self,
        question: Question<'_>,
        answer: &(impl Fn(&World, &Caller) -> Result<T, Refusal> + Send + Sync),
        shown: &Shown,
        holder: Option<&Caller>,
        effects: &[Effect],
    ) -> Result<T, NoAnswer> {
        let inside = &self.door.inside;
        let now = inside.world.now();
        let failed = |(kind, words)| NoAnswer::Failed(kind, words);
        if let Some(failure) = effects.iter().find_map(|it| mishap::instead(it, now)) {
            return Err(failed(failure));
        }
        let served = question.served();
        let mut planted = effects.iter();
        let planted = planted.find_map(|it| effects::refusal(it, served, holder));
        if let Some(refusal) = planted {
            return Err(NoAnswer::Refused(refusal));
        }
        let caller = pass::admitted(&inside.world, shown).map_err(NoAnswer::Refused)?;
        let (region, at) = (question.region, inside.clock.monotonic());
        let taken = inside
            .throttle
            .take(caller.uid, region, question.action, at);
        taken.map_err(|full| NoAnswer::Refused(full.into()))?;
        let mut answer = answer(&inside.world, &caller).map_err(NoAnswer::Refused)?;
        if let Some(failure) = effects.iter().find_map(mishap::afterwards) {
            return Err(failed(failure));
        }
        effects.iter().for_each(|it| answer.bend(it));
        Ok(answer)
    }

    fn error(&self, question: Question<'_>, why: NoAnswer) -> CloudError {
        let site = self.call_site(&question);
        match why {
            NoAnswer::Failed(kind, words) => CloudError::new(site, kind, words),
            NoAnswer::Refused(refusal) => {
                let kind = mishap::kind(&refusal, question.right());
                CloudError {
                    code: refusal.code,
                    request_id: Some(self.door.inside.chance.token()),
                    ..CloudError::new(site, kind, refusal.message)
                }
            }
        }
    }
}

/// What to do when it is not known whether a question had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Ask again: twice is once.
    AskAgain,
    /// Tell the caller.
    Tell,
}

/// Why a question has no answer.
enum NoAnswer {
    /// The cloud said no.
    Refused(Refusal),
    /// Nothing of the cloud's came.
    Failed(ErrorKind, String),
}

/// Returns a pause twice as long as the last one, within bounds.
fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(Duration::from_secs(1), LONGEST_PAUSE)
}

#[async_trait]
impl Provider for Visitor {
    fn cloud(&self) -> &CloudId {
        &self.cloud
    }

    fn account(&self) -> &AccountId {
        &self.account
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        let identity = |_: &World, caller: &Caller| Ok(identity(caller));
        self.ask(Question::plain("GetCallerIdentity"), identity)
            .await
    }

    fn renewal_page(&self) -> &str {
        match self.site {
            Site::Domestic => "https://usercenter2.aliyun.com/renew/manual",
            Site::International => "https://usercenter2-intl.aliyun.com/renew/manual",
        }
    }

    fn billing(&self) -> Option<&dyn Billing> {
        Some(self)
    }

    fn inventory(&self) -> Option<&dyn Inventory> {
        Some(self)
    }

    fn certificates(&self) -> Option<&dyn Certificates> {
        Some(self)
    }

    fn domains(&self) -> Option<&dyn Domains> {
        Some(self)
    }

    fn organization(&self) -> Option<&dyn Organization> {
        Some(self)
    }

    fn access(&self) -> Option<&dyn Access> {
        Some(self)
    }

    fn terms(&self) -> Option<&dyn Terms> {
        // At Alibaba Cloud the bill has one list of everything.
        (self.at != Cloud::Aliyun).then_some(self as &dyn Terms)
    }

    fn machines(&self) -> Option<&dyn Machines> {
        Some(self)
    }

    fn clusters(&self) -> Option<&dyn Clusters> {
        Some(self)
    }

    fn disks(&self) -> Option<&dyn Disks> {
        Some(self)
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }

    fn addresses(&self) -> Option<&dyn Addresses> {
        Some(self)
    }

    fn load_balancers(&self) -> Option<&dyn LoadBalancers> {
        Some(self)
    }

    fn copies(&self) -> Option<&dyn Copies> {
        Some(self)
    }

    fn image_making(&self) -> Option<&dyn ImageMaking> {
        Some(self)
    }

    fn machine_changes(&self) -> Option<&dyn MachineChanges> {
        Some(self)
    }

    fn alarms(&self) -> Option<&dyn Alarms> {
        Some(self)
    }

    fn keys(&self) -> Option<&dyn Keys> {
        Some(self)
    }
}

fn identity(caller: &Caller) -> Identity {
    let number = caller.cloud.number(caller.uid);
    let (sort, principal) = match &caller.principal {
        Principal::Root => ("Account", "root".to_owned()),
        Principal::User { name, .. } => ("RAMUser", format!("user/{name}")),
        Principal::Session { role, session, .. } => {
            ("AssumedRoleUser", format!("assumed-role/{role}/{session}"))
        }
    };
    let home = match caller.cloud {
        Cloud::Aliyun => format!("acs:ram::{number}"),
        Cloud::Tencent => format!("qcs::cam:uin/{number}"),
        Cloud::Aws(partition) => format!("arn:{}:iam::{number}", partition.as_str()),
    };
    Identity {
        principal: format!("{home}:{principal}"),
        account: number,
        sort: sort.to_owned(),
    }
}
