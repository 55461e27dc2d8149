use std::fs;

use insta::assert_snapshot;
use secrecy::ExposeSecret as _;
use vault::{MasterKey, Vault};

use crate::house::House;
use crate::simulated::{CANARY, GAME, SHOP, Simulated};

const CONFIG: &str = ".config/skywarden/skywarden.toml";
const SEALED: &str = ".config/skywarden/skywarden.sealed";
const KEY_FILE: &str = ".local/share/skywarden/skywarden.key";
const ROBOT: &str = "https://oapi.dingtalk.com/robot/send?access_token=CANARY-robot-77";

/// Returns a house with two profiles of the cloud's own tool, and the argument that leads them to
/// the simulation.
fn house() -> (House, Simulated, String) {
    let house = House::new().with_lasting_chance();
    let cloud = Simulated::beside(&house);
    let profile = |name: &str, account: &str| {
        format!(
            "{{\"name\":\"{name}\",\"mode\":\"AK\",\"access_key_id\":\"LTAI5tSimulated{account}\",\
             \"access_key_secret\":\"{CANARY}\",\"region_id\":\"cn-hangzhou\"}}"
        )
    };
    let profiles = [profile("prod shop", "shop"), profile("game", "game")].join(",");
    let file = format!("{{\"current\":\"game\",\"profiles\":[{profiles}]}}");
    house.write(".aliyun/config.json", &file);
    let endpoint = format!("--endpoint=default={}", cloud.sim.url());
    (house, cloud, endpoint)
}

fn opened(house: &House, name: &str) -> String {
    let key = MasterKey::from_file(&house.path(KEY_FILE)).unwrap();
    let vault = Vault::open(&house.path(SEALED), key).unwrap();
    vault.get(name).unwrap().expose_secret().to_owned()
}

fn nothing_was_written(house: &House) {
    for path in [CONFIG, SEALED, KEY_FILE, ".config", ".local"] {
        assert!(!house.path(path).exists(), "{path}");
    }
}

/// The answers to all questions: language, accounts, their names, zone, days, days, balance,
/// robot, its secret, its keyword, writing, patrol.
fn answers() -> String {
    [
        "en", "1,2", "shop", "", "", "30", "5", "5,000", ROBOT, "", "", "y", "n",
    ]
    .join("\n")
        + "\n"
}

#[test]
fn questions_are_asked_keys_are_tried_and_the_file_works() {
    let (house, cloud, endpoint) = house();
    let said = house.run_with(&["init", &endpoint], &answers());
    assert_snapshot!("asked_en", cloud.plain(&said));
    assert_eq!(said.code, 0);
    assert_snapshot!("file_en", cloud.plain(house.read(CONFIG)));
    assert_eq!(
        (house.mode(CONFIG), house.mode(SEALED), house.mode(KEY_FILE)),
        (0o600, 0o600, 0o600)
    );
    assert_eq!(opened(&house, "ops.webhook"), ROBOT);
    let said = house.run(&["config", "validate", "-o", "jsonl"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said}");
    let said = house.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(house.leaks("CANARY-robot-77"), [""; 0]);
    let key_is_only_in = vec![house.path(".aliyun/config.json").display().to_string()];
    assert_eq!(house.leaks(CANARY), key_is_only_in);
}

#[test]
fn the_same_in_chinese_and_the_first_patrol() {
    let (house, cloud, endpoint) = house();
    let answers = "\n\n\n\n\n\n-\n\ny\n";
    let answers = answers.replacen('-', "", 1);
    let said = house.run_with(&["--lang", "zh-CN", "init", &endpoint], &answers);
    assert_snapshot!("asked_zh", cloud.plain(&said));
    assert_eq!(said.code, 0);
    assert_snapshot!("file_zh", cloud.plain(house.read(CONFIG)));
    assert!(
        said.stdout.contains("i-game1"),
        "the patrol has looked: {said}"
    );
    assert!(!house.path(SEALED).exists(), "nothing had to be sealed");
}

#[test]
fn when_the_input_ends_nothing_is_written() {
    let (house, _cloud, endpoint) = house();
    let all = answers();
    let lines: Vec<&str> = all.lines().collect();
    for answered in [0, 1, 2, 4, 7, 8, 10, 11] {
        let some: String = lines[..answered]
            .iter()
            .map(|it| format!("{it}\n"))
            .collect();
        let said = house.run_with(&["init", &endpoint], &some);
        assert_eq!(said.code, 2, "{said}");
        assert!(said.stderr.contains("nothing was written"), "{said}");
        nothing_was_written(&house);
    }
    let refused = all.replace("\ny\nn\n", "\nn\n");
    let said = house.run_with(&["init", &endpoint], &refused);
    assert!(said.stderr.ends_with("Nothing was written.\n"), "{said}");
    nothing_was_written(&house);
}

#[test]
fn wrong_answers_are_asked_again_and_never_taken() {
    let (house, cloud, endpoint) = house();
    let answers = [
        "klingon",
        "en",
        "0",
        "9",
        "2",
        "a/b",
        "game",
        "Mars/Olympus",
        "UTC",
        "many",
        "10",
        "11",
        "2",
        "lots",
        "0",
        "not an address",
        "http://example.com/plain",
        "https://100.100.100.200/latest",
        "",
        "perhaps",
        "y",
        "n",
    ];
    let said = house.run_with(&["init", &endpoint], &(answers.join("\n") + "\n"));
    assert_eq!(said.code, 0, "{said}");
    let file = cloud.plain(house.read(CONFIG));
    assert!(file.contains("timezone = \"UTC\"\n"), "{file}");
    assert!(file.contains("warn_days = 10\nurgent_days = 2\n"), "{file}");
    assert!(
        !file.contains("balance_below") && !file.contains("channels"),
        "{file}"
    );
}

#[test]
fn with_yes_the_current_profile_and_the_defaults_are_taken() {
    let (house, cloud, endpoint) = house();
    let said = house.run(&["init", "--yes", &endpoint]);
    assert_eq!(said.code, 0, "{said}");
    let file = cloud.plain(house.read(CONFIG));
    assert!(file.contains("[accounts.game]"), "{file}");
    assert!(
        file.contains("expect_identity = \"1690700000000002\""),
        "{file}"
    );
    assert!(file.contains("balance_below = { CNY = 1000 }"), "{file}");
    assert_eq!(house.run(&["whoami"]).code, 0);
}

#[test]
fn flags_are_answers_and_the_robot_comes_from_stdin() {
    let (house, cloud, endpoint) = house();
    let arguments = [
        "init",
        "--yes",
        "--profile",
        "prod shop",
        "--profile",
        "game",
        "--dir",
        "here",
        "--timezone",
        "UTC",
        "--warn-days",
        "3",
        "--balance-below",
        "99.50",
        "--channel",
        &endpoint,
    ];
    let said = house.run_with(&arguments, &format!("{ROBOT}\nCANARY-signing-12\n"));
    assert_eq!(said.code, 0, "{said}");
    let file = cloud.plain(house.read("here/skywarden.toml"));
    assert_snapshot!("file_flags", file);
    let key = MasterKey::from_file(&house.path(KEY_FILE)).unwrap();
    let vault = Vault::open(&house.path("here/skywarden.sealed"), key).unwrap();
    assert_eq!(
        vault.get("ops.secret").unwrap().expose_secret(),
        "CANARY-signing-12"
    );
    assert_eq!(house.leaks("CANARY-signing-12"), [""; 0]);
    let said = house.run(&["--config", "here/skywarden.toml", "config", "validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn what_is_wrong_with_flags_is_told_before_anything_is_tried() {
    let (house, cloud, endpoint) = house();
    for (arguments, words) in [
        (&["--profile", "prod"][..], "there are: prod shop, game"),
        (&["--timezone", "Mars"], "Mars"),
        (&["--warn-days", "3", "--urgent-days", "4"], "3 at most"),
        (&["--channel"], "--channel wants"),
        (&["--endpoint", "here"], "SERVICE=URL"),
    ] {
        let said = house.run(&[&["init", "--yes", &endpoint], arguments].concat());
        assert_eq!(said.code, 2, "{said}");
        assert!(said.stderr.contains(words), "{said}");
        nothing_was_written(&house);
    }
    drop(cloud);
}

#[test]
fn a_file_that_is_there_is_replaced_on_a_typed_word_only_and_kept() {
    let (house, cloud, endpoint) = house();
    house.configure("# mine\n");
    let said = house.run(&["init", "--yes", &endpoint]);
    assert_snapshot!("exists", cloud.plain(&said));
    let said = house.run_with(&["init", &endpoint], "yes\n");
    assert_eq!(said.code, 2, "{said}");
    assert_eq!(house.read(CONFIG), "# mine\n");
    let said = house.run_with(&["init", &endpoint], &format!("overwrite\n{}", answers()));
    assert_eq!(said.code, 0, "{said}");
    assert!(house.read(CONFIG).contains("[accounts.shop]"));
    assert_eq!(
        house.read(".config/skywarden/skywarden.toml.old"),
        "# mine\n"
    );

    let said = house.run_with(&["init", &endpoint], &format!("overwrite\n{}", answers()));
    assert_eq!(said.code, 0, "{said}");
    assert!(
        house.read(CONFIG).contains("ops-2.webhook"),
        "an older secret is left alone"
    );
    assert_eq!(opened(&house, "ops-2.webhook"), ROBOT);
}

#[test]
fn a_key_that_is_lost_is_told_before_anybody_types() {
    let (house, _cloud, endpoint) = house();
    assert_eq!(house.run_with(&["seal", "set", "old"], "secret").code, 0);
    fs::remove_file(house.path(KEY_FILE)).unwrap();
    let said = house.run(&["init", &endpoint]);
    assert_eq!(said.code, 2, "{said}");
    assert!(
        said.stderr.contains("skywarden.sealed") && !said.stderr.contains("Language"),
        "{said}"
    );
    assert!(!house.path(CONFIG).exists());
}

#[test]
fn what_is_missing_is_told_with_the_policy_and_a_person_decides() {
    let (house, cloud, endpoint) = house();
    cloud.take_away(SHOP, &["bss:DescribeInstances"]);
    let until_trial = "en\n1\nshop\n";
    let said = house.run_with(&["init", &endpoint], &format!("{until_trial}n\n"));
    assert!(said.stderr.contains("\"bss:DescribeInstances\""), "{said}");
    assert!(said.stderr.ends_with("Nothing was written.\n"), "{said}");
    nothing_was_written(&house);
    let rest = "y\n\n\n\n\n\ny\nn\n";
    let said = house.run_with(&["init", &endpoint], &format!("{until_trial}{rest}"));
    assert_eq!(said.code, 3, "{said}");
    assert!(house.path(CONFIG).exists());
}

#[test]
fn a_key_that_nobody_knows_is_told_and_its_account_is_not_pinned() {
    let (house, cloud, endpoint) = house();
    cloud.sim.world().edit(GAME, |it| it.users.clear()).unwrap();
    let said = house.run(&["init", "--yes", &endpoint]);
    assert_eq!(said.code, 4, "{said}");
    assert!(
        said.stderr.contains("InvalidAccessKeyId.NotFound"),
        "{said}"
    );
    assert!(!house.read(CONFIG).contains("expect_identity"));
}

#[test]
fn an_account_of_the_international_site_is_asked_about_dollars() {
    let (house, cloud, _) = house();
    cloud
        .sim
        .world()
        .edit(GAME, |it| *it = it.clone().international())
        .unwrap();
    let site = |site| cloud.sim.site_url(site);
    let endpoints = [
        format!("--endpoint=default={}", cloud.sim.url()),
        format!("--endpoint=bss={}", site(cloudsim::Site::Domestic)),
        format!(
            "--endpoint=bss-intl={}",
            site(cloudsim::Site::International)
        ),
    ];
    let mut arguments = vec!["init", "--yes"];
    arguments.extend(endpoints.iter().map(String::as_str));
    let said = house.run(&arguments);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stderr.contains("✓ site: international"), "{said}");
    assert!(house.read(CONFIG).contains("balance_below = { USD = 200 }"));
}

#[test]
fn a_key_that_is_typed_is_tried_and_sealed() {
    let house = House::new().with_lasting_chance();
    let cloud = Simulated::beside(&house);
    let endpoint = format!("--endpoint=default={}", cloud.sim.url());
    let said = house.run(&["init", "--yes", &endpoint]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("no credentials were found"), "{said}");
    let answers = format!("\n\n\nLTAI5tSimulatedshop\n{CANARY}\n\n\n\n\n\ny\nn\n");
    let said = house.run_with(&["init", &endpoint], &answers);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(opened(&house, "main.access_key_secret"), CANARY);
    let file = house.read(CONFIG);
    assert!(
        file.contains("credentials = { sealed = \"main\" }"),
        "{file}"
    );
    assert!(
        file.contains("expect_identity = \"1690700000000001\""),
        "{file}"
    );
    assert_eq!(house.run(&["whoami"]).code, 0);
    assert_eq!(house.leaks(CANARY), [""; 0]);
}
