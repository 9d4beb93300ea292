//! Where in a template each byte of its output comes from.

use crate::span::Range;

/// A stretch of the output.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the output.
    start: usize,
    /// Where it comes from.
    from: Range,
    /// Text is copied byte by byte; what an action prints stands for the whole of the action.
    is_text: bool,
}

/// The pieces of an output, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pieces: Vec<Piece>,
}

impl Places {
    pub(super) fn push(&mut self, start: usize, from: Range, is_text: bool) {
        self.pieces.push(Piece { start, from, is_text });
    }

    /// The range of the template that a range of the output comes from.
    pub(super) fn of(&self, output: Range) -> Range {
        let (start, end) = (output.start as usize, output.end as usize);
        if start == end {
            // What is absent stands behind what is written.
            let at = self.last(start.saturating_sub(1), start);
            return Range::new(at, at);
        }
        let first = self.first(start);
        let last = self.last(end - 1, end);
        if first < last { Range::new(first, last) } else { self.line(start) }
    }

    fn at(&self, byte: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= byte);
        self.pieces.get(after.checked_sub(1)?)
    }

    fn first(&self, byte: usize) -> usize {
        let Some(piece) = self.at(byte) else { return 0 };
        let from = piece.from.as_usize();
        if piece.is_text { from.start + (byte - piece.start) } else { from.start }
    }

    fn last(&self, byte: usize, end: usize) -> usize {
        let Some(piece) = self.at(byte) else { return 0 };
        let from = piece.from.as_usize();
        if piece.is_text { (from.start + (end - piece.start)).min(from.end) } else { from.end }
    }

    /// A loop goes back in the template: only where something begins can be told then.
    fn line(&self, byte: usize) -> Range {
        let Some(piece) = self.at(byte) else { return Range::default() };
        Range::new(self.first(byte), piece.from.as_usize().end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_led_back_to_the_template() {
        // `a: {{ .x }}b` with `x` as `12345`.
        let mut places = Places::default();
        places.push(0, Range::new(0, 3), true);
        places.push(3, Range::new(3, 11), false);
        places.push(8, Range::new(11, 12), true);
        for (output, template) in
            [((0, 1), (0, 1)), ((3, 8), (3, 11)), ((4, 5), (3, 11)), ((3, 9), (3, 12)), ((2, 2), (2, 2))]
        {
            assert_eq!(places.of(Range::new(output.0, output.1)), Range::new(template.0, template.1));
        }
    }

    #[test]
    fn what_a_loop_repeats_begins_where_it_is_written() {
        let mut places = Places::default();
        places.push(0, Range::new(20, 25), true);
        places.push(5, Range::new(10, 14), true);
        assert_eq!(places.of(Range::new(1, 8)), Range::new(21, 25));
    }
}
