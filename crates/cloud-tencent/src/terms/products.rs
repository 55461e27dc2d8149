//! The table of products: what each calls its things, and what its codes mean.

use super::Product;
use super::table::{self, Codes, Columns, Gate, Isolated, TagColumn};
use crate::decode::{Misread, Shape};
use crate::lists::{Counts, Listed};
use crate::operations::{
    DESCRIBE_BANDWIDTH_PACKAGES, DESCRIBE_CKAFKA, DESCRIBE_CYNOSDB, DESCRIBE_DCDB, DESCRIBE_ES,
    DESCRIBE_LIGHTHOUSE, DESCRIBE_LOAD_BALANCERS, DESCRIBE_MARIADB, DESCRIBE_MONGODB,
    DESCRIBE_MYSQL, DESCRIBE_POSTGRES, DESCRIBE_REDIS, DESCRIBE_SQLSERVER, DESCRIBE_VPN_GATEWAYS,
};
use model::Prepaid;

/// Databases are described at length.
pub(super) const ROW_BYTES: u64 = 4096;

/// 0 was never set, 1 is on, 2 was turned off.
const NUMBERS: Codes = Codes {
    auto: &["1"],
    manual: &["0"],
    never: &["2"],
};
/// The words of machines, gateways, balancers and search clusters.
const WORDS: Codes = Codes {
    auto: &["NOTIFY_AND_AUTO_RENEW", "RENEW_FLAG_AUTO", "AUTO_RENEW"],
    manual: &[
        "NOTIFY_AND_MANUAL_RENEW",
        "RENEW_FLAG_MANUAL",
        "RENEW_FLAG_DEFAULT",
        "MANUAL_RENEW",
    ],
    never: &[
        "DISABLE_NOTIFY_AND_MANUAL_RENEW",
        "NOT_NOTIFY_AND_NOT_RENEW",
    ],
};
/// Queues have a word for on and one for off, and nothing where nobody chose.
const QUEUES: Codes = Codes {
    auto: &["1"],
    manual: &["0", ""],
    never: &["2"],
};

macro_rules! products {
    ($($(#[$doc:meta])* $operation:ident, $page_size:literal, $columns:expr;)*) => {
        pub(super) const PRODUCTS: &[Product] = &[$({
            $(#[$doc])*
            const COLUMNS: Columns = $columns;
            fn decode(body: &str) -> Result<Listed<Prepaid>, Misread> {
                table::read(body, &COLUMNS)
            }
            Product {
                kind: COLUMNS.kind,
                operation: &$operation,
                page_size: $page_size,
                counts: COLUMNS.counts,
                decode,
            }
        }),*];
    };
}

products! {
    /// `PayType` is 0 for what is paid in advance, the other way round than everywhere else; what is
    /// paid by use has an end of zeros.
    DESCRIBE_MYSQL, 100, Columns {
        kind: "cdb",
        shape: Shape::rows("Items"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "PayType", prepaid: &["0"], used: &["1"] },
        end: "DeadlineTime",
        created: "CreateTime",
        renewal: "AutoRenew",
        codes: NUMBERS,
        isolated: Isolated::Word("Status", &["4", "5"]),
        tags: TagColumn::Long("TagList"),
    };
    DESCRIBE_REDIS, 100, Columns {
        kind: "redis",
        shape: Shape::rows("InstanceSet"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "BillingMode", prepaid: &["1"], used: &["0"] },
        end: "DeadlineTime",
        created: "Createtime",
        renewal: "AutoRenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Word("Status", &["-2"]),
        tags: TagColumn::Long("InstanceTags"),
    };
    DESCRIBE_MONGODB, 100, Columns {
        kind: "mongodb",
        shape: Shape::rows("InstanceDetails"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "PayMode", prepaid: &["1"], used: &["0"] },
        end: "DeadLine",
        created: "CreateTime",
        renewal: "AutoRenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Word("Status", &["-2"]),
        tags: TagColumn::Long("Tags"),
    };
    DESCRIBE_POSTGRES, 100, Columns {
        kind: "postgres",
        shape: Shape::rows("DBInstanceSet"),
        counts: Counts::Rows,
        id: "DBInstanceId",
        name: "DBInstanceName",
        charge: Gate::Field { name: "PayType", prepaid: &["prepaid"], used: &["postpaid"] },
        end: "ExpireTime",
        created: "CreateTime",
        renewal: "AutoRenew",
        codes: NUMBERS,
        isolated: Isolated::Word("DBInstanceStatus", &["isolating", "isolated"]),
        tags: TagColumn::Long("TagList"),
    };
    /// Its offset counts pages, and only its.
    DESCRIBE_SQLSERVER, 100, Columns {
        kind: "sqlserver",
        shape: Shape::rows("DBInstances"),
        counts: Counts::Pages,
        id: "InstanceId",
        name: "Name",
        charge: Gate::Field { name: "PayMode", prepaid: &["1"], used: &["0"] },
        end: "EndTime",
        created: "CreateTime",
        renewal: "RenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Since("IsolateTime"),
        tags: TagColumn::Long("ResourceTags"),
    };
    DESCRIBE_MARIADB, 100, Columns {
        kind: "mariadb",
        shape: Shape::rows("Instances"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "Paymode", prepaid: &["1", "prepaid"], used: &["0", "postpaid"] },
        end: "PeriodEndTime",
        created: "CreateTime",
        renewal: "AutoRenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Word("Status", &["-1"]),
        tags: TagColumn::Long("ResourceTags"),
    };
    DESCRIBE_DCDB, 100, Columns {
        kind: "dcdb",
        shape: Shape::rows("Instances"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "Paymode", prepaid: &["1", "prepaid"], used: &["0", "postpaid"] },
        end: "PeriodEndTime",
        created: "CreateTime",
        renewal: "AutoRenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Since("IsolatedTimestamp"),
        tags: TagColumn::Long("ResourceTags"),
    };
    DESCRIBE_CYNOSDB, 100, Columns {
        kind: "cynosdb",
        shape: Shape::rows("ClusterSet"),
        counts: Counts::Rows,
        id: "ClusterId",
        name: "ClusterName",
        charge: Gate::Field { name: "PayMode", prepaid: &["1"], used: &["0"] },
        end: "PeriodEndTime",
        created: "CreateTime",
        renewal: "RenewFlag",
        codes: NUMBERS,
        isolated: Isolated::Word("Status", &["isolating", "isolated"]),
        tags: TagColumn::Long("ResourceTags"),
    };
    /// What is paid by use has an impossible end.
    DESCRIBE_ES, 20, Columns {
        kind: "es",
        shape: Shape::rows("InstanceList"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Field { name: "ChargeType", prepaid: &["PREPAID"], used: &["POSTPAID_BY_HOUR", "CDHPAID"] },
        end: "Deadline",
        created: "CreateTime",
        renewal: "RenewFlag",
        codes: WORDS,
        isolated: Isolated::Word("Status", &["-4"]),
        tags: TagColumn::Long("TagList"),
    };
    /// No charge is told; what is paid by use has an end of 0.
    DESCRIBE_CKAFKA, 20, Columns {
        kind: "ckafka",
        shape: Shape { within: "Result", ..Shape::rows("InstanceList") },
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::TheEnd,
        end: "ExpireTime",
        created: "CreateTime",
        renewal: "RenewFlag",
        codes: QUEUES,
        isolated: Isolated::Word("Status", &["5"]),
        tags: TagColumn::Long("Tags"),
    };
    /// What is paid by use has an end, too: a month after its begin.
    DESCRIBE_LOAD_BALANCERS, 100, Columns {
        kind: "clb",
        shape: Shape::rows("LoadBalancerSet"),
        counts: Counts::Rows,
        id: "LoadBalancerId",
        name: "LoadBalancerName",
        charge: Gate::Field { name: "ChargeType", prepaid: &["PREPAID"], used: &["POSTPAID_BY_HOUR"] },
        end: "ExpireTime",
        created: "CreateTime",
        renewal: "PrepaidAttributes/RenewFlag",
        codes: WORDS,
        isolated: Isolated::Word("Isolation", &["1"]),
        tags: TagColumn::Long("Tags"),
    };
    DESCRIBE_LIGHTHOUSE, 100, Columns {
        kind: "lighthouse",
        shape: Shape::rows("InstanceSet"),
        counts: Counts::Rows,
        id: "InstanceId",
        name: "InstanceName",
        charge: Gate::Always,
        end: "ExpiredTime",
        created: "CreatedTime",
        renewal: "RenewFlag",
        codes: WORDS,
        isolated: Isolated::Since("IsolatedTime"),
        tags: TagColumn::Short("Tags"),
    };
    DESCRIBE_BANDWIDTH_PACKAGES, 100, Columns {
        kind: "bwp",
        shape: Shape::rows("BandwidthPackageSet"),
        counts: Counts::Rows,
        id: "BandwidthPackageId",
        name: "BandwidthPackageName",
        charge: Gate::Part { name: "ChargeType", part: "PREPAID" },
        end: "Deadline",
        created: "CreatedTime",
        renewal: "RenewFlag",
        codes: WORDS,
        isolated: Isolated::Untold,
        tags: TagColumn::None,
    };
    DESCRIBE_VPN_GATEWAYS, 100, Columns {
        kind: "vpngw",
        shape: Shape::rows("VpnGatewaySet"),
        counts: Counts::Rows,
        id: "VpnGatewayId",
        name: "VpnGatewayName",
        charge: Gate::Field { name: "InstanceChargeType", prepaid: &["PREPAID"], used: &["POSTPAID_BY_HOUR"] },
        end: "ExpiredTime",
        created: "CreatedTime",
        renewal: "RenewFlag",
        codes: WORDS,
        isolated: Isolated::Word("RestrictState", &["PROTECTIVELY_ISOLATED"]),
        tags: TagColumn::Short("TagSet"),
    };
}
