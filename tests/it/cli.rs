//! The command line as its users meet it: words in, exit code, standard output and standard error out.
//!
//! How the text report looks is the business of the snapshots beside `report::text`.

use std::fs;

use serde_json::Value;

use crate::common::{Forge, MAIN, Run, SYSTEM, Tree};

/// The rule ids that scripts outside this repository rely on, as far as there are rules for them.
const FIXED_IDS: &[&str] = &[
    "env-documented",
    "exec-form-entrypoint",
    "graceful-shutdown",
    "health-check",
    "http-client-timeout",
    "job-timeout",
    "machine-readable-logs",
    "metrics",
    "no-print-logging",
    "non-root-container",
    "pinned-action",
    "pinned-image",
    "reachable-bind",
    "request-timeout",
    "signal-reaches-process",
    "sigterm-handling",
    "structured-logs",
    "toolchain-agreement",
    "workflow-permissions",
];

fn run(args: &[&str]) -> Run {
    Forge::new().args(args).run()
}

fn audit(tree: &Tree, options: &[&str]) -> Forge {
    Forge::new().args(&["audit"]).args(options).path(&tree.path())
}

#[test]
fn an_audit_that_was_done_exits_with_0_whatever_it_found() {
    for tree in [Tree::service_with(&[]), Tree::new(SYSTEM), Tree::empty()] {
        for options in [&[][..], &["--quiet"], &["--verbose"], &["--format", "json"]] {
            let run = audit(&tree, options).run();
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{options:?}");
            assert!(!run.stdout.is_empty(), "{options:?}");
        }
    }
}

#[test]
fn what_was_typed_wrong_exits_with_2_and_says_what_is_right() {
    for (args, words) in [
        (&["explain", "helth-check"][..], "did you mean `health-check`?"),
        (&["explain", "Health_Check"], "did you mean `health-check`?"),
        (&["explain", "xyzzy"], "`forge rules` lists them all"),
        (&["explain", ""], "`forge rules` lists them all"),
        (&["explain"], "<RULE>"),
        (&["audit", "/no/such/folder"], "does not exist"),
        (&["audit", "--format", "yaml"], "possible values: text, json"),
        (&["audit", "--color", "sometimes"], "possible values: auto, always, never"),
        (&["audit", "--threads", "0"], "--threads"),
        (&["audit", "--quiet", "--verbose"], "cannot be used with"),
        (&["audit", "--no-such-option"], "--help"),
        (&["adit"], "audit"),
        (&[], "Usage: forge"),
    ] {
        let run = run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains(words), "{args:?}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{args:?}");
    }
}

#[test]
fn an_error_of_forge_itself_is_one_line() {
    for args in [&["explain", "xyzzy"][..], &["explain", "helth-check"], &["audit", "/no/such/folder"]] {
        let run = run(args);
        assert_eq!(run.stderr.lines().count(), 1, "{args:?}: {}", run.stderr);
        let message = run.stderr.trim_end();
        assert!(message.starts_with("forge: ") && !message.ends_with('.'), "{message}");
    }
}

#[test]
fn a_report_that_cannot_be_written_exits_with_2() {
    let tree = Tree::service_with(&[]);
    for command in
        [format!("audit '{}'", tree.path().display()), "rules".into(), "explain health-check".into()]
    {
        let run = Forge::shell(&format!("exec \"$FORGE\" {command} > /dev/full")).run();
        assert_eq!(run.code, Some(2), "{command}");
        assert!(run.stderr.starts_with("forge: could not write"), "{command}: {}", run.stderr);
    }
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let tree = Tree::new(SYSTEM);
    for command in [
        format!("audit '{}'", tree.path().display()),
        format!("audit --verbose '{}'", tree.path().display()),
        format!("audit --format json '{}'", tree.path().display()),
        "rules".into(),
        "rules --format json".into(),
        "explain health-check".into(),
    ] {
        // The program's own exit code, written where the closed pipe does not swallow it.
        let run = Forge::shell(&format!("{{ \"$FORGE\" {command}; echo \"exit $?\" >&2; }} | :")).run();
        assert_eq!(run.stderr, "exit 0\n", "{command}");
        let run = Forge::shell(&format!("{{ \"$FORGE\" {command}; echo \"exit $?\" >&2; }} | head -1")).run();
        assert_eq!((run.stderr.as_str(), run.stdout.lines().count()), ("exit 0\n", 1), "{command}");
    }
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let tree = Tree::service_with(&[("compose.yaml", "services: [")]);
    for options in [&["--format", "json"][..], &["--format", "json", "--color", "always"]] {
        let run = audit(&tree, options).env("COLUMNS", "60").run();
        let report: Value = serde_json::from_str(&run.stdout).expect("one JSON value and nothing else");
        assert!(report.is_object() && run.stdout.starts_with('{') && run.stdout.ends_with("}\n"));
        assert!(!run.stdout.contains('\u{1b}'));
    }
}

#[test]
fn help_names_every_command_and_option() {
    for (args, words) in [
        (&["--help"][..], &["audit", "explain", "rules", "--version", "uses no network"][..]),
        (&["-h"], &["audit", "explain", "rules"]),
        (&["help", "audit"], &["--format"]),
        (
            &["audit", "--help"],
            &[
                "[PATH]",
                "--format <FORMAT[=PATH]>",
                "text",
                "json",
                "-q, --quiet",
                "-v, --verbose",
                "--color <WHEN>",
                "auto, always, never",
                "NO_COLOR",
                "--threads <N>",
                "--no-cargo",
                "Exit codes: 0",
                "Examples:",
            ],
        ),
        (&["explain", "--help"], &["<RULE>", "forge explain graceful-shutdown"]),
        (&["rules", "--help"], &["--format <FORMAT>"]),
        (&["--version"], &[concat!("forge ", env!("CARGO_PKG_VERSION"))]),
    ] {
        let run = run(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        for word in words {
            assert!(run.stdout.contains(word), "{args:?} without `{word}`:\n{}", run.stdout);
        }
    }
}

#[test]
fn without_a_path_the_folder_is_audited_in_which_it_is_run() {
    let tree = Tree::service_with(&[]);
    let here = Forge::new().args(&["audit", "--format", "json"]).current_dir(&tree.path()).run();
    assert_eq!(here.stdout, tree.audit().text);
}

/// `src/main.rs:6:5: high graceful-shutdown: …`
fn is_line_of_an_editor(line: &str) -> bool {
    let mut parts = line.splitn(5, ':');
    let (path, at, column) = (parts.next(), parts.next(), parts.next());
    let head =
        parts.next().and_then(|part| part.strip_prefix(' ')).map(|part| part.split(' ').collect::<Vec<_>>());
    let message = parts.next().and_then(|part| part.strip_prefix(' '));
    let is_number =
        |part: Option<&str>| part.is_some_and(|part| part.parse::<usize>().is_ok_and(|number| number > 0));
    let severities = ["critical", "high", "medium", "low", "info"];
    path.is_some_and(|path| !path.is_empty() && !path.starts_with('/'))
        && is_number(at)
        && is_number(column)
        && matches!(head.as_deref(), Some([severity, _]) if severities.contains(severity))
        && message.is_some_and(|message| !message.is_empty())
}

#[test]
fn quiet_is_the_score_and_lines_that_an_editor_can_jump_to() {
    let tree = Tree::service_with(&[]);
    let run = audit(&tree, &["--quiet"]).env("COLUMNS", "60").run();
    let (score, lines) = run.stdout.split_once('\n').expect("the score has a line");
    assert!(score.split_once("/100").is_some_and(|(value, _)| value.parse::<u8>().is_ok()), "{score}");
    assert!(lines.lines().count() > 3, "{lines}");
    for line in lines.lines() {
        assert!(is_line_of_an_editor(line), "{line}");
    }
    assert!(lines.contains("\nsrc/main.rs:6:5: high graceful-shutdown: "), "{lines}");
}

#[test]
fn colour_follows_the_option_then_the_environment_then_the_terminal() {
    let tree = Tree::service_with(&[]);
    let is_coloured = |options: &[&str], no_color: Option<&str>| {
        let mut forge = audit(&tree, options);
        if let Some(value) = no_color {
            forge = forge.env("NO_COLOR", value);
        }
        forge.run().stdout.contains("\u{1b}[")
    };
    assert!(!is_coloured(&[], None), "a pipe is no terminal");
    assert!(!is_coloured(&["--color", "auto"], Some("1")));
    assert!(!is_coloured(&["--color", "never"], None));
    assert!(is_coloured(&["--color", "always"], None));
    assert!(is_coloured(&["--color", "always"], Some("1")), "what was typed outweighs the environment");
    assert!(is_coloured(&["--color", "always", "--quiet"], None));
}

#[test]
fn without_colour_there_is_the_same_text() {
    let tree = Tree::new(SYSTEM);
    let plain = audit(&tree, &["--color", "never"]).run().stdout;
    let coloured = audit(&tree, &["--color", "always"]).run().stdout;
    let mut rest = coloured.as_str();
    let mut stripped = String::new();
    while let Some((before, escape)) = rest.split_once("\u{1b}[") {
        stripped += before;
        rest = escape.split_once('m').expect("only colours are written").1;
    }
    assert_eq!(stripped + rest, plain);
}

#[test]
fn prose_is_as_wide_as_the_terminal() {
    let tree = Tree::new(SYSTEM);
    for (columns, limit) in [("60", 60), ("80", 80), ("100", 100), ("140", 140), ("10", 60), ("wide", 100)] {
        let run = audit(&tree, &["--verbose"]).env("COLUMNS", columns).run();
        for line in run.stdout.lines() {
            // Code and what marks it keep their own width; so does a word that cannot be broken.
            let is_code = line.contains(" │ ") || line.contains(" · ") && line.contains('─');
            let has_long_word = line.split_whitespace().any(|word| word.chars().count() > 30);
            assert!(is_code || has_long_word || line.chars().count() <= limit, "COLUMNS={columns}: {line}");
        }
    }
}

#[test]
fn a_narrow_terminal_loses_no_finding() {
    let tree = Tree::new(SYSTEM);
    let heads = |columns: &str| {
        let text = audit(&tree, &[]).env("COLUMNS", columns).run().stdout;
        ["metrics", "no-print-logging", "pinned-action", "request-timeout"]
            .map(|rule| text.matches(&format!("[{rule}]")).count())
    };
    assert_eq!(heads("60"), heads("140"));
    assert!(heads("60").iter().all(|count| *count > 0));
}

#[test]
fn control_characters_of_the_tree_do_not_reach_the_terminal() {
    let main = MAIN.replace("axum::serve", "/* \u{1b}[31m \u{7} \u{202e} */ axum::serve");
    let tree = Tree::service_with(&[("src/main.rs", &main)]);
    tree.write("src/\u{1b}[31m.rs", "fn broken(");
    symlink_of_odd_name(&tree);
    let text = audit(&tree, &["--verbose"]).run().stdout;
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
}

fn symlink_of_odd_name(tree: &Tree) {
    let link = tree.path().join("\u{1b}]0;title\u{7}.yaml");
    std::os::unix::fs::symlink("nowhere", link).expect("the folder is writable");
}

#[test]
fn the_list_of_rules_has_the_ids_that_others_rely_on() {
    let run = run(&["rules", "--format", "json"]);
    let rules: Vec<Value> = serde_json::from_str(&run.stdout).expect("a list of rules");
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert!(ids.is_sorted() && ids.len() == rules.len(), "{ids:?}");
    for id in FIXED_IDS {
        assert!(ids.contains(id), "{id}");
    }
    let text = Forge::new().args(&["rules"]).run().stdout;
    for id in ids {
        assert!(text.contains(&format!("  {id} ")), "{id}");
    }
    assert!(text.contains(&format!("{} rules", rules.len())));
}

#[test]
fn every_rule_can_be_explained() {
    let rules: Vec<Value> =
        serde_json::from_str(&run(&["rules", "--format", "json"]).stdout).expect("a list");
    for id in rules.iter().filter_map(|rule| rule["id"].as_str()) {
        let run = run(&["explain", id]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{id}");
        for part in [id, "## Why it matters", "## How to fix", "## Limits", "https://"] {
            assert!(run.stdout.contains(part), "{id} without {part}");
        }
    }
}

#[test]
fn the_tree_is_left_as_it_was() {
    let tree = Tree::new(SYSTEM);
    let count = || fs::read_dir(tree.path()).expect("the tree is there").count();
    let before = count();
    tree.audit();
    assert_eq!(count(), before, "nothing was written into the audited tree");
}
