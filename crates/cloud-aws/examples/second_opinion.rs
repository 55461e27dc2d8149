//! The adapter against moto, a simulated AWS that others wrote: what its own client planted is what
//! we read, and what we change there is changed. Images are left out: moto makes others than are
//! asked for.
//!
//! `second_opinion ADDRESS PLANTED`: the address of moto, and a file of JSON that says what was
//! planted. Ends with an error at the first difference. Run by `conformance/moto`, which starts moto and
//! plants.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use base::{Clock, SystemChance, SystemClock};
use cloud::{
    Alarms, BesideOrder, Caller, Certificates, Clusters as _, Copies as _, DiskOrder, Disks,
    ErrorKind, Inventory as _, Keyed, MachineChanges as _, Machines, Organization as _, Pacer,
    PageSource, Provider, Removal, RetryPolicy, Share, Sighting, pager,
};
use cloud_aws::{Aws, CredentialSource, Endpoints, Environment, Quotas, Settings};
use jiff::SignedDuration;
use model::{
    AccountId, AlarmMetric, AlarmOrder, DiskState, Opinion, RegionId, ResourceId, SET_TAG,
    STEP_TAG, SetDisk, SetId, SetOrder, Snapshot, Tags, TrafficRule, Watches,
};
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
    certificates_and_members(&aws, &planted).await?;
    let changed = Changed {
        machine: ResourceId::new(planted.one("changed_machine")),
        root: ResourceId::new(planted.one("changed_root")),
        data: ResourceId::new(planted.one("changed_data")),
        image: ResourceId::new(planted.one("changed_image")),
    };
    copies(&aws, &changed).await?;
    disk_of_a_copy(&aws, &changed).await?;
    alarms(&aws, &changed).await?;
    machine_beside(&aws, &changed).await
}

/// What is changed; what is only looked at stays as it was planted.
struct Changed {
    machine: ResourceId,
    root: ResourceId,
    data: ResourceId,
    image: ResourceId,
}

const STEP: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn marked() -> Tags {
    Tags::from([(STEP_TAG.to_owned(), STEP.to_owned())])
}

fn set_of(changed: &Changed, disks: &[(&ResourceId, bool)]) -> SetOrder {
    let set = SetId {
        machine: changed.machine.clone(),
        period: jiff::Timestamp::UNIX_EPOCH,
    };
    let disk = |(disk, root): &(&ResourceId, bool)| SetDisk {
        disk: (*disk).clone(),
        root: *root,
    };
    SetOrder {
        disks: disks.iter().map(disk).collect(),
        name: "生产 web".to_owned(),
        tags: Tags::from([(SET_TAG.to_owned(), set.to_string())]),
        root_tags: Tags::from([("RootDeviceSnapshot".to_owned(), "true".to_owned())]),
        set,
    }
}

async fn copies(aws: &Aws, changed: &Changed) -> Outcome<()> {
    let order = set_of(changed, &[(&changed.root, true), (&changed.data, false)]);
    let made = aws.create_set(&here(), &order).await?;
    let disks: BTreeSet<_> = made.keys().cloned().collect();
    let both = BTreeSet::from([changed.root.clone(), changed.data.clone()]);
    same("disks of a set", &both, &disks)?;
    let found = aws.of_set(&here(), &order.set).await?;
    let ids = |found: &[Snapshot]| {
        found
            .iter()
            .map(|it| it.id.clone())
            .collect::<BTreeSet<_>>()
    };
    same(
        "snapshots of a set",
        &made.values().cloned().collect(),
        &ids(&found),
    )?;
    let roots = found
        .iter()
        .filter(|it| it.tags.contains_key("RootDeviceSnapshot"));
    let roots: Vec<_> = roots.filter_map(|it| it.disk.clone()).collect();
    same("the root's own tag", &vec![changed.root.clone()], &roots)?;
    let unknown = ResourceId::new("snap-0123456789abcdef0");
    let mut asked: Vec<ResourceId> = made.into_values().collect();
    asked.push(unknown.clone());
    let by_id = aws.snapshots_by_id(&here(), &asked).await?;
    same("snapshots by id", &ids(&found), &ids(&by_id))?;
    for snapshot in &asked[..2] {
        let removal = aws.delete_snapshot(&here(), snapshot).await?;
        same("a snapshot that goes", &Removal::Gone, &removal)?;
    }
    let removal = aws.delete_snapshot(&here(), &unknown).await?;
    same("a snapshot that was gone", &Removal::WasGone, &removal)
}

async fn disk_of_a_copy(aws: &Aws, changed: &Changed) -> Outcome<()> {
    let order = set_of(changed, &[(&changed.data, false)]);
    let made = aws.create_set(&here(), &order).await?;
    let snapshot = made.into_values().next().ok_or("no snapshot was made")?;
    let order = DiskOrder {
        snapshot,
        zone: "us-east-1a".to_owned(),
        category: Some("gp3".to_owned()),
        name: "proof".to_owned(),
        tags: marked(),
    };
    let disk = aws.create_disk(&here(), &order).await?;
    let found = aws.disks_of_step(&here(), STEP).await?;
    let ids: Vec<_> = found.into_iter().map(|it| it.id).collect();
    same("the disk of a step", &vec![disk.clone()], &ids)?;
    let machine = &changed.machine;
    aws.attach_disk(&here(), &disk, machine, None).await?;
    let asked = std::slice::from_ref(&disk);
    let found = Disks::disks_by_id(aws, &here(), asked).await?;
    let on = DiskState::Attached(vec![machine.clone()]);
    same("a disk that was put on", &vec![on], &states(&found))?;
    aws.detach_disk(&here(), &disk, machine).await?;
    aws.detach_disk(&here(), &disk, machine).await?;
    let removal = aws.delete_disk(&here(), &disk).await?;
    same("a disk that goes", &Removal::Gone, &removal)?;
    let removal = aws.delete_disk(&here(), &disk).await?;
    same("a disk that was gone", &Removal::WasGone, &removal)
}

fn states(disks: &[model::Disk]) -> Vec<DiskState> {
    disks.iter().map(|it| it.state.clone()).collect()
}

async fn alarms(aws: &Aws, changed: &Changed) -> Outcome<()> {
    let topic = aws.create_target(&here(), "ec2-NetworkOut-Alarm").await?;
    let again = aws.create_target(&here(), "ec2-NetworkOut-Alarm").await?;
    same("a topic that is there", &topic, &again)?;
    aws.subscribe(&here(), &topic, "ops@example.invalid")
        .await?;
    let targets = rows(aws.targets(&here())).await?;
    let told = targets.iter().find(|it| it.id == topic);
    let heard = told.map(|it| it.listeners + it.unconfirmed.len() as u64);
    same("who hears the topic", &Some(1), &heard)?;
    let order = AlarmOrder {
        name: "网络流出流量警报".to_owned(),
        machine: changed.machine.clone(),
        address: None,
        rule: TrafficRule {
            bytes: 20_000_000,
            period: SignedDuration::from_mins(5),
            periods: 4,
        },
        notify: topic,
        tags: marked(),
    };
    let alarm = aws.create_alarm(&here(), &order).await?;
    let twice = aws
        .create_alarm(&here(), &order)
        .await
        .map_err(|it| it.kind);
    same("an alarm that is there", &Err(ErrorKind::Exists), &twice)?;
    let named = aws.alarms_named(&here(), &order.name).await?;
    same(
        "an alarm's tags",
        &Some(&marked()),
        &named.first().map(|it| &it.tags),
    )?;
    let listed = rows(Alarms::alarms(aws, &here())).await?;
    let outbound = listed
        .iter()
        .filter(|it| it.metric == AlarmMetric::Outbound);
    let watched: Vec<_> = outbound.map(|it| it.watches.clone()).collect();
    let machine = Watches::These(vec![changed.machine.clone()]);
    same("what alarms watch", &vec![machine], &watched)?;
    let removal = aws.delete_alarm(&here(), &alarm).await?;
    same("an alarm that goes", &Removal::Gone, &removal)?;
    same(
        "alarms",
        &0,
        &rows(Alarms::alarms(aws, &here())).await?.len(),
    )
}

async fn machine_beside(aws: &Aws, changed: &Changed) -> Outcome<()> {
    let order = BesideOrder {
        like: changed.machine.clone(),
        image: changed.image.clone(),
        name: "web-restored".to_owned(),
        tags: marked(),
    };
    let made = aws.run_beside(&here(), &order).await?;
    let found = aws.machines_of_step(&here(), STEP).await?;
    same("the machine of a step", &vec![made.clone()], &found)?;
    let held = aws.delete_machine(&here(), &made).await?;
    let running = Removal::Held("running".to_owned());
    same("a machine that runs", &running, &held)?;
    aws.stop_machine(&here(), &made).await?;
    let removal = aws.delete_machine(&here(), &made).await?;
    same("a machine that is stopped", &Removal::Gone, &removal)?;
    let removal = aws.delete_machine(&here(), &made).await?;
    same("a machine that was gone", &Removal::WasGone, &removal)
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
