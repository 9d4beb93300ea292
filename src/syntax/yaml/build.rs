//! Builds the tree from the parser's events, one document at a time.
//!
//! The text is first cut into documents. A line that begins with `---` or `...` ends whatever it stands in,
//! even a quoted or block scalar (YAML 1.2.2, `c-forbidden`, section 9.1.2), so the cut needs no parser, and
//! a broken document cannot take the next one with it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::cut::Cut;
use super::repair::{Fault, repair};
use super::{Kind, Node, NodeId, Style, Yaml};
use crate::span::{At, Range};

/// Deeper nesting is refused: no real file comes near it, and readers may recurse.
const MAX_DEPTH: usize = 200;
/// More nodes in one file are refused: some 100 MB of memory.
const MAX_NODES: usize = 1_000_000;

/// More errors of one file tell nothing new.
const MAX_ERRORS: usize = 100;
/// Each repair of a document parses it once more. So many bytes of a file, and eight times its length, may be
/// parsed again: real files need a handful of repairs, a hostile one a fraction of a second.
const REPARSED_BYTES: usize = 4_000_000;

/// Reads all documents of a text. Never fails: see [`Yaml::errors`].
pub(crate) fn parse(text: &str) -> Yaml {
    read(text, false)
}

/// Reads all documents of a text, and of those that do not parse what stands around the fault. What is left out has an
/// error at its place, and looks as if it were not there.
pub(crate) fn parse_around(text: &str) -> Yaml {
    read(text, true)
}

fn read(text: &str, goes_around: bool) -> Yaml {
    let mut builder = Builder {
        text,
        goes_around,
        yaml: Yaml::default(),
        reparsed_left: REPARSED_BYTES + 8 * text.len(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        last: 0,
    };
    for (start, end) in documents(text) {
        if !builder.document(start, end) {
            break;
        }
    }
    let mut yaml = builder.yaml;
    yaml.errors.truncate(MAX_ERRORS);
    // A caller looks at a node a few times, and copies its text once or twice.
    yaml.budget = Cell::new(32 * yaml.nodes.len() + 4 * text.len() + 100_000);
    yaml
}

struct Builder<'t> {
    text: &'t str,
    goes_around: bool,
    yaml: Yaml,
    reparsed_left: usize,
    /// The collections around the current node, the innermost last.
    open: Vec<Open>,
    /// Nodes by the parser's numbers of anchors; zero stands for none and is never asked for.
    anchors: BTreeMap<usize, NodeId>,
    /// Where the last node that is known ended, or its collection began: the next one follows.
    last: usize,
}

/// A collection that has begun and not ended. The keys and values of a mapping alternate.
struct Open {
    id: NodeId,
    is_mapping: bool,
    is_flow: bool,
    start: usize,
    children: Vec<NodeId>,
}

/// Why building stopped.
enum Stop {
    /// This document may be read once it is repaired.
    Fault(Fault, At<String>),
    /// This document is lost, the next may be good.
    Document(At<String>),
    /// The limits are for the whole file.
    File(At<String>),
}

impl Builder<'_> {
    /// Builds one document; false when no further one may be read.
    fn document(&mut self, start: usize, end: usize) -> bool {
        let offsets = Offsets::new(&self.text[start..end], start);
        let (nodes, roots, errors) =
            (self.yaml.nodes.len(), self.yaml.documents.len(), self.yaml.errors.len());
        let mut characters = Vec::new();
        let mut repaired: Option<String> = None;
        let mut cut = Cut::new(&self.text[start..end]);
        loop {
            self.open.clear();
            self.anchors.clear();
            self.last = start;
            let text = repaired.as_deref().unwrap_or(&self.text[start..end]);
            let Err(stop) = self.events(text, &offsets) else {
                self.yaml.errors.append(&mut cut.faults);
                return true;
            };
            self.yaml.nodes.truncate(nodes);
            self.yaml.documents.truncate(roots);
            self.yaml.errors.truncate(errors);
            if repaired.is_none() {
                characters.extend(text.chars());
            }
            let may_repeat = end - start <= self.reparsed_left;
            let (error, has_changed) = match stop {
                Stop::Fault(fault, error) if may_repeat && repair(&mut characters, fault) => (error, true),
                Stop::Fault(_, error) | Stop::Document(error) => {
                    let character = |byte: usize| offsets.character(byte.min(end));
                    let stopped = character(error.range.as_usize().start);
                    // What is never closed is noticed at the end of the document only.
                    let flow = self.open.iter().find(|open| open.is_flow).map(|open| open.start);
                    let expected = flow.unwrap_or_else(|| skip_blanks(self.text, self.last));
                    let expected = character(expected).min(stopped);
                    let goes_on = may_repeat && self.goes_around;
                    let cut = goes_on.then(|| cut.next(stopped, expected, flow.is_some(), &error)).flatten();
                    let has_cut = cut.map(|text| characters = text).is_some();
                    (error, has_cut)
                }
                Stop::File(error) => {
                    self.yaml.errors.push(error);
                    return false;
                }
            };
            if !has_changed {
                self.yaml.errors.push(cut.faults.into_iter().next().unwrap_or(error));
                return true;
            }
            self.reparsed_left -= end - start;
            repaired = Some(characters.iter().collect());
        }
    }

    /// Takes the events of a document's text, which may be repaired: its characters stand where they stood.
    fn events(&mut self, text: &str, offsets: &Offsets) -> Result<(), Stop> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| self.syntax_error(&error, offsets))?;
            let (from, to) = (offsets.byte(span.start.index()), offsets.byte(span.end.index()));
            let finished = match event {
                Event::DocumentStart(is_explicit) => {
                    self.last = if is_explicit { to } else { from };
                    continue;
                }
                Event::Scalar(value, style, anchor, tag) => {
                    let bare = anchor == 0 && tag.is_none();
                    let range = self.scalar_range(value.is_empty(), style, bare, from, to);
                    self.last = range.as_usize().end;
                    let style = match style {
                        ScalarStyle::Plain => Style::Plain,
                        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    };
                    let kind = Kind::Scalar { value: value.into_owned(), style };
                    let id = self.add(kind, tag.as_deref(), range)?;
                    self.anchors.insert(anchor, id);
                    id
                }
                Event::SequenceStart(anchor, tag) => {
                    self.begin(false, anchor, tag.as_deref(), from)?;
                    continue;
                }
                Event::MappingStart(anchor, tag) => {
                    self.begin(true, anchor, tag.as_deref(), from)?;
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                    Some(collection) => self.close(collection, from),
                    None => continue,
                },
                Event::Alias(anchor) => {
                    self.last = to;
                    match self.anchors.get(&anchor) {
                        Some(id) => *id,
                        None => continue,
                    }
                }
                _ => continue,
            };
            match self.open.last_mut() {
                Some(collection) => collection.children.push(finished),
                None => self.yaml.documents.push(finished),
            }
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, tag: Option<&Tag>, range: Range) -> Result<NodeId, Stop> {
        let count = self.yaml.nodes.len();
        if MAX_NODES <= count {
            let message = format!("there are more than {MAX_NODES} values");
            return Err(Stop::File(At::new(message, range)));
        }
        self.yaml.nodes.push(Node { kind, tag: tag.map(tag_text), range });
        Ok(NodeId(u32::try_from(count).expect("count is below MAX_NODES")))
    }

    fn begin(&mut self, is_mapping: bool, anchor: usize, tag: Option<&Tag>, from: usize) -> Result<(), Stop> {
        let start = if anchor == 0 && tag.is_none() { from } else { skip_properties(self.text, from) };
        let is_flow = self.text[start..].starts_with(if is_mapping { '{' } else { '[' });
        let start = if !is_mapping && !is_flow && self.expects_value() {
            // A sequence that is not indented below its key: the parser's mark is behind the first dash.
            skip_properties(self.text, self.after_colon()).min(start)
        } else {
            start
        };
        if MAX_DEPTH <= self.open.len() {
            return Err(Stop::File(At::new(too_deep(), Range::new(start, start))));
        }
        // The kind is a stand-in until the end: an alias inside may refer to this very node.
        let id = self.add(Kind::Sequence(Vec::new()), tag, Range::new(start, start))?;
        self.anchors.insert(anchor, id);
        self.open.push(Open { id, is_mapping, is_flow, start, children: Vec::new() });
        self.last = start + usize::from(is_flow);
        Ok(())
    }

    /// Gives a collection its children and its range.
    fn close(&mut self, collection: Open, from: usize) -> NodeId {
        let Open { id, is_mapping, is_flow, start, children } = collection;
        let mut range = Range::new(start, start);
        // The mark of a block collection's end is that of whatever comes next. After a trailing comma, the
        // parser gives that comma as the end of a flow mapping.
        let closing = if is_mapping { '}' } else { ']' };
        let at = if self.text[from..].starts_with(',') { skip_blanks(self.text, from + 1) } else { from };
        if is_flow && self.text[at..].starts_with(closing) {
            self.last = at + closing.len_utf8();
            range = Range::new(start, self.last);
        } else {
            // A child that is an alias stands elsewhere, and says nothing about the end.
            for child in &children {
                let child = self.yaml.node(*child).range;
                if range.start <= child.start {
                    range = range.cover(child);
                }
            }
        }
        let kind = if is_mapping { self.mapping(&children) } else { Kind::Sequence(children) };
        let node = &mut self.yaml.nodes[id.0 as usize];
        node.range = range;
        node.kind = kind;
        id
    }

    /// Pairs keys with values. YAML calls equal keys an error (section 3.2.1.1), and so do most platforms;
    /// the first is kept.
    fn mapping(&mut self, children: &[NodeId]) -> Kind {
        let yaml = &self.yaml;
        let mut seen = BTreeSet::new();
        let mut errors = Vec::new();
        let mut entries = Vec::with_capacity(children.len() / 2);
        for pair in children.chunks_exact(2) {
            let key = yaml.node(pair[0]);
            if let Kind::Scalar { value, .. } = &key.kind
                && !seen.insert(value.as_str())
            {
                errors.push(At::new(format!("the key `{}` is given twice", excerpt(value)), key.range));
                continue;
            }
            entries.push((pair[0], pair[1]));
        }
        self.yaml.errors.append(&mut errors);
        Kind::Mapping(entries)
    }

    /// The exact range of a scalar. The parser's own may hold the blanks and the comment that follow it, and
    /// that of a block scalar begins with its first line of content.
    fn scalar_range(&self, is_empty: bool, style: ScalarStyle, bare: bool, from: usize, to: usize) -> Range {
        if style == ScalarStyle::Plain && is_empty {
            return if bare { self.absent(from) } else { Range::new(from, to) };
        }
        let start = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => block_indicator(self.text, self.last, from),
            _ if bare => from,
            _ => skip_properties(self.text, from).min(to),
        };
        let text = &self.text[start..to.max(start)];
        let length = match style {
            // Not bounded by the parser's end, which is too early where the text was repaired.
            ScalarStyle::SingleQuoted => single_quoted(&self.text[start..]),
            ScalarStyle::DoubleQuoted => double_quoted(&self.text[start..]),
            _ => text.trim_end_matches([' ', '\t', '\r', '\n']).len(),
        };
        Range::new(start, start + length)
    }

    /// The place of a value that is not written: after the colon of its key; in a sequence, the dash.
    fn absent(&self, from: usize) -> Range {
        let Some(parent) = self.open.last() else { return Range::new(from, from) };
        if parent.is_mapping {
            let at = if self.expects_value() { self.after_colon() } else { from };
            return Range::new(at, at);
        }
        let dash = skip_blanks(self.text, self.last);
        let length = usize::from(self.text[dash..].starts_with('-'));
        Range::new(dash, dash + length)
    }

    /// Whether the next node is the value of a key.
    fn expects_value(&self) -> bool {
        self.open.last().is_some_and(|parent| parent.is_mapping && parent.children.len() % 2 == 1)
    }

    /// The offset behind the colon of the last key; without a colon, behind the key itself.
    fn after_colon(&self) -> usize {
        let at = skip_blanks(self.text, self.last);
        if self.text[at..].starts_with(':') { at + 1 } else { self.last }
    }

    fn syntax_error(&self, error: &ScanError, offsets: &Offsets) -> Stop {
        let start = offsets.byte(error.marker().index());
        let end = self.text.ceil_char_boundary((start + 1).min(self.text.len()));
        let message = At::new(lower_first(error.info()), Range::new(start, end));
        // The parser tells its errors apart by their texts alone; the tests notice when one changes.
        match error.info() {
            "invalid indentation" => {
                let outermost = self.open.iter().find(|collection| collection.is_flow);
                let from = outermost.map_or(self.last, |collection| collection.start);
                Stop::Fault(Fault::FlowIndentation(offsets.character(from)), message)
            }
            "invalid indentation in quoted scalar" => {
                Stop::Fault(Fault::QuotedIndentation(error.marker().index()), message)
            }
            "':' must be followed by a valid YAML whitespace" => {
                Stop::Fault(Fault::Tabs(error.marker().index()), message)
            }
            "recursion limit exceeded" => Stop::File(At::new(too_deep(), message.range)),
            _ => Stop::Document(message),
        }
    }
}

/// Byte offsets of characters: the parser counts characters, Forge counts bytes.
struct Offsets {
    base: usize,
    length: usize,
    /// Empty for ASCII, where both counts are the same.
    bytes: Vec<u32>,
}

impl Offsets {
    fn new(text: &str, base: usize) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        };
        Self { base, length: text.len(), bytes }
    }

    fn byte(&self, character: usize) -> usize {
        let at = if self.bytes.is_empty() {
            character.min(self.length)
        } else {
            self.bytes.get(character).map_or(self.length, |at| *at as usize)
        };
        self.base + at
    }

    fn character(&self, byte: usize) -> usize {
        let at = byte.saturating_sub(self.base);
        if self.bytes.is_empty() { at } else { self.bytes.partition_point(|start| (*start as usize) < at) }
    }
}

/// The bytes of each document, its directives and its `---` line included.
fn documents(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    // Directives belong to the document whose `---` follows them.
    let mut is_preamble = true;
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        let length = rest.find(['\n', '\r']).map_or(rest.len(), |end| end + 1);
        let line = &rest[..length];
        if is_marker(line, "---") {
            if !is_preamble {
                found.push((start, at));
                start = at;
            }
            is_preamble = false;
        } else if is_marker(line, "...") {
            found.push((start, at + length));
            start = at + length;
            is_preamble = true;
        } else if !(is_blank(line) || line.starts_with('%') && is_preamble) {
            is_preamble = false;
        }
        at += length;
    }
    found.push((start, text.len()));
    found
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '\r', '\n']);
    line.is_empty() || line.starts_with('#')
}

/// The offset behind blanks, line ends and comments.
fn skip_blanks(text: &str, start: usize) -> usize {
    let mut rest = &text[start..];
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if !rest.starts_with('#') {
            return text.len() - rest.len();
        }
        rest = &rest[rest.find(['\n', '\r']).unwrap_or(rest.len())..];
    }
}

/// The offset behind a node's anchor and tag, and the blanks and comments around them.
fn skip_properties(text: &str, start: usize) -> usize {
    let mut at = skip_blanks(text, start);
    while text[at..].starts_with(['&', '!']) {
        let rest = &text[at..];
        at = skip_blanks(text, at + rest.find(char::is_whitespace).unwrap_or(rest.len()));
    }
    at
}

/// The `|` or `>` of a block scalar whose content begins at `content`. It is sought from `last`, the end of
/// the node before.
fn block_indicator(text: &str, last: usize, content: usize) -> usize {
    let mut at = skip_properties(text, last);
    while text[at..].starts_with(['-', '?', ':']) {
        at = skip_properties(text, at + 1);
    }
    if text[at..].starts_with(['|', '>']) { at } else { content }
}

/// The length of the single-quoted scalar that a text begins with.
fn single_quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of the double-quoted scalar that a text begins with.
fn double_quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn tag_text(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}

/// A key as it fits into a message.
fn excerpt(key: &str) -> String {
    const LONGEST: usize = 60;
    match key.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &key[..cut]),
        None => key.to_owned(),
    }
}

fn too_deep() -> String {
    format!("nesting is deeper than {MAX_DEPTH} levels")
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
