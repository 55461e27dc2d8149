use super::*;

fn settings() -> Settings {
    Settings {
        account: AccountId::new("data"),
        source: CredentialSource::Chain,
        environment: Environment::default(),
        partition: None,
        region: None,
        regions: Vec::new(),
        endpoints: Endpoints::default(),
        quotas: Quotas::default(),
    }
}

fn role(arn: &str) -> CredentialSource {
    CredentialSource::AssumeRole {
        arn: arn.into(),
        external_id: None,
        session: None,
        duration: None,
        via: Box::new(CredentialSource::Chain),
    }
}

fn home(settings: &Settings) -> String {
    let (partition, region) = settings.home();
    format!("{} {region}", partition.name())
}

#[test]
fn the_partition_is_what_the_config_says_or_what_follows_from_it() {
    let region = |id: &str| Some(RegionId::new(id));
    let around = |id: &str| {
        let mut environment = Environment::default();
        let name = "AWS_REGION".to_owned();
        std::sync::Arc::make_mut(&mut environment.variables).insert(name, id.to_owned().into());
        environment
    };
    let china = "arn:aws-cn:iam::111122223333:role/x";
    for (settings, expected) in [
        (settings(), "aws us-east-1"),
        (
            Settings {
                partition: Some(Partition::China),
                ..settings()
            },
            "aws-cn cn-north-1",
        ),
        (
            Settings {
                region: region("cn-northwest-1"),
                ..settings()
            },
            "aws-cn cn-northwest-1",
        ),
        (
            Settings {
                regions: vec![RegionId::new("cn-northwest-1")],
                ..settings()
            },
            "aws-cn cn-north-1",
        ),
        (
            Settings {
                source: role(china),
                environment: around("eu-west-1"),
                ..settings()
            },
            "aws-cn cn-north-1",
        ),
        (
            Settings {
                environment: around("eu-west-1"),
                ..settings()
            },
            "aws eu-west-1",
        ),
        (
            Settings {
                environment: around("cn-northwest-1"),
                ..settings()
            },
            "aws-cn cn-northwest-1",
        ),
        (
            Settings {
                partition: Some(Partition::Aws),
                environment: around("cn-northwest-1"),
                ..settings()
            },
            "aws us-east-1",
        ),
    ] {
        assert_eq!(home(&settings), expected);
    }
}

#[test]
fn the_caller_is_of_the_sort_that_its_arn_names() {
    for (arn, expected) in [
        ("arn:aws:iam::123456789012:user/path/me", "user"),
        (
            "arn:aws-cn:sts::123456789012:assumed-role/ops/me",
            "assumed-role",
        ),
        ("arn:aws:iam::123456789012:root", "root"),
        ("nonsense", ""),
    ] {
        assert_eq!(sort_of(arn), expected);
    }
    let body = b"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><UserId>x</UserId><Account>012345678901</Account><Arn>arn:aws:iam::012345678901:user/a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let identity = decode_identity(body).unwrap();
    assert_eq!(identity.account, "012345678901", "numbers keep their zeros");
    assert_eq!(identity.sort, "user");
}
