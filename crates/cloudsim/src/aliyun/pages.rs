//! Pages of long lists, written once and kept until the world changes.
//!
//! Writing 300 rows costs more than all else of a call; a benchmark that is to measure a client
//! must not measure that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::world::account::Uid;
use crate::world::paging::PageAsked;

/// More than the pages of 300,000 resources take.
const MOST_BYTES: usize = 256 << 20;

/// Pages that were written.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The world's version that all of these show.
    version: u64,
    bytes: usize,
    pages: HashMap<(Uid, usize, usize), Arc<[u8]>>,
}

impl Pages {
    /// Returns a page of account `uid` as it stands at the world's `version`: the kept one, or what
    /// `write` gives.
    ///
    /// # Errors
    ///
    /// What `write` fails with; then nothing is kept.
    pub(crate) fn page<E>(
        &self,
        version: u64,
        uid: Uid,
        asked: PageAsked,
        write: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<[u8]>, E> {
        let key = (uid, asked.number, asked.size);
        if let Some(page) = self.kept(version, key) {
            return Ok(page);
        }
        let page: Arc<[u8]> = write()?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version < version {
            *kept = Kept {
                version,
                ..Kept::default()
            };
        }
        if kept.version == version && kept.bytes + page.len() <= MOST_BYTES {
            kept.bytes += page.len();
            kept.pages.insert(key, page.clone());
        }
        Ok(page)
    }

    fn kept(&self, version: u64, key: (Uid, usize, usize)) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let page = kept.pages.get(&key)?;
        (kept.version == version).then(|| page.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_once_for_each_version_of_the_world() {
        let pages = Pages::default();
        let asked = |number| PageAsked { number, size: 300 };
        let page = |version, uid, number, text: &str| {
            let written = pages.page(version, Uid(uid), asked(number), || {
                Ok::<_, ()>(text.as_bytes().to_vec())
            });
            String::from_utf8(written.unwrap().to_vec()).unwrap()
        };
        assert_eq!(page(1, 1, 1, "a"), "a");
        assert_eq!(page(1, 1, 1, "not asked for"), "a");
        assert_eq!(page(1, 1, 2, "b"), "b");
        assert_eq!(page(1, 2, 1, "c"), "c");
        assert_eq!(page(2, 1, 1, "d"), "d");
        assert_eq!(page(1, 1, 1, "late"), "late");
        assert_eq!(page(2, 1, 1, "not asked for"), "d");
        let failed = pages.page(2, Uid(9), asked(1), || Err::<Vec<u8>, _>("no"));
        assert_eq!(failed, Err("no"));
        assert_eq!(page(2, 9, 1, "e"), "e");
    }
}
