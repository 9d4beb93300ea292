//! Code frames: a few lines of a file with what is seen in them, drawn by miette.
//!
//! miette is handed an excerpt, not the file: lines are cut to the page, tabs expanded and control characters
//! escaped before it measures anything, so that a hostile file can neither move the cursor nor shift the
//! marks.

use std::fmt;
use std::io;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::style::{Ink, Page, clean, columns, push_clean};
use crate::places::Places;
use crate::span::Span;

/// A longer line is generated or minified: only its place is named. In bytes.
const LONGEST_LINE: usize = 400;
/// Marks at most this many lines apart share a frame.
const NEAR: usize = 4;
const TAB: usize = 4;
/// The columns kept before the first mark where a line is cut on its left, and the fewest, where it gets
/// tight.
const LEFT: usize = 16;
const LEAST: usize = 4;
/// What is drawn between the middle of a mark and what is said of it: `╰──` and a space.
const STEM: usize = 4;
/// What is said beside a mark is not broken into shorter lines than this.
const NARROWEST: usize = 18;

/// A place to mark, with what is seen there, if that is not said already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    pub(super) span: Span,
    pub(super) message: Option<&'a str>,
    /// The frame is named for its first primary mark.
    pub(super) primary: bool,
}

/// Draws the marks, files in the order of their first mark.
pub(super) fn draw(page: &mut Page<'_>, places: &Places<'_>, marks: &[Mark<'_>]) -> io::Result<()> {
    let mut rest: Vec<Mark<'_>> = Vec::with_capacity(marks.len());
    for mark in marks {
        match rest.iter_mut().find(|known| known.span == mark.span) {
            Some(known) if known.message.is_none() => known.message = mark.message,
            Some(known) if known.message == mark.message || mark.message.is_none() => {}
            _ => rest.push(*mark),
        }
    }
    while let Some(file) = rest.first().map(|mark| mark.span.file) {
        let (mut here, elsewhere): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|mark| mark.span.file == file);
        rest = elsewhere;
        here.sort_by_key(|mark| (mark.span.range, !mark.primary));
        let mut frames: Vec<Vec<Mark<'_>>> = Vec::new();
        for mark in here {
            match frames.last_mut() {
                Some(near) if has_room(places, near, mark) => near.push(mark),
                _ => frames.push(vec![mark]),
            }
        }
        // What is wrong comes before what explains it, wherever they stand.
        frames.sort_by_key(|frame| !frame.iter().any(|mark| mark.primary));
        frames.iter().try_for_each(|frame| draw_near(page, places, frame))?;
    }
    Ok(())
}

/// Whether a mark can be drawn in the frame of others that stand before it: near them, and not below one of
/// them.
fn has_room(places: &Places<'_>, frame: &[Mark<'_>], mark: Mark<'_>) -> bool {
    let line = places.start(mark.span).line;
    let is_near = frame.last().is_some_and(|last| line - places.start(last.span).line <= NEAR);
    let is_covered = frame.iter().any(|other| {
        places.start(other.span).line == line
            && other.span.range.end.max(other.span.range.start + 1) > mark.span.range.start
    });
    let is_alike =
        frame.last().is_some_and(|last| can_draw(places, last.span) == can_draw(places, mark.span));
    is_near && !is_covered && is_alike
}

/// Whether a mark's line is there and short enough to be shown.
fn can_draw(places: &Places<'_>, span: Span) -> bool {
    let text = places.sources.text(span.file);
    rows(text, places.start(span).line, span, span)
        .iter()
        .find(|row| row.holds(span))
        .is_some_and(|row| !row.is_long() && !row.is_blank(text))
}

/// Draws one frame around marks that are in order.
fn draw_near(page: &mut Page<'_>, places: &Places<'_>, marks: &[Mark<'_>]) -> io::Result<()> {
    let frame = if marks.iter().all(|mark| can_draw(places, mark.span)) {
        Frame::around(places, marks, page.width())
    } else {
        None
    };
    let Some(frame) = frame else {
        return marks.iter().try_for_each(|mark| name(page, places, mark));
    };
    let theme = if page.look.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .without_cause_chain()
        .without_syntax_highlighting()
        .with_links(false)
        .with_wrap_lines(false);
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, &frame).is_err() {
        return marks.iter().try_for_each(|mark| name(page, places, mark));
    }
    // The first line is where miette writes the message, which is ours to write and empty here.
    for line in drawn.lines().skip(1) {
        page.line(line.trim_end())?;
    }
    Ok(())
}

/// Names a place that cannot be drawn.
fn name(page: &mut Page<'_>, places: &Places<'_>, mark: &Mark<'_>) -> io::Result<()> {
    let place = at(places, mark.span);
    match mark.message {
        Some(message) => page.prose(
            &[(Ink::Dim, "  at "), (Ink::Hint, &place), (Ink::Plain, "  ")],
            5,
            Ink::Plain,
            message,
        ),
        None => page.flow(&[(Ink::Dim, "  at "), (Ink::Hint, &place)], 5, Ink::Plain, []),
    }
}

/// `path:line:column`.
pub(super) fn at(places: &Places<'_>, span: Span) -> String {
    let start = places.start(span);
    format!("{}:{}:{}", clean(places.path(span)), start.line, start.column)
}

/// An excerpt as miette reads it. Its lines are the file's, from `first_line` on.
#[derive(Debug)]
struct Frame {
    excerpt: String,
    /// Counted from 0.
    first_line: usize,
    lines: usize,
    path: String,
    /// Of the mark that the frame is named for, counted from 0.
    line: usize,
    column: usize,
    labels: Vec<LabeledSpan>,
}

impl Frame {
    /// `None` where there is nothing to draw.
    fn around(places: &Places<'_>, marks: &[Mark<'_>], width: usize) -> Option<Self> {
        let (first, last) = (marks.first()?, marks.last()?);
        let text = places.sources.text(first.span.file);
        let mut rows = rows(text, places.start(first.span).line, first.span, last.span);
        let marked = |row: &Row| marks.iter().any(|mark| row.holds(mark.span));
        // Rows between marks have to stay, for miette counts lines itself.
        rows.retain(|row| {
            marked(row) || !is_edge(row, &first.span, &last.span) || !(row.is_blank(text) || row.is_long())
        });

        let number_width = rows.last()?.number.to_string().len();
        let available = width.saturating_sub(number_width + 4);
        let cells: Vec<Cells> = rows.iter().map(|row| Cells::of(text, row)).collect();
        let skip = hidden_columns(&rows, &cells, marks, available);

        let mut excerpt = String::new();
        let mut labels = Vec::with_capacity(marks.len());
        for (row, cells) in rows.iter().zip(&cells) {
            let line = cells.cut(skip, available);
            for mark in marks.iter().filter(|mark| row.holds(mark.span)) {
                let (start, end) = cells.columns_of(mark.span, row);
                let (left, right) = (offset(&line, start, skip), offset(&line, end, skip));
                let middle = usize::midpoint(start, end.min(skip + available)).saturating_sub(skip);
                let label = mark.message.map(|message| fold(message, middle, available));
                labels.push(LabeledSpan::new(label, excerpt.len() + left, right - left));
            }
            excerpt.push_str(&line);
            excerpt.push('\n');
        }
        let named = marks.iter().find(|mark| mark.primary).unwrap_or(first);
        let start = places.start(named.span);
        Some(Self {
            excerpt,
            first_line: rows.first()?.number - 1,
            lines: rows.len(),
            path: clean(places.path(named.span)).into_owned(),
            line: start.line - 1,
            column: start.column - 1,
            labels,
        })
    }
}

/// A line of a file, in bytes, without its line break.
struct Row {
    /// Counted from 1.
    number: usize,
    start: usize,
    end: usize,
}

impl Row {
    /// Whether a span begins here. What goes on below is cut: a frame shows where to look, not all of it.
    fn holds(&self, span: Span) -> bool {
        (self.start..=self.end).contains(&(span.range.start as usize))
    }

    fn is_long(&self) -> bool {
        self.end - self.start > LONGEST_LINE
    }

    fn is_blank(&self, text: &str) -> bool {
        text[self.start..self.end].trim().is_empty()
    }
}

/// Whether a row only stands there as the context of the first or last mark.
fn is_edge(row: &Row, first: &Span, last: &Span) -> bool {
    row.end < first.range.start as usize || row.start > last.range.start as usize
}

/// The lines from the one before the first mark to the one after the last.
fn rows(text: &str, first_line: usize, first: Span, last: Span) -> Vec<Row> {
    let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let clamp = |offset: u32| text.floor_char_boundary((offset as usize).min(text.len()));
    let marked = line_start(clamp(first.range.start));
    let (mut number, mut start) =
        if marked == 0 { (first_line, 0) } else { (first_line - 1, line_start(marked - 1)) };
    let last = clamp(last.range.start);
    let mut rows = Vec::new();
    loop {
        let next = text[start..].find('\n').map(|at| start + at);
        let end = next.unwrap_or(text.len());
        rows.push(Row { number, start, end });
        let is_behind = start > last;
        match next {
            Some(end) if !is_behind => start = end + 1,
            _ => break,
        }
        number += 1;
    }
    rows
}

/// What a line shows, one character a column, each with the byte of the file that it comes from.
struct Cells(Vec<(usize, char)>);

impl Cells {
    fn of(text: &str, row: &Row) -> Self {
        let end = text.floor_char_boundary(row.end.min(row.start + LONGEST_LINE));
        let line = text[row.start..end].trim_end_matches('\r');
        let mut cells = Vec::with_capacity(line.len());
        let mut shown = String::new();
        for (at, character) in line.char_indices() {
            let at = row.start + at;
            match character {
                // The mark of the file's encoding, no part of its text.
                '\u{feff}' if at == 0 => {}
                '\t' => {
                    let spaces = TAB - cells.len() % TAB;
                    cells.extend(std::iter::repeat_n((at, ' '), spaces));
                }
                _ => {
                    shown.clear();
                    push_clean(&mut shown, character);
                    cells.extend(shown.chars().map(|character| (at, character)));
                }
            }
        }
        Self(cells)
    }

    /// The columns of the part of a span that lies on this line.
    fn columns_of(&self, span: Span, row: &Row) -> (usize, usize) {
        let column = |byte: usize| self.0.partition_point(|(at, _)| *at < byte);
        let start = column(span.range.start as usize);
        (start, column((span.range.end as usize).min(row.end)).max(start))
    }

    /// The line without its first columns and cut to a width, with an ellipsis on each side that lost
    /// something.
    fn cut(&self, skip: usize, width: usize) -> String {
        let mut line: String = self.0.iter().skip(skip).take(width).map(|(_, character)| character).collect();
        if self.0.len() > skip + width {
            line.pop();
            line.push('…');
        }
        if skip > 0 && !self.0.is_empty() {
            let first = line.chars().next().map_or(0, char::len_utf8);
            line.replace_range(..first, "…");
        }
        line
    }
}

/// How many columns to hide on the left, so that every mark is seen with what is said of it.
fn hidden_columns(rows: &[Row], cells: &[Cells], marks: &[Mark<'_>], available: usize) -> usize {
    let (mut leftmost, mut rightmost) = (usize::MAX, 0);
    for (row, cells) in rows.iter().zip(cells) {
        for mark in marks.iter().filter(|mark| row.holds(mark.span)) {
            let (start, end) = cells.columns_of(mark.span, row);
            let said = mark.message.map_or(0, |message| {
                usize::midpoint(start, end.min(available)) + STEM + columns(message).min(NARROWEST)
            });
            leftmost = leftmost.min(start);
            rightmost = rightmost.max(end.min(start + LEFT)).max(said);
        }
    }
    if rightmost < available {
        return 0;
    }
    let needed = rightmost + 1 - available;
    needed.max(leftmost.saturating_sub(LEFT)).min(leftmost.saturating_sub(LEAST))
}

/// The byte in a cut line of a column of the whole one.
fn offset(line: &str, column: usize, skip: usize) -> usize {
    line.char_indices().nth(column.saturating_sub(skip)).map_or(line.len(), |(at, _)| at)
}

/// A message broken into the lines that fit to the right of a column.
fn fold(message: &str, column: usize, available: usize) -> String {
    let width = available.saturating_sub(column + STEM).max(NARROWEST);
    let mut folded = String::new();
    let mut used = 0;
    for word in message.split_whitespace() {
        let word = clean(word);
        let wide = columns(&word);
        if used > 0 && used + 1 + wide > width {
            folded.push('\n');
            used = 0;
        } else if used > 0 {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(&word);
        used += wide;
    }
    folded
}

impl fmt::Display for Frame {
    /// Nothing: the message of a finding stands above its frames.
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Frame {}

impl Diagnostic for Frame {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for Frame {
    /// The whole excerpt, whatever is asked for: it has its context already. miette asks without context for
    /// the place that names the frame.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (line, column) = if before == 0 { (self.line, self.column) } else { (self.first_line, 0) };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            self.excerpt.as_bytes(),
            (0, self.excerpt.len()).into(),
            line,
            column,
            self.lines,
        )))
    }
}
