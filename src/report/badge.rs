//! The score as a small picture for a README.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::{Report, Score};
use crate::score::shown;

/// Writes an SVG that needs neither a font nor a server.
pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (value, colour, title) = match &report.score {
        Score::Assessed(score) => {
            let value = shown(score.exact);
            (value.to_string(), colour(value), format!("Forge: {value} of 100"))
        }
        Score::NotAssessed { .. } => ("not assessed".to_owned(), "#6b6b6b", "Forge: not assessed".to_owned()),
    };
    let (left, right) = (width("forge"), width(&value));
    let whole = left + right;
    write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="round"><rect width="{whole}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{left}" height="20" fill="#444"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
    <text x="{}" y="14" textLength="{}">forge</text>
    <text x="{}" y="14" textLength="{}">{value}</text>
  </g>
</svg>
"##,
        left / 2,
        left - PADDING,
        left + right / 2,
        right - PADDING,
    )
}

/// Around a text.
const PADDING: usize = 10;

/// What a text takes in the font, which is made to fit by `textLength`.
fn width(text: &str) -> usize {
    text.chars().count() * 7 + PADDING
}

/// The colours of the text report, dark enough for white letters on them.
fn colour(value: u32) -> &'static str {
    match value {
        0..50 => "#b3261e",
        50..80 => "#8a6100",
        _ => "#1a7f37",
    }
}
