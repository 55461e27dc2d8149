//! The short codes by which the monitoring service knows regions.

use model::RegionId;

/// As the official Terraform provider has them, and the two regions opened since.
const CODES: [(&str, &str); 26] = [
    ("ap-bangkok", "th"),
    ("ap-beijing", "bj"),
    ("ap-beijing-fsi", "bjjr"),
    ("ap-chengdu", "cd"),
    ("ap-chongqing", "cq"),
    ("ap-guangzhou", "gz"),
    ("ap-guangzhou-open", "gzopen"),
    ("ap-hongkong", "hk"),
    ("ap-jakarta", "jkt"),
    ("ap-mumbai", "in"),
    ("ap-nanjing", "nj"),
    ("ap-seoul", "kr"),
    ("ap-shanghai", "sh"),
    ("ap-shanghai-fsi", "shjr"),
    ("ap-shenzhen", "szx"),
    ("ap-shenzhen-fsi", "szjr"),
    ("ap-singapore", "sg"),
    ("ap-taipei", "tpe"),
    ("ap-tianjin", "tsn"),
    ("ap-tokyo", "jp"),
    ("eu-frankfurt", "de"),
    ("eu-moscow", "ru"),
    ("na-ashburn", "use"),
    ("na-siliconvalley", "usw"),
    ("na-toronto", "ca"),
    ("sa-saopaulo", "sao"),
];

/// Returns the code of a region, where we know one.
pub(super) fn code(region: &RegionId) -> Option<&'static str> {
    let known = CODES.iter().find(|it| it.0 == region.as_str());
    known.map(|it| it.1)
}

/// Returns whether something that stands where `said` says may stand in a region: what is known to
/// stand elsewhere does not.
pub(super) fn may_be_in(region: &RegionId, said: &str) -> bool {
    match code(region) {
        Some(code) => said == code || said == region.as_str(),
        None => !CODES.iter().any(|it| it.1 == said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_elsewhere_is_not_here() {
        let region = |it: &str| RegionId::new(it);
        assert!(may_be_in(&region("ap-guangzhou"), "gz"));
        assert!(!may_be_in(&region("ap-guangzhou"), "sh"));
        // A region that is newer than the table has what no known one has.
        assert!(may_be_in(&region("ap-nowhere"), "nwh"));
        assert!(!may_be_in(&region("ap-nowhere"), "gz"));
        assert_eq!(code(&region("ap-nowhere")), None);
    }
}
