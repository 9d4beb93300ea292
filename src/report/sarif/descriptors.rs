//! The rules as SARIF describes them: what GitHub shows beside an alert.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::types::{Configuration, Descriptor, Help, RuleProperties};
use super::{REPOSITORY, level, text};
use crate::rule::file::Page;
use crate::rule::{Meta, Pillar, Severity};
use crate::rules;

/// The rules of a run: all of the set, and those of findings that are not in it.
pub(super) struct Descriptors {
    /// By id.
    rules: Vec<&'static Meta>,
}

impl Descriptors {
    pub(super) fn of(found: impl Iterator<Item = &'static Meta>) -> Self {
        let mut rules: BTreeMap<&str, &'static Meta> = BTreeMap::new();
        for meta in rules::all().iter().map(|rule| &rule.page.meta).chain(found) {
            rules.entry(meta.id.as_str()).or_insert(meta);
        }
        Self { rules: rules.into_values().collect() }
    }

    pub(super) fn rules(&self) -> Vec<Descriptor> {
        self.rules.iter().map(|meta| descriptor(meta)).collect()
    }

    /// The position of a rule that some finding has.
    pub(super) fn index(&self, id: &str) -> usize {
        self.rules.binary_search_by(|meta| meta.id.as_str().cmp(id)).unwrap_or_default()
    }
}

fn descriptor(meta: &Meta) -> Descriptor {
    let page = rules::find(&meta.id).map(|rule| rule.page);
    let title = page.map_or_else(|| meta.id.replace('-', " "), |page| page.title.clone());
    let about = page.map(|page| first_paragraph(&page.body)).filter(|about| !about.is_empty());
    let markdown = page.map_or_else(|| title.clone(), help);
    Descriptor {
        name: pascal(&meta.id),
        short_description: text(&format!("{title}.")),
        full_description: text(&about.unwrap_or_else(|| format!("{title}."))),
        help: Help { text: markdown.clone(), markdown },
        help_uri: format!("{REPOSITORY}/blob/main/rules/{}/{}.md", meta.pillar.id(), meta.id),
        default_configuration: Configuration { level: level(meta.severity) },
        properties: RuleProperties {
            tags: tags(meta),
            // The words of GitHub are these.
            precision: meta.confidence.id(),
            problem_severity: match meta.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "recommendation",
            },
            security_severity: (meta.pillar == Pillar::Security).then(|| security_severity(meta.severity)),
        },
        id: meta.id.clone(),
    }
}

/// In the ranges of GitHub: critical from 9.0, high from 7.0, medium from 4.0, low above 0.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.0",
        Severity::High => "7.5",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

/// `health-check` as `HealthCheck`, the form that the standard asks for; `metrics` as `MetricsRule`, since a name must
/// differ from the id in more than its case.
fn pascal(id: &str) -> String {
    let id = if id.contains('-') { id } else { &format!("{id}-rule") };
    let words = id.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect()
}

/// The first paragraph, without a last sentence that only leads to a list.
fn first_paragraph(body: &str) -> String {
    let lines = body.lines().take_while(|line| !line.trim().is_empty() && !line.starts_with(['#', '-']));
    let mut text = lines.collect::<Vec<_>>().join(" ");
    if !text.ends_with('.') {
        let end = text.rfind(". ").map_or(0, |end| end + 1);
        text.truncate(end);
    }
    text
}

/// The page for whoever met a finding: what and why, how to fix it, the first Bad and the first Good example, the limits.
/// The rest of the page is tests.
fn help(page: &'static Page) -> String {
    static HELP: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
        rules::all().iter().map(|rule| (rule.page.meta.id.as_str(), written(rule.page))).collect()
    });
    HELP.get(page.meta.id.as_str()).cloned().unwrap_or_default()
}

fn written(page: &Page) -> String {
    let sections = sections(&page.body);
    let section =
        |name: &str| sections.iter().find(|(title, _)| *title == name).map(|(_, text)| text.as_str());
    let mut help = format!("# {}\n", page.title);
    for (title, text) in [
        (None, section("").map(str::to_owned)),
        (Some("Why it matters"), section("Why it matters").map(str::to_owned)),
        (Some("How to fix"), section("How to fix").map(str::to_owned)),
        (Some("Bad"), section("Bad").map(first_example)),
        (Some("Good"), section("Good").map(first_example)),
        (Some("Limits"), section("Limits").map(str::to_owned)),
    ] {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { continue };
        if let Some(title) = title {
            help.push_str("\n## ");
            help.push_str(title);
            help.push('\n');
        }
        help.push('\n');
        help.push_str(text.trim());
        help.push('\n');
    }
    if !page.meta.references.is_empty() {
        help.push_str("\n## References\n\n");
        for reference in &page.meta.references {
            help.push_str("- <");
            help.push_str(reference);
            help.push_str(">\n");
        }
    }
    help
}

/// The parts of a page by their headings; the first has none. Headings inside of fences are text.
fn sections(body: &str) -> Vec<(&str, String)> {
    let mut sections = vec![("", String::new())];
    let mut fence: Option<&str> = None;
    for line in body.lines() {
        fence = after(fence, line);
        if fence.is_none()
            && let Some(title) = line.strip_prefix("## ")
        {
            sections.push((title.trim(), String::new()));
        } else if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    sections
}

/// The first example of a section, without the marks that say where its finding stands.
fn first_example(section: &str) -> String {
    let mut example = String::new();
    let mut fence: Option<&str> = None;
    let mut titles = 0;
    for line in section.lines() {
        fence = after(fence, line);
        if fence.is_none() && line.starts_with("### ") {
            titles += 1;
        }
        if titles > 1 {
            break;
        }
        let marks = [" // finding", " # finding", " <!-- finding -->"];
        let unmarked = marks.iter().find_map(|mark| line.strip_suffix(mark)).unwrap_or(line);
        example.push_str(unmarked.trim_end());
        example.push('\n');
    }
    example
}

/// The ticks of the fence that is open behind a line.
fn after<'l>(fence: Option<&'l str>, line: &'l str) -> Option<&'l str> {
    let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
    match fence {
        Some(open) if line.trim_end() == open => None,
        Some(open) => Some(open),
        None => (ticks.len() >= 3).then_some(ticks),
    }
}

fn tags(meta: &Meta) -> Vec<String> {
    let level = meta.level.map(|level| level.id().to_owned());
    let preview = meta.is_preview().then(|| "preview".to_owned());
    [meta.pillar.id().to_owned(), meta.capability.clone()].into_iter().chain(level).chain(preview).collect()
}
