//! Expressions of one file as an arena: a child's number is below its parent's, and each knows its parent.
//!
//! References, dereferences, parentheses and groups stand for what they hold: no question that Forge asks depends on
//! them.

use super::names::Sym;
use super::pattern::{Pat, PatId};
use super::types::{Type, TypeId};
use crate::span::Range;

/// The number of an expression in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExprId(pub(crate) u32);

/// The number of a path in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PathId(pub(crate) u32);

/// A run of expressions in [`Exprs::lists`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// One expression. Statements are expressions too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    Path(PathId),
    Str(Sym),
    /// The digits of an integer, without suffix and underscores; `0.0` is one too.
    Int(Sym),
    Bool(bool),
    /// Other floats, characters, byte strings.
    Literal,
    Call(ExprId, List),
    Method(u32),
    Field(ExprId, Sym),
    Await(ExprId),
    Try(ExprId),
    Closure(u32),
    /// `async { … }`: the block.
    Async(ExprId),
    /// Statements, in order. The value of the block is `tail`.
    Block {
        stmts: List,
        has_tail: bool,
    },
    /// Condition, then-block, and the else-branch where the flag says so.
    If {
        parts: List,
        has_else: bool,
    },
    /// Scrutinee; the arms are in [`Exprs::arms`].
    Match {
        scrutinee: ExprId,
        first_arm: u32,
        arms: u32,
    },
    Loop {
        kind: LoopKind,
        head: Option<ExprId>,
        body: ExprId,
    },
    /// A `let` statement or condition.
    Let(u32),
    Struct(u32),
    Macro(u32),
    /// `a = b`.
    Assign(ExprId, ExprId),
    /// `a + b` and every other binary operator.
    Binary(ExprId, ExprId),
    /// `a && b`.
    And(ExprId, ExprId),
    /// `a || b`.
    Or(ExprId, ExprId),
    /// `!a`.
    Not(ExprId),
    Return(Option<ExprId>),
    Break(Option<ExprId>),
    Tuple(List),
    Array(List),
    Index(ExprId, ExprId),
    Cast(ExprId, TypeId),
    /// What matters only for what it holds: `-a`, ranges, `yield`.
    Other(List),
}

/// The three loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    Loop,
    While,
    For,
}

/// `receiver.name::<T>(args)`.
#[derive(Debug)]
pub(crate) struct MethodCall {
    pub(crate) receiver: ExprId,
    pub(crate) name: Sym,
    pub(crate) name_range: Range,
    pub(crate) args: List,
    pub(crate) turbofish: Box<[TypeId]>,
}

/// `|a, b| body`.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(crate) params: Box<[PatId]>,
    pub(crate) body: ExprId,
}

/// One arm of a `match`.
#[derive(Debug)]
pub(crate) struct Arm {
    pub(crate) pat: PatId,
    pub(crate) body: ExprId,
}

/// `let pat: ty = init else { … }`.
#[derive(Debug)]
pub(crate) struct Let {
    pub(crate) pat: PatId,
    pub(crate) ty: Option<TypeId>,
    pub(crate) init: Option<ExprId>,
    pub(crate) otherwise: Option<ExprId>,
    /// Whether `init` is written behind `&` or `*`, which the arena leaves out.
    pub(crate) is_indirect: bool,
}

/// `Path { field: value, ..base }`.
#[derive(Debug)]
pub(crate) struct StructLit {
    pub(crate) path: PathId,
    pub(crate) fields: Box<[(Sym, ExprId)]>,
    pub(crate) base: Option<ExprId>,
}

/// `path!(…)`, its tokens parsed as far as they parse.
#[derive(Debug)]
pub(crate) struct MacroCall {
    pub(crate) path: PathId,
    /// Arguments or statements, in order. `name = value` is an [`Expr::Assign`].
    pub(crate) args: List,
    /// The arms of `select!`; their parts are not in `args`.
    pub(crate) arms: Box<[SelectArm]>,
    /// Arguments that say how they are written: `%value`, `name = ?value`.
    pub(crate) shown: Box<[Shown]>,
    /// Lints on printing that attributes around the call let through.
    pub(crate) waived: Box<[Sym]>,
}

/// An argument of a macro of `tracing` with a sigil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) value: ExprId,
    pub(crate) sigil: Sigil,
    /// The last name of its field, in `http.request_id = %value`.
    pub(crate) field: Option<Sym>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sigil {
    /// `%`
    Display,
    /// `?`
    Debug,
}

/// `pattern = future, if guard => handler` of `select!`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelectArm {
    pub(crate) pat: Option<PatId>,
    /// Absent for `else`.
    pub(crate) future: Option<ExprId>,
    pub(crate) handler: ExprId,
}

/// `a::b::<T>::c`.
#[derive(Debug)]
pub(crate) struct PathRef {
    pub(crate) segments: Box<[Sym]>,
    pub(crate) leading_colon: bool,
    /// Type arguments of the last segment that has some.
    pub(crate) args: Box<[TypeId]>,
    /// The type in `<T as Trait>::name` or `<T>::name`.
    pub(crate) self_type: Option<TypeId>,
    pub(crate) range: Range,
}

/// The arena.
#[derive(Debug, Default)]
pub(crate) struct Exprs {
    pub(super) nodes: Vec<Expr>,
    pub(super) ranges: Vec<Range>,
    pub(super) parents: Vec<ExprId>,
    pub(super) lists: Vec<ExprId>,
    pub(super) methods: Vec<MethodCall>,
    pub(super) closures: Vec<Closure>,
    pub(super) arms: Vec<Arm>,
    pub(super) lets: Vec<Let>,
    pub(super) structs: Vec<StructLit>,
    pub(super) macros: Vec<MacroCall>,
    pub(super) paths: Vec<PathRef>,
    pub(super) pats: Vec<Pat>,
    pub(super) types: Vec<Type>,
    /// The numbers of expressions that are part of some builds only.
    pub(super) gated: Vec<(u32, u32)>,
}

impl Exprs {
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn get(&self, id: ExprId) -> Expr {
        self.nodes[id.0 as usize]
    }

    pub(crate) fn range(&self, id: ExprId) -> Range {
        self.ranges[id.0 as usize]
    }

    /// The expression that holds this one; `None` at the root of a body.
    pub(crate) fn parent(&self, id: ExprId) -> Option<ExprId> {
        let parent = self.parents[id.0 as usize];
        (parent != id).then_some(parent)
    }

    /// Whether an expression is part of some builds only: `#[cfg(feature = "…")]`.
    pub(crate) fn is_gated(&self, id: ExprId) -> bool {
        self.gated.iter().any(|(first, end)| (*first..*end).contains(&id.0))
    }

    /// The expressions that hold this one, nearest first.
    pub(crate) fn ancestors(&self, id: ExprId) -> impl Iterator<Item = ExprId> {
        std::iter::successors(self.parent(id), |at| self.parent(*at))
    }

    pub(crate) fn list(&self, list: List) -> &[ExprId] {
        &self.lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// What a call, a method or a macro is given, without the receiver; nothing for what is none of them.
    pub(crate) fn args(&self, id: ExprId) -> &[ExprId] {
        match self.get(id) {
            Expr::Call(_, args) => self.list(args),
            Expr::Method(call) => self.list(self.method(call).args),
            Expr::Macro(call) => self.list(self.macro_(call).args),
            _ => &[],
        }
    }

    pub(crate) fn method(&self, at: u32) -> &MethodCall {
        &self.methods[at as usize]
    }

    pub(crate) fn closure(&self, at: u32) -> &Closure {
        &self.closures[at as usize]
    }

    pub(crate) fn arms(&self, first: u32, len: u32) -> &[Arm] {
        &self.arms[first as usize..(first + len) as usize]
    }

    pub(crate) fn let_(&self, at: u32) -> &Let {
        &self.lets[at as usize]
    }

    pub(crate) fn struct_(&self, at: u32) -> &StructLit {
        &self.structs[at as usize]
    }

    pub(crate) fn macro_(&self, at: u32) -> &MacroCall {
        &self.macros[at as usize]
    }

    pub(crate) fn path(&self, id: PathId) -> &PathRef {
        &self.paths[id.0 as usize]
    }

    pub(crate) fn pat(&self, id: PatId) -> &Pat {
        &self.pats[id.0 as usize]
    }

    pub(crate) fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// The direct parts of an expression, in the order of evaluation.
    pub(crate) fn children(&self, id: ExprId) -> Vec<ExprId> {
        let mut parts = Vec::new();
        self.push_children(self.get(id), &mut parts);
        parts
    }

    pub(super) fn push_children(&self, expr: Expr, out: &mut Vec<ExprId>) {
        match expr {
            Expr::Path(_) | Expr::Str(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Literal => {}
            Expr::Call(callee, args) => {
                out.push(callee);
                out.extend(self.list(args));
            }
            Expr::Method(at) => {
                let call = self.method(at);
                out.push(call.receiver);
                out.extend(self.list(call.args));
            }
            Expr::Field(inner, _) | Expr::Await(inner) | Expr::Try(inner) | Expr::Async(inner) => {
                out.push(inner);
            }
            Expr::Cast(inner, _) | Expr::Not(inner) => out.push(inner),
            Expr::Closure(at) => out.push(self.closure(at).body),
            Expr::Block { stmts: list, .. }
            | Expr::If { parts: list, .. }
            | Expr::Tuple(list)
            | Expr::Array(list)
            | Expr::Other(list) => out.extend(self.list(list)),
            Expr::Match { scrutinee, first_arm, arms } => {
                out.push(scrutinee);
                for arm in self.arms(first_arm, arms) {
                    self.push_pattern_exprs(arm.pat, out);
                    out.push(arm.body);
                }
            }
            Expr::Loop { head, body, .. } => {
                out.extend(head);
                out.push(body);
            }
            Expr::Let(at) => {
                let let_ = self.let_(at);
                out.extend(let_.init);
                out.extend(let_.otherwise);
            }
            Expr::Struct(at) => {
                let literal = self.struct_(at);
                out.extend(literal.fields.iter().map(|(_, value)| *value));
                out.extend(literal.base);
            }
            Expr::Macro(at) => {
                let call = self.macro_(at);
                out.extend(self.list(call.args));
                for arm in &call.arms {
                    out.extend(arm.future);
                    out.push(arm.handler);
                }
            }
            Expr::Assign(a, b)
            | Expr::Binary(a, b)
            | Expr::And(a, b)
            | Expr::Or(a, b)
            | Expr::Index(a, b) => out.extend([a, b]),
            Expr::Return(value) | Expr::Break(value) => out.extend(value),
        }
    }

    /// The guard and the literals of a pattern are expressions of the arm.
    fn push_pattern_exprs(&self, pat: PatId, out: &mut Vec<ExprId>) {
        match self.pat(pat) {
            Pat::Guarded(inner, guard) => {
                self.push_pattern_exprs(*inner, out);
                out.push(*guard);
            }
            Pat::Literal(value) => out.push(*value),
            Pat::Tuple(parts) | Pat::TupleStruct(_, parts) | Pat::Any(parts) => {
                for part in parts {
                    self.push_pattern_exprs(*part, out);
                }
            }
            _ => {}
        }
    }
}
