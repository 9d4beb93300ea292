use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is ours");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("ours").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_made_and_replaced_and_nothing_else_is_left() {
    let folder = folder();
    let path = folder.path().join("a b.json");
    for text in ["one", "two, and longer", "3", ""] {
        write_atomically(&path, text.as_bytes()).expect("the folder is writable");
        assert_eq!(fs::read_to_string(&path).expect("it was written"), text);
        assert_eq!(names(folder.path()), ["a b.json"]);
    }
}

#[test]
fn the_permissions_of_a_file_are_kept_and_those_of_a_new_one_are_not_secret() {
    let folder = folder();
    let path = folder.path().join("new");
    write_atomically(&path, b"1").expect("writable");
    let mode = || fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
    let beside = folder.path().join("plain");
    fs::write(&beside, "").expect("writable");
    let plain = fs::metadata(&beside).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(), plain, "as any other program makes a file");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o646)).expect("ours");
    write_atomically(&path, b"2").expect("writable");
    assert_eq!(mode(), 0o646);
}

#[test]
fn a_link_stays_a_link() {
    let folder = folder();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").expect("writable");
    symlink(&target, &link).expect("writable");
    write_atomically(&link, b"new").expect("writable");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("it is there"), "new");
}

#[test]
fn what_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = folder();
    let below_a_file = folder.path().join("file");
    fs::write(&below_a_file, "kept").expect("writable");
    for (path, words) in [
        (folder.path().to_path_buf(), "it is a folder"),
        (folder.path().join("no/such/file"), "its folder does not exist"),
        (below_a_file.join("x"), "ot a directory"),
        (folder.path().join(".."), "it is a folder"),
        (PathBuf::new(), "o such file"),
    ] {
        for result in [check(&path), write_atomically(&path, b"x")] {
            let error = result.expect_err("it cannot be written").to_string();
            assert!(error.contains(words), "{}: {error}", path.display());
        }
    }
    assert_eq!(names(folder.path()), ["file"]);
    assert_eq!(fs::read_to_string(&below_a_file).expect("it is there"), "kept");
}

#[test]
fn devices_are_written_to_and_tell_when_they_are_full() {
    check(Path::new("/dev/full")).expect("that it is full shows when it is written to");
    assert!(write_atomically(Path::new("/dev/full"), b"x").is_err());
    write_atomically(Path::new("/dev/null"), b"x").expect("it takes everything");
    assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
}

#[test]
fn appending_stops_at_the_limit() {
    let folder = folder();
    let path = folder.path().join("summary.md");
    for (text, limit, fits) in [("one\n", 8, true), ("two\n", 8, true), ("three\n", 8, false)] {
        assert_eq!(append_within(&path, text.as_bytes(), limit).expect("writable"), fits);
    }
    assert_eq!(fs::read_to_string(&path).expect("it was written"), "one\ntwo\n");
}
