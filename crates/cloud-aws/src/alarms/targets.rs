//! Whom alarms tell: topics, and who listens to them (SNS).

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud::{CloudError, ErrorKind, PageSource};
use model::{AlarmTarget, Place, RegionId, ResourceId};
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::Aws;
use crate::decode::Misread;
use crate::lists::Batch;
use crate::operations::{CREATE_TOPIC, LIST_SUBSCRIPTIONS, LIST_TOPICS, SUBSCRIBE};
use crate::query::{Set, read, read_result, some};

/// Both lists have pages of a hundred, which cannot be chosen.
pub(crate) const PAGE_SIZE: usize = 100;
const ROW_BYTES: usize = 512;
/// Stands where the id of a subscription will be once it is confirmed.
const PENDING: &str = "PendingConfirmation";

/// Returns the list of a region.
pub(super) fn list<'a>(aws: &'a Aws, region: &RegionId) -> Box<dyn PageSource<AlarmTarget> + 'a> {
    let place = Place::Region(region.clone());
    let heard = Arc::new(OnceCell::new());
    aws.list(&LIST_TOPICS, place.clone(), move |token| {
        let (place, heard) = (place.clone(), heard.clone());
        async move {
            let page = aws
                .call(&LIST_TOPICS, decode_topics)
                .at(&place)
                .with_some("NextToken", token)
                .expecting(PAGE_SIZE, ROW_BYTES);
            let heard = heard.get_or_try_init(|| aws.listeners(&place));
            let (topics, heard) = futures_util::future::try_join(page.send(), heard).await?;
            Ok(Batch {
                rows: topics
                    .rows
                    .into_iter()
                    .map(|it| target(it, heard))
                    .collect(),
                next: topics.next,
            })
        }
    })
}

/// Who hears a topic.
#[derive(Debug, Clone, Default)]
struct Heard {
    listeners: u64,
    unconfirmed: Vec<String>,
}

fn target(arn: String, heard: &BTreeMap<String, Heard>) -> AlarmTarget {
    let Heard {
        listeners,
        unconfirmed,
    } = heard.get(&arn).cloned().unwrap_or_default();
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    AlarmTarget {
        id: ResourceId::new(arn),
        name,
        listeners,
        unconfirmed,
    }
}

impl Aws {
    async fn listeners(&self, place: &Place) -> Result<BTreeMap<String, Heard>, CloudError> {
        let all = self
            .all(&LIST_SUBSCRIPTIONS, place, |token| {
                self.call(&LIST_SUBSCRIPTIONS, decode_subscriptions)
                    .at(place)
                    .with_some("NextToken", token)
                    .expecting(PAGE_SIZE, ROW_BYTES)
                    .send()
            })
            .await?;
        let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
        for it in all {
            let heard = heard.entry(it.topic_arn).or_default();
            match it.subscription_arn.trim() {
                PENDING => heard.unconfirmed.push(it.endpoint),
                id if id.starts_with("arn:") => heard.listeners += 1,
                // Those that were given up are shown for some days.
                _ => {}
            }
        }
        Ok(heard)
    }

    pub(super) async fn make_topic(
        &self,
        place: &Place,
        name: &str,
    ) -> Result<ResourceId, CloudError> {
        self.call(&CREATE_TOPIC, decode_topic)
            .at(place)
            .with("Name", name)
            .send()
            .await
    }

    pub(super) async fn invite(
        &self,
        place: &Place,
        topic: &ResourceId,
        listener: &str,
    ) -> Result<(), CloudError> {
        let Some(protocol) = protocol_of(listener) else {
            let site = self.call_site(&SUBSCRIBE, place);
            let words = format!(
                "{listener:?} is neither a mail address nor a web address, and cannot be invited"
            );
            return Err(CloudError::new(site, ErrorKind::Invalid, words));
        };
        self.call(&SUBSCRIBE, decode_subscribed)
            .at(place)
            .with("TopicArn", topic.as_str())
            .with("Protocol", protocol)
            .with("Endpoint", listener.trim())
            .send()
            .await
    }
}

/// Returns in which way a listener is told.
fn protocol_of(listener: &str) -> Option<&'static str> {
    let listener = listener.trim();
    if listener.starts_with("https://") {
        return Some("https");
    }
    if listener.starts_with("http://") {
        return Some("http");
    }
    let (name, domain) = listener.split_once('@')?;
    let is_mail =
        !name.is_empty() && domain.contains('.') && !listener.contains(char::is_whitespace);
    is_mail.then_some("email")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Topics {
    topics: Option<Set<Topic>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Topic {
    topic_arn: String,
}

fn decode_topics(body: &[u8]) -> Result<Batch<String>, Misread> {
    let topics: Topics = read_result(body, "ListTopicsResponse")?;
    let rows = topics.topics.ok_or(Misread::Lacks("Topics"))?;
    let arns = rows.into_iter().map(|it| {
        let lacks = Misread::Lacks("TopicArn in one of its rows");
        some(&it.topic_arn).map(str::to_owned).ok_or(lacks)
    });
    Ok(Batch::new(
        arns.collect::<Result<_, _>>()?,
        &topics.next_token,
    ))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Subscriptions {
    subscriptions: Option<Set<Subscription>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Subscription {
    subscription_arn: String,
    topic_arn: String,
    endpoint: String,
}

fn decode_subscriptions(body: &[u8]) -> Result<Batch<Subscription>, Misread> {
    let answer: Subscriptions = read_result(body, "ListSubscriptionsResponse")?;
    let rows = answer
        .subscriptions
        .ok_or(Misread::Lacks("Subscriptions"))?;
    Ok(Batch::new(rows.into_iter().collect(), &answer.next_token))
}

fn decode_topic(body: &[u8]) -> Result<ResourceId, Misread> {
    let topic: Topic = read_result(body, "CreateTopicResponse")?;
    let arn = some(&topic.topic_arn).ok_or(Misread::Lacks("TopicArn"))?;
    Ok(ResourceId::new(arn))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subscribed {}

fn decode_subscribed(body: &[u8]) -> Result<(), Misread> {
    let _shown: Subscribed = read(body, "SubscribeResponse")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_by_mail_or_by_the_web_or_not_at_all() {
        for (listener, protocol) in [
            ("ops@example.com", Some("email")),
            (" https://example.com/hook ", Some("https")),
            ("http://example.com/hook", Some("http")),
            ("ops", None),
            ("ops@", None),
            ("ops @example.com", None),
            ("+8613800000000", None),
            ("", None),
        ] {
            assert_eq!(protocol_of(listener), protocol, "{listener:?}");
        }
    }

    #[test]
    fn topics_have_their_names_from_their_arns() {
        let body = b"<ListTopicsResponse><ListTopicsResult><Topics>
            <member><TopicArn>arn:aws-cn:sns:cn-north-1:123456789012:ec2-NetworkOut-Alarm</TopicArn></member>
            </Topics><NextToken>t</NextToken></ListTopicsResult></ListTopicsResponse>";
        let batch = decode_topics(body).unwrap();
        assert_eq!(batch.next.as_deref(), Some("t"));
        let arn = batch.rows[0].clone();
        let heard = BTreeMap::from([(
            arn.clone(),
            Heard {
                listeners: 2,
                unconfirmed: vec!["ops@example.com".to_owned()],
            },
        )]);
        let told = target(arn, &heard);
        assert_eq!(told.name, "ec2-NetworkOut-Alarm");
        assert_eq!((told.listeners, told.unconfirmed.len()), (2, 1));
        let lonely = target("arn:aws:sns:us-east-1:1:other".to_owned(), &heard);
        assert_eq!(lonely.listeners, 0);
        assert!(decode_topics(b"<ListTopicsResponse/>").is_err());
        assert!(decode_subscribed(b"<html/>").is_err());
    }

    #[test]
    fn an_empty_list_is_a_list() {
        let body = b"<ListSubscriptionsResponse><ListSubscriptionsResult><Subscriptions/></ListSubscriptionsResult></ListSubscriptionsResponse>";
        assert_eq!(decode_subscriptions(body).unwrap().rows.len(), 0);
    }
}
