//! `parameterised-sql`: values are bound to SQL and not written into it.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::sql::SqlText;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for sql in &service.hazards.sql {
        match &sql.text {
            SqlText::Spliced { label, from_request } => {
                let what = if label.is_empty() { "text".to_owned() } else { format!("`{label}`") };
                let whose = if *from_request { "which the request says" } else { "as it comes" };
                problems.push(Problem::new(
                    sql.span,
                    format!("{what} is written into the SQL, {whose}: a quote in it ends the value"),
                    "write a placeholder and bind the value",
                ));
            }
            SqlText::Written => {
                evidence.push(Label::new(sql.span, "the text of this query is written in the code"));
            }
            SqlText::Open => {}
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match (service.hazards.sql.is_empty(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("runs no SQL text of its own"),
        (false, None) if evidence.is_empty() => {
            Verdict::unknown("what its SQL is put together of cannot be told")
        }
        (false, None) => Verdict::Pass(evidence),
    }
}
