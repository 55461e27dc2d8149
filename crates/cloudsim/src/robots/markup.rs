//! What a person sees of a text with markup, and where its links lead.
//!
//! This is no renderer: it undoes what could hide or forge something (escapes, entities, links,
//! tags, swallowed line breaks) and leaves headings, quotes and emphasis as they are.

/// What happens to a single line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// It breaks the line.
    Break,
    /// It vanishes, unless two spaces or a blank line precede it or a block begins after it.
    Swallowed,
}

/// A text as seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) links: Vec<String>,
}

/// Reads Markdown the way the chats do.
pub(super) fn markdown(source: &str, breaks: Breaks) -> Seen {
    let mut seen = Seen::default();
    match breaks {
        Breaks::Break => inline(source, &mut seen),
        Breaks::Swallowed => inline(&swallow_breaks(source), &mut seen),
    }
    seen
}

/// Reads Slack's mrkdwn: `<url|text>`, `<!channel>`, three entities, no escapes.
pub(super) fn mrkdwn(source: &str) -> Seen {
    let mut seen = Seen::default();
    let mut rest = source;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else {
            break;
        };
        seen.text.push_str(&rest[..start]);
        let inner = &rest[start + 1..start + length];
        let (target, label) = inner.split_once('|').unwrap_or((inner, inner));
        if !target.starts_with(['!', '@', '#']) {
            seen.links.push(entities(target));
        }
        seen.text.push_str(label);
        rest = &rest[start + length + 1..];
    }
    seen.text.push_str(rest);
    seen.text = entities(&seen.text);
    seen
}

/// Returns the inside of every `<…>`, in order.
pub(super) fn angles(source: &str) -> impl Iterator<Item = &str> {
    source
        .split('<')
        .skip(1)
        .filter_map(|it| it.split_once('>').map(|inside| inside.0))
}

/// Returns the value of each of `names` on every tag called `tag`, quoted or not.
pub(super) fn attributes<'a>(source: &'a str, tag: &str, names: &[&str]) -> Vec<&'a str> {
    let mut values = Vec::new();
    for inside in angles(source) {
        let Some((name, rest)) = inside.split_once(char::is_whitespace) else {
            continue;
        };
        if !name.eq_ignore_ascii_case(tag) {
            continue;
        }
        let mut rest = rest.trim_start();
        while let Some((key, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let (value, next) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    after[1..].split_once(quote).unwrap_or((&after[1..], ""))
                }
                _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            if names.iter().any(|it| it.eq_ignore_ascii_case(key.trim())) {
                values.push(value.trim_end_matches('/'));
            }
            rest = next.trim_start();
        }
    }
    values
}

/// Returns how many Markdown tables the text has, code fences left out.
pub(super) fn tables(source: &str) -> usize {
    let mut fenced = false;
    let mut count = 0;
    for line in source.lines().map(str::trim) {
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
        } else if !fenced && line.contains('-') && line.contains('|') {
            let is_rule = line.chars().all(|it| matches!(it, '|' | '-' | ':' | ' '));
            count += usize::from(is_rule);
        }
    }
    count
}

/// Undoes HTML entities.
pub(super) fn entities(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find('&') {
        text.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let decoded = after
            .split_once(';')
            .and_then(|(name, next)| Some((entity(name)?, next)));
        if let Some((character, next)) = decoded {
            text.push(character);
            rest = next;
        } else {
            text.push('&');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number
            .strip_prefix(['x', 'X'])
            .map(|it| u32::from_str_radix(it, 16));
        return char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?);
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "ensp" => Some('\u{2002}'),
        _ => None,
    }
}

fn swallow_breaks(source: &str) -> String {
    let lines: Vec<&str> = source.split('\n').collect();
    let mut text = String::with_capacity(source.len());
    for (index, line) in lines.iter().enumerate() {
        text.push_str(line);
        let Some(next) = lines.get(index + 1) else {
            break;
        };
        let holds = line.ends_with("  ")
            || line.trim().is_empty()
            || next.trim().is_empty()
            || begins_block(next)
            || line.starts_with('#');
        if holds {
            text.push('\n');
        }
    }
    text
}

fn begins_block(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|it: char| it.is_ascii_digit());
    line.starts_with(['#', '>'])
        || line.starts_with("- ")
        || line.starts_with("* ")
        || (digits.len() < line.len() && digits.starts_with(". "))
}

fn inline(source: &str, seen: &mut Seen) {
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            '\\' if after.starts_with(|it: char| it.is_ascii_punctuation()) => {
                seen.text.push_str(&after[..1]);
                &after[1..]
            }
            '`' => code(rest, seen),
            '!' if after.starts_with('[') => link(after, seen).unwrap_or_else(|| {
                seen.text.push('!');
                after
            }),
            '[' => link(rest, seen).unwrap_or_else(|| {
                seen.text.push('[');
                after
            }),
            '<' => tag(after, seen).unwrap_or_else(|| {
                seen.text.push('<');
                after
            }),
            '&' => {
                let end = after.find(';').filter(|it| entity(&after[..*it]).is_some());
                match end {
                    Some(end) => {
                        seen.text.push_str(&entities(&rest[..end + 2]));
                        &after[end + 1..]
                    }
                    None => {
                        seen.text.push('&');
                        after
                    }
                }
            }
            other => {
                seen.text.push(other);
                after
            }
        };
    }
}

/// Reads a code span: what is inside is shown as it is.
fn code<'a>(rest: &'a str, seen: &mut Seen) -> &'a str {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let (fence, body) = rest.split_at(ticks);
    match body.find(fence) {
        Some(end) => {
            seen.text.push_str(&body[..end]);
            &body[end + ticks..]
        }
        None => {
            seen.text.push_str(fence);
            body
        }
    }
}

/// Reads `[label](target)`; `None` when it is no link.
fn link<'a>(rest: &'a str, seen: &mut Seen) -> Option<&'a str> {
    let label_end = closing(&rest[1..], '[', ']')? + 1;
    let after = rest[label_end + 1..].strip_prefix('(')?;
    let target_end = closing(after, '(', ')')?;
    let target = after[..target_end].trim();
    let target = target
        .split_once(char::is_whitespace)
        .map_or(target, |it| it.0);
    seen.links.push(entities(
        target.trim_start_matches('<').trim_end_matches('>'),
    ));
    inline(&rest[1..label_end], seen);
    Some(&after[target_end + 1..])
}

/// Returns where the bracket that was opened before `text` is closed.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (index, character) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' {
            is_escaped = true;
        } else if character == open {
            depth += 1;
        } else if character == close {
            if depth == 0 {
                return Some(index);
            }
            depth -= 1;
        }
    }
    None
}

/// Reads what follows a `<`: a tag vanishes, an address is a link, `None` when it is neither.
fn tag<'a>(after: &'a str, seen: &mut Seen) -> Option<&'a str> {
    let (inside, next) = after.split_once('>')?;
    if inside.starts_with("http://") || inside.starts_with("https://") {
        seen.links.push(inside.to_owned());
        seen.text.push_str(inside);
        return Some(next);
    }
    if inside.starts_with('@') {
        seen.text.push_str(inside);
        return Some(next);
    }
    let name = inside.trim_start_matches('/');
    if !name.starts_with(|it: char| it.is_ascii_alphabetic()) || inside.contains('<') {
        return None;
    }
    if name.trim_end_matches(['/', ' ']).eq_ignore_ascii_case("br") {
        seen.text.push('\n');
    }
    let addresses = format!("<{inside}>");
    for name in ["a", "link"] {
        let targets = ["href", "url", "pc_url", "ios_url", "android_url"];
        seen.links.extend(
            attributes(&addresses, name, &targets)
                .into_iter()
                .map(entities),
        );
    }
    Some(next)
}
