//! Whom alarms tell: groups of contacts, and how each contact is reached.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, ErrorKind, Page, PageAt, PageSource};
use model::{AlarmTarget, RegionId, ResourceId};
use serde::Deserialize;

use super::PAGE_SIZE;
use crate::Aliyun;
use crate::changes::done;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed};
use crate::numbering::Told;
use crate::operations::{
    DESCRIBE_CONTACT_GROUPS, DESCRIBE_CONTACTS, PUT_CONTACT, PUT_CONTACT_GROUP,
};

/// Pages of contacts: ten thousand of them.
const MOST_PAGES: u32 = 100;
/// Where robots of DingTalk are reached.
const ROBOTS: &str = "https://oapi.dingtalk.com/";

/// How a contact is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Mail,
    Robot,
}

impl Channel {
    fn parameter(self) -> &'static str {
        match self {
            Self::Mail => "Channels.Mail",
            Self::Robot => "Channels.DingWebHook",
        }
    }
}

/// Returns how a listener is reached, or `None` when the cloud cannot.
pub(super) fn channel(listener: &str) -> Option<Channel> {
    if listener.starts_with(ROBOTS) {
        return Some(Channel::Robot);
    }
    let (name, host) = listener.split_once('@')?;
    let plain = !listener.contains(|it: char| it.is_whitespace() || matches!(it, ':' | '/' | ','));
    (plain && !name.is_empty() && host.contains('.')).then_some(Channel::Mail)
}

/// A group of contacts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) contacts: Vec<String>,
    /// What it says of itself, and whether it gets the weekly report: both stay as they are.
    described: Option<String>,
    reports: Option<bool>,
}

impl Group {
    /// Returns one that is to be made.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            contacts: Vec::new(),
            described: Some(OURS.to_owned()),
            reports: None,
        }
    }
}

/// What we say of what we make.
const OURS: &str = "made by skywarden";

/// A contact.
#[derive(Debug, PartialEq, Eq)]
struct Contact {
    name: String,
    mail: String,
    robot: String,
    /// The addresses that nobody has confirmed yet.
    unconfirmed: Vec<String>,
}

/// The groups of contacts, each with who of it has not confirmed.
pub(super) struct Groups<'a> {
    groups: List<'a, Group>,
    contacts: List<'a, Contact>,
}

impl<'a> Groups<'a> {
    pub(super) fn of(aliyun: &'a Aliyun, region: &RegionId) -> Self {
        Self {
            groups: aliyun.contact_groups(region),
            contacts: aliyun.contacts(region),
        }
    }
}

#[async_trait]
impl PageSource<AlarmTarget> for Groups<'_> {
    fn site(&self) -> CallSite {
        self.groups.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<AlarmTarget>, CloudError> {
        let page = self.groups.page(at).await?;
        // A page holds a hundred groups, as many as an account has: it is asked once as a rule.
        let contacts = if page.items.iter().any(|it| !it.contacts.is_empty()) {
            self.contacts.rows_of(MOST_PAGES).await?
        } else {
            Vec::new()
        };
        let targets = page.items.into_iter().map(|group| {
            let of_group = |it: &&Contact| group.contacts.contains(&it.name);
            let members = contacts.iter().filter(of_group);
            let unconfirmed: Vec<String> = members.flat_map(|it| it.unconfirmed.clone()).collect();
            let invited = group.contacts.len();
            AlarmTarget {
                id: ResourceId::new(group.name.as_str()),
                name: group.name,
                listeners: invited.saturating_sub(unconfirmed.len()) as u64,
                unconfirmed,
            }
        });
        Ok(Page {
            items: targets.collect(),
            next: page.next,
            total: page.total,
        })
    }
}

impl Aliyun {
    fn contact_groups(&self, region: &RegionId) -> List<'_, Group> {
        let operation = &DESCRIBE_CONTACT_GROUPS;
        List::numbered(self, operation, region, PAGE_SIZE, decode_groups)
    }

    fn contacts(&self, region: &RegionId) -> List<'_, Contact> {
        let operation = &DESCRIBE_CONTACTS;
        List::numbered(self, operation, region, PAGE_SIZE, decode_contacts)
    }

    pub(super) async fn contact_group(
        &self,
        region: &RegionId,
        name: &str,
    ) -> Result<Option<Group>, CloudError> {
        let groups = self.contact_groups(region).rows_of(MOST_PAGES).await?;
        Ok(groups.into_iter().find(|it| it.name == name))
    }

    /// Makes a group, or puts contacts into one that is there.
    pub(super) async fn put_contact_group(
        &self,
        region: &RegionId,
        group: &Group,
    ) -> Result<(), CloudError> {
        let mut call = self
            .call_in(&PUT_CONTACT_GROUP, region, done)
            .with("ContactGroupName", &*group.name)
            .with_each("ContactNames", group.contacts.iter().map(String::as_str))
            .same_twice();
        if let Some(described) = &group.described {
            call = call.with("Describe", described);
        }
        if let Some(reports) = group.reports {
            call = call.with("EnableSubscribed", reports.to_string());
        }
        call.send().await
    }

    /// Returns the name of the contact that is reached in a way; it is made when there is none.
    pub(super) async fn contact(
        &self,
        region: &RegionId,
        channel: Channel,
        listener: &str,
    ) -> Result<String, CloudError> {
        let all = self.contacts(region).rows_of(MOST_PAGES).await?;
        let reached = |it: &&Contact| match channel {
            Channel::Mail => it.mail == listener,
            Channel::Robot => it.robot == listener,
        };
        if let Some(contact) = all.iter().find(reached) {
            return Ok(contact.name.clone());
        }
        let name = contact_name(channel, listener);
        if all.iter().any(|it| it.name == name) {
            let words = format!("there is a contact {name} that is reached elsewhere");
            return Err(self.trouble(&PUT_CONTACT, region, ErrorKind::Exists, words));
        }
        self.call_in(&PUT_CONTACT, region, done)
            .with("ContactName", &*name)
            .with("Describe", OURS)
            // In the body: the address of a robot is a secret.
            .with_form(channel.parameter(), listener)
            .same_twice()
            .send()
            .await?;
        Ok(name)
    }
}

/// Returns a contact's name: a mail address is its own, the address of a robot is a secret.
fn contact_name(channel: Channel, listener: &str) -> String {
    match channel {
        Channel::Mail => listener.to_owned(),
        Channel::Robot => {
            let digest = crate::tokens::token(&["robot", listener]);
            format!("robot-{}", &digest[..12])
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupsAnswer<'a> {
    #[serde(borrow)]
    contact_group_list: Option<GroupList<'a>>,
    #[serde(borrow)]
    total: Loose<'a>,
    #[serde(borrow)]
    success: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupList<'a> {
    #[serde(borrow)]
    contact_group: Option<Vec<GroupRow<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupRow<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    contacts: Option<Names<'a>>,
    #[serde(borrow)]
    describe: Loose<'a>,
    #[serde(borrow)]
    enable_subscribed: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Names<'a> {
    #[serde(borrow)]
    contact: Option<Vec<Loose<'a>>>,
}

fn decode_groups(body: &str) -> Result<Listed<Group>, Misread> {
    let answer: GroupsAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer.contact_group_list.map(|it| it.contact_group);
    let rows = rows_of("ContactGroupList", &answer.success, &answer.total, rows)?;
    let told = told(rows.len(), &answer.total);
    let groups = rows.into_iter().map(|row| {
        let contacts = row.contacts.and_then(|it| it.contact);
        let contacts = contacts.into_iter().flatten();
        Ok(Group {
            name: named(&row.name)?,
            contacts: contacts.filter_map(|it| it.some_text()).collect(),
            described: row.describe.some_text(),
            reports: row.enable_subscribed.flag(),
        })
    });
    Ok(Listed {
        items: groups.collect::<Result<_, Misread>>()?,
        told,
        next: String::new(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactsAnswer<'a> {
    #[serde(borrow)]
    contacts: Option<ContactList<'a>>,
    #[serde(borrow)]
    total: Loose<'a>,
    #[serde(borrow)]
    success: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactList<'a> {
    #[serde(borrow)]
    contact: Option<Vec<ContactRow<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactRow<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    channels: Channels<'a>,
    #[serde(borrow)]
    channels_state: Channels<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Channels<'a> {
    #[serde(borrow)]
    mail: Loose<'a>,
    #[serde(borrow)]
    ding_web_hook: Loose<'a>,
}

fn decode_contacts(body: &str) -> Result<Listed<Contact>, Misread> {
    let answer: ContactsAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer.contacts.map(|it| it.contact);
    let rows = rows_of("Contacts", &answer.success, &answer.total, rows)?;
    let told = told(rows.len(), &answer.total);
    let contacts = rows.into_iter().map(|row| {
        // `PENDING` waits for whoever reads the mail; a robot needs nobody.
        let pending = row.channels_state.mail.text() == "PENDING";
        let mail = row.channels.mail.into_text();
        Ok(Contact {
            name: named(&row.name)?,
            unconfirmed: pending.then(|| mail.clone()).into_iter().collect(),
            mail,
            robot: row.channels.ding_web_hook.into_text(),
        })
    });
    Ok(Listed {
        items: contacts.collect::<Result<_, Misread>>()?,
        told,
        next: String::new(),
    })
}

/// Returns the rows of an answer that did not fail; where there is none, the list may be missing.
fn rows_of<T>(
    list: &'static str,
    success: &Loose<'_>,
    total: &Loose<'_>,
    rows: Option<Option<Vec<T>>>,
) -> Result<Vec<T>, Misread> {
    match rows {
        _ if success.flag() == Some(false) => Err(Misread::Failed),
        Some(rows) => Ok(rows.unwrap_or_default()),
        None if total.count() == Some(0) => Ok(Vec::new()),
        None => Err(Misread::Lacks(list)),
    }
}

fn told(rows: usize, total: &Loose<'_>) -> Told {
    Told {
        rows,
        total: total.count(),
        page_size: None,
    }
}

fn named(field: &Loose<'_>) -> Result<String, Misread> {
    field
        .some_text()
        .ok_or(Misread::Lacks("Name in one of its rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_told_is_known_by_the_address() {
        for (listener, expected) in [
            ("ops@example.com", Some(Channel::Mail)),
            (
                "https://oapi.dingtalk.com/robot/send?access_token=t",
                Some(Channel::Robot),
            ),
            ("https://hooks.example.com/@x.y", None),
            ("ops@localhost", None),
            ("@example.com", None),
            ("a@b.c,d@e.f", None),
            ("", None),
        ] {
            assert_eq!(channel(listener), expected, "{listener}");
        }
    }

    #[test]
    fn the_name_of_a_robot_does_not_tell_its_address() {
        let name = contact_name(
            Channel::Robot,
            "https://oapi.dingtalk.com/robot/send?t=secret",
        );
        assert!(name.starts_with("robot-") && name.len() == 18, "{name}");
        assert!(!name.contains("secret"));
    }

    #[test]
    fn groups_and_contacts_are_read() {
        let body = r#"{"ContactGroupList":{"ContactGroup":[
            {"Name":"ops","Contacts":{"Contact":["Jimmy"]}},{"Name":"empty"}]},
            "Total":2,"Code":"200","Success":true}"#;
        let groups = decode_groups(body).unwrap();
        assert_eq!(groups.told.total, Some(2));
        assert_eq!(groups.items[0].contacts, ["Jimmy"]);
        assert!(groups.items[1].contacts.is_empty());
        let body = r#"{"Success":"true","Total":"2","Contacts":{"Contact":[
            {"Name":"Jimmy","Channels":{"Mail":"j@example.com"},"ChannelsState":{"Mail":"PENDING"}},
            {"Name":"Ann","Channels":{"Mail":"a@example.com"},"ChannelsState":{"Mail":"OK"}}]}}"#;
        let contacts = decode_contacts(body).unwrap().items;
        assert_eq!(contacts[0].unconfirmed, ["j@example.com"]);
        assert!(contacts[1].unconfirmed.is_empty());
        assert!(matches!(
            decode_contacts(r#"{"Success":false}"#),
            Err(Misread::Failed)
        ));
    }
}
