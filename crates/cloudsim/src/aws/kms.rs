//! Encryption keys of the key service: where they stand, switched on and off, and their end, which is
//! announced and can be taken back until it has come.
//!
//! A key is known by its id or its ARN. One of another account is shown to nobody here: its policy
//! names no one.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::caller::arn;
use super::catalog::{ActionSpec, Asked, Serve, Style};
use super::service::Service;
use crate::world::protections::{CryptKey, KeyLife};
use crate::world::refusal::Refusal;

const KEY: Parameter = Parameter::text("KeyId").needed();

const fn action(name: &'static str, parameters: &'static [Parameter], serve: Serve) -> ActionSpec {
    ActionSpec {
        service: Service::Kms,
        name,
        style: Style::Granted,
        path: None,
        parameters,
        listing: None,
        serve,
    }
}

pub(super) const ACTIONS: &[ActionSpec] = &[
    action("CancelKeyDeletion", &[KEY], cancel_key_deletion),
    action(
        "DescribeKey",
        &[KEY, Parameter::texts("GrantTokens")],
        describe_key,
    ),
    action("DisableKey", &[KEY], disable_key),
    action("EnableKey", &[KEY], enable_key),
    action(
        "ScheduleKeyDeletion",
        &[
            KEY,
            Parameter::new("PendingWindowInDays", Kind::Whole(7, 30)),
        ],
        schedule_key_deletion,
    ),
];

/// So many days pass before a key goes when nobody says how many.
const WINDOW_DAYS: u64 = 30;

fn not_found(asked: &Asked<'_>, id: &str) -> Refusal {
    let text = match id {
        alias if alias.starts_with("alias/") => {
            format!("Alias {} is not found.", asked.arn(alias))
        }
        _ => format!("Key '{}' does not exist", full(asked, id)),
    };
    Refusal::new(400, "NotFoundException", text)
}

fn wrong_state(key: &str, life: &KeyLife) -> Refusal {
    let word = match life {
        KeyLife::Leaving(_) => "pending deletion",
        KeyLife::Disabled => "disabled",
        KeyLife::Enabled => "enabled",
        KeyLife::Odd(word) => word,
    };
    Refusal::new(400, "KMSInvalidStateException", format!("{key} is {word}."))
}

/// Returns the ARN of a key of the caller's.
fn full(asked: &Asked<'_>, id: &str) -> String {
    match id.starts_with("arn:") {
        true => id.to_owned(),
        false => asked.arn(&format!("key/{id}")),
    }
}

/// Returns the key that is meant.
fn meant(asked: &Asked<'_>) -> Result<CryptKey, Refusal> {
    let caller = asked.caller()?;
    let said = asked.arguments.text("KeyId").unwrap_or_default();
    if let Some(rest) = said.strip_prefix("arn:") {
        let parts: Vec<&str> = rest.split(':').collect();
        let [_, "kms", region, owner, _] = parts.as_slice() else {
            let text = format!("Invalid arn {said}");
            return Err(Refusal::new(400, "InvalidArnException", text));
        };
        if *region != asked.region {
            let text = format!("Invalid arn {region}");
            return Err(Refusal::new(400, "NotFoundException", text));
        }
        if *owner != format!("{:012}", caller.uid.0) {
            let text = format!(
                "User: {} is not authorized to perform: {} on resource: {said} because no resource-based policy allows the {} action",
                arn(caller),
                asked.spec.right(),
                asked.spec.right(),
            );
            return Err(Refusal::new(400, "AccessDeniedException", text));
        }
    }
    let held = asked.world.holdings(caller.uid, asked.region);
    let wanted = full(asked, said);
    let found = held.keys.iter().find(|it| full(asked, &it.id) == wanted);
    let found = found.filter(|it| !it.is_gone(asked.world.now()));
    found
        .map(|it| it.as_ref().clone())
        .ok_or_else(|| not_found(asked, said))
}

fn state(life: &KeyLife) -> &str {
    match life {
        KeyLife::Enabled => "Enabled",
        KeyLife::Disabled => "Disabled",
        KeyLife::Leaving(_) => "PendingDeletion",
        KeyLife::Odd(word) => word,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the cloud counts seconds in fractions"
)]
fn seconds(at: Timestamp) -> Value {
    json!(at.as_second() as f64)
}

fn describe_key(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let key = meant(asked)?;
    let full = full(asked, &key.id);
    let id = full.rsplit('/').next().unwrap_or_default();
    let mut row = json!({
        "AWSAccountId": format!("{:012}", asked.caller()?.uid.0),
        "KeyId": id,
        "Arn": full,
        "Enabled": key.life == KeyLife::Enabled,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": state(&key.life),
        "Origin": "AWS_KMS",
        "KeyManager": if key.default { "AWS" } else { "CUSTOMER" },
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
    });
    if let KeyLife::Leaving(at) = key.life {
        row["DeletionDate"] = seconds(at);
    }
    Ok(json!({"KeyMetadata": row}))
}

fn put(asked: &Asked<'_>, key: &CryptKey, life: KeyLife) -> Result<(), Refusal> {
    let caller = asked.caller()?;
    asked.world.change(caller.uid, asked.region, |it, _| {
        it.keys.change(&key.id, |it| it.life = life);
    });
    Ok(())
}

/// Switches a key on or off; one that leaves, or has no material, stays as it is.
fn switch(asked: &Asked<'_>, to: KeyLife) -> Result<Value, Refusal> {
    let key = meant(asked)?;
    match &key.life {
        KeyLife::Enabled | KeyLife::Disabled => put(asked, &key, to)?,
        life => return Err(wrong_state(&full(asked, &key.id), life)),
    }
    Ok(json!({}))
}

fn disable_key(asked: &Asked<'_>) -> Result<Value, Refusal> {
    switch(asked, KeyLife::Disabled)
}

fn enable_key(asked: &Asked<'_>) -> Result<Value, Refusal> {
    switch(asked, KeyLife::Enabled)
}

fn schedule_key_deletion(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let key = meant(asked)?;
    let full = full(asked, &key.id);
    if let life @ KeyLife::Leaving(_) = &key.life {
        return Err(wrong_state(&full, life));
    }
    let days = asked.arguments.whole("PendingWindowInDays");
    let days = days.unwrap_or(WINDOW_DAYS);
    let hours = i64::try_from(days).unwrap_or(0) * 24;
    let at = asked.world.now() + SignedDuration::from_hours(hours);
    put(asked, &key, KeyLife::Leaving(at))?;
    Ok(json!({
        "KeyId": full,
        "DeletionDate": seconds(at),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }))
}

/// A key whose end was taken back is switched off.
fn cancel_key_deletion(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let key = meant(asked)?;
    let full = full(asked, &key.id);
    if !matches!(key.life, KeyLife::Leaving(_)) {
        return Err(wrong_state(&full, &key.life));
    }
    put(asked, &key, KeyLife::Disabled)?;
    Ok(json!({"KeyId": full}))
}
