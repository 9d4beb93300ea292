//! Whether a compose service has a health check: its own, or that of its image.

use super::{Deployed, Workload};
use crate::facts::dockerfile::Base;
use crate::model::{Image, ImageId, Project, own};
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
            HealthCheck::OfImage => self.image_checks_itself(container),
        }
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

/// Official images have no `HEALTHCHECK`, by decision (<https://github.com/docker-library/faq#healthcheck>).
fn is_official(image: &ImageRef) -> bool {
    !image.family().contains('/')
}
