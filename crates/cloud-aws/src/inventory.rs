//! Reads the regions that the account has opened (EC2).
//!
//! A region that was not opened refuses keys that are good elsewhere. That is a state, not an error:
//! there is nothing in it.

use async_trait::async_trait;
use cloud::{CloudError, Detail, ErrorKind, Inventory};
use model::{Kind, Place, Region, RegionId, ResourceId};
use serde::Deserialize;

use crate::decode::Misread;
use crate::operations::DESCRIBE_REGIONS;
use crate::query::{Set, read, some};
use crate::{Aws, errors};

#[async_trait]
impl Inventory for Aws {
    async fn regions(&self) -> Result<Vec<Region>, CloudError> {
        let regions = self.call(&DESCRIBE_REGIONS, decode).send().await?;
        let usable = regions.into_iter().filter(|it| it.is_opened);
        Ok(usable.map(|it| it.region).collect())
    }

    /// Nothing: this cloud's lists of what ends have names and tags of their own.
    fn covers(&self) -> &[&'static str] {
        &[]
    }

    async fn details(
        &self,
        kind: &Kind,
        region: &RegionId,
        _ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError> {
        let site = self.call_site(&DESCRIBE_REGIONS, &Place::Region(region.clone()));
        let words = format!("there is no reader for the product {kind}");
        Err(CloudError::new(site, ErrorKind::Invalid, words))
    }
}

impl Aws {
    /// Returns whether a refusal only says that the account has not opened the region.
    pub(crate) async fn is_of_closed_region(&self, place: &Place, error: &CloudError) -> bool {
        let Place::Region(region) = place else {
            return false;
        };
        if !errors::may_mean_closed(error) || *region == self.line.home {
            return false;
        }
        let mut closed = self.closed.lock().await;
        if let Some(known) = closed.get(region) {
            return *known;
        }
        let asked = self
            .call(&DESCRIBE_REGIONS, decode)
            .with("AllRegions", "true")
            .with("RegionName.1", region.as_str())
            .send()
            .await;
        match asked {
            Ok(regions) => {
                let of_it = |it: &&Opened| it.region.id == *region;
                let is_closed = regions.iter().find(of_it).is_some_and(|it| !it.is_opened);
                closed.insert(region.clone(), is_closed);
                is_closed
            }
            // Then the key itself is in doubt, and the first refusal says so.
            Err(_) => false,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    region_info: Option<Set<Row>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    region_name: String,
    opt_in_status: String,
}

struct Opened {
    region: Region,
    is_opened: bool,
}

fn decode(body: &[u8]) -> Result<Vec<Opened>, Misread> {
    let answer: Answer = read(body, "DescribeRegionsResponse")?;
    let rows = answer.region_info.ok_or(Misread::Lacks("regionInfo"))?;
    let regions = rows.into_iter().map(|row| {
        let name = some(&row.region_name).ok_or(Misread::Lacks("regionName in one of its rows"))?;
        let region = Region {
            id: RegionId::new(name),
            // The cloud gives no names for people here.
            name: name.to_owned(),
        };
        let is_opened = row.opt_in_status.trim() != "not-opted-in";
        Ok(Opened { region, is_opened })
    });
    regions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_were_not_opened_are_told_from_the_others() {
        let body = b"<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><regionInfo>
            <item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>
            <item><regionName>ap-east-1</regionName><optInStatus>not-opted-in</optInStatus></item>
            <item><regionName>me-south-1</regionName><optInStatus>opted-in</optInStatus></item>
            <item><regionName>zz-new-1</regionName></item></regionInfo></DescribeRegionsResponse>";
        let opened: Vec<_> = decode(body)
            .unwrap()
            .into_iter()
            .map(|it| (it.region.id.to_string(), it.is_opened))
            .collect();
        let expected = [
            ("us-east-1", true),
            ("ap-east-1", false),
            ("me-south-1", true),
            ("zz-new-1", true),
        ];
        assert_eq!(opened, expected.map(|(id, is)| (id.to_owned(), is)));
        let empty = b"<DescribeRegionsResponse/>";
        assert!(matches!(decode(empty), Err(Misread::Lacks("regionInfo"))));
    }
}
