//! What this repository promises about itself: sizes, headings, names, and documents that tell the truth.
//!
//! Whether a rule's page and its check agree is tested beside `rules`; what the examples conclude, in `tests/rules.rs`.

mod rule_ids;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::rule_ids::RULE_IDS;
use crate::common::{Forge, Report, SYSTEM, Tree};

/// The headings of a rule's page, in the order of `rules/README.md`.
const SECTIONS: &[&str] = &["Why it matters", "Bad", "Good", "Near miss", "How to fix", "Limits"];

/// Documents whose paths a reader follows.
const MAPS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "rules/README.md"];

/// Paths that documents name as examples of what a reader may make, or must not.
const EXAMPLES: &[&str] = &[
    "foo.rs",
    "foo/",
    "mod.rs",
    "tests.rs",
    "image-healthcheck",
    "image_healthcheck",
    "main.rs",
    "a.json",
    "forge.toml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder of this repository that end so, sorted; what Git leaves out is left out.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is part of the repository") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !path.is_symlink() {
                if !matches!(name, ".git" | "target") {
                    open.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path as it is named in a failure.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn rules_as_listed() -> Vec<Value> {
    let run = Forge::new().args(&["rules", "--format", "json"]).run();
    serde_json::from_str(&run.stdout).expect("the list of rules is JSON")
}

/// `rules/<pillar>/<rule>.md`, without the documents that are no rules.
fn pages() -> Vec<PathBuf> {
    let mut pages = files("rules", ".md");
    pages.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    pages
}

/// The lines of a page outside its fences: examples contain headings of their own.
fn prose(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => lines.push(line),
        }
    }
    lines
}

#[test]
fn no_source_file_is_long() {
    let long: Vec<String> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(|folder| files(folder, ".rs"))
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{} has {lines} lines", shown(&path)))
        .collect();
    assert_eq!(long, Vec::<String>::new(), "split it: `foo.rs` beside `foo/`");
}

#[test]
fn every_module_says_what_it_is_responsible_for() {
    let silent: Vec<String> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(|folder| files(folder, ".rs"))
        // The unit tests of a module, which is documented itself.
        .filter(|path| path.file_name().is_some_and(|name| name != "tests.rs"))
        .filter(|path| !read(path).starts_with("//! "))
        .map(|path| shown(&path))
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn there_is_no_mod_rs() {
    let old: Vec<String> = files("src", "mod.rs").iter().map(|path| shown(path)).collect();
    assert_eq!(old, Vec::<String>::new());
}

#[test]
fn no_lint_is_allowed_where_it_could_be_expected() {
    for path in files("src", ".rs") {
        let text = read(&path);
        let silenced =
            text.lines().find(|line| line.trim_start().starts_with(["#[", "allow("].concat().as_str()));
        assert_eq!(silenced, None, "{}: use `#[expect]`", shown(&path));
    }
}

#[test]
fn knowledge_names_its_sources() {
    let files = files("rules/knowledge", ".toml");
    assert!(files.len() > 10);
    for path in files {
        let table: toml::Table = read(&path).parse().expect("knowledge is TOML");
        let source = table.get("source").and_then(toml::Value::as_str).unwrap_or_default();
        assert!(source.starts_with("https://"), "{}: `{source}`", shown(&path));
    }
}

#[test]
fn rule_ids_are_those_that_were_published() {
    let rules = rules_as_listed();
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids, RULE_IDS);
    let stems: BTreeSet<String> =
        pages().iter().filter_map(|page| Some(page.file_stem()?.to_str()?.to_owned())).collect();
    assert_eq!(stems, RULE_IDS.iter().map(|id| (*id).to_owned()).collect());
}

#[test]
fn rule_ids_name_a_property() {
    for id in RULE_IDS {
        let is_kebab = id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(is_kebab, "{id}");
        for padding in ["check-", "missing-", "has-", "should-", "forge-"] {
            assert!(!id.starts_with(padding), "{id}");
        }
    }
}

#[test]
fn every_rule_has_references_and_stands_in_its_pillar() {
    for rule in rules_as_listed() {
        let (id, pillar) =
            (rule["id"].as_str().unwrap_or_default(), rule["pillar"].as_str().unwrap_or_default());
        assert!(root().join(format!("rules/{pillar}/{id}.md")).is_file(), "{id} in {pillar}");
        let references = rule["references"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(!references.is_empty(), "{id}");
        for reference in references {
            assert!(reference.as_str().is_some_and(|url| url.starts_with("https://")), "{id}: {reference}");
        }
    }
}

#[test]
fn every_page_has_its_sections_in_order() {
    for path in pages() {
        let text = read(&path);
        let lines = prose(&text);
        let at = shown(&path);
        assert!(text.starts_with("```toml\n"), "{at} opens with its TOML");
        let titles: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("# ")).collect();
        assert!(matches!(titles.as_slice(), [title] if !title.ends_with('.')), "{at}: {titles:?}");
        let sections: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{at}");
        for section in SECTIONS {
            let (_, body) = text.split_once(&format!("\n## {section}\n")).expect("the section was just seen");
            let first = body.lines().find(|line| !line.is_empty());
            assert!(first.is_some_and(|line| !line.starts_with("## ")), "{at}: {section} is empty");
            let of_section =
                lines.iter().skip_while(|line| line.strip_prefix("## ") != Some(section)).skip(1);
            let of_section = of_section.take_while(|line| !line.starts_with("## "));
            let examples = of_section.filter(|line| line.starts_with("### ")).count();
            let wants_examples = matches!(*section, "Bad" | "Good" | "Near miss");
            assert_eq!(examples > 0, wants_examples, "{at}: {section} has {examples} examples");
        }
    }
}

#[test]
fn every_example_is_run() {
    // `### ` below Bad, Good and Near miss, counted by hand and as the harness sees them.
    let titles: usize = pages()
        .iter()
        .map(|path| {
            let text = read(path);
            prose(&text).iter().filter(|line| line.starts_with("### ")).count()
        })
        .sum();
    let tests = forge::example_tests();
    assert_eq!(tests.len(), titles);
    let names: BTreeSet<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names.len(), tests.len(), "no two examples have one name");
}

/// A message of a finding, a note or a piece of evidence: on one line, and fit to stand behind a colon.
#[track_caller]
fn expect_fragment(message: &str, what: &str) {
    let first = message.chars().next();
    // A name in capitals, such as SIGTERM or CI, keeps them.
    let is_name = message.split(|char: char| !char.is_alphanumeric()).next().is_some_and(|word| {
        word.chars().count() > 1 && word.chars().all(|char| char.is_uppercase() || char.is_numeric())
    });
    let is_proper =
        ["Rust ", "GitHub", "GitLab", "Kubernetes", "Docker", "Cargo", "Rocket", "Dependabot", "Renovate"]
            .iter()
            .any(|name| message.starts_with(name));
    assert!(first.is_some_and(|char| !char.is_uppercase()) || is_name || is_proper, "{what}: {message}");
    assert!(!message.ends_with(['.', '!', ':', ' ']), "{what}: {message}");
    assert!(!message.contains(['\n', '\t']), "{what}: {message}");
    assert!(message.matches('`').count().is_multiple_of(2), "{what}: {message}");
}

fn expect_fragments(report: &Report) -> usize {
    let mut seen = 0;
    let mut expect = |value: &Value, what: &Value| {
        if let Some(message) = value.as_str().filter(|message| !message.is_empty()) {
            expect_fragment(message, &what.to_string());
            seen += 1;
        }
    };
    for finding in report.findings() {
        expect(&finding["message"], &finding["rule"]);
        expect(&finding["help"], &finding["rule"]);
        for related in finding["related"].as_array().into_iter().flatten() {
            expect(&related["message"], &finding["rule"]);
        }
    }
    for check in report.checks() {
        expect(&check["reason"], &check["rule"]);
        for evidence in check["evidence"].as_array().into_iter().flatten() {
            expect(&evidence["message"], &check["rule"]);
        }
    }
    for note in report.notes() {
        expect(&note["message"], &note["path"]);
    }
    seen
}

#[test]
fn messages_are_fragments() {
    let mut seen = expect_fragments(&Tree::new(SYSTEM).audit());
    seen += expect_fragments(&Tree::service_with(&[]).audit());
    let broken = "a: [";
    let files: Vec<(&str, &str)> = SYSTEM.iter().map(|(path, _)| (*path, broken)).collect();
    seen += expect_fragments(&Tree::new(&files).audit());
    assert!(seen > 100, "{seen}");
}

/// Every example of every page at once, each in a package of its own: what all rules say about all that they know.
#[test]
fn messages_about_the_examples_are_fragments() {
    let tree = Tree::empty();
    let mut members = 0;
    for page in pages() {
        let text = read(&page);
        let mut path: Option<&str> = None;
        let mut file: Option<String> = None;
        for line in text.lines() {
            if line.starts_with("### ") {
                members += 1;
                let manifest =
                    format!("[package]\nname = \"app{members}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
                tree.write(&format!("app{members}/Cargo.toml"), manifest);
            }
            if let Some(named) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
                path = Some(named);
            } else if line.starts_with("```") {
                match (file.take(), path) {
                    (Some(text), Some(named)) if !named.ends_with("Cargo.toml") => {
                        tree.write(&format!("app{members}/{named}"), text);
                        path = None;
                    }
                    (None, Some(_)) => file = Some(String::new()),
                    _ => path = None,
                }
            } else if let Some(text) = &mut file {
                *text += line;
                text.push('\n');
            }
        }
    }
    let report = tree.audit_with(&["--no-cargo"]);
    assert!(report.services().len() > 50, "{} services of {members} examples", report.services().len());
    assert!(expect_fragments(&report) > 1_000);
}

/// What stands in backticks or behind a link and looks like a path of this repository.
fn paths_named_in(text: &str) -> BTreeSet<&str> {
    let lines = prose(text);
    let mut named = BTreeSet::new();
    for line in lines {
        let quoted = line.split('`').skip(1).step_by(2);
        let linked = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(path, _)| path);
        for word in quoted.chain(linked) {
            let word = word.split('#').next().unwrap_or_default();
            let is_path = !word.starts_with(['/', '-', '.'])
                || word.starts_with(".ci/")
                || word.starts_with(".github/");
            let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
            let ending = Path::new(word).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let is_file = matches!(ending, "rs" | "md" | "toml" | "lock" | "snap");
            let is_folder = word.ends_with('/');
            if is_path && is_plain && (is_file || is_folder) && !word.contains("://") {
                named.insert(word);
            }
        }
    }
    named
}

#[test]
fn every_path_that_a_document_names_exists() {
    for document in MAPS {
        let text = read(&root().join(document));
        let beside = Path::new(document).parent().unwrap_or(Path::new(""));
        let dead: Vec<&str> = paths_named_in(&text)
            .into_iter()
            .filter(|path| !EXAMPLES.iter().any(|example| path.contains(example)))
            // A map names modules without `src/`; a page names its neighbours.
            .filter(|path| !["", "src"].iter().any(|folder| root().join(folder).join(path).exists()))
            .filter(|path| !root().join(beside).join(path).exists())
            .collect();
        assert_eq!(dead, Vec::<&str>::new(), "in {document}");
    }
}

#[test]
fn the_documents_that_users_look_for_are_there() {
    for path in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "LICENSE",
        "docs/ci.md",
        "docs/formats.md",
        "docs/json.md",
    ] {
        assert!(read(&root().join(path)).len() > 200, "{path}");
    }
}

#[test]
fn the_readme_names_every_rule_and_no_option_that_there_is_not() {
    let readme = read(&root().join("README.md"));
    for id in RULE_IDS {
        assert!(readme.contains(&format!("`{id}`")), "README.md without `{id}`");
    }
    let help: String = [
        &["--help"][..],
        &["audit", "--help"],
        &["explain", "--help"],
        &["rules", "--help"],
        &["gate", "--help"],
        &["baseline", "prune", "--help"],
    ]
    .iter()
    .map(|args| Forge::new().args(args).run().stdout)
    .collect();
    let of_forge = readme.lines().filter(|line| line.contains("forge ") || line.contains("| `-"));
    // What stands before `--` is for Cargo.
    let words = of_forge.flat_map(|line| {
        line.rsplit("cargo run --release -- ").next().unwrap_or_default().split([' ', '`', '|', ','])
    });
    for option in words.filter(|word| word.starts_with("--") && word.len() > 2) {
        let option = option.split(['=', '.', ';', ')']).next().unwrap_or_default();
        assert!(help.contains(option), "README.md speaks of `{option}`");
    }
}

/// The repository stands on its own: it names no folder of a machine that only its authors have.
#[test]
fn nothing_names_a_workplace() {
    // Put together here, so that this file is not among what it looks for.
    let folders = [["/work", "/"].concat(), ["/scratch", "/"].concat(), ["/home", "/runner/"].concat()];
    let mut texts = 0;
    for path in files("", "") {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        texts += 1;
        for folder in &folders {
            assert!(!text.contains(folder.as_str()), "{} names {folder}", shown(&path));
        }
    }
    assert!(texts > 100);
}

#[test]
fn text_files_end_with_one_newline_and_no_blanks() {
    for ending in [".rs", ".md", ".toml"] {
        for path in ["src", "rules", "tests"].into_iter().flat_map(|folder| files(folder, ending)) {
            let text = read(&path);
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{}", shown(&path));
            let blank = text.lines().position(|line| line.ends_with([' ', '\t']));
            assert_eq!(blank.map(|line| line + 1), None, "{}: blanks at the end of a line", shown(&path));
        }
    }
}
