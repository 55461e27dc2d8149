//! Whether the key may change things, tried without changing any, and whether it may see what
//! changes stand on.
//!
//! EC2 says, when it is asked to, whether it would have done something. What is named there does not
//! exist, so that nothing happens even at an address that does not know the question. The other
//! services are asked for things that there are none of.

use cloud::{CloudError, ErrorKind};
use model::Place;
use serde_json::json;

use super::nothing;
use crate::Aws;
use crate::image_making::uses::GROUPS_PAGE;
use crate::operations::{
    ATTACH_VOLUME, COPY_SNAPSHOT, CREATE_IMAGE, CREATE_SNAPSHOT, CREATE_SNAPSHOTS, CREATE_TAGS,
    CREATE_VOLUME, DELETE_ALARMS, DELETE_SNAPSHOT, DELETE_VOLUME, DEREGISTER_IMAGE,
    DESCRIBE_ALARMS, DESCRIBE_AUTO_SCALING_GROUPS, DESCRIBE_IMAGE_ATTRIBUTE,
    DESCRIBE_LAUNCH_CONFIGURATIONS, DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, DESCRIBE_SNAPSHOT_ATTRIBUTE,
    DETACH_VOLUME, GET_LIFECYCLE_POLICIES, GET_METRIC_DATA, GET_RESOURCES, LIST_ALARM_TAGS,
    LIST_BACKUP_PLANS, LIST_PROTECTED_RESOURCES, MODIFY_SNAPSHOT_ATTRIBUTE, Operation,
    REGISTER_IMAGE, RELEASE_ADDRESS, RUN_INSTANCES, STOP_INSTANCES, TERMINATE_INSTANCES,
};

const NOBODY: &str = "skywarden-permission-check";
const MACHINE: (&str, &str) = ("InstanceId", "i-00000000000000000");
const MACHINES: (&str, &str) = ("InstanceId.1", "i-00000000000000000");
const DISK: (&str, &str) = ("VolumeId", "vol-00000000000000000");
const SNAPSHOT: (&str, &str) = ("SnapshotId", "snap-00000000000000000");
const IMAGE: (&str, &str) = ("ImageId", "ami-00000000000000000");
const NAME: (&str, &str) = ("Name", NOBODY);

/// What is tried, and what it says.
type Try = (&'static Operation, &'static [(&'static str, &'static str)]);

static TAG: Try = (
    &CREATE_TAGS,
    &[
        ("ResourceId.1", "snap-00000000000000000"),
        ("Tag.1.Key", NOBODY),
        ("Tag.1.Value", ""),
    ],
);

static SHARERS: Try = (
    &DESCRIBE_IMAGE_ATTRIBUTE,
    &[IMAGE, ("Attribute", "launchPermission")],
);

/// Returns whether a trial says that the right is there: it would have been done, or something that
/// is looked at after the rights stands against it.
fn would_be_done(tried: Result<(), CloudError>) -> Result<(), CloudError> {
    match tried {
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Invalid
                    | ErrorKind::NotFound
                    | ErrorKind::Exists
                    | ErrorKind::Held { .. }
                    | ErrorKind::TryLater
                    | ErrorKind::Exhausted
            ) =>
        {
            Ok(())
        }
        tried => tried,
    }
}

impl Aws {
    async fn may(&self, tries: &[Try]) -> Result<(), CloudError> {
        let home = Place::Region(self.line.home.clone());
        for (operation, words) in tries {
            let mut call = self
                .call(operation, nothing)
                .at(&home)
                .with("DryRun", "true");
            for (name, value) in *words {
                call = call.with(*name, *value);
            }
            would_be_done(call.send().await)?;
        }
        Ok(())
    }

    pub(super) async fn may_back_up(&self) -> Result<(), CloudError> {
        self.may(&[
            (&CREATE_SNAPSHOT, &[DISK]),
            (
                &CREATE_SNAPSHOTS,
                &[("InstanceSpecification.InstanceId", MACHINE.1)],
            ),
            TAG,
            (
                &COPY_SNAPSHOT,
                &[
                    ("SourceRegion", "us-east-1"),
                    ("SourceSnapshotId", SNAPSHOT.1),
                ],
            ),
            (
                &DESCRIBE_SNAPSHOT_ATTRIBUTE,
                &[SNAPSHOT, ("Attribute", "createVolumePermission")],
            ),
            (&DELETE_SNAPSHOT, &[SNAPSHOT]),
            (
                &REGISTER_IMAGE,
                &[
                    NAME,
                    ("RootDeviceName", "/dev/xvda"),
                    ("BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
                    ("BlockDeviceMapping.1.Ebs.SnapshotId", SNAPSHOT.1),
                ],
            ),
            (&CREATE_IMAGE, &[MACHINE, NAME]),
            SHARERS,
            (&DEREGISTER_IMAGE, &[IMAGE]),
        ])
        .await
    }

    pub(super) async fn may_lend(&self) -> Result<(), CloudError> {
        self.may(&[(
            &MODIFY_SNAPSHOT_ATTRIBUTE,
            &[
                SNAPSHOT,
                ("Attribute", "createVolumePermission"),
                ("CreateVolumePermission.Remove.1.UserId", "000000000000"),
            ],
        )])
        .await
    }

    pub(super) async fn may_restore(&self) -> Result<(), CloudError> {
        self.may(&[
            (
                &CREATE_VOLUME,
                &[SNAPSHOT, ("AvailabilityZone", "no-such-zone-1a")],
            ),
            (&ATTACH_VOLUME, &[DISK, MACHINE, ("Device", "/dev/sdf")]),
            (&DETACH_VOLUME, &[DISK, MACHINE]),
            (&DELETE_VOLUME, &[DISK]),
            (
                &RUN_INSTANCES,
                &[IMAGE, ("MinCount", "1"), ("MaxCount", "1")],
            ),
        ])
        .await
    }

    /// Nothing tells whether alarms may be put without putting one: those who may remove them are
    /// given both.
    pub(super) async fn may_set_alarms(&self) -> Result<(), CloudError> {
        let home = Place::Region(self.line.home.clone());
        let tried = self
            .call(&DELETE_ALARMS, nothing)
            .at(&home)
            .with_json("AlarmNames", json!([NOBODY]))
            .send()
            .await;
        would_be_done(tried)?;
        let (partition, region) = (self.line.partition.name(), &self.line.home);
        let arn = format!("arn:{partition}:cloudwatch:{region}:000000000000:alarm:{NOBODY}");
        let tried = self
            .call(&LIST_ALARM_TAGS, nothing)
            .at(&home)
            .with_json("ResourceARN", arn)
            .send()
            .await;
        would_be_done(tried)
    }

    pub(super) async fn may_clear_away(&self) -> Result<(), CloudError> {
        self.may(&[
            TAG,
            (&STOP_INSTANCES, &[MACHINES]),
            (&TERMINATE_INSTANCES, &[MACHINES]),
            (&DELETE_VOLUME, &[DISK]),
            (
                &DESCRIBE_SNAPSHOT_ATTRIBUTE,
                &[SNAPSHOT, ("Attribute", "createVolumePermission")],
            ),
            (&DELETE_SNAPSHOT, &[SNAPSHOT]),
            SHARERS,
            (&DEREGISTER_IMAGE, &[IMAGE]),
            (
                &RELEASE_ADDRESS,
                &[("AllocationId", "eipalloc-00000000000000000")],
            ),
        ])
        .await
    }

    pub(super) async fn check_image_uses(&self) -> Result<(), CloudError> {
        self.call(&DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, nothing)
            .with("LaunchTemplateVersion.1", "$Latest")
            .with("ResolveAlias", "true")
            .send()
            .await?;
        for operation in [
            &DESCRIBE_AUTO_SCALING_GROUPS,
            &DESCRIBE_LAUNCH_CONFIGURATIONS,
        ] {
            self.call(operation, nothing)
                .with("MaxRecords", GROUPS_PAGE.to_string())
                .send()
                .await?;
        }
        Ok(())
    }

    pub(super) async fn check_protections(&self) -> Result<(), CloudError> {
        let lists: [(&'static Operation, &[&str]); 3] = [
            (&GET_LIFECYCLE_POLICIES, &["policies"]),
            (&LIST_BACKUP_PLANS, &["backup", "plans", ""]),
            (&LIST_PROTECTED_RESOURCES, &["resources", ""]),
        ];
        for (operation, path) in lists {
            self.call(operation, nothing).get(path).send().await?;
        }
        Ok(())
    }

    pub(super) async fn check_alarms(&self) -> Result<(), CloudError> {
        self.call(&DESCRIBE_ALARMS, nothing)
            .with_json("MaxRecords", 1)
            .send()
            .await?;
        self.call(&GET_RESOURCES, nothing)
            .with_json("ResourceTypeFilters", json!(["cloudwatch:alarm"]))
            .with_json("ResourcesPerPage", 1)
            .send()
            .await
    }

    /// A question that names nothing costs nothing.
    pub(super) async fn check_traffic(&self) -> Result<(), CloudError> {
        let now = self.line.now().as_second();
        let tried = self
            .call(&GET_METRIC_DATA, nothing)
            .with_json("MetricDataQueries", json!([]))
            .with_json("StartTime", now - 300)
            .with_json("EndTime", now)
            .send()
            .await;
        would_be_done(tried)
    }
}

#[cfg(test)]
mod tests {
    use cloud::CallSite;
    use model::AccountId;

    use super::*;

    #[test]
    fn only_what_is_looked_at_after_the_rights_says_that_they_are_there() {
        let of = |kind: ErrorKind| {
            let site = CallSite {
                account: AccountId::new("data"),
                place: Place::Global,
                operation: "CreateSnapshots",
            };
            would_be_done(Err(CloudError::new(site, kind, ""))).is_ok()
        };
        assert!(of(ErrorKind::Invalid), "DryRunOperation");
        assert!(of(ErrorKind::NotFound));
        assert!(of(ErrorKind::Exhausted));
        for kind in [
            ErrorKind::Denied { permission: None },
            ErrorKind::Credentials,
            ErrorKind::Busy,
            ErrorKind::Unanswered,
            ErrorKind::Undecodable,
        ] {
            assert!(!of(kind.clone()), "{kind:?}");
        }
        assert!(would_be_done(Ok(())).is_ok());
    }
}
