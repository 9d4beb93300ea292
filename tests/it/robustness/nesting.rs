//! Texts that nest, chain, repeat or expand without end.

use std::iter;

use super::{expect_no_verdict_of_absence, expect_undisturbed};
use crate::common::{Forge, MAIN, MANIFEST, ROUTES, Tree};

/// A text that nests, in the file of the service that could not be missed: refused with a note, or read.
#[test]
fn rust_that_nests_without_end_neither_overflows_nor_hangs() {
    let nested = |open: &str, times: usize, inner: &str, close: &str| {
        format!("fn f() {{ {}{inner}{}; }}\n{ROUTES}", open.repeat(times), close.repeat(times))
    };
    for (what, text) in [
        ("parentheses", nested("(", 100_000, "1", ")")),
        ("brackets", nested("[", 100_000, "1", "]")),
        ("braces", nested("{", 100_000, "1", "}")),
        ("unclosed brackets", nested("([{", 33_000, "1", "")),
        ("macro arguments", nested("println!(\"{}\", ", 100_000, "1", ")")),
        ("generic arguments", nested("a::<b, ", 100_000, "c", ">")),
        ("modules", format!("{}{}", "mod a {".repeat(50_000), "}".repeat(50_000))),
        ("imports", format!("use {}x{};", "a::{".repeat(50_000), "}".repeat(50_000))),
        ("negations", nested("!", 100_000, "true", "")),
        ("references", nested("& ", 100_000, "1", "")),
        ("else-if", nested("if a {} else ", 30_000, "{}", "")),
    ] {
        let report = Tree::service_with(&[("src/routes.rs", &text)]).audit();
        assert!(report.notes_on("src/routes.rs")[0].contains("could not be parsed as Rust"), "{what}");
        expect_no_verdict_of_absence(&report);
    }
}

/// Recursion that needs no brackets, and that the separators of the guard do not tell apart from a list.
#[test]
fn rust_that_nests_between_commas_and_braces_does_not_overflow() {
    let nested = |open: &str, times: usize| format!("fn f() {{ {}1; }}\n{ROUTES}", open.repeat(times));
    for (what, text) in [
        ("closures", nested("|a,|", 300_000)),
        ("assignments", nested("a{}=", 300_000)),
        ("returns", nested("return{}+", 300_000)),
        ("returned traits", format!("fn f(){} {{}}\n{ROUTES}", "->impl Fn(A,)".repeat(200_000))),
    ] {
        let report = Tree::service_with(&[("src/routes.rs", &text)]).audit();
        assert_eq!(report.services().len(), 1, "{what}");
    }
}

#[test]
fn long_chains_and_long_lines_are_read_or_noted() {
    for (what, text) in [
        ("a chain of calls", format!("fn f() {{ x{}; }}\n{ROUTES}", ".f(1, 2)".repeat(10_000))),
        ("a sum", format!("fn f() {{ x{}; }}\n{ROUTES}", " + f(1, 2)".repeat(10_000))),
        ("else-if within bounds", format!("fn f() {{ {}{{}} }}\n{ROUTES}", "if a {} else ".repeat(5_000))),
        ("a comment", format!("// {}\n{ROUTES}", "x".repeat(1_000_000))),
        ("a string", format!("const A: &str = \"{}\";\n{ROUTES}", "(\\\"".repeat(300_000))),
        ("one line", ROUTES.replace('\n', " ") + &" fn f() {}".repeat(20_000)),
        ("doc comments", format!("{ROUTES}{}fn f() {{}}\n", "/// é\n".repeat(20_000))),
        ("NUL bytes", format!("{ROUTES}// \0\0\0\n")),
    ] {
        let report = Tree::service_with(&[("src/routes.rs", &text)]).audit();
        assert_eq!(report.verdicts("health-check"), ["pass"], "{what}: {:?}", report.notes());
    }
}

#[test]
fn a_long_line_is_not_printed_whole() {
    let main =
        MAIN.replace("    axum::serve", &format!("    let _ = [{}]; axum::serve", "1, ".repeat(50_000)));
    let tree = Tree::service_with(&[("src/main.rs", &main)]);
    let run = Forge::new().args(&["audit"]).path(&tree.path()).run();
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.contains("graceful-shutdown") && run.stdout.len() < 20_000,
        "{} bytes",
        run.stdout.len()
    );
}

/// Sixteen levels of nine aliases each: 10^15 values, if anyone wrote them out.
fn alias_bomb() -> String {
    let levels = (1..=16).map(|level| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("x-{level}: &a{level} [{aliases}]\n")
    });
    let levels: Vec<String> = iter::once("x-0: &a0 [lol, lol]\n".to_owned()).chain(levels).collect();
    levels.concat()
}

#[test]
fn alias_bombs_do_not_go_off() {
    let bomb = alias_bomb();
    let compose =
        format!("{bomb}services:\n  a: {{ image: *a16, command: *a16, environment: *a16, ports: *a16 }}\n");
    let kubernetes =
        format!("{bomb}apiVersion: v1\nkind: Pod\nmetadata: {{ name: a }}\nspec: {{ containers: *a16 }}\n");
    let workflow = format!("{bomb}on: push\njobs:\n  a: {{ runs-on: *a16, steps: *a16 }}\n  b: *a16\n");
    let gitlab = format!("{bomb}a: {{ script: *a16, image: *a16 }}\n");
    let report = Tree::service_with(&[
        ("compose.yaml", &compose),
        ("pod.yaml", &kubernetes),
        (".github/workflows/ci.yml", &workflow),
        (".gitlab-ci.yml", &gitlab),
        ("merge.yaml", "apiVersion: v1\nkind: Pod\nspec: &a\n  <<: *a\n  containers: [*a, *nobody]\n"),
    ])
    .audit();
    expect_undisturbed(&report);
    assert!(report.text.len() < 100_000, "{} bytes", report.text.len());
}

#[test]
fn other_formats_that_nest_without_end_are_noted() {
    let brackets = "[".repeat(100_000);
    let indents: Vec<String> = (0..1_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let indents = indents.concat();
    for (path, text) in [
        ("compose.yaml", format!("services: {brackets}")),
        ("compose.yaml", format!("services:\n{indents}")),
        ("pod.yaml", format!("apiVersion: v1\nkind: Pod\nspec: {brackets}")),
        (".github/workflows/ci.yml", format!("on: push\njobs: {}", "{ a: ".repeat(100_000))),
        (".gitlab-ci.yml", format!("a: {brackets}")),
        ("Cargo.toml", format!("{MANIFEST}a = {brackets}")),
        ("Cargo.toml", format!("{MANIFEST}a = {}", "{ a = ".repeat(100_000))),
        ("rust-toolchain.toml", format!("[a{}]", ".a".repeat(100_000))),
        ("entrypoint.sh", format!("#!/bin/sh\n{}", "if true; then ".repeat(20_000))),
        ("entrypoint.sh", format!("#!/bin/sh\n{}", "$(".repeat(20_000))),
    ] {
        let report = Tree::service_with(&[(path, &text)]).audit();
        assert!(!report.notes_on(path).is_empty(), "{path}: {}", &text[..40]);
        assert_eq!(report.verdicts("health-check"), ["pass"], "{path}: {}", &text[..40]);
    }
}

#[test]
fn dockerfiles_that_nest_without_end_earn_nothing() {
    for text in [
        format!("FROM a\nENTRYPOINT {}", "[".repeat(100_000)),
        format!("FROM {}", "${a:-".repeat(50_000)),
        format!("FROM a\nENTRYPOINT {}", "$(".repeat(50_000)),
        "FROM a\nRUN <<A\n".repeat(20_000),
        "FROM a AS a\n".repeat(20_000),
        "RUN \\\n".repeat(50_000),
        "ONBUILD ".repeat(50_000),
    ] {
        let report = Tree::service_with(&[("Dockerfile", &text)]).audit();
        expect_undisturbed(&report);
        assert_eq!(report.passes_of("image"), Vec::<&str>::new(), "{}", &text[..20]);
    }
}
