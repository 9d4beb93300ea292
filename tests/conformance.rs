//! Forge beside other tools: their own test cases, and where the two differ.
//!
//! The cases are not part of this repository. They are read from the folder that `FORGE_CONFORMANCE` names, or from
//! `shared/conformance` beside the project; without them there is nothing to compare. `docs/conformance.md` says which rule
//! answers to which, and lists every difference with its reason: one that is not listed there fails the test.
//!
//! `CONFORMANCE_SHOW=1` prints each difference with its file, `CONFORMANCE_TABLE=1` prints them as rows of that document.

#![expect(clippy::disallowed_methods, reason = "the cases and the document are read from the disk")]

#[path = "conformance/cases.rs"]
mod cases;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/document.rs"]
mod document;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::compare::{Comparison, Tally};
use crate::document::Document;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = folder();
    let Some(cases) = cases::read(&folder) else {
        tell(&format!("skipped: there are no cases in {}\n", folder.display()));
        return libtest_mimic::run(&arguments, Vec::new()).exit_code();
    };
    let document = Document::read();
    let comparison = Comparison::of(&cases, &document);
    if !arguments.list {
        tell(&comparison.table());
        for variable in ["CONFORMANCE_SHOW", "CONFORMANCE_TABLE"] {
            if std::env::var_os(variable).is_some() {
                tell(&comparison.differences(variable == "CONFORMANCE_TABLE"));
            }
        }
    }
    let trials = comparison.tallies.into_iter().map(|(name, tally)| {
        Trial::test(name, move || match unlisted(&tally) {
            None => Ok(()),
            Some(what) => Err(Failed::from(what)),
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// What the document does not say of a rule's differences.
fn unlisted(tally: &Tally) -> Option<String> {
    let new: Vec<String> =
        tally.differs.iter().filter(|difference| !difference.is_listed).map(ToString::to_string).collect();
    let silent = (!new.is_empty()).then(|| format!("not in docs/conformance.md:\n{}", new.join("\n")));
    let stale = (!tally.stale.is_empty())
        .then(|| format!("listed in docs/conformance.md, and agreed: {}", tally.stale.join(", ")));
    match (silent, stale) {
        (None, None) => None,
        (silent, stale) => Some(silent.into_iter().chain(stale).collect::<Vec<_>>().join("\n")),
    }
}

fn folder() -> PathBuf {
    std::env::var_os("FORGE_CONFORMANCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    )
}

fn tell(text: &str) {
    // Nobody reads on when the output is closed.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
