//! Errors at places of a file, drawn as findings are.

use std::io;

use super::frame::{self, Mark};
use super::style::{Ink, Page};
use crate::finding::Problem;
use crate::places::Places;
use crate::report::Look;
use crate::source::Sources;

/// What is wrong, each with its lines, as text.
pub(in crate::report) fn draw(errors: &[Problem], sources: &Sources, look: Look) -> io::Result<String> {
    let places = Places::new(sources);
    let mut drawn = Vec::new();
    let mut page = Page::new(&mut drawn, look);
    for error in errors {
        page.blank()?;
        page.prose(&[(Ink::Bad, "error"), (Ink::Plain, ": ")], 2, Ink::Strong, &error.message)?;
        frame::draw(&mut page, &places, &[Mark { span: error.span, message: None, primary: true }])?;
        if !error.help.is_empty() {
            page.prose(&[(Ink::Good, "  help: ")], 8, Ink::Plain, &error.help)?;
        }
    }
    Ok(String::from_utf8_lossy(&drawn).trim_end().to_owned())
}
