//! The rules of lists, kept by those that changes stand on: alarms, whom they tell, what the cloud
//! itself keeps, who uses which image.
//!
//! The rules are those that [`super::breaches`] plays with everything else that is read.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use model::RegionId;

use super::scenes::SCENES;
use super::{Look, Trouble, differs, names};
use crate::ports::Provider;

/// A list that changes stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listed {
    /// [`crate::Alarms::alarms`]; the keys are their ids.
    Alarms,
    /// [`crate::Alarms::targets`]; the keys are their ids.
    AlarmTargets,
    /// [`crate::Copies::protections`]; the keys are the policies.
    Protections,
    /// [`crate::ImageMaking::image_uses`]; the keys are image and user, with a blank between.
    ImageUses,
}

impl Listed {
    /// All there are.
    pub const ALL: [Self; 4] = [
        Self::Alarms,
        Self::AlarmTargets,
        Self::Protections,
        Self::ImageUses,
    ];
}

/// A provider over a far side that can be made to misbehave.
#[async_trait]
pub trait ListedStage: Send + Sync {
    /// Returns a provider that has not been used yet.
    fn provider(&self) -> Arc<dyn Provider>;

    /// Returns the region whose lists are asked for.
    fn region(&self) -> RegionId;

    /// Returns the keys of what is there. `None` when the cloud has no such list.
    fn planted(&self, listed: Listed) -> Option<BTreeSet<String>>;

    /// Returns whether a list says how many rows it has, so that it can be doubted.
    fn tells_total(&self, listed: Listed) -> bool;

    /// Returns whether a list has more than one page at the cloud.
    fn has_pages(&self, listed: Listed) -> bool;

    /// Lets the far side misbehave from now on.
    async fn trouble(&self, listed: Listed, trouble: Trouble);

    /// Lets the far side behave again.
    async fn calm(&self);
}

/// Something that an adapter does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListBreach {
    /// When it was asked for this.
    pub listed: Listed,
    /// What the rule is.
    pub rule: &'static str,
    /// What was seen instead.
    pub saw: String,
}

impl fmt::Display for ListBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}; saw {}", self.listed, self.rule, self.saw)
    }
}

/// Plays every scene with every list and returns what was not kept to.
pub async fn list_breaches(stage: &dyn ListedStage) -> Vec<ListBreach> {
    let mut breaches = Vec::new();
    for listed in Listed::ALL {
        let Some(planted) = stage.planted(listed) else {
            continue;
        };
        for scene in SCENES {
            let can_be = scene.trouble.is_none_or(|trouble| {
                let dead_page = matches!(trouble, Trouble::DeadPage { .. });
                (!trouble.is_of_totals() || stage.tells_total(listed))
                    && (!dead_page || stage.has_pages(listed))
            });
            if !can_be {
                continue;
            }
            if let Some(trouble) = scene.trouble {
                stage.trouble(listed, trouble).await;
            }
            let saw = look(stage, listed).await;
            stage.calm().await;
            if let Some(saw) = differs(&scene.expected, &planted, &saw) {
                let rule = scene.rule;
                breaches.push(ListBreach { listed, rule, saw });
            }
        }
    }
    breaches
}

async fn look(stage: &dyn ListedStage, listed: Listed) -> Look {
    let (provider, region) = (stage.provider(), &stage.region());
    match listed {
        Listed::Alarms => {
            let list = provider.alarms().map(|it| it.alarms(region));
            names(list, |it| it.id.to_string()).await
        }
        Listed::AlarmTargets => {
            let list = provider.alarms().map(|it| it.targets(region));
            names(list, |it| it.id.to_string()).await
        }
        Listed::Protections => {
            let list = provider.copies().and_then(|it| it.protections(region));
            names(list, |it| it.policy.to_string()).await
        }
        Listed::ImageUses => {
            let list = provider.image_making().map(|it| it.image_uses(region));
            names(list, |it| format!("{} {}", it.image, it.user)).await
        }
    }
}
