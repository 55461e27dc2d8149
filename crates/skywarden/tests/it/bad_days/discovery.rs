//! Member accounts of an organization: found, entered, and named where they cannot be.

use cloudsim::world::directory::{ACCESS_ROLE, Directory};
use cloudsim::{Account, Prepaid, Rights, Role, Uid};

use crate::scene::{SHOP, Scene, account, day, shop};

const GAME: Uid = Uid(1_690_700_000_000_002);
const FINANCE: Uid = Uid(1_690_700_000_000_004);

fn member(name: &str, uid: Uid) -> Account {
    let row = Prepaid::new("rds", format!("rm-{name}"), day(3));
    account(name, uid).prepaid(row)
}

/// Returns an organization of three of which only the administrator is configured.
fn organization(game: Account, finance: Account) -> Scene {
    organization_that(game, finance, "")
}

fn organization_that(game: Account, finance: Account, more: &str) -> Scene {
    let directory = Directory::new("rd-Te5t", day(-700))
        .member(GAME, "游戏")
        .member(FINANCE, "财务");
    let row = Prepaid::new("rds", "rm-shop", day(3));
    let mut scene = Scene::of([shop().prepaid(row).directory(directory), game, finance]);
    scene.forget("game");
    scene.forget("finance");
    scene.account_key(
        "shop",
        &format!("discover = {{ resource_directory = true{more} }}"),
    );
    scene.dingtalk("ops");
    scene
}

fn open_to_shop(account: Account) -> Account {
    account.role(Role::new(ACCESS_ROLE, SHOP, Rights::all()))
}

#[test]
fn members_are_listed_entered_by_their_role_and_reported() {
    let [game, finance] = [member("game", GAME), member("finance", FINANCE)].map(open_to_shop);
    let scene = organization(game, finance);
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    let expected = [
        "shop expiry rm-shop new".to_owned(),
        format!("shop/{GAME} expiry rm-game new"),
        format!("shop/{FINANCE} expiry rm-finance new"),
    ];
    assert_eq!(report.findings(), expected);
    let stats = scene.sim.stats();
    assert_eq!(
        (stats.calls_of("ListAccounts"), stats.calls_of("AssumeRole")),
        (1, 2)
    );
    // Who is told of the administrator is told of the members.
    let messages = scene.robots.messages("ops");
    let text: String = messages.iter().map(|it| it.text.as_str()).collect();
    for id in ["rm-shop", "rm-game", "rm-finance"] {
        assert!(text.contains(id), "{text}");
    }
}

#[test]
fn a_member_that_cannot_be_entered_is_named_and_the_others_are_seen() {
    let scene = organization(
        open_to_shop(member("game", GAME)),
        member("finance", FINANCE),
    );
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert_eq!(report.findings().len(), 2);
    let unseen = report.unseen();
    assert!(!unseen.is_empty());
    let place = format!("shop/{FINANCE}/");
    assert!(unseen.iter().all(|it| it.starts_with(&place)), "{unseen:?}");
    let text = scene.patrol().stdout;
    assert!(text.contains(&format!("shop/{FINANCE}")), "{text}");
    assert!(
        text.contains(&ACCESS_ROLE.to_lowercase()) || text.contains(ACCESS_ROLE),
        "{text}"
    );
}

#[test]
fn members_that_are_left_out_are_not_entered() {
    let [game, finance] = [member("game", GAME), member("finance", FINANCE)].map(open_to_shop);
    let exclude = format!(", exclude = [\"{GAME}\"]");
    let scene = organization_that(game, finance, &exclude);
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings().len(), 2);
    assert_eq!(scene.sim.stats().calls_by(GAME), 0);
}

#[test]
fn a_member_list_that_cannot_be_had_is_unseen_and_known_members_are_not_called_gone() {
    let [game, finance] = [member("game", GAME), member("finance", FINANCE)].map(open_to_shop);
    let scene = organization(game, finance);
    assert_eq!(scene.report().findings().len(), 3);
    scene.sim.world().edit(SHOP, |it| {
        it.users[0].rights = Rights::all().without("resourcemanager:ListAccounts");
    });
    let report = scene.report();
    assert_eq!(report.said.code, 3, "{}", report.said);
    assert!(
        report
            .unseen()
            .contains(&"shop/global/member denied".to_owned()),
        "{:?}",
        report.unseen()
    );
    let findings = report.findings();
    assert!(
        findings.iter().all(|it| !it.contains(" gone")),
        "{findings:?}"
    );
    assert_eq!(
        findings.iter().filter(|it| it.ends_with(" unseen")).count(),
        2,
        "{findings:?}"
    );
}
