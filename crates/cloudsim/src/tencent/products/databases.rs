//! Databases: eight services, eight codings of the same few facts.

use serde_json::{Value, json};

use super::{Shown, ZERO};

/// MySQL: 0 is paid in advance here, and 1 by use.
pub(super) fn cdb(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "PayType": u8::from(!it.is_prepaid()),
        "DeadlineTime": it.ends(json!(ZERO)), "CreateTime": it.created(),
        "AutoRenew": it.renewal(0, 1, 2), "Status": it.status(1, 5),
        "InstanceType": 1, "EngineVersion": "8.0", "Memory": 4000, "Volume": 100, "ProjectId": 0, "TaskStatus": 0,
        "Vip": "10.0.5.1", "Vport": 3306, "UniqVpcId": "vpc-main", "UniqSubnetId": "subnet-main",
        "MasterInfo": null, "RoVipInfo": null, "TagList": null, "RoGroups": [], "DrInfo": null, "SlaveInfo": null,
        // Fields that the published definition does not know.
        "IsolateTime": it.isolated_since(json!(ZERO)), "OfflineTime": ZERO, "HourFeeStatus": 1, "ResourceId": "",
    })
}

/// Redis: 1 is paid in advance here, and 0 by use.
pub(super) fn redis(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "RegionId": 1,
        "BillingMode": u8::from(it.is_prepaid()),
        "DeadlineTime": it.ends(json!("")), "Createtime": it.created(),
        "AutoRenewFlag": it.renewal(0, 1, 0), "Status": it.status(2, -2),
        "OfflineTime": it.isolated_since(json!("")), "CloseTime": ZERO,
        "Engine": "Redis", "Type": 15, "Size": 4096.0, "WanIp": "10.0.5.2", "Port": 6379,
        "UniqVpcId": "vpc-main", "UniqSubnetId": "subnet-main", "InstanceTags": it.tags(), "InstanceNode": [],
        "ProjectId": 0, "ProjectName": "默认项目",
    })
}

/// MongoDB: its deadline has a capital letter in the middle.
pub(super) fn mongodb(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "PayMode": u8::from(it.is_prepaid()),
        "DeadLine": it.ends(Value::Null), "CreateTime": it.created(),
        "AutoRenewFlag": it.renewal(0, 1, 2), "Status": it.status(2, -2),
        "MongoVersion": "MONGO_50_WT", "Memory": 4096, "Volume": 102_400, "Vip": "10.0.5.3", "Vport": 27017,
        "VpcId": "vpc-main", "SubnetId": "subnet-main", "ProjectId": 0, "Tags": it.tags(), "RelatedInstance": null,
    })
}

/// PostgreSQL: paid in words.
pub(super) fn postgres(it: &Shown<'_>) -> Value {
    json!({
        "DBInstanceId": it.product.id, "DBInstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "PayType": if it.is_prepaid() { "prepaid" } else { "postpaid" },
        "ExpireTime": it.ends(json!(ZERO)), "CreateTime": it.created(), "UpdateTime": it.created(),
        "IsolatedTime": it.isolated_since(json!(ZERO)), "OfflineTime": "",
        "AutoRenew": it.renewal(0, 1, 0), "DBInstanceStatus": it.status_word("running", "isolated"),
        "DBInstanceType": "primary", "DBVersion": "14.2", "DBInstanceMemory": 4, "DBInstanceStorage": 100,
        "VpcId": "vpc-main", "SubnetId": "subnet-main", "ProjectId": 0, "TagList": it.tags(),
        "DBNodeSet": null, "NetworkAccessList": null,
    })
}

/// SQL Server.
pub(super) fn sqlserver(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "Name": it.product.name, "Region": it.region, "Zone": it.zone(),
        "PayMode": u8::from(it.is_prepaid()),
        "EndTime": it.ends(json!(ZERO)), "StartTime": it.created(), "CreateTime": it.created(), "UpdateTime": it.created(),
        "IsolateTime": it.isolated_since(json!(ZERO)),
        "RenewFlag": it.renewal(0, 1, 2), "Status": it.status(2, 4),
        "VersionName": "SQL Server 2019 Enterprise", "Memory": 4, "Storage": 100, "Vip": "10.0.5.4", "Vport": 1433,
        "UniqVpcId": "vpc-main", "UniqSubnetId": "subnet-main", "ProjectId": 0, "ResourceTags": it.tags(),
    })
}

/// MariaDB: paid in words again, in a field with one capital letter.
pub(super) fn mariadb(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "Paymode": if it.is_prepaid() { "prepaid" } else { "postpaid" },
        "PeriodEndTime": it.ends(json!(ZERO)), "CreateTime": it.created(), "UpdateTime": it.created(),
        "AutoRenewFlag": it.renewal(0, 1, 0), "Status": it.status(2, -1), "StatusDesc": it.status_word("运行中", "已隔离"),
        "DbVersion": "10.1", "Memory": 4, "Storage": 100, "Vip": "10.0.5.5", "Vport": 3306, "NodeCount": 2,
        "UniqueVpcId": "vpc-main", "UniqueSubnetId": "subnet-main", "ProjectId": 0, "ResourceTags": it.tags(),
    })
}

/// TDSQL for MySQL: the same in numbers within texts.
pub(super) fn dcdb(it: &Shown<'_>) -> Value {
    json!({
        "InstanceId": it.product.id, "InstanceName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "Paymode": if it.is_prepaid() { "1" } else { "0" },
        "PeriodEndTime": it.ends(json!(ZERO)), "CreateTime": it.created(), "UpdateTime": it.created(),
        "IsolatedTimestamp": it.isolated_since(json!(ZERO)),
        "AutoRenewFlag": it.renewal(0, 1, 0), "Status": it.status(2, -1), "StatusDesc": it.status_word("运行中", "已隔离"),
        "DbVersion": "8.0", "Memory": 8, "Storage": 200, "Vip": "10.0.5.6", "Vport": 3306, "ShardCount": 2,
        "UniqueVpcId": "vpc-main", "UniqueSubnetId": "subnet-main", "ProjectId": 0, "ResourceTags": it.tags(), "ShardDetail": [],
    })
}

/// TDSQL-C: compute and storage are paid apart.
pub(super) fn cynosdb(it: &Shown<'_>) -> Value {
    json!({
        "ClusterId": it.product.id, "ClusterName": it.product.name, "Region": it.region, "Zone": it.zone(),
        "PayMode": u8::from(it.is_prepaid()), "StoragePayMode": 0,
        "PeriodEndTime": it.ends(json!("")), "CreateTime": it.created(), "UpdateTime": it.created(),
        "RenewFlag": it.renewal(0, 1, 2),
        "Status": it.status_word("running", "isolated"), "StatusDesc": it.status_word("运行中", "已隔离"),
        "DbType": "MYSQL", "DbVersion": "8.0", "InstanceNum": 2, "Vip": "10.0.5.7", "Vport": 3306,
        "VpcId": "vpc-main", "SubnetId": "subnet-main", "ProjectID": 0, "ResourceTags": it.tags(), "Tasks": [],
    })
}
