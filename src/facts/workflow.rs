//! GitHub Actions: what a workflow or an action says it runs.
//!
//! Responsible for the shape of the file. Expressions (`${{ … }}`) stay text, images stay text, and nothing
//! is said about what is missing: the model decides what an absent key means.

mod read;
mod uses;

pub(crate) use read::{extract_action, extract_workflow};
pub(crate) use uses::{Uses, is_commit_sha, parse_uses};

use crate::span::{At, Range};

/// A file of `.github/workflows`.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkflowFacts {
    pub(crate) name: Option<At<String>>,
    /// The events under `on`, whichever of its three forms is used.
    pub(crate) triggers: Vec<At<String>>,
    /// The events with the patterns of branches and tags that they are limited to.
    pub(crate) filters: Vec<Filter>,
    pub(crate) permissions: Option<Permissions>,
    pub(crate) env: Vec<(At<String>, At<String>)>,
    /// `defaults.run.shell`.
    pub(crate) shell: Option<At<String>>,
    pub(crate) jobs: Vec<Job>,
    /// The key `jobs`: where a missing key of the whole workflow would be added.
    pub(crate) jobs_key: Option<Range>,
    pub(crate) errors: Vec<At<String>>,
}

/// What an event is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) event: String,
    pub(crate) branches: Vec<String>,
    pub(crate) tags: Vec<String>,
}

/// What the workflow's token may do.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    /// The key and its value.
    pub(crate) range: Range,
    pub(crate) kind: PermissionsKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PermissionsKind {
    ReadAll,
    WriteAll,
    /// `{}`: the token may do nothing.
    Empty,
    /// Scopes and `read`, `write` or `none`; a scope that is not named has none.
    Map(Vec<(At<String>, At<String>)>),
    /// Neither of the forms that GitHub documents.
    Unclear,
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: At<String>,
    pub(crate) name: Option<At<String>>,
    /// From the job's key to its end.
    pub(crate) range: Range,
    /// Labels; of a runner group its labels, else its name.
    pub(crate) runs_on: Vec<At<String>>,
    /// `timeout-minutes`, a number or an expression.
    pub(crate) timeout: Option<At<String>>,
    pub(crate) permissions: Option<Permissions>,
    /// The reusable workflow that this job calls; such a job has no steps.
    pub(crate) uses: Option<At<String>>,
    /// The image that the steps run in.
    pub(crate) container: Option<At<String>>,
    /// Names and images.
    pub(crate) services: Vec<(At<String>, At<String>)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) needs: Vec<At<String>>,
    pub(crate) condition: Option<At<String>>,
    pub(crate) continue_on_error: Option<At<String>>,
    /// The scalar values that each axis can take, those added under `include` too. `exclude` is not applied.
    pub(crate) matrix: Vec<(String, Vec<At<String>>)>,
    pub(crate) env: Vec<(At<String>, At<String>)>,
    /// `defaults.run.shell`.
    pub(crate) shell: Option<At<String>>,
    /// Whether part of it could not be read, so that what is missing may be there.
    pub(crate) is_partial: bool,
}

/// A step of a job or of a composite action.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) range: Range,
    pub(crate) name: Option<At<String>>,
    pub(crate) id: Option<At<String>>,
    pub(crate) uses: Option<At<String>>,
    pub(crate) with: Vec<(At<String>, At<String>)>,
    /// The script, decoded; its range is the whole scalar.
    pub(crate) run: Option<At<String>>,
    pub(crate) shell: Option<At<String>>,
    pub(crate) env: Vec<(At<String>, At<String>)>,
    /// `timeout-minutes`.
    pub(crate) timeout: Option<At<String>>,
    pub(crate) continue_on_error: Option<At<String>>,
    pub(crate) condition: Option<At<String>>,
    pub(crate) working_directory: Option<At<String>>,
}

/// An `action.yml`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActionFacts {
    pub(crate) name: Option<At<String>>,
    /// `composite`, `docker`, `node20`, …
    pub(crate) using: Option<At<String>>,
    /// Of a docker action: `Dockerfile`, or `docker://` and an image.
    pub(crate) image: Option<At<String>>,
    pub(crate) inputs: Vec<At<String>>,
    /// Of a composite action.
    pub(crate) steps: Vec<Step>,
    pub(crate) errors: Vec<At<String>>,
}
