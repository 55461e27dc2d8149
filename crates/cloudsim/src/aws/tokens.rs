//! Page tokens: opaque to clients, good for one list of one account, and for an hour.

use std::time::Duration;

use base::Chance;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::words::Trouble;

/// How long a token is good for.
const LIFE: Duration = Duration::from_secs(3600);

/// Makes and reads tokens; no two are alike, even for one place.
pub(crate) struct Tokens {
    secret: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// How many rows were shown.
    pub(crate) offset: u64,
    /// The number of the page that comes, from 1.
    pub(crate) page: u64,
}

impl Tokens {
    pub(crate) fn new(secret: String) -> Self {
        Self { secret }
    }

    /// Returns a token for `place` of the list that `subject` describes, made `at`; `salt` makes it unlike others.
    pub(crate) fn token(
        &self,
        subject: &str,
        place: Place,
        at: Duration,
        salt: &dyn Chance,
    ) -> String {
        let mut salted = [0; 8];
        salt.fill(&mut salted);
        let fields = [
            u64::from_be_bytes(salted),
            place.offset,
            place.page,
            at.as_secs(),
            digest(subject),
        ];
        let payload: Vec<u8> = fields.iter().flat_map(|it| it.to_be_bytes()).collect();
        let seal = self.seal(&payload);
        URL_SAFE_NO_PAD.encode([payload, seal].concat())
    }

    /// Reads a token for the list that `subject` describes.
    pub(crate) fn place(&self, token: &str, subject: &str, at: Duration) -> Result<Place, Trouble> {
        let [_salt, offset, page, made, list] = self.fields(token).ok_or(Trouble::ForeignToken)?;
        if list != digest(subject) {
            return Err(Trouble::ForeignToken);
        }
        if at.saturating_sub(Duration::from_secs(made)) > LIFE {
            return Err(Trouble::ExpiredToken);
        }
        Ok(Place { offset, page })
    }

    /// Returns the number of the page a token stands for, whatever its list and age.
    pub(crate) fn page(&self, token: &str) -> Option<u64> {
        Some(self.fields(token)?[2])
    }

    fn fields(&self, token: &str) -> Option<[u64; 5]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, seal) = bytes.split_at_checked(40)?;
        if seal != self.seal(payload) {
            return None;
        }
        let mut fields = [0; 5];
        for (field, bytes) in fields.iter_mut().zip(payload.chunks_exact(8)) {
            *field = u64::from_be_bytes(bytes.try_into().ok()?);
        }
        Some(fields)
    }

    fn seal(&self, payload: &[u8]) -> Vec<u8> {
        let digest = Sha256::new()
            .chain_update(&self.secret)
            .chain_update(payload)
            .finalize();
        digest[..16].to_vec()
    }
}

fn digest(subject: &str) -> u64 {
    let digest = Sha256::digest(subject);
    digest[..8]
        .iter()
        .fold(0, |sum, it| sum << 8 | u64::from(*it))
}

#[cfg(test)]
mod tests {
    use base::SystemChance;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_and_for_an_hour() {
        let tokens = Tokens::new("hush".to_owned());
        let place = Place {
            offset: 200,
            page: 3,
        };
        let (hour, salt) = (Duration::from_secs(3600), SystemChance);
        let made = |tokens: &Tokens| tokens.token("volumes of 1", place, Duration::ZERO, &salt);
        let token = made(&tokens);
        assert_ne!(token, made(&tokens));
        assert_eq!(tokens.place(&token, "volumes of 1", hour), Ok(place));
        assert_eq!(tokens.page(&token), Some(3));
        let late = tokens.place(&token, "volumes of 1", hour + Duration::from_secs(1));
        assert_eq!(late, Err(Trouble::ExpiredToken));
        let other = tokens.place(&token, "volumes of 2", hour);
        assert_eq!(other, Err(Trouble::ForeignToken));
        let of_another_door = made(&Tokens::new("x".to_owned()));
        for made_up in ["", "x", "AAAA", &token[1..], &of_another_door] {
            let refused = tokens.place(made_up, "volumes of 1", hour);
            assert_eq!(refused, Err(Trouble::ForeignToken), "{made_up}");
        }
    }
}
