//! Whether a compose service has a health check: its own, or that of its image.

use super::{Deployed, Platform, Workload};
use crate::facts::dockerfile::Base;
use crate::knowledge::images::{is_store, user_of};
use crate::model::{Image, ImageId, Project, own};
use crate::source::folder;
use crate::syntax::image_ref::ImageRef;

/// What a compose file says of the health check of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HealthCheck {
    Given,
    /// The image's own is off, too.
    Off,
    /// The image's own runs, if it has one.
    OfImage,
    /// What the service extends may say.
    Extended,
}

impl Project<'_> {
    /// `None` where it cannot be told.
    pub(crate) fn has_health_check(&self, workload: &Workload) -> Option<bool> {
        let container = workload.containers.first()?;
        match container.health_check {
            HealthCheck::Given => Some(true),
            HealthCheck::Off => Some(false),
            HealthCheck::Extended => None,
            HealthCheck::OfImage if self.is_given_beside(workload) => None,
            HealthCheck::OfImage => self.image_checks_itself(container),
        }
    }

    /// Whether another compose file of the folder, which may be merged with this one, gives a service of the name a check.
    fn is_given_beside(&self, workload: &Workload) -> bool {
        let here = |workload: &Workload| folder(self.sources.path(workload.span.file));
        self.workloads.iter().any(|other| {
            other.platform == Platform::Compose
                && other.name == workload.name
                && other.containers.iter().any(|container| container.health_check == HealthCheck::Given)
                && here(other) == here(workload)
        })
    }

    fn image_checks_itself(&self, container: &Deployed) -> Option<bool> {
        let of_own = |id: ImageId| checks_itself(self.image(id));
        if let Some(build) = &container.build {
            return own::built(&self.images, build).and_then(of_own);
        }
        let image = ImageRef::parse(container.image.as_ref()?.value.as_ref().ok()?)?;
        match self.own_images.find(&image) {
            Some(id) => of_own(id),
            None => is_official(&image).then_some(false),
        }
    }
}

fn checks_itself(image: &Image) -> Option<bool> {
    if image.healthcheck.is_some() {
        return Some(true);
    }
    match &image.base {
        Base::Scratch => Some(false),
        Base::Image(base) => is_official(base).then_some(false),
        Base::Stage(_) | Base::Unresolved(_) => None,
    }
}

/// Official images have no `HEALTHCHECK`, by decision (<https://github.com/docker-library/faq#healthcheck>). A name
/// alone does not make one of an image that somebody built on the machine.
fn is_official(image: &ImageRef) -> bool {
    !image.family().contains('/') && (is_store(image) || user_of(image).is_some())
}
