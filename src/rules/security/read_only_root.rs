//! `read-only-root`: a container cannot change the files of its image.

use crate::finding::Problem;
use crate::finding::Verdict;
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("it is not asked of compose services");
    }
    if workload.is_store() {
        return Verdict::not_applicable("it is made to write, and not to this repository's taste");
    }
    Cx::each_has(
        workload,
        workload.lasting(),
        |container| {
            let said = container.read_only_root.as_ref().filter(|said| said.value)?;
            Some(container.home.at(said))
        },
        "its image cannot be changed",
        |container| {
            let said = container.read_only_root.as_ref().map(|said| container.home.at(said));
            let message =
                format!("whoever takes over `{}` can replace the files of its image", container.name);
            let help = "set `readOnlyRootFilesystem: true`, and mount an `emptyDir` where it has to write";
            Problem::new(said.unwrap_or(container.span), message, help)
        },
    )
}
