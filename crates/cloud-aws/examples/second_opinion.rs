//! The adapter against moto, a simulated AWS that others wrote: what its own client planted is what
//! we read.
//!
//! `second_opinion ADDRESS PLANTED`: the address of moto, and a file of JSON that says what was
//! planted. Ends with an error at the first difference. Run by `conformance/moto`, which starts moto and
//! plants.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use base::{Clock, SystemChance, SystemClock};
use cloud::{
    Caller, Certificates, Clusters as _, Disks, Inventory as _, Keyed, Machines, Organization as _,
    Pacer, PageSource, Provider, RetryPolicy, Share, Sighting, pager,
};
use cloud_aws::{Aws, CredentialSource, Endpoints, Environment, Quotas, Settings};
use model::{AccountId, DiskState, Opinion, RegionId, ResourceId};
use net::{Http, NetworkSettings};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(planted)) = (arguments.next(), arguments.next()) else {
        return Err("usage: second_opinion ADDRESS PLANTED".into());
    };
    let planted = Planted(serde_json::from_str(&std::fs::read_to_string(planted)?)?);
    let aws = account(&address)?;
    who_and_where(&aws, &planted).await?;
    machines(&aws, &planted).await?;
    disks(&aws, &planted).await?;
    opinions(&aws, &planted).await?;
    certificates_and_members(&aws, &planted).await
}

fn here() -> RegionId {
    RegionId::new("us-east-1")
}

fn account(address: &str) -> Outcome<Aws> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let http = Http::new(&NetworkSettings::default()).map_err(|it| it.to_string())?;
    let pacer = Pacer::new(clock.clone(), Share::percent(100));
    let chance = Arc::new(SystemChance);
    let policy = RetryPolicy::default();
    let caller = Caller::new(Arc::new(http), clock, chance, pacer, policy);
    let overrides = BTreeMap::from([("default".to_owned(), address.parse()?)]);
    let settings = Settings {
        account: AccountId::new("moto"),
        source: CredentialSource::Static {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "any".into(),
            token: None,
        },
        environment: Environment::default(),
        partition: None,
        region: None,
        regions: vec![here()],
        endpoints: Endpoints::new(overrides)?,
        quotas: Quotas::default().every(1_000.0),
    };
    Ok(Aws::new(settings, Arc::new(caller)))
}

/// What was planted, by name.
struct Planted(Value);

impl Planted {
    fn all(&self, name: &str) -> BTreeSet<String> {
        let all = self.0[name].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn one(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }
}

async fn rows<T: Keyed + Send>(list: Box<dyn PageSource<T> + '_>) -> Outcome<Vec<T>> {
    match pager::collect(list.as_ref()).await {
        Sighting::Seen(seen) => Ok(seen.into_inner()),
        Sighting::Unseen(unseen) => Err(unseen.to_string().into()),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, planted: &T, read: &T) -> Outcome<()> {
    if planted == read {
        return Ok(());
    }
    Err(format!("{what}: planted {planted:?}, read {read:?}").into())
}

fn holds(what: &str, planted: &BTreeSet<String>, read: &BTreeSet<String>) -> Outcome<()> {
    if !planted.is_empty() && planted.is_subset(read) {
        return Ok(());
    }
    Err(format!("{what}: planted {planted:?}, read {read:?}").into())
}

async fn who_and_where(aws: &Aws, planted: &Planted) -> Outcome<()> {
    let identity = aws as &dyn Provider;
    let identity = identity.identity().await?;
    same(
        "account",
        &planted.one("account"),
        &identity.account.as_str(),
    )?;
    let regions = aws.regions().await?;
    let has_home = regions.iter().any(|it| it.id == here());
    same("regions have the home region", &true, &has_home)
}

async fn machines(aws: &Aws, planted: &Planted) -> Outcome<()> {
    let machines = rows(Machines::machines(aws, &here())).await?;
    let ids = machines.iter().map(|it| it.id.to_string()).collect();
    // Terminated ones are left out.
    same("machines", &planted.all("machines"), &ids)?;
    let named = machines.iter().filter(|it| it.name == planted.one("name"));
    let whole = named.filter(|it| {
        let tagged = it.tags.get("AutoSnapshot").is_some_and(|it| it == "true");
        tagged && !it.private_ips.is_empty() && it.created.is_some()
    });
    same(
        "machines with name, tag, address and age",
        &2,
        &whole.count(),
    )
}

async fn disks(aws: &Aws, planted: &Planted) -> Outcome<()> {
    let disks = rows(Disks::disks(aws, &here())).await?;
    let loose = disks.iter().filter(|it| it.state == DiskState::Unattached);
    let loose = loose.map(|it| it.id.to_string()).collect();
    same("loose disks", &planted.all("loose_disks"), &loose)?;
    let snapshots = rows(aws.snapshots(&here())).await?;
    let ids = snapshots.iter().map(|it| it.id.to_string()).collect();
    holds("snapshots", &planted.all("snapshots"), &ids)
}

async fn opinions(aws: &Aws, planted: &Planted) -> Outcome<()> {
    let grouped = planted.all("grouped").into_iter().map(ResourceId::new);
    let terminated = ResourceId::new(planted.one("terminated"));
    let mut asked: Vec<ResourceId> = grouped.collect();
    let group = Opinion::InGroup(ResourceId::new(planted.one("group")));
    let mut expected: BTreeMap<_, _> = asked.iter().map(|it| (it.clone(), group.clone())).collect();
    expected.insert(terminated.clone(), Opinion::Absent);
    asked.push(terminated);
    same("opinions", &expected, &aws.opinions(&here(), &asked).await?)
}

async fn certificates_and_members(aws: &Aws, planted: &Planted) -> Outcome<()> {
    let certificates = rows(Certificates::certificates(aws)).await?;
    let ids = certificates.iter().map(|it| it.id.to_string()).collect();
    holds("certificates", &planted.all("certificates"), &ids)?;
    let members = rows(aws.members()).await?;
    let names = members.iter().map(|it| it.name.clone()).collect();
    holds("members", &planted.all("members"), &names)?;
    for member in members
        .iter()
        .filter(|it| planted.all("members").contains(&it.name))
    {
        let entered = aws.enter(member, "").identity().await?;
        same("entered account", &member.number, &entered.account)?;
    }
    Ok(())
}
