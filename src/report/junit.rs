//! The report as JUnit XML: a suite for each service and for each other kind of subject, a case for each check.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Report;
use super::text::plain;
use crate::finding::{Finding, Judged, Subject, Verdict};
use crate::places::Places;
use crate::rule::SubjectKind;
use crate::source::Sources;

/// The checks of a suite, in the order of the report.
type Suite<'a> = Vec<(&'a Judged, Outcome<'a>)>;

/// Writes one document.
pub(super) fn render(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(sources);
    let suites = suites(report);
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attribute(("name", "forge"))
        .with_attributes(
            counts(suites.values().flatten()).iter().map(|(name, count)| (*name, count.as_str())),
        )
        .write_inner_content(|xml| {
            for ((kind, name), suite) in &suites {
                let name = match kind {
                    SubjectKind::Service => format!("service {name}"),
                    kind => kind.id().to_owned(),
                };
                xml.create_element("testsuite")
                    .with_attribute(("name", legal(&name).as_str()))
                    .with_attributes(counts(suite).iter().map(|(name, count)| (*name, count.as_str())))
                    .write_inner_content(|xml| {
                        suite.iter().try_for_each(|(judged, outcome)| case(xml, judged, outcome, &places))
                    })?;
            }
            Ok(())
        })?;
    out.write_all(b"\n")
}

/// By kind of subject, and services by their ids.
fn suites(report: &Report) -> BTreeMap<(SubjectKind, &str), Suite<'_>> {
    let mut findings: BTreeMap<(&str, &Subject), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        findings.entry((&finding.rule.id, &finding.subject)).or_default().push(finding);
    }
    let mut suites: BTreeMap<(SubjectKind, &str), Suite<'_>> = BTreeMap::new();
    for judged in &report.checks {
        let of_check = findings.get(&(judged.rule.id.as_str(), &judged.subject));
        let outcome = Outcome::of(judged, of_check.map_or(&[][..], Vec::as_slice));
        let name = match judged.subject.kind {
            SubjectKind::Service => judged.subject.id.as_str(),
            _ => "",
        };
        suites.entry((judged.subject.kind, name)).or_default().push((judged, outcome));
    }
    suites
}

/// What JUnit knows of a check.
enum Outcome<'a> {
    Passed,
    /// Why nothing can be said, or why it does not count.
    Skipped(String),
    Failed(Vec<&'a Finding>),
}

impl<'a> Outcome<'a> {
    fn of(judged: &Judged, findings: &[&'a Finding]) -> Self {
        match &judged.verdict {
            Verdict::Pass(_) => Self::Passed,
            Verdict::NotApplicable(why) => Self::Skipped(format!("not applicable: {}", plain(why))),
            Verdict::Unknown(why, _) => Self::Skipped(format!("unknown: {}", plain(why))),
            Verdict::Fail(_) => {
                let open: Vec<&Finding> =
                    findings.iter().copied().filter(|finding| finding.suppressed.is_none()).collect();
                match findings.iter().find_map(|finding| finding.suppressed.as_ref()) {
                    Some(waiver) if open.is_empty() => {
                        Self::Skipped(format!("waived: {}", plain(&waiver.reason)))
                    }
                    _ => Self::Failed(open),
                }
            }
        }
    }
}

/// The attributes that count cases.
fn counts<'o, 'a: 'o>(
    cases: impl IntoIterator<Item = &'o (&'a Judged, Outcome<'a>)>,
) -> [(&'static str, String); 4] {
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for (_, outcome) in cases {
        tests += 1;
        match outcome {
            Outcome::Passed => {}
            Outcome::Skipped(_) => skipped += 1,
            Outcome::Failed(_) => failures += 1,
        }
    }
    [
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", skipped.to_string()),
    ]
}

fn case<W: Write>(
    xml: &mut Writer<W>,
    judged: &Judged,
    outcome: &Outcome<'_>,
    places: &Places<'_>,
) -> io::Result<()> {
    let subject = legal(&format!("{} {}", judged.subject.kind.id(), judged.subject.id));
    let element = xml
        .create_element("testcase")
        .with_attribute(("classname", subject.trim_end()))
        .with_attribute(("name", judged.rule.id.as_str()));
    match outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Skipped(why) => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", legal(why).as_str())).write_empty()?;
            Ok(())
        })?,
        Outcome::Failed(findings) => element.write_inner_content(|xml| {
            let first = findings.first().map_or_else(String::new, |first| plain(&first.problem.message));
            let kind =
                findings.iter().map(|finding| finding.severity).max().map_or("fail", |worst| worst.id());
            let lines: Vec<String> = findings.iter().map(|finding| line(finding, places)).collect();
            xml.create_element("failure")
                .with_attribute(("message", legal(&first).as_str()))
                .with_attribute(("type", kind))
                .write_text_content(BytesText::new(&lines.join("\n")))?;
            Ok(())
        })?,
    };
    Ok(())
}

/// A finding as compilers write it, so that tools can jump there.
fn line(finding: &Finding, places: &Places<'_>) -> String {
    let problem = &finding.problem;
    let start = places.start(problem.span);
    let (path, message, help) =
        (plain(places.path(problem.span)), plain(&problem.message), plain(&problem.help));
    legal(&format!("{path}:{}:{}: {}: {message}; {help}", start.line, start.column, finding.severity.id()))
}

/// Without the characters that XML 1.0 has no way to write. Control characters are escapes already.
fn legal(text: &str) -> String {
    plain(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
