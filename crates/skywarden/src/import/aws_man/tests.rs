use expect_test::{Expect, expect};
use secrecy::ExposeSecret as _;

use super::*;

/// The script of the documents, filled in.
const SCRIPT: &str = r#"
#!/bin/bash

export TZ='Asia/Shanghai'

export AWS_REGION=cn-north-1
export AWS_ACCESS_KEY_ID=AKIACANARY
export AWS_SECRET_ACCESS_KEY="CANARY/secret+"
ACCOUNT_ID=123456789012

DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"
LOG_DIR=/srv/logs/aws-man

mkdir -p $LOG_DIR

$DIR/ec2_snapshot >> $LOG_DIR/ec2_snapshot_$ACCOUNT_ID.log 2>&1
$DIR/ec2_networkout_alerm >> $LOG_DIR/ec2_networkout_alerm_$ACCOUNT_ID.log 2>&1
"#;

fn check(script: &str, crontab: Option<&str>, expected: Expect) {
    let said = match aws_man(script, crontab) {
        Ok(imported) => {
            let mut said: String = imported
                .toml
                .lines()
                .filter(|it| !it.starts_with('#') && !it.is_empty())
                .fold(String::new(), |text, line| text + line + "\n");
            for (name, secret) in &imported.secrets {
                let length = secret.expose_secret().len().to_string();
                said.extend(["sealed ", name, " = ", &length, "\n"]);
            }
            for note in &imported.notes {
                said.extend(["note: ", &note.to_string(), "\n"]);
            }
            said
        }
        Err(error) => format!("{error}\n"),
    };
    assert!(!said.contains("CANARY"), "{said}");
    expected.assert_eq(&said);
}

#[test]
fn the_script_of_the_documents_becomes_its_own_week_and_its_own_alarm() {
    check(
        SCRIPT,
        None,
        expect![[r#"
            [backups]
            mode = "plan"
            select = 'tags.AutoSnapshot == "true" && state == "running"'
            every = "0 0 4 * * *"
            timezone = "Asia/Shanghai"
            keep = { within = "7d", at_least = 1 }
            image = "weekly"
            image_keep = "7d"
            image_disks = "root"
            protected_tags = ["BaseAMI=true", "Autoscalling=true", "AutoScallingAMI=true"]
            [alarms]
            mode = "plan"
            select = 'state == "running"'
            every = "0 0 4 * * *"
            timezone = "Asia/Shanghai"
            outbound = "20MB/5m"
            periods = 4
            notify = "ec2-NetworkOut-Alarm"
            [patrol]
            balance = "off"
            ping = false
            [accounts.aws-123456789012]
            cloud = "aws"
            partition = "aws-cn"
            credentials = { sealed = "aws-123456789012" }
            regions = ["cn-north-1"]
            expect_identity = "123456789012"
            sealed aws-123456789012.access_key_id = 10
            sealed aws-123456789012.access_key_secret = 14
        "#]],
    );
}

#[test]
fn a_script_without_keys_takes_the_role_of_its_machine() {
    let script = SCRIPT
        .replace("AKIACANARY", "")
        .replace("\"CANARY/secret+\"", "")
        .replace("123456789012", "<aws account>");
    check(
        &script,
        None,
        expect![[r#"
            [backups]
            mode = "plan"
            select = 'tags.AutoSnapshot == "true" && state == "running"'
            every = "0 0 4 * * *"
            timezone = "Asia/Shanghai"
            keep = { within = "7d", at_least = 1 }
            image = "weekly"
            image_keep = "7d"
            image_disks = "root"
            protected_tags = ["BaseAMI=true", "Autoscalling=true", "AutoScallingAMI=true"]
            [alarms]
            mode = "plan"
            select = 'state == "running"'
            every = "0 0 4 * * *"
            timezone = "Asia/Shanghai"
            outbound = "20MB/5m"
            periods = 4
            notify = "ec2-NetworkOut-Alarm"
            [patrol]
            balance = "off"
            ping = false
            [accounts.aws]
            cloud = "aws"
            partition = "aws-cn"
            credentials = { role = true }
            regions = ["cn-north-1"]
            note: the script had no access key, so the role of the machine is taken; or name a profile
        "#]],
    );
}

#[test]
fn the_line_of_cron_is_when_it_runs() {
    let every = |script: &str, crontab: Option<&str>| {
        let imported = aws_man(script, crontab).unwrap();
        let line = imported.toml.lines().find(|it| it.starts_with("every"));
        line.unwrap().to_owned()
    };
    let line = " 30 5 * * 1-5  /srv/scripts/aws-man/ec2/123456789012.sh";
    assert_eq!(every(SCRIPT, Some(line)), "every = \"0 30 5 * * 1-5\"");
    assert_eq!(every(SCRIPT, Some("@daily x")), "every = \"@daily\"");
    let commented = format!("{SCRIPT}\n# crontab -e\n#{line}\n");
    assert_eq!(every(&commented, None), "every = \"0 30 5 * * 1-5\"");
    let error = aws_man(SCRIPT, Some("often")).unwrap_err();
    assert_eq!(error, AwsManError::Crontab);
}

#[test]
fn only_what_the_script_starts_is_taken_over() {
    let script = SCRIPT.replace("$DIR/ec2_snapshot", "#$DIR/ec2_snapshot");
    let toml = aws_man(&script, None).unwrap().toml;
    assert!(toml.contains("[alarms]") && !toml.contains("[backups]"));
    let neither = script.replace("$DIR/ec2_networkout_alerm", "#");
    check(
        &neither,
        None,
        expect![[r#"
        it starts neither ec2_snapshot nor ec2_networkout_alerm
    "#]],
    );
}

#[test]
fn what_cannot_be_taken_over_is_named_and_never_quoted() {
    for (from, to, expected) in [
        (
            "AKIACANARY",
            "",
            expect![[r#"
            `AWS_ACCESS_KEY_ID` is not filled in, and the other half of the access key is
        "#]],
        ),
        (
            "\"CANARY/secret+\"",
            "$(cat /root/CANARY)",
            expect![[r#"
            line 8: `AWS_SECRET_ACCESS_KEY` is computed by the shell, which is not run here
        "#]],
        ),
        (
            "123456789012",
            "CANARY",
            expect![[r#"
            line 9: `ACCOUNT_ID` is not an account id of twelve digits
        "#]],
        ),
        (
            "cn-north-1",
            "CANARY/evil.com",
            expect![[r#"
            line 6: `AWS_REGION` is not a region such as cn-north-1
        "#]],
        ),
        (
            "Asia/Shanghai",
            "Asia/CANARY",
            expect![[r#"
            line 4: `TZ` is not a time zone such as Asia/Shanghai
        "#]],
        ),
        (
            "cn-north-1",
            "eu-west-1\nexport HTTPS_PROXY=http://CANARY",
            expect![[r#"
                [backups]
                mode = "plan"
                select = 'tags.AutoSnapshot == "true" && state == "running"'
                every = "0 0 4 * * *"
                timezone = "Asia/Shanghai"
                keep = { within = "7d", at_least = 1 }
                image = "weekly"
                image_keep = "7d"
                image_disks = "root"
                protected_tags = ["BaseAMI=true", "Autoscalling=true", "AutoScallingAMI=true"]
                [alarms]
                mode = "plan"
                select = 'state == "running"'
                every = "0 0 4 * * *"
                timezone = "Asia/Shanghai"
                outbound = "20MB/5m"
                periods = 4
                notify = "ec2-NetworkOut-Alarm"
                [patrol]
                balance = "off"
                ping = false
                [accounts.aws-123456789012]
                cloud = "aws"
                credentials = { sealed = "aws-123456789012" }
                regions = ["eu-west-1"]
                expect_identity = "123456789012"
                sealed aws-123456789012.access_key_id = 10
                sealed aws-123456789012.access_key_secret = 14
                note: the script says eu-west-1, and the old program looked at cn-north-1 all the same
                note: line 7: `HTTPS_PROXY` is none of the script of the documents and was left out
            "#]],
        ),
    ] {
        check(&SCRIPT.replacen(from, to, 1), None, expected);
    }
}
