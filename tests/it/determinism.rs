//! The same tree gives the same bytes, however, wherever and whenever it is read.

use std::fs;

use crate::common::{Forge, SERVICE, SYSTEM, Tree};

/// The system above a workspace of further services, so that the threads have something to share.
fn workspace() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        SYSTEM.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    for number in 0..12 {
        for (path, text) in SERVICE.iter().filter(|(path, _)| *path != "Cargo.lock") {
            let text = text.replace("\"shop\"", &format!("\"member-{number}\""));
            files.push((format!("crates/m{number}/{path}"), text));
        }
        files.push((format!("crates/m{number}/Dockerfile"), "FROM rust\nCMD cargo run\n".into()));
    }
    files[0].1 += "\n[workspace]\nmembers = [\"crates/*\"]\n";
    // Files that cannot be read give notes, which have an order as well.
    for number in 0..8 {
        files.push((format!("deploy/broken{number}.yaml"), "apiVersion: v1\nkind: Pod\nspec: [\n".into()));
    }
    files
}

fn tree_of(files: impl IntoIterator<Item = (String, String)>) -> Tree {
    let tree = Tree::empty();
    for (path, text) in files {
        tree.write(&path, text);
    }
    tree
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let tree = tree_of(workspace());
    let one = tree.audit_with(&["--threads", "1"]);
    assert_eq!((one.services().len(), one.notes().len()), (13, 8), "{:?}", one.notes());
    for threads in ["2", "7", "2"] {
        assert!(tree.audit_with(&["--threads", threads]).text == one.text, "with {threads} threads");
    }
}

#[test]
fn text_is_as_stable_as_json() {
    let tree = tree_of(workspace());
    let text = |threads| {
        Forge::new().args(&["audit", "--verbose", "--threads", threads]).path(&tree.path()).run().stdout
    };
    let first = text("1");
    assert!(first.len() > 1_000 && first == text("2") && first == text("2"));
}

#[test]
fn cargo_knows_nothing_that_the_manifests_do_not_say() {
    for tree in [tree_of(workspace()), Tree::new(SYSTEM), Tree::service_with(&[])] {
        assert!(tree.audit().text == tree.audit_with(&["--no-cargo"]).text);
    }
}

#[test]
fn targets_that_cargo_infers_are_inferred_without_it() {
    let tree = Tree::service_with(&[
        ("src/bin/worker.rs", "fn main() {}\n"),
        ("src/bin/api/main.rs", crate::common::MAIN_ALONE),
        ("examples/demo.rs", crate::common::MAIN_ALONE),
        ("tests/it.rs", "fn main() {}\n"),
        ("src/lib.rs", "pub fn shared() {}\n"),
        ("build.rs", "fn main() {}\n"),
    ]);
    let report = tree.audit();
    assert_eq!(report.services().len(), 2, "shop and api: {:?}", report.services());
    assert!(report.text == tree.audit_with(&["--no-cargo"]).text);
}

#[test]
fn the_place_of_the_tree_changes_nothing() {
    let here = tree_of(workspace());
    let there = Tree::empty();
    let deeper = there.path().join("a folder/with é/shop");
    fs::create_dir_all(&deeper).expect("the folder is writable");
    for (path, text) in workspace() {
        let path = deeper.join(path);
        fs::create_dir_all(path.parent().expect("a file stands in a folder"))
            .expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }
    let audit =
        |path: &std::path::Path| Forge::new().args(&["audit", "--format", "json"]).path(path).run().stdout;
    assert!(audit(&here.path()) == audit(&deeper));
    assert!(!audit(&deeper).contains("with é"), "no report names the place of the tree");
}

#[test]
fn how_the_path_is_written_changes_nothing() {
    let tree = Tree::new(SYSTEM);
    let whole = tree.audit().text;
    for (folder, path) in
        [("", "."), ("", "./"), ("src", ".."), ("", "src/.."), ("", "../shop"), ("", "../shop//")]
    {
        let run = Forge::new()
            .args(&["audit", "--format", "json", path])
            .current_dir(&tree.path().join(folder))
            .run();
        assert!(run.stdout == whole, "{path} in /{folder}: {}", run.stderr);
    }
    std::os::unix::fs::symlink(tree.path(), tree.outside().join("link")).expect("the folder is writable");
    let run = Forge::new().args(&["audit", "--format", "json"]).path(&tree.outside().join("link")).run();
    assert!(run.stdout == whole, "a link to the tree");
}

#[test]
fn what_stands_around_the_tree_changes_nothing() {
    let tree = Tree::new(SYSTEM);
    let alone = tree.audit().text;
    for (path, text) in [
        ("Cargo.toml", "[workspace]\nmembers = []\n"),
        (".gitignore", "*\n"),
        (".ignore", "*\n"),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"nightly-1999-01-01\"\n"),
    ] {
        fs::write(tree.outside().join(path), text).expect("the folder is writable");
        assert!(tree.audit().text == alone, "{path}");
        fs::remove_file(tree.outside().join(path)).expect("it was just written");
    }
}

#[test]
fn the_order_in_which_files_were_made_changes_nothing() {
    let forwards = tree_of(workspace());
    let backwards = tree_of(workspace().into_iter().rev());
    assert!(forwards.audit().text == backwards.audit().text);
}

#[test]
fn the_environment_changes_nothing_in_the_json() {
    let tree = Tree::new(SYSTEM);
    let plain = tree.audit().text;
    for (name, value) in [
        ("COLUMNS", "60"),
        ("NO_COLOR", "1"),
        ("LANG", "de_DE.UTF-8"),
        ("TZ", "Asia/Tokyo"),
        ("DATABASE_URL", "x"),
    ] {
        let run = Forge::new().args(&["audit", "--format", "json"]).path(&tree.path()).env(name, value).run();
        assert!(run.stdout == plain, "{name}={value}");
    }
}
