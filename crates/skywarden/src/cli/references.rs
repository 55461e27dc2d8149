//! Every secret that a configuration refers to, with the key that wants it.

use crate::config::{Config, Credentials, SecretError, SecretRef, Secrets};
use crate::surroundings::Surroundings;

/// One secret that the configuration refers to.
#[derive(Debug)]
pub(crate) struct Reference<'a> {
    /// The key of the configuration.
    pub(crate) key: String,
    target: Target<'a>,
}

#[derive(Debug)]
enum Target<'a> {
    Secret(&'a SecretRef),
    /// The access key sealed under this name.
    SealedKey(&'a str),
    /// The access key in environment variables with this prefix.
    EnvironmentKey(&'a str),
}

impl Reference<'_> {
    /// Tells whether the secret stands in the configuration itself.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.target, Target::Secret(it) if it.is_plain())
    }

    /// Opens what is referred to and lets it go again.
    pub(crate) fn check(
        &self,
        secrets: &Secrets<'_>,
        surroundings: &Surroundings,
    ) -> Result<(), SecretError> {
        match self.target {
            Target::Secret(reference) => secrets.open(&self.key, reference).map(drop),
            Target::SealedKey(name) => secrets.access_key(&self.key, name).map(drop),
            Target::EnvironmentKey(prefix) => {
                let missing = access_key_variables(prefix)
                    .into_iter()
                    .find(|it| surroundings.variable(it).is_none());
                match missing {
                    None => Ok(()),
                    Some(variable) => Err(SecretError::Unset {
                        wanted_by: self.key.clone(),
                        variable,
                    }),
                }
            }
        }
    }

    /// Returns the sealed records it needs.
    pub(crate) fn sealed_names(&self) -> Vec<String> {
        match self.target {
            Target::Secret(SecretRef::Sealed(name)) => vec![name.clone()],
            Target::SealedKey(name) => Credentials::sealed_records(name).into(),
            _ => Vec::new(),
        }
    }

    /// Returns the environment variables it needs.
    pub(crate) fn variables(&self) -> Vec<String> {
        match self.target {
            Target::Secret(SecretRef::Env(name)) => vec![name.clone()],
            Target::EnvironmentKey(prefix) => access_key_variables(prefix).into(),
            _ => Vec::new(),
        }
    }
}

/// Returns all references of a configuration.
pub(crate) fn of(config: &Config) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for account in &config.accounts {
        let key = format!("accounts.{}.credentials", account.name);
        of_credentials(key, &account.credentials, &mut found);
    }
    for channel in &config.channels {
        let at = format!("channels.{}", channel.name);
        let section = &channel.section;
        let smtp = section.smtp.as_ref().and_then(|it| it.password.as_ref());
        let parts = [
            ("webhook", section.webhook.as_ref()),
            ("secret", section.secret.as_ref()),
            ("smtp.password", smtp),
        ];
        for (part, secret) in parts {
            add(format!("{at}.{part}"), secret, &mut found);
        }
    }
    let everybodys = config.patrol.dead_man.as_ref();
    add("patrol.dead_man".to_owned(), everybodys, &mut found);
    for account in &config.accounts {
        let own = account.patrol.dead_man.as_ref();
        if own.map(ToString::to_string) != everybodys.map(ToString::to_string) {
            let key = format!("accounts.{}.patrol.dead_man", account.name);
            add(key, own, &mut found);
        }
    }
    add(
        "store.url".to_owned(),
        config.store.url.as_ref(),
        &mut found,
    );
    add(
        "network.proxy".to_owned(),
        config.network.proxy.as_ref(),
        &mut found,
    );
    found
}

fn add<'a>(key: String, secret: Option<&'a SecretRef>, found: &mut Vec<Reference<'a>>) {
    found.extend(secret.map(|it| Reference {
        key,
        target: Target::Secret(it),
    }));
}

fn of_credentials<'a>(key: String, credentials: &'a Credentials, found: &mut Vec<Reference<'a>>) {
    let target = match credentials {
        Credentials::Sealed(name) => Target::SealedKey(name),
        Credentials::Env(prefix) => Target::EnvironmentKey(prefix),
        Credentials::AssumeRole(assume) => {
            if let Some(via) = &assume.via {
                of_credentials(format!("{key}.via"), via, found);
            }
            return;
        }
        Credentials::Profile(_)
        | Credentials::MachineRole(_)
        | Credentials::Command(_)
        | Credentials::Uri(_) => return,
    };
    found.push(Reference { key, target });
}

/// Returns the variables of an access key, as the clouds' own tools call them.
fn access_key_variables(prefix: &str) -> [String; 2] {
    [
        format!("{prefix}_ACCESS_KEY_ID"),
        format!("{prefix}_ACCESS_KEY_SECRET"),
    ]
}
