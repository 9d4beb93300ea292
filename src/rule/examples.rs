//! Runs the examples of the rules' pages: each is a repository in memory, and says what its rule must conclude.

use std::collections::BTreeSet;

use super::file::{Example, Section};
use crate::finding::Verdict;
use crate::model::Project;
use crate::policy::Policy;
use crate::rule::{Cx, Rule};
use crate::source::{Kind, Sources};
use crate::span::LineIndex;
use crate::{engine, facts, rules};

/// An example of a rule's page, as a test.
pub struct ExampleTest {
    /// `rule-id::bad::what_is_wrong`.
    pub name: String,
    rule: &'static Rule,
    example: &'static Example,
}

/// Every example of every rule, in the order of the pages.
pub fn example_tests() -> Vec<ExampleTest> {
    rules::all()
        .iter()
        .flat_map(|rule| rule.page.examples.iter().map(move |example| (rule, example)))
        .map(|(rule, example)| ExampleTest { name: name(rule, example), rule, example })
        .collect()
}

fn name(rule: &Rule, example: &Example) -> String {
    let section = match example.section {
        Section::Bad => "bad",
        Section::Good => "good",
        Section::NearMiss => "near_miss",
    };
    let title: String = example
        .title
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    format!("{}::{section}::{}", rule.page.meta.id, title.trim_matches('_'))
}

impl ExampleTest {
    /// Audits the example and compares.
    ///
    /// # Errors
    /// What differs.
    pub fn run(&self) -> Result<(), String> {
        let mut sources = sources(self.example);
        // Examples name days, and have to be right for ever.
        let policy = Policy::of(&mut sources, jiff::civil::date(2026, 1, 1))
            .map_err(|errors| format!("its configuration is wrong: {:?}", errors.errors))?;
        let facts = facts::Facts::extract(&sources);
        let project = Project::link(&sources, &facts);
        let cx = Cx { project: &project, waivers: &policy.waivers, today: policy.today };
        let verdicts = engine::verdicts(&cx, self.rule);
        let expected = expected(self.example)?;
        let seen: Vec<String> = verdicts
            .iter()
            .map(|(subject, verdict)| format!("{} {}: {}", subject.kind.id(), subject.id, told(verdict)))
            .collect();
        let report = |what: &str| Err(format!("{what}\n  {}", seen.join("\n  ")));
        if expected == "no_subject" {
            return if verdicts.is_empty() { Ok(()) } else { report("there is something to judge") };
        }
        if !verdicts.iter().any(|(_, verdict)| verdict.id() == expected) {
            return report(&format!("no verdict is `{expected}`"));
        }
        let refuted: &[&str] = match expected {
            "pass" => &["fail", "unknown"],
            "fail" => &["unknown"],
            _ => &["fail"],
        };
        // A workload beside the image may well be unknown; what is shown is the example's own subject.
        let is_refuted = verdicts.iter().any(|(_, verdict)| {
            refuted.contains(&verdict.id()) && (verdict.id() == "fail" || verdicts.len() == 1)
        });
        if is_refuted {
            return report(&format!("a verdict speaks against `{expected}`"));
        }
        compare_places(&sources, self.example, &verdicts).or_else(|what| report(&what))
    }
}

fn expected(example: &Example) -> Result<&str, String> {
    match (&example.expect, example.section) {
        (Some(expect), _) => Ok(expect),
        (None, Section::Bad) => Ok("fail"),
        (None, Section::Good) => Ok("pass"),
        (None, Section::NearMiss) => Err("a near miss says what to expect".into()),
    }
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass(labels) => {
            let what: Vec<&str> = labels.iter().map(|label| label.message.as_str()).collect();
            format!("pass ({})", what.join("; "))
        }
        Verdict::Fail(problems) => {
            let what: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            format!("fail ({})", what.join("; "))
        }
        Verdict::NotApplicable(why) => format!("not_applicable ({why})"),
        Verdict::Unknown(why, _) => format!("unknown ({why})"),
    }
}

fn compare_places(
    sources: &Sources,
    example: &Example,
    verdicts: &[(crate::finding::Subject, Verdict)],
) -> Result<(), String> {
    let found: BTreeSet<(String, usize)> = verdicts
        .iter()
        .flat_map(|(_, verdict)| match verdict {
            Verdict::Fail(problems) => problems.as_slice(),
            _ => &[],
        })
        .map(|problem| {
            let span = problem.span;
            let text = sources.text(span.file);
            (sources.path(span.file).to_owned(), LineIndex::new(text).position(text, span.range.start).line)
        })
        .collect();
    let marked: BTreeSet<(String, usize)> = example.marks.iter().cloned().collect();
    let list = |places: Vec<&(String, usize)>| {
        places.iter().map(|(path, line)| format!("{path}:{line}")).collect::<Vec<_>>().join(", ")
    };
    let (extra, missing) =
        (list(found.difference(&marked).collect()), list(marked.difference(&found).collect()));
    match (extra.is_empty(), missing.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("found and not marked: [{extra}]; marked and not found: [{missing}]")),
    }
}

/// The example's files, with a manifest for the package `app` where it has Rust and no manifest.
fn sources(example: &Example) -> Sources {
    let mut files = example.files.clone();
    let has_rust = files.iter().any(|(path, _)| path.ends_with(".rs"));
    let has_manifest = files.iter().any(|(path, _)| path.ends_with("Cargo.toml"));
    if has_rust && !has_manifest {
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        files.push(("Cargo.toml".into(), manifest.into()));
    }
    let sources = Sources::from_texts(files);
    debug_assert!(
        sources.iter().any(|(_, file)| file.kind != Kind::Other),
        "an example has a file that is read"
    );
    sources
}
