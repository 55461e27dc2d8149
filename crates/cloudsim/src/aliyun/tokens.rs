//! Pages by token: a token is good for the list, the size and the place it was made for, and for nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::arguments::Arguments;
use crate::world::paging::{PageAsked, Paged};
use crate::world::refusal::Refusal;

/// Which page is asked for, by `MaxResults` and `NextToken` or by `PageNumber` and `PageSize`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turning {
    pub(super) asked: PageAsked,
    pub(super) by_token: bool,
}

impl Turning {
    /// Reads which page of the list at `place` is asked for.
    ///
    /// # Errors
    ///
    /// `InvalidParameter.NextToken` for a token of another list.
    pub(super) fn of(said: &Arguments, place: &str) -> Result<Self, Refusal> {
        let by_token = said.text("NextToken").is_some() || said.text("MaxResults").is_some();
        // Fewer than ten count as ten.
        let size = usize::try_from(said.whole("MaxResults").unwrap_or(10).max(10)).unwrap_or(10);
        let asked = match said.text("NextToken") {
            Some(token) => page(token, size, place).ok_or_else(|| {
                Refusal::new(
                    400,
                    "InvalidParameter.NextToken",
                    "The specified parameter NextToken is not valid.",
                )
            })?,
            None if by_token => PageAsked { number: 1, size },
            None => said.page(("PageNumber", "PageSize"), 10),
        };
        Ok(Self { asked, by_token })
    }

    /// Returns the token of the page after `paged`; empty when there is none, or tokens were not asked for.
    pub(super) fn next<T>(&self, paged: &Paged<T>, place: &str) -> String {
        if self.by_token {
            next(paged, place)
        } else {
            String::new()
        }
    }
}

/// Returns the token of the page after `paged`; empty when there is none.
pub(super) fn next<T>(paged: &Paged<T>, place: &str) -> String {
    let (number, size) = (paged.asked.number + 1, paged.asked.size);
    if number > paged.pages() {
        return String::new();
    }
    URL_SAFE_NO_PAD.encode(format!("{number}:{size}:{place}"))
}

/// Returns the page a token stands for, if it was made for that size and place.
pub(super) fn page(token: &str, size: usize, place: &str) -> Option<PageAsked> {
    let (number, made_for, made_at) = read(token)?;
    (number > 1 && made_for == size && made_at == place).then_some(PageAsked { number, size })
}

/// Returns the number of the page a token stands for.
pub(super) fn page_of_token(token: &str) -> Option<u64> {
    u64::try_from(read(token)?.0).ok()
}

fn read(token: &str) -> Option<(usize, usize, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let [number, size, place] = text.splitn(3, ':').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some((number.parse().ok()?, size.parse().ok()?, place.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_the_next_page_of_its_own_list_alone() {
        let asked = PageAsked { number: 2, size: 3 };
        let token = next(&asked.cut(0..10), "cn-hangzhou");
        let third = PageAsked { number: 3, size: 3 };
        assert_eq!(page(&token, 3, "cn-hangzhou"), Some(third));
        assert_eq!(page_of_token(&token), Some(3));
        assert_eq!(page(&token, 4, "cn-hangzhou"), None);
        assert_eq!(page(&token, 3, "cn-beijing"), None);
        assert_eq!(page("???", 3, "cn-hangzhou"), None);
        let last = PageAsked { number: 4, size: 3 };
        assert_eq!(next(&last.cut(0..10), "cn-hangzhou"), "");
    }
}
