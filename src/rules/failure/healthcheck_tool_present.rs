//! `healthcheck-tool-present`: the image has the programs that its health check runs.

use crate::finding::Verdict;
use crate::model::workload::Platform;
use crate::model::{Image, Workload};
use crate::rule::Cx;
use crate::rules::failure::hook_binary_present::{Found, of_container};

pub(super) fn of_image(_: &Cx<'_>, image: &Image) -> Verdict {
    let Some(hook) = &image.health_hook else { return Verdict::not_applicable("it has no health check") };
    let mut found = Found::default();
    found.add(hook, hook.run.tools(&image.content));
    found.verdict("its health check runs a program of its own")
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Compose {
        return Verdict::not_applicable("it is no compose service");
    }
    let mut found = Found::default();
    workload.containers.iter().for_each(|container| of_container(cx, container, &mut found));
    found.verdict("it has no health check that runs a program which is known")
}
