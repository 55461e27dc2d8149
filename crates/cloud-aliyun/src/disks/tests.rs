use super::*;

fn disk_of(row: &str) -> Disk {
    let body = format!(r#"{{"Disks":{{"Disk":[{row}]}}}}"#);
    decode_disks(&body).unwrap().items.remove(0)
}

#[test]
fn a_disk_is_free_only_when_nothing_names_it() {
    let on = |id: &str| DiskState::Attached(vec![ResourceId::new(id)]);
    for (row, expected) in [
        (r#""Status":"Available""#, DiskState::Unattached),
        (r#""Status":"Available","InstanceId":"i-1""#, on("i-1")),
        (
            r#""Status":"In_use","Attachments":{"Attachment":[{"InstanceId":"i-1"}]},"InstanceId":"i-1""#,
            on("i-1"),
        ),
        (
            r#""Status":"Detaching""#,
            DiskState::Changing("Detaching".into()),
        ),
    ] {
        let disk = disk_of(&format!(r#"{{"DiskId":"d-1","Size":40,{row}}}"#));
        assert_eq!(disk.state, expected, "{row}");
        assert_eq!(disk.size_gib, 40);
    }
}

#[test]
fn a_disk_paid_by_use_never_ends() {
    let disk = disk_of(
        r#"{"DiskId":"d-1","Status":"Available","DiskChargeType":"PostPaid",
        "ExpiredTime":"2999-09-08T16:00Z","DetachedTime":"2026-11-01T00:00:00Z"}"#,
    );
    assert_eq!(disk.expiry, Expiry::Never);
    assert!(disk.detached.is_some());
}

#[test]
fn a_snapshot_says_what_holds_it() {
    let body = r#"{"Snapshots":{"Snapshot":[
        {"SnapshotId":"s-1","Status":"accomplished","SourceDiskId":"d-1","SourceDiskSize":"40","Usage":"none","SnapshotType":"user"},
        {"SnapshotId":"s-2","Status":"progressing","SourceDiskId":"","Usage":"image"},
        {"SnapshotId":"s-3","Status":"failed","Usage":"none","SnapshotType":"auto"}]},"NextToken":null}"#;
    let all = decode_snapshots(body).unwrap().items;
    assert_eq!((all[0].size_gib, all[0].held_by.as_deref()), (40, None));
    assert_eq!(all[1].held_by.as_deref(), Some("image"));
    assert_eq!((&all[1].state, &all[1].disk), (&CopyState::Pending, &None));
    assert_eq!(
        all[2].held_by.as_deref(),
        Some("an automatic snapshot policy")
    );
}
