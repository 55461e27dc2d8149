use cloud::CallSite;
use model::{AccountId, Language, Place};
use net::NetError;

use super::*;

fn error(kind: ErrorKind) -> CloudError {
    let site = CallSite {
        account: AccountId::new("shop"),
        place: Place::Global,
        operation: "GetCallerIdentity",
    };
    CloudError::new(site, kind, "")
}

fn hint(error: &CloudError) -> String {
    hint_of(error, "shop", Words(Language::English)).unwrap_or_default()
}

#[test]
fn a_certificate_that_nobody_knows_leads_to_the_authorities_and_not_to_the_firewall() {
    let unsent = |words: &str| {
        let source = words.to_owned().into();
        let net = NetError::Unsent {
            host: "sts.aliyuncs.com".to_owned(),
            source,
        };
        CloudError::from_net(error(ErrorKind::Unsent).site, net)
    };
    // The words of rustls 0.23 and of rustls-platform-verifier 0.7.
    let inspected = hint(&unsent("invalid peer certificate: UnknownIssuer"));
    assert!(
        inspected.contains("`ca_file`") && inspected.contains("of its own"),
        "{inspected}"
    );
    let bare = hint(&unsent(
        "General(\"No CA certificates were loaded from the system\")",
    ));
    assert!(bare.contains("ca-certificates"), "{bare}");
    let refused = hint(&unsent("Connection refused"));
    assert!(refused.contains("firewall"), "{refused}");
}

#[test]
fn every_refusal_that_a_person_can_mend_says_how() {
    let permission = Some("bss:DescribeInstances".to_owned());
    let denied = hint(&error(ErrorKind::Denied { permission }));
    assert_eq!(denied, "grant bss:DescribeInstances.");
    for (kind, words) in [
        (ErrorKind::Credentials, "[accounts.shop]"),
        (ErrorKind::StaleCredentials, "[accounts.shop]"),
        (ErrorKind::Clock { server: None }, "NTP"),
        (ErrorKind::Throttled { retry_after: None }, "quota"),
        (ErrorKind::Busy, "[network]"),
        (ErrorKind::Unanswered, "[network]"),
        (ErrorKind::WrongSite, "`site`"),
        (ErrorKind::Undecodable, "log-in page"),
    ] {
        let hint = hint(&error(kind.clone()));
        assert!(hint.contains(words), "{kind:?}: {hint}");
    }
    assert_eq!(hint(&error(ErrorKind::Invalid)), "");
}

#[test]
fn lines_cannot_repaint_the_terminal() {
    let check = Check::new("identity", Status::Failed, "a\u{1b}[31m\nb\u{202e}c").hint("d\u{7}");
    let lines = check.lines(Words(Language::English), false);
    assert_eq!(lines, "✗ identity: a[31m bc\n    hint: d\n");
    let colored = check.lines(Words(Language::English), true);
    assert!(
        colored.starts_with("\u{1b}[31m✗\u{1b}[0m identity: "),
        "{colored:?}"
    );
}
