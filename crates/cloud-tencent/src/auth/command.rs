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
    match tokio::time::timeout(LONGEST, output(program, arguments)).await {
        Ok(Ok((true, printed))) => session::read(&printed, &whose),
        Ok(Ok((false, _))) => Err(NoCredentials::new(format!("{whose} failed"))),
        Ok(Err(error)) => Err(NoCredentials::because(format!("cannot run {whose}"), error)),
        Err(_) => {
            let seconds = LONGEST.as_secs();
            let what = format!("{whose} was not done after {seconds} s and was ended");
            Err(NoCredentials::new(what))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn what_a_program_prints_are_credentials() {
        let json = r#"{"secretId":"AKIDExampleKey","secretKey":"s"}"#;
        let credentials = run(&shell(&format!("echo '{json}'"))).await.unwrap();
        assert_eq!(credentials.id, "AKIDExampleKey");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_named_and_its_words_are_not_shown() {
        let failed = run(&shell("echo CANARY; echo CANARY >&2; exit 3"))
            .await
            .unwrap_err();
        assert_eq!(failed.to_string(), "the program \"/bin/sh\" failed");
        let flood = run(&shell("head -c 100000 /dev/zero")).await.unwrap_err();
        let chain = base::chain(&flood);
        assert!(chain.contains("more than 65536 bytes"), "{chain}");
        let missing = run(&["/no/such/program".to_owned()]).await.unwrap_err();
        assert!(
            missing.to_string().starts_with("cannot run the program"),
            "{missing}"
        );
        assert!(run(&[]).await.is_err());
    }
}
