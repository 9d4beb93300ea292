//! Which levels a service logs: as a variable of the environment says, or as the code does.

use super::reach::{Code, Reach};
use super::service::{Use, uses_of};
use super::value::Values;
use crate::facts::rust::ExprId;
use crate::knowledge::{Item, Means};
use crate::model::symbols::BodyId;
use crate::span::Span;

/// The variable that filters read when the code names no other.
const VARIABLE: &str = "RUST_LOG";

/// What says which levels are logged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    /// Filters that let nothing but errors through when their variable is not set.
    pub(crate) filters: Vec<Filter>,
    /// Levels that stand in the code.
    pub(crate) in_code: Vec<Use>,
}

/// A filter that a variable fills.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Filter {
    pub(crate) span: Span,
    /// What makes it.
    pub(crate) path: String,
    /// Absent where the code computes the name.
    pub(crate) variable: Option<String>,
}

impl Levels {
    /// Loggers are set up before anything branches, so all that `main` reaches counts.
    pub(super) fn of(code: &Code<'_, '_>, all: &Reach) -> Self {
        let symbols = code.symbols;
        let values = Values::new(code, all);
        let mut filters = Vec::new();
        for (body, site) in &all.sites {
            let means =
                |item: &&Item| item.means == Some(Means::LogFilter) && code.holds(*body, site.at, item);
            if let Some(item) = symbols.items(site.node).find(means) {
                filters.push(Filter {
                    span: symbols.span(*body, site.at),
                    path: symbols.knowledge.full_path(site.node),
                    variable: variable(&values, *body, site.at, item),
                });
            }
        }
        filters.sort();
        filters.dedup();
        Self { filters, in_code: uses_of(code, all, Means::LogLevel) }
    }
}

fn variable(values: &Values<'_, '_>, body: BodyId, at: ExprId, item: &Item) -> Option<String> {
    let Some(arg) = item.arg else { return Some(VARIABLE.to_owned()) };
    let args = values.code.symbols.rust_of(body).exprs.args(at);
    values.text(body, *args.get(arg)?).literal()
}
