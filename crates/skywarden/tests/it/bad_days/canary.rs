//! Secrets are looked for in everything the program leaves behind.
//!
//! Each secret is a word that stands nowhere else; where it is found besides the place it was given
//! in, it leaked. The real program runs where a log is written, since a process has one log.

use std::sync::Arc;

use base::{Clock, SeededChance, SystemClock};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudsim::mailbox::{Login, Mailbox, Settings};
use cloudsim::robots::{Fault, Security, Times};
use cloudsim::{Prepaid, Rights, Role, Uid, World};
use jiff::SignedDuration;

use crate::house::House;
use crate::scene::{SHOP, Scene, account};

const BAD: Uid = Uid(1_690_700_000_000_002);
const VAULTED: Uid = Uid(1_690_700_000_000_003);
const ROBOT_SECRET: &str = "SECCANARY-robot-secret-7b1d";
const MAIL_PASSWORD: &str = "CANARY-mail-password-90ac";
const PROXY_PASSWORD: &str = "CANARY-proxy-password-5e77";
const WRONG_SECRET: &str = "CANARY-wrong-secret-c0de";
const SEALED_SECRET: &str = "CANARY-sealed-secret-41f2";
const DEAD_MAN: &str = "CANARY-dead-man-token-88d3";
/// 32 bytes, as `openssl rand -base64 32` prints them.
const MASTER_KEY: &str = "Q0FOQVJZLW1hc3Rlci1rZXktMDEyMzQ1Njc4OWFiY2Q=";

/// A scene with a secret in every place that there is, and all of them.
struct Aviary {
    scene: Scene,
    mailbox: Mailbox,
    secrets: Vec<String>,
}

impl Aviary {
    /// Returns a scene on the machine's own clock: the real program has no other.
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let now = clock.now();
        let world = World::new(now);
        for (name, uid) in [("shop", SHOP), ("bad", BAD), ("vaulted", VAULTED)] {
            let row = Prepaid::new(
                "rds",
                format!("rm-{name}"),
                now + SignedDuration::from_hours(75),
            );
            world.add(
                account(name, uid)
                    .prepaid(row)
                    .role(Role::new("vm", uid, Rights::all())),
            );
        }
        let session = world
            .machine_session(VAULTED, "vm", now, &SeededChance::new(1))
            .unwrap();
        let mut scene = Scene::on(
            world,
            House::new().with_lasting_chance(),
            Arc::clone(&clock),
        );
        let key = scene.sim.world().key("vaulted").unwrap();
        let mut secrets = vec![
            key.secret.clone(),
            scene.sim.world().key("shop").unwrap().secret,
            session.token.clone(),
            session.key.secret.clone(),
        ];
        secrets.extend(
            [
                ROBOT_SECRET,
                MAIL_PASSWORD,
                PROXY_PASSWORD,
                WRONG_SECRET,
                SEALED_SECRET,
                DEAD_MAN,
                MASTER_KEY,
            ]
            .map(str::to_owned),
        );
        let house = &mut scene.house;
        house.set("SKYWARDEN_KEY", MASTER_KEY);
        for (name, secret) in [
            ("vaulted.access_key_id", key.id.as_str()),
            ("vaulted.access_key_secret", key.secret.as_str()),
            ("unused", SEALED_SECRET),
            ("robot.secret", ROBOT_SECRET),
        ] {
            let said = house.run_with(&["seal", "set", name], &format!("{secret}\n"));
            assert_eq!(said.code, 0, "{said}");
        }
        house.set("KEY1_ACCESS_KEY_SECRET", WRONG_SECRET);
        house.set("VM_ACCESS_KEY_ID", &session.key.id);
        house.set("VM_ACCESS_KEY_SECRET", &session.key.secret);
        house.set("VM_SECURITY_TOKEN", &session.token);
        house.set("MAIL_PASSWORD", MAIL_PASSWORD);
        house.set(
            "PROXY",
            &format!("http://someone:{PROXY_PASSWORD}@127.0.0.1:9"),
        );
        scene.credentials("vaulted", "{ sealed = \"vaulted\" }");
        let vm = format!(
            "[accounts.vm]\ncloud = \"aliyun\"\ncredentials = {{ env = \"VM\" }}\n\
             endpoints = {{ default = \"{}\" }}\n[network]\nproxy = {{ env = \"PROXY\" }}",
            scene.sim.url()
        );
        scene.table(&vm);

        let signed = || Security::sign(ROBOT_SECRET);
        for (name, kind, url) in [
            ("ding", "dingtalk", scene.robots.dingtalk("ding", signed())),
            ("echo", "dingtalk", scene.robots.dingtalk("echo", signed())),
            ("lark", "feishu", scene.robots.feishu("lark", signed())),
            ("hook", "webhook", scene.robots.webhook("hook", signed())),
        ] {
            let variable = format!("{}_WEBHOOK", name.to_uppercase());
            scene.house.set(&variable, url.as_str());
            let text = format!(
                "kind = \"{kind}\"\nwebhook = {{ env = \"{variable}\" }}\n\
                 secret = {{ sealed = \"robot.secret\" }}\n"
            );
            scene.channel_table(name, &text);
            // The address of a robot is its credential.
            match kind {
                "dingtalk" => secrets.push(url.query_pairs().next().unwrap().1.into_owned()),
                "feishu" => secrets.push(url.path().rsplit('/').next().unwrap().to_owned()),
                _ => {}
            }
        }
        // A robot that gives back what it was given.
        let own = scene.robots.dingtalk("echo", signed());
        let token = own.query_pairs().next().unwrap().1;
        let message = format!("sign not match, more: [{token} {ROBOT_SECRET} {own}]");
        scene.robots.arm(
            "echo",
            Fault::Code {
                code: 310_000,
                message,
            },
            Times::Forever,
        );

        let login = Login {
            user: "ops@example.com".to_owned(),
            password: MAIL_PASSWORD.to_owned(),
        };
        let settings = Settings {
            login: Some(login),
            ..Settings::default()
        };
        let mailbox = scene.wait_for(Mailbox::start(clock, settings)).unwrap();
        let post = format!(
            "smtp = {{ host = \"127.0.0.1\", port = {}, security = \"none\", username = \
             \"ops@example.com\", password = {{ env = \"MAIL_PASSWORD\" }}, from = \
             \"ops@example.com\", to = [\"team@example.com\"] }}\n",
            mailbox.address().port()
        );
        scene.channel_table("post", &post);
        // It answers GET with an error, which is told.
        let dead_man = format!("{}hook/nobody?token={DEAD_MAN}", scene.robots.url());
        scene.house.set("DEAD_MAN", &dead_man);
        scene.patrol_key("dead_man = { env = \"DEAD_MAN\" }");
        Self {
            scene,
            mailbox,
            secrets,
        }
    }

    /// Checks that no secret is where it should not be, as it is or in base 64.
    #[track_caller]
    fn nothing_leaked(&self) {
        let mut messages: Vec<String> = Vec::new();
        for name in ["ding", "lark", "hook"] {
            let accepted = self.scene.robots.messages(name);
            messages.extend(accepted.into_iter().map(|it| it.body));
        }
        messages.extend(self.mailbox.mails().iter().map(|it| format!("{it:?}")));
        for secret in &self.secrets {
            for shape in [secret.clone(), STANDARD.encode(secret)] {
                assert_eq!(self.scene.house.leaks(&shape), [""; 0], "{secret} leaked");
                let told = messages.iter().find(|it| it.contains(&shape));
                assert_eq!(told, None, "{secret} was told");
            }
        }
    }

    /// Runs the real program with a log of everything.
    fn run_logged(&mut self, format: &str, command: &[&str]) -> (u8, String) {
        let log = format!(
            "[log]\nlevel = \"trace\"\nformat = \"{format}\"\nfile = \"trace.log\"\nrotation = \"never\""
        );
        self.scene.table(&log);
        self.scene.house.configure(&self.scene.config());
        let said = self.scene.house.run_program(command);
        let log = self.scene.house.read(".config/skywarden/trace.log");
        assert!(log.contains("patrol saw"), "the log says nothing: {log}");
        (said.code, format!("{}{}", said.stdout, said.stderr))
    }
}

#[test]
fn no_secret_is_in_the_report_the_store_the_messages_or_a_trace_of_everything() {
    let mut aviary = Aviary::new();
    let (code, told) = aviary.run_logged("text", &["patrol"]);
    // It did its work: one account is not seen, one robot refuses, and the others are told.
    assert_eq!(code, 3, "{told}");
    assert!(
        told.contains("bad/global/prepaid") && told.contains("rm-vaulted"),
        "{told}"
    );
    assert!(
        told.contains("echo: 0 delivered, 0 waiting, 1 given up"),
        "{told}"
    );
    for name in ["ding", "lark", "hook"] {
        assert_eq!(
            aviary.scene.robots.messages(name).len(),
            1,
            "{name}: {told}"
        );
    }
    assert_eq!(aviary.mailbox.mails().len(), 1, "{told}");
    aviary.nothing_leaked();
}

#[test]
fn no_secret_is_in_a_json_log_or_document() {
    let mut aviary = Aviary::new();
    let (code, told) = aviary.run_logged("json", &["patrol", "-o", "json"]);
    assert_eq!(code, 3, "{told}");
    aviary.nothing_leaked();
}

#[test]
fn no_secret_is_told_by_the_commands_that_look_at_the_configuration() {
    let aviary = Aviary::new();
    // On the machine's clock the simulation is years from this house; who asks it is refused.
    for command in [
        &["config", "show"][..],
        &["config", "show", "-o", "json"],
        &["config", "validate"],
        &["accounts"],
        &["channels", "list"],
        &["seal", "list"],
        &["schedule", "--crontab"],
        &["whoami"],
        &["doctor"],
        &["patrol", "--account", "nobody"],
    ] {
        let said = aviary.scene.run(command);
        assert!(
            !said.stdout.is_empty() || !said.stderr.is_empty(),
            "{command:?} said nothing"
        );
    }
    aviary.nothing_leaked();
}

#[test]
fn a_patrol_that_did_its_job_tells_the_dead_man_and_nobody_its_token() {
    let aviary = Aviary::new();
    aviary.scene.house.configure(&aviary.scene.config());
    aviary.scene.robots.heal("echo");
    let said =
        aviary
            .scene
            .house
            .run_program(&["patrol", "--account", "vm", "--account", "vaulted"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.stderr.contains("the dead-man URL at http://127.0.0.1"),
        "{said}"
    );
    aviary.nothing_leaked();
}

#[test]
fn secrets_in_the_file_itself_are_not_shown() {
    let mut aviary = Aviary::new();
    let hook = "https://oapi.dingtalk.com/robot/send?access_token=CANARY-plain-hook-aa01";
    let text = format!("webhook = \"{hook}\"\nsecret = \"SECCANARY-plain-secret-aa02\"\n");
    aviary.scene.channel_table("plain", &text);
    for command in [
        &["config", "show"][..],
        &["config", "validate"],
        &["channels", "list"],
        &["doctor"],
    ] {
        aviary.scene.run(command);
    }
    for secret in ["CANARY-plain-hook-aa01", "SECCANARY-plain-secret-aa02"] {
        let leaks = aviary.scene.house.leaks(secret);
        assert!(
            leaks.iter().all(|it| it.ends_with("skywarden.toml")) && leaks.len() == 1,
            "{leaks:?}"
        );
    }
    aviary.nothing_leaked();
}

#[test]
fn the_password_of_a_store_that_cannot_be_reached_is_not_told() {
    let mut aviary = Aviary::new();
    let password = "CANARY-store-password-e4e4";
    let store = format!("postgres://skywarden:{password}@127.0.0.1:1/skywarden");
    aviary.scene.house.set("STORE", &store);
    aviary.secrets.push(password.to_owned());
    aviary.scene.table("[store]\nurl = { env = \"STORE\" }");
    for command in [&["patrol"][..], &["findings", "list"]] {
        let said = aviary.scene.run(command);
        assert_eq!(said.code, 7, "{said}");
        assert!(
            said.stderr.contains("postgres://127.0.0.1:1/skywarden"),
            "{said}"
        );
        assert!(said.stderr.contains("hint: "), "{said}");
    }
    assert_eq!(aviary.scene.sim.stats().calls, 0);
    assert_eq!(aviary.scene.robots.calls("ding"), 0);
    for command in [
        &["doctor"][..],
        &["config", "show"],
        &["config", "validate"],
    ] {
        aviary.scene.run(command);
    }
    aviary.nothing_leaked();
}
