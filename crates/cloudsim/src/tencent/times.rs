//! The ways in which the services write an instant: nearly every one has its own.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

/// Returns `2022-09-06T03:07:37Z`: machines, addresses, the container service of 2018.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns `2022-08-30 14:24:09` in Beijing's time, whatever the region: disks, databases, balancers.
pub(super) fn beijing(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::fixed(offset(8)));
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns `2023-08-17 13:17:57 +0000 UTC`, as Go prints it: nodes of the container service of 2022.
pub(super) fn go_utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string()
}

/// Returns `2023-08-17 20:47:35 +0800 CST`, as Go prints it elsewhere: super nodes.
pub(super) fn go_beijing(at: Timestamp) -> String {
    format!("{} +0800 CST", beijing(at))
}

/// Returns `2020-09-22T00:00:00+00:00`: groups of snapshots.
pub(super) fn offset_utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Puts the server's clock on `response`.
pub(super) fn dated(mut response: Response, wall: Timestamp) -> Response {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&wall);
    if let Some(value) = text.ok().and_then(|it| HeaderValue::from_str(&it).ok()) {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_has_many_spellings() {
        let at: Timestamp = "2023-08-17T16:30:05Z".parse().unwrap();
        assert_eq!(
            [
                utc(at),
                offset_utc(at),
                beijing(at),
                go_utc(at),
                go_beijing(at)
            ],
            [
                "2023-08-17T16:30:05Z",
                "2023-08-17T16:30:05+00:00",
                "2023-08-18 00:30:05",
                "2023-08-17 16:30:05 +0000 UTC",
                "2023-08-18 00:30:05 +0800 CST",
            ]
        );
    }
}
