//! Launch templates, and their versions.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::aws::caller::arn;
use crate::aws::catalog::Asked;
use crate::aws::filters::{Filters, Has};
use crate::aws::reply::iso;
use crate::world::images::Template;
use crate::world::refusal::Refusal;

pub(super) fn describe_launch_templates(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, &["create-time", "launch-template-name"])?;
    let (ids, names) = (
        asked.arguments.texts("LaunchTemplateId"),
        asked.arguments.texts("LaunchTemplateName"),
    );
    for id in ids.iter().flatten() {
        if holdings.templates.get(id).is_none() {
            return Err(no_template(id));
        }
    }
    for name in names.iter().flatten() {
        if !holdings.templates.iter().any(|it| it.name == *name) {
            return Err(no_template(name));
        }
    }
    let wanted = holdings.templates.iter().filter(|it| {
        ids.as_ref().is_none_or(|ids| ids.contains(&it.id.as_str()))
            && names
                .as_ref()
                .is_none_or(|names| names.contains(&it.name.as_str()))
            && asked.shows(it.created)
            && filters.keep(Vec::new, |name| match name {
                "create-time" => Has::one(iso(it.created)),
                "launch-template-name" => Has::one(&it.name),
                _ => Has::NoFilter,
            })
    });
    let by = arn(caller);
    asked.page(wanted, |it| {
        json!({
            "launchTemplateId": it.id,
            "launchTemplateName": it.name,
            "createTime": iso(it.created),
            "createdBy": by,
            "defaultVersionNumber": it.default_version,
            "latestVersionNumber": it.images.len(),
        })
    })
}

fn no_template(said: &str) -> Refusal {
    let (code, text) = match said.starts_with("lt-") {
        true => (
            "InvalidLaunchTemplateId.NotFound",
            format!("The specified launch template, with template ID {said}, does not exist."),
        ),
        false => (
            "InvalidLaunchTemplateName.NotFoundException",
            format!("The specified launch template, with template name {said}, does not exist."),
        ),
    };
    Refusal::new(400, code, text)
}

/// Shows versions: of one template, or, where a version is said by `$Latest` or `$Default`, of all of them.
pub(super) fn describe_launch_template_versions(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let caller = asked.caller()?;
    let holdings = asked.world.holdings(caller.uid, asked.region);
    let filters = Filters::read(asked, &["image-id", "instance-type", "is-default-version"])?;
    let said = asked.arguments;
    let named = said
        .text("LaunchTemplateId")
        .or(said.text("LaunchTemplateName"));
    let templates: Vec<Arc<Template>> = match named {
        Some(name) => {
            let found = holdings
                .templates
                .iter()
                .find(|it| it.id == name || it.name == name);
            vec![found.ok_or_else(|| no_template(name))?.clone()]
        }
        None => holdings.templates.iter().cloned().collect(),
    };
    let versions = said.texts("LaunchTemplateVersion");
    let relative = |it: &&str| ["$Latest", "$Default"].contains(it);
    if named.is_none() && !versions.as_ref().is_some_and(|it| it.iter().all(relative)) {
        let text = "The request must contain the parameter LaunchTemplateId or LaunchTemplateName, or the versions $Latest and $Default only.";
        return Err(Refusal::new(400, "MissingParameter", text));
    }
    let bound = |name: &str| said.text(name).and_then(|it| it.parse::<usize>().ok());
    let (least, most) = (bound("MinVersion"), bound("MaxVersion"));
    let rows = templates.iter().flat_map(|it| {
        let count = it.images.len();
        (1..=count)
            .rev()
            .map(move |number| (it.clone(), number, count))
    });
    let wanted = rows.filter(|(it, number, count)| {
        let is_meant = versions.as_ref().is_none_or(|versions| {
            versions.iter().any(|version| match *version {
                "$Latest" => number == count,
                "$Default" => *number == it.default_version,
                other => other.parse() == Ok(*number),
            })
        });
        is_meant
            && least.is_none_or(|least| *number >= least)
            && most.is_none_or(|most| *number <= most)
            && filters.keep(Vec::new, |name| match name {
                "image-id" => Has::maybe(it.images.get(number - 1)),
                "instance-type" => Has::one(TYPE),
                "is-default-version" => Has::one((*number == it.default_version).to_string()),
                _ => Has::NoFilter,
            })
    });
    let by = arn(caller);
    asked.page(wanted, |(it, number, _)| {
        json!({
            "launchTemplateId": it.id,
            "launchTemplateName": it.name,
            "versionNumber": number,
            "createTime": iso(it.created),
            "createdBy": by,
            "defaultVersion": number == it.default_version,
            "launchTemplateData": {
                "imageId": it.images.get(number - 1),
                "instanceType": TYPE,
            },
        })
    })
}

/// What machines started by a template are; the world does not say.
const TYPE: &str = "m6i.large";
