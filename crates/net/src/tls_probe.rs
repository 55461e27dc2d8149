//! Asks a TLS endpoint for its certificate, as a visitor would meet it.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::Decode as _;
use x509_cert::name::Name;

/// What a visitor is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    /// When it ends.
    pub ends: Timestamp,
    /// When it begins.
    pub starts: Timestamp,
    /// Whom it is for, as RFC 4514 text.
    pub subject: String,
    /// Who issued it, as RFC 4514 text.
    pub issuer: String,
}

/// Why an endpoint showed no certificate.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No TLS connection came about.
    #[error("cannot make a TLS connection to {endpoint}")]
    Unreachable {
        /// Host and port.
        endpoint: String,
        /// What the network said.
        #[source]
        source: io::Error,
    },
    /// Something was shown that is no certificate.
    #[error("{endpoint} showed no readable certificate")]
    Unreadable {
        /// Host and port.
        endpoint: String,
    },
}

/// Connects to `host:port` and returns the certificate it shows for that name.
///
/// The certificate is read, not trusted: one that is expired or self-signed is just what is looked
/// for. Nothing is sent over the connection.
///
/// # Errors
///
/// When no TLS connection comes about or no certificate can be read. The caller bounds the time.
pub async fn shown_certificate(host: &str, port: u16) -> Result<ShownCertificate, ProbeError> {
    let endpoint = format!("{host}:{port}");
    let unreachable = |source| ProbeError::Unreachable {
        endpoint: endpoint.clone(),
        source,
    };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| unreachable(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(unreachable)?;
    let connector = TlsConnector::from(Arc::new(reading_config()));
    let stream = connector.connect(name, stream).await.map_err(unreachable)?;
    let (_, session) = stream.get_ref();
    let first = session.peer_certificates().and_then(|chain| chain.first());
    first
        .and_then(read)
        .ok_or(ProbeError::Unreadable { endpoint })
}

fn read(der: &CertificateDer<'_>) -> Option<ShownCertificate> {
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let body = certificate.tbs_certificate();
    let instant = |time: &x509_cert::time::Time| {
        Timestamp::new(i64::try_from(time.to_unix_duration().as_secs()).ok()?, 0).ok()
    };
    Some(ShownCertificate {
        ends: instant(&body.validity().not_after)?,
        starts: instant(&body.validity().not_before)?,
        subject: spelt(body.subject()),
        issuer: spelt(body.issuer()),
    })
}

/// Returns a name as RFC 4514 spells it: the last of its parts first, an unknown sort of part by its
/// number.
///
/// Not by the crate's own words: those bring the names of two thousand numbers with them, 0.15 MB.
fn spelt(name: &Name) -> String {
    let part = |it: &AttributeTypeAndValue| {
        let number = it.oid.to_string();
        // RFC 4514 §3.
        let sort = match number.as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.6" => "C",
            "2.5.4.7" => "L",
            "2.5.4.8" => "ST",
            "2.5.4.9" => "STREET",
            "2.5.4.10" => "O",
            "2.5.4.11" => "OU",
            "0.9.2342.19200300.100.1.1" => "UID",
            "0.9.2342.19200300.100.1.25" => "DC",
            other => other,
        };
        let mut value = String::new();
        for letter in String::from_utf8_lossy(it.value.value()).chars() {
            if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
                value.push('\\');
            }
            value.push(letter);
        }
        format!("{sort}={value}")
    };
    let parts: Vec<String> = name
        .iter_rdn()
        .map(|it| it.iter().map(part).collect::<Vec<_>>().join("+"))
        .collect();
    let parts: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    parts.join(",")
}

fn reading_config() -> ClientConfig {
    crate::http_client::install_crypto();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ReadOnly { provider }))
        .with_no_client_auth()
}

/// Lets every certificate through: the probe reads what is shown and sends nothing.
#[derive(Debug)]
struct ReadOnly {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ReadOnly {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
    use rustls::pki_types::PrivateKeyDer;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    #[tokio::test]
    async fn an_expired_certificate_is_read_all_the_same() {
        crate::http_client::install_crypto();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CountryName, "CN");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "云守, Ltd.");
        params
            .distinguished_name
            .push(DnType::CustomDnType(vec![2, 5, 4, 12]), "boss");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 2, 3);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            drop(TlsAcceptor::from(Arc::new(config)).accept(stream).await);
        };
        let (shown, ()) = tokio::join!(shown_certificate("localhost", port), server);
        let shown = shown.unwrap();
        assert_eq!(shown.ends.to_string(), "2021-02-03T00:00:00Z");
        assert_eq!(
            shown.subject,
            "2.5.4.12=boss,O=云守\\, Ltd.,C=CN,CN=rcgen self signed cert"
        );
        assert_eq!(shown.issuer, shown.subject);
    }

    #[tokio::test]
    async fn a_port_without_tls_is_unreachable() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let error = shown_certificate("127.0.0.1", closed.port())
            .await
            .unwrap_err();
        assert!(matches!(error, ProbeError::Unreachable { .. }));
    }
}
