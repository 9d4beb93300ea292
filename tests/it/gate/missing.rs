//! Where the base is hard to have: an answer that is right, or one that says why there is none.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::git::{GitTree, gate, gate_at, gate_json, git, json_at, reasons, status};
use crate::common::{Forge, MAIN, MAIN_ALONE, SERVICE, Tree};

/// The small service in two commits, on `main` and on `change`.
fn service() -> GitTree {
    let tree = GitTree::new(SERVICE);
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree.write("NOTES.md", "more\n");
    tree.commit("notes");
    tree
}

#[track_caller]
fn expect_inconclusive(report: &Value, words: &str) {
    assert_eq!(status(report), "inconclusive", "{:#}", report["gate"]);
    let reasons = reasons(report);
    assert!(matches!(reasons.as_slice(), [only] if only.contains(words)), "{reasons:?}");
    assert!(report["gate"]["change"].is_null());
    assert!(report["findings"].as_array().expect("an array").iter().all(|finding| finding["new"].is_null()));
}

#[test]
fn without_git_there_is_nothing_to_compare_with() {
    let tree = Tree::service_with(&[]);
    expect_inconclusive(&json_at(&tree.path(), &["--base", "main"]), "not in a git repository");
    let text = gate_at(&tree.path(), &["--base", "main"]);
    assert_eq!(text.code, Some(3));
    assert!(text.stdout.starts_with("gate inconclusive"), "{}", text.stdout);
    let audit = Forge::new().args(&["audit", "--base", "main"]).path(&tree.path()).run();
    assert_eq!(audit.code, Some(3), "an audit is no silent pass either");
    assert!(audit.stdout.contains("/100"));
}

#[test]
fn a_branch_without_a_commit_has_no_base() {
    let tree = GitTree::new(SERVICE);
    expect_inconclusive(&gate_json(&tree, &["--base", "main"]), "no commit yet");
}

#[test]
fn a_base_that_does_not_exist_is_wrong_use() {
    let tree = service();
    for (base, words) in
        [("mian", "did you mean `main`?"), ("xyzzy", "git branch --all"), ("main..change", "no commit")]
    {
        let run = gate(&tree, &["--base", base]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{base}");
        assert!(run.stderr.contains(words) && run.stderr.lines().count() == 1, "{base}: {}", run.stderr);
    }
    assert_eq!(gate(&tree, &["--base", ""]).code, Some(2));
    assert_eq!(gate(&tree, &[]).code, Some(2), "a gate compares with something");
    assert_eq!(gate(&tree, &["--base", "main:src"]).code, Some(2), "a folder is no commit");
}

#[test]
fn a_branch_that_only_the_remote_has_is_named() {
    let tree = service();
    let clone = tree.outside().join("clone");
    git(tree.outside(), &["clone", "--quiet", "--branch", "change", "shop", "clone"]);
    let run = gate_at(&clone, &["--base", "main"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("did you mean `origin/main`"), "{}", run.stderr);
    assert_eq!(status(&json_at(&clone, &["--base", "origin/main"])), "passed");
}

#[test]
fn a_shallow_clone_is_inconclusive_and_says_what_to_do() {
    let tree = service();
    tree.git(&["checkout", "--quiet", "main"]);
    tree.write("README.md", "# Shop\n");
    tree.commit("main goes on");
    let url = format!("file://{}", tree.path().display());
    git(tree.outside(), &["clone", "--quiet", "--depth", "1", "--branch", "change", &url, "one"]);
    let one = tree.outside().join("one");
    expect_inconclusive(&json_at(&one, &["--base", "origin/main"]), "`fetch-depth: 0`");
    // Both branches without what they have in common.
    git(&one, &["fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    expect_inconclusive(&json_at(&one, &["--base", "origin/main"]), "`fetch-depth: 0`");
    git(&one, &["fetch", "--quiet", "--unshallow", "origin"]);
    assert_eq!(status(&json_at(&one, &["--base", "origin/main"])), "passed");
}

#[test]
fn what_has_nothing_in_common_has_no_base() {
    let tree = service();
    tree.git(&["checkout", "--quiet", "--orphan", "other"]);
    tree.commit("another beginning");
    expect_inconclusive(&gate_json(&tree, &["--base", "main"]), "no commit in common");
}

#[test]
fn a_detached_head_and_a_linked_worktree_are_heads() {
    let tree = service();
    tree.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(status(&gate_json(&tree, &["--base", "main"])), "passed");
    tree.git(&["worktree", "add", "--quiet", "../linked", "change"]);
    let linked = tree.outside().join("linked");
    fs::write(linked.join("src/main.rs"), MAIN_ALONE.replace("0.0.0.0", "127.0.0.1"))
        .expect("it is writable");
    fs::write(linked.join("Dockerfile"), "FROM scratch\nCOPY shop /shop\nUSER 1\nCMD [\"/shop\"]\n")
        .expect("it is writable");
    let report = json_at(&linked, &["--base", "main"]);
    assert_eq!(status(&report), "failed", "{:#}", report["gate"]);
    assert_eq!(report["gate"]["change"]["base"], tree.id("main").as_str());
}

#[test]
fn the_base_is_where_the_branches_parted() {
    let tree = service();
    tree.git(&["checkout", "--quiet", "main"]);
    let parted = tree.id("main");
    // What others mended on main meanwhile is no fault of the change.
    tree.write("src/main.rs", MAIN.replace("axum::serve", "/* drains */ axum::serve"));
    tree.commit("main goes on");
    tree.git(&["checkout", "--quiet", "change"]);
    assert_eq!(gate_json(&tree, &["--base", "main"])["gate"]["change"]["base"], parted.as_str());
}

#[test]
fn only_the_audited_folder_is_compared() {
    let tree = GitTree::new(&[("other/broken.rs", "fn (")]);
    for (path, text) in SERVICE {
        tree.write(&format!("services/shop/{path}"), text);
    }
    tree.commit("base");
    let folder = tree.path().join("services/shop");
    let report = json_at(&folder, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    assert!(report["gate"]["change"]["unchanged"].as_u64() > Some(3));
    assert_eq!(report["services"][0]["id"], "shop");
    let apart = tree.path().join("new");
    fs::create_dir(&apart).expect("the folder is writable");
    expect_inconclusive(&json_at(&apart, &["--base", "main"]), "no commit has the folder `new`");
}

#[test]
fn submodules_make_no_difference() {
    let tree = service();
    let library = GitTree::new(&[
        ("Dockerfile", "FROM debian\nCMD run\n"),
        ("compose.yaml", "services:\n  x:\n    image: redis\n"),
    ]);
    library.commit("library");
    let url = library.path().display().to_string();
    tree.git(&["checkout", "--quiet", "main"]);
    tree.git(&["submodule", "--quiet", "add", &url, "parts/lib"]);
    tree.commit("a submodule");
    tree.git(&["checkout", "--quiet", "-b", "other"]);
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    let whole = tree.audit();
    assert!(
        whole.findings().len() > report["findings"].as_array().expect("an array").len(),
        "an audit reads it"
    );
    let notes = report["notes"].as_array().expect("an array");
    assert!(
        notes.iter().any(|note| note["message"].as_str().is_some_and(|text| text.contains("`parts/lib`")))
    );
    // One that the change adds is no reason either.
    tree.git(&["submodule", "--quiet", "add", &url, "parts/more"]);
    tree.commit("another one");
    assert_eq!(status(&gate_json(&tree, &["--base", "main"])), "passed");
}

#[test]
fn links_of_the_base_lead_where_they_lead_on_disk() {
    let tree = GitTree::new(SERVICE);
    fs::create_dir_all(tree.path().join("docker")).expect("the folder is writable");
    tree.write("docker/real.Dockerfile", "FROM debian:latest\nCMD shop\n");
    for (target, link) in [
        ("docker/real.Dockerfile", "Dockerfile"),
        ("../docker", "docker/again"),
        ("again/real.Dockerfile", "docker/Dockerfile"),
        ("nowhere", "compose.yaml"),
        ("../../outside.yaml", "deploy.yaml"),
        ("loop.yaml", "loop.yaml"),
        ("/etc/passwd", "absolute.yaml"),
        ("src", "sources.yaml"),
    ] {
        symlink(target, tree.path().join(link)).expect("the folder is writable");
    }
    tree.commit("base");
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    assert_eq!(report["gate"]["change"]["fixed"], Value::Array(Vec::new()));
    assert!(
        report["notes"]
            .as_array()
            .expect("an array")
            .iter()
            .all(|note| { note["message"].as_str().is_some_and(|text| !text.contains("base's files")) })
    );
}

#[test]
fn what_is_left_out_on_disk_is_left_out_of_the_base() {
    let tree = GitTree::new(SERVICE);
    tree.write(".gitignore", "generated/\n");
    for folder in ["generated", "target/debug", "node_modules/x", "vendor/x"] {
        tree.write(&format!("{folder}/Dockerfile"), "FROM debian:latest\nCMD shop\n");
    }
    tree.write("vendor/x/.cargo-checksum.json", "{}");
    tree.git(&["add", "--all", "--force"]);
    tree.git(&["commit", "--quiet", "-m", "base"]);
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    assert_eq!(report["gate"]["change"]["fixed"], Value::Array(Vec::new()));
}

#[test]
fn a_base_that_cannot_be_parsed_leaves_open_what_is_new() {
    let tree = GitTree::new(SERVICE);
    tree.write("src/main.rs", "fn main( {");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree.write("src/main.rs", MAIN);
    tree.commit("mend it");
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(status(&report), "inconclusive", "{:#}", report["gate"]);
    assert!(reasons(&report)[0].contains("what of `shop` is new cannot be told"), "{:?}", reasons(&report));
    // And the other way: what cannot be read is not taken for gone.
    tree.git(&["checkout", "--quiet", "-b", "worse"]);
    tree.write("src/main.rs", "fn main( {");
    let report = gate_json(&tree, &["--base", "change"]);
    assert_eq!(status(&report), "inconclusive", "{:#}", report["gate"]);
    assert!(reasons(&report)[0].contains("whether `shop` is still there cannot be told"));
}

#[test]
fn a_base_with_missing_objects_is_inconclusive() {
    for (what, revision) in [("file", "main:src/routes.rs"), ("folder", "main:src"), ("tree", "main^{tree}")]
    {
        let tree = service();
        tree.write("src/routes.rs", "// another\n");
        tree.commit("change");
        let id = tree.id(revision);
        let object = tree.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
        fs::remove_file(&object).unwrap_or_else(|error| panic!("{what}: {error}"));
        expect_inconclusive(&gate_json(&tree, &["--base", "main"]), "missing or damaged");
        fs::write(&object, "not zlib").expect("the folder is writable");
        expect_inconclusive(&gate_json(&tree, &["--base", "main"]), "missing or damaged");
    }
}

#[test]
fn a_sparse_checkout_is_not_the_whole_change() {
    let tree = service();
    tree.git(&["sparse-checkout", "set", "src"]);
    expect_inconclusive(&gate_json(&tree, &["--base", "main"]), "sparse");
}

#[test]
fn the_environment_names_no_other_repository() {
    let (tree, other) = (service(), GitTree::new(&[("a", "b")]));
    other.commit("other");
    let plain = gate(&tree, &["--base", "main", "--format", "json"]).stdout;
    for (name, value) in [
        ("GIT_DIR", other.path().join(".git")),
        ("GIT_WORK_TREE", other.path()),
        ("GIT_OBJECT_DIRECTORY", other.path().join(".git/objects")),
        ("GIT_INDEX_FILE", other.path().join("index")),
        ("GIT_CEILING_DIRECTORIES", tree.path()),
        ("GIT_NAMESPACE", "x".into()),
    ] {
        let run = Forge::new()
            .args(&["gate", "--base", "main", "--format", "json"])
            .path(&tree.path())
            .env(name, &value)
            .run();
        assert!(run.stdout == plain, "{name}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn nothing_that_the_repository_configures_is_run() {
    let tree = service();
    let mark = tree.outside().join("mark");
    let script = format!("touch {}", mark.display());
    for key in
        ["core.fsmonitor", "core.sshCommand", "filter.x.smudge", "filter.x.process", "core.pager", "alias.x"]
    {
        tree.git(&["config", key, &script]);
    }
    tree.git(&["config", "core.hooksPath", "."]);
    tree.write(".gitattributes", "* filter=x\n");
    fs::remove_file(&mark).ok();
    let run = gate(&tree, &["--base", "main"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(!mark.exists());
}
