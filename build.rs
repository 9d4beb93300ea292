//! Lists the files below `rules/` so that the program carries them: no rule is registered twice, none is forgotten.

#![expect(clippy::disallowed_methods, reason = "a build script reads the files that it lists")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut rules = Vec::new();
    let mut knowledge = Vec::new();
    collect(&root, &mut |path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") if path.parent().is_some_and(|folder| folder.ends_with("knowledge")) => {
            knowledge.push(path);
        }
        // A README is about rules and is none.
        Some("md") if path.file_name().is_some_and(|name| name != "README.md") => rules.push(path),
        _ => {}
    })?;
    let mut source = String::new();
    for (name, files) in [("RULES", &mut rules), ("KNOWLEDGE", &mut knowledge)] {
        files.sort();
        let _ = writeln!(source, "pub(crate) static {name}: &[(&str, &str)] = &[");
        for file in files.iter() {
            let relative = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
            let _ = writeln!(source, "    (\"{relative}\", include_str!(r\"{}\")),", file.display());
        }
        source.push_str("];\n");
    }
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("embedded.rs"), source)
}

fn collect(folder: &Path, found: &mut impl FnMut(PathBuf)) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() { collect(&path, found)? } else { found(path) }
    }
    Ok(())
}
