//! The PostgreSQL server to test on, besides a file: what holds must hold on both.

use secrecy::SecretString;
use store::rehearsal::Ground;
use store::{Db, StoreUrl};

/// Returns the server, if there is one.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where these tests learn of a server"
)]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn server() -> Option<String> {
    let server = std::env::var("SKYWARDEN_TEST_PG").ok();
    if server.is_none() {
        println!("skipped: SKYWARDEN_TEST_PG names no PostgreSQL server");
    }
    server
}

/// Returns a schema of a test's own, if there is a server. When the test fails it is left behind.
pub(crate) async fn ground() -> Option<Ground> {
    Some(Ground::on(&server()?).await.unwrap())
}

pub(crate) async fn open(url: &str) -> Db {
    let url = StoreUrl::parse(&SecretString::from(url)).unwrap();
    Db::open(&url).await.unwrap()
}
