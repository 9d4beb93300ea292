use std::time::{Duration, Instant};

use super::*;

#[track_caller]
fn check(script: &str, expected: &Last) {
    let parsed = parse(script);
    assert_eq!(parsed.errors, [], "{script}");
    assert_eq!(&parsed.last, expected, "{script}");
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_shell_is_replaced() {
    let cases: [(&str, &[&str]); 14] = [
        ("#!/bin/sh\nset -e\nexec \"$@\"\n", &["$@"]),
        ("exec app --port \"$PORT\"", &["app", "--port", "$PORT"]),
        ("exec -a name -- app", &["app"]),
        ("migrate && exec app", &["app"]),
        ("exec app || exit 1", &["app"]),
        ("if [ -z \"$1\" ]; then exec a; else exec b; fi", &["a"]),
        ("case $1 in\n web) exec a ;;\n *) echo usage; exit 1 ;;\nesac", &["a"]),
        ("if [ \"$1\" = web ]; then\n  exec a\nfi\nexec \"$@\"", &["$@"]),
        ("main() { prepare; exec app; }\nmain \"$@\"", &["app"]),
        ("{ prepare; exec app; }", &["app"]),
        ("exec app\necho unreachable", &["app"]),
        ("until ready; do sleep 1; done\nexec app 2>&1", &["app"]),
        ("exec > /log\nexec app", &["app"]),
        ("\u{feff}exec app\r\n", &["app"]),
    ];
    for (script, words) in cases {
        check(script, &Last::Exec(strings(words)));
    }
}

#[test]
fn the_shell_stays_the_parent() {
    let cases: [(&str, &[&str]); 9] = [
        ("migrate\napp --serve", &["app", "--serve"]),
        ("app; exit $?", &["app"]),
        ("app && echo done", &["app"]),
        ("if x; then exec a; else b; fi", &["b"]),
        ("start() { app; }\nstart", &["app"]),
        ("RUST_LOG=info app", &["app"]),
        ("\"$@\"", &["$@"]),
        ("command app", &["app"]),
        ("trap 'kill $!' TERM\napp", &["app"]),
    ];
    for (script, words) in cases {
        check(script, &Last::Foreground(strings(words)));
    }
}

#[test]
fn the_shell_waits_with_a_handler() {
    for script in [
        "trap 'kill -TERM $pid' TERM INT\napp &\npid=$!\nwait $pid",
        "stop() { kill $pid; }\ntrap stop SIGTERM\napp & pid=$!\nwait \"$pid\"\nexit $?",
        "trap stop 15\na &\nb &\nwhile kill -0 $!; do wait; done",
    ] {
        check(script, &Last::Wait);
        assert!(parse(script).has_trap_term, "{script}");
    }
}

#[test]
fn other_ends() {
    for (script, what) in [
        ("app &\nwait", "without a handler"),
        ("trap '' TERM\napp & wait", "without a handler"),
        ("trap - TERM\napp & wait", "without a handler"),
        ("app &", "background"),
        ("app | tee log", "pipeline"),
        ("(exec app)", "subshell"),
        ("while true; do app; done", "loop"),
        ("eval \"$CMD\"", "another script"),
        (". ./other.sh", "another script"),
        ("echo hello", "without starting"),
        ("", "without starting"),
        ("f() { g; }\ng() { f; }\nf", "call each other"),
    ] {
        let Last::Other(found) = parse(script).last else {
            panic!("{script} ends in none of the known ways")
        };
        assert!(found.contains(what), "{script}: {found}");
    }
}

#[test]
fn commands_carry_their_context_and_place() {
    let script = "#!/bin/bash -e\nA=\"x y\" cp 'a b' \"$C\" >log\nif t; then (one) & fi\n\
                  for i in 1; do two | three; done\nf() { four; }\né || exec five\nB=1\n";
    let parsed = parse(script);
    assert_eq!(parsed.errors, []);
    assert_eq!(parsed.shebang.as_deref(), Some("/bin/bash -e"));
    let find = |name: &str| {
        let found = parsed.commands.iter().find(|command| command.words.iter().any(|word| word == name));
        found.expect("the command is in the script").clone()
    };
    let plain = Context::default();
    let copy = find("cp");
    assert_eq!(copy.assignments, [("A".to_owned(), "x y".to_owned())]);
    assert_eq!(copy.words, ["cp", "a b", "$C"]);
    assert_eq!(&script[copy.range.as_usize()], "A=\"x y\" cp 'a b' \"$C\"");
    assert_eq!(find("t").context, plain);
    assert_eq!(
        find("one").context,
        Context { conditional: true, subshell: true, background: true, ..plain },
        "background is inherited"
    );
    assert_eq!(find("two").context, Context { looped: true, piped: true, feeds: true, ..plain });
    assert_eq!(find("three").context, Context { looped: true, piped: true, ..plain });
    assert_eq!(find("four").context, Context { function: true, ..plain });
    let five = find("five");
    assert_eq!(five.context, Context { conditional: true, ..plain });
    assert!(five.exec);
    assert_eq!(&script[five.range.as_usize()], "exec five", "characters of several bytes count right");
    assert_eq!(
        parsed.commands.last().expect("there are commands").assignments,
        [("B".to_owned(), "1".to_owned())]
    );
    assert!(
        !parse("exec >log").commands.iter().any(|command| command.exec),
        "a redirection hands nothing over"
    );
}

#[test]
fn errors_have_a_place() {
    let parsed = parse("echo ok\nfi\n");
    assert_eq!(parsed.errors.len(), 1);
    assert!((8..=10).contains(&parsed.errors[0].range.start), "the line of the stray word");
    assert_eq!(parsed.last, Last::Other("the script could not be read".to_owned()));
    for script in ["echo \"open", "if true; then", "echo $(", "cat <<E\n"] {
        assert_eq!(parse(script).errors.len(), 1, "{script}");
    }
}

#[test]
fn hostile_scripts_are_refused_in_time() {
    let deep = |open: &str, close: &str| format!("{}x{}", open.repeat(5_000), close.repeat(5_000));
    let scripts = [
        deep("(", ")"),
        deep("( ", " )"),
        deep("{ ", "; }"),
        deep("if true; then ", "; fi"),
        deep("if ", "; then true; fi"),
        deep("case x in x) ", ";; esac"),
        deep("while true; do ", "; done"),
        deep("f() { ", "; }"),
        deep("$(", ")"),
        deep("${a:-", "}"),
        deep("\"${a:-", "}\""),
        deep("\"$(", ")\""),
        deep("( \")\" ; ", ")"),
        deep("`", "`"),
        deep("[[ ( ", " ) ]]"),
        deep("echo <(", ")"),
        format!("{}x", "coproc ".repeat(5_000)),
        format!("[[ {}x ]]", "! ".repeat(5_000)),
        "(".repeat(5_000),
        "<<$( (n #".to_owned(),
        "cat <<-  x`(n #".to_owned(),
        "( ".repeat(10),
        "case x in x) ".repeat(10),
        "case x in x) ( ".repeat(5),
        format!("{}{}", "# ' \n".repeat(10), "$(".repeat(5_000)),
        "\0\u{1}\u{feff}".repeat(1_000),
        "x".repeat(LONGEST + 1),
    ];
    for script in scripts {
        let start = Instant::now();
        let parsed = parse(&script);
        assert!(start.elapsed() < Duration::from_secs(5), "{} takes too long", &script[..30]);
        assert!(parsed.errors.len() < 2);
    }
}

#[test]
fn a_failure_is_forgiven_where_the_next_alternative_does_nothing() {
    for (script, forgiven) in [
        ("a || true", "a"),
        ("a && b || :", "a b"),
        ("a || b || true", "b"),
        ("{ a; b; } || echo failed >&2", "a b"),
        ("a || { echo failed; }", "a"),
        ("a || { echo failed; exit 1; }", ""),
        ("a || exit 1", ""),
        ("a || FAILED=1", ""),
        ("a || echo failed >> out", ""),
        ("a || true && b", "a"),
    ] {
        let commands = parse(script).commands;
        let found = commands.iter().filter(|command| command.context.forgiven);
        let found: Vec<&str> = found.map(|command| command.words[0].as_str()).collect();
        assert_eq!(found.join(" "), forgiven, "{script}");
    }
}
