//! Whatever somebody writes, it is taken or refused, with a place that is in it.

use proptest::prelude::*;

use super::*;

/// Words that stand in expressions, and some that stand in none.
const WORDS: &[&str] = &[
    "tags",
    ".",
    "AutoSnapshot",
    "[",
    "]",
    "\"x\"",
    "'",
    "\"",
    "\\",
    "(",
    ")",
    "{",
    "}",
    "==",
    "=",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "?",
    ":",
    ",",
    "in",
    "state",
    "name",
    "running",
    "\"running\"",
    "age",
    "created",
    "managed",
    "duration",
    "\"30d\"",
    "timestamp",
    "has",
    "all",
    "exists",
    "map",
    "filter",
    "size",
    "contains",
    "startsWith",
    "it",
    "true",
    "false",
    "null",
    "1",
    "1.5",
    "1u",
    "0x",
    "9223372036854775808",
    "1e999",
    "b'a'",
    "r'a'",
    "//",
    "\n",
    "`a`",
    "支付",
    "\u{0}",
    "@",
    "and",
    "type",
    "int",
    "optional",
    ".?",
    "[?",
    "..",
    "_",
];

fn nothing_known() -> Machine {
    Machine {
        name: String::new(),
        machine_type: String::new(),
        zone: String::new(),
        charge: Charge::Other(String::new()),
        created: None,
        tags: Tags::new(),
        ..machine()
    }
}

/// Reads a text and asks it of machines; returns whether a place that it complains of is in it.
fn is_sound(text: &str) -> bool {
    match Selection::compile(text) {
        Ok(selection) => {
            let choices = [machine(), nothing_known()].map(|it| selection.choose(&it, now()));
            choices.len() == 2 && selection.text() == text
        }
        Err(error) => {
            let lines: Vec<&str> = text.split('\n').collect();
            let line = lines.get(error.line - 1);
            // The end of the text is a place in it, too.
            line.is_some_and(|it| error.column <= it.chars().count() + 2)
                && !error.problem.is_empty()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_row_of_words_is_taken_or_refused(words in prop::collection::vec(prop::sample::select(WORDS), 0..14), glue in prop::sample::select(&["", " "][..])) {
        let text = words.join(glue);
        prop_assert!(is_sound(&text), "{text:?}: {:?}", Selection::compile(&text));
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "\\PC{0,60}") {
        prop_assert!(is_sound(&text), "{text:?}: {:?}", Selection::compile(&text));
    }

    /// Expressions of the right form: none of them may be refused, and none may fail.
    #[test]
    fn any_comparison_of_fields_is_answered(
        tag in "[A-Za-z_][A-Za-z0-9_]{0,8}",
        value in "[a-z0-9 支付:/-]{0,12}",
        state in prop::sample::select(&["running", "stopped", "hibernated"][..]),
        days in 0..400_u32,
        joins in prop::collection::vec(prop::sample::select(&["&&", "||"][..]), 3),
    ) {
        let reserved = ["true", "false", "null", "in", "as", "break", "const", "continue", "else",
            "for", "function", "if", "import", "let", "loop", "package", "namespace", "return",
            "var", "void", "while"];
        prop_assume!(!reserved.contains(&tag.as_str()));
        let parts = [
            format!("tags.{tag} == \"{value}\""),
            format!("!has(tags.{tag})"),
            format!("state != '{state}'"),
            format!("age >= duration(\"{days}d\")"),
        ];
        let text = format!("{} {} {} {} {} {} {}", parts[0], joins[0], parts[1], joins[1], parts[2], joins[2], parts[3]);
        let selection = Selection::compile(&text);
        prop_assert!(selection.is_ok(), "{text}: {selection:?}");
        let choice = selection.unwrap().choose(&machine(), now());
        prop_assert!(!matches!(choice, Choice::Unknown(_)), "{text}: {choice:?}");
    }
}
