//! `docs/conformance.md` as the comparison reads it: which rules answer to which, and the differences that are known.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The tables of the document.
pub(crate) struct Document {
    /// Our rules, by the tool and its rule.
    rules: BTreeMap<(String, String), Vec<String>>,
    /// What Forge says, by the case and the tool's rule.
    known: BTreeMap<(String, String), String>,
}

impl Document {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut rules: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for row in rows(&text, "## Which rules answer to which") {
            let [ours, peer, theirs] = row.as_slice() else { panic!("three cells, not {row:?}") };
            for theirs in names(theirs) {
                rules.entry((peer.clone(), theirs)).or_default().extend(names(ours));
            }
        }
        let mut known = BTreeMap::new();
        for row in rows(&text, "## Known differences") {
            let [cases, rule, ours, reason] = row.as_slice() else { panic!("four cells, not {row:?}") };
            assert!(!reason.is_empty(), "{cases} has no reason");
            for case in names(cases) {
                for rule in names(rule) {
                    known.insert((case.clone(), rule), ours.clone());
                }
            }
        }
        Self { rules, known }
    }

    /// The rules of ours that answer to a tool's rule.
    pub(crate) fn ours(&self, peer: &str, rule: &str) -> Option<Vec<&str>> {
        let ours = self.rules.get(&(peer.to_owned(), rule.to_owned()))?;
        Some(ours.iter().map(String::as_str).collect())
    }

    /// Whether a case is listed, and so says Forge.
    pub(crate) fn is_known(&self, case: &str, rule: &str, answer: &str) -> bool {
        self.known.get(&(case.to_owned(), rule.to_owned())).is_some_and(|known| known == answer)
    }

    pub(crate) fn is_listed(&self, case: &str, rule: &str) -> bool {
        self.known.contains_key(&(case.to_owned(), rule.to_owned()))
    }
}

/// The cells of the tables below a heading, without their headers.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = text.lines().skip_while(|line| *line != heading).skip(1);
    let own = below.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    let cells = own.map(|line| {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    });
    cells.filter(|row| row.iter().any(|cell| cell.contains('`'))).collect()
}

/// What stands in backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
