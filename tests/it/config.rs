//! The configuration as its users meet it: what is wrong is said at once, and what `forge init` writes can be used.

use std::fs;

use crate::common::{Forge, Run, Tree};

fn audit(tree: &Tree, options: &[&str]) -> Run {
    Forge::new().args(&["audit", "--quiet"]).args(options).path(&tree.path()).run()
}

#[test]
fn all_errors_of_a_configuration_are_shown_with_their_places_and_nothing_is_audited() {
    let config =
        "preset = \"strickt\"\n[rules]\nignore = [\"helth-check\"]\n[[waiver]]\nrule = \"metrics\"\n";
    let tree = Tree::service_with(&[("forge.toml", config)]);
    let run = audit(&tree, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    for words in [
        "forge: `forge.toml` has 5 errors; nothing was audited",
        "there is no preset `strickt`",
        "did you mean `strict`?",
        "[forge.toml:3:11]",
        "did you mean `health-check`?",
        "`reason` is missing",
        "`until` is missing",
        "the waiver has no place",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}

#[test]
fn no_broken_configuration_is_a_defect_of_the_program() {
    for config in
        ["=", "[", "preset = ", "rules = 1\n", "waiver = 3\n", "exclude = [\"[a\"]\n", "a = 2027-13-45\n"]
    {
        let run = audit(&Tree::service_with(&[("forge.toml", config)]), &[]);
        assert_eq!(run.code, Some(2), "{config}");
        assert!(!run.stderr.contains("defect"), "{config}: {}", run.stderr);
        assert!(run.stderr.contains("forge.toml:"), "{config}: {}", run.stderr);
    }
}

#[test]
fn another_configuration_can_be_named() {
    let tree = Tree::service_with(&[("forge.toml", "preset = \"wrong\"\n")]);
    let other = tree.outside().join("other.toml");
    fs::write(&other, "[rules]\nignore = [\"all\"]\n").expect("the folder is writable");
    let path = other.to_str().expect("the path is text");
    let run = audit(&tree, &["--config", path]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    let run = audit(&tree, &["--config", "no/such.toml"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("the configuration no/such.toml cannot be read"), "{}", run.stderr);
}

#[test]
fn what_init_writes_is_read_and_not_overwritten() {
    let tree = Tree::service_with(&[]);
    let init = |options: &[&str]| Forge::new().args(&["init"]).args(options).path(&tree.path()).run();
    let run = init(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("wrote forge.toml\nwrote .github/workflows/forge.yml\n"), "{}", run.stdout);
    assert_eq!((audit(&tree, &[]).code, audit(&tree, &[]).stderr.as_str()), (Some(0), ""));
    tree.write("forge.toml", "# mine\n");
    let run = init(&[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("`forge.toml` and `.github/workflows/forge.yml` exist"), "{}", run.stderr);
    let kept = fs::read_to_string(tree.path().join("forge.toml")).expect("it is there");
    assert_eq!(kept, "# mine\n");
    assert_eq!(init(&["--force"]).code, Some(0));
}

#[test]
fn init_shows_the_job_where_gitlab_is_used() {
    let tree = Tree::service_with(&[(".gitlab-ci.yml", "test:\n  script: [cargo test]\n")]);
    let run = Forge::new().args(&["init"]).path(&tree.path()).run();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("set -- gate --base"), "{}", run.stdout);
    assert!(!tree.path().join(".github").exists());
}

#[test]
fn the_schema_is_json() {
    let run = Forge::new().args(&["config", "schema"]).run();
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    assert_eq!(schema["properties"]["gate"]["properties"]["max_drop"]["default"], 0);
}
