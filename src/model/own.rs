//! Which images are the repository's own: a compose service that is built here may give what it builds a name.

use std::collections::BTreeMap;

use super::image::{Image, ImageId};
use super::workload::{BuildFrom, Workload};
use super::workspace::index;
use crate::syntax::image_ref::ImageRef;

/// The names of images that are built here.
#[derive(Debug, Default)]
pub(crate) struct OwnImages {
    /// What each is built as, where its Dockerfile is in the tree.
    by_name: BTreeMap<String, Option<ImageId>>,
}

impl OwnImages {
    pub(super) fn of(images: &[Image], workloads: &[Workload]) -> Self {
        let mut by_name = BTreeMap::new();
        for container in workloads.iter().flat_map(|workload| &workload.containers) {
            let (Some(build), Some(image)) = (&container.build, &container.image) else { continue };
            let Some(image) = image.value.as_ref().ok().and_then(|text| ImageRef::parse(text)) else {
                continue;
            };
            let built = built(images, build);
            if built.is_some_and(|id| is_based_on(&images[id.0 as usize], &image)) {
                continue;
            }
            // Two builds under one name are one of them, and which is not said.
            by_name
                .entry(name(&image))
                .and_modify(|known: &mut Option<ImageId>| *known = known.filter(|_| *known == built))
                .or_insert(built);
        }
        Self { by_name }
    }

    /// Whether something here builds an image of this name and tag.
    pub(crate) fn has(&self, image: &ImageRef) -> bool {
        image.digest.is_none() && self.by_name.contains_key(&name(image))
    }

    /// What is built under this name and tag.
    pub(crate) fn find(&self, image: &ImageRef) -> Option<ImageId> {
        self.by_name.get(&name(image)).copied().flatten().filter(|_| image.digest.is_none())
    }
}

/// Whether an image has the name of one that it is built from, which then is another's: `FROM postgres:17` in what is
/// built as `postgres:17`.
fn is_based_on(built: &Image, image: &ImageRef) -> bool {
    built.bases.iter().any(|base| base.image.as_ref().is_ok_and(|base| name(base) == name(image)))
}

/// The image that a compose service builds.
pub(in crate::model) fn built(images: &[Image], build: &BuildFrom) -> Option<ImageId> {
    let dockerfile = build.dockerfile.as_ref()?;
    let target = build.target.as_ref().map(|target| format!("{dockerfile}#{target}"));
    let of_target = images
        .iter()
        .position(|image| target.as_ref().is_some_and(|target| image.id.eq_ignore_ascii_case(target)));
    let built = of_target.or_else(|| images.iter().position(|image| image.id == *dockerfile))?;
    Some(ImageId(index(built)))
}

/// Without a tag, `latest` is meant.
fn name(image: &ImageRef) -> String {
    format!("{}:{}", image.family(), image.tag.as_deref().unwrap_or("latest"))
}
