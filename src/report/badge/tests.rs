//! The badge, at its borders.

use super::*;
use crate::report::text::sample;

fn svg(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("only text is written")
}

#[test]
fn the_whole_badge() {
    let sources = sample::sources();
    insta::assert_snapshot!("assessed", svg(&sample::report(&sources)));
}

#[test]
fn its_colour_follows_the_score_and_grey_is_no_score() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    for (exact, value, colour) in [
        (0.0, "0", "#b3261e"),
        (49.99, "49", "#b3261e"),
        (50.0, "50", "#8a6100"),
        (80.0, "80", "#1a7f37"),
        (100.0, "100", "#1a7f37"),
    ] {
        let Score::Assessed(score) = &mut report.score else { panic!("it is assessed") };
        score.exact = exact;
        let svg = svg(&report);
        assert!(svg.contains(&format!(">{value}</text>")) && svg.contains(colour), "{svg}");
        assert!(svg.contains(&format!("<title>Forge: {value} of 100</title>")), "{svg}");
    }
    report.score = Score::NotAssessed { reason: "<no> & service".into() };
    let svg = svg(&report);
    assert!(
        svg.contains(">not assessed</text>") && svg.contains("#6b6b6b") && !svg.contains("<no>"),
        "{svg}"
    );
}
