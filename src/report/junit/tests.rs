//! JUnit XML, as CI systems read it.

use quick_xml::Reader;

use super::*;
use crate::report::text::sample;

fn written(report: &Report, sources: &Sources) -> String {
    let mut out = Vec::new();
    render(report, sources, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("only text is written")
}

/// Every tag closes, and every character may stand in XML 1.0.
fn expect_well_formed(xml: &str) {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in:\n{xml}")) {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{error} in:\n{xml}"));
                }
            }
            _ => {}
        }
    }
    let is_legal =
        |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(xml.chars().find(|&character| !is_legal(character)), None);
}

#[test]
fn the_whole_document() {
    let sources = sample::sources();
    let mut report = sample::gated(&sources);
    report.findings.drain(2..40);
    let xml = written(&report, &sources);
    expect_well_formed(&xml);
    insta::assert_snapshot!("gated", xml);
}

#[test]
fn names_that_mean_harm_are_text() {
    let (sources, report) = sample::hostile();
    let xml = written(&report, &sources);
    expect_well_formed(&xml);
    insta::assert_snapshot!("hostile", xml);
}
