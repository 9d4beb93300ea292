use super::*;

fn errors(text: &str) -> Vec<(String, String)> {
    let sources = Sources::from_texts([("forge.toml", text)]);
    let errors = Config::read(&sources).expect_err("it is wrong");
    errors.errors.into_iter().map(|error| (error.message, error.help)).collect()
}

fn config(text: &str) -> Config {
    Config::read(&Sources::from_texts([("forge.toml", text)])).expect("it is right")
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_what_is_near() {
    let found = errors(
        "preset = \"strickt\"\nexlude = []\nexclude = [\"[\", \"/etc\", 3]\n[rules]\nignore = [\"helth-check\", \"securty\"]\n\
         severity = { metrics = \"hi\", metrix = \"low\" }\n[gate]\nmax_drop = 101\nfail_under = \"x\"\n[[service]]\ntier = \"top\"\n\
         [[service.handled_elsewhere]]\ncapability = \"metric\"\nlink = \"wiki\"\nuntil = 2027-03-01\nreason = \" \"\n\
         [[waiver]]\nrule = \"metrics\"\nreason = \"x1\"\nuntil = \"2027-02-30\"\n",
    );
    for (message, help) in [
        ("there is no preset `strickt`", "did you mean `strict`?"),
        ("there is no key `exlude` here", "did you mean `exclude`?"),
        ("`/etc` is no glob: paths are relative to the root of the repository", ""),
        ("`exclude` is a glob, not a whole number", ""),
        ("there is no rule or pillar `helth-check`", "did you mean `health-check`?"),
        ("there is no rule or pillar `securty`", "did you mean `security`?"),
        ("there is no rule `metrix`", "did you mean `metrics`?"),
        ("`max_drop` is 101, which is not between 0 and 100", ""),
        ("`fail_under` is a whole number, not a string", ""),
        ("there is no capability `metric`", "did you mean `metrics`?"),
        ("`link` is no link", "write an address that begins with `https://`"),
        ("`reason` says nothing", ""),
        ("`2027-02-30` is no day", "write it as `2027-03-01`"),
        ("the waiver has no place", "add `path`, `service` or both"),
    ] {
        assert!(found.contains(&(message.to_owned(), help.to_owned())), "{message}: {found:#?}");
    }
    assert!(found.iter().any(|(message, _)| message.starts_with("`[` is no glob")), "{found:#?}");
    assert!(found.iter().any(|(message, _)| message == "`name` is missing"), "{found:#?}");
    assert!(found.iter().any(|(message, _)| message == "there is no tier `top`"), "{found:#?}");
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "",
        "=",
        "[",
        "preset",
        "preset = ",
        "[[rules]]",
        "rules = 1",
        "waiver = {}",
        "[[waiver]]",
        "\u{feff}a",
        "service = [1]",
        "rules.severity = []",
        "until = 2027-99-99",
        "path = [[1]]",
        "a.b.c = 1\na = 2",
    ] {
        let sources = Sources::from_texts([("forge.toml", text)]);
        let _ = Config::read(&sources);
        let manifest = format!("[workspace.metadata.forge]\n{text}\n");
        let _ = Config::read(&Sources::from_texts([("Cargo.toml", manifest)]));
    }
}

#[test]
fn presets_set_what_is_not_said() {
    let strict = config("preset = \"strict\"\n[gate]\nmax_drop = 2\n");
    assert_eq!(
        (strict.gate.severity, strict.gate.max_drop, strict.max_waiver_days),
        (Severity::Low, 2.0, 90)
    );
    assert_eq!(config("").gate, Config::default().gate);
    assert_eq!(config("preset = \"recommended\"").max_waiver_days, 365);
}

#[test]
fn rules_are_chosen_by_id_by_pillar_and_all() {
    let on = |text: &str| crate::rules::all().len() - config(text).off.len();
    assert_eq!(on(""), crate::rules::all().len());
    assert_eq!(on("[rules]\nselect = []\n"), 1, "waivers are judged in any case");
    assert_eq!(on("[rules]\nselect = [\"metrics\"]\n"), 2);
    assert_eq!(on("[rules]\nignore = [\"all\"]\n"), 1);
    assert!(config("[rules]\nignore = [\"structure\"]\n").off.contains("config-in-one-place"));
}

#[test]
fn the_manifest_configures_where_there_is_no_file() {
    let manifest = "[workspace]\n[workspace.metadata.forge]\npreset = \"strict\"\n[package.metadata.forge]\npreset = \"x\"\n";
    let config = Config::read(&Sources::from_texts([("Cargo.toml", manifest)])).expect("the first is right");
    assert_eq!(
        (config.path.as_deref(), config.max_waiver_days, config.notes.len()),
        (Some("Cargo.toml"), 90, 1)
    );
    let both = Sources::from_texts([("Cargo.toml", manifest), ("forge.toml", "")]);
    let config = Config::read(&both).expect("the file is right");
    assert_eq!(
        (config.path.as_deref(), config.max_waiver_days, config.notes.len()),
        (Some("forge.toml"), 365, 1)
    );
}

#[test]
fn a_glob_of_a_folder_is_all_below_it() {
    for (pattern, path, is_match) in [
        ("tools", "tools/a/b.rs", true),
        ("tools/", "tools/a.rs", true),
        ("tools/*", "tools/a/b.rs", true),
        ("*.rs", "src/a.rs", false),
        ("**/*.rs", "src/a.rs", true),
        ("**/*.rs", "a.rs", true),
        ("tools", "src/tools.rs", false),
    ] {
        assert_eq!(glob(pattern).expect("a glob").matches(path), is_match, "{pattern} {path}");
    }
}

/// `cargo run -- config schema > docs/forge.schema.json` writes it.
#[test]
fn the_published_schema_is_the_one_of_this_program() {
    let published = include_str!("../../docs/forge.schema.json");
    assert!(
        published == json_schema::text(),
        "write it again: `cargo run -- config schema > docs/forge.schema.json`"
    );
}

#[test]
fn the_reference_names_every_key_and_its_examples_are_right() {
    fn keys(of: &[schema::Key], found: &mut Vec<String>) {
        for key in of {
            found.push(key.name.to_owned());
            match key.kind {
                schema::Kind::Table(inner) | schema::Kind::Tables(inner) => keys(inner, found),
                _ => {}
            }
        }
    }
    let reference = include_str!("../../docs/configuration.md");
    let mut names = Vec::new();
    keys(schema::ROOT, &mut names);
    for name in names {
        let forms = [format!("`{name}`"), format!("`[{name}]`"), format!("`[[{name}]]`")];
        assert!(forms.iter().any(|form| reference.contains(form)), "{name}");
    }
    let examples: Vec<&str> =
        reference.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() > 3);
    for example in examples {
        let path = if example.contains("metadata.forge") { "Cargo.toml" } else { "forge.toml" };
        let read = Config::read(&Sources::from_texts([(path, example)]));
        assert!(read.is_ok_and(|config| config.path.is_some()), "{example}");
    }
}
