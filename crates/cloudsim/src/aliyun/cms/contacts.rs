//! Whom alarms tell: contacts, each reached in some way, and groups of them. They are of no region.

use serde_json::{Value, json};

use super::{action, bad, change, done};
use crate::aliyun::arguments::{Kind, Parameter};
use crate::aliyun::catalog::{self, ActionSpec, Asked, Listing};
use crate::world::alarms::{Contact, Listener, Target};
use crate::world::changes::Hindrance;
use crate::world::holdings::Holdings;
use crate::world::refusal::Refusal;

const NUMBER: Parameter = Parameter::new("PageNumber", Kind::Whole(1, i64::MAX));
const SIZE: Parameter = Parameter::new("PageSize", Kind::Whole(1, 100));
const PAGE: Option<(&str, &str)> = Some(("PageNumber", "PageSize"));

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        listing: Some(Listing {
            rows: "/ContactGroupList/ContactGroup",
            total: "/Total",
            page: PAGE,
        }),
        ..action(
            "DescribeContactGroupList",
            "cms:DescribeContactGroupList",
            &[NUMBER, SIZE],
            describe_contact_group_list,
        )
    },
    ActionSpec {
        listing: Some(Listing {
            rows: "/Contacts/Contact",
            total: "/Total",
            page: PAGE,
        }),
        ..action(
            "DescribeContactList",
            "cms:DescribeContactList",
            &[
                Parameter::text("ContactName"),
                Parameter::text("ChanelType"),
                Parameter::text("ChanelValue"),
                NUMBER,
                SIZE,
            ],
            describe_contact_list,
        )
    },
    action(
        "PutContactGroup",
        "cms:PutContactGroup",
        &[
            Parameter::text("ContactGroupName").needed(),
            Parameter::new("ContactNames", Kind::Repeated),
            Parameter::text("Describe"),
            Parameter::new("EnableSubscribed", Kind::Flag),
        ],
        put_contact_group,
    ),
    action(
        "PutContact",
        "cms:PutContact",
        &[
            Parameter::text("ContactName").needed(),
            Parameter::text("Describe").needed(),
            Parameter::text("Channels.Mail"),
            Parameter::text("Channels.DingWebHook"),
            Parameter::text("Channels.SMS"),
            Parameter::text("Channels.AliIM"),
            Parameter::new("Lang", Kind::OneOf(&["zh-cn", "en"])),
        ],
        put_contact,
    ),
];

/// Every contact: those that were made here, and those that a group hears by without one.
fn contacts(held: &Holdings) -> Vec<Contact> {
    let mut all: Vec<Contact> = held.contacts.iter().map(|it| Contact::clone(it)).collect();
    for listener in held.targets.iter().flat_map(|it| &it.listeners) {
        let known = all.iter_mut().find(|it| it.endpoint == listener.endpoint);
        match known {
            Some(contact) => contact.confirmed |= listener.confirmed,
            None => all.push(Contact {
                name: listener.endpoint.clone(),
                protocol: listener.protocol.clone(),
                endpoint: listener.endpoint.clone(),
                confirmed: listener.confirmed,
                description: String::new(),
            }),
        }
    }
    all
}

fn describe_contact_group_list(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:DescribeContactGroupList")?;
    let held = asked.world.holdings(caller.uid, "");
    let all = contacts(&held);
    let page = held.targets.page(said.page(("PageNumber", "PageSize"), 10));
    let now = asked.world.now().as_millisecond();
    let rows = page.items.iter().map(|it| {
        let names = it.listeners.iter().filter_map(|listener| {
            let mut all = all.iter();
            let contact = all.find(|it| it.endpoint == listener.endpoint)?;
            Some(contact.name.as_str())
        });
        let kept = |name: &str| {
            it.tags
                .iter()
                .find(|it| it.0 == name)
                .map(|it| it.1.as_str())
        };
        json!({
            "Name": it.name,
            "Contacts": {"Contact": names.collect::<Vec<_>>()},
            "Describe": kept("Describe").unwrap_or_default(),
            "EnableSubscribed": kept("EnableSubscribed") == Some("true"),
            "EnabledWeeklyReport": false,
            "CreateTime": now,
            "UpdateTime": now,
        })
    });
    let names: Vec<&str> = page.items.iter().map(|it| it.name.as_str()).collect();
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "Success": true,
        "Code": "200",
        "Message": "",
        "Total": page.total,
        "ContactGroups": {"ContactGroup": names},
        "ContactGroupList": {"ContactGroup": rows.collect::<Vec<_>>()},
    }))
}

fn describe_contact_list(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:DescribeContactList")?;
    let held = asked.world.holdings(caller.uid, "");
    let named = |it: &Contact| said.text("ContactName").is_none_or(|name| name == it.name);
    let valued = |it: &Contact| {
        said.text("ChanelValue")
            .is_none_or(|value| value == it.endpoint)
    };
    let all = contacts(&held);
    let kept = all.iter().filter(|it| named(it) && valued(it));
    let page = said.page(("PageNumber", "PageSize"), 10).cut(kept);
    let rows: Vec<Value> = page.items.iter().map(|it| row(it, &held)).collect();
    catalog::json(&json!({
        "RequestId": asked.request_id,
        "Success": true,
        "Code": "200",
        "Message": "",
        "Total": page.total,
        "Contacts": {"Contact": rows},
    }))
}

fn channel(protocol: &str) -> &'static str {
    match protocol {
        "sms" => "SMS",
        "email" => "Mail",
        "aliim" => "AliIM",
        _ => "DingWebHook",
    }
}

fn row(it: &Contact, held: &Holdings) -> Value {
    let channel = channel(&it.protocol);
    let hears = |group: &&std::sync::Arc<Target>| {
        group
            .listeners
            .iter()
            .any(|one| one.endpoint == it.endpoint)
    };
    let groups = held.targets.iter().filter(hears).map(|it| it.name.as_str());
    let state = if it.confirmed { "OK" } else { "PENDING" };
    json!({
        "Name": it.name,
        "Desc": it.description,
        "Channels": {channel: it.endpoint},
        "ChannelsState": {channel: state},
        "ContactGroups": {"ContactGroup": groups.collect::<Vec<_>>()},
        "Lang": "zh-cn",
        "CreateTime": 1_552_314_252_000_i64,
        "UpdateTime": 1_552_314_252_000_i64,
    })
}

fn put_contact_group(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:PutContactGroup")?;
    let name = said.text("ContactGroupName").unwrap_or_default();
    let wanted = said.repeated("ContactNames").unwrap_or_default();
    change(asked, "", |held, now| {
        let all = contacts(held);
        let listener = |name: &String| {
            let contact = all.iter().find(|it| it.name == *name);
            let contact = contact.ok_or_else(|| Hindrance::NotFound(name.clone()))?;
            Ok(Listener {
                protocol: contact.protocol.clone(),
                endpoint: contact.endpoint.clone(),
                confirmed: contact.confirmed,
            })
        };
        // Who is not named is in it no more.
        let listeners = wanted.iter().map(listener).collect::<Result<Vec<_>, _>>()?;
        held.put_target(Target::new(name, name), now);
        let kept = ["Describe", "EnableSubscribed"].iter();
        let kept = kept.filter_map(|it| Some(((*it).to_owned(), said.owned(it)?)));
        held.targets.change(name, |it| {
            it.listeners = listeners;
            it.tags = kept.collect();
        });
        Ok(())
    })?;
    done(asked)
}

fn put_contact(asked: &Asked<'_>) -> Result<Vec<u8>, Refusal> {
    let (caller, said) = (asked.caller()?, asked.arguments);
    caller.require("cms:PutContact")?;
    let channels = [
        ("Channels.Mail", "email"),
        ("Channels.DingWebHook", "dingtalk"),
        ("Channels.SMS", "sms"),
        ("Channels.AliIM", "aliim"),
    ];
    let said_channel = channels
        .iter()
        .find_map(|it| Some((it.1, said.owned(it.0)?)));
    let (protocol, endpoint) = said_channel.ok_or_else(|| bad("Channels"))?;
    let name = said.owned("ContactName").unwrap_or_default();
    change(asked, "", |held, _| {
        let before = held.contacts.get(&name);
        let confirmed = before.is_some_and(|it| it.endpoint == endpoint && it.confirmed);
        held.contacts.put(Contact {
            // A robot has nobody who could confirm; whoever has the address may use it.
            confirmed: confirmed || protocol == "dingtalk",
            name,
            protocol: protocol.to_owned(),
            endpoint,
            description: said.owned("Describe").unwrap_or_default(),
        });
        Ok(())
    })?;
    done(asked)
}
