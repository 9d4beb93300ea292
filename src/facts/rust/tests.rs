use super::*;

/// The texts of every method call, path call and macro of a file, in order.
fn called(source: &str) -> Vec<String> {
    let facts = extract(source);
    assert!(facts.error.is_none(), "{:?}", facts.error);
    let exprs = &facts.exprs;
    let name_of = |path: PathId| {
        let names: Vec<&str> = exprs.path(path).segments.iter().map(|name| facts.name(*name)).collect();
        names.join("::")
    };
    let mut found = Vec::new();
    for at in 0..exprs.len() {
        match exprs.get(ExprId(u32::try_from(at).expect("a small file"))) {
            Expr::Call(callee, _) => match exprs.get(callee) {
                Expr::Path(path) => found.push(name_of(path)),
                _ => found.push("?".into()),
            },
            Expr::Method(call) => found.push(format!(".{}", facts.name(exprs.method(call).name))),
            Expr::Macro(call) => found.push(format!("{}!", name_of(exprs.macro_(call).path))),
            _ => {}
        }
    }
    found
}

fn check(source: &str, expected: &[&str]) {
    assert_eq!(called(source), expected, "{source}");
}

#[test]
fn calls_within_macros_are_seen() {
    check("fn a() { println!(\"{}\", b()); }", &["b", "println!"]);
    check("fn a() { info!(user = %b(), ?c, \"x\"); }", &["b", "info!"]);
    check(
        "fn a() { tokio::select! { _ = b() => c(), x = d(), if e => { f(x) } else => g() } }",
        &["b", "c", "d", "f", "g", "tokio::select!"],
    );
    check("lazy_static! { static ref A: B = B::new(); }", &["B::new", "lazy_static!"]);
    check("macro_rules! m { ($x:expr) => { run($x) }; }", &["run"]);
    check("fn a() { quote! { b() } }", &["quote!"]);
}

#[test]
fn code_that_no_linux_service_runs_is_left_out() {
    check("#[cfg(test)] mod t { fn a() { b(); } } #[test] fn c() { d(); } fn e() { f(); }", &["f"]);
    check(
        "#[cfg(windows)] fn a() { b(); } #[cfg(not(unix))] fn c() { d(); } #[cfg(unix)] fn e() { f(); }",
        &["f"],
    );
    check("#[cfg(feature = \"x\")] fn a() { b(); }", &["b"]);
    check("#[cfg(all(unix, not(target_os = \"macos\")))] fn a() { b(); }", &["b"]);
    check("fn a() { #[cfg(not(unix))] b(); #[cfg(unix)] c(); }", &["c"]);
}

#[test]
fn the_arms_of_cfg_select_are_code() {
    check(
        "fn a() { cfg_select! { unix => { b(); c() } windows => { d() } _ => e(), } }",
        &["b", "c", "e", "cfg_select!"],
    );
    check(
        "fn a() { let x = std::cfg_select! { feature = \"x\" => b(1, 2), _ => c() }; }",
        &["b", "c", "std::cfg_select!"],
    );
    check("cfg_select! { test => { fn a() { b() } } _ => { fn c() { d() } } }", &["d", "cfg_select!"]);
    check(
        "fn a() { cfg_select! { unix } cfg_select! {} cfg_select! { , => => } }",
        &["cfg_select!", "cfg_select!", "cfg_select!"],
    );
}

#[test]
fn places_hold_behind_a_mark_a_script_line_and_other_letters() {
    let source = "\u{feff}#!/usr/bin/env run\r\nfn größe() {\r\n    /* ü */ serve(\"ä\");\r\n}\r\n";
    let facts = extract(source);
    let call = (0..facts.exprs.len())
        .map(|at| ExprId(u32::try_from(at).expect("a small file")))
        .find(|at| matches!(facts.exprs.get(*at), Expr::Call(..)))
        .expect("a call");
    assert_eq!(&source[facts.exprs.range(call).as_usize()], "serve(\"ä\")");
}

#[test]
fn a_syntax_error_has_a_place_and_leaves_nothing() {
    let source = "fn a() {}\nfn b( {\n";
    let facts = extract(source);
    assert!(facts.items.is_empty());
    let error = facts.error.expect("an error");
    assert!(error.range.start as usize <= source.len());
}

#[test]
fn parents_lead_to_the_root_of_the_body() {
    let facts = extract("fn a() { if b { c(d(e)); } }");
    let ItemKind::Fn(function) = &facts.items[0].kind else { panic!("a function") };
    let root = function.body.expect("a body");
    let first = ExprId(0);
    assert_eq!(facts.exprs.ancestors(first).last(), Some(root));
    assert_eq!(facts.exprs.parent(root), None);
}
