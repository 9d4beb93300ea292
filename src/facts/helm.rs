//! Helm charts: each template with the values that its chart has by default, read as the Kubernetes YAML that comes of it.
//!
//! The one kind of facts that depends on several files, so a step of its own between sources and facts: pure, in parallel
//! over charts. What a template says is at its place in the template; what a value or a named template brings, at the
//! action that brought it. An action that cannot be evaluated gives a text that is not known, and a document in which more
//! than such texts depends on it is not read; either is said. Templates outside of charts are none.
//!
//! <https://helm.sh/docs/chart_template_guide/> has the language, <https://helm.sh/docs/topics/charts/> the charts.

mod chart;
#[expect(
    clippy::unnecessary_wraps,
    reason = "each function has the type that the table of functions asks for"
)]
mod functions;
mod heap;
mod manifest;
mod place;
mod render;
mod rewrite;
mod state;
#[cfg(test)]
mod tests;
mod values;

use rayon::prelude::*;

use self::chart::Charts;
use super::FileFacts;
use super::kubernetes::KubernetesFacts;
use crate::source::Sources;
use crate::span::{At, FileId};

/// Stands in the output for what cannot be known: a character that nobody writes.
const UNKNOWN: &str = "\u{10fffd}";

/// What became of a template.
pub(crate) enum Rendered {
    Read(KubernetesFacts),
    /// It could not be rendered.
    Unread(At<String>),
}

/// The facts of the templates of all charts of a tree.
pub(super) fn facts(sources: &Sources) -> Vec<(FileId, FileFacts)> {
    let charts = Charts::of(sources);
    let all: Vec<usize> = (0..charts.all.len()).collect();
    let rendered: Vec<Vec<(FileId, Rendered)>> =
        all.into_par_iter().map(|chart| render::chart(sources, &charts, chart)).collect();
    let facts = rendered.into_iter().flatten().map(|(file, rendered)| match rendered {
        Rendered::Read(facts) => (file, FileFacts::Kubernetes(Box::new(facts))),
        Rendered::Unread(why) => (file, FileFacts::UnreadTemplate(why)),
    });
    let charts = charts.all.iter().map(|chart| (chart.file, FileFacts::Chart { is_whole: chart.is_whole }));
    facts.chain(charts).collect()
}
