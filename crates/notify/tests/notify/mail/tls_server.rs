//! A mail server of a few lines that speaks TLS, with a certificate of its own making.

use std::sync::Arc;

use base::Tasks;
use notify::MailSecurity;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_rustls::TlsAcceptor;

/// A running server.
pub(super) struct TlsServer {
    port: u16,
    root_pem: String,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: Tasks,
}

impl TlsServer {
    pub(super) async fn start(security: MailSecurity) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Tasks::new();
        let kept = Arc::clone(&heard);
        tasks.start(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A sender that does not trust us hangs up, which is none of our trouble.
                drop(serve(stream, &acceptor, security, &kept).await);
            }
        });
        Self {
            port,
            root_pem: made.cert.pem(),
            heard,
            _tasks: tasks,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn root_pem(&self) -> String {
        self.root_pem.clone()
    }

    /// Returns every line that came encrypted.
    pub(super) async fn heard(&self) -> Vec<String> {
        self.heard.lock().await.clone()
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    security: MailSecurity,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    if security == MailSecurity::Tls {
        let mut line = BufStream::new(acceptor.accept(stream).await?);
        say(&mut line, "220 localhost").await?;
        return converse(&mut line, heard).await;
    }
    let mut line = BufStream::new(stream);
    say(&mut line, "220 localhost").await?;
    let mut command = String::new();
    line.read_line(&mut command).await?;
    say(&mut line, "250-localhost\r\n250 STARTTLS").await?;
    command.clear();
    line.read_line(&mut command).await?;
    if command.trim() != "STARTTLS" {
        return say(&mut line, "530 5.7.0 STARTTLS first").await;
    }
    say(&mut line, "220 go ahead").await?;
    let mut line = BufStream::new(acceptor.accept(line.into_inner()).await?);
    converse(&mut line, heard).await
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    line: &mut BufStream<S>,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut in_mail = false;
    loop {
        let mut text = String::new();
        if line.read_line(&mut text).await? == 0 {
            return Ok(());
        }
        let text = text.trim_end().to_owned();
        heard.lock().await.push(text.clone());
        let answer = match text.split(' ').next().unwrap_or_default() {
            "." => {
                in_mail = false;
                "250 kept"
            }
            _ if in_mail => continue,
            "EHLO" => "250-localhost\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => {
                in_mail = true;
                "354 go ahead"
            }
            "QUIT" => return say(line, "221 bye").await,
            _ => "250 ok",
        };
        say(line, answer).await?;
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    line: &mut BufStream<S>,
    text: &str,
) -> std::io::Result<()> {
    line.write_all(format!("{text}\r\n").as_bytes()).await?;
    line.flush().await
}
