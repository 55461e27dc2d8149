//! A program that prints credentials.
//!
//! Invariant: no shell is involved; the program's output is bounded, and never shown.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::{Credentials, NoCredentials, session};

const LONGEST: Duration = Duration::from_secs(30);
const LARGEST: u64 = 64 << 10;

/// Runs `words`, the program and its arguments, and reads what it prints.
pub(super) async fn run(words: &[String]) -> Result<Credentials, NoCredentials> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(NoCredentials::new("the command for credentials is empty"));
    };
    let whose = format!("the program {program:?}");
    let output = tokio::time::timeout(LONGEST, output(program, arguments)).await;
    match output {
        Ok(Ok((true, printed))) => session::read(&printed, &whose),
        Ok(Ok((false, _))) => Err(NoCredentials::new(format!("{whose} failed"))),
        Ok(Err(error)) => Err(NoCredentials::because(format!("cannot run {whose}"), error)),
        Err(_) => {
            let seconds = LONGEST.as_secs();
            Err(NoCredentials::new(format!(
                "{whose} was not done after {seconds} s and was ended"
            )))
        }
    }
}

async fn output(program: &str, arguments: &[String]) -> std::io::Result<(bool, Vec<u8>)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut printed = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LARGEST + 1).read_to_end(&mut printed).await?;
    }
    if printed.len() as u64 > LARGEST {
        let words = format!("it printed more than {LARGEST} bytes");
        return Err(std::io::Error::other(words));
    }
    Ok((child.wait().await?.success(), printed))
}

/// Splits a command line into words as a shell would, with quotes and backslashes and nothing else.
///
/// # Errors
///
/// When a quote is not closed.
pub(super) fn words(line: &str) -> Result<Vec<String>, NoCredentials> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let escaped = characters.next().unwrap_or('\\');
                word.get_or_insert_default().push(escaped);
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(NoCredentials::new(
            "the command for credentials has a quote that is not closed",
        ));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would_and_nothing_is_expanded() {
        for (line, expected) in [
            ("/opt/helper --json", vec!["/opt/helper", "--json"]),
            (
                "  a  'b c' \"d e\" f\\ g ''",
                vec!["a", "b c", "d e", "f g", ""],
            ),
            (
                "a '$HOME' \"`id`\" ; rm",
                vec!["a", "$HOME", "`id`", ";", "rm"],
            ),
            ("a\"b\"'c' 'x\\y'", vec!["abc", "x\\y"]),
            ("", vec![]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        assert!(words("a 'b").is_err());
    }

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn what_a_program_prints_are_credentials() {
        let json = r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s"}"#;
        let credentials = run(&shell(&format!("echo '{json}'"))).await.unwrap();
        assert_eq!(credentials.id, "AKIDEXAMPLE");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_named_and_its_words_are_not_shown() {
        let failed = run(&shell("echo CANARY; echo CANARY >&2; exit 3"))
            .await
            .unwrap_err();
        assert_eq!(failed.to_string(), "the program \"/bin/sh\" failed");
        let flood = run(&shell("head -c 100000 /dev/zero")).await.unwrap_err();
        assert!(
            base::chain(&flood).contains("more than 65536 bytes"),
            "{flood}"
        );
        let missing = run(&["/no/such/program".to_owned()]).await.unwrap_err();
        assert!(
            missing.to_string().starts_with("cannot run the program"),
            "{missing}"
        );
        assert!(run(&[]).await.is_err());
    }
}
