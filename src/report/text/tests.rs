//! Whole reports, as people see them.

use super::frame::{Mark, draw};
use super::sample::{self, API, finding, report, rule, sources, span};
use super::style::columns;
use super::*;
use crate::finding::Problem;
use crate::report::Score;
use crate::rule::{Effort, Pillar, SubjectKind};
use crate::span::{Range, Span};

fn look(detail: Detail) -> Look {
    Look { colour: false, width: 100, detail }
}

fn text(report: &Report, sources: &Sources, look: Look) -> String {
    let mut out = Vec::new();
    render(report, sources, look, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("only text is written")
}

fn frames(sources: &Sources, width: usize, marks: &[Mark<'_>]) -> String {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, Look { width, ..look(Detail::Normal) });
    draw(&mut page, &Places::new(sources), marks).expect("a vector takes every write");
    String::from_utf8(out).expect("only text is written")
}

fn mark(span: Span, message: Option<&str>) -> Mark<'_> {
    Mark { span, message, primary: message.is_none() }
}

/// Asserts that the parts stand in a text in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        let at = text[from..].find(part);
        from += at.unwrap_or_else(|| panic!("`{part}` is missing or too early in:\n{text}")) + part.len();
    }
}

#[test]
fn the_whole_report_at_each_detail() {
    let sources = sources();
    let report = report(&sources);
    insta::assert_snapshot!("normal", text(&report, &sources, look(Detail::Normal)));
    insta::assert_snapshot!("verbose", text(&report, &sources, look(Detail::Verbose)));
    insta::assert_snapshot!("quiet", text(&report, &sources, look(Detail::Quiet)));
}

#[test]
fn what_matters_comes_first() {
    let sources = sources();
    let text = text(&report(&sources), &sources, look(Detail::Normal));
    in_order(
        &text,
        &[
            "53/100  could be 47–61, 93 % of the profile known",
            "51 without waivers",
            "lowest: crates/api:api with 44",
            "failure        ██████░░░░",
            "crates/api:api  44/100",
            "✓ health-check, structured-logs",
            "? metrics, structured-logs: `crates/worker/src/main.rs` could not be parsed",
            "fixes that bring most",
            "+12.2  signal-reaches-process  1 place ",
            "+0.8  pinned-action           40 places",
            "── crates/api:api ─",
            "critical[signal-reaches-process]",
            "same defect: exec-form-entrypoint at crates/api/Dockerfile:6:1",
            "high[graceful-shutdown]",
            "[crates/api/src/main.rs:8:17]",
            "the listener that is served",
            "help: add `.with_graceful_shutdown(shutdown_signal())`",
            "forge explain graceful-shutdown",
            "── crates/worker:worker ─",
            "medium confidence",
            "low[env-documented]",
            "── repository ─",
            "[crates/api/Dockerfile:1:6]",
            "[crates/api/Cargo.toml:4:16]",
            "medium[pinned-action] ×40: `example/action-1@v1`",
            "and 37 more places: .github/workflows/ci.yml:9:15, 10:15,",
            "45:15\n",
            "2 files could not be read in full",
            "45 findings: 1 critical, 3 high, 40 medium, 1 low;",
        ],
    );
    assert!(!text.contains("[exec-form-entrypoint]"), "a subsumed finding has no entry of its own");
}

#[test]
fn lines_keep_to_the_page_and_paths_stay_whole() {
    let sources = sources();
    let report = report(&sources);
    for (width, detail) in [(60, Detail::Normal), (60, Detail::Verbose), (80, Detail::Verbose)] {
        let text = text(&report, &sources, Look { width, ..look(detail) });
        let wide: Vec<&str> = text.lines().filter(|line| columns(line) > width).collect();
        assert_eq!(wide, Vec::<&str>::new(), "at {width}");
        assert!(text.contains("deploy/api.yaml#Deployment/api"));
    }
}

#[test]
fn colours_are_all_that_colour_changes() {
    let sources = sources();
    let report = report(&sources);
    let plain = text(&report, &sources, look(Detail::Verbose));
    let coloured = text(&report, &sources, Look { colour: true, ..look(Detail::Verbose) });
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[1;31mcritical"));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    stripped.push_str(rest);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn without_a_service_there_is_no_number() {
    let sources = Sources::from_texts([("src/lib.rs", "")]);
    let report = Report {
        score: Score::NotAssessed { reason: "no service".to_owned() },
        services: Vec::new(),
        checks: Vec::new(),
        findings: Vec::new(),
        notes: Vec::new(),
        is_complete: true,
        rules: 23,
        gate: None,
    };
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let text = text(&report, &sources, look(detail));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        in_order(&words, &["no service found: ", "a server, a consumer loop or a scheduler"]);
        assert!(!text.contains("/100") && !text.contains('%'), "{text}");
    }
}

#[test]
fn a_hostile_tree_cannot_reach_the_terminal() {
    let sources = sources();
    let file = sources.find("static/evil\u{1b}[2J.js").expect("the sample has the file");
    let mut report = report(&sources);
    let rule = rule("x", Pillar::Security, Severity::Critical, Effort::Large);
    let service = (SubjectKind::Service, API);
    for (start, end) in [(4, 5), (25, 30), (9000, 9001)] {
        let span = Span::new(file, Range::new(start, end));
        let problem = Problem::new(span, format!("bad \u{1b}[1m at {start}\r"), "a\nb\u{202e}c");
        report.findings.push(finding(rule, service, &[API], 1.0, problem.with_related(span, "\u{9b}1A")));
    }
    report.services[0].id.push('\u{7}');
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let text = text(&report, &sources, look(detail));
        let bad = text.chars().find(|&one| one != '\n' && (one.is_control() || one == '\u{202e}'));
        assert_eq!(bad, None, "{text}");
        assert!(
            text.contains("static/evil\\u{1b}[2J.js:1:5") && text.contains("bad \\u{1b}[1m at"),
            "{text}"
        );
    }
    let text = text(&report, &sources, look(Detail::Normal));
    in_order(&text, &["1 │ let a = 1;\\u{1b}[31m\n", "╰── \\u{9b}1A", "a b\\u{202e}c"]);
    assert!(!text.contains("xxxxx"), "a minified line is not drawn");
}

#[test]
fn frames_show_what_is_marked() {
    let long = format!("let a = \"{}\"; target(); let b = \"{}\";", "x".repeat(120), "y".repeat(120));
    let block = "fn f() {\n    one();\n    two();\n}\n\n\n\n\n\n\nfn g() {}\n";
    let sources = Sources::from_texts([
        ("a.rs", block.to_owned()),
        ("b.rs", format!("\u{feff}{long}\r\n\tend();\r\n")),
        ("c.rs", String::new()),
        ("d.rs", format!("{}\nafter\n", "z".repeat(500))),
    ]);
    let at = |path: &str, needle: &str| span(&sources, path, needle, 0);
    let whole =
        |path: &str, len: usize| Span::new(sources.find(path).expect("given above"), Range::new(0, len));
    let cases: [(&str, Vec<Mark<'_>>, &[&str]); 7] = [
        (
            "a block is marked on its first line only",
            vec![mark(whole("a.rs", block.len()), None)],
            &["─[a.rs:1:1]\n", " 1 │ fn f() {\n", "   · ────────\n", " 2 │     one();\n   ╰────\n"],
        ),
        (
            "what is wrong comes first, what is far from it in a frame of its own",
            vec![mark(at("a.rs", "g"), None), mark(at("a.rs", "one"), Some("see here"))],
            &["─[a.rs:11:4]\n", " 11 │ fn g() {}\n", "─[a.rs:2:5]\n", "╰── see here\n"],
        ),
        (
            "marks on one another are not drawn beside one another",
            vec![mark(at("a.rs", "one()"), None), mark(at("a.rs", "one"), Some("inner"))],
            &["─[a.rs:2:5]\n", "─[a.rs:2:5]\n", "inner"],
        ),
        (
            "a line is cut on both sides of its mark",
            vec![mark(at("b.rs", "target()"), None)],
            &[
                "─[b.rs:1:134]\n",
                " 1 │ …xxxxxxxxxxxx\"; target(); let b = ",
                "…\n",
                "   ·                 ────────\n",
            ],
        ),
        (
            "tabs are expanded",
            vec![mark(at("b.rs", "end"), None)],
            &["─[b.rs:2:2]\n", " 2 │     end();\n", "   ·     ───\n"],
        ),
        ("an empty file has a place and no lines", vec![mark(whole("c.rs", 0), None)], &["  at c.rs:1:1\n"]),
        (
            "a minified line has a place and is neither drawn nor the context of another",
            vec![mark(at("d.rs", "z"), Some("this")), mark(at("d.rs", "after"), None)],
            &["   ╭─[d.rs:2:1]\n 2 │ after\n", "  at d.rs:1:1  this\n"],
        ),
    ];
    for (why, marks, parts) in cases {
        let text = frames(&sources, 80, &marks);
        in_order(&text, parts);
        assert!(text.lines().all(|line| columns(line) <= 80), "{why}:\n{text}");
    }
}

#[test]
fn any_two_spans_can_be_drawn() {
    let text = "\u{feff}ü\ta\u{1b}[0m\r\n\n漢e\u{301}\r x\u{202e}\n\t\t\n\0end";
    let sources = Sources::from_texts([("a.rs", text)]);
    let file = sources.find("a.rs").expect("given above");
    let length = text.len() + 2;
    for start in 0..length {
        for end in start..length {
            let first = mark(Span::new(file, Range::new(start, end)), None);
            let second = mark(Span::new(file, Range::new(end / 2, length - start)), Some("seen \u{7} here"));
            let drawn = frames(&sources, 60, &[first, second]);
            assert!(!drawn.contains(|one: char| one.is_control() && one != '\n'), "{drawn}");
            in_order(&drawn, &["a.rs:"]);
        }
    }
}

#[test]
fn the_notes_are_cut_unless_all_are_asked_for() {
    let sources = sources();
    let mut report = report(&sources);
    report.notes =
        (0..14).map(|at| Note::warning(Place::Path(format!("f{at}.rs")), "is not UTF-8")).collect();
    report.notes.push(Note::info(Place::Tree, "something"));
    let normal = text(&report, &sources, look(Detail::Normal));
    in_order(
        &normal,
        &["14 files could not", "  f9.rs: is not UTF-8\n  and 4 more", "left out", "and 1 more"],
    );
    let verbose = text(&report, &sources, look(Detail::Verbose));
    in_order(&verbose, &["  f13.rs: is not UTF-8\n", "  something\n"]);
}

#[test]
fn the_gate_stands_above_and_what_is_waived_below() {
    let sources = sources();
    let mut report = sample::gated(&sources);
    report.findings.drain(2..40);
    insta::assert_snapshot!("gated", text(&report, &sources, look(Detail::Normal)));
    insta::assert_snapshot!("gated_quiet", text(&report, &sources, look(Detail::Quiet)));
}
