//! Reads who uses which image: machines, launch templates (Ecs 2014-05-26) and the configurations of
//! scaling groups (Ess 2022-02-22).
//!
//! Three lists one after the other, to whoever reads them one list: the token of a page says which
//! of them it is of.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{Image, ImageUse, RegionId, ResourceId};
use serde::Deserialize;

use crate::Aliyun;
use crate::decode::{Loose, Misread};
use crate::lists::{List, Listed, id, listed};
use crate::numbering::Told;
use crate::operations::{
    DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, DESCRIBE_LAUNCH_TEMPLATES, DESCRIBE_SCALING_CONFIGURATIONS,
};

/// The largest page of templates, of their versions and of configurations there is.
const PAGE_SIZE: u32 = 50;
/// The list of images says that a machine uses one, not which.
const SOME_MACHINE: &str = "instance";

/// Who uses which image of a region.
pub(crate) struct Uses<'a> {
    aliyun: &'a Aliyun,
    region: RegionId,
    images: List<'a, Image>,
    templates: List<'a, ResourceId>,
    configurations: List<'a, Option<ImageUse>>,
}

/// Which of the lists a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Images,
    Templates,
    Configurations,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Images, Self::Templates, Self::Configurations];

    fn word(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Templates => "templates",
            Self::Configurations => "configurations",
        }
    }

    fn after(self) -> Option<Self> {
        match self {
            Self::Images => Some(Self::Templates),
            Self::Templates => Some(Self::Configurations),
            Self::Configurations => None,
        }
    }
}

/// Returns which page of which list `at` is: `templates 2`.
fn place(at: &PageAt) -> (Stage, u32) {
    let PageAt::Token(token) = at else {
        return (Stage::Images, 1);
    };
    let (word, number) = token.split_once(' ').unwrap_or((token, "1"));
    let stage = Stage::ALL.into_iter().find(|it| it.word() == word);
    (stage.unwrap_or(Stage::Images), number.parse().unwrap_or(1))
}

/// Returns what follows page `number` of a list that goes on as `next` says.
fn following(stage: Stage, number: u32, next: &Next) -> Next {
    let more = matches!(next, Next::Through(last) if *last > number);
    let (stage, number) = match (more, stage.after()) {
        (true, _) => (stage, number + 1),
        (false, Some(stage)) => (stage, 1),
        (false, None) => return Next::End,
    };
    Next::Token(format!("{} {number}", stage.word()))
}

impl<'a> Uses<'a> {
    pub(crate) fn of(aliyun: &'a Aliyun, region: &RegionId) -> Self {
        let images = aliyun.own_images(region).with("Usage", "instance");
        let templates = List::numbered(
            aliyun,
            &DESCRIBE_LAUNCH_TEMPLATES,
            region,
            PAGE_SIZE,
            decode_templates,
        );
        let configurations = List::numbered(
            aliyun,
            &DESCRIBE_SCALING_CONFIGURATIONS,
            region,
            PAGE_SIZE,
            decode_configurations,
        );
        Self {
            aliyun,
            region: region.clone(),
            images: images.checked(),
            templates,
            configurations,
        }
    }

    /// Returns the images that the versions of a template start from, old versions too: they can be
    /// chosen at any time.
    async fn of_template(&self, template: &ResourceId) -> Result<Vec<ImageUse>, CloudError> {
        let versions = List::numbered(
            self.aliyun,
            &DESCRIBE_LAUNCH_TEMPLATE_VERSIONS,
            &self.region,
            PAGE_SIZE,
            decode_versions,
        );
        let versions = versions
            .with("LaunchTemplateId", template.as_str())
            .with("DetailFlag", "true");
        let mut images: Vec<ResourceId> = versions.rows().await?.into_iter().flatten().collect();
        images.sort();
        images.dedup();
        let uses = images.into_iter().map(|image| ImageUse {
            image,
            user: template.to_string(),
        });
        Ok(uses.collect())
    }
}

#[async_trait]
impl PageSource<ImageUse> for Uses<'_> {
    fn site(&self) -> CallSite {
        self.images.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<ImageUse>, CloudError> {
        let (stage, number) = place(at);
        let inner = match number {
            1 => PageAt::First,
            number => PageAt::Number(number),
        };
        let (items, next) = match stage {
            Stage::Images => {
                let page = self.images.page(&inner).await?;
                let uses = page.items.into_iter().map(|it| ImageUse {
                    image: it.id,
                    user: SOME_MACHINE.to_owned(),
                });
                (uses.collect(), page.next)
            }
            Stage::Templates => {
                let page = self.templates.page(&inner).await?;
                let mut uses = Vec::new();
                for template in &page.items {
                    uses.extend(self.of_template(template).await?);
                }
                (uses, page.next)
            }
            Stage::Configurations => {
                let page = self.configurations.page(&inner).await?;
                // Two configurations of a group may name one image.
                let mut uses: Vec<ImageUse> = page.items.into_iter().flatten().collect();
                uses.sort();
                uses.dedup();
                (uses, page.next)
            }
        };
        Ok(Page {
            items,
            next: following(stage, number, &next),
            total: None,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TemplateRow<'a> {
    #[serde(borrow)]
    launch_template_id: Loose<'a>,
}

fn decode_templates(body: &str) -> Result<Listed<ResourceId>, Misread> {
    listed!(
        body,
        "LaunchTemplateSets",
        "LaunchTemplateSet",
        TemplateRow,
        |it: TemplateRow<'_>| id(
            &it.launch_template_id,
            "LaunchTemplateId in one of its rows"
        )
    )
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct VersionRow<'a> {
    #[serde(borrow)]
    launch_template_data: Option<VersionData<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct VersionData<'a> {
    #[serde(borrow)]
    image_id: Loose<'a>,
}

fn decode_versions(body: &str) -> Result<Listed<Option<ResourceId>>, Misread> {
    listed!(
        body,
        "LaunchTemplateVersionSets",
        "LaunchTemplateVersionSet",
        VersionRow,
        |it: VersionRow<'_>| {
            let data = it
                .launch_template_data
                .ok_or(Misread::Lacks("LaunchTemplateData in one of its rows"))?;
            // A template need not name an image.
            Ok(data.image_id.some_text().map(ResourceId::new))
        }
    )
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigurationsAnswer<'a> {
    #[serde(borrow)]
    scaling_configurations: Option<Vec<ConfigurationRow<'a>>>,
    #[serde(borrow)]
    total_count: Loose<'a>,
    #[serde(borrow)]
    page_size: Loose<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigurationRow<'a> {
    #[serde(borrow)]
    scaling_group_id: Loose<'a>,
    #[serde(borrow)]
    image_id: Loose<'a>,
}

fn decode_configurations(body: &str) -> Result<Listed<Option<ImageUse>>, Misread> {
    let answer: ConfigurationsAnswer<'_> = serde_json::from_str(body)?;
    let rows = answer
        .scaling_configurations
        .ok_or(Misread::Lacks("ScalingConfigurations"))?;
    let told = Told {
        rows: rows.len(),
        total: answer.total_count.count(),
        page_size: answer.page_size.count(),
    };
    let rows = rows.into_iter().map(|row| {
        let group = id(&row.scaling_group_id, "ScalingGroupId in one of its rows")?;
        Ok(row.image_id.some_text().map(|image| ImageUse {
            image: ResourceId::new(image),
            user: group.to_string(),
        }))
    });
    Ok(Listed {
        items: rows.collect::<Result<_, Misread>>()?,
        told,
        next: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_list_follows_the_other_and_the_last_one_ends() {
        let next = |at: PageAt, next: Next| {
            let (stage, number) = place(&at);
            following(stage, number, &next)
        };
        let token = |it: &str| PageAt::Token(it.to_owned());
        let then = |it: &str| Next::Token(it.to_owned());
        assert_eq!(next(PageAt::First, Next::Through(2)), then("images 2"));
        assert_eq!(
            next(token("images 2"), Next::Through(2)),
            then("templates 1")
        );
        assert_eq!(next(PageAt::First, Next::End), then("templates 1"));
        assert_eq!(
            next(token("templates 1"), Next::End),
            then("configurations 1")
        );
        assert_eq!(
            next(token("configurations 1"), Next::Through(3)),
            then("configurations 2")
        );
        assert_eq!(next(token("configurations 3"), Next::Through(3)), Next::End);
    }

    #[test]
    fn templates_and_configurations_say_what_they_start_from() {
        let body = r#"{"LaunchTemplateVersionSets":{"LaunchTemplateVersionSet":[
            {"LaunchTemplateId":"lt-1","LaunchTemplateData":{"ImageId":"m-1"}},
            {"LaunchTemplateId":"lt-1","LaunchTemplateData":{}}]},"TotalCount":2}"#;
        assert_eq!(
            decode_versions(body).unwrap().items,
            [Some(ResourceId::new("m-1")), None]
        );
        // Without the data, nobody knows what it starts from.
        let bare = r#"{"LaunchTemplateVersionSets":{"LaunchTemplateVersionSet":[{}]}}"#;
        assert!(matches!(decode_versions(bare), Err(Misread::Lacks(_))));
        let body = r#"{"ScalingConfigurations":[
            {"ScalingGroupId":"asg-1","ImageId":"m-2"},{"ScalingGroupId":"asg-2"}],"TotalCount":2}"#;
        let used = ImageUse {
            image: ResourceId::new("m-2"),
            user: "asg-1".to_owned(),
        };
        assert_eq!(
            decode_configurations(body).unwrap().items,
            [Some(used), None]
        );
    }
}
