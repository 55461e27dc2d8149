//! Reads the XML of EC2 and of the services that speak Query.
//!
//! Fields that nobody knows are passed over, sets that are missing are empty where that is what their
//! service means by it; a page of something else, such as a proxy's log-in, is no answer.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::decode::Misread;
use crate::lists::Batch;
use crate::xml;

/// A list: `<item>` at EC2, `<member>` elsewhere, a word of its own at some.
#[derive(Debug, Clone, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Set<T> {
    #[serde(
        rename = "item",
        alias = "member",
        alias = "ReservedDBInstance",
        default = "Vec::new"
    )]
    items: Vec<T>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Set<T> {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// A tag, in EC2's spelling and in that of the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tag {
    #[serde(rename = "key", alias = "Key")]
    key: String,
    #[serde(rename = "value", alias = "Value")]
    value: String,
}

/// Returns tags as they are looked up.
pub(crate) fn tags(set: Set<Tag>) -> model::Tags {
    set.into_iter().map(|it| (it.key, it.value)).collect()
}

/// Reads an answer of EC2, whose root is `root`.
///
/// # Errors
///
/// When it is no XML, not whole, or something else.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], root: &'static str) -> Result<T, Misread> {
    Ok(xml::read(text_of(body, root)?)?)
}

/// Returns the text of an answer whose outermost element is `root`.
fn text_of<'b>(body: &'b [u8], root: &'static str) -> Result<&'b str, Misread> {
    let text = std::str::from_utf8(body).map_err(|_| Misread::Other(root))?;
    match first_element(text).as_deref() == Some(root) {
        true => Ok(text),
        false => Err(Misread::Other(root)),
    }
}

/// Reads a page of a long list of EC2 row by row: `sets` are the names of the list and of the lists
/// inside its rows. Of a row, `make` may make nothing.
///
/// # Errors
///
/// When it is no XML, not whole, something else, has no such list, or `make` refuses one of its rows.
pub(crate) fn read_page<R: DeserializeOwned, T>(
    body: &[u8],
    root: &'static str,
    sets: &[&'static str],
    make: impl Fn(R) -> Result<Option<T>, Misread>,
) -> Result<Batch<T>, Misread> {
    let text = text_of(body, root)?;
    let (mut rows, mut refused) = (Vec::new(), None);
    let rest: Option<Rest> = xml::read_rows(text, sets, |row| match make(row) {
        Ok(made) => rows.extend(made),
        Err(why) => refused = refused.take().or(Some(why)),
    })?;
    let list = sets.first().copied().unwrap_or_default();
    let rest = rest.ok_or(Misread::Lacks(list))?;
    match refused {
        Some(why) => Err(why),
        None => Ok(Batch::new(rows, &rest.next_token)),
    }
}

/// What a page says besides its rows.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rest {
    next_token: String,
}

/// Reads an answer that says no more than that something was done; a page of something else that came
/// with a good status says nothing of the kind.
///
/// # Errors
///
/// When it is something else.
pub(crate) fn done(body: &[u8], root: &'static str) -> Result<(), Misread> {
    let answer: Done = read(body, root)?;
    if answer.outcome.trim().eq_ignore_ascii_case("false") {
        return Err(Misread::Lacks("outcome but false"));
    }
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    #[serde(rename = "return")]
    outcome: String,
}

/// Reads an answer of a Query service: `root` around the result.
///
/// # Errors
///
/// When it is no XML, not whole, something else, or has no result.
pub(crate) fn read_result<T: DeserializeOwned>(
    body: &[u8],
    root: &'static str,
) -> Result<T, Misread> {
    let envelope: Envelope<T> = read(body, root)?;
    envelope.result.ok_or(Misread::Lacks("result"))
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<T> {
    #[serde(
        default,
        alias = "AssumeRoleResult",
        alias = "AssumeRoleWithWebIdentityResult",
        alias = "CreateTopicResult",
        alias = "DescribeAutoScalingGroupsResult",
        alias = "DescribeAutoScalingInstancesResult",
        alias = "DescribeLaunchConfigurationsResult",
        alias = "DescribeListenersResult",
        alias = "DescribeLoadBalancersResult",
        alias = "DescribeReservedDBInstancesResult",
        alias = "DescribeTagsResult",
        alias = "DescribeTargetGroupsResult",
        alias = "DescribeTargetHealthResult",
        alias = "GetAccessKeyLastUsedResult",
        alias = "GetAccountSummaryResult",
        alias = "GetCallerIdentityResult",
        alias = "ListAccessKeysResult",
        alias = "ListServerCertificatesResult",
        alias = "ListSubscriptionsResult",
        alias = "ListTopicsResult",
        alias = "ListUsersResult"
    )]
    result: Option<T>,
}

/// Returns the name of the outermost element.
pub(crate) fn first_element(text: &str) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let name = element.local_name();
                return Some(name.as_ref().to_owned());
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Returns a text without white space around it, unless it is empty.
pub(crate) fn some(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// Returns whether a text says `true`.
pub(crate) fn says_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Row {
        volume_id: String,
        size: String,
        tag_set: Set<Tag>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Answer {
        volume_set: Option<Set<Row>>,
        next_token: String,
    }

    fn answer(inside: &str) -> Result<Answer, Misread> {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n  {inside}\n</AResponse>"
        );
        read(xml.as_bytes(), "AResponse")
    }

    #[test]
    fn sets_may_be_missing_empty_or_full_of_things_nobody_knows() {
        let rows = |inside: &str| answer(inside).unwrap().volume_set.map(|it| it.items);
        assert!(rows("<requestId>1</requestId>").is_none());
        assert_eq!(rows("<volumeSet/>").unwrap().len(), 0);
        assert_eq!(rows("<volumeSet></volumeSet>").unwrap().len(), 0);
        let full = rows(
            "<volumeSet>
               <item><volumeId>vol-1</volumeId><size>8</size><tagSet/><new><deep a='1'/></new></item>
               <item><new/><volumeId>vol-2</volumeId><tagSet><item><key>Name</key><value>生产 &amp; &lt;1&gt; &#x4E00;</value></item>
               <item><key>empty</key><value/></item></tagSet></item>
             </volumeSet><nextToken/><new>1</new>",
        )
        .unwrap();
        assert_eq!((full.len(), full[0].size.as_str()), (2, "8"));
        assert_eq!(full[1].volume_id, "vol-2");
        let read = tags(full[1].tag_set.clone());
        assert_eq!(read["Name"], "生产 & <1> 一");
        assert_eq!(read["empty"], "");
        assert_eq!(
            answer("<nextToken> abc </nextToken>")
                .unwrap()
                .next_token
                .trim(),
            "abc"
        );
    }

    #[test]
    fn half_an_answer_a_page_of_html_and_another_answer_are_none() {
        for body in [
            "<AResponse><volumeSet><item>",
            "<AResponse><volumeSet/>",
            "",
            "not xml at all",
            "{\"a\":1}",
        ] {
            assert!(
                read::<Answer>(body.as_bytes(), "AResponse").is_err(),
                "{body}"
            );
        }
        let html = b"<!doctype html>\n<html lang=en><title>Log in</title></html>";
        assert!(matches!(
            read::<Answer>(html, "AResponse"),
            Err(Misread::Other("AResponse"))
        ));
        assert!(matches!(
            read::<Answer>(b"<BResponse/>", "AResponse"),
            Err(Misread::Other("AResponse"))
        ));
        assert!(read::<Answer>(b"<AResponse>\xff</AResponse>", "AResponse").is_err());
    }

    #[test]
    fn only_the_right_answer_says_that_something_was_done() {
        let root = "DeleteSnapshotResponse";
        for body in [
            "<DeleteSnapshotResponse><requestId>1</requestId><return>true</return></DeleteSnapshotResponse>",
            "<DeleteSnapshotResponse/>",
        ] {
            done(body.as_bytes(), root).unwrap();
        }
        for body in [
            "<DeleteSnapshotResponse><return>false</return></DeleteSnapshotResponse>",
            "<html><body>Log in</body></html>",
            "",
        ] {
            assert!(done(body.as_bytes(), root).is_err(), "{body}");
        }
    }

    #[test]
    fn the_envelope_of_query_services_is_opened_and_has_to_hold_something() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        struct Inside {
            users: Set<Name>,
        }
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        struct Name {
            user_name: String,
        }
        let body = b"<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListUsersResult><Users><member><UserName>a</UserName></member></Users></ListUsersResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListUsersResponse>";
        let inside: Inside = read_result(body, "ListUsersResponse").unwrap();
        assert_eq!(inside.users.iter().next().unwrap().user_name, "a");
        let empty = read_result::<Inside>(b"<ListUsersResponse/>", "ListUsersResponse");
        assert!(matches!(empty, Err(Misread::Lacks(_))), "{empty:?}");
    }
}
