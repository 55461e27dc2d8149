use expect_test::{Expect, expect};
use jiff::SignedDuration;
use model::{Charge, Expiry, MachineState, ResourceId, Tags, Tie, TieSort};

use super::*;

mod properties;

fn now() -> Timestamp {
    "2026-11-21T04:00:00Z".parse().unwrap()
}

fn machine() -> Machine {
    Machine {
        id: ResourceId::new("i-0abc"),
        name: "web-1".into(),
        machine_type: "m6i.large".into(),
        zone: "ap-east-1a".into(),
        network: None,
        state: MachineState::Running,
        charge: Charge::OnDemand,
        created: Some(now() - SignedDuration::from_hours(24 * 40)),
        expiry: Expiry::Never,
        renewal: None,
        private_ips: vec![],
        public_ips: vec![],
        image: None,
        root_disk: None,
        protected: false,
        tags: Tags::from([
            ("AutoSnapshot".into(), "true".into()),
            ("team:name".into(), "支付".into()),
            ("empty".into(), String::new()),
        ]),
        ties: vec![],
    }
}

fn choose(text: &str, machine: &Machine) -> Choice {
    Selection::compile(text).unwrap().choose(machine, now())
}

#[test]
fn what_holds_of_a_machine_chooses_it() {
    for text in [
        r#"tags.AutoSnapshot == "true" && state == "running""#,
        "tags.AutoSnapshot == 'true'",
        r#"tags["team:name"] == "支付""#,
        r#"tags["team:name"].startsWith("支")"#,
        "has(tags.AutoSnapshot)",
        "has(tags.empty)",
        "!has(tags.nothing)",
        r#""AutoSnapshot" in tags"#,
        r#"!("nothing" in tags)"#,
        r#"tags.nothing == """#,
        r#"state in ["running", "stopped"]"#,
        r#"name.startsWith("web-") && name.endsWith("1") && name.contains("b-")"#,
        r#"id == "i-0abc" && type == "m6i.large" && zone == "ap-east-1a""#,
        r#"type.startsWith("m6i.")"#,
        r#"charge == "on_demand""#,
        r#"charge != "spot""#,
        r#"age > duration("30d") && age < duration("6w")"#,
        r#"age == duration("5w5d")"#,
        r#"created < timestamp("2026-10-20T00:00:00+08:00")"#,
        "!managed",
        r#"cluster == """#,
        r#"size(name) == 5"#,
        r#"["web-", "db-"].exists(it, name.startsWith(it))"#,
        r#"["a", "b"].all(it, tags[it] == "")"#,
        r#"managed ? false : true"#,
        "true",
    ] {
        assert_eq!(choose(text, &machine()), Choice::Yes, "{text}");
    }
}

#[test]
fn what_does_not_hold_of_it_does_not() {
    for text in [
        r#"tags.AutoSnapshot == "false""#,
        r#"tags.autosnapshot == "true""#,
        r#"state == "stopped""#,
        r#"state == "hibernated""#,
        r#"state in ["stopped"]"#,
        r#"age > duration("41d")"#,
        "managed",
        "false",
        r#"["db-"].exists(it, name.startsWith(it))"#,
    ] {
        assert_eq!(choose(text, &machine()), Choice::No, "{text}");
    }
}

#[test]
fn ties_of_the_cloud_make_a_machine_a_managed_one_and_hints_do_not() {
    let tied = |sort| Machine {
        ties: vec![Tie {
            sort,
            cluster: Some(ResourceId::new("cls-1")),
            evidence: String::new(),
        }],
        ..machine()
    };
    for sort in [TieSort::Tag, TieSort::Name, TieSort::Group] {
        let text = r#"managed && cluster == "cls-1""#;
        assert_eq!(choose(text, &tied(sort)), Choice::Yes, "{sort:?}");
    }
    assert_eq!(choose("managed", &tied(TieSort::Hint)), Choice::No);
    assert_eq!(
        choose(r#"cluster == """#, &tied(TieSort::Hint)),
        Choice::Yes
    );
}

#[test]
fn a_word_of_the_cloud_is_its_own() {
    let machine = Machine {
        state: MachineState::Other("hibernated".into()),
        charge: Charge::Other("dedicated".into()),
        ..machine()
    };
    let text = r#"state == "hibernated" && charge == "dedicated""#;
    assert_eq!(choose(text, &machine), Choice::Yes);
}

#[test]
fn what_the_cloud_does_not_say_leaves_it_open_unless_the_rest_settles_it() {
    let bare = Machine {
        created: None,
        zone: String::new(),
        charge: Charge::Other(String::new()),
        ..machine()
    };
    let unknown = |text: &str| match choose(text, &bare) {
        Choice::Unknown(why) => why,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(
        unknown(r#"age > duration("1d")"#),
        "the cloud does not say its `age`"
    );
    for text in [
        r#"created < timestamp("2030-01-01T00:00:00Z")"#,
        r#"zone == "a""#,
        r#"zone != "a""#,
        r#"!(charge == "spot")"#,
        r#"state == "running" && zone == "a""#,
        r#"zone in ["a"]"#,
    ] {
        unknown(text);
    }
    assert_eq!(
        choose(r#"state == "stopped" && zone == "a""#, &bare),
        Choice::No
    );
    assert_eq!(
        choose(r#"zone == "a" && state == "stopped""#, &bare),
        Choice::No
    );
    assert_eq!(
        choose(r#"zone == "a" || state == "running""#, &bare),
        Choice::Yes
    );
}

#[test]
fn what_fails_for_a_machine_leaves_it_open() {
    let text = r#"age > duration(tags.AutoSnapshot)"#;
    let Choice::Unknown(why) = choose(text, &machine()) else {
        panic!("{text}");
    };
    assert!(why.contains("`true` is no length of time"), "{why}");
    let text = r#"["1", 2].all(it, it < 3)"#;
    let choice = choose(text, &machine());
    assert!(matches!(choice, Choice::Unknown(_)), "{choice:?}");
}

#[track_caller]
fn refused(text: &str, complaint: &Expect) {
    let error = Selection::compile(text).expect_err(text);
    complaint.assert_eq(&error.to_string());
}

#[test]
fn a_field_that_is_not_there_is_named_with_its_place_and_the_one_that_is_like_it() {
    refused(
        r#"tag.AutoSnapshot == "true""#,
        &expect!["character 1: a machine has no field `tag`; did you mean `tags`?"],
    );
    refused(
        r#"state == "running" && Name == "x""#,
        &expect!["character 23: a machine has no field `Name`; did you mean `name`?"],
    );
    refused(
        "state == \"running\" &&\n  creatd < 3",
        &expect!["line 2, character 3: a machine has no field `creatd`; did you mean `created`?"],
    );
    refused(
        r#"name == "支付" && colour == "red""#,
        &expect![
            "character 21: a machine has no field `colour`; it has tags, state, name, id, type, zone, charge, created, age, managed, cluster"
        ],
    );
    refused(
        "AutoSnapshot",
        &expect![
            "character 1: a machine has no field `AutoSnapshot`; it has tags, state, name, id, type, zone, charge, created, age, managed, cluster"
        ],
    );
}

#[test]
fn what_can_never_hold_is_an_error() {
    refused(
        "tags.AutoSnapshot == true",
        &expect![[r#"character 19: a text is never equal to yes or no; write "true""#]],
    );
    refused(
        "tags.count > 3",
        &expect!["character 12: a text and a number have no order"],
    );
    refused(
        "tags.count == 3",
        &expect![[r#"character 12: a text is never equal to a number; write "3""#]],
    );
    refused(
        r#"managed == "true""#,
        &expect!["character 9: yes or no is never equal to a text"],
    );
    refused(
        r#"state == "runing""#,
        &expect![[
            r#"character 10: there is no such word as "runing" here; did you mean "running"?"#
        ]],
    );
    refused(
        r#"state in ["running", "Stopped"]"#,
        &expect![[
            r#"character 22: there is no such word as "Stopped" here; did you mean "stopped"?"#
        ]],
    );
    refused(
        r#"charge == "ondemand""#,
        &expect![[
            r#"character 11: there is no such word as "ondemand" here; did you mean "on_demand"?"#
        ]],
    );
    refused(
        "age > 30",
        &expect!["character 5: a length of time and a number have no order"],
    );
    refused(
        r#"age > duration("a month")"#,
        &expect![
            "character 16: `a month` is no length of time; they look like `30d`, `12h`, `1h30m`"
        ],
    );
    refused(
        r#"created < timestamp("2026-01-01")"#,
        &expect![
            "character 21: `2026-01-01` is no time; they look like `2026-01-31T08:00:00+08:00`"
        ],
    );
    refused(
        r#"created > age"#,
        &expect!["character 9: a time and a length of time have no order"],
    );
    refused(
        r#"name in [1, 2]"#,
        &expect!["character 10: a text is never equal to a number"],
    );
}

#[test]
fn what_does_not_say_yes_or_no_is_an_error() {
    refused(
        "tags.AutoSnapshot",
        &expect!["character 5: it gives a text, and has to say yes or no"],
    );
    refused(
        r#""running""#,
        &expect!["character 1: it gives a text, and has to say yes or no"],
    );
    refused(
        "tags.a && managed",
        &expect!["character 8: `&&`, `||` and `!` take yes or no, and this is a text"],
    );
    refused(
        "!name",
        &expect!["character 1: `&&`, `||` and `!` take yes or no, and this is a text"],
    );
    refused(
        "[1]",
        &expect!["character 1: it gives a list, and has to say yes or no"],
    );
}

#[test]
fn what_there_is_not_is_an_error() {
    refused(
        r#"name.startswith("web")"#,
        &expect!["character 16: there is no function `startswith`; did you mean `startsWith`?"],
    );
    refused(
        r#"name.matches("web.*")"#,
        &expect!["character 13: there is no function `matches`"],
    );
    refused(
        "name.first == 'x'",
        &expect!["character 1: a text has no `.first`: only `tags` has"],
    );
    refused(
        "{'a': 1}.a == 1",
        &expect!["character 1: a selection has no use for this"],
    );
    refused(
        "startsWith(name, 'x')",
        &expect!["character 11: `startsWith` cannot take a text and a text"],
    );
    refused(
        "[1].all(a, [2].all(b, a < b))",
        &expect!["character 19: list functions cannot stand one inside another"],
    );
}

#[test]
fn what_is_no_expression_is_an_error_with_its_place() {
    refused(
        "",
        &expect!["character 1: it is empty; `true` stands for every machine"],
    );
    refused(
        "  ",
        &expect!["character 1: it is empty; `true` stands for every machine"],
    );
    refused(
        "state = \"running\"",
        &expect!["character 7: a single `=` compares nothing; did you mean `==`?"],
    );
    refused(
        "state == \"running",
        &expect!["character 10: the text that begins here has no end"],
    );
    refused(
        "state == \"running\" and managed",
        &expect!["character 20: `and` is no word of CEL; did you mean `&&`?"],
    );
    refused(
        "not managed",
        &expect!["character 1: `not` is no word of CEL; did you mean `!`?"],
    );
    refused(
        "(state == \"running\"",
        &expect!["character 20: Syntax error: missing ')' at '<EOF>'"],
    );
    refused(
        "state == \"running\" managed",
        &expect!["character 20: Syntax error: extraneous input 'managed' expecting <EOF>"],
    );
    refused(
        r#"name == r"a""#,
        &expect!["character 9: a quote cannot follow a letter"],
    );
    refused(
        r#"name == """a""""#,
        &expect!["character 9: a text begins with one quote, not with three"],
    );
    refused(
        r#"name == "\d""#,
        &expect!["character 10: in a text, a backslash stands before a quote or another one"],
    );
    assert_eq!(
        choose(
            r#"tags.and == "" && name != "a\"b\\" // and so on"#,
            &machine()
        ),
        Choice::Yes
    );
}

#[test]
fn an_expression_without_end_is_refused_before_it_is_read() {
    let many = vec!["managed"; 500].join(" || ");
    refused(
        &many,
        &expect!["character 1: it has 5496 characters; 1000 are the most"],
    );
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    refused(
        &nested("(", "managed", ")", 490),
        &expect!["character 7: more than 6 brackets are open here"],
    );
    refused(
        &format!("1{} > 0", "+1".repeat(490)),
        &expect!["character 202: more than 100 operators; fewer tags say it better"],
    );
    for deep in [
        nested("[", "", "]", 490),
        nested("tags[", "'a'", "]", 160),
        nested("size(", "name", ")", 160),
        nested("true ? true : (", "true", ")", 60),
        // Brackets that only seem to stand in a text, and closing ones that do.
        format!("\"\n{}", "(".repeat(400)),
        format!("'\\q{}", "(".repeat(400)),
        format!("r'\\'{}", "(".repeat(400)),
        format!("\"{}\" + {}", ")".repeat(200), "(".repeat(400)),
        format!("{}//{}\n{}", "(".repeat(6), ")".repeat(6), "(".repeat(6)),
    ] {
        assert!(Selection::compile(&deep).is_err(), "{deep}");
    }
}

#[test]
fn as_much_as_may_be_is_read_and_asked_in_less_than_the_stack_of_a_thread() {
    let ask = || {
        let nested = |chain: &str| format!("{}1{chain} > 0{}", "(".repeat(6), ")".repeat(6));
        for text in [
            format!("{}managed{}", "(".repeat(6), ")".repeat(6)),
            vec!["managed"; 100].join("||"),
            vec!["true"; 18].join("=="),
            vec!["false?true"; 15].join(":") + ":true",
            format!("size({}name) > 0", "name+".repeat(17)),
            format!("[1].all(a, 1{} > 0)", "+a".repeat(15)),
            format!("[1]{} == 1", "[0]".repeat(17)),
            nested(&"+1".repeat(18)),
        ] {
            let selection = Selection::compile(&text).expect(&text);
            let _choice = selection.choose(&machine(), now());
        }
        for text in [
            format!("{} > 0", "- ".repeat(98) + "1"),
            vec!["true"; 100].join("=="),
            format!("size({}name) > 0", "name+".repeat(90)),
            nested(&"+1".repeat(90)),
        ] {
            let _either = Selection::compile(&text);
        }
    };
    let thread = std::thread::Builder::new().stack_size(7 << 18);
    thread.spawn(ask).unwrap().join().unwrap();
}

#[test]
fn a_tag_that_no_machine_has_is_told_with_one_that_is_like_it() {
    let text =
        r#"tags.AutoSnapsot == "true" && tags["x y"] == "" && "z" in tags && has(tags.empty)"#;
    let selection = Selection::compile(text).unwrap();
    let names: Vec<&str> = selection.tag_names().iter().map(String::as_str).collect();
    assert_eq!(names, ["AutoSnapsot", "empty", "x y", "z"]);
    let strangers = selection.strangers([&machine()]);
    let told: Vec<(&str, Option<&str>)> = strangers
        .iter()
        .map(|(name, like)| (name.as_str(), like.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("AutoSnapsot", Some("AutoSnapshot")),
            ("x y", None),
            ("z", None)
        ]
    );
}

#[test]
fn a_selection_is_its_text() {
    let one = Selection::compile("managed").unwrap();
    assert_eq!(one.text(), "managed");
    assert_eq!(one, one.clone());
    assert_ne!(one, Selection::compile("!managed").unwrap());
}

#[test]
fn a_hundred_thousand_machines_are_chosen_from_with_one_compilation() {
    let text = r#"tags.AutoSnapshot == "true" && state == "running" && age > duration("1h")"#;
    let selection = Selection::compile(text).unwrap();
    let machine = machine();
    let chosen = (0..100_000).filter(|_| selection.choose(&machine, now()) == Choice::Yes);
    assert_eq!(chosen.count(), 100_000);
}
