//! Spans of time, as far as they are written down.

use std::time::Duration;

use super::{MAX_DEPTH, Values};
use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res};

impl Values<'_, '_> {
    /// The time that an expression yields: `Duration::from_secs(30)`, `Some(LIMIT)`. A number alone is one of seconds.
    pub(crate) fn duration(&self, body: BodyId, at: ExprId) -> Option<Duration> {
        self.time(body, at, 0)
    }

    fn time(&self, body: BodyId, at: ExprId, depth: usize) -> Option<Duration> {
        if depth > MAX_DEPTH {
            return None;
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        match exprs.get(at) {
            Expr::Int(text) => rust.name(text).parse().ok().map(Duration::from_secs),
            Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) => self.time(body, value, depth + 1),
                Some(_) => None,
                None => match flow.resolved(at) {
                    Res::Body(id) if self.code.symbols.body(id).kind == BodyKind::Value => {
                        self.time(id, self.code.symbols.body(id).roots[0], depth + 1)
                    }
                    _ => None,
                },
            },
            Expr::Method(call) if rust.name(exprs.method(call).name) == "into" => {
                self.time(body, exprs.method(call).receiver, depth + 1)
            }
            Expr::Call(callee, args) => {
                let [first, ..] = exprs.list(args) else { return None };
                match self.last_name(body, callee) {
                    "Some" | "Seconds" => self.time(body, *first, depth + 1),
                    unit => of_unit(unit, &self.text(body, *first).literal()?),
                }
            }
            _ => None,
        }
    }
}

/// The constructors of `Duration` (<https://doc.rust-lang.org/std/time/struct.Duration.html>).
fn of_unit(unit: &str, number: &str) -> Option<Duration> {
    let number = number.replace('_', "");
    let whole = || number.parse::<u64>().ok();
    match unit {
        "from_secs" | "seconds" => whole().map(Duration::from_secs),
        "from_millis" | "milliseconds" => whole().map(Duration::from_millis),
        "from_micros" => whole().map(Duration::from_micros),
        "from_nanos" => whole().map(Duration::from_nanos),
        "from_mins" => whole()?.checked_mul(60).map(Duration::from_secs),
        "from_hours" => whole()?.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::of_unit;

    #[test]
    fn units_are_those_of_the_standard_library() {
        assert_eq!(of_unit("from_secs", "1_000"), Some(Duration::from_secs(1000)));
        assert_eq!(of_unit("from_millis", "250"), Some(Duration::from_millis(250)));
        assert_eq!(of_unit("from_mins", "2"), Some(Duration::from_mins(2)));
        assert_eq!(of_unit("from_hours", "18446744073709551615"), None);
        assert_eq!(of_unit("parse", "2"), None);
    }
}
