use super::*;
use crate::policy::Policy;
use crate::source::Kind;

fn today() -> Date {
    jiff::civil::date(2026, 11, 23)
}

/// The waivers of one file: the rules with their lines' texts, and what is wrong.
fn collect(path: &str, text: &str) -> (Vec<(String, String)>, Vec<String>) {
    let sources = Sources::from_texts([(path, text)]);
    let waivers = Waivers::collect(&sources, &Config::default(), today());
    let place = |waiver: &Waiver| match &waiver.place {
        WaiverPlace::Line { text, .. } => text.clone(),
        WaiverPlace::Entry { .. } => String::new(),
    };
    (
        waivers.valid.iter().map(|waiver| (waiver.rule.clone(), place(waiver))).collect(),
        waivers.problems.into_iter().map(|problem| problem.message).collect(),
    )
}

fn valid(path: &str, text: &str) -> Vec<String> {
    let (valid, problems) = collect(path, text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    valid.into_iter().map(|(rule, line)| format!("{rule} {line}")).collect()
}

#[test]
fn a_waiver_is_about_its_line_or_the_next_with_code() {
    let allow = "forge: allow(metrics, until = 2027-03-01) later";
    for (path, text, place) in [
        ("a.rs", format!("// {allow}\nfn a() {{}}\n"), "metrics fna(){}"),
        (
            "a.rs",
            format!("fn a() {{}} // {allow}\nfn b() {{}}\n"),
            "metrics fna(){}//forge:allow(metrics,until=2027-03-01)later",
        ),
        ("a.rs", format!("// {allow}\r\n\r\n/// Says.\r\n/* more\n */ fn a() {{}}\n"), "metrics */fna(){}"),
        ("a.rs", format!("/* {allow} */\nfn a() {{}}"), "metrics fna(){}"),
        ("a.rs", format!("let a = r#\"\"//\"#; let b = '\"'; let c: &'a str = b\"\\\"\"; // {allow}\n"), ""),
        ("Dockerfile", format!("# {allow}\n# more\nFROM a\n"), "metrics FROMa"),
        (
            "compose.yaml",
            format!("services:\n  a: # {allow}\n    image: \"b # c\"\n"),
            "metrics a:#forge:allow(metrics,until=2027-03-01)later",
        ),
        ("Cargo.toml", format!("# {allow}\n[package]\n"), "metrics [package]"),
        (
            "chart/templates/pod.yaml",
            format!("a: {{{{ .Values.b }}}}\n# {allow}\nkind: Pod\n"),
            "metrics kind:Pod",
        ),
        (".env", format!("# {allow}\nA=1\n"), "metrics A=1"),
        ("migrations/1_a.sql", format!("-- one\n  -- {allow}\nDROP TABLE a;\n"), "metrics DROPTABLEa;"),
        ("run.sh", format!("#!/bin/sh\n# {allow}\nexec a\n"), "metrics execa"),
        ("README.md", format!("<!-- {allow} -->\n# Title\n"), "metrics #Title"),
    ] {
        let found = valid(path, &text);
        assert_eq!(found.len(), 1, "{path}: {text}");
        assert!(found[0].starts_with(place), "{path}: {found:?}");
    }
}

#[test]
fn what_stands_in_a_string_is_no_waiver() {
    let allow = "forge: allow(metrix)";
    for (path, text) in [
        ("a.rs", format!("let a = \"// {allow}\";\n")),
        ("a.rs", format!("let a = \"\n// {allow}\n\";\n")),
        ("a.rs", format!("let a = r##\"\n\"# // {allow}\n\"##;\n")),
        ("a.rs", format!("/// {allow}\n//! {allow}\n/** {allow} */\nfn a() {{}}\n")),
        ("a.yaml", format!("a: \"b # {allow}\"\n")),
        ("a.yaml", format!("a: b#{allow}\n")),
        ("Cargo.toml", format!("a = \"\"\"\n# {allow}\n\"\"\"\n")),
        ("Dockerfile", format!("RUN echo # {allow}\n")),
        ("a.json", format!("{{\"a\": \"# {allow}\"}}\n")),
        ("README.md", format!("```\n<!-- {allow} -->\n```\n")),
        ("logo.bin", format!("# {allow}\n")),
    ] {
        assert_eq!(collect(path, &text), (Vec::new(), Vec::new()), "{path}: {text}");
    }
}

#[test]
fn what_is_not_in_order_waives_nothing_and_says_why() {
    for (comment, wrong) in [
        ("forge: allow(metrics, until = 2026-11-22) x", "the waiver ended on 2026-11-22"),
        (
            "forge: allow(metrics, until = 2027-11-24) x",
            "the waiver lasts until 2027-11-24, which is too long",
        ),
        ("forge: allow(metrics, until = 2027-02-30) x", "`2027-02-30` is no day"),
        ("forge: allow(metrics, until = tomorrow) x", "`tomorrow` is no day"),
        ("forge: allow(metrics, until=) x", "`` is no day"),
        ("forge: allow(metrics, until = 2027-03-01)", "the waiver has no reason"),
        ("forge: allow(metrics, until = 2027-03-01) --", "the waiver has no reason"),
        ("forge: allow(metrics) x", "the waiver has no end"),
        ("forge: allow(until = 2027-03-01) x", "the waiver names no rule"),
        ("forge: allow(metrix, until = 2027-03-01) x", "there is no rule `metrix`"),
        ("forge: allow(waivers-valid, until = 2027-03-01) x", "`waivers-valid` cannot be waived"),
        ("forge: allow(metrics, till = 2027-03-01, until = 2027-03-01) x", "a waiver has no `till`"),
        ("forge: allow(metrics, until = 2027-03-01, until = 2027-03-02) x", "the waiver ends on two days"),
        ("forge: allow metrics x", "the waiver names its rules in no parentheses"),
        ("forge: allow(metrics", "the waiver names its rules in no parentheses"),
        ("forge: alow(metrics, until = 2027-03-01) x", "forge knows no comment `alow`"),
        ("forge: ignore(metrics)", "forge knows no comment `ignore`"),
        (
            "forge: allow(metrics, until = 2027-03-01) x forge: allow(health-check, until = 2027-03-01) y",
            "two waivers stand in one comment",
        ),
    ] {
        let (found, problems) = collect("a.rs", &format!("// {comment}\nfn a() {{}}\n"));
        assert_eq!((found, problems), (Vec::new(), vec![wrong.to_owned()]), "{comment}");
    }
    assert_eq!(
        collect("a.rs", "// forge: allow(metrics, until = 2026-11-23) on its last day\nfn a() {}\n").1.len(),
        0
    );
    assert_eq!(
        collect("a.rs", "fn a() {}\n// forge: allow(metrics, until = 2026-11-23) x\n").1,
        ["the waiver stands beside no code"]
    );
}

#[test]
fn several_waivers_for_one_line() {
    let one = "// forge: allow(metrics, health-check, until = 2027-03-01) x\n";
    assert_eq!(valid("a.rs", &format!("{one}a();\n")).len(), 2);
    let other = "// forge: allow(structured-logs, until = 2027-03-01) y\n";
    assert_eq!(valid("a.rs", &format!("{one}{other}a();\n")).len(), 3);
    let (found, problems) = collect("a.rs", &format!("{one}{one}a();\n"));
    assert_eq!((found.len(), problems[0].as_str()), (2, "`metrics` is waived twice for line 3"));
    assert_eq!(problems.len(), 2);
}

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "forge: allow(",
        "//",
        "/*",
        "*/",
        "\"",
        "'",
        "r#\"",
        "\\",
        "\n",
        "#",
        "ü",
        ")",
        ",",
        "until=",
        "\"\"\"",
        "<!--",
        "-->",
        "b'",
        "\r\n",
    ];
    let kinds = [Kind::Rust, Kind::Compose, Kind::CargoManifest, Kind::Dockerfile, Kind::Document];
    let mut seed: usize = 7;
    for _ in 0..3000 {
        let mut text = String::from("forge:");
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) % pieces.len()]);
        }
        for kind in kinds {
            let comments = comment::all(kind, &text);
            for one in &comments {
                let _ = directive::parse(&text, one);
                let _ = comment::target(&text, &comments, one);
            }
        }
    }
}

#[test]
fn of_a_change_only_the_waivers_of_the_base_hold() {
    let waiver = "// forge: allow(metrics, until = 2027-02-01) x\nserve();\n";
    let mut base = Sources::from_texts([("a.rs", waiver), ("forge.toml", "preset = \"strict\"\n")]);
    let base = Policy::of(&mut base, today()).expect("the configuration is right");
    for (files, holding, waiting) in [
        (vec![("b.rs", "fn b() {}\n// forge: allow(metrics, until = 2027-02-01) x\n  serve();\n")], 1, 0),
        (vec![("a.rs", waiver), ("b.rs", waiver)], 1, 1),
        (vec![("a.rs", "// forge: allow(metrics, until = 2027-01-01) x\nserve();\n")], 0, 1),
        (vec![("a.rs", "// forge: allow(health-check, until = 2027-01-01) x\nserve();\n")], 0, 1),
        (vec![], 0, 0),
    ] {
        let mut head = Sources::from_texts(files.iter().copied());
        let own = Config::read(&head).expect("the configuration is right");
        let head = Policy::of_change(&own, &mut head, &base, today());
        assert_eq!((head.waivers.valid.len(), head.pending.len()), (holding, waiting), "{files:?}");
        assert_eq!(head.config.max_waiver_days, 90, "the base's configuration governs");
    }
}
