//! The services of AWS, as far as the door tells them apart: names, versions, protocols and their words of refusal.

/// How a service is spoken to, and how it says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Forms with `Action`, XML with `<item>`; errors in `<Response><Errors>`.
    Ec2,
    /// Forms with `Action`, XML with `<member>`; errors in `<ErrorResponse>`.
    Query,
    /// JSON with `X-Amz-Target`; errors with `__type`.
    Json,
    /// JSON with paths; errors with `x-amzn-ErrorType`.
    Rest,
}

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Certificate Manager.
    Acm,
    /// Auto Scaling groups.
    AutoScaling,
    /// Plans that keep copies of many sorts of things.
    Backup,
    /// Metrics and alarms, in forms.
    CloudWatch,
    /// Metrics and alarms, in JSON: the same service, spoken to as its newer clients do.
    CloudWatchJson,
    /// Policies that keep snapshots.
    Dlm,
    /// Machines, disks, addresses, snapshots, images.
    Ec2,
    /// Kubernetes.
    Eks,
    /// Classic load balancers.
    Elb,
    /// Application and network load balancers.
    Elbv2,
    /// Users, keys and uploaded certificates.
    Iam,
    /// Encryption keys.
    Kms,
    /// Many accounts.
    Organizations,
    /// Databases.
    Rds,
    /// Registered domain names.
    Route53Domains,
    /// Savings plans.
    SavingsPlans,
    /// Topics, and who listens to them.
    Sns,
    /// The tags of things of all services.
    Tagging,
    /// Who am I, and may I be somebody else for an hour.
    Sts,
}

/// What is fixed about a service.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The name in ARNs and in IAM actions.
    pub name: &'static str,
    /// The name in the scope of signatures.
    pub signs_as: &'static str,
    /// The version of its API; empty where requests do not name one.
    pub version: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The namespace of its XML, or the prefix of its targets.
    pub namespace: &'static str,
    /// The code for a parameter that is not valid.
    pub invalid: &'static str,
    /// The code for a page token that is not valid.
    pub bad_token: &'static str,
    /// Status and code for too many calls.
    pub throttled: (u16, &'static str),
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 19] = [
        Self::Acm,
        Self::AutoScaling,
        Self::Backup,
        Self::CloudWatch,
        Self::CloudWatchJson,
        Self::Dlm,
        Self::Ec2,
        Self::Eks,
        Self::Elb,
        Self::Elbv2,
        Self::Iam,
        Self::Kms,
        Self::Organizations,
        Self::Rds,
        Self::Route53Domains,
        Self::SavingsPlans,
        Self::Sns,
        Self::Sts,
        Self::Tagging,
    ];

    /// Returns what is fixed about the service; names and versions are those of botocore's models.
    #[must_use]
    pub fn facts(self) -> Facts {
        let query = |name, version, namespace| Facts {
            name,
            signs_as: name,
            version,
            protocol: Protocol::Query,
            namespace,
            invalid: "ValidationError",
            bad_token: "ValidationError",
            throttled: (400, "Throttling"),
        };
        let json = |name, namespace, invalid| Facts {
            name,
            signs_as: name,
            version: "",
            protocol: Protocol::Json,
            namespace,
            invalid,
            bad_token: invalid,
            throttled: (400, "ThrottlingException"),
        };
        match self {
            Self::Acm => json("acm", "CertificateManager", "ValidationException"),
            Self::AutoScaling => Facts {
                bad_token: "InvalidNextToken",
                ..query(
                    "autoscaling",
                    "2011-01-01",
                    "http://autoscaling.amazonaws.com/doc/2011-01-01/",
                )
            },
            Self::Backup => Facts {
                protocol: Protocol::Rest,
                ..json("backup", "", "InvalidParameterValueException")
            },
            Self::CloudWatch => Facts {
                signs_as: "monitoring",
                bad_token: "InvalidNextToken",
                ..query(
                    "cloudwatch",
                    "2010-08-01",
                    "http://monitoring.amazonaws.com/doc/2010-08-01/",
                )
            },
            Self::CloudWatchJson => Facts {
                signs_as: "monitoring",
                bad_token: "InvalidNextToken",
                ..json(
                    "cloudwatch",
                    "GraniteServiceVersion20100801",
                    "ValidationException",
                )
            },
            Self::Dlm => Facts {
                protocol: Protocol::Rest,
                ..json("dlm", "", "InvalidRequestException")
            },
            Self::Ec2 => Facts {
                protocol: Protocol::Ec2,
                invalid: "InvalidParameterValue",
                bad_token: "InvalidParameterValue",
                throttled: (503, "RequestLimitExceeded"),
                ..query(
                    "ec2",
                    "2016-11-15",
                    "http://ec2.amazonaws.com/doc/2016-11-15/",
                )
            },
            Self::Eks => Facts {
                protocol: Protocol::Rest,
                throttled: (429, "TooManyRequestsException"),
                ..json("eks", "", "InvalidParameterException")
            },
            Self::Elb => query(
                "elasticloadbalancing",
                "2012-06-01",
                "http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/",
            ),
            Self::Elbv2 => query(
                "elasticloadbalancing",
                "2015-12-01",
                "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            ),
            Self::Iam => query(
                "iam",
                "2010-05-08",
                "https://iam.amazonaws.com/doc/2010-05-08/",
            ),
            Self::Kms => json("kms", "TrentService", "ValidationException"),
            Self::Organizations => Facts {
                throttled: (400, "TooManyRequestsException"),
                ..json(
                    "organizations",
                    "AWSOrganizationsV20161128",
                    "InvalidInputException",
                )
            },
            Self::Rds => Facts {
                invalid: "InvalidParameterValue",
                bad_token: "InvalidParameterValue",
                ..query(
                    "rds",
                    "2014-10-31",
                    "http://rds.amazonaws.com/doc/2014-10-31/",
                )
            },
            Self::Route53Domains => {
                json("route53domains", "Route53Domains_v20140515", "InvalidInput")
            }
            Self::SavingsPlans => Facts {
                protocol: Protocol::Rest,
                ..json("savingsplans", "", "ValidationException")
            },
            Self::Sns => Facts {
                invalid: "InvalidParameter",
                bad_token: "InvalidParameter",
                ..query(
                    "sns",
                    "2010-03-31",
                    "http://sns.amazonaws.com/doc/2010-03-31/",
                )
            },
            Self::Sts => query(
                "sts",
                "2011-06-15",
                "https://sts.amazonaws.com/doc/2011-06-15/",
            ),
            Self::Tagging => Facts {
                signs_as: "tagging",
                bad_token: "PaginationTokenExpiredException",
                throttled: (400, "ThrottledException"),
                ..json(
                    "tag",
                    "ResourceGroupsTaggingAPI_20170126",
                    "InvalidParameterException",
                )
            },
        }
    }

    /// Returns the services that sign with `name`.
    pub fn signing_as(name: &str) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |it| it.facts().signs_as == name)
    }
}
