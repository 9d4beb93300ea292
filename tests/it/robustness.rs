//! Bad input: it ends in a note or in one clear error; never in a panic, a hang, or a pass that was not earned.
//!
//! What the rules conclude from good input is the business of their pages.

mod mutation;
mod nesting;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::common::{Forge, MAIN, MAIN_ALONE, MANIFEST, ROUTES, Report, SERVICE, SYSTEM, Tree};

/// What cannot be audited at all: exit code 2, nothing on standard output, one line that says what to do.
#[track_caller]
fn expect_refusal(path: &Path, words: &str) {
    let run = Forge::new().args(&["audit", "--format", "json"]).path(path).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("forge: ") && run.stderr.contains(words), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

/// The service's second file is lost: what is absent cannot be told, what was seen stays, and one note says why.
#[track_caller]
fn expect_unknown_for_want_of_routes(report: &Report, words: &str) {
    report.expect_note("src/routes.rs", words);
    expect_no_verdict_of_absence(report);
}

#[track_caller]
fn expect_no_verdict_of_absence(report: &Report) {
    assert_eq!(report.services().len(), 1, "the service itself can still be read");
    for rule in ["health-check", "graceful-shutdown", "structured-logs", "metrics", "request-timeout"] {
        assert_eq!(report.verdicts(rule), ["unknown"], "{rule}");
    }
    assert_eq!(report.passes_of("service"), Vec::<&str>::new(), "nothing was seen that could pass");
    let (low, high) = (report.json["score"]["low"].as_u64(), report.json["score"]["high"].as_u64());
    assert!(low < high, "what is unknown opens the range: {low:?} to {high:?}");
}

/// The service reads as if the disturbance were not there.
#[track_caller]
fn expect_undisturbed(report: &Report) {
    assert_eq!(report.verdicts("health-check"), ["pass"]);
    assert_eq!(report.places("graceful-shutdown"), ["src/main.rs:6:5"]);
}

/// Nothing is passed to a service, an image or a workload that was not read.
#[track_caller]
fn expect_nothing_earned(report: &Report) {
    for subject in ["service", "image", "workload", "pipeline"] {
        assert_eq!(report.passes_of(subject), Vec::<&str>::new(), "of {subject}");
    }
}

/// "No service found" would be a claim about code that nobody read.
#[track_caller]
fn expect_no_word_on_services(report: &Report) {
    let expected = "`src/main.rs` could not be read, so whether there is a service cannot be told";
    assert_eq!(report.json["score"]["status"], "not_assessed");
    assert_eq!(report.json["score"]["reason"], expected);
}

fn make_fifo(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().expect("`mkfifo` is part of every Unix");
    assert!(status.success());
}

/// A file of this size that takes no room on the disk.
fn make_huge(path: &Path, bytes: u64) {
    fs::File::create(path).and_then(|file| file.set_len(bytes)).expect("the folder is writable");
}

#[test]
fn a_path_that_is_not_there_is_refused() {
    expect_refusal(&Tree::empty().path().join("no-such-folder"), "does not exist");
}

#[test]
fn a_file_is_refused() {
    let tree = Tree::service_with(&[]);
    expect_refusal(&tree.path().join("Cargo.toml"), "give the folder of the repository");
    // Nor is it opened: that would hang.
    make_fifo(&tree.path().join("pipe"));
    expect_refusal(&tree.path().join("pipe"), "give the folder of the repository");
}

#[test]
fn an_empty_folder_has_no_score() {
    let report = Tree::empty().audit();
    assert_eq!(report.json["score"]["status"], "not_assessed");
    assert!(report.json["score"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert!(report.services().is_empty() && report.findings().is_empty());
    assert!(report.checks().iter().all(|check| check["verdict"] == "not_applicable"));
}

#[test]
fn empty_files_are_no_reason_to_pass() {
    let names: Vec<(&str, &str)> = SYSTEM.iter().map(|(path, _)| (*path, "")).collect();
    expect_nothing_earned(&Tree::new(&names).audit());
}

#[test]
fn an_unreadable_file_makes_absence_unknown() {
    let tree = Tree::service_with(&[]);
    let path = tree.path().join("src/routes.rs");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("the file is ours");
    // Root reads everything; a link that leads nowhere cannot be read by anybody.
    let words = if fs::read(&path).is_ok() {
        tree.remove("src/routes.rs");
        symlink("nowhere.rs", &path).expect("the folder is writable");
        "leads nowhere"
    } else {
        "permission denied"
    };
    let report = tree.audit();
    assert!(report.notes_on("src/routes.rs").iter().any(|note| note.contains(words)));
    expect_no_verdict_of_absence(&report);
}

#[test]
fn an_unreadable_file_is_noted_once() {
    let tree = Tree::service_with(&[]);
    tree.write("src/routes.rs", b"\xff");
    assert_eq!(tree.audit().notes_on("src/routes.rs").len(), 1);
}

#[test]
fn invalid_utf8_is_noted_with_its_line() {
    let tree = Tree::service_with(&[]);
    tree.write("src/routes.rs", [ROUTES.as_bytes(), b"// \xff\xfe\n"].concat());
    let report = tree.audit();
    assert!(report.notes_on("src/routes.rs").iter().any(|note| note.contains("not valid UTF-8 (line 6)")));
    expect_no_verdict_of_absence(&report);
}

#[test]
fn a_name_that_is_not_utf8_is_noted() {
    let tree = Tree::service_with(&[]);
    let name = std::ffi::OsStr::from_bytes(b"src/\xff.rs");
    fs::write(tree.path().join(name), "fn a() {}").expect("the folder is writable");
    let report = tree.audit();
    report.expect_note("src/\u{fffd}.rs", "name is not valid UTF-8");
    expect_undisturbed(&report);
}

#[test]
fn a_mark_and_a_script_line_move_nothing() {
    let tree = Tree::service_with(&[]);
    // The first line of the text is the script line, so that everything stands one line lower.
    tree.write("src/main.rs", format!("\u{feff}#!/usr/bin/env run-cargo-script\n{MAIN}"));
    tree.write("src/routes.rs", format!("\u{feff}{ROUTES}"));
    let report = tree.audit();
    assert_eq!(report.verdicts("health-check"), ["pass"]);
    assert_eq!(report.places("graceful-shutdown"), ["src/main.rs:7:5"]);
    assert!(report.notes().is_empty(), "{:?}", report.notes());
}

#[test]
fn a_column_behind_a_mark_counts_characters() {
    let tree = Tree::service_with(&[]);
    let main = MAIN.replace("    axum::serve", "/* é𝄞 */ axum::serve");
    tree.write("src/main.rs", format!("\u{feff}{main}"));
    assert_eq!(tree.audit().places("graceful-shutdown"), ["src/main.rs:6:10"]);
}

#[test]
fn windows_line_ends_move_nothing() {
    let tree = Tree::empty();
    let unix = Tree::new(SYSTEM);
    for (path, text) in SYSTEM {
        tree.write(path, text.replace('\n', "\r\n"));
    }
    let (windows, unix) = (tree.audit(), unix.audit());
    let judged = |report: &Report| {
        let checks = report.checks().iter();
        checks
            .map(|check| format!("{} {} {}", check["rule"], check["subject"], check["verdict"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(judged(&windows), judged(&unix));
    for rule in ["metrics", "no-print-logging", "pinned-action"] {
        assert_eq!(windows.places(rule), unix.places(rule), "{rule}");
    }
}

#[test]
fn a_syntax_error_makes_absence_unknown() {
    let report = Tree::service_with(&[("src/routes.rs", &format!("{ROUTES}\nfn broken(\n"))]).audit();
    expect_unknown_for_want_of_routes(&report, "could not be parsed as Rust");
    assert!(report.notes_on("src/routes.rs")[0].starts_with("7: "), "{:?}", report.notes());
}

#[test]
fn a_syntax_error_in_main_earns_nothing() {
    let report =
        Tree::service_with(&[("src/main.rs", &format!("{MAIN}\nfn broken() {{ let = ; }}\n"))]).audit();
    report.expect_note("src/main.rs", "could not be parsed as Rust");
    assert!(report.notes_on("src/main.rs")[0].starts_with("9: "), "{:?}", report.notes());
    expect_nothing_earned(&report);
    expect_no_word_on_services(&report);
}

#[test]
fn huge_files_are_noted_and_not_read() {
    let tree = Tree::service_with(&[]);
    tree.remove("src/main.rs");
    for path in ["src/main.rs", "compose.yaml", "deploy.yaml"] {
        make_huge(&tree.path().join(path), 200 * 1024 * 1024);
    }
    let report = tree.audit();
    for path in ["src/main.rs", "compose.yaml", "deploy.yaml"] {
        assert!(report.notes_on(path).iter().any(|note| note.contains("larger than")), "{path}");
    }
    expect_nothing_earned(&report);
    expect_no_word_on_services(&report);
}

#[test]
fn a_huge_ignore_file_is_not_taken_into_memory() {
    let tree = Tree::service_with(&[]);
    make_huge(&tree.path().join(".gitignore"), 40 * 1024 * 1024);
    // 2 GiB of address space: the stacks take some, the file must not take the rest.
    let line = format!(
        "ulimit -v 2097152; exec \"$FORGE\" audit --threads 1 --format json {}",
        tree.path().display()
    );
    let run = Forge::shell(&line).run();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    expect_undisturbed(&Report::of(&run));
}

#[test]
fn links_are_not_followed_out_of_the_tree_nor_in_circles() {
    let tree = Tree::service_with(&[]);
    let secret = tree.outside().join("secret.rs");
    fs::write(&secret, "pub fn secret() {}").expect("the folder is writable");
    for (target, link) in [
        (secret.as_path(), "src/secret.rs"),
        (tree.outside(), "src/outside"),
        (Path::new("."), "here"),
        (Path::new(".."), "src/up"),
        (Path::new("self.rs"), "src/self.rs"),
        (Path::new("nowhere"), "compose.yaml"),
        (Path::new("/dev/zero"), "zero.yaml"),
    ] {
        symlink(target, tree.path().join(link)).expect("the folder is writable");
    }
    let report = tree.audit();
    report.expect_note("src/secret.rs", "link out of the tree");
    report.expect_note("src/self.rs", "link that leads nowhere");
    report.expect_note("compose.yaml", "link that leads nowhere");
    assert!(!report.text.contains("here/") && !report.text.contains("src/up/"));
    expect_undisturbed(&report);
}

#[test]
fn a_module_behind_a_link_out_of_the_tree_is_unknown() {
    let tree = Tree::service_with(&[]);
    fs::rename(tree.path().join("src/routes.rs"), tree.outside().join("routes.rs")).expect("both are ours");
    symlink("../../routes.rs", tree.path().join("src/routes.rs")).expect("the folder is writable");
    let report = tree.audit();
    assert!(report.notes_on("src/routes.rs").iter().any(|note| note.contains("link out of the tree")));
    expect_no_verdict_of_absence(&report);
}

#[test]
fn what_is_no_file_is_not_opened() {
    let tree = Tree::service_with(&[]);
    for path in ["Dockerfile", "compose.yaml", "rust-toolchain.toml", "deploy.yaml", "entrypoint.sh"] {
        make_fifo(&tree.path().join(path));
    }
    let _socket = UnixListener::bind(tree.path().join("k8s.yaml")).expect("the folder is writable");
    expect_undisturbed(&tree.audit());
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_noted() {
    for path in ["src/main.rs", "Cargo.toml", "src/routes.rs"] {
        let tree = Tree::service_with(&[]);
        tree.remove(path);
        make_fifo(&tree.path().join(path));
        let report = tree.audit();
        expect_nothing_earned(&report);
        assert!(!report.notes_on(path).is_empty(), "{path}: {:?}", report.notes());
    }
}

#[test]
fn a_pipe_in_the_place_of_an_ignore_file_does_not_hang() {
    let tree = Tree::service_with(&[]);
    make_fifo(&tree.path().join(".gitignore"));
    expect_undisturbed(&tree.audit());
}

#[test]
fn a_broken_ignore_file_hides_nothing() {
    let tree = Tree::service_with(&[]);
    tree.write(".gitignore", b"[\n{a\n\xff\n\0\n");
    expect_undisturbed(&tree.audit());
}

#[test]
fn folders_with_the_names_of_files_are_folders() {
    let tree = Tree::service_with(&[]);
    for path in
        ["Dockerfile", "compose.yaml", ".github/workflows/ci.yml", "rust-toolchain.toml", "src/extra.rs"]
    {
        fs::create_dir_all(tree.path().join(path)).expect("the folder is writable");
    }
    let report = tree.audit();
    expect_undisturbed(&report);
    assert!(report.notes().is_empty(), "{:?}", report.notes());
}

#[test]
fn a_folder_named_cargo_toml_is_no_package() {
    let tree = Tree::service_with(&[]);
    tree.remove("Cargo.toml");
    tree.write("Cargo.toml/src/main.rs", MAIN_ALONE);
    expect_nothing_earned(&tree.audit());
}

#[test]
fn a_broken_manifest_is_noted_with_its_line() {
    let report = Tree::service_with(&[("Cargo.toml", &format!("{MANIFEST}\n[workspace\n"))]).audit();
    let notes = report.notes_on("Cargo.toml");
    assert!(notes.iter().any(|note| note.starts_with("10: could not be read as TOML")), "{notes:?}");
}

#[test]
fn a_broken_manifest_without_a_package_is_no_service() {
    let report = Tree::service_with(&[("Cargo.toml", "this is no TOML")]).audit();
    assert!(!report.notes_on("Cargo.toml").is_empty());
    expect_nothing_earned(&report);
}

#[test]
fn a_member_that_does_not_exist_is_noted() {
    let members = "\n[workspace]\nmembers = [\"no/such\", \"../outside\", \"/etc\", \"cr[ates\"]\n";
    let report = Tree::service_with(&[("Cargo.toml", &format!("{MANIFEST}{members}"))]).audit();
    assert!(
        report
            .notes_on("Cargo.toml")
            .iter()
            .any(|note| note.starts_with("11: ") && note.contains("`no/such`"))
    );
    expect_undisturbed(&report);
}

#[test]
fn a_target_outside_the_tree_is_not_read() {
    let tree = Tree::service_with(&[(
        "Cargo.toml",
        &format!("{MANIFEST}\n[[bin]]\nname = \"shop\"\npath = \"../main.rs\"\n"),
    )]);
    fs::write(tree.outside().join("main.rs"), MAIN_ALONE).expect("the folder is writable");
    expect_nothing_earned(&tree.audit());
}

#[test]
fn a_broken_lock_file_is_no_lock_file() {
    let report = Tree::service_with(&[("Cargo.lock", "broken = [")]).audit();
    assert!(!report.notes_on("Cargo.lock").is_empty(), "what could not be read is noted");
    assert_ne!(report.verdicts("lockfile-committed"), ["pass"]);
}

#[test]
fn a_broken_configuration_of_updates_proves_nothing() {
    for (path, text) in [
        ("renovate.json", "{ \"extends\": ["),
        ("renovate.json", ""),
        (".github/dependabot.yml", "version: 2\nupdates: ["),
    ] {
        let report = Tree::service_with(&[(path, text)]).audit();
        assert_ne!(report.verdicts("dependency-updates"), ["pass"], "{path}: {text}");
        assert!(!report.notes_on(path).is_empty(), "{path}: {text}");
    }
}

#[test]
fn without_cargo_the_report_is_the_same() {
    let tree = Tree::new(SYSTEM);
    let nothing = tree.outside().join("nothing");
    fs::create_dir(&nothing).expect("the folder is writable");
    let run =
        Forge::new().args(&["audit", "--format", "json"]).path(&tree.path()).env("PATH", &nothing).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout, tree.audit().text);
}

/// Everything by which a repository can make Cargo or rustup run or fetch something.
#[test]
fn nothing_of_the_repository_is_run_or_fetched() {
    let plain = Tree::service_with(&[]);
    let tree = Tree::service_with(&[]);
    let marker = tree.outside().join("it-ran");
    let evil = tree.path().join("evil.py");
    tree.write("evil.py", format!("#!/bin/sh\ntouch '{}'\nexit 1\n", marker.display()));
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let evil = evil.display();
    tree.write(
        ".cargo/config.toml",
        format!(
            "[build]\nrustc = '{evil}'\nrustc-wrapper = '{evil}'\nrustdoc = '{evil}'\ntarget-dir = '{}'\n\
             [alias]\nmetadata = ['run', '--manifest-path', '{evil}']\n\
             [registry]\nglobal-credential-providers = ['{evil}']\n\
             [net]\ngit-fetch-with-cli = true\n[env]\nPATH = {{ value = '{}', force = true }}\n\
             [target.'cfg(all())']\nrunner = '{evil}'\nlinker = '{evil}'\n",
            marker.display(),
            tree.path().display(),
        ),
    );
    tree.write(
        "rust-toolchain.toml",
        "[toolchain]\nchannel = \"nightly-1999-01-01\"\ncomponents = [\"rust-src\"]\n",
    );
    tree.write("build.rs", format!("fn main() {{ std::fs::write({:?}, []).unwrap(); }}", marker.display()));
    for hook in ["post-checkout", "fsmonitor"] {
        tree.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\ntouch '{}'\n", marker.display()));
    }
    // In the folder itself as well, where a careless call of Cargo would look first.
    let run = Forge::new().args(&["audit", "--format", "json"]).current_dir(&tree.path()).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(!marker.exists(), "something of the repository was run");
    assert!(!tree.path().join("target").exists(), "something was built");
    let without_toolchain = |report: &Report| {
        let checks = report.checks().iter().filter(|check| check["rule"] != "toolchain-agreement");
        format!("{:?} {:?}", checks.collect::<Vec<_>>(), report.findings())
    };
    let (report, plain) = (Report::of(&run), plain.audit());
    assert_eq!(without_toolchain(&report), without_toolchain(&plain));
    assert_eq!(report.json["notes"], plain.json["notes"]);
}

#[test]
fn five_thousand_files_are_no_burden() {
    let tree = Tree::service_with(&[]);
    for number in 0..5_000 {
        let folder = number % 50;
        tree.write(&format!("src/many/{folder}/file{number}.rs"), format!("pub fn f{number}() {{}}\n"));
    }
    expect_undisturbed(&tree.audit());
}

#[test]
fn the_base_of_these_tests_is_what_they_take_it_for() {
    let report = Tree::new(SERVICE).audit();
    expect_undisturbed(&report);
    assert_eq!(report.verdicts("structured-logs"), ["fail"]);
    assert!(report.notes().is_empty(), "{:?}", report.notes());
}
