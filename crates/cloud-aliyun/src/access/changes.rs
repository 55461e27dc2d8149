//! Tries the abilities to change something, about things that nobody has: rights are looked at
//! first, and nothing can come of it. What would make something all the same is not tried.

use cloud::{CloudError, ErrorKind, PageAt, PageSource as _};
use model::RegionId;

use super::{NOBODYS_MACHINE, absent_is_fine};
use crate::Aliyun;
use crate::changes::done;
use crate::decode::succeeded;
use crate::operations::{
    ATTACH_DISK, COPY_SNAPSHOT, CREATE_DISK, CREATE_IMAGE, CREATE_SNAPSHOT, CREATE_SNAPSHOT_GROUP,
    DELETE_DISK, DELETE_IMAGE, DELETE_INSTANCE, DELETE_METRIC_RULES, DELETE_SNAPSHOT,
    DESCRIBE_CONTACT_GROUPS, DESCRIBE_CONTACTS, DESCRIBE_DISKS, DESCRIBE_INSTANCE_RAM_ROLE,
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, DESCRIBE_LAUNCH_TEMPLATES, DESCRIBE_METRIC_RULES,
    DESCRIBE_METRICS, DESCRIBE_SCALING_CONFIGURATIONS, DESCRIBE_SNAPSHOT_GROUPS,
    DESCRIBE_SNAPSHOT_POLICIES, DETACH_DISK, Operation, RELEASE_EIP, RUN_INSTANCES, STOP_INSTANCE,
    TAG_RESOURCES,
};
use crate::rpc::Rpc;

/// Ids that are well formed and nobody's.
const NOBODYS_DISK: &str = "d-00000000000000000000";
const NOBODYS_SNAPSHOT: &str = "s-00000000000000000000";
const NOBODYS_IMAGE: &str = "m-00000000000000000000";
const NOBODYS_TEMPLATE: &str = "lt-00000000000000000000";
const NOBODYS_ADDRESS: &str = "eip-00000000000000000000";
const NOBODYS_RULE: &str = "skywarden-rule-of-nobody";

/// Lets pass whatever is refused for another reason than a missing right.
async fn allowed(call: Rpc<'_, ()>) -> Result<(), CloudError> {
    match call.send().await {
        Err(error) => match error.kind {
            ErrorKind::NotFound
            | ErrorKind::Exists
            | ErrorKind::Held { .. }
            | ErrorKind::TryLater
            | ErrorKind::Exhausted
            | ErrorKind::Invalid => Ok(()),
            _ => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

impl Aliyun {
    fn about(
        &self,
        operation: &'static Operation,
        region: &RegionId,
        said: &[(&'static str, &'static str)],
    ) -> Rpc<'_, ()> {
        let call = self.call_in(operation, region, done);
        said.iter()
            .fold(call, |call, (name, value)| call.with(*name, *value))
    }

    /// Makes every call in its turn, until one is not allowed.
    async fn all_allowed(
        &self,
        region: &RegionId,
        calls: &[(&'static Operation, &[(&'static str, &'static str)])],
    ) -> Result<(), CloudError> {
        for (operation, said) in calls {
            allowed(self.about(operation, region, said)).await?;
        }
        Ok(())
    }

    pub(super) async fn check_image_uses(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        let first = self.own_images(&region).checked();
        first.page(&PageAt::First).await?;
        self.about(&DESCRIBE_LAUNCH_TEMPLATES, &region, &[])
            .send()
            .await?;
        let template = ("LaunchTemplateId", NOBODYS_TEMPLATE);
        let versions = self.about(&DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, &region, &[template]);
        absent_is_fine(versions.send().await)?;
        self.about(&DESCRIBE_SCALING_CONFIGURATIONS, &region, &[])
            .send()
            .await
    }

    pub(super) async fn check_protections(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        self.about(&DESCRIBE_SNAPSHOT_POLICIES, &region, &[])
            .send()
            .await?;
        let asked = [("RegionId".into(), region.to_string())];
        let place = model::Place::Region(region);
        self.may_look(&DESCRIBE_DISKS, &place, &asked).await
    }

    pub(super) async fn check_alarms(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        let call = self.call_in(&DESCRIBE_METRIC_RULES, &region, succeeded);
        call.with("PageSize", "1").send().await
    }

    pub(super) async fn check_contacts(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        for operation in [&DESCRIBE_CONTACT_GROUPS, &DESCRIBE_CONTACTS] {
            let call = self.call_in(operation, &region, succeeded);
            call.with("PageSize", "1").send().await?;
        }
        Ok(())
    }

    pub(super) async fn check_traffic(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        self.may_see_machines(&region).await?;
        let machine = serde_json::json!([{ "instanceId": NOBODYS_MACHINE }]);
        self.call_in(&DESCRIBE_METRICS, &region, succeeded)
            .with("Namespace", "acs_ecs_dashboard")
            .with("MetricName", "VPC_PublicIP_InternetOutRate")
            .with("Dimensions", machine.to_string())
            .with("Length", "1")
            .send()
            .await
    }

    /// All but the right to hand on a role, which only a real machine shows.
    pub(super) async fn check_backups(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        let disk = ("DiskId", NOBODYS_DISK);
        let snapshot = ("SnapshotId", NOBODYS_SNAPSHOT);
        let machine = ("InstanceId", NOBODYS_MACHINE);
        let image = ("ImageId", NOBODYS_IMAGE);
        const DRY: (&str, &str) = ("DryRun", "true");
        let elsewhere = [
            snapshot,
            ("DestinationRegionId", "cn-hangzhou"),
            ("DestinationSnapshotName", "nobodys"),
            ("DestinationSnapshotDescription", "nobodys"),
        ];
        let tagged = [
            ("ResourceType", "snapshot"),
            ("ResourceId.1", NOBODYS_SNAPSHOT),
            ("Tag.1.Key", model::STEP_TAG),
            ("Tag.1.Value", "nobodys"),
        ];
        let roles = [("InstanceIds", r#"["i-00000000000000000000"]"#)];
        let started = [image, ("InstanceType", "ecs.g7.large"), DRY];
        self.all_allowed(
            &region,
            &[
                (&CREATE_SNAPSHOT, &[disk]),
                (&CREATE_SNAPSHOT_GROUP, &[("DiskId.1", NOBODYS_DISK)]),
                (&DESCRIBE_SNAPSHOT_GROUPS, &[]),
                (&COPY_SNAPSHOT, &elsewhere),
                (&DELETE_SNAPSHOT, &[snapshot]),
                (&CREATE_IMAGE, &[snapshot, DRY]),
                (&DELETE_IMAGE, &[image, DRY]),
                (&TAG_RESOURCES, &tagged),
                (&CREATE_DISK, &[snapshot, ("ZoneId", "nobodys")]),
                (&ATTACH_DISK, &[disk, machine]),
                (&DETACH_DISK, &[disk, machine]),
                (&DELETE_DISK, &[disk]),
                (&DESCRIBE_INSTANCE_RAM_ROLE, &roles),
                (&RUN_INSTANCES, &started),
            ],
        )
        .await
    }

    /// The removal alone: whatever is put is there, whoever puts it.
    pub(super) async fn check_alarm_changes(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        let rule = ("Id.1", NOBODYS_RULE);
        allowed(self.about(&DELETE_METRIC_RULES, &region, &[rule])).await
    }

    pub(super) async fn check_orphans(&self) -> Result<(), CloudError> {
        let region = self.some_region().await?;
        let machine = ("InstanceId", NOBODYS_MACHINE);
        const DRY: (&str, &str) = ("DryRun", "true");
        let tagged = [
            ("ResourceType", "instance"),
            ("ResourceId.1", NOBODYS_MACHINE),
            ("Tag.1.Key", model::STEP_TAG),
            ("Tag.1.Value", "nobodys"),
        ];
        self.all_allowed(
            &region,
            &[
                (&TAG_RESOURCES, &tagged),
                (&STOP_INSTANCE, &[machine, DRY]),
                (&DELETE_INSTANCE, &[machine, DRY]),
                (&DELETE_DISK, &[("DiskId", NOBODYS_DISK)]),
                (&DELETE_SNAPSHOT, &[("SnapshotId", NOBODYS_SNAPSHOT)]),
                (&DELETE_IMAGE, &[("ImageId", NOBODYS_IMAGE), DRY]),
                (&RELEASE_EIP, &[("AllocationId", NOBODYS_ADDRESS)]),
            ],
        )
        .await
    }
}
