//! Stops, tags and removes machines and addresses, and starts a machine beside another (cvm, vpc
//! 2017-03-12, tag 2018-08-13).
//!
//! Invariant: a machine goes only when it is off, unprotected and paid by use: the cloud would take
//! one that runs, and one that is paid in advance goes to the recycle bin with the first call and
//! for good with the second.

mod beside;

use async_trait::async_trait;
use cloud::{BesideOrder, CloudError, ErrorKind, MachineChanges, Machines as _, Removal, Taggable};
use model::{Charge, MachineState, RegionId, ResourceId, STEP_TAG, Tags};
use serde_json::{Value, json};

use crate::Tencent;
use crate::changes::{done, tagged};
use crate::decode::{self, Loose, Misread};
use crate::operations::{RELEASE_ADDRESSES, STOP_INSTANCES, TAG_RESOURCES, TERMINATE_INSTANCES};
use crate::{lists, machines};

/// As many things, and as many tags, as one call takes.
const MOST_TAGGED: usize = 9;
/// The refusals of machines that cannot be off without being paid for.
const ALWAYS_PAID: &str = "UnsupportedOperation.StoppedModeStopCharging";

#[async_trait]
impl MachineChanges for Tencent {
    async fn put_tags(
        &self,
        region: &RegionId,
        kind: Taggable,
        ids: &[ResourceId],
        tags: &Tags,
    ) -> Result<(), CloudError> {
        let sort = match kind {
            Taggable::Machine => "instance",
            Taggable::Disk => "volume",
            Taggable::Snapshot => "snapshot",
            Taggable::Image => "image",
        };
        let said: Vec<Value> = tags
            .iter()
            .map(|(key, value)| json!({ "TagKey": key, "TagValue": value }))
            .collect();
        for ids in ids.chunks(MOST_TAGGED) {
            let things: Vec<String> = ids
                .iter()
                .map(|id| format!("qcs::cvm:{region}:uin/:{sort}/{id}"))
                .collect();
            for tags in said.chunks(MOST_TAGGED) {
                self.call_in(&TAG_RESOURCES, region, decode_tagged)
                    .with("ResourceList", things.clone())
                    .with("Tags", tags)
                    .same_twice()
                    .send()
                    .await?;
            }
        }
        Ok(())
    }

    async fn stop_machine(&self, region: &RegionId, id: &ResourceId) -> Result<(), CloudError> {
        let stop = || {
            self.call_about(&STOP_INSTANCES, region, "InstanceIds", id, done)
                // One that does not go down by itself stays up: its data are somebody's.
                .with("StopType", "SOFT")
        };
        let mut answer = stop().with("StoppedMode", "STOP_CHARGING").send().await;
        if answer
            .as_ref()
            .is_err_and(|error| error.code.starts_with(ALWAYS_PAID))
        {
            answer = stop().send().await;
        }
        let error = match answer {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let state = matches!(
            error.kind,
            ErrorKind::TryLater | ErrorKind::Held { .. } | ErrorKind::Invalid
        );
        if !state {
            return Err(error);
        }
        let found = self
            .machines_by_id(region, std::slice::from_ref(id))
            .await?;
        match found.first().map(|it| &it.state) {
            Some(MachineState::Stopped) => Ok(()),
            _ => Err(error),
        }
    }

    async fn delete_machine(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let found = self
            .machines_by_id(region, std::slice::from_ref(id))
            .await?;
        let Some(machine) = found.into_iter().find(|it| it.id == *id) else {
            return Ok(Removal::WasGone);
        };
        let by = match (&machine.state, &machine.charge) {
            _ if machine.protected => "deletion protection",
            (_, Charge::Prepaid) => "prepaid",
            (_, Charge::Other(_)) => "an unknown way to pay",
            (MachineState::Stopped, Charge::OnDemand | Charge::Spot) => "",
            (MachineState::Leaving, _) => return Ok(Removal::WasGone),
            (MachineState::Recycled, _) => "the recycle bin",
            _ => "running",
        };
        if !by.is_empty() {
            return Ok(Removal::Held(by.to_owned()));
        }
        let call = self.call_about(&TERMINATE_INSTANCES, region, "InstanceIds", id, done);
        Removal::of(call.send().await)
    }

    async fn release_address(
        &self,
        region: &RegionId,
        id: &ResourceId,
    ) -> Result<Removal, CloudError> {
        let call = self.call_about(&RELEASE_ADDRESSES, region, "AddressIds", id, done);
        Removal::of(call.send().await)
    }

    async fn run_beside(
        &self,
        region: &RegionId,
        order: &BesideOrder,
    ) -> Result<ResourceId, CloudError> {
        self.start_beside(region, order).await
    }

    async fn machines_of_step(
        &self,
        region: &RegionId,
        mark: &str,
    ) -> Result<Vec<ResourceId>, CloudError> {
        let mut question = machines::question(region, machines::decode);
        question.arguments = tagged(STEP_TAG, mark);
        let found = lists::whole(self, question).await?;
        let marked = found
            .into_iter()
            .filter(|it| it.tags.get(STEP_TAG).is_some_and(|it| it == mark));
        Ok(marked.map(|it| it.id).collect())
    }
}

decode::wire! {
    struct TaggedAnswer<'a> {
        failed_resources: Option<Vec<Untagged<'a>>>,
    }
    struct Untagged<'a> {
        code: Loose<'a>,
        message: Loose<'a>,
    }
}

/// Each thing has an outcome of its own: one that was not tagged is a failure of the whole.
fn decode_tagged(body: &str) -> Result<(), Misread> {
    let answer: TaggedAnswer<'_> = decode::object(body)?;
    match answer
        .failed_resources
        .unwrap_or_default()
        .into_iter()
        .next()
    {
        None => Ok(()),
        Some(failed) => Err(Misread::Refused(decode::Refusal {
            code: failed.code.into_text(),
            message: failed.message.into_text(),
            request_id: None,
        })),
    }
}
