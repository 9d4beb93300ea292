//! Values that depend on a branch: which variable decides, and what holds without it.

use super::{Part, Text, Values};
use crate::facts::rust::{Expr, ExprId, Pat, PatId, Sym};
use crate::model::symbols::{BodyId, BodyKind};

/// What a pattern asks of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// That there is one: `Ok(x)`, `Some(x)`.
    There,
    /// That there is none: `Err(_)`, `None`, `_`.
    Missing,
    /// Something else, such as a certain text.
    More,
}

/// The one text that all of them are.
pub(super) fn same(texts: impl IntoIterator<Item = Text>) -> Text {
    let texts: Vec<Text> = texts.into_iter().collect();
    let Some(first) = texts.first() else { return Text::unknown() };
    if texts.iter().all(|text| text == first) {
        return first.clone();
    }
    // A configuration that is read at one place, and left out at another: both hold what it holds by default.
    let default = first.by_default();
    match texts.iter().find(|text| text.parts.iter().any(|part| matches!(part, Part::Setting { .. }))) {
        Some(set) if texts.iter().all(|text| text.by_default() == default) => set.clone(),
        _ => Text::unknown(),
    }
}

/// `given`, or `default` where the variable that `given` is made of is not set.
pub(super) fn choose(mut given: Text, default: Text) -> Text {
    if given == default {
        return given;
    }
    if let [part @ (Part::Env { .. } | Part::Arg { .. })] = given.parts.as_mut_slice() {
        fill(part, default);
        return given;
    }
    // `format!("0.0.0.0:{port}")` or `"0.0.0.0:8080"`: the default of the part that differs.
    let (Some(whole), Some(at)) = (
        default.literal(),
        given.parts.iter().position(|part| {
            matches!(part, Part::Env { default: None, .. } | Part::Arg { default: None, .. })
        }),
    ) else {
        return Text::unknown();
    };
    let known = |parts: &[Part]| Text { parts: parts.to_vec() }.literal();
    let (Some(before), Some(after)) = (known(&given.parts[..at]), known(&given.parts[at + 1..])) else {
        return Text::unknown();
    };
    let Some(rest) = whole.strip_prefix(&before).and_then(|rest| rest.strip_suffix(&after)) else {
        return Text::unknown();
    };
    fill(&mut given.parts[at], Text::known(rest));
    given
}

/// Adds a default to a variable, or to the variable that is its default.
fn fill(part: &mut Part, with: Text) {
    let (Part::Env { default, .. } | Part::Arg { default, .. }) = part else { return };
    match default.as_mut().map(|default| default.parts.as_mut_slice()) {
        None => *default = Some(Box::new(with)),
        Some([inner @ (Part::Env { .. } | Part::Arg { .. })]) => fill(inner, with),
        Some(_) => {}
    }
}

impl Values<'_, '_> {
    /// The value of an `if` or a `match`.
    pub(super) fn branches(&self, body: BodyId, at: ExprId, depth: usize) -> Text {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let (decided_by, arms): (ExprId, Vec<(Asks, ExprId)>) = match exprs.get(at) {
            Expr::If { parts, has_else: true } => {
                let parts = exprs.list(parts);
                let (asks, decided_by) = match exprs.get(parts[0]) {
                    Expr::Let(let_) => {
                        let let_ = exprs.let_(let_);
                        (self.asks(body, let_.pat), let_.init.unwrap_or(parts[0]))
                    }
                    _ => (Asks::More, parts[0]),
                };
                let otherwise = if asks == Asks::There { Asks::Missing } else { Asks::More };
                (decided_by, vec![(asks, parts[1]), (otherwise, parts[2])])
            }
            Expr::Match { scrutinee, first_arm, arms } => {
                let arms = exprs.arms(first_arm, arms).iter();
                (scrutinee, arms.map(|arm| (self.asks(body, arm.pat), arm.body)).collect())
            }
            _ => return Text::unknown(),
        };
        let giving = arms.into_iter().filter(|(_, arm)| !self.gives_nothing(body, *arm));
        let texts: Vec<(Asks, Text)> =
            giving.map(|(asks, arm)| (asks, self.eval(body, arm, depth + 1))).collect();
        match texts.as_slice() {
            [(Asks::There, there), (Asks::Missing, missing)]
            | [(Asks::Missing, missing), (Asks::There, there)] => {
                let decides = self.eval(body, decided_by, depth + 1);
                if there == missing || decides.variables().iter().all(|name| there.variables().contains(name))
                {
                    choose(there.clone(), missing.clone())
                } else {
                    Text::unknown()
                }
            }
            _ => same(texts.into_iter().map(|(_, text)| text)),
        }
    }

    fn asks(&self, body: BodyId, pat: PatId) -> Asks {
        let rust = self.code.symbols.rust_of(body);
        let last = |path| rust.exprs.path(path).segments.last().map_or("", |name| rust.name(*name));
        match rust.exprs.pat(pat) {
            Pat::TupleStruct(path, parts) => match (last(*path), &**parts) {
                ("Ok" | "Some", [part]) if self.is_plain(body, *part) => Asks::There,
                ("Err", _) => Asks::Missing,
                _ => Asks::More,
            },
            Pat::Path(path) if last(*path) == "None" => Asks::Missing,
            Pat::Wild => Asks::Missing,
            Pat::Name(name) if rust.name(*name) == "None" => Asks::Missing,
            _ => Asks::More,
        }
    }

    fn is_plain(&self, body: BodyId, pat: PatId) -> bool {
        match self.code.symbols.rust_of(body).exprs.pat(pat) {
            Pat::Name(_) => true,
            Pat::Typed(inner, _) => self.is_plain(body, *inner),
            _ => false,
        }
    }

    /// Whether a branch leaves instead of giving a value.
    pub(crate) fn gives_nothing(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.code.symbols.rust_of(body);
        match rust.exprs.get(at) {
            Expr::Macro(call) => {
                let path = rust.exprs.path(rust.exprs.macro_(call).path);
                path.segments.last().is_some_and(|name| {
                    matches!(rust.name(*name), "panic" | "unreachable" | "bail" | "todo" | "unimplemented")
                })
            }
            Expr::Block { stmts, .. } => {
                rust.exprs.list(stmts).last().is_some_and(|last| self.gives_nothing(body, *last))
            }
            Expr::Break(_) => true,
            Expr::Call(callee, _) => {
                self.last_name(body, callee) == "Err" || self.code.always_leaves(body, at)
            }
            _ => self.code.always_leaves(body, at),
        }
    }

    /// The expressions whose values a function gives back. Errors are none.
    pub(crate) fn gives(&self, id: BodyId) -> Vec<ExprId> {
        let symbols = self.code.symbols;
        let [root] = symbols.body(id).roots.as_slice() else { return Vec::new() };
        let exprs = &symbols.rust_of(id).exprs;
        let mut found = Vec::new();
        if symbols.body(id).kind == BodyKind::Fn {
            let mut open = vec![*root];
            while let Some(at) = open.pop() {
                match exprs.get(at) {
                    Expr::Return(Some(value)) => {
                        found.push(value);
                        open.push(value);
                    }
                    // What returns from within these gives something else back.
                    Expr::Closure(_) => {}
                    Expr::Async(_) if at != *root => {}
                    _ => open.extend(exprs.children(at)),
                }
            }
        }
        found.retain(|at| !self.gives_nothing(id, *at));
        let ends = match exprs.get(*root) {
            Expr::Block { has_tail, .. } => has_tail,
            _ => true,
        };
        if ends && !self.gives_nothing(id, *root) {
            found.push(*root);
        }
        found
    }

    /// A part of a value that a pattern takes apart: what is in `Ok`, an element of a tuple, a field.
    pub(super) fn part(&self, body: BodyId, value: ExprId, pat: PatId, name: Sym, depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let is_name = |pat: PatId| matches!(exprs.pat(pat), Pat::Name(own) if *own == name);
        match exprs.pat(pat) {
            Pat::Tuple(parts) => match (exprs.get(value), parts.iter().position(|part| is_name(*part))) {
                (Expr::Tuple(values), Some(at)) => {
                    let value = exprs.list(values).get(at);
                    value.map_or_else(Text::unknown, |value| self.eval(body, *value, depth + 1))
                }
                _ => Text::unknown(),
            },
            Pat::Struct(_, fields) => match fields.iter().find(|(_, part)| is_name(*part)) {
                Some((field, _)) => self.field(body, value, rust.name(*field), depth),
                None => Text::unknown(),
            },
            Pat::Typed(inner, _) => self.part(body, value, *inner, name, depth),
            _ if self.asks(body, pat) == Asks::There => self.eval(body, value, depth + 1),
            Pat::Name(_) => self.eval(body, value, depth + 1),
            _ => match self.eval(body, value, depth + 1) {
                // `Ok(port) if port > "1"`: the variable is what matters.
                text if matches!(text.parts.as_slice(), [Part::Env { .. } | Part::Arg { .. }]) => text,
                _ => Text::unknown(),
            },
        }
    }

    /// What a variable holds once it was assigned to: `if let Ok(port) = env::var("PORT") { own = port }`.
    pub(super) fn assigned(&self, body: BodyId, binding: Option<u32>, first: Text, depth: usize) -> Text {
        let flow = self.code.calls.flow(body);
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let values: Vec<ExprId> = flow
            .assigned
            .iter()
            .filter_map(|at| match exprs.get(*at) {
                Expr::Assign(left, right) if flow.binding_number(left) == binding => Some(right),
                _ => None,
            })
            .collect();
        match values.as_slice() {
            [] => first,
            [only] => self.overridden(body, *only, first, depth),
            _ => Text::unknown(),
        }
    }

    /// A value that is replaced where a variable is set.
    pub(super) fn overridden(&self, body: BodyId, by: ExprId, first: Text, depth: usize) -> Text {
        match self.eval(body, by, depth + 1) {
            text if text == first => first,
            text if text.has_no_default() => choose(text, first),
            _ => Text::unknown(),
        }
    }
}
