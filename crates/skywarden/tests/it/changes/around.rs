//! What stands around changes: the rights they need, and when they run.

use insta::assert_snapshot;

use crate::house::House;

const ACCOUNT: &str = "[accounts.data]\ncloud = \"aws\"\ncredentials = { profile = \"default\" }\n\
                       regions = [\"us-east-1\"]\n[patrol]\nbalance = \"off\"\n";

/// Returns the policy for a configuration of one account.
#[track_caller]
fn policy(tables: &str) -> String {
    let house = House::new();
    house.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n",
    );
    house.configure(&format!("{ACCOUNT}{tables}"));
    let said = house.run(&["doctor", "--policy"]);
    assert_eq!(said.code, 0, "{said}");
    said.stdout
}

#[test]
fn the_policy_may_change_what_the_duties_in_apply_mode_change_and_nothing_else() {
    let may = |policy: &str| {
        let writes = [
            "ec2:CreateSnapshots",
            "cloudwatch:PutMetricAlarm",
            "ec2:TerminateInstances",
        ];
        writes.map(|it| policy.contains(it))
    };
    assert_eq!(may(&policy("[backups]\n[alarms]\n[orphans]")), [false; 3]);
    let one = policy("[backups]\nmode = \"apply\"\n[alarms]\n");
    assert_eq!(may(&one), [true, false, false], "{one}");
    let two = policy("[alarms]\nmode = \"apply\"\n[orphans]\nmode = \"apply\"\nact = \"delete\"\n");
    assert_eq!(may(&two), [false, true, true], "{two}");
    let elsewhere = policy("[accounts.data.backups]\nmode = \"apply\"\n[alarms]\n");
    assert_eq!(may(&elsewhere), [true, false, false], "{elsewhere}");
}

#[test]
fn the_policy_may_lend_copies_only_where_sets_go_to_another_account() {
    let vault = "[accounts.vault]\ncloud = \"aws\"\ncredentials = { profile = \"default\" }\n\
                 regions = [\"us-east-1\"]\n";
    let lends = |copy_to: &str, mode: &str| {
        let tables = format!(
            "{vault}[accounts.data.backups]\nmode = \"{mode}\"\ncopy_to = [{copy_to}]\n\
             [accounts.vault.backups]\nmode = \"apply\"\n"
        );
        let policy = policy(&tables);
        policy.matches("ec2:ModifySnapshotAttribute").count()
    };
    assert_eq!(lends("{ account = \"vault\" }", "apply"), 1);
    assert_eq!(lends("{ account = \"vault\" }", "plan"), 0);
    assert_eq!(lends("{ region = \"us-west-2\" }", "apply"), 0);
}

#[test]
fn what_only_plans_is_checked_and_what_applies_is_applied_by_the_clock() {
    let house = House::new();
    house.configure(&format!(
        "{ACCOUNT}[backups]\nmode = \"apply\"\n[alarms]\n[orphans]\n"
    ));
    assert_snapshot!("crontab", house.run(&["schedule", "--crontab"]));
    let second = "[accounts.wiki]\ncloud = \"aws\"\ncredentials = { profile = \"default\" }\n\
                  [accounts.wiki.backups]\nmode = \"plan\"\n";
    house.configure(&format!("{ACCOUNT}[backups]\nmode = \"apply\"\n{second}"));
    assert_snapshot!("crontab_of_two", house.run(&["schedule", "--crontab"]));
}
