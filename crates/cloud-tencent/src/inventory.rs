//! Reads the regions (cvm 2017-03-12).
//!
//! Names, tags and renewal come with the products' own lists, so nothing has to be looked up by id
//! to adorn the bill.

use async_trait::async_trait;
use cloud::{CloudError, Detail, ErrorKind, Inventory};
use model::{Kind, Place, Region, RegionId, ResourceId};

use crate::Tencent;
use crate::decode::{self, Loose, Misread, Shape};
use crate::operations::{DESCRIBE_INSTANCES, DESCRIBE_REGIONS};

#[async_trait]
impl Inventory for Tencent {
    async fn regions(&self) -> Result<Vec<Region>, CloudError> {
        self.call(&DESCRIBE_REGIONS, decode_regions).send().await
    }

    fn covers(&self) -> &[&'static str] {
        &[]
    }

    async fn details(
        &self,
        kind: &Kind,
        region: &RegionId,
        _ids: &[ResourceId],
    ) -> Result<Vec<Detail>, CloudError> {
        let site = self.call_site(&DESCRIBE_INSTANCES, &Place::Region(region.clone()));
        let words = format!("there is no reader for the product {kind}");
        Err(CloudError::new(site, ErrorKind::Invalid, words))
    }
}

decode::wire! {
    struct Row<'a> {
        region: Loose<'a>,
        region_name: Loose<'a>,
        region_state: Loose<'a>,
    }
}

fn decode_regions(body: &str) -> Result<Vec<Region>, Misread> {
    let page = decode::list::<Row<'_>>(body, &Shape::rows("RegionSet"))?;
    let mut regions = Vec::new();
    for row in page.rows {
        // A state with an unknown word is taken for open: what is there would be missed otherwise.
        if row.region_state.text() == "UNAVAILABLE" {
            continue;
        }
        let id = row.region.some_text();
        let id = id.ok_or(Misread::Lacks("Region in one of its rows"))?;
        regions.push(Region {
            id: RegionId::new(id),
            name: row.region_name.into_text(),
        });
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_can_be_used_are_listed() {
        let body = r#"{"Response":{"TotalCount":3,"RegionSet":[
            {"Region":"ap-guangzhou","RegionName":"华南地区(广州)","RegionState":"AVAILABLE"},
            {"Region":"ap-gone","RegionName":"x","RegionState":"UNAVAILABLE"},
            {"Region":"na-new","RegionState":"UNHEARD_OF"}],"RequestId":"r"}}"#;
        let regions = decode_regions(body).unwrap();
        let ids: Vec<_> = regions.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["ap-guangzhou", "na-new"]);
        assert_eq!(regions[0].name, "华南地区(广州)");
    }
}
