use super::*;

/// What a command line does in a tree, with the line at which the tests are run.
fn does(files: &[(&str, &str)], line: &str) -> String {
    let sources = Sources::from_texts(files.iter().copied());
    let facts = Facts::extract(&sources);
    let follower = Follower { sources: &sources, facts: &facts };
    let found: Vec<Command> =
        follower.script("", line, MAX_DEPTH).into_iter().map(|(_, does)| does).collect();
    match found.iter().find(|command| command.tests()).or_else(|| found.iter().find(|it| it.is_unclear())) {
        None => "nothing".to_owned(),
        Some(command) if command.is_unclear() => "unclear".to_owned(),
        Some(Command { place: None, .. }) => "tests".to_owned(),
        Some(Command { text, place: Some(place), .. }) => {
            let code = &sources.text(place.file)[place.range.as_usize()];
            format!("{text} => {}: {}", sources.path(place.file), code.trim())
        }
    }
}

#[test]
fn commands_are_followed_to_the_tests() {
    let tree = &[
        (
            "Makefile",
            "all: lint\nlint:\n\tcargo clippy\ntest: lint src/main.rs\n\tcargo test\nint:\n\t./ci/int.sh\nloop: loop\n\t$(MAKE) loop\nsub:\n\t$(MAKE) -C api all\nvar:\n\t$(RUN) all\n",
        ),
        ("api/Makefile", "all:\n\tcargo nextest run\n"),
        ("justfile", "import 'ci.just'\nfmt:\n    cargo fmt\nwith name:\n    echo {{name}}\n"),
        (
            "ci.just",
            "check: fmt && unit\nunit:\n    #!/usr/bin/env bash\n    if true; then\n      cargo test\n    fi\npy:\n    #!/usr/bin/env python3\n    run()\n",
        ),
        ("ci/int.sh", "set -e\ncd \"$(dirname \"$0\")/..\"\nif true; then cargo test --test int; fi\n"),
        ("ci/lint.sh", "cargo clippy\n"),
        ("Taskfile.yml", "tasks:\n  ci:\n    cmds:\n      - task: t\n  t: cargo test\n"),
        (
            "Makefile.toml",
            "[tasks.check]\nscript = \"cargo check\"\n[tasks.ci]\ndependencies = [\"check\"]\n",
        ),
        ("mise.toml", "[tasks.unit]\nrun = \"cargo test\"\n"),
        (
            ".cargo/config.toml",
            "[alias]\nci-test = \"nextest run\"\nxtask = \"run -p xtask --\"\nlint = \"clippy\"\n",
        ),
        ("scripts/e2e", "#!/bin/sh\ncargo test --test e2e\n"),
    ];
    for (line, expected) in [
        ("cargo +nightly test --locked", "tests"),
        ("cargo test --no-run", "nothing"),
        ("make", "nothing"),
        ("make -j 4 lint", "nothing"),
        ("make PROFILE=ci test", "make PROFILE=ci test => Makefile: cargo test"),
        ("sudo -E make int", "make int => ci/int.sh: cargo test --test int"),
        ("make sub", "make sub => api/Makefile: cargo nextest run"),
        ("cd api && make", "make => api/Makefile: cargo nextest run"),
        ("make -C api", "make -C api => api/Makefile: cargo nextest run"),
        ("make missing", "unclear"),
        ("make var", "unclear"),
        ("make ${{ matrix.target }}", "unclear"),
        ("make loop", "unclear"),
        ("just", "nothing"),
        ("just fmt", "nothing"),
        ("just profile=ci --verbose unit", "just profile=ci --verbose unit => ci.just: cargo test"),
        ("cd src && just check", "just check => ci.just: cargo test"),
        ("just with unit", "nothing"),
        ("just fmt unit", "just fmt unit => ci.just: cargo test"),
        ("just py", "unclear"),
        ("bash ci/int.sh --all", "bash ci/int.sh --all => ci/int.sh: cargo test --test int"),
        ("./ci/lint.sh", "nothing"),
        ("scripts/e2e", "scripts/e2e => scripts/e2e: cargo test --test e2e"),
        ("bash -c 'cargo test'", "tests"),
        ("./missing.sh", "unclear"),
        ("source ./missing.env", "nothing"),
        ("task ci", "task ci => Taskfile.yml: cargo test"),
        ("cargo make ci", "nothing"),
        ("cargo make test", "tests"),
        ("cargo make release", "unclear"),
        ("mise run unit", "mise run unit => mise.toml: \"cargo test\""),
        ("mise exec -- cargo test", "tests"),
        ("cargo ci-test", "cargo ci-test => .cargo/config.toml: \"nextest run\""),
        ("cargo lint", "nothing"),
        ("cargo xtask test", "unclear"),
        ("docker run --rm image cargo test", "tests"),
        ("docker build .", "unclear"),
    ] {
        assert_eq!(does(tree, line), expected, "{line}");
    }
}

#[test]
fn what_programs_do_is_known_by_their_words() {
    let sources = Sources::from_texts([(
        "Makefile",
        "ci:\n\tcargo fmt --check\n\tcargo clippy || true\nall: ci\n\tcargo clippy\n",
    )]);
    let facts = Facts::extract(&sources);
    let follower = Follower { sources: &sources, facts: &facts };
    for (line, expected) in [
        ("cargo nextest --version", ""),
        ("cargo nextest archive --archive-file tests.tar.zst", ""),
        ("cargo clippy -- -D warnings", "Lints"),
        ("cargo hack clippy --each-feature", "Lints"),
        ("cargo +nightly fmt --check", "Formats"),
        ("cargo deny check", "Audits"),
        ("cargo deny --all-features check --hide-inclusion-graph", "Audits"),
        ("cargo deny check bans licenses", ""),
        ("cargo deny check advisories bans", "Audits"),
        ("cargo audit --deny warnings || true", "Audits Forgiven"),
        ("cargo test 2>&1 | tee log", "Tests Piped"),
        ("cargo test || exit 1", "Tests"),
        ("cargo test || echo failed >> $GITHUB_OUTPUT", "Tests"),
        ("cargo test || { echo failed; }", "Tests Forgiven"),
        ("cargo test && cargo clippy || :", "Tests Forgiven, Lints Forgiven"),
        ("if cargo test; then echo fine; fi", "Tests"),
        ("make ci", "Formats, Lints Forgiven"),
        ("make all", "Lints, Formats"),
        ("cargo publish --dry-run", ""),
        ("cargo publish -p api", "Publishes"),
        ("docker buildx build --push -t app .", "Publishes, Anything"),
        ("docker push app:latest", "Publishes"),
        ("helm upgrade --install app ./chart", "Deploys"),
        ("kubectl get pods", ""),
        ("trivy image app", ""),
        ("trivy fs .", "Audits"),
    ] {
        let found: Vec<String> = follower
            .script("", line, MAX_DEPTH)
            .into_iter()
            .map(|(_, it)| match it.fate {
                Fate::Ends => format!("{:?}", it.does),
                fate => format!("{:?} {fate:?}", it.does),
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{line}");
    }
}
