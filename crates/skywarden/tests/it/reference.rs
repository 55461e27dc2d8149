//! The whole command line as a person reads it; a change of it is seen in review.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::house::House;

/// Returns the help of a command and of everything under it.
fn pages(house: &House, language: &str, path: &[&str], text: &mut String) {
    let said = house.run(&[&["--lang", language], path, &["--help"]].concat());
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{path:?}");
    writeln!(text, "## skywarden {}\n\n{}", path.join(" "), said.stdout).unwrap();
    let mut inside = false;
    for line in said.stdout.lines() {
        if matches!(line, "Commands:" | "命令:") {
            inside = true;
        } else if line.is_empty() {
            inside = false;
        } else if let (true, Some(name)) = (inside, line.split_whitespace().next()) {
            pages(house, language, &[path, &[name]].concat(), text);
        }
    }
}

#[test]
fn the_command_line_in_english() {
    let mut text = String::new();
    pages(&House::new(), "en", &[], &mut text);
    assert!(text.contains("## skywarden seal key rotate\n"));
    assert_snapshot!("en", text);
}

#[test]
fn the_command_line_in_chinese() {
    let mut text = String::new();
    pages(&House::new(), "zh-CN", &[], &mut text);
    assert!(text.contains("## skywarden seal key rotate\n"));
    assert_snapshot!("zh", text);
}

#[test]
fn a_command_line_that_is_not_understood_is_told_in_the_callers_language() {
    let house = House::new();
    let mut told = String::new();
    for arguments in [
        &["patrl"][..],
        &["patrol", "--acount", "x"],
        &["patrol", "--account"],
        &["findings"],
        &["findings", "list", "--state", "old"],
        &["findings", "mute", "x"],
        &["schedule", "--crontab", "--systemd"],
        &["schedule"],
    ] {
        for language in ["en", "zh-CN"] {
            let said = house.run(&[arguments, &["--lang", language]].concat());
            assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}");
            writeln!(told, "$ skywarden {}\n{}", arguments.join(" "), said.stderr).unwrap();
        }
    }
    assert_snapshot!("not_understood", told);
}

#[test]
fn every_shell_has_completions_in_the_language_that_was_asked_for() {
    let house = House::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = house.run(&["completions", shell]);
        assert_eq!(said.code, 0, "{said}");
        assert!(said.stdout.contains("skywarden"), "{shell}");
    }
    let said = house.run(&["--lang", "zh-CN", "completions", "fish"]);
    assert!(said.stdout.contains("列出并测试通知渠道"), "{said}");
    assert_eq!(house.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let house = House::new();
    let said = house.run(&["--lang", "zh-CN", "man", "--dir", "man"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        house
            .read("man/skywarden-seal-set.1")
            .contains("封存一个密钥")
    );
    assert!(house.read("man/skywarden.1").contains("看护云上资源"));
    let page = house.run(&["man"]);
    assert!(page.stdout.contains(".TH skywarden 1"), "{page}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let house = House::new();
    for arguments in [
        &["config", "schema"][..],
        &["completions", "bash"],
        &["man"],
    ] {
        let said = house.run_to(arguments, Box::new(Gone));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}
