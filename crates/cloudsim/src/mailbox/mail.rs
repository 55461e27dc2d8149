//! A mail, and just enough of MIME to look into it.

use base::hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

/// How deep parts may be nested.
const MAX_DEPTH: usize = 8;

/// One mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// When it was taken, by the server's clock.
    pub at: Timestamp,
    /// The envelope's sender; empty for a bounce.
    pub sender: String,
    /// The envelope's recipients, in order.
    pub recipients: Vec<String>,
    /// Who had logged in.
    pub user: Option<String>,
    /// Headers and body with CR LF, dots unstuffed.
    pub raw: Vec<u8>,
}

/// One leaf of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The media type without parameters, in lower case.
    pub media_type: String,
    /// The decoded text.
    pub text: String,
}

impl Mail {
    /// Returns the first header called `name`, unfolded, encoded words decoded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.raw);
        header(&text, name).map(|it| decode_words(&it))
    }

    /// Returns the leaves of the mail, in order.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        gather(&String::from_utf8_lossy(&self.raw), MAX_DEPTH, &mut parts);
        parts
    }
}

fn split(entity: &str) -> (&str, &str) {
    if let Some(body) = entity.strip_prefix("\r\n") {
        return ("", body);
    }
    entity.split_once("\r\n\r\n").unwrap_or((entity, ""))
}

fn header(entity: &str, name: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for line in split(entity).0.split("\r\n") {
        match &mut found {
            Some(value) if line.starts_with([' ', '\t']) => value.push_str(line),
            Some(_) => break,
            None => {
                let field = line
                    .split_once(':')
                    .filter(|it| it.0.eq_ignore_ascii_case(name));
                found = field.map(|it| it.1.trim().to_owned());
            }
        }
    }
    found
}

fn gather(entity: &str, depth: usize, parts: &mut Vec<Part>) {
    let content_type = header(entity, "Content-Type").unwrap_or_else(|| "text/plain".to_owned());
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let body = split(entity).1;
    if media_type.starts_with("multipart/") && depth > 0 {
        let Some(boundary) = parameter(&content_type, "boundary") else {
            return;
        };
        let body = format!("\r\n{body}");
        // What stands before the first boundary and after the closing one is no part.
        for piece in body.split(&format!("\r\n--{boundary}")).skip(1) {
            if piece.starts_with("--") {
                break;
            }
            gather(
                piece.strip_prefix("\r\n").unwrap_or(piece),
                depth - 1,
                parts,
            );
        }
        return;
    }
    let encoding = header(entity, "Content-Transfer-Encoding").unwrap_or_default();
    let text = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: String = body.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(packed).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "quoted-printable" => {
            let unbroken = body.replace("=\r\n", "");
            String::from_utf8_lossy(&unquote(&unbroken)).into_owned()
        }
        _ => body.to_owned(),
    };
    parts.push(Part { media_type, text });
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|it| {
        let (key, value) = it.split_once('=')?;
        let is_it = key.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn unquote(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'=').then(|| after.get(..2)).flatten();
        let decoded = code.and_then(|it| hex::decode(std::str::from_utf8(it).ok()?));
        if let Some(decoded) = decoded {
            bytes.extend(decoded);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

/// Decodes the encoded words of RFC 2047; blanks between two of them vanish.
fn decode_words(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut was_word = false;
    while let Some((before, after)) = rest.split_once("=?") {
        let Some((word, next)) = word(after) else {
            decoded.push_str(before);
            decoded.push_str("=?");
            rest = after;
            was_word = false;
            continue;
        };
        if !was_word || !before.trim().is_empty() {
            decoded.push_str(before);
        }
        decoded.push_str(&word);
        rest = next;
        was_word = true;
    }
    decoded.push_str(rest);
    decoded
}

fn word(after: &str) -> Option<(String, &str)> {
    let mut fields = after.splitn(3, '?');
    let _charset = fields
        .next()
        .filter(|it| it.eq_ignore_ascii_case("utf-8"))?;
    let encoding = fields.next()?;
    let (text, next) = fields.next()?.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => unquote(&text.replace('_', " ")),
        _ => return None,
    };
    Some((String::from_utf8(bytes).ok()?, next))
}
