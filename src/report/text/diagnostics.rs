//! The findings of a service: what is wrong, where, what to do, and what that brings.

use std::borrow::Cow;
use std::io;

use super::entry::{Entry, Group};
use super::frame::{self, Mark};
use super::style::{Ink, Page, clean, columns};
use crate::finding::Finding;
use crate::places::Places;
use crate::report::Detail;
use crate::rule::Confidence;

/// How many of alike findings are drawn.
const DRAWN: usize = 3;
/// How many further places are listed unless all are asked for.
const LISTED: usize = 40;

pub(super) fn write(page: &mut Page<'_>, places: &Places<'_>, group: &Group<'_>) -> io::Result<()> {
    let name = group.service.map_or(Cow::Borrowed("repository"), clean);
    let rest = page.width().saturating_sub(columns(&name) + 4);
    let line = format!(" {}", "─".repeat(rest));
    page.flow(&[(Ink::Dim, "── "), (Ink::Strong, &name), (Ink::Dim, &line)], 2, Ink::Plain, [])?;
    page.blank()?;
    for entry in &group.entries {
        write_entry(page, places, entry)?;
        page.blank()?;
    }
    Ok(())
}

fn write_entry(page: &mut Page<'_>, places: &Places<'_>, entry: &Entry<'_>) -> io::Result<()> {
    let Some(first) = entry.findings.first() else { return Ok(()) };
    let preview = if entry.rule.is_preview() { ", preview" } else { "" };
    let rule = format!("[{}{preview}]", entry.rule.id);
    let times = times(entry);
    let ink = Ink::of_severity(entry.severity);
    let head = [(ink, entry.severity.id()), (ink, &rule), (Ink::Dim, times.as_str()), (Ink::Plain, ": ")];
    page.prose(&head, 2, Ink::Strong, &first.problem.message)?;

    let (drawn, listed) = entry.findings.split_at(entry.findings.len().min(DRAWN));
    frame::draw(page, places, &marks(places, drawn))?;
    list(page, places, listed)?;

    if !first.problem.help.is_empty() {
        page.prose(&[(Ink::Good, "  help: ")], 8, Ink::Plain, &first.problem.help)?;
    }
    also(page, places, entry)?;
    let explain = format!("`forge explain {}`", entry.rule.id);
    page.flow(&[(Ink::Plain, "  ")], 4, Ink::Dim, worth(entry).into_iter().chain([explain]).map(Cow::Owned))
}

/// How many there are, and how many of them the change brought.
fn times(entry: &Entry<'_>) -> String {
    let (all, new) =
        (entry.findings.len(), entry.findings.iter().filter(|finding| finding.is_new == Some(true)).count());
    match (all, new) {
        (1, 0) => String::new(),
        (_, 0) => format!(" ×{all}"),
        (1, _) => " new".to_owned(),
        _ if all == new => format!(" ×{all}, new"),
        _ => format!(" ×{all}, {new} new"),
    }
}

/// What mending it brings, and how sure it is where that is not certain.
fn worth(entry: &Entry<'_>) -> Vec<String> {
    let mut words = Vec::new();
    let points: f64 = entry.findings.iter().map(|finding| finding.points).sum();
    if points >= 0.05 {
        let together = if entry.findings.len() > 1 { " together" } else { "" };
        words.push(format!("worth {points:.1} points{together} ·"));
    }
    let confidence = entry.findings.iter().map(|finding| finding.confidence).min();
    match confidence {
        Some(Confidence::Low) => words.push("low confidence, not scored ·".to_owned()),
        Some(Confidence::Medium) => words.push("medium confidence ·".to_owned()),
        Some(Confidence::High) | None => {}
    }
    words
}

/// The places of alike findings and what belongs to them. The first message is the entry's; another is said
/// at its place, unless it only names what is marked there.
fn marks<'a>(places: &Places<'_>, findings: &[&'a Finding]) -> Vec<Mark<'a>> {
    let mut marks = Vec::new();
    for finding in findings {
        let problem = &finding.problem;
        let marked = places.text(problem.span);
        let is_said = problem.message == findings[0].problem.message
            || problem.message.split('`').skip(1).step_by(2).all(|name| marked.contains(name));
        let message = (!is_said).then_some(problem.message.as_str());
        marks.push(Mark { span: problem.span, message, primary: true });
    }
    for label in findings.iter().flat_map(|finding| &finding.problem.related) {
        marks.push(Mark { span: label.span, message: Some(&label.message), primary: false });
    }
    marks
}

/// The places that are not drawn, each file named once.
fn list(page: &mut Page<'_>, places: &Places<'_>, findings: &[&Finding]) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let limit = if page.look.detail == Detail::Verbose { findings.len() } else { LISTED };
    let shown = &findings[..findings.len().min(limit)];
    let mut words = Vec::with_capacity(shown.len() + 1);
    let mut file = None;
    for (at, finding) in shown.iter().enumerate() {
        let span = finding.problem.span;
        let place = if file == Some(span.file) {
            let start = places.start(span);
            format!("{}:{}", start.line, start.column)
        } else {
            frame::at(places, span)
        };
        file = Some(span.file);
        let is_last = at + 1 == findings.len();
        words.push(Cow::Owned(if is_last { place } else { place + "," }));
    }
    if shown.len() < findings.len() {
        words.push(format!("… {} not listed (`--verbose`)", findings.len() - shown.len()).into());
    }
    let noun = if findings.len() == 1 { "place" } else { "places" };
    page.flow(&[(Ink::Plain, &format!("  and {} more {noun}: ", findings.len()))], 4, Ink::Dim, words)
}

/// The same defect as other rules see it, a line a rule.
fn also(page: &mut Page<'_>, places: &Places<'_>, entry: &Entry<'_>) -> io::Result<()> {
    let mut rules: Vec<&str> = entry.also.iter().map(|finding| finding.rule.id.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        let of_rule = entry.also.iter().filter(|finding| finding.rule.id == rule);
        let mut words: Vec<Cow<'_, str>> = vec![rule.into(), "at".into()];
        words.extend(of_rule.map(|finding| Cow::Owned(frame::at(places, finding.problem.span) + ",")));
        if let Some(last) = words.last_mut() {
            last.to_mut().pop();
        }
        page.flow(&[(Ink::Dim, "  same defect: ")], 4, Ink::Dim, words)?;
    }
    Ok(())
}
