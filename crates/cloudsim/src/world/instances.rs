//! ECS instances and the regions they stand in.

use jiff::Timestamp;

use super::account::matches;

/// A region of the simulated cloud: id, Chinese name, English name, ECS endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// `cn-hangzhou`.
    pub id: &'static str,
    /// The name shown for `zh-CN`.
    pub chinese: &'static str,
    /// The name shown for `en-US`.
    pub english: &'static str,
    /// The host that answers for it.
    pub endpoint: &'static str,
}

const fn region(
    id: &'static str,
    chinese: &'static str,
    english: &'static str,
    endpoint: &'static str,
) -> Region {
    Region {
        id,
        chinese,
        english,
        endpoint,
    }
}

/// The regions of the simulated cloud, as the real list spells them.
pub const REGIONS: &[Region] = &[
    region(
        "cn-qingdao",
        "华北1（青岛）",
        "China (Qingdao)",
        "ecs.cn-qingdao.aliyuncs.com",
    ),
    region(
        "cn-beijing",
        "华北2（北京）",
        "China (Beijing)",
        "ecs.cn-beijing.aliyuncs.com",
    ),
    region(
        "cn-zhangjiakou",
        "华北3（张家口）",
        "China (Zhangjiakou)",
        "ecs.cn-zhangjiakou.aliyuncs.com",
    ),
    region(
        "cn-hangzhou",
        "华东1（杭州）",
        "China (Hangzhou)",
        "ecs.aliyuncs.com",
    ),
    region(
        "cn-shanghai",
        "华东2（上海）",
        "China (Shanghai)",
        "ecs.cn-shanghai.aliyuncs.com",
    ),
    region(
        "cn-shenzhen",
        "华南1（深圳）",
        "China (Shenzhen)",
        "ecs.cn-shenzhen.aliyuncs.com",
    ),
    region(
        "cn-chengdu",
        "西南1（成都）",
        "China (Chengdu)",
        "ecs.cn-chengdu.aliyuncs.com",
    ),
    region(
        "cn-hongkong",
        "中国香港",
        "China (Hong Kong)",
        "ecs.cn-hongkong.aliyuncs.com",
    ),
    region(
        "ap-southeast-1",
        "新加坡",
        "Singapore",
        "ecs.ap-southeast-1.aliyuncs.com",
    ),
    region(
        "ap-northeast-1",
        "日本（东京）",
        "Japan (Tokyo)",
        "ecs.ap-northeast-1.aliyuncs.com",
    ),
    region(
        "us-west-1",
        "美国（硅谷）",
        "US (Silicon Valley)",
        "ecs.us-west-1.aliyuncs.com",
    ),
    region(
        "eu-central-1",
        "德国（法兰克福）",
        "Germany (Frankfurt)",
        "ecs.eu-central-1.aliyuncs.com",
    ),
];

/// The instant ECS shows for "never": instances that are paid by use.
#[must_use]
pub fn never() -> Timestamp {
    // 2099-12-31T15:59:00Z, as recorded.
    Timestamp::constant(4_102_415_940, 0)
}

/// An ECS instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `i-…`; a row of the billing service with the same id gives it its end and renewal.
    pub id: String,
    /// The name people gave it.
    pub name: String,
    /// Where it stands.
    pub region: String,
    /// The zone inside the region.
    pub zone: String,
    /// `ecs.c7.large`.
    pub instance_type: String,
    /// `Running`, `Stopped` and so on.
    pub status: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// Key and value.
    pub tags: Vec<(String, String)>,
    /// The address inside its network.
    pub private_ip: String,
    /// The network.
    pub vpc: String,
}

impl Instance {
    /// Returns a running machine in `cn-hangzhou`.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            region: "cn-hangzhou".to_owned(),
            zone: "cn-hangzhou-k".to_owned(),
            instance_type: "ecs.c7.large".to_owned(),
            status: "Running",
            created,
            tags: Vec::new(),
            private_ip: "172.16.0.10".to_owned(),
            vpc: "vpc-bp1simulated".to_owned(),
        }
    }

    /// Puts it into `region`.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self.zone = format!("{region}-b");
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((key.into(), value.into()));
        self
    }
}

/// An instance with what billing says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownInstance {
    /// The machine.
    pub instance: Instance,
    /// Its end, for machines paid in advance.
    pub ends: Option<Timestamp>,
    /// Its renewal, for machines paid in advance.
    pub renewal: Option<super::prepaid::Renewal>,
}

impl ShownInstance {
    /// Returns `PrePaid` or `PostPaid`.
    #[must_use]
    pub fn charge_type(&self) -> &'static str {
        if self.ends.is_some() {
            "PrePaid"
        } else {
            "PostPaid"
        }
    }
}

/// Which instances are asked for.
#[derive(Debug, Clone, Default)]
pub struct InstanceFilter {
    /// The region; always given.
    pub region: String,
    /// These ids only; an empty list matches nothing.
    pub ids: Option<Vec<String>>,
    /// The name, `*` standing for anything.
    pub name: Option<String>,
    /// The status.
    pub status: Option<String>,
    /// `PrePaid` or `PostPaid`.
    pub charge_type: Option<String>,
    /// The zone.
    pub zone: Option<String>,
    /// The network.
    pub vpc: Option<String>,
    /// All of these tags; a value of `None` asks for the key alone.
    pub tags: Vec<(String, Option<String>)>,
    /// Ends not before.
    pub ends_from: Option<Timestamp>,
    /// Ends not after.
    pub ends_to: Option<Timestamp>,
}

impl InstanceFilter {
    pub(super) fn keeps(&self, shown: &ShownInstance) -> bool {
        let it = &shown.instance;
        let same =
            |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|asked| asked == has);
        let ends = shown.ends.unwrap_or_else(never);
        it.region == self.region
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&it.id))
            && self
                .name
                .as_deref()
                .is_none_or(|pattern| matches(pattern, &it.name))
            && same(&self.status, it.status)
            && same(&self.charge_type, shown.charge_type())
            && same(&self.zone, &it.zone)
            && same(&self.vpc, &it.vpc)
            && self.ends_from.is_none_or(|from| ends >= from)
            && self.ends_to.is_none_or(|to| ends <= to)
            && self.tags.iter().all(|(key, value)| {
                it.tags.iter().any(|(has, text)| {
                    has == key && value.as_ref().is_none_or(|value| value == text)
                })
            })
    }
}
