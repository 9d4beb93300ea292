//! A FROM that names a stage through a variable of the build: `FROM build-${TARGETARCH}`.
//!
//! Only stages of the same file are looked for. A variable with nothing beside it could be any image, and is taken for
//! stages only where their names are values that the variable has.

use std::collections::BTreeMap;

/// A part of a name.
enum Piece<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// Longer names are no names of stages.
const LONGEST: usize = 128;

/// The stages, in the order of the file, whose name the text may be when its variables are set. The text is an expansion
/// that left what it does not know as `${NAME}`; names are in lower case.
pub(super) fn stages(text: &str, names: &BTreeMap<String, Vec<usize>>) -> Vec<usize> {
    let text = text.to_ascii_lowercase();
    let Some(pieces) = pieces(&text).filter(|_| text.len() <= LONGEST) else { return Vec::new() };
    let is_anything = |piece: &Piece<'_>| matches!(piece, Piece::Variable(name) if values(name).is_none());
    if pieces.iter().all(is_anything) {
        return Vec::new();
    }
    let fitting = names.iter().filter(|(name, _)| name.len() <= LONGEST && fits(&pieces, name));
    let mut found: Vec<usize> = fitting.filter_map(|(_, stages)| stages.last().copied()).collect();
    found.sort_unstable();
    found
}

fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if at > 0 {
            found.push(Piece::Text(&rest[..at]));
        }
        let (name, behind) = rest[at + 2..].split_once('}')?;
        // A modifier with braces of its own is more than can be told here.
        if name.contains(['{', '$']) {
            return None;
        }
        let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        found.push(Piece::Variable(&name[..length]));
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Some(found)
}

fn fits(pieces: &[Piece<'_>], name: &str) -> bool {
    match pieces.split_first() {
        None => name.is_empty(),
        Some((Piece::Text(text), others)) => name.strip_prefix(text).is_some_and(|rest| fits(others, rest)),
        Some((Piece::Variable(variable), others)) => match values(variable) {
            Some(values) => {
                values.iter().filter_map(|value| name.strip_prefix(value)).any(|rest| fits(others, rest))
            }
            None => {
                name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| fits(others, &name[at..]))
            }
        },
    }
}

/// The values of `BuildKit`'s variables (<https://docs.docker.com/build/building/variables/#pre-defined-build-arguments>,
/// <https://go.dev/doc/install/source#environment>).
fn values(variable: &str) -> Option<&'static [&'static str]> {
    match variable {
        "targetarch" | "buildarch" => Some(&[
            "386", "amd64", "arm64", "arm", "loong64", "mips64le", "mips64", "ppc64le", "riscv64", "s390x",
        ]),
        "targetos" | "buildos" => Some(&["darwin", "freebsd", "linux", "wasi", "windows"]),
        "targetvariant" | "buildvariant" => Some(&["v5", "v6", "v7", "v8", "v2", "v3", "v4", ""]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_picked_by_the_values_that_a_variable_can_have() {
        let names: BTreeMap<String, Vec<usize>> =
            [("build-amd64", 0), ("build-arm64", 1), ("build-armv7", 2), ("build-common", 3), ("amd64", 4)]
                .map(|(name, stage)| (name.to_owned(), vec![stage]))
                .into();
        let cases: [(&str, &[usize]); 9] = [
            ("build-${TARGETARCH}", &[0, 1]),
            ("Build-${TARGETARCH}${TARGETVARIANT}", &[0, 1, 2]),
            ("build-${VARIANT}", &[0, 1, 2, 3]),
            ("build-${VARIANT:?which}", &[0, 1, 2, 3]),
            ("${TARGETARCH}", &[4]),
            ("${BASE}", &[]),
            ("${BASE}${TAG}", &[]),
            ("debian:${TAG}", &[]),
            ("build-${A:-${B}}", &[]),
        ];
        for (text, stages) in cases {
            assert_eq!(super::stages(text, &names), stages, "{text}");
        }
    }
}
