use expect_test::expect;
use model::Language;

use super::*;
use crate::config::{self, Located, Origin};
use crate::surroundings::Surroundings;

const CANARY: &str = "CANARY-draft-91c4";

fn draft(language: Language) -> Draft {
    let account = |name: &str, credentials, number: Option<&str>| DraftAccount {
        name: name.to_owned(),
        credentials,
        number: number.map(str::to_owned),
    };
    Draft {
        words: Words(language),
        accounts: vec![
            account(
                "商城",
                DraftCredentials::Profile("it's \"prod\"".to_owned()),
                Some("169"),
            ),
            account(
                "main",
                DraftCredentials::Env("ALIBABA_CLOUD".to_owned()),
                None,
            ),
            account("box", DraftCredentials::MachineRole(None), None),
            account(
                "box-2",
                DraftCredentials::MachineRole(Some("ops".to_owned())),
                None,
            ),
            account(
                "typed",
                DraftCredentials::Typed {
                    id: CANARY.into(),
                    secret: CANARY.into(),
                },
                None,
            ),
        ],
        endpoints: vec![("default".to_owned(), "http://127.0.0.1:9".to_owned())],
        channel: Some(DraftChannel {
            name: "ops".to_owned(),
            kind: ChannelKind::DingTalk,
            address: format!("https://oapi.dingtalk.com/robot/send?access_token={CANARY}").into(),
            secret: Some(CANARY.into()),
            keyword: Some("巡检 \"a\"".to_owned()),
            record: "ops-2".to_owned(),
        }),
        timezone: "Asia/Shanghai".to_owned(),
        warn_days: 30,
        urgent_days: 3,
        balance_below: vec![
            ("CNY", Decimal::new(123_450, 2)),
            ("USD", Decimal::from(100)),
        ],
    }
}

fn parse(text: &str) -> config::Config {
    let located = Located {
        path: "/srv/skywarden.toml".into(),
        origin: Origin::Flag,
    };
    config::parse(text, &located, &Surroundings::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_file_passes_the_loader_and_says_what_was_answered() {
    for language in Language::ALL {
        let draft = draft(language);
        let config = parse(&draft.text(Purpose::File));
        assert_eq!(
            config.language.map(config::Language::as_str),
            Some(language.tag())
        );
        let credentials: Vec<&Credentials> =
            config.accounts.iter().map(|it| &it.credentials).collect();
        assert_eq!(
            credentials,
            [
                &Credentials::Profile("it's \"prod\"".to_owned()),
                &Credentials::Env("ALIBABA_CLOUD".to_owned()),
                &Credentials::MachineRole(None),
                &Credentials::MachineRole(Some("ops".to_owned())),
                &Credentials::Sealed("typed".to_owned()),
            ]
        );
        assert_eq!(config.accounts[0].name.as_str(), "商城");
        assert_eq!(config.accounts[0].expect_identity.as_deref(), Some("169"));
        assert_eq!(
            (config.patrol.warn_days, config.patrol.urgent_days),
            (30, 3)
        );
        let below: Vec<String> = config
            .patrol
            .balance_below
            .values()
            .map(|it| it.0.to_string())
            .collect();
        assert_eq!(below, ["1234.50", "100"]);
        assert_eq!(
            config.channels[0].section.keyword.as_deref(),
            Some("巡检 \"a\"")
        );
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
}

#[test]
fn no_secret_is_in_the_file_and_every_record_it_names_is_sealed() {
    let draft = draft(Language::English);
    let text = draft.text(Purpose::File);
    assert!(!text.contains(CANARY), "{text}");
    let names: Vec<String> = draft.secrets().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "typed.access_key_id",
            "typed.access_key_secret",
            "ops-2.webhook",
            "ops-2.secret"
        ]
    );
    assert!(text.contains("sealed = \"ops-2.webhook\"") && text.contains("sealed = \"typed\""));
}

#[test]
fn a_typed_key_is_tried_from_an_environment_before_it_is_sealed() {
    let config = parse(&draft(Language::English).text(Purpose::Trial));
    assert_eq!(
        config.accounts[4].credentials,
        Credentials::Env("SKYWARDEN_TRIAL_4".to_owned())
    );
    assert!(config.channels.is_empty());
}

#[test]
fn the_file_explains_itself() {
    let mut draft = draft(Language::English);
    draft.accounts.truncate(1);
    draft.endpoints.clear();
    expect![[r##"
        # Made by `skywarden init`. `skywarden config show --default` explains every key;
        # `skywarden config validate` checks this file. No secret stands in it.
        language = "en"

        # How each account proves who it is.
        [accounts."商城"]
        cloud = "aliyun"
        credentials = { profile = """it's "prod"""" }
        # Nothing is done when the key turns out to be of another account.
        expect_identity = "169"

        # Where reports go. The address is a secret: it is sealed beside this file.
        [channels.ops]
        kind = "dingtalk"
        webhook = { sealed = "ops-2.webhook" }
        secret = { sealed = "ops-2.secret" }
        keyword = '巡检 "a"'

        # When to patrol: seconds, minutes, hours, day, month, weekday, in this zone.
        [patrol]
        every = "0 30 9 * * *"
        timezone = "Asia/Shanghai"
        # From how many days before its end something is reported, and is urgent.
        warn_days = 30
        urgent_days = 3
        # Whether what the cloud has planned for machines is looked at: reboots, moves, ends.
        maintenance = true
        # Alarm when the balance is below, by currency.
        balance_below = { CNY = "1234.50", USD = 100 }
        report_to = ["ops"]
    "##]]
    .assert_eq(&draft.text(Purpose::File));
}
