//! Where reports go: several forms of one audit, files that are whole or not there, and places that cannot be written.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Forge, Run, SYSTEM, Tree};

fn audit(tree: &Tree, options: &[&str]) -> Run {
    Forge::new().args(&["audit"]).args(options).path(&tree.path()).current_dir(tree.outside()).run()
}

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

#[test]
fn one_audit_writes_many_forms() {
    let tree = Tree::new(SYSTEM);
    let run = audit(
        &tree,
        &[
            "--format",
            "json",
            "--format",
            "sarif=a.sarif",
            "--format",
            "markdown=a.md",
            "--format=gitlab=gl.json",
            "--format=junit=a b.xml",
            "--format=badge=badge.svg",
            "--format=github=annotations",
            "--format=text=a.txt",
            "--format=json=copy.json",
        ],
    );
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let read = |name: &str| fs::read_to_string(tree.outside().join(name)).expect("it was written");
    assert_eq!(read("copy.json"), run.stdout);
    for (name, start) in [
        ("a.sarif", "{\n  \"$schema\""),
        ("a.md", "<!-- forge -->\n## Forge: "),
        ("gl.json", "[\n  {\n    \"description\""),
        ("a b.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"forge\""),
        ("badge.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
        ("annotations", "::"),
        ("a.txt", "forge "),
    ] {
        assert!(read(name).starts_with(start), "{name}: {}", &read(name)[..80]);
    }
    let mut expected = vec![
        "a b.xml",
        "a.md",
        "a.sarif",
        "a.txt",
        "annotations",
        "badge.svg",
        "copy.json",
        "gl.json",
        "shop",
    ];
    expected.sort_unstable();
    assert_eq!(names(tree.outside()), expected, "and nothing besides");
    let sarif: Value = serde_json::from_str(&read("a.sarif")).expect("it is JSON");
    let json: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["properties"]["score"], json["score"]);
}

#[test]
fn without_a_form_for_it_standard_output_stays_empty() {
    let tree = Tree::service_with(&[]);
    let run = audit(&tree, &["--format", "text=report.txt", "--color", "always"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
    let text = fs::read_to_string(tree.outside().join("report.txt")).expect("it was written");
    assert!(!text.contains('\u{1b}'), "a file is no terminal");
}

#[test]
fn every_form_is_the_same_in_each_run() {
    let tree = Tree::new(SYSTEM);
    for format in ["sarif", "markdown", "github", "gitlab", "junit", "badge"] {
        let once = audit(&tree, &["--format", format, "--threads", "1"]);
        let again = audit(&tree, &["--format", format, "--threads", "4"]);
        assert_eq!((once.code, once.stderr.as_str()), (Some(0), ""), "{format}");
        assert_eq!(once.stdout, again.stdout, "{format}");
        assert!(
            !once.stdout.contains(&*tree.outside().to_string_lossy()),
            "{format} names a place of the machine"
        );
    }
}

#[test]
fn an_empty_tree_has_every_form() {
    let tree = Tree::empty();
    for format in ["text", "json", "sarif", "markdown", "github", "gitlab", "junit", "badge"] {
        let run = audit(&tree, &["--format", format]);
        assert_eq!((run.code, run.stderr.as_str(), run.stdout.is_empty()), (Some(0), "", false), "{format}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_told_in_one_line_and_nothing_is_left() {
    let tree = Tree::service_with(&[]);
    fs::create_dir(tree.outside().join("folder")).expect("writable");
    fs::write(tree.outside().join("file"), "kept").expect("writable");
    for (target, words) in [
        ("json=/no/such/folder/a.json", "could not write /no/such/folder/a.json: its folder does not exist"),
        ("sarif=folder", "could not write folder: it is a folder"),
        ("junit=file/a.xml", "could not write file/a.xml: "),
        ("json=/dev/full", "could not write /dev/full: No space left on device"),
        ("sarif=/dev/full", "could not write /dev/full: No space left on device"),
    ] {
        for besides in [&[][..], &["--format", "text"], &["--format", "badge=ok.svg"]] {
            let run = audit(&tree, &[&["--format", target][..], besides].concat());
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{target}");
            assert!(run.stderr.starts_with(&format!("forge: {words}")), "{target}: {}", run.stderr);
            assert_eq!(run.stderr.lines().count(), 1, "{target}: {}", run.stderr);
            assert_eq!(names(tree.outside()), ["file", "folder", "shop"], "{target}");
        }
    }
    assert_eq!(fs::read_to_string(tree.outside().join("file")).expect("it is there"), "kept");
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    // A limit on the size of files stands in for the disk: the signal that comes with it is ignored, as `nohup` does.
    let tree = Tree::new(SYSTEM);
    fs::write(tree.outside().join("a.json"), "old").expect("writable");
    let line = format!(
        "trap '' XFSZ; ulimit -f 8; exec \"$FORGE\" audit '{}' --format json=a.json",
        tree.path().display()
    );
    let run = Forge::shell(&line).current_dir(tree.outside()).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with("forge: could not write a.json: "), "{}", run.stderr);
    assert_eq!(names(tree.outside()), ["a.json", "shop"]);
    assert_eq!(fs::read_to_string(tree.outside().join("a.json")).expect("it is there"), "old");
}

#[test]
fn whoever_stops_reading_is_no_error_in_any_form() {
    let tree = Tree::new(SYSTEM);
    for format in ["sarif", "markdown", "github", "gitlab", "junit", "badge", "json=/dev/stdout"] {
        let command = format!("audit '{}' --format {format}", tree.path().display());
        let run = Forge::shell(&format!("{{ \"$FORGE\" {command}; echo \"exit $?\" >&2; }} | :")).run();
        assert_eq!(run.stderr, "exit 0\n", "{format}");
    }
}

#[test]
fn two_reports_do_not_go_to_one_place() {
    let tree = Tree::service_with(&[]);
    for (formats, words) in [
        (["text", "json"], "two reports would go to standard output"),
        (["json=a", "sarif=./a"], "two reports would go to ./a"),
        (["json=a", "json=a"], "two reports would go to a"),
        (["text", "json="], "names no path behind `=`"),
        (["text", "yaml=a"], "possible values: text, json, sarif, markdown, github, gitlab, junit, badge"),
    ] {
        let run = audit(&tree, &["--format", formats[0], "--format", formats[1]]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{formats:?}");
        assert!(run.stderr.contains(words), "{formats:?}: {}", run.stderr);
        assert_eq!(names(tree.outside()), ["shop"]);
    }
}

#[test]
fn in_a_workflow_findings_are_annotated_and_summed_up() {
    let tree = Tree::service_with(&[]);
    let summary = tree.outside().join("summary.md");
    fs::write(&summary, "before\n").expect("writable");
    let run = |options: &[&str], summary: &Path| {
        let forge = Forge::new().args(&["audit"]).args(options).path(&tree.path());
        forge.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary).run()
    };
    let default = run(&[], &summary);
    assert_eq!((default.code, default.stderr.as_str()), (Some(0), ""));
    assert!(default.stdout.starts_with("::error file=src/main.rs,line="), "{}", default.stdout);
    assert!(default.stdout.contains("\nforge: "), "{}", default.stdout);
    let written = fs::read_to_string(&summary).expect("it is there");
    assert!(written.starts_with("before\n<!-- forge -->\n## Forge: "), "{written}");

    for (options, start) in
        [(&["--verbose"][..], "forge 0"), (&["--format", "text"], "forge 0"), (&["--format", "json"], "{\n")]
    {
        let run = run(options, &summary);
        assert!(run.stdout.starts_with(start), "{options:?}: {}", run.stdout);
    }
    // Nobody typed this path, so that it does not fail what was asked for.
    let lost = run(&["--quiet"], Path::new("/no/such/folder/summary.md"));
    assert_eq!(lost.code, Some(0));
    assert!(lost.stderr.starts_with("forge: could not write the step summary /no/such/"), "{}", lost.stderr);
    fs::write(&summary, vec![b'x'; 1024 * 1024]).expect("writable");
    let full = run(&["--quiet"], &summary);
    assert!(full.code == Some(0) && full.stderr.contains("it is full"), "{}", full.stderr);

    let gitlab = Forge::new().args(&["audit"]).path(&tree.path()).env("GITLAB_CI", "true").run();
    assert!(gitlab.stdout.starts_with("forge 0"), "{}", gitlab.stdout);
}

#[test]
fn places_in_a_subfolder_are_told_from_the_root_of_the_repository() {
    let tree = Tree::empty();
    tree.write(".git/HEAD", "ref: refs/heads/main\n");
    tree.write("services/my shop/Cargo.toml", crate::common::MANIFEST);
    tree.write("services/my shop/src/main.rs", crate::common::MAIN_ALONE);
    let inner = tree.path().join("services/my shop");
    let run = |options: &[&str]| Forge::new().args(&["audit"]).args(options).path(&inner).run().stdout;
    let sarif = |options: &[&str]| -> Value {
        serde_json::from_str(&run(&[&["--format", "sarif"][..], options].concat())).expect("it is JSON")
    };
    let uris = |log: &Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().expect("there are results");
        let uri = |result: &Value| {
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            uri.as_str().unwrap_or_default().to_owned()
        };
        results.iter().map(uri).collect()
    };
    let found = sarif(&[]);
    assert!(uris(&found).contains(&"services/my%20shop/src/main.rs".to_owned()), "{:?}", uris(&found));
    assert_eq!(found["runs"][0]["automationDetails"]["id"], "forge/audit/services/my shop/");
    let typed = sarif(&["--path-prefix", "./elsewhere/", "--sarif-category", "shop"]);
    assert!(uris(&typed).contains(&"elsewhere/src/main.rs".to_owned()));
    assert_eq!(typed["runs"][0]["automationDetails"]["id"], "shop/");
    assert!(uris(&sarif(&["--path-prefix", ""])).contains(&"src/main.rs".to_owned()));
    assert!(run(&["--format", "github"]).contains("file=services/my shop/src/main.rs,"));
    assert!(run(&["--format", "gitlab"]).contains("\"path\": \"services/my shop/src/main.rs\""));
    assert!(
        run(&["--format", "json"]).contains("\"path\": \"src/main.rs\""),
        "the JSON is of the audited folder"
    );
}

#[test]
fn completions_and_the_manual_page_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = Forge::new().args(&["completions", shell]).run();
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
        for word in ["audit", "gate", "baseline", "explain", "sarif-category", "sarif"] {
            assert!(run.stdout.contains(word), "{shell} without {word}");
        }
    }
    let page = Forge::new().args(&["man"]).run();
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(page.stdout.contains(".TH forge 1"), "{}", &page.stdout[..200]);
    for word in [
        "forge\\-audit",
        "forge\\-gate",
        "forge\\-baseline",
        "forge\\-explain",
        "\\-\\-path\\-prefix",
        "EXIT",
    ] {
        assert!(page.stdout.to_uppercase().contains(&word.to_uppercase()), "without {word}");
    }
    for command in ["man", "completions bash"] {
        let run = Forge::shell(&format!("exec \"$FORGE\" {command} > /dev/full")).run();
        assert_eq!(run.code, Some(2), "{command}");
        let run = Forge::shell(&format!("{{ \"$FORGE\" {command}; echo \"exit $?\" >&2; }} | :")).run();
        assert_eq!(run.stderr, "exit 0\n", "{command}");
    }
}

#[test]
fn the_version_names_the_rule_set() {
    let run = Forge::new().args(&["--version"]).run();
    let rules = Forge::new().args(&["rules", "--format", "json"]).run();
    let rules: Vec<Value> = serde_json::from_str(&rules.stdout).expect("it is a list");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(run.stdout, format!("forge {version} (rule set {version}, {} rules)\n", rules.len()));
}
