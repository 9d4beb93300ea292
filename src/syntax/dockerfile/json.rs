//! The JSON form of an instruction: an array of strings, each with its place.
//!
//! A validator for the whole of JSON is needed all the same, because `BuildKit` treats `["a", 1]` as a
//! fault and `["a", oops]` as shell form. Without recursion: nesting costs memory, not stack.

use std::ops::Range as StdRange;

/// What a text is that opens like a JSON array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// An array of strings only: the values, and the ranges of their literals, quotes included.
    Strings(Vec<(String, StdRange<usize>)>),
    /// Valid JSON, but not all of its elements are strings: a fault of the file.
    OtherElements,
    /// Not a JSON array, so the instruction is in shell form.
    Not,
}

/// Reads the whole of `text` as an array of strings.
pub(super) fn strings(text: &str) -> Json {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    if !reader.eat(b'[') {
        return Json::Not;
    }
    match reader.elements() {
        Some(Some(strings)) => Json::Strings(strings),
        Some(None) => Json::OtherElements,
        None => Json::Not,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// `Some(None)` is an array that holds something else than strings, `None` is not JSON.
type Elements = Option<Option<Vec<(String, StdRange<usize>)>>>;

impl Reader<'_> {
    /// The elements of the array whose bracket was just read, to the end of the text.
    fn elements(&mut self) -> Elements {
        let mut strings = Some(Vec::new());
        self.blanks();
        if !self.eat(b']') {
            loop {
                self.blanks();
                if self.peek() == Some(b'"') {
                    let start = self.at;
                    let value = self.string()?;
                    if let Some(strings) = &mut strings {
                        strings.push((value, start..self.at));
                    }
                } else {
                    self.value()?;
                    strings = None;
                }
                self.blanks();
                if self.eat(b']') {
                    break;
                }
                self.eat(b',').then_some(())?;
            }
        }
        self.blanks();
        (self.at == self.text.len()).then_some(strings)
    }

    /// Skips one value of any kind.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'"' => drop(self.string()?),
                bracket @ (b'[' | b'{') => {
                    self.at += 1;
                    self.blanks();
                    if !self.eat(closing(bracket)) {
                        open.push(bracket);
                        self.key_in(bracket)?;
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            loop {
                let Some(bracket) = open.last().copied() else { return Some(()) };
                self.blanks();
                if self.eat(closing(bracket)) {
                    open.pop();
                } else {
                    self.eat(b',').then_some(())?;
                    self.key_in(bracket)?;
                    break;
                }
            }
        }
    }

    /// The key and the colon before a member of an object; nothing before an element of an array.
    fn key_in(&mut self, bracket: u8) -> Option<()> {
        if bracket == b'{' {
            self.blanks();
            (self.peek() == Some(b'"')).then_some(())?;
            self.string()?;
            self.blanks();
            self.eat(b':').then_some(())?;
        }
        Some(())
    }

    fn scalar(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'));
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        (matches!(word, "true" | "false" | "null") || is_number(word)).then_some(())
    }

    /// A string literal; the opening quote is the current byte.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            value.push_str(&rest[..plain]);
            self.at += plain;
            if self.eat(b'"') {
                return Some(value);
            }
            self.eat(b'\\').then_some(())?;
            let escape = self.peek()?;
            self.at += 1;
            value.push(match escape {
                b'"' | b'\\' | b'/' => char::from(escape),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode()?,
                _ => return None,
            });
        }
    }

    /// The character of a `\u` escape. A surrogate without its other half is the replacement character, as
    /// in Go.
    fn unicode(&mut self) -> Option<char> {
        let high = self.four_digits()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                return char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            self.at = back;
        }
        Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }
}

fn closing(bracket: u8) -> u8 {
    if bracket == b'[' { b']' } else { b'}' }
}

/// Whether a word is a number of JSON: no leading zeros or plus sign, digits on both sides of the point.
fn is_number(word: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = word.split_once(['e', 'E']).map_or((word, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_strings() {
        let cases: [(&str, &[&str]); 6] = [
            ("[]", &[]),
            ("[ ]", &[]),
            (r#"["a","b"]"#, &["a", "b"]),
            ("\t[\t\"a\" ,\t\"b c\"\t]  ", &["a", "b c"]),
            (r#"["\"\\\/\n\u00e4\ud83d\ude00"]"#, &["\"\\/\nä😀"]),
            (r#"["\ud83d!", "ü"]"#, &["\u{fffd}!", "ü"]),
        ];
        for (text, expected) in cases {
            let Json::Strings(found) = strings(text) else { panic!("{text} is an array of strings") };
            assert_eq!(found.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
        let Json::Strings(found) = strings(r#"[ "ab"]"#) else { panic!("an array of strings") };
        assert_eq!(found[0].1, 2..6, "the range holds the quotes");
    }

    #[test]
    fn other_elements_are_a_fault_and_bad_json_is_shell_form() {
        let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
        let faults = ["[1]", r#"["a",42,"b"]"#, r#"["a",{"c": [null, -1.5e3]}]"#, "[[], {}]", &deep];
        for text in faults {
            assert_eq!(strings(text), Json::OtherElements, "{}", &text[..text.len().min(20)]);
        }
        let open = "[".repeat(100_000);
        let shell = [
            "['a']",
            "[\"a\"",
            "[\"a\",]",
            "[\"a\"] b",
            "[\"\\d\"]",
            "[\"a\tb\"]",
            "[01]",
            "[ ! -e x ]",
            "a",
            "",
            "[\"\\u12\"]",
            "[\"\\u12é\"]",
            "[{\"a\"}]",
            &open,
        ];
        for text in shell {
            assert_eq!(strings(text), Json::Not, "{}", &text[..text.len().min(20)]);
        }
    }
}
