//! Certificates of the certificate service, issued and uploaded.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::paging::{PageAsked, Paged};

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The number of the certificate.
    pub id: u64,
    /// The name it was given.
    pub name: String,
    /// All domain names, the common name first.
    pub names: Vec<String>,
    /// First moment of validity.
    pub starts: Timestamp,
    /// Last moment of validity.
    pub ends: Timestamp,
    /// Whether its owner uploaded it.
    pub uploaded: bool,
    /// Who issued it.
    pub issuer: String,
    /// The region it is kept in; empty for certificates that belong to none.
    pub region: String,
    /// Which service keeps it.
    pub keeper: Keeper,
    /// Whether the cloud renews it.
    pub auto_renew: bool,
    /// Algorithm and size of its key, as AWS spells them: `RSA_2048`, `EC_prime256v1`.
    pub key_type: &'static str,
}

/// The service that keeps a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keeper {
    /// The certificate service: CAS, SSL, ACM.
    Service,
    /// The server certificates of AWS's IAM.
    Identity,
}

impl Certificate {
    /// Returns an uploaded certificate for `names` that is valid for the 90 days before `ends`.
    #[must_use]
    pub fn new(id: u64, names: &[&str], ends: Timestamp) -> Self {
        Self {
            id,
            name: format!("cert-{id}"),
            names: names.iter().map(|it| (*it).to_owned()).collect(),
            starts: ends - SignedDuration::from_hours(90 * 24),
            ends,
            uploaded: true,
            issuer: "Let's Encrypt".to_owned(),
            region: String::new(),
            keeper: Keeper::Service,
            auto_renew: false,
            key_type: "RSA_2048",
        }
    }

    /// Keeps it in `region`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets algorithm and size of its key.
    #[must_use]
    pub fn key_type(mut self, key_type: &'static str) -> Self {
        self.key_type = key_type;
        self
    }

    /// Sets the service that keeps it.
    #[must_use]
    pub fn keeper(mut self, keeper: Keeper) -> Self {
        self.keeper = keeper;
        self
    }

    /// Returns the day the certificate service shows for its end: a date without a zone, in Beijing's days.
    #[must_use]
    pub fn end_date(&self) -> Date {
        beijing_date(self.ends)
    }

    /// Returns the day the certificate service shows for its beginning.
    #[must_use]
    pub fn start_date(&self) -> Date {
        beijing_date(self.starts)
    }

    /// Returns `ISSUED`, `WILLEXPIRED` (30 days before the end) or `EXPIRED`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        match self.ends.duration_since(now) {
            left if left <= SignedDuration::ZERO => "EXPIRED",
            left if left <= SignedDuration::from_hours(30 * 24) => "WILLEXPIRED",
            _ => "ISSUED",
        }
    }
}

fn beijing_date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(jiff::tz::offset(8))).date()
}

/// Which certificates are asked for.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    /// One status; absent means valid ones only (issued or about to expire).
    pub status: Option<String>,
    /// Part of a name, of a domain name or of the id.
    pub keyword: Option<String>,
    /// Only uploaded ones, or only others.
    pub uploaded: Option<bool>,
    /// Whether expired ones belong to the answer when no status is asked for.
    pub with_expired: bool,
}

/// Returns the page of `certificates` that is asked for, at `now`.
#[must_use]
pub fn page(
    certificates: &[Certificate],
    filter: &CertificateFilter,
    now: Timestamp,
    asked: PageAsked,
) -> Paged<Certificate> {
    let wanted = certificates.iter().filter(|it| {
        let status = it.status(now);
        filter
            .status
            .as_deref()
            .map_or(filter.with_expired || status != "EXPIRED", |asked| {
                asked == status
            })
            && filter.uploaded.is_none_or(|asked| asked == it.uploaded)
            && filter.keyword.as_deref().is_none_or(|word| {
                it.name.contains(word)
                    || it.id.to_string().contains(word)
                    || it.names.iter().any(|name| name.contains(word))
            })
    });
    asked.cut(wanted.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_status_only_valid_ones_are_listed() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 1000);
        let days = |days: i64| now + SignedDuration::from_hours(24 * days);
        let all = [("a.cn", -1), ("b.cn", 10), ("c.cn", 100)]
            .map(|(name, left)| Certificate::new(u64::from(left > 0), &[name], days(left)));
        let listed = |status: Option<&str>| {
            let filter = CertificateFilter {
                status: status.map(str::to_owned),
                ..CertificateFilter::default()
            };
            page(
                &all,
                &filter,
                now,
                PageAsked {
                    number: 1,
                    size: 50,
                },
            )
            .items
            .into_iter()
            .map(|it| it.names[0].clone())
            .collect::<Vec<_>>()
        };
        assert_eq!(listed(None), ["b.cn", "c.cn"]);
        assert_eq!(listed(Some("EXPIRED")), ["a.cn"]);
        assert_eq!(listed(Some("WILLEXPIRED")), ["b.cn"]);
    }
}
