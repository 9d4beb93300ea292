//! A whole system, with one file cut off or with a wrong byte in it.
//!
//! In one process and in memory: there are thousands of cases. A panic of a parser or of the model fails the test; one
//! of a rule is caught by the engine, which the last test looks for in the notes.

use forge::Sources;

use crate::common::{SYSTEM, Tree};

/// The threads of the tests have small stacks; the program's own have these.
fn with_deep_stacks<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(64 * 1024 * 1024).build();
    pool.expect("the machine gives two threads").install(work)
}

/// Audits the whole system with one file in another state.
fn audit_with(path: &str, text: &str) {
    let others = SYSTEM.iter().filter(|(other, _)| *other != path).copied();
    let _ = forge::audit(&Sources::from_texts(others.chain([(path, text)])));
}

#[test]
fn every_file_may_end_at_any_line() {
    with_deep_stacks(|| {
        for (path, text) in SYSTEM {
            for (end, _) in text.match_indices('\n') {
                audit_with(path, &text[..end]);
                // In the middle of a line as well.
                let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
                let middle = (start..start + (end - start) / 2).rev().find(|at| text.is_char_boundary(*at));
                audit_with(path, &text[..middle.unwrap_or(start)]);
            }
        }
    });
}

#[test]
fn every_file_may_hold_a_wrong_byte() {
    // What closes, opens, quotes, escapes, indents or continues somewhere.
    const WRONG: &str = "\0{}[]()\"'`\\\n\t:#&*!%@|>-=$~";
    with_deep_stacks(|| {
        for (path, text) in SYSTEM {
            let places = text.char_indices().filter(|(_, char)| char.is_ascii()).step_by(7);
            for (number, (at, _)) in places.enumerate() {
                let wrong = WRONG.as_bytes()[number * 5 % WRONG.len()] as char;
                audit_with(path, &format!("{}{wrong}{}", &text[..at], &text[at + 1..]));
            }
        }
    });
}

#[test]
fn no_rule_fails_on_a_truncated_system() {
    // A panic in a rule is caught and noted, so that the tests above would not see it.
    let tree = Tree::empty();
    for part in [3, 5, 8] {
        for (path, text) in SYSTEM {
            let lines = text.lines().count() * part / 10;
            tree.write(path, text.lines().take(lines).collect::<Vec<_>>().join("\n"));
        }
        let report = tree.audit();
        assert!(!report.text.contains("defect of forge"), "{part} tenths: {:?}", report.notes());
    }
}
