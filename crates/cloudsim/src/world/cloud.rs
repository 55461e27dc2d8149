//! Which cloud an account is at, and how that cloud numbers accounts.

use super::account::Uid;

/// The cloud an account is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cloud {
    /// Alibaba Cloud.
    #[default]
    Aliyun,
    /// Tencent Cloud.
    Tencent,
    /// AWS.
    Aws(Partition),
}

/// A part of AWS that knows nothing of the others: its own accounts, keys and hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Partition {
    /// `aws`: everywhere but mainland China.
    #[default]
    Aws,
    /// `aws-cn`: Beijing and Ningxia.
    AwsCn,
}

impl Partition {
    /// Returns the partition as ARNs spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
        }
    }
}

impl Cloud {
    /// Returns the word of the product's configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aliyun => "aliyun",
            Self::Tencent => "tencent",
            Self::Aws(_) => "aws",
        }
    }

    /// Returns the account's number as this cloud writes it: 16 digits, any digits, 12 digits.
    #[must_use]
    pub fn number(self, uid: Uid) -> String {
        match self {
            Self::Aliyun => uid.to_string(),
            Self::Tencent => uid.0.to_string(),
            Self::Aws(_) => format!("{:012}", uid.0),
        }
    }

    /// Returns the name by which the cloud knows role `name` of account `uid`.
    #[must_use]
    pub fn role_arn(self, uid: Uid, name: &str) -> String {
        let number = self.number(uid);
        match self {
            Self::Aliyun => format!("acs:ram::{number}:role/{}", name.to_lowercase()),
            Self::Tencent => format!("qcs::cam::uin/{number}:roleName/{name}"),
            Self::Aws(partition) => {
                format!("arn:{}:iam::{number}:role/{name}", partition.as_str())
            }
        }
    }

    /// Returns the regions that an account of this cloud has open: id, Chinese and English name.
    #[must_use]
    pub fn regions(self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Self::Aliyun => ALIYUN,
            Self::Tencent => TENCENT,
            Self::Aws(Partition::Aws) => AWS,
            Self::Aws(Partition::AwsCn) => AWS_CN,
        }
    }
}

const ALIYUN: &[(&str, &str, &str)] = &[
    ("cn-qingdao", "华北1（青岛）", "China (Qingdao)"),
    ("cn-beijing", "华北2（北京）", "China (Beijing)"),
    ("cn-zhangjiakou", "华北3（张家口）", "China (Zhangjiakou)"),
    ("cn-hangzhou", "华东1（杭州）", "China (Hangzhou)"),
    ("cn-shanghai", "华东2（上海）", "China (Shanghai)"),
    ("cn-shenzhen", "华南1（深圳）", "China (Shenzhen)"),
    ("cn-chengdu", "西南1（成都）", "China (Chengdu)"),
    ("cn-hongkong", "中国香港", "China (Hong Kong)"),
    ("ap-southeast-1", "新加坡", "Singapore"),
    ("ap-northeast-1", "日本（东京）", "Japan (Tokyo)"),
    ("us-west-1", "美国（硅谷）", "US (Silicon Valley)"),
    ("eu-central-1", "德国（法兰克福）", "Germany (Frankfurt)"),
    ("cn-huhehaote", "华北5（呼和浩特）", "China (Hohhot)"),
    ("cn-wulanchabu", "华北6（乌兰察布）", "China (Ulanqab)"),
    ("cn-heyuan", "华南2（河源）", "China (Heyuan)"),
    ("cn-guangzhou", "华南3（广州）", "China (Guangzhou)"),
    (
        "ap-southeast-3",
        "马来西亚（吉隆坡）",
        "Malaysia (Kuala Lumpur)",
    ),
    (
        "ap-southeast-5",
        "印度尼西亚（雅加达）",
        "Indonesia (Jakarta)",
    ),
    ("us-east-1", "美国（弗吉尼亚）", "US (Virginia)"),
    ("eu-west-1", "英国（伦敦）", "UK (London)"),
];

const TENCENT: &[(&str, &str, &str)] = &[
    ("ap-beijing", "华北地区(北京)", "North China (Beijing)"),
    ("ap-shanghai", "华东地区(上海)", "East China (Shanghai)"),
    ("ap-nanjing", "华东地区(南京)", "East China (Nanjing)"),
    ("ap-guangzhou", "华南地区(广州)", "South China (Guangzhou)"),
    ("ap-chengdu", "西南地区(成都)", "Southwest China (Chengdu)"),
    (
        "ap-chongqing",
        "西南地区(重庆)",
        "Southwest China (Chongqing)",
    ),
    (
        "ap-hongkong",
        "港澳台地区(中国香港)",
        "Hong Kong, Macau and Taiwan (Hong Kong)",
    ),
    (
        "ap-singapore",
        "亚太东南(新加坡)",
        "Southeast Asia (Singapore)",
    ),
    ("ap-bangkok", "亚太东南(曼谷)", "Southeast Asia (Bangkok)"),
    ("ap-jakarta", "亚太东南(雅加达)", "Southeast Asia (Jakarta)"),
    ("ap-tokyo", "亚太东北(东京)", "Northeast Asia (Tokyo)"),
    ("ap-seoul", "亚太东北(首尔)", "Northeast Asia (Seoul)"),
    ("eu-frankfurt", "欧洲地区(法兰克福)", "Europe (Frankfurt)"),
    (
        "na-siliconvalley",
        "美国西部(硅谷)",
        "Western US (Silicon Valley)",
    ),
    ("na-ashburn", "美国东部(弗吉尼亚)", "Eastern US (Virginia)"),
    (
        "ap-shenzhen-fsi",
        "华南地区(深圳金融)",
        "South China (Shenzhen Finance)",
    ),
    (
        "ap-shanghai-fsi",
        "华东地区(上海金融)",
        "East China (Shanghai Finance)",
    ),
    (
        "ap-beijing-fsi",
        "华北地区(北京金融)",
        "North China (Beijing Finance)",
    ),
    ("ap-mumbai", "亚太南部(孟买)", "South Asia (Mumbai)"),
    (
        "sa-saopaulo",
        "南美地区(圣保罗)",
        "South America (São Paulo)",
    ),
];

const AWS: &[(&str, &str, &str)] = &[
    ("ap-south-1", "亚太地区（孟买）", "Asia Pacific (Mumbai)"),
    ("eu-north-1", "欧洲（斯德哥尔摩）", "Europe (Stockholm)"),
    ("eu-west-3", "欧洲（巴黎）", "Europe (Paris)"),
    ("eu-west-2", "欧洲（伦敦）", "Europe (London)"),
    ("eu-west-1", "欧洲（爱尔兰）", "Europe (Ireland)"),
    ("ap-northeast-3", "亚太地区（大阪）", "Asia Pacific (Osaka)"),
    ("ap-northeast-2", "亚太地区（首尔）", "Asia Pacific (Seoul)"),
    ("ap-northeast-1", "亚太地区（东京）", "Asia Pacific (Tokyo)"),
    ("ca-central-1", "加拿大（中部）", "Canada (Central)"),
    ("sa-east-1", "南美洲（圣保罗）", "South America (Sao Paulo)"),
    (
        "ap-southeast-1",
        "亚太地区（新加坡）",
        "Asia Pacific (Singapore)",
    ),
    (
        "ap-southeast-2",
        "亚太地区（悉尼）",
        "Asia Pacific (Sydney)",
    ),
    ("eu-central-1", "欧洲（法兰克福）", "Europe (Frankfurt)"),
    (
        "us-east-1",
        "美国东部（弗吉尼亚北部）",
        "US East (N. Virginia)",
    ),
    ("us-east-2", "美国东部（俄亥俄）", "US East (Ohio)"),
    (
        "us-west-1",
        "美国西部（加利福尼亚北部）",
        "US West (N. California)",
    ),
    ("us-west-2", "美国西部（俄勒冈）", "US West (Oregon)"),
];

const AWS_CN: &[(&str, &str, &str)] = &[
    ("cn-north-1", "中国（北京）", "China (Beijing)"),
    ("cn-northwest-1", "中国（宁夏）", "China (Ningxia)"),
];
