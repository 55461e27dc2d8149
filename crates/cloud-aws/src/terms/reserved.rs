//! Reservations, in each product's own words.
//!
//! Those of databases tell their begin and their length in seconds instead of their end.

use jiff::SignedDuration;
use model::{Expiry, Prepaid};
use serde::Deserialize;

use super::{DATABASES, MACHINES, prepaid, status};
use crate::decode::Misread;
use crate::lists::Batch;
use crate::query::{Set, Tag, read, read_result, some, tags};
use crate::times;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Machines {
    reserved_instances_set: Option<Set<Machine>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Machine {
    reserved_instances_id: String,
    instance_type: String,
    instance_count: String,
    start: String,
    end: String,
    state: String,
    tag_set: Set<Tag>,
}

pub(super) fn decode_machines(body: &[u8]) -> Result<Batch<Prepaid>, Misread> {
    let answer: Machines = read(body, "DescribeReservedInstancesResponse")?;
    let rows = answer
        .reserved_instances_set
        .ok_or(Misread::Lacks("reservedInstancesSet"))?;
    let mut reserved = Vec::new();
    for row in rows {
        let id = some(&row.reserved_instances_id)
            .ok_or(Misread::Lacks("reservedInstancesId in one of its rows"))?;
        let Some(status) = status(&row.state) else {
            continue;
        };
        reserved.push(Prepaid {
            name: counted(&row.instance_count, &row.instance_type),
            tags: tags(row.tag_set),
            created: times::instant(&row.start),
            expiry: times::expiry(times::instant(&row.end)),
            status,
            ..prepaid(MACHINES, id.to_owned(), row.instance_type)
        });
    }
    Ok(Batch::new(reserved, ""))
}

/// A reservation of databases.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    #[serde(rename = "ReservedDBInstanceId")]
    id: String,
    #[serde(rename = "DBInstanceClass")]
    sort: String,
    #[serde(rename = "DBInstanceCount")]
    count: String,
    #[serde(rename = "StartTime")]
    start: String,
    #[serde(rename = "Duration")]
    duration: String,
    #[serde(rename = "State")]
    state: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rows {
    #[serde(rename = "ReservedDBInstances")]
    rows: Option<Set<Row>>,
    #[serde(rename = "Marker")]
    marker: String,
}

pub(super) fn decode_databases(body: &[u8]) -> Result<Batch<Prepaid>, Misread> {
    let answer: Rows = read_result(body, "DescribeReservedDBInstancesResponse")?;
    let rows = answer.rows.ok_or(Misread::Lacks("ReservedDBInstances"))?;
    let mut reserved = Vec::new();
    for row in rows {
        let lacks = Misread::Lacks("ReservedDBInstanceId in one of its rows");
        let id = some(&row.id).ok_or(lacks)?;
        let Some(status) = status(&row.state) else {
            continue;
        };
        let created = times::instant(&row.start);
        reserved.push(Prepaid {
            name: counted(&row.count, &row.sort),
            created,
            expiry: end(created, row.duration.trim().parse().ok()),
            status,
            ..prepaid(DATABASES, id.to_owned(), row.sort)
        });
    }
    Ok(Batch::new(reserved, &answer.marker))
}

fn end(start: Option<jiff::Timestamp>, seconds: Option<i64>) -> Expiry {
    let length = seconds.filter(|it| *it > 0).map(SignedDuration::from_secs);
    let end = start
        .zip(length)
        .and_then(|(start, length)| start.checked_add(length).ok());
    times::expiry(end)
}

/// Returns what a person knows a reservation by: `3 × db.r6g.large`.
fn counted(count: &str, sort: &str) -> Option<String> {
    let sort = some(sort)?;
    let count: u32 = count.trim().parse().unwrap_or(1);
    Some(format!("{count} × {sort}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(batch: Batch<Prepaid>) -> Vec<String> {
        let rows = batch.rows.into_iter().map(|it| {
            let end = match it.expiry {
                Expiry::At(end) => end.to_string(),
                other => format!("{other:?}"),
            };
            let name = it.name.unwrap_or_default();
            format!("{} {} {name} {end}", it.kind, it.id)
        });
        rows.collect()
    }

    #[test]
    fn machines_tell_their_end() {
        let body = b"<DescribeReservedInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservedInstancesSet>
            <item><reservedInstancesId>e5a2ff3b</reservedInstancesId><instanceType>m6i.large</instanceType><start>2025-12-01T00:00:00.000Z</start>
            <duration>31536000</duration><end>2026-12-01T00:00:00.000Z</end><instanceCount>3</instanceCount><state>active</state></item>
            <item><reservedInstancesId>gone</reservedInstancesId><state>payment-failed</state></item></reservedInstancesSet></DescribeReservedInstancesResponse>";
        let expected = "ec2 e5a2ff3b 3 × m6i.large 2026-12-01T00:00:00Z";
        assert_eq!(shown(decode_machines(body).unwrap()), [expected]);
        assert!(decode_machines(b"<DescribeReservedInstancesResponse/>").is_err());
    }

    #[test]
    fn databases_tell_their_begin_and_their_length() {
        let databases = b"<DescribeReservedDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeReservedDBInstancesResult><Marker>m</Marker><ReservedDBInstances>
            <ReservedDBInstance><ReservedDBInstanceId>ri-1</ReservedDBInstanceId><DBInstanceClass>db.r6g.large</DBInstanceClass><DBInstanceCount>2</DBInstanceCount>
            <StartTime>2025-12-01T00:00:00Z</StartTime><Duration>31536000</Duration><State>active</State></ReservedDBInstance>
            <ReservedDBInstance><ReservedDBInstanceId>ri-2</ReservedDBInstanceId><State>active</State></ReservedDBInstance>
            </ReservedDBInstances></DescribeReservedDBInstancesResult></DescribeReservedDBInstancesResponse>";
        let batch = decode_databases(databases).unwrap();
        assert_eq!(batch.next.as_deref(), Some("m"));
        assert_eq!(
            shown(batch),
            [
                "rds ri-1 2 × db.r6g.large 2026-12-01T00:00:00Z",
                "rds ri-2  Unknown"
            ]
        );
    }
}
