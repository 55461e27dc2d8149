use std::sync::Arc;

use cloudsim::mailbox::{Mailbox, Settings};
use cloudsim::robots::{Fault, Robots, Security, Times};
use insta::assert_snapshot;

use crate::house::{House, Said};

const SECRET: &str = "SECCANARY-sign";

/// A house whose channels lead to simulated robots.
struct Town {
    house: Arc<House>,
    robots: Robots,
}

impl Town {
    async fn new() -> Self {
        let mut house = House::new();
        let robots = Robots::start(Arc::new(house.clock.clone())).await.unwrap();
        let security = || Security::keyword("巡检").and_sign(SECRET);
        house.set("DING", robots.dingtalk("ding", security()).as_str());
        house.set("LARK", robots.feishu("lark", Security::none()).as_str());
        house.set("SIGN", SECRET);
        house.set(
            "WECOM",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=CANARY-wecom",
        );
        house.configure(
            r#"
[channels.ding]
kind = "dingtalk"
webhook = { env = "DING" }
secret = { env = "SIGN" }
keyword = "巡检"
language = "zh-CN"
[channels.lark]
kind = "feishu"
webhook = { env = "LARK" }
[channels.guessed]
webhook = { env = "WECOM" }
[channels.broken]
kind = "wecom"
webhook = { env = "NOWHERE" }
"#,
        );
        Self {
            house: Arc::new(house),
            robots,
        }
    }

    /// Runs a command beside the robots; the port, which is another each time, is taken out.
    async fn run(&self, arguments: &'static [&'static str]) -> Said {
        let house = Arc::clone(&self.house);
        let said = tokio::task::spawn_blocking(move || house.run(arguments))
            .await
            .unwrap();
        let port = format!(":{}", self.robots.url().port().unwrap());
        Said {
            code: said.code,
            stdout: said.stdout.replace(&port, ":PORT"),
            stderr: said.stderr.replace(&port, ":PORT"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_message_arrives_and_the_robots_own_answer_is_printed() {
    let town = Town::new().await;
    assert_snapshot!(
        "delivered_en",
        town.run(&["channels", "test", "ding"]).await
    );
    let messages = town.robots.messages("ding");
    assert_eq!(messages.len(), 1, "{:?}", town.robots.refusals("ding"));
    assert_snapshot!("message_zh", &messages[0].text);
    assert!(messages[0].mentions.is_nobody());
    assert_snapshot!(
        "delivered_zh",
        town.run(&["--lang", "zh-CN", "channels", "test", "lark"])
            .await
    );
    assert_snapshot!(
        "delivered_json",
        town.run(&["channels", "test", "lark", "-o", "json"]).await
    );
    assert_eq!(town.robots.messages("lark").len(), 2);
    assert_eq!(town.house.leaks(SECRET), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_200_with_an_error_code_is_not_delivered() {
    let town = Town::new().await;
    let message = "keywords not in content".to_owned();
    let fault = Fault::Code {
        code: 310_000,
        message,
    };
    town.robots.arm("ding", fault, Times::Once);
    let said = town.run(&["channels", "test", "ding"]).await;
    assert_eq!(said.code, 6);
    assert_snapshot!("refused_en", said);
    let redirect = Fault::Redirect("http://100.100.100.200/latest/".to_owned());
    town.robots.arm("lark", redirect, Times::Once);
    let said = town
        .run(&["--lang", "zh-CN", "channels", "test", "lark"])
        .await;
    assert_eq!(said.code, 6);
    assert_snapshot!("redirected_zh", said);
    town.robots.arm("lark", Fault::Html, Times::Once);
    let said = town.run(&["channels", "test", "lark"]).await;
    assert_eq!(said.code, 6, "{said}");
    assert!(town.robots.messages("lark").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_robot_that_is_down_is_said_to_be_down() {
    let town = Town::new().await;
    town.robots.arm("lark", Fault::Reset, Times::Forever);
    let said = town.run(&["channels", "test", "lark"]).await;
    assert_eq!(said.code, 6);
    assert!(said.stdout.contains("Status: no answer"), "{said}");
    assert_eq!(town.robots.calls("lark"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_are_listed_by_host_and_a_broken_one_does_not_hide_the_others() {
    let town = Town::new().await;
    let said = town.run(&["channels", "list"]).await;
    assert_eq!(said.code, 2);
    assert_snapshot!("list_en", said);
    assert_snapshot!(
        "list_zh",
        town.run(&["--lang", "zh-CN", "channels", "list"]).await
    );
    let token = town.robots.dingtalk("ding", Security::none());
    let token = token.query_pairs().next().unwrap().1.into_owned();
    assert_eq!(town.house.leaks(&token), [""; 0]);
    assert_eq!(town.house.leaks("CANARY-wecom"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_not_there_or_lacks_its_secret_is_a_mistake_of_the_caller() {
    let town = Town::new().await;
    let said = town.run(&["channels", "test", "dings"]).await;
    assert_eq!(said.code, 2);
    assert_snapshot!("unknown_en", said);
    let said = town.run(&["channels", "test", "broken"]).await;
    assert_eq!(said.code, 2);
    assert_snapshot!("no_secret_en", said);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_channel_is_tested_with_a_real_mail() {
    let house = House::new();
    let clock = Arc::new(house.clock.clone());
    let mailbox = Mailbox::start(clock, Settings::default()).await.unwrap();
    house.configure(&format!(
        r#"
[channels.post]
language = "en"
smtp = {{ host = "127.0.0.1", port = {}, security = "none", from = "Skywarden <ops@example.com>", to = ["team@example.com"] }}
"#,
        mailbox.address().port()
    ));
    let run = move || house.run(&["channels", "test", "post"]);
    let said = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(said.code, 0, "{said}");
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let subject = mails[0].header("subject").unwrap();
    assert!(subject.contains("Skywarden test message"), "{subject}");
}
