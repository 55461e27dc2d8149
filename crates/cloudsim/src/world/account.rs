//! Accounts and who may act in them: users, roles, keys and rights.
//!
//! Invariant: a secret key is never printed by `Debug`.

use jiff::Timestamp;

use super::balance::Balance;
use super::certificates::Certificate;
use super::cloud::Cloud;
use super::directory::Directory;
use super::domains::Domain;
use super::holdings::{Everywhere, Holdings};
use super::instances::Instance;
use super::prepaid::Shelf;

/// The number of an account (the main account's uid).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u64);

impl std::fmt::Display for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016}", self.0)
    }
}

/// The commercial site an account was opened at; it decides which billing host answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// aliyun.com, billed in CNY.
    Domestic,
    /// alibabacloud.com, billed in USD.
    International,
}

/// An access key of a principal.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// Whether it was disabled by its owner.
    pub disabled: bool,
    /// When it was made, where a door shows it.
    pub created: Option<Timestamp>,
    /// When it was last used, where a door shows it.
    pub last_used: Option<Timestamp>,
}

impl AccessKey {
    /// Returns an active key.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            disabled: false,
            created: None,
            last_used: None,
        }
    }

    /// Sets when it was made.
    #[must_use]
    pub fn created(mut self, at: Timestamp) -> Self {
        self.created = Some(at);
        self
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a principal may do: patterns of RAM actions (`ecs:Describe*`), a denial wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    allowed: Vec<String>,
    denied: Vec<String>,
}

impl Rights {
    /// Returns the right to do everything.
    #[must_use]
    pub fn all() -> Self {
        Self::of(["*"])
    }

    /// Returns the right to do what matches one of `patterns`.
    #[must_use]
    pub fn of<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Self {
        Self {
            allowed: patterns.into_iter().map(Into::into).collect(),
            denied: Vec::new(),
        }
    }

    /// Takes what matches `pattern` away.
    #[must_use]
    pub fn without(mut self, pattern: impl Into<String>) -> Self {
        self.denied.push(pattern.into());
        self
    }

    /// Returns whether `action` is granted and not denied.
    #[must_use]
    pub fn allow(&self, action: &str) -> bool {
        self.allowed.iter().any(|it| matches(it, action))
            && !self.denied.iter().any(|it| matches(it, action))
    }
}

/// Returns whether `text` is what `pattern` describes, `*` standing for any run of characters; case counts not.
#[must_use]
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(passed) = last.replace(part) {
            let Some(at) = rest.find(passed) else {
                return false;
            };
            rest = &rest[at + passed.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// A RAM user of an account.
#[derive(Debug, Clone)]
pub struct User {
    /// The name in the console.
    pub name: String,
    /// The number of the user.
    pub id: u64,
    /// The keys of the user.
    pub keys: Vec<AccessKey>,
    /// What the user may do.
    pub rights: Rights,
}

/// A RAM role of an account.
#[derive(Debug, Clone)]
pub struct Role {
    /// The name, last part of the ARN.
    pub name: String,
    /// The number of the role.
    pub id: u64,
    /// The accounts whose users and roles may assume it.
    pub trusted: Vec<Uid>,
    /// The ARNs of the OIDC providers whose tokens open it.
    pub trusted_oidc: Vec<String>,
    /// What must be said to assume it, if anything.
    pub external_id: Option<String>,
    /// What a session of it may do.
    pub rights: Rights,
    /// The longest session, in seconds.
    pub max_session_seconds: u64,
}

impl Role {
    /// Returns a role that users of `trusted` may assume for an hour.
    #[must_use]
    pub fn new(name: impl Into<String>, trusted: Uid, rights: Rights) -> Self {
        let name = name.into();
        let id = 300_000_000_000_000_000
            + name
                .bytes()
                .fold(trusted.0, |sum, it| sum.wrapping_mul(31) + u64::from(it))
                % 1_000_000_007;
        Self {
            name,
            id,
            trusted: vec![trusted],
            trusted_oidc: Vec::new(),
            external_id: None,
            rights,
            max_session_seconds: 3600,
        }
    }

    /// Returns the ARN the role has in account `uid` of Alibaba Cloud; others: [`Cloud::role_arn`].
    #[must_use]
    pub fn arn(&self, uid: Uid) -> String {
        Cloud::Aliyun.role_arn(uid, &self.name)
    }
}

/// One account and all it owns.
#[derive(Debug, Clone)]
pub struct Account {
    /// The number of the account.
    pub uid: Uid,
    /// A name for people; the cloud does not know it.
    pub name: String,
    /// Where it was opened.
    pub site: Site,
    /// The keys of the main account itself: they may do everything, except assume roles.
    pub keys: Vec<AccessKey>,
    /// The RAM users.
    pub users: Vec<User>,
    /// The RAM roles.
    pub roles: Vec<Role>,
    /// The money.
    pub balance: Balance,
    /// Everything the billing service knows of.
    pub prepaid: Shelf,
    /// ECS instances beside the ones that `prepaid` generates.
    pub instances: Vec<Instance>,
    /// Certificates, issued and uploaded.
    pub certificates: Vec<Certificate>,
    /// Domain names.
    pub domains: Vec<Domain>,
    /// The resource directory (organization) this account is the management account of.
    pub directory: Option<Directory>,
    /// What stands in regions: machines, clusters, disks and so on.
    pub regions: Everywhere,
}

impl Account {
    /// Returns an empty account of the domestic site with 10,000 CNY.
    #[must_use]
    pub fn new(name: impl Into<String>, uid: Uid) -> Self {
        Self {
            uid,
            name: name.into(),
            site: Site::Domestic,
            keys: Vec::new(),
            users: Vec::new(),
            roles: Vec::new(),
            balance: Balance::new(10_000, "CNY"),
            prepaid: Shelf::default(),
            instances: Vec::new(),
            certificates: Vec::new(),
            domains: Vec::new(),
            directory: None,
            regions: Everywhere::of(uid),
        }
    }

    /// Makes it an account of `cloud`, before anything is put into it.
    #[must_use]
    pub fn on(mut self, cloud: Cloud) -> Self {
        self.regions.cloud = cloud;
        if matches!(cloud, Cloud::Aws(_)) {
            self.balance = Balance::new(0, "USD");
        }
        self
    }

    /// Returns the cloud it is at.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.regions.cloud
    }

    /// Returns its number as its cloud writes it.
    #[must_use]
    pub fn number(&self) -> String {
        self.cloud().number(self.uid)
    }

    /// Puts things into `region`; the region without a name holds what belongs to none.
    #[must_use]
    pub fn holding(mut self, region: &str, put: impl FnOnce(&mut Holdings)) -> Self {
        put(self.regions.at_mut(region));
        self
    }

    /// Moves the account to the international site, billed in USD.
    #[must_use]
    pub fn international(mut self) -> Self {
        self.site = Site::International;
        self.balance = Balance::new(2_000, "USD");
        self
    }

    /// Gives the main account a key.
    #[must_use]
    pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.push(AccessKey::new(id, secret));
        self
    }

    /// Adds a RAM user with one key and `rights`.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, key: AccessKey, rights: Rights) -> Self {
        let id = 200_000_000_000_000_000 + self.uid.0 % 1_000_000_007 + self.users.len() as u64;
        self.users.push(User {
            name: name.into(),
            id,
            keys: vec![key],
            rights,
        });
        self
    }

    /// Adds a role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Sets the money.
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Adds something the billing service knows of.
    #[must_use]
    pub fn prepaid(mut self, prepaid: super::prepaid::Prepaid) -> Self {
        self.prepaid.add(prepaid);
        self
    }

    /// Adds an ECS instance.
    #[must_use]
    pub fn instance(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    /// Adds a certificate.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Adds a domain name.
    #[must_use]
    pub fn domain(mut self, domain: Domain) -> Self {
        self.domains.push(domain);
        self
    }

    /// Makes this the management account of `directory`.
    #[must_use]
    pub fn directory(mut self, directory: Directory) -> Self {
        self.directory = Some(directory);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_ram_does() {
        for (pattern, action, expected) in [
            ("*", "bss:DescribeInstances", true),
            ("ecs:Describe*", "ecs:DescribeInstances", true),
            ("ecs:Describe*", "bss:DescribeInstances", false),
            ("ecs:DescribeInstances", "ecs:DescribeInstance", false),
            ("ecs:*Instances", "ecs:DescribeInstances", true),
            ("ecs:*In*ces", "ecs:DescribeInstances", true),
            ("ecs:*x*", "ecs:DescribeInstances", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} on {action}");
        }
        let rights = Rights::all().without("bss:*");
        assert!(rights.allow("ecs:DescribeInstances") && !rights.allow("bss:DescribeInstances"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", AccessKey::new("LTAI", "hush")).contains("hush"));
    }
}
