//! The one place that names every cloud, every duty and every channel, and puts them together.
//!
//! A fourth cloud is one line in [`clouds`], a sixth duty one function in [`duties`].

pub(crate) mod audiences;
pub(crate) mod changing;
pub(crate) mod channels;
pub(crate) mod clouds;
pub(crate) mod duties;

use std::sync::Arc;

use cloud::{Caller, Pacer, RetryPolicy, Share};
use net::{Http, NetworkSettings, Transport};
use notify::Courier;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Db, StoreOptions, StoreUrl};
use url::Url;
use warden::{Post, Warden};

pub(crate) use self::audiences::Told;
use crate::Host;
use crate::cli::CliError;
use crate::config::{Config, SecretRef, Secrets};
use model::Language;

/// Puts together what runs a duty and tells those who are told of it. `language` is that of channels which do not say their own.
///
/// # Errors
///
/// When a secret, the network's settings or the store cannot be had; accounts whose credentials
/// fail only once they are used are seen as unseen later.
pub(crate) async fn warden(
    config: &Config,
    host: &Host,
    share: Share,
    told: Told,
    language: Language,
) -> Result<Warden, CliError> {
    let secrets = Secrets::new(config, &host.surroundings);
    let store = store_with(config, &secrets, &host.store_options);
    // Put together while the store is opened.
    let others = async {
        let transport: Arc<dyn Transport> = Arc::new(http(config, &secrets)?);
        let caller = Arc::new(caller(host, transport.clone(), share));
        let watched = clouds::watched(config, &secrets, host, &caller)?;
        let channels = channels::all(config, &secrets, language)?;
        Ok((transport, watched, channels))
    };
    let (db, (transport, watched, channels)) = tokio::try_join!(store, others)?;
    let audiences = audiences::of(config, told, language);
    let posts = channels
        .into_iter()
        .filter_map(|channel| {
            let audience = audiences.get(&channel.name)?.clone();
            Some(Post { channel, audience })
        })
        .collect();
    let courier = Courier::new(
        Arc::new(db.clone()),
        transport,
        host.clock.clone(),
        host.chance.clone(),
    );
    Ok(Warden {
        watched,
        db,
        clock: host.clock.clone(),
        chance: host.chance.clone(),
        courier,
        posts,
    })
}

/// Gathers things into maps and sets one by one.
///
/// What a configuration names is few, and of many types: `collect` sorts before it makes a map or a set,
/// with four thousand bytes of program for each type.
pub(crate) trait Gathered: Iterator + Sized {
    /// Returns a collection of them all.
    fn gathered<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gathered for I {}

/// Returns what makes calls, at a share of every quota.
pub(crate) fn caller(host: &Host, transport: Arc<dyn Transport>, share: Share) -> Caller {
    let pacer = Pacer::new(host.clock.clone(), share);
    let (clock, chance) = (host.clock.clone(), host.chance.clone());
    Caller::new(transport, clock, chance, pacer, RetryPolicy::default())
}

/// Builds the HTTP client as `[network]` says.
///
/// # Errors
///
/// When the proxy or a certificate authority cannot be understood or read.
pub(crate) fn http(config: &Config, secrets: &Secrets<'_>) -> Result<Http, CliError> {
    let proxy = match &config.network.proxy {
        None => None,
        Some(reference) => {
            let address = secrets.open("network.proxy", reference)?;
            // The parser's words are left out: they may quote the address, which holds a password.
            let url = Url::parse(address.expose_secret()).map_err(|_| {
                CliError::usage("network.proxy is no address such as http://proxy:3128")
            })?;
            Some(url)
        }
    };
    let mut extra_roots = Vec::new();
    if let Some(path) = &config.network.ca_file {
        let pem = std::fs::read_to_string(path).map_err(|error| {
            CliError::usage(format!(
                "network.ca_file {} cannot be read: {error}",
                path.display()
            ))
        })?;
        extra_roots.push(pem);
    }
    let user_agent = format!("skywarden/{}", env!("CARGO_PKG_VERSION"));
    let settings = NetworkSettings {
        proxy,
        extra_roots,
        user_agent,
    };
    Http::new(&settings).map_err(|error| CliError::internal("cannot set up the network", &*error))
}

/// Opens the store that `[store]` names, or the file in the state folder.
///
/// # Errors
///
/// When there is no place for it, or it cannot be opened.
pub(crate) async fn store(config: &Config, secrets: &Secrets<'_>) -> Result<Db, CliError> {
    store_with(config, secrets, &StoreOptions::default()).await
}

async fn store_with(
    config: &Config,
    secrets: &Secrets<'_>,
    options: &StoreOptions,
) -> Result<Db, CliError> {
    let url = match (&config.store.url, &config.store.default_path) {
        (Some(reference), _) => store_url(config, secrets, reference)?,
        (None, Some(path)) => StoreUrl::sqlite(path),
        (None, None) => {
            return Err(CliError::usage(
                "there is no place for the store: no home folder is known",
            )
            .hint("set store.url in the configuration."));
        }
    };
    Ok(Db::open_with(&url, options).await?)
}

fn store_url(
    config: &Config,
    secrets: &Secrets<'_>,
    reference: &SecretRef,
) -> Result<StoreUrl, CliError> {
    let text = secrets.open("store.url", reference)?;
    let plain = text.expose_secret();
    if !plain.contains(':') {
        return Ok(StoreUrl::sqlite(config.store.folder.join(plain)));
    }
    let absolute = match plain.strip_prefix("sqlite:") {
        Some(path) => {
            let path = config.store.folder.join(path.trim_start_matches("//"));
            SecretString::from(format!("sqlite:{}", path.display()))
        }
        None => text,
    };
    StoreUrl::parse(&absolute).map_err(|error| CliError::usage(base::chain(&error)))
}
