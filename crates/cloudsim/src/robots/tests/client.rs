//! A client of a few lines, so that nothing between a test and the wire mends a request.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// What came back.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Heard {
    /// Returns the header called `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|it| it.split_once(": "));
        fields
            .find(|it| it.0.eq_ignore_ascii_case(name))
            .map(|it| it.1)
    }
}

/// Sends one request on a connection of its own; the query goes out as it stands in `url`.
pub(crate) async fn send(
    method: &str,
    url: &Url,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Heard> {
    let mut stream = start(method, url, headers, body).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Heard {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Sends one request and leaves the answer to the caller.
pub(crate) async fn start(
    method: &str,
    url: &Url,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<TcpStream> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().unwrap_or(80);
    let mut stream = TcpStream::connect((host, port)).await?;
    let target = url
        .query()
        .map_or(url.path().to_owned(), |it| format!("{}?{it}", url.path()));
    let fields: String = headers
        .iter()
        .map(|it| format!("{}: {}\r\n", it.0, it.1))
        .collect();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n\
         content-length: {length}\r\n{fields}\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await?;
    Ok(stream)
}
