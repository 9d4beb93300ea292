use super::*;

fn tasks(runner: TaskRunner, text: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let facts = extract(runner, text);
    assert!(facts.errors.is_empty(), "{:?}", facts.errors);
    facts
        .tasks
        .into_iter()
        .map(|task| (task.name, task.needs, task.commands.into_iter().map(|line| line.value).collect()))
        .collect()
}

fn task(name: &str, needs: &[&str], commands: &[&str]) -> (String, Vec<String>, Vec<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    (name.to_owned(), owned(needs), owned(commands))
}

#[test]
fn targets_of_a_makefile_have_their_commands() {
    let text = concat!(
        "include common.mk\n",
        "RUNNER ?= cargo nextest\n",
        "export ARGS := run # all of them\n",
        ".PHONY: test\n",
        "test: build ; @echo ok\n",
        "\t@${RUNNER} $(ARGS) \\\n",
        "\t  --locked\n",
        "\n",
        "ifdef CI\n",
        "all: test\n",
        "endif\n",
        "test-%: VERBOSE := 1\n",
        "test-%:\n",
        "\t-$(MAKE) -C sub $@\n",
        "define recipe\n",
        "not: a rule\n",
        "endef\n",
        "build:\n",
        "\t$(CARGO) build $$HOME\n",
    );
    assert_eq!(
        tasks(TaskRunner::Make, text),
        [
            task("test", &["build"], &["echo ok", "cargo nextest run  --locked"]),
            task("all", &["test"], &[]),
            task("test-%", &[], &["make -C sub test-%"]),
            task("build", &[], &["${CARGO} build $HOME"]),
        ]
    );
    let facts = extract(TaskRunner::Make, text);
    assert_eq!(facts.includes, ["common.mk"]);
    assert_eq!(facts.default.as_deref(), Some("test"));
    assert_eq!(&text[facts.tasks[0].commands[1].range.as_usize()], "\t@${RUNNER} $(ARGS) \\");
}

#[test]
fn variables_that_name_themselves_end() {
    let found = tasks(TaskRunner::Make, "A = $(B) $(B)\nB = $(A) $(A)\nall:\n\t$(A)\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].2[0].len() < 64 * 1024);
}

#[test]
fn recipes_of_a_justfile_have_their_commands() {
    let text = concat!(
        "set shell := [\"bash\", \"-c\"]\n",
        "import 'just/ci.just'\n",
        "mod docs\n",
        "cargo := \"cargo +stable\"\n",
        "alias t := test\n",
        "\n",
        "# runs them\n",
        "[group('ci')]\n",
        "[working-directory: 'backend']\n",
        "test *args: build (lint \"all\") && clean\n",
        "    @{{ cargo }} test \\\n",
        "        {{args}}\n",
        "\n",
        "ci target=\"a: b\" mode='x':\n",
        "    #!/usr/bin/env bash\n",
        "    if true; then\n",
        "      cargo test\n",
        "    fi\n",
        "py:\n",
        "    #!/usr/bin/env python3\n",
        "    print(1)\n",
    );
    assert_eq!(
        tasks(TaskRunner::Just, text),
        [
            task("t", &["test"], &[]),
            task("test", &["build", "lint", "clean"], &["cargo +stable test  $UNCLEAR"]),
            task("ci", &[], &["if true; then", "cargo test", "fi"]),
            task("py", &[], &["print(1)"]),
        ]
    );
    let facts = extract(TaskRunner::Just, text);
    assert_eq!(facts.includes, ["just/ci.just"]);
    assert!(facts.has_parts);
    assert_eq!(facts.tasks[1].folder.as_deref(), Some("backend"));
    assert_eq!(facts.tasks[1].takes, Takes::All);
    assert_eq!((facts.tasks[2].takes, facts.tasks[2].is_script), (Takes::AtMost(2), true));
    assert!(facts.tasks[3].is_opaque && !facts.tasks[2].is_opaque);
}

#[test]
fn tasks_in_yaml_and_toml_have_their_commands() {
    let taskfile = "tasks:\n  test:\n    deps: [build, task: gen]\n    cmds:\n      - cargo test\n      - task: lint\n      - cmd: echo ok\n  lint: cargo clippy\n";
    assert_eq!(
        tasks(TaskRunner::Task, taskfile),
        [
            task("test", &["lint", "build", "gen"], &["cargo test", "echo ok"]),
            task("lint", &[], &["cargo clippy"])
        ]
    );
    let make = "[tasks.ci]\ndependencies = [\"a\"]\nrun_task = { name = [\"b\", \"c\"] }\n[tasks.a]\ncommand = \"cargo\"\nargs = [\"test\"]\n[tasks.b]\nscript = [\"cd x\", \"cargo test\"]\n";
    assert_eq!(
        tasks(TaskRunner::CargoMake, make),
        [
            task("a", &[], &["cargo test"]),
            task("b", &[], &["cd x\ncargo test"]),
            task("ci", &["a", "b", "c"], &[])
        ]
    );
    let mise = "[tasks]\nlint = \"cargo clippy\"\n[tasks.test]\nrun = [\"cargo test\"]\ndepends = \"lint\"\n";
    assert_eq!(
        tasks(TaskRunner::Mise, mise),
        [task("lint", &[], &["cargo clippy"]), task("test", &["lint"], &["cargo test"])]
    );
    let aliases = "[alias]\nci = \"test --locked\"\nxtask = [\"run\", \"-p\", \"xtask\"]\n";
    assert_eq!(
        tasks(TaskRunner::CargoAlias, aliases),
        [task("ci", &[], &["cargo test --locked"]), task("xtask", &[], &["cargo run -p xtask"])]
    );
}
