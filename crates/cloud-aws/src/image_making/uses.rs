//! Who uses which image: machines, every version of every launch template, scaling groups, launch
//! configurations.
//!
//! These are several lists, read one after the other as one. A group is resolved to the image of the
//! version that it names, also where it names the newest or the default one.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud::{CloudError, PageSource};
use futures_util::{StreamExt as _, TryStreamExt as _};
use model::{ImageUse, Machine, Place, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aws;
use crate::call::{AwsCall, Managed};
use crate::decode::Misread;
use crate::lists::{Batch, PARALLEL};
use crate::machines::MOST_VALUES;
use crate::operations::{
    DESCRIBE_AUTO_SCALING_GROUPS, DESCRIBE_INSTANCES, DESCRIBE_LAUNCH_CONFIGURATIONS,
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS,
};
use crate::query::{Set, read, read_result, says_true, some};

/// The largest pages of the two services.
const VERSIONS_PAGE: usize = 200;
pub(crate) const GROUPS_PAGE: usize = 100;
/// A version with all that it says.
const VERSION_BYTES: usize = 6 << 10;
/// A scaling group with some machines.
const GROUP_BYTES: usize = 32 << 10;

/// Stand before the tokens of the lists that come after that of the machines.
const TEMPLATES: &str = "templates:";
const CONFIGURATIONS: &str = "configurations:";

/// Returns the list of a region; of its machines, where some images are named, only those of them.
pub(super) fn list<'a>(
    aws: &'a Aws,
    region: &RegionId,
    images: &[ResourceId],
) -> Box<dyn PageSource<ImageUse> + 'a> {
    let place = Place::Region(region.clone());
    // More than a filter takes are looked for in all.
    let images = match images.len() {
        1..=MOST_VALUES => Arc::from(images),
        _ => Arc::default(),
    };
    aws.list(&DESCRIBE_INSTANCES, place.clone(), move |token| {
        let (place, images): (_, Arc<[ResourceId]>) = (place.clone(), Arc::clone(&images));
        async move {
            let token = token.unwrap_or_default();
            if let Some(token) = token.strip_prefix(CONFIGURATIONS) {
                return aws.uses_of_configurations(&place, token).await;
            }
            if token == TEMPLATES {
                let uses = aws.uses_of_templates(&place).await?;
                return Ok(Batch::new(uses, CONFIGURATIONS));
            }
            aws.uses_of_machines(&place, &token, &images).await
        }
    })
}

fn use_of(image: &str, user: String) -> Option<ImageUse> {
    // One that is looked up at each start could not be resolved.
    let image = some(image).filter(|it| it.starts_with("ami-"))?;
    let image = ResourceId::new(image);
    Some(ImageUse { image, user })
}

impl Aws {
    async fn uses_of_machines(
        &self,
        place: &Place,
        token: &str,
        images: &[ResourceId],
    ) -> Result<Batch<ImageUse>, CloudError> {
        let token = some(token).map(str::to_owned);
        let page = self
            .with_managed(|managed| self.machine_page(place, token.clone(), images, managed))
            .await?;
        let uses = |it: Machine| use_of(it.image?.as_str(), it.id.to_string());
        Ok(Batch {
            rows: page.rows.into_iter().filter_map(uses).collect(),
            next: page.next.or_else(|| Some(TEMPLATES.to_owned())),
        })
    }

    /// Returns the uses of all versions of all templates, and of the groups that start machines by
    /// them.
    async fn uses_of_templates(&self, place: &Place) -> Result<Vec<ImageUse>, CloudError> {
        let mut templates = Templates::default();
        for version in self.ends_of_templates(place).await? {
            templates.add(version);
        }
        let unread: Vec<ResourceId> = templates.unread().cloned().collect();
        let more: Vec<Vec<Version>> = futures_util::stream::iter(unread)
            .map(|id| async move { self.versions_of(place, &id).await })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        for version in more.into_iter().flatten() {
            templates.add(version);
        }
        let groups = self
            .all(&DESCRIBE_AUTO_SCALING_GROUPS, place, |token| {
                self.call(&DESCRIBE_AUTO_SCALING_GROUPS, decode_groups)
                    .at(place)
                    .with("MaxRecords", GROUPS_PAGE.to_string())
                    .with_some("NextToken", token)
                    .expecting(GROUPS_PAGE, GROUP_BYTES)
                    .send()
            })
            .await?;
        let of_groups = groups.iter().flat_map(|it| it.uses(&templates));
        Ok(templates.uses().chain(of_groups).collect())
    }

    fn versions(&self, place: &Place, token: Option<String>) -> AwsCall<'_, Batch<Version>> {
        self.call(&DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, decode_versions)
            .at(place)
            // Images that are named by a parameter are shown as what they are now.
            .with("ResolveAlias", "true")
            .with("MaxResults", VERSIONS_PAGE.to_string())
            .with_some("NextToken", token)
            .expecting(VERSIONS_PAGE, VERSION_BYTES)
    }

    /// Returns the newest and the default version of every template: in few pages, and all there is
    /// of most.
    async fn ends_of_templates(&self, place: &Place) -> Result<Vec<Version>, CloudError> {
        self.all(&DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, place, |token| {
            self.versions(place, token)
                .with_each("LaunchTemplateVersion", ["$Latest", "$Default"])
                .send()
        })
        .await
    }

    async fn versions_of(
        &self,
        place: &Place,
        template: &ResourceId,
    ) -> Result<Vec<Version>, CloudError> {
        let asked = self
            .all(&DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, place, |token| {
                self.versions(place, token)
                    .with("LaunchTemplateId", template.as_str())
                    .send()
            })
            .await;
        match asked {
            // It was removed since it was listed.
            Err(error) if error.kind == cloud::ErrorKind::NotFound => Ok(Vec::new()),
            answered => answered,
        }
    }

    async fn uses_of_configurations(
        &self,
        place: &Place,
        token: &str,
    ) -> Result<Batch<ImageUse>, CloudError> {
        let page = self
            .call(&DESCRIBE_LAUNCH_CONFIGURATIONS, decode_configurations)
            .at(place)
            .with("MaxRecords", GROUPS_PAGE.to_string())
            .with_some("NextToken", some(token).map(str::to_owned))
            .expecting(GROUPS_PAGE, VERSION_BYTES)
            .send()
            .await?;
        Ok(Batch {
            rows: page.rows,
            next: page.next.map(|token| format!("{CONFIGURATIONS}{token}")),
        })
    }

    async fn machine_page(
        &self,
        place: &Place,
        token: Option<String>,
        images: &[ResourceId],
        managed: Managed,
    ) -> Result<Batch<Machine>, CloudError> {
        let mut page = self.machines_page(place, token).showing(managed);
        if !images.is_empty() {
            page = page.with_filter(1, "image-id", images.iter().map(ResourceId::as_str));
        }
        page.send().await
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VersionsAnswer {
    launch_template_version_set: Option<Set<Version>>,
    next_token: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Version {
    launch_template_id: String,
    launch_template_name: String,
    version_number: String,
    default_version: String,
    launch_template_data: VersionData,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VersionData {
    image_id: String,
}

fn decode_versions(body: &[u8]) -> Result<Batch<Version>, Misread> {
    let answer: VersionsAnswer = read(body, "DescribeLaunchTemplateVersionsResponse")?;
    let rows = answer.launch_template_version_set;
    let rows = rows.ok_or(Misread::Lacks("launchTemplateVersionSet"))?;
    Ok(Batch::new(rows.into_iter().collect(), &answer.next_token))
}

/// The templates of a region, by their ids.
#[derive(Debug, Default)]
struct Templates(BTreeMap<ResourceId, Template>);

#[derive(Debug, Default)]
struct Template {
    name: String,
    default: Option<u64>,
    images: BTreeMap<u64, String>,
}

impl Templates {
    fn add(&mut self, version: Version) {
        let (Some(id), Ok(number)) = (
            some(&version.launch_template_id).map(ResourceId::new),
            version.version_number.trim().parse::<u64>(),
        ) else {
            return;
        };
        let template = self.0.entry(id).or_default();
        template.name = version.launch_template_name;
        if says_true(&version.default_version) {
            template.default = Some(number);
        }
        let image = version.launch_template_data.image_id;
        template.images.insert(number, image);
    }

    /// Returns those of which there are versions between the ones that were read. Versions are
    /// counted from 1.
    fn unread(&self) -> impl Iterator<Item = &ResourceId> {
        self.0.iter().filter_map(|(id, template)| {
            let newest = *template.images.keys().next_back()?;
            let read = u64::try_from(template.images.len()).unwrap_or(u64::MAX);
            (newest > read).then_some(id)
        })
    }

    fn uses(&self) -> impl Iterator<Item = ImageUse> + '_ {
        self.0.iter().flat_map(|(id, template)| {
            template
                .images
                .iter()
                .filter_map(move |(number, image)| use_of(image, format!("{id}:{number}")))
        })
    }

    /// Returns the image of the version that a group names.
    fn image(&self, named: &TemplateName) -> Option<&str> {
        let template = match some(&named.launch_template_id) {
            Some(id) => self.0.get(&ResourceId::new(id))?,
            None => {
                let name = some(&named.launch_template_name)?;
                self.0.values().find(|it| it.name == name)?
            }
        };
        let number = match some(&named.version) {
            None | Some("$Default") => template.default?,
            Some("$Latest") => *template.images.keys().next_back()?,
            Some(number) => number.parse().ok()?,
        };
        template.images.get(&number).map(String::as_str)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct GroupsAnswer {
    auto_scaling_groups: Option<Set<Group>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Group {
    auto_scaling_group_name: String,
    launch_template: Option<TemplateName>,
    mixed_instances_policy: Option<Mixed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Mixed {
    launch_template: MixedTemplate,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MixedTemplate {
    launch_template_specification: Option<TemplateName>,
    overrides: Set<Override>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Override {
    launch_template_specification: Option<TemplateName>,
    image_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TemplateName {
    launch_template_id: String,
    launch_template_name: String,
    version: String,
}

fn decode_groups(body: &[u8]) -> Result<Batch<Group>, Misread> {
    let answer: GroupsAnswer = read_result(body, "DescribeAutoScalingGroupsResponse")?;
    let rows = answer.auto_scaling_groups;
    let rows = rows.ok_or(Misread::Lacks("AutoScalingGroups"))?;
    Ok(Batch::new(rows.into_iter().collect(), &answer.next_token))
}

impl Group {
    fn uses(&self, templates: &Templates) -> Vec<ImageUse> {
        let overrides = || {
            let mixed = self.mixed_instances_policy.as_ref();
            mixed.map(|it| it.launch_template.overrides.iter())
        };
        let of_mixed = self
            .mixed_instances_policy
            .as_ref()
            .and_then(|it| it.launch_template.launch_template_specification.as_ref());
        let of_overrides = overrides()
            .into_iter()
            .flatten()
            .filter_map(|it| it.launch_template_specification.as_ref());
        let named = self
            .launch_template
            .iter()
            .chain(of_mixed)
            .chain(of_overrides);
        let by_template = named.filter_map(|it| templates.image(it));
        let by_override = overrides()
            .into_iter()
            .flatten()
            .map(|it| it.image_id.as_str());
        let user = format!("auto-scaling-group/{}", self.auto_scaling_group_name);
        by_template
            .chain(by_override)
            .filter_map(|image| use_of(image, user.clone()))
            .collect()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigurationsAnswer {
    launch_configurations: Option<Set<Configuration>>,
    next_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Configuration {
    launch_configuration_name: String,
    image_id: String,
}

fn decode_configurations(body: &[u8]) -> Result<Batch<ImageUse>, Misread> {
    let answer: ConfigurationsAnswer = read_result(body, "DescribeLaunchConfigurationsResponse")?;
    let rows = answer.launch_configurations;
    let rows = rows.ok_or(Misread::Lacks("LaunchConfigurations"))?;
    let uses = rows.into_iter().filter_map(|it| {
        let user = format!("launch-configuration/{}", it.launch_configuration_name);
        use_of(&it.image_id, user)
    });
    Ok(Batch::new(uses.collect(), &answer.next_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(versions: &[(&str, u64, &str, bool)]) -> Templates {
        let mut templates = Templates::default();
        for (id, number, image, is_default) in versions {
            templates.add(Version {
                launch_template_id: (*id).to_owned(),
                launch_template_name: format!("name-of-{id}"),
                version_number: number.to_string(),
                default_version: is_default.to_string(),
                launch_template_data: VersionData {
                    image_id: (*image).to_owned(),
                },
            });
        }
        templates
    }

    fn shown(uses: impl IntoIterator<Item = ImageUse>) -> Vec<String> {
        let line = |it: ImageUse| format!("{} {}", it.image, it.user);
        uses.into_iter().map(line).collect()
    }

    #[test]
    fn only_templates_with_versions_between_are_read_whole() {
        let templates = templates(&[
            ("lt-one", 1, "ami-1", true),
            ("lt-two", 1, "ami-1", true),
            ("lt-two", 2, "ami-2", false),
            ("lt-gap", 1, "ami-1", true),
            ("lt-gap", 3, "ami-3", false),
            ("lt-high", 7, "ami-7", true),
        ]);
        let unread: Vec<_> = templates.unread().map(ResourceId::as_str).collect();
        assert_eq!(unread, ["lt-gap", "lt-high"]);
    }

    #[test]
    fn a_group_uses_the_image_of_the_version_it_names() {
        let templates = templates(&[
            ("lt-1", 1, "ami-1", false),
            ("lt-1", 2, "ami-2", true),
            ("lt-1", 3, "ami-3", false),
            ("lt-1", 4, "resolve:ssm:/x", false),
        ]);
        assert_eq!(
            shown(templates.uses()),
            ["ami-1 lt-1:1", "ami-2 lt-1:2", "ami-3 lt-1:3"]
        );
        let group = |inside: &str| {
            let body = format!(
                "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>{inside}</member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
            );
            let group = decode_groups(body.as_bytes()).unwrap().rows.remove(0);
            shown(group.uses(&templates))
        };
        let by_id = |version: &str| {
            group(&format!(
                "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId>{version}</LaunchTemplate>"
            ))
        };
        let uses = |image: &str| [format!("{image} auto-scaling-group/web")];
        assert_eq!(by_id("<Version>1</Version>"), uses("ami-1"));
        assert_eq!(by_id("<Version>$Default</Version>"), uses("ami-2"));
        assert_eq!(by_id(""), uses("ami-2"));
        assert_eq!(
            by_id("<Version>$Latest</Version>"),
            [""; 0],
            "not an image but where one stands"
        );
        let mixed = "<MixedInstancesPolicy><LaunchTemplate>
            <LaunchTemplateSpecification><LaunchTemplateName>name-of-lt-1</LaunchTemplateName><Version>3</Version></LaunchTemplateSpecification>
            <Overrides><member><InstanceType>m6g.large</InstanceType><LaunchTemplateSpecification><LaunchTemplateId>lt-1</LaunchTemplateId><Version>1</Version></LaunchTemplateSpecification></member>
            <member><ImageId>ami-9</ImageId></member></Overrides></LaunchTemplate></MixedInstancesPolicy>";
        assert_eq!(
            group(mixed),
            ["ami-3", "ami-1", "ami-9"].map(|it| format!("{it} auto-scaling-group/web"))
        );
        assert_eq!(
            group("<LaunchConfigurationName>old</LaunchConfigurationName>"),
            [""; 0],
            "its configuration is in a list of its own"
        );
    }

    #[test]
    fn a_launch_configuration_uses_its_image() {
        let body = b"<DescribeLaunchConfigurationsResponse><DescribeLaunchConfigurationsResult><LaunchConfigurations>
            <member><LaunchConfigurationName>old</LaunchConfigurationName><ImageId>ami-1</ImageId></member></LaunchConfigurations>
            <NextToken>t</NextToken></DescribeLaunchConfigurationsResult></DescribeLaunchConfigurationsResponse>";
        let batch = decode_configurations(body).unwrap();
        assert_eq!(shown(batch.rows), ["ami-1 launch-configuration/old"]);
        assert_eq!(batch.next.as_deref(), Some("t"));
    }
}
