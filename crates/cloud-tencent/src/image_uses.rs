//! Reads who uses which image: machines, launch templates (cvm 2017-03-12) and the launch
//! configurations of scaling groups (as 2018-04-19).
//!
//! Three lists one after the other, to whoever reads them one list: the token of a page says which
//! of them it is of.

use async_trait::async_trait;
use cloud::{CallSite, CloudError, Next, Page, PageAt, PageSource};
use model::{ImageUse, Place, RegionId, ResourceId};
use serde_json::Map;

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::lists::{self, Counts, Listed, OffsetList, Question};
use crate::machines;
use crate::operations::{
    DESCRIBE_LAUNCH_CONFIGURATIONS, DESCRIBE_LAUNCH_TEMPLATE_VERSIONS, DESCRIBE_LAUNCH_TEMPLATES,
    Operation,
};
use crate::rpc::Decode;

/// The largest page there is.
const PAGE_SIZE: u32 = 100;
const ROW_BYTES: u64 = 4096;

/// Who uses which image of a region.
pub(crate) struct Uses<'a> {
    tencent: &'a Tencent,
    region: RegionId,
    machines: OffsetList<'a, Option<ImageUse>>,
    templates: OffsetList<'a, ResourceId>,
    configurations: OffsetList<'a, Option<ImageUse>>,
}

/// Which of the lists a page is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Machines,
    Templates,
    Configurations,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Machines, Self::Templates, Self::Configurations];

    fn word(self) -> &'static str {
        match self {
            Self::Machines => "machines",
            Self::Templates => "templates",
            Self::Configurations => "configurations",
        }
    }

    fn after(self) -> Option<Self> {
        match self {
            Self::Machines => Some(Self::Templates),
            Self::Templates => Some(Self::Configurations),
            Self::Configurations => None,
        }
    }
}

/// Returns which page of which list `at` is: `templates 2`.
fn place(at: &PageAt) -> (Stage, u32) {
    let PageAt::Token(token) = at else {
        return (Stage::Machines, 1);
    };
    let (word, number) = token.split_once(' ').unwrap_or((token, "1"));
    let stage = Stage::ALL.into_iter().find(|it| it.word() == word);
    (
        stage.unwrap_or(Stage::Machines),
        number.parse().unwrap_or(1),
    )
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

fn question<T>(
    operation: &'static Operation,
    region: &RegionId,
    decode: Decode<Listed<T>>,
) -> Question<T> {
    Question {
        operation,
        place: Place::Region(region.clone()),
        counts: Counts::Rows,
        arguments: Map::new(),
        page_size: PAGE_SIZE,
        row_bytes: ROW_BYTES,
        decode,
    }
}

impl<'a> Uses<'a> {
    pub(crate) fn of(tencent: &'a Tencent, region: &RegionId) -> Self {
        let templates = question(&DESCRIBE_LAUNCH_TEMPLATES, region, decode_templates);
        let operation = &DESCRIBE_LAUNCH_CONFIGURATIONS;
        let configurations = question(operation, region, decode_configurations);
        Self {
            tencent,
            region: region.clone(),
            machines: OffsetList::new(tencent, machines::question(region, decode_machines)),
            templates: OffsetList::new(tencent, templates),
            configurations: OffsetList::new(tencent, configurations),
        }
    }

    /// Returns the images that the versions of a template start from, old versions too: they can be
    /// chosen at any time.
    async fn of_template(&self, template: &ResourceId) -> Result<Vec<ImageUse>, CloudError> {
        let operation = &DESCRIBE_LAUNCH_TEMPLATE_VERSIONS;
        let mut versions = question(operation, &self.region, decode_versions);
        let id = template.as_str().into();
        versions.arguments.insert("LaunchTemplateId".to_owned(), id);
        let images = lists::whole(self.tencent, versions).await?;
        let mut images: Vec<ResourceId> = images.into_iter().flatten().collect();
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
        self.machines.site()
    }

    async fn page(&self, at: &PageAt) -> Result<Page<ImageUse>, CloudError> {
        let (stage, number) = place(at);
        let inner = match number {
            1 => PageAt::First,
            number => PageAt::Number(number),
        };
        let (items, next) = match stage {
            Stage::Machines => {
                let page = self.machines.page(&inner).await?;
                (page.items.into_iter().flatten().collect(), page.next)
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
                (page.items.into_iter().flatten().collect(), page.next)
            }
        };
        Ok(Page {
            items,
            next: following(stage, number, &next),
            total: None,
        })
    }
}

decode::wire! {
    struct Machine<'a> {
        instance_id: Loose<'a>,
        image_id: Loose<'a>,
    }
    struct Template<'a> {
        launch_template_id: Loose<'a>,
    }
    struct Version<'a> {
        launch_template_version_data: Option<VersionData<'a>>,
    }
    struct VersionData<'a> {
        image_id: Loose<'a>,
    }
    struct Configuration<'a> {
        launch_configuration_id: Loose<'a>,
        image_id: Loose<'a>,
    }
}

fn used(
    image: &Loose<'_>,
    user: &Loose<'_>,
    what: &'static str,
) -> Result<Option<ImageUse>, Misread> {
    let user = user.some_text().ok_or(Misread::Lacks(what))?;
    Ok(image.some_text().map(|image| ImageUse {
        image: ResourceId::new(image),
        user,
    }))
}

fn decode_machines(body: &str) -> Result<Listed<Option<ImageUse>>, Misread> {
    lists::read(body, &machines::SHAPE, |it: Machine<'_>| {
        used(
            &it.image_id,
            &it.instance_id,
            "InstanceId in one of its rows",
        )
    })
}

fn decode_templates(body: &str) -> Result<Listed<ResourceId>, Misread> {
    lists::read(
        body,
        &Shape::rows("LaunchTemplateSet"),
        |it: Template<'_>| {
            let id = it.launch_template_id.some_text();
            let id = id.ok_or(Misread::Lacks("LaunchTemplateId in one of its rows"))?;
            Ok(ResourceId::new(id))
        },
    )
}

fn decode_versions(body: &str) -> Result<Listed<Option<ResourceId>>, Misread> {
    let shape = Shape::rows("LaunchTemplateVersionSet");
    lists::read(body, &shape, |it: Version<'_>| {
        let data = it.launch_template_version_data;
        let data = data.ok_or(Misread::Lacks(
            "LaunchTemplateVersionData in one of its rows",
        ))?;
        // A template need not name an image.
        Ok(data.image_id.some_text().map(ResourceId::new))
    })
}

fn decode_configurations(body: &str) -> Result<Listed<Option<ImageUse>>, Misread> {
    let shape = Shape::rows("LaunchConfigurationSet");
    lists::read(body, &shape, |it: Configuration<'_>| {
        let what = "LaunchConfigurationId in one of its rows";
        used(&it.image_id, &it.launch_configuration_id, what)
    })
}
