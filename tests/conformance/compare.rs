//! Each case through the rules that answer to it, and the sum of what came out.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use forge::{Examined, Sources, examine};

use crate::cases::{Case, Expected};
use crate::document::Document;

/// The name of what parsers are asked.
const PARSE: &str = "parse";

pub(crate) struct Comparison {
    /// By tool and rule.
    pub(crate) tallies: BTreeMap<String, Tally>,
}

/// What came out for one rule of a tool.
#[derive(Default)]
pub(crate) struct Tally {
    agreed: usize,
    skipped: BTreeMap<String, usize>,
    pub(crate) differs: Vec<Difference>,
    /// Cases that the document lists as differing, and that do not.
    pub(crate) stale: Vec<String>,
}

pub(crate) struct Difference {
    case: String,
    rule: String,
    theirs: &'static str,
    ours: String,
    /// What the rules said, or why they said nothing.
    why: String,
    content: String,
    /// Whether the document says so.
    pub(crate) is_listed: bool,
}

impl Comparison {
    pub(crate) fn of(cases: &[Case], document: &Document) -> Self {
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        // Suites ask many questions about few files.
        let mut examined: BTreeMap<(String, String), Examined> = BTreeMap::new();
        for case in cases {
            let is_parse = case.rule == PARSE;
            let ours = if is_parse { Some(Vec::new()) } else { document.ours(&case.peer, &case.rule) };
            let Some(ours) = ours else { continue };
            let tally = tallies.entry(case.name()).or_default();
            let setting = case.setting.clone().filter(|_| !is_parse);
            if let Some(setting) = setting.or_else(|| {
                (case.expected == Expected::Other).then(|| "neither reported nor clean".to_owned())
            }) {
                *tally.skipped.entry(setting).or_default() += 1;
                continue;
            }
            let (text, moved) = case.text();
            let key = (format!("{}\n{}", case.path(), ours.join(" ")), text.clone());
            let examined = examined.entry(key).or_insert_with(|| examine(&sources(case, text), &ours));
            tally.add(case, document, answer(case, examined, moved), why(examined));
        }
        for case in cases.iter().filter(|case| case.expected == Expected::Fire && case.setting.is_none()) {
            let Some(ours) = document.ours(&case.peer, &case.rule) else { continue };
            // A key that cannot be read may be the one that is missing: there, `unknown` is right.
            if ours.contains(&"workflow-permissions") {
                continue;
            }
            let (text, _) = case.text();
            let fires = |text: String| {
                let examined = examine(&sources(case, text), &ours);
                let is_found = examined.verdicts.iter().any(|verdict| !verdict.findings.is_empty());
                (is_found, examined)
            };
            let Some(faulty) = case.with_fault(&text) else { continue };
            if fires(text).0 {
                let (is_found, examined) = fires(faulty);
                let answer = if is_found { Answer::Fires } else { Answer::Clean };
                let tally = tallies.entry(format!("{} findings beside a fault", case.kind)).or_default();
                tally.add_as(case, document, "fault", Expected::Fire, answer, why(&examined));
            }
        }
        for case in cases.iter().filter(|case| is_readable(case)) {
            let (text, _) = case.text();
            let key = (format!("{}\n", case.path()), text.clone());
            let examined = examined.entry(key).or_insert_with(|| examine(&sources(case, text), &[]));
            let answer = if examined.notes.is_empty() { Answer::Clean } else { Answer::Fires };
            let tally = tallies.entry(format!("{} files that parse", case.kind)).or_default();
            tally.add_as(case, document, PARSE, Expected::Clean, answer, why(examined));
        }
        Self { tallies }
    }

    /// What agreed, as a table for people.
    pub(crate) fn table(&self) -> String {
        let mut text =
            format!("{:<58} {:>7} {:>7} {:>7} {:>7}\n", "", "agreed", "listed", "differs", "skipped");
        let (mut agreed, mut listed, mut differs, mut skipped) = (0, 0, 0, 0);
        for (name, tally) in &self.tallies {
            let known = tally.differs.iter().filter(|difference| difference.is_listed).count();
            let new = tally.differs.len() - known;
            let left: usize = tally.skipped.values().sum();
            let _ = writeln!(text, "{name:<58} {:>7} {known:>7} {new:>7} {left:>7}", tally.agreed);
            agreed += tally.agreed;
            listed += known;
            differs += new;
            skipped += left;
        }
        let _ = writeln!(text, "{:<58} {agreed:>7} {listed:>7} {differs:>7} {skipped:>7}", "all");
        text
    }

    /// Each difference that is not listed, with its file or as a row of the document.
    pub(crate) fn differences(&self, as_rows: bool) -> String {
        let mut text = String::new();
        let all = self.tallies.values().flat_map(|tally| &tally.differs);
        for difference in all.filter(|difference| !difference.is_listed) {
            let _ = if as_rows {
                let Difference { case, rule, ours, why, .. } = difference;
                writeln!(text, "| `{case}` | `{rule}` | {ours} | {} |", why.replace('|', "/"))
            } else {
                writeln!(text, "=== {difference}\n{}\n", difference.content)
            };
        }
        text
    }
}

fn sources(case: &Case, text: String) -> Sources {
    let beside = case.beside().map(|(path, text)| (path, text.to_owned()));
    Sources::from_texts(beside.into_iter().chain([(case.path(), text)]))
}

/// What Forge answers.
enum Answer {
    Fires,
    Clean,
    /// It reports, and not where the tool does.
    Elsewhere(Vec<usize>),
}

fn answer(case: &Case, examined: &Examined, moved: usize) -> Answer {
    if case.rule == PARSE {
        return if examined.notes.is_empty() { Answer::Clean } else { Answer::Fires };
    }
    let findings = examined.verdicts.iter().flat_map(|verdict| &verdict.findings);
    let lines: Vec<usize> = findings.map(|(line, _)| line.saturating_sub(moved)).collect();
    let is_there = case.lines.is_empty() || lines.iter().any(|line| case.lines.contains(line));
    match lines.is_empty() {
        true => Answer::Clean,
        false if case.expected == Expected::Fire && !is_there => Answer::Elsewhere(lines),
        false => Answer::Fires,
    }
}

fn why(examined: &Examined) -> String {
    let said = examined.verdicts.iter().map(|verdict| {
        let found: Vec<String> =
            verdict.findings.iter().map(|(line, message)| format!("line {line}: {message}")).collect();
        format!("{}: {} {}{}", verdict.subject, verdict.verdict, verdict.reason, found.join("; "))
    });
    let notes = examined.notes.iter().map(|(line, note)| match line {
        Some(line) => format!("note on line {line}: {note}"),
        None => format!("note: {note}"),
    });
    said.chain(notes).collect::<Vec<_>>().join(" / ")
}

/// Files that are there to be linted, and so are what they claim to be; actionlint's findings are about those that are not.
fn is_readable(case: &Case) -> bool {
    let is_kind = matches!(case.kind.as_str(), "dockerfile" | "workflow" | "action" | "compose" | "k8s");
    let is_fault = case.peer == "actionlint" && case.expected == Expected::Fire;
    is_kind && !is_fault && case.rule != PARSE && case.expected != Expected::Other
}

impl Tally {
    fn add(&mut self, case: &Case, document: &Document, answer: Answer, why: String) {
        self.add_as(case, document, &case.rule, case.expected, answer, why);
    }

    fn add_as(
        &mut self,
        case: &Case,
        document: &Document,
        rule: &str,
        expected: Expected,
        answer: Answer,
        why: String,
    ) {
        let ours = match (answer, expected) {
            (Answer::Fires, Expected::Fire) | (Answer::Clean, Expected::Clean) => {
                self.agreed += 1;
                if document.is_listed(&case.id, rule) {
                    self.stale.push(case.id.clone());
                }
                return;
            }
            (Answer::Fires, _) => "fire".to_owned(),
            (Answer::Clean, _) => "clean".to_owned(),
            (Answer::Elsewhere(lines), _) => format!("lines {lines:?} not {:?}", case.lines),
        };
        // A file that several rules are asked about is one file.
        if rule == PARSE && self.differs.iter().any(|difference| difference.case == case.id) {
            return;
        }
        self.differs.push(Difference {
            is_listed: document.is_known(&case.id, rule, &ours),
            case: case.id.clone(),
            rule: rule.to_owned(),
            theirs: if expected == Expected::Fire { "fire" } else { "clean" },
            ours,
            why,
            content: case.content.clone(),
        });
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, rule, theirs, ours, why, .. } = self;
        write!(f, "{case} ({rule}): they say {theirs}, Forge {ours}: {why}")
    }
}
