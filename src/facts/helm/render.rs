//! Runs the templates of a chart, and tries again without the actions that cannot be evaluated.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use gotmpl::Template;
use gotmpl::parse::{DefineNode, ListNode, Parser};

use super::chart::{Chart, Charts, context};
use super::functions::{self, NOTHING};
use super::place::Places;
use super::rewrite::{Rewrite, depth};
use super::state::{MAX_TEXT, State};
use super::{Rendered, manifest};
use crate::facts::kubernetes::KubernetesFacts;
use crate::source::{Kind, Sources};
use crate::span::{At, FileId, Range};

/// Actions of one file that may be left open before nothing of it is read.
const MAX_BROKEN: usize = 24;
/// Rounds of all loops of one file.
const MAX_ROUNDS: u64 = 100_000;
/// Alternatives of a file: the parser recurses over `else if`.
const MAX_ELSE: usize = 200;

/// Parses a text as a template and its named templates.
pub(super) fn parse(text: &str) -> Result<(ListNode, Vec<DefineNode>), String> {
    if MAX_ELSE < text.matches("else").count() {
        return Err("has more alternatives than are read".to_owned());
    }
    let text = without_comments(text);
    Parser::new(&text, "{{", "}}").and_then(Parser::parse).map_err(|error| error.to_string())
}

/// The engine takes `{{- /* … */}}` as if it trimmed what follows as well. An empty text in the place of the comment does
/// not; every other byte stays where it is.
fn without_comments(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut end = 0;
    for (at, _) in text.match_indices("{{-") {
        let inside = at + 3;
        let comment = inside + text[inside..].len() - text[inside..].trim_start().len();
        if at < end || comment == inside || !text[comment..].starts_with("/*") {
            continue;
        }
        let Some(length) = text[comment + 2..].find("*/").map(|length| length + 4) else { break };
        out.push_str(&text[end..comment]);
        out.push_str("\"\"");
        let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
        out.extend(text[comment + 2..comment + length].bytes().map(blank));
        end = comment + length;
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[end..]);
    Cow::Owned(out)
}

/// What becomes of the templates of a chart.
pub(super) fn chart(sources: &Sources, charts: &Charts, at: usize) -> Vec<(FileId, Rendered)> {
    let chart = &charts.all[at];
    let templates = || {
        let files = chart.templates.iter().map(|file| (*file, sources.file(*file)));
        files.filter(|(_, file)| file.kind == Kind::HelmTemplate)
    };
    let rendered: Vec<FileId> =
        templates().filter(|(_, file)| chart.is_rendered(&file.path)).map(|(id, _)| id).collect();
    let mut found: Vec<(FileId, Rendered)> = templates()
        .filter(|(_, file)| !chart.is_rendered(&file.path))
        .map(|(id, _)| (id, Rendered::Read(KubernetesFacts::default())))
        .collect();
    if rendered.is_empty() {
        return found;
    }
    let Some(values) = charts.values(at) else {
        let why = || At::new("its values could not be read".to_owned(), Range::default());
        found.extend(rendered.into_iter().map(|file| (file, Rendered::Unread(why()))));
        return found;
    };
    let run = Run::new(sources, charts, at);
    let uses_files = run.uses_files;
    for file in rendered {
        let path = sources.path(file);
        let relative = path[chart.folder.len()..].trim_start_matches('/');
        let dot = context(sources, chart, values.clone(), relative, uses_files);
        found.push((file, run.file(sources.text(file), &main_name(file), &dot)));
    }
    found
}

/// The templates of a chart and of those that it shares named templates with.
struct Run {
    state: Arc<State>,
    template: Arc<Template>,
    /// Files that do not parse, with the reason.
    unread: BTreeMap<String, String>,
    uses_files: bool,
}

impl Run {
    fn new(sources: &Sources, charts: &Charts, at: usize) -> Self {
        let mut trees: Vec<(String, ListNode)> = Vec::new();
        let mut unread = BTreeMap::new();
        let mut uses_files = false;
        for member in charts.scope(at) {
            let chart = &charts.all[member];
            for file in &chart.templates {
                let (path, text) = (sources.path(*file), sources.text(*file));
                uses_files |= text.contains("Files");
                match parse(text) {
                    Ok((tree, defines)) => {
                        trees.extend(named(*file, path, text, chart, &tree, &defines, member == at));
                    }
                    Err(why) => {
                        unread.insert(main_name(*file), why);
                    }
                }
            }
        }
        // Of equal names, the last one counts.
        let levels: BTreeMap<String, usize> =
            trees.iter().map(|(name, tree)| (name.clone(), depth(tree))).collect();
        let (state, levels) = (Arc::new(State::default()), Arc::new(levels));
        let template = Arc::new_cyclic(|template| {
            let functions = functions::all(&state, template, &levels);
            let empty = Template::new("").funcs(functions).max_range_iters(MAX_ROUNDS);
            trees.into_iter().fold(empty, |all, (name, tree)| all.add_parse_tree(&name, tree))
        });
        Self { state, template, unread, uses_files }
    }

    fn file(&self, text: &str, name: &str, dot: &gotmpl::Value) -> Rendered {
        if let Some(why) = self.unread.get(name) {
            return Rendered::Unread(At::new(why.clone(), first_line(text)));
        }
        let mut broken = BTreeSet::new();
        let mut reasons: Vec<At<String>> = Vec::new();
        loop {
            self.state.restart(broken.clone());
            let mut output =
                Output { source: text, state: &self.state, text: String::new(), places: Places::default() };
            let result = self.template.execute_template_fmt(&mut output, name, dot);
            let Output { text: rendered, places, .. } = output;
            let mut state = self.state.get();
            let noted = std::mem::take(&mut state.unknown).into_iter();
            let noted = noted.map(|(range, why)| At::new(why, extent(text, range)));
            let Err(error) = result else {
                reasons.extend(noted);
                drop(state);
                return Rendered::Read(manifest::read(&rendered, &places, reasons));
            };
            let why = error.to_string();
            let why = why.strip_prefix("execution error: ").unwrap_or(&why).to_owned();
            let why = At::new(why, extent(text, state.own.0));
            let spot = state.action.filter(|_| !state.is_spent() && broken.len() < MAX_BROKEN);
            if !spot.is_some_and(|spot| broken.insert(spot)) {
                return Rendered::Unread(why);
            }
            reasons.push(why);
        }
    }
}

/// The trees that a file gives: its named templates, itself under its path, and what is rendered of it.
fn named(
    file: FileId,
    path: &str,
    text: &str,
    chart: &Chart,
    tree: &ListNode,
    defines: &[DefineNode],
    is_own: bool,
) -> Vec<(String, ListNode)> {
    let number = file.0 as usize;
    let rewrite = Rewrite { file: number, text, is_main: false };
    let mut trees: Vec<(String, ListNode)> =
        defines.iter().map(|define| (define.name.to_string(), rewrite.list(&define.body))).collect();
    let relative = path[chart.folder.len()..].trim_start_matches('/');
    trees.push((format!("{}/{relative}", chart.name), rewrite.list(tree)));
    if is_own {
        trees.push((main_name(file), Rewrite { file: number, text, is_main: true }.list(tree)));
    }
    trees
}

/// A name that no template can have.
fn main_name(file: FileId) -> String {
    format!("\0{}", file.0)
}

/// What a file prints, and from where.
struct Output<'o> {
    source: &'o str,
    state: &'o State,
    text: String,
    places: Places,
}

impl fmt::Write for Output<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_empty() || text == NOTHING {
            return Ok(());
        }
        if MAX_TEXT < self.text.len() + text.len() {
            return Err(fmt::Error);
        }
        let (range, is_text) = self.state.get().own;
        let from = if is_text { range } else { extent(self.source, range) };
        self.places.push(self.text.len(), from, is_text);
        self.text.push_str(text);
        Ok(())
    }
}

/// The action that stands around a place, with its braces.
fn extent(text: &str, at: Range) -> Range {
    let (start, end) = (at.start as usize, at.end as usize);
    if start < end || text.len() < start || !text.is_char_boundary(start) {
        return at;
    }
    let begin = text[..start].rfind("{{").unwrap_or(start);
    let close = text[start..].find("}}").map_or(text.len(), |close| start + close + 2);
    Range::new(begin, close)
}

fn first_line(text: &str) -> Range {
    Range::new(0, text.find('\n').unwrap_or(text.len()))
}
