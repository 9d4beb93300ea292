//! The Action: its steps as `action.yml` has them, run here on repositories as Git makes them. Nothing is uploaded.

mod runner;
mod yaml;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{Forge, Tree};
use crate::gate::git::{GitTree, git};
use crate::story::{self, SCENES};
use runner::{Ended, Job};

fn root(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

fn json(ended: &Ended) -> Value {
    let text = fs::read_to_string(&ended.outputs["json"]).expect("the report was written");
    serde_json::from_str(&text).expect("the report is JSON")
}

/// Nothing but `gh` was called.
fn comments(ended: &Ended) -> Vec<&str> {
    let calls = ended.calls.iter().map(|call| call.split_once(": ").expect("a folder stands before it").1);
    calls.inspect(|call| assert!(call.starts_with("gh api "), "{call}")).collect()
}

#[test]
fn the_story_is_the_same_through_the_steps_of_the_action() {
    for scene in SCENES {
        let tree = story::after(scene);
        let ended = Job::pull_request(&tree).run();
        let title = scene.title;
        assert_eq!(ended.code, scene.code(), "{title}: {}", ended.log);
        assert_eq!(ended.outputs["status"], scene.status, "{title}");
        let report = json(&ended);
        let points = story::expect(scene, &report);
        assert_eq!(ended.outputs["score"], report["score"]["value"].to_string(), "{title}");
        assert!(ended.log.contains(&format!("the gate: {}", scene.status)), "{title}: {}", ended.log);
        assert_eq!(ended.uploaded, [ended.outputs["sarif"].as_str()], "{title}");
        let sarif = fs::read_to_string(&ended.outputs["sarif"]).expect("the SARIF was written");
        let sarif: Value = serde_json::from_str(&sarif).expect("SARIF is JSON");
        assert_eq!(sarif["version"], "2.1.0");
        let markdown = fs::read_to_string(&ended.outputs["markdown"]).expect("the comment was written");
        assert!(markdown.starts_with("<!-- forge -->\n## Forge: "), "{title}: {markdown}");
        assert!(ended.summary.contains(markdown.lines().nth(1).unwrap_or_default()), "{title}");
        if scene.fixed.is_some() {
            assert!(markdown.contains(&format!("### Fixed: 1, {points:+.1} points")), "{markdown}");
        }
        assert_eq!(comments(&ended).len(), 2, "{title}: one look, one comment");
        assert_eq!(
            tree.git(&["status", "--porcelain"]),
            "",
            "{title}: nothing is written into the repository"
        );
    }
}

#[test]
fn the_base_of_a_pull_request_is_its_branch_else_the_commit_of_the_event() {
    let scene = &SCENES[1];
    let tree = story::after(scene);
    let job = Job::pull_request(&tree);
    // A checkout of one branch has no other.
    tree.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let ended = job.run();
    story::expect(scene, &json(&ended));
    assert_eq!(json(&ended)["gate"]["change"]["base"], tree.id("main").as_str());
    // The base may be chosen.
    let ended = Job::pull_request(&tree).input("base", "HEAD").run();
    assert_eq!((ended.code, ended.outputs["status"].as_str()), (0, "passed"), "{}", ended.log);
    let ended = Job::pull_request(&tree).input("base", "no-such-branch").run();
    assert_eq!((ended.code, ended.outputs["status"].as_str()), (2, "error"), "{}", ended.log);
    assert!(ended.uploaded.is_empty() && ended.calls.is_empty(), "{ended:?}");
    let ended = Job::new(&tree)
        .variable("GITHUB_EVENT_NAME", "merge_group")
        .context("github.event.merge_group.base_sha", &tree.id("main"))
        .run();
    assert_eq!(ended.code, 1, "{}", ended.log);
}

#[test]
fn a_push_is_compared_with_the_commit_before() {
    let tree = story::after(&SCENES[1]);
    let ended = Job::push(&tree, &tree.id("main")).run();
    assert_eq!((ended.code, ended.outputs["status"].as_str()), (1, "failed"), "{}", ended.log);
    assert!(ended.calls.is_empty() && ended.log.contains("no comment"), "{}", ended.log);
    // The first push of a branch, a forced push, and an event that changes nothing have nothing before them.
    let missing = "1234567890123456789012345678901234567890";
    for job in [Job::push(&tree, &"0".repeat(40)), Job::push(&tree, missing), Job::new(&tree)] {
        let ended = job.run();
        assert_eq!((ended.code, ended.outputs["status"].as_str()), (0, "audited"), "{}", ended.log);
        assert!(
            ended.log.contains("::notice title=forge::there is nothing to compare with"),
            "{}",
            ended.log
        );
        assert_eq!(json(&ended)["gate"], Value::Null);
        assert_eq!(ended.uploaded.len(), 1);
    }
}

#[test]
fn a_shallow_clone_is_inconclusive_and_fails_unless_it_may_pass() {
    let tree = story::after(&SCENES[0]);
    let clone = GitTree::new(&[]);
    fs::remove_dir_all(clone.path()).expect("the folder is ours");
    let from = format!("file://{}", tree.path().display());
    let branch = ["clone", "--quiet", "--depth=1", "--branch=change", &from, "shop"];
    git(clone.outside(), &branch);
    let before = tree.id("main");
    let ended = Job::push(&clone, &before).run();
    assert_eq!((ended.code, ended.outputs["status"].as_str()), (3, "inconclusive"), "{}", ended.log);
    assert!(ended.log.contains("fetch-depth: 0"), "{}", ended.log);
    assert_eq!(ended.uploaded.len(), 1, "findings are there all the same");
    let ended = Job::push(&clone, &before).input("inconclusive", "pass").run();
    assert_eq!((ended.code, ended.outputs["status"].as_str()), (0, "inconclusive"), "{}", ended.log);
    assert!(ended.log.contains("::notice title=forge::the gate is inconclusive"), "{}", ended.log);
}

#[test]
fn inputs_are_handed_over_as_they_are() {
    let tree = story::after(&SCENES[1]);
    let lenient = |fail_on: &str| {
        Job::pull_request(&tree).input("fail-on", fail_on).input("args", "--max-drop 100\n--threads=1")
    };
    let reasons = |job: Job<'_>| json(&job.run())["gate"]["reasons"].as_array().map_or(0, Vec::len);
    assert!(reasons(lenient("critical")) < reasons(lenient("high")));
    // What a name holds is never run.
    let hostile = "$(touch hacked)`touch hacked`\"; touch hacked; #";
    for job in [
        Job::pull_request(&tree)
            .variable("GITHUB_BASE_REF", hostile)
            .context("github.event.pull_request.base.sha", hostile),
        Job::pull_request(&tree).input("base", hostile),
        Job::pull_request(&tree).input("path", hostile),
        Job::pull_request(&tree).input("config", hostile),
        Job::pull_request(&tree).input("args", hostile),
    ] {
        let ended = job.run();
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert_eq!(tree.git(&["status", "--porcelain"]), "");
    }
    for (input, word) in [("inconclusive", "maybe"), ("upload-sarif", "yes"), ("comment", "")] {
        let ended = Job::pull_request(&tree).input(input, word).run();
        // An empty word is the default.
        assert_eq!(ended.code, if word.is_empty() { 1 } else { 2 }, "{}", ended.log);
        assert!(
            word.is_empty() || ended.log.contains(&format!("::error title=forge::the input `{input}` is"))
        );
    }
    let quiet = Job::pull_request(&tree).input("upload-sarif", "false").input("comment", "false").run();
    assert!(quiet.code == 1 && quiet.uploaded.is_empty() && quiet.calls.is_empty(), "{quiet:?}");
}

#[test]
fn a_comment_is_written_once_and_then_over_itself_but_never_for_strangers() {
    let tree = story::after(&SCENES[0]);
    let first = Job::pull_request(&tree).run();
    let calls = comments(&first);
    assert!(calls[0].starts_with("gh api repos/shop/orders/issues/7/comments?per_page=100&page=1 --jq "));
    let body = format!("--silent --field body=@{}", first.outputs["markdown"]);
    assert_eq!(calls[1], format!("gh api --method POST repos/shop/orders/issues/7/comments {body}"));
    let again = Job::pull_request(&tree).comments(Some("3 41")).run();
    let calls = comments(&again);
    assert!(calls[1].starts_with("gh api --method PATCH repos/shop/orders/issues/comments/41 "), "{calls:?}");
    let many = Job::pull_request(&tree).comments(Some("100 ")).run();
    assert_eq!(comments(&many).len(), 11, "ten pages are looked through");
    let refused = Job::pull_request(&tree).comments(None).run();
    assert!(
        refused.code == 0 && refused.log.contains("the job needs `pull-requests: write`"),
        "{}",
        refused.log
    );
    let fork = Job::pull_request(&tree)
        .context("github.event.pull_request.head.repo.full_name", "else/orders")
        .run();
    assert!(fork.code == 0 && fork.calls.is_empty(), "{fork:?}");
    assert!(fork.log.contains("comes from another repository"), "{}", fork.log);
}

#[test]
fn without_forge_on_the_path_the_source_of_the_action_is_built() {
    let tree = story::after(&SCENES[0]);
    let built = |version: &str| {
        let ended = Job::pull_request(&tree).input("version", version).without_forge().run();
        // What was recorded in the stead of Cargo builds nothing, so that there is no program afterwards.
        assert_eq!(ended.outputs["status"], "error", "{}", ended.log);
        assert!(ended.path.ends_with("/forge-installed/bin\n"), "{}", ended.path);
        assert_eq!(ended.calls.len(), 1);
        ended.calls[0].clone()
    };
    let own = built("");
    let started = format!("{}: cargo install --locked --root ", env!("CARGO_MANIFEST_DIR"));
    assert!(own.starts_with(&started) && own.ends_with(" --path ."), "{own}");
    assert!(built("0.1.0").ends_with(" --git https://github.com/forge-audit/forge --tag v0.1.0"));
}

#[test]
fn no_step_has_an_expression_in_its_script_and_actions_are_pinned() {
    let action = yaml::read("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().expect("there are steps");
    let (mut scripts, mut used) = (0, 0);
    for step in steps {
        assert!(step["name"].is_string(), "{step}");
        if let Some(script) = step["run"].as_str() {
            assert!(!script.contains("${{") && !script.contains("eval"), "{script}");
            scripts += 1;
        } else {
            let (_, pin) =
                step["uses"].as_str().and_then(|used| used.split_once('@')).expect("it uses an action");
            assert!(pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit()), "{pin}");
            used += 1;
        }
    }
    assert_eq!((scripts, used), (4, 1));
    for (name, input) in action["inputs"].as_object().expect("there are inputs") {
        assert!(input["description"].is_string(), "{name}");
        assert!(root("docs/ci.md").contains(&format!("`{name}`")), "docs/ci.md without the input `{name}`");
    }
    for name in action["outputs"].as_object().expect("there are outputs").keys() {
        assert!(root("docs/ci.md").contains(&format!("`{name}`")), "docs/ci.md without the output `{name}`");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/action.sh");
    if let Ok(told) = Command::new("shellcheck").arg(&script).output() {
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
    }
}

#[test]
fn the_documented_files_are_those_that_there_are() {
    let page = root("docs/ci.md");
    for path in ["ci/github.yml", "ci/gitlab.yml"] {
        yaml::read(path);
        let text = root(path);
        assert!(page.contains(&format!("```yaml\n{text}```\n")), "docs/ci.md shows another {path}");
    }
    let tree = Tree::service_with(&[]);
    let init = |tree: &Tree| Forge::new().args(&["init"]).path(&tree.path()).run();
    assert_eq!(init(&tree).code, Some(0));
    let written = fs::read_to_string(tree.path().join(".github/workflows/forge.yml")).expect("init wrote it");
    assert_eq!(written, root("ci/github.yml"));
    let tree = Tree::service_with(&[(".gitlab-ci.yml", "test:\n  script: [cargo test]\n")]);
    assert!(init(&tree).stdout.contains(&root("ci/gitlab.yml")));
    let hooks = yaml::read(".pre-commit-hooks.yaml");
    let hook = &hooks[0];
    assert!(page.contains(&format!("id: {}\n", hook["id"].as_str().expect("a hook has an id"))));
    let words = hook["entry"].as_str().into_iter().flat_map(str::split_whitespace).skip(1);
    let options = hook["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<&str> = words.chain(options).collect();
    let tree = story::after(&SCENES[0]);
    assert_eq!(tree.forge(&words).code, Some(0));
    (SCENES[1].change)(&tree);
    assert_eq!(tree.forge(&words).code, Some(1), "what is not committed yet is what the hook is for");
}

#[test]
fn what_init_writes_passes_the_gate() {
    let tree = story::before();
    assert_eq!(tree.forge(&["init"]).code, Some(0));
    tree.write(".gitlab-ci.yml", root("ci/gitlab.yml"));
    tree.commit("use forge");
    let gate = tree.forge(&["gate", "--base", "main", "--fail-on", "low", "--min-confidence", "low"]);
    assert_eq!(gate.code, Some(0), "{}", gate.stdout);
    assert!(!gate.stdout.contains("new finding"), "{}", gate.stdout);
    assert_eq!(
        tree.git(&["show", "--format=", "--name-only"]),
        ".github/workflows/forge.yml\n.gitlab-ci.yml\nforge.toml"
    );
}
