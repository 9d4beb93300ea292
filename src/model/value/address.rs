//! Addresses: strings, tuples and `SocketAddr`s as a host and a port.

use super::branch::choose;
use super::made::Definition;
use super::template::split;
use super::{SAME_TEXT, Text, Values};
use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res};

impl Values<'_, '_> {
    pub(super) fn socket(&self, body: BodyId, at: ExprId, depth: usize) -> (Text, Text) {
        let unknown = || (Text::unknown(), Text::unknown());
        if self.is_spent(depth) {
            return unknown();
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let next = |inner| self.socket(body, inner, depth + 1);
        let text = || split(&self.eval(body, at, depth + 1));
        match exprs.get(at) {
            Expr::Await(inner) | Expr::Try(inner) | Expr::Async(inner) | Expr::Return(Some(inner)) => {
                next(inner)
            }
            Expr::Tuple(parts) => match exprs.list(parts) {
                [host, port] => (self.ip(body, *host, depth + 1), self.eval(body, *port, depth + 1)),
                _ => unknown(),
            },
            Expr::Call(callee, args) => {
                match (flow.resolved(at), exprs.list(args), self.last_name(body, callee)) {
                    (Res::Body(id), ..) => self.returned_socket(id, depth),
                    (_, [host, port], "new") => {
                        (self.ip(body, *host, depth + 1), self.eval(body, *port, depth + 1))
                    }
                    (_, [only], "from" | "V4" | "V6" | "Some" | "Ok") => next(*only),
                    (_, [only], "new") => match exprs.get(*only) {
                        Expr::Closure(closure) => next(exprs.closure(closure).body),
                        _ => text(),
                    },
                    _ => text(),
                }
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                match (rust.name(call.name), exprs.list(call.args), flow.resolved(at)) {
                    (_, _, Res::Body(id)) if !flow.is_ambiguous(at) => self.returned_socket(id, depth),
                    (_, _, Res::Body(_)) => unknown(),
                    ("unwrap_or" | "unwrap_or_else" | "or" | "or_else", [default], _) => {
                        let default = match exprs.get(*default) {
                            Expr::Closure(closure) => exprs.closure(closure).body,
                            _ => *default,
                        };
                        let (given, default) = (next(call.receiver), next(default));
                        (choose(given.0, default.0), choose(given.1, default.1))
                    }
                    ("join" | "concat" | "map" | "and_then" | "map_or" | "map_or_else", ..) => text(),
                    (name, ..) if SAME_TEXT.contains(&name) => next(call.receiver),
                    _ => text(),
                }
            }
            Expr::Path(_) => match flow.binding(at) {
                Some(binding) => match binding.source {
                    // A variable that is assigned to again is a text, if anything.
                    _ if self.is_assigned(body, at) => text(),
                    Source::Value(value) => next(value),
                    Source::Param(param) => match self.callers_with_args(body).as_slice() {
                        [(caller, args)] => {
                            args.get(param).map_or_else(unknown, |arg| self.socket(*caller, *arg, depth + 1))
                        }
                        _ => unknown(),
                    },
                    _ => text(),
                },
                None => match flow.resolved(at) {
                    Res::Body(id) if self.code.symbols.body(id).kind == BodyKind::Value => {
                        self.socket(id, self.code.symbols.body(id).roots[0], depth + 1)
                    }
                    _ => text(),
                },
            },
            Expr::Field(base, name) => {
                let name = rust.name(name);
                // Host and port of each place that may say the address; they have to agree.
                let half = |first: bool| {
                    self.definitions(body, base, name, depth, |definition| {
                        let (host, port) = match definition {
                            Definition::At(body, at) => self.socket(body, at, depth + 1),
                            Definition::Text(text) => split(&text),
                            Definition::Setting(..) => unknown(),
                        };
                        if first { host } else { port }
                    })
                };
                (half(true), half(false))
            }
            Expr::Block { stmts, has_tail: true } => {
                exprs.list(stmts).last().map_or_else(unknown, |tail| next(*tail))
            }
            Expr::If { parts, has_else: true }
                if !matches!(exprs.get(exprs.list(parts)[0]), Expr::Let(_)) =>
            {
                self.same_sockets(body, &exprs.list(parts)[1..], depth)
            }
            _ => text(),
        }
    }

    fn returned_socket(&self, id: BodyId, depth: usize) -> (Text, Text) {
        self.same_sockets(id, &self.gives(id), depth)
    }

    /// The host and the port that all of them have, each for itself.
    fn same_sockets(&self, body: BodyId, all: &[ExprId], depth: usize) -> (Text, Text) {
        let giving = all.iter().filter(|at| !self.gives_nothing(body, **at));
        let (hosts, ports): (Vec<Text>, Vec<Text>) =
            giving.map(|at| self.socket(body, *at, depth + 1)).unzip();
        (super::same(hosts), super::same(ports))
    }

    /// Whether the variable that a name stands for is assigned to after its `let`.
    pub(crate) fn is_assigned(&self, body: BodyId, at: ExprId) -> bool {
        let flow = self.code.calls.flow(body);
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let own = flow.binding_number(at);
        flow.assigned.iter().any(|at| {
            matches!(exprs.get(*at), Expr::Assign(left, _) if own.is_some() && flow.binding_number(left) == own)
        })
    }

    /// `[127, 0, 0, 1]`, `Ipv4Addr::new(0, 0, 0, 0)`, `IpAddr::V4(…)`, `Ipv4Addr::LOCALHOST`, or a string.
    fn ip(&self, body: BodyId, at: ExprId, depth: usize) -> Text {
        if self.is_spent(depth) {
            return Text::unknown();
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let digits = |parts: &[ExprId]| {
            let parts: Option<Vec<String>> =
                parts.iter().map(|part| self.eval(body, *part, depth + 1).literal()).collect();
            match parts {
                Some(parts) if parts.len() == 4 => Text::known(parts.join(".")),
                Some(parts) if parts.len() == 8 && parts.iter().all(|part| part == "0") => Text::known("::"),
                Some(parts) if parts.len() == 8 && parts.join(":") == "0:0:0:0:0:0:0:1" => Text::known("::1"),
                // `[0; 4]`, `[0u16; 8]`.
                Some(parts) => match parts.as_slice() {
                    [zero, four] if zero == "0" && four == "4" => Text::known("0.0.0.0"),
                    [zero, eight] if zero == "0" && eight == "8" => Text::known("::"),
                    _ => Text::unknown(),
                },
                None => Text::unknown(),
            }
        };
        match exprs.get(at) {
            Expr::Array(parts) => digits(exprs.list(parts)),
            Expr::Call(..) if matches!(flow.resolved(at), Res::Body(_)) => self.eval(body, at, depth + 1),
            Expr::Call(_, args) if args.len == 4 || args.len == 8 => digits(exprs.list(args)),
            Expr::Call(callee, args)
                if args.len == 1
                    && matches!(self.last_name(body, callee), "from" | "V4" | "V6" | "Ok" | "Some") =>
            {
                self.ip(body, exprs.list(args)[0], depth + 1)
            }
            Expr::Method(call)
                if exprs.method(call).args.len == 0 && !matches!(flow.resolved(at), Res::Body(_)) =>
            {
                match rust.name(exprs.method(call).name) {
                    "into" | "clone" | "to_string" | "to_owned" => {
                        self.ip(body, exprs.method(call).receiver, depth + 1)
                    }
                    _ => self.eval(body, at, depth + 1),
                }
            }
            Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) if !self.is_assigned(body, at) => self.ip(body, value, depth + 1),
                _ => self.eval(body, at, depth + 1),
            },
            Expr::Field(base, name) => {
                self.definitions(body, base, rust.name(name), depth, |definition| match definition {
                    Definition::At(body, at) => self.ip(body, at, depth + 1),
                    Definition::Text(text) => text,
                    Definition::Setting(..) => Text::unknown(),
                })
            }
            _ => self.eval(body, at, depth + 1),
        }
    }

    /// `Ipv4Addr::LOCALHOST`, `Ipv6Addr::UNSPECIFIED`, `Address::UNSPECIFIED` of any library.
    pub(super) fn address_constant(&self, body: BodyId, at: ExprId) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let Expr::Path(path) = rust.exprs.get(at) else { return Text::unknown() };
        let names: Vec<&str> = rust.exprs.path(path).segments.iter().map(|name| rust.name(*name)).collect();
        match names.as_slice() {
            [.., "Ipv6Addr", "LOCALHOST"] => Text::known("::1"),
            [.., "Ipv6Addr", "UNSPECIFIED"] => Text::known("::"),
            [.., _, "LOCALHOST"] => Text::known("127.0.0.1"),
            [.., _, "UNSPECIFIED"] => Text::known("0.0.0.0"),
            _ => Text::unknown(),
        }
    }
}
