use cloud::CallSite;
use model::AccountId;

use super::*;

fn refused(kind: ErrorKind, code: &str) -> Result<(), CloudError> {
    let site = CallSite {
        account: AccountId::new("shop"),
        place: Place::Global,
        operation: "DeleteSnapshot",
    };
    Err(CloudError {
        code: code.to_owned(),
        ..CloudError::new(site, kind, "")
    })
}

#[test]
fn what_is_held_stays_and_what_was_gone_is_no_failure() {
    let held = |by: &str| ErrorKind::Held { by: by.to_owned() };
    for (kind, code, expected) in [
        (
            held("image"),
            "SnapshotCreatedImage",
            Removal::Held("image".into()),
        ),
        (held(""), "NewWord", Removal::Held("NewWord".into())),
        (
            ErrorKind::NotFound,
            "InvalidSnapshotId.NotFound",
            Removal::WasGone,
        ),
        (
            ErrorKind::TryLater,
            "IncorrectInstanceStatus",
            Removal::Held("IncorrectInstanceStatus".into()),
        ),
    ] {
        assert_eq!(removal(refused(kind, code)).unwrap(), expected, "{code}");
    }
    assert_eq!(removal(Ok(())).unwrap(), Removal::Gone);
}

#[test]
fn what_is_not_known_to_be_gone_is_a_failure() {
    for kind in [
        ErrorKind::Unanswered,
        ErrorKind::Busy,
        ErrorKind::Denied { permission: None },
        ErrorKind::Invalid,
        ErrorKind::TryLater,
    ] {
        let error = removal(refused(kind.clone(), "Operation.Conflict")).unwrap_err();
        assert_eq!(error.kind, kind);
    }
}

#[test]
fn an_answer_that_names_nothing_made_nothing_known() {
    let read = made!("SnapshotId");
    assert_eq!(
        read(r#"{"RequestId":"R","SnapshotId":"s-1"}"#)
            .unwrap()
            .as_str(),
        "s-1"
    );
    for body in [r#"{"RequestId":"R"}"#, r#"{"SnapshotId":""}"#, "<html>"] {
        read(body).unwrap_err();
    }
}
