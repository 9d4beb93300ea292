//! Where every platform accepts more than the standard, and the parser does not.
//!
//! YAML wants every line of a flow collection and of a quoted scalar indented deeper than the block around it
//! (sections 7.3 and 7.4), and no tab alone between a key's colon and a plain value. libyaml and Go's parsers
//! never insisted, so real files close a list with a `]` below its key, break strings anywhere, and align
//! values with tabs. Only these are repaired, so that no other character moves and every value stays what it
//! is; what is repaired must still parse.

/// What the parser refused, and a character near it.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// A line of a flow collection that begins at or after this character.
    FlowIndentation(usize),
    /// The lines of the quoted scalar that begins at this character.
    QuotedIndentation(usize),
    /// The blanks before this character.
    Tabs(usize),
}

/// Repairs a fault in place. False when there is nothing to change.
pub(super) fn repair(text: &mut [char], fault: Fault) -> bool {
    match fault {
        Fault::FlowIndentation(from) => join_lines(text, from),
        Fault::QuotedIndentation(start) => fold_quoted(text, start).is_some(),
        Fault::Tabs(end) => replace_tabs(text, end),
    }
}

fn replace_tabs(text: &mut [char], end: usize) -> bool {
    let mut has_changed = false;
    let before = text.iter_mut().take(end).rev();
    for character in before.take_while(|character| matches!(**character, ' ' | '\t')) {
        has_changed |= *character == '\t';
        *character = ' ';
    }
    has_changed
}

/// Writes a quoted scalar on one line, folded as the parser would fold it (section 6.5), and fills up what is
/// left of its place with blanks. None when its folded form is longer, or when there is nothing to fold.
fn fold_quoted(text: &mut [char], start: usize) -> Option<()> {
    let quote = *text.get(start)?;
    let mut folded = vec![quote];
    // Escaped blanks are content; those behind this length are not.
    let mut content = 1;
    let mut has_breaks = false;
    let mut at = start + 1;
    loop {
        let (character, next) = (*text.get(at)?, text.get(at + 1).copied());
        let is_escaped_break = quote == '"' && character == '\\' && matches!(next, Some('\n' | '\r'));
        if is_escaped_break || matches!(character, '\n' | '\r') {
            has_breaks = true;
            let (breaks, end) = line_breaks(text, at + usize::from(is_escaped_break));
            if !is_escaped_break {
                let blanks = folded[content..].iter().rev().take_while(|c| matches!(c, ' ' | '\t')).count();
                folded.truncate(folded.len() - blanks);
            }
            match breaks - 1 {
                0 if is_escaped_break => {}
                0 => folded.push(' '),
                // Single quotes have no way to write a line end.
                _ if quote == '\'' => return None,
                empty_lines => folded.extend(['\\', 'n'].repeat(empty_lines)),
            }
            content = folded.len();
            at = end;
        } else if (quote == '"' && character == '\\')
            || (quote == '\'' && (character, next) == ('\'', Some('\'')))
        {
            folded.extend([character, next?]);
            content = folded.len();
            at += 2;
        } else {
            folded.push(character);
            at += 1;
            if character == quote {
                break;
            }
        }
    }
    let place = &mut text[start..at];
    if !has_breaks || place.len() < folded.len() {
        return None;
    }
    folded.resize(place.len(), ' ');
    place.copy_from_slice(&folded);
    Some(())
}

/// The number of line breaks from `start` on, and the offset behind them and the blanks among them.
fn line_breaks(text: &[char], start: usize) -> (usize, usize) {
    let (mut breaks, mut at) = (0, start);
    while let Some(character) = text.get(at) {
        match character {
            '\r' if text.get(at + 1) == Some(&'\n') => {}
            '\n' | '\r' => breaks += 1,
            ' ' | '\t' => {}
            _ => break,
        }
        at += 1;
    }
    (breaks, at)
}

fn join_lines(text: &mut [char], from: usize) -> bool {
    let Some(end) = end_of_collection(text, from) else { return false };
    let mut has_changed = false;
    let mut scan = Scan::default();
    for character in &mut text[from..end] {
        let role = scan.role(*character);
        if 0 < scan.depth && matches!(role, Role::Break | Role::Comment) {
            *character = ' ';
            has_changed = true;
        }
    }
    has_changed
}

/// The position behind the last closing bracket.
fn end_of_collection(text: &[char], from: usize) -> Option<usize> {
    let mut scan = Scan::default();
    let closes = |character: &char| scan.role(*character) == Role::Close && scan.depth == 0;
    text.get(from..)?.iter().position(closes).map(|length| from + length + 1)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Close,
    Break,
    Comment,
    Other,
}

/// What a character is, given those before it.
#[derive(Default)]
struct Scan {
    depth: usize,
    within: Within,
    is_escaped: bool,
    /// The last character outside quotes and comments; a quote or `#` in the middle of a word is none.
    previous: Option<char>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Tokens,
    Comment,
    Quotes(char),
}

impl Scan {
    fn role(&mut self, character: char) -> Role {
        let is_break = matches!(character, '\n' | '\r');
        match self.within {
            Within::Comment if is_break => self.within = Within::Tokens,
            Within::Comment => return Role::Comment,
            Within::Quotes(quote) => {
                if self.is_escaped {
                    self.is_escaped = false;
                } else if character == quote {
                    // A doubled single quote ends one scalar and begins another, which comes to the same.
                    self.within = Within::Tokens;
                    self.previous = Some(' ');
                } else {
                    self.is_escaped = quote == '"' && character == '\\';
                }
                return Role::Other;
            }
            Within::Tokens => {}
        }
        let previous = self.previous.replace(character);
        let begins = previous.is_none_or(|previous| previous.is_whitespace() || "[{,:".contains(previous));
        match character {
            _ if is_break => return Role::Break,
            '#' if begins => {
                self.within = Within::Comment;
                return Role::Comment;
            }
            '"' | '\'' if begins => self.within = Within::Quotes(character),
            '[' | '{' => self.depth += 1,
            ']' | '}' => {
                self.depth = self.depth.saturating_sub(1);
                return Role::Close;
            }
            _ => {}
        }
        Role::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_up_to_the_closing_bracket() {
        for (text, expected) in [
            (": [\n a,\n]\nb: [\n]", Some(": [  a, ]\nb: [\n]")),
            (": [\r\n] # x", Some(": [  ] # x")),
            ("[ # ü ] \n a]\n", Some("[         a]\n")),
            ("{a: \"]\n\\\"\",\n}", Some("{a: \"]\n\\\"\", }")),
            ("{a: 'it''s ]',\n}", Some("{a: 'it''s ]', }")),
            ("[it's,\n]", Some("[it's, ]")),
            ("[a#b,\n]", Some("[a#b, ]")),
            ("[a]", None),
            ("[\n", None),
            ("", None),
        ] {
            let mut characters: Vec<char> = text.chars().collect();
            let joined = join_lines(&mut characters, 0).then(|| characters.into_iter().collect::<String>());
            assert_eq!(joined.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn tabs_before_a_position_become_spaces() {
        let mut characters: Vec<char> = "a:\t \tb\t".chars().collect();
        assert!(repair(&mut characters, Fault::Tabs(5)));
        assert_eq!(characters.iter().collect::<String>(), "a:   b\t");
        assert!(!repair(&mut characters, Fault::Tabs(5)));
    }

    #[test]
    fn quoted_lines_are_folded_in_place() {
        for (text, expected) in [
            ("\"a  \n  b\" # c", Some("\"a b\"     # c")),
            ("\"a\r\nb\"", Some("\"a b\" ")),
            ("\"a \\\n  b\"", Some("\"a b\"    ")),
            ("\"a\n\nb\"", Some("\"a\\nb\"")),
            ("\"a\n\n\nb\"", None),
            ("\"\\\"\\ \nb\"", Some("\"\\\"\\  b\"")),
            ("'it''s\n b'", Some("'it''s b' ")),
            ("'a\n\nb'", None),
            ("\"a\"", None),
            ("\"a\n", None),
            ("", None),
        ] {
            let mut characters: Vec<char> = text.chars().collect();
            let folded = repair(&mut characters, Fault::QuotedIndentation(0));
            let folded = folded.then(|| characters.into_iter().collect::<String>());
            assert_eq!(folded.as_deref(), expected, "{text}");
        }
    }
}
